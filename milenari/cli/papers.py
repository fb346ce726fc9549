"""Commands that print papers, and that check the data a paper carries without a node."""

from __future__ import annotations

from pathlib import Path

import click

from milenari.cli.frame import example, fail, json_option, main, say, sentence_of, wire


@main.command(name="print", epilog=example("milenari print batch-record ROM-B-001 --in ar"))
@click.argument("paper")
@click.argument("subject")
@click.option("--in", "language", default="en", show_default=True, help="Language of the paper.")
@click.option("--at", default="", help="Print as of this entry (SITE/index) instead of the newest.")
@click.option("--site", default="", help="The site a recall notice or training passport is for.")
@click.option("--output", type=click.Path(dir_okay=False), default="", help="File to write; by default its own name.")
@json_option
def print_paper(paper: str, subject: str, language: str, at: str, site: str, output: str, as_json: bool) -> None:
    """Print PAPER about SUBJECT as PDF/A; the same entries give the same bytes each time."""
    wire()
    from hashlib import sha256

    from django.utils.translation import override

    from milenari.journal import passport
    from milenari.rules.action import Refused
    from milenari.web.papers import press, shelf

    try:
        full = shelf.full_name(paper, subject)
        with override(language):
            made = shelf.KINDS[paper].make(shelf.Wanted(full, at, site))
            content = press.printed(made)
        if paper == "training-passport":
            passport.hand_over(made.code, site, content)  # refused without a legal basis, and then not written
    except Refused as refused:
        fail(refused.code, sentence_of(refused), as_json, **refused.facts)
    target = Path(output or made.file_name)
    target.write_bytes(content)
    digest = sha256(content).hexdigest()
    say({"file": str(target), "sha256": digest, "bytes": len(content)}, as_json, [f"{target}  sha256 {digest}"])


@main.command(name="verify-record", epilog=example("milenari verify-record ./attached --key ROM=rom.key"))
@click.argument("directory", type=click.Path(exists=True, file_okay=False))
@click.option("--key", "given", multiple=True, required=True, help="SITE=public key of its log, file or text.")
@json_option
def verify_record(directory: str, given: tuple[str, ...], as_json: bool) -> None:
    """Check entries.jsonl, signers.jsonl and proofs.json saved from a paper: no network, no database."""
    wire()
    from milenari.journal.extract import ExtractError, check

    keys: dict[str, str] = {}
    for one in given:
        site, _equals, key = one.partition("=")
        keys[site] = (Path(key).read_text() if len(key) < 250 and Path(key).exists() else key).strip()
    entries, signers, proofs = (
        Path(directory, name).read_bytes() for name in ("entries.jsonl", "signers.jsonl", "proofs.json")
    )
    try:
        found = check(entries, signers, proofs, keys)
    except ExtractError as fault:
        fail("record-refused", f"Not proven: {fault}", as_json)
    lines = [f"{x['happened_at']} {x['action']} by {x['name']} ({x['role']}): {x['meaning']}" for x in found]
    say({"proven": True, "entries": len(found)}, as_json, [*lines, f"Proven: {len(found)} entries."])
