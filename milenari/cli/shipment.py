"""Commands about shipments on paper: the codes of a form, their check without a node, the page that checks them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from milenari.cli.frame import example, fail, json_option, main, say, wire


@main.command(name="verify-proof", epilog=example("milenari verify-proof form.jpg --charters all.charters"))
@click.argument("files", nargs=-1, required=True, type=click.File("rb"))
@click.option("--key", help="The public key of the one log that counts: a file or the text itself.")
@click.option("--charters", type=click.File("r", encoding="utf-8"),
              help="The network's charters, from: milenari charter show --notes.")  # fmt: skip
@json_option
def verify_proof(files: tuple[Any, ...], key: str | None, charters: Any, as_json: bool) -> None:
    """Check proofs with public keys only: no network, no database, no trust in their sender.

    FILES are scanned codes as text or bytes, pictures of a shipping form, or .tlog-proof texts; ``-`` reads what is
    typed or piped in.
    """
    from milenari.journal.canonical import CanonicalError
    from milenari.journal.note import NoteError
    from milenari.journal.tree import ProofError
    from milenari.rules.action import Refused

    if bool(key) == bool(charters):
        fail("proof-refused", "Give either --charters, for the network, or --key, for one log.", as_json)
    contents = [file.read() for file in files]
    try:
        if key:
            _by_key(contents, key, as_json)
        else:
            _by_charters(contents, charters.read(), as_json)
    except (ProofError, NoteError, CanonicalError, UnicodeDecodeError) as fault:
        fail("proof-refused", f"Not proven: {fault}", as_json)
    except Refused as refused:  # of the charters; worded here, since no node is wired
        detail = refused.facts.get("detail", refused.code)
        fail("proof-refused", f"Not proven: the charters cannot be relied on ({refused.code}: {detail}).", as_json)


def _by_key(contents: list[bytes], key: str, as_json: bool) -> None:
    from milenari.journal.proof import check_proof
    from milenari.journal.sign import read_entry

    text = (Path(key).read_text() if len(key) < 250 and Path(key).exists() else key).strip()
    for proven in [check_proof(content, text) for content in contents]:
        entry = read_entry(proven.entry)
        line = f"{entry['happened_at']} {entry['action']} by {entry['name']} ({entry['role']}): {entry['meaning']}"
        say({"proven": True, "origin": proven.origin, "index": proven.index, "size": proven.size, "entry": entry},
            as_json, [f"Proven: entry {proven.index} of {proven.size} in {proven.origin}", line])  # fmt: skip


def _by_charters(contents: list[bytes], notes: str, as_json: bool) -> None:
    from milenari.journal import shipment
    from milenari.journal.exchange.members import follow

    charter = follow(notes)
    proven = [shipment.check(docket, charter) for docket in _dockets(contents)]
    sent = [found for one in proven if (found := shipment.dispatch_of(one, charter))]
    release = [line for one in proven for found in sent for line in shipment.release_of(one, found["of"])]
    lines: list[str] = []
    for one in proven:
        who = ", ".join(f"{site} {at:%Y-%m-%d %H:%M}Z" for site, at in one.cosigned.items())
        lines.append(f"Proven in the log of {one.site} ({one.country}), {one.size} entries long.")
        lines.append(f"  cosigned by {who}" if who else "  NOT COSIGNED YET: it rests on the key of this site alone")
        for index, _leaf, entry in one.entries:
            lines.append(
                f"  {one.site}/{index} {entry['happened_at']} {entry['action']} by {entry['name']} "
                f"({entry['role']}): {entry['meaning']}"
            )
    for found in sent:
        lines.append(
            f"Dispatched: {found['what']}, transfer {found['transfer']}, from {found['from_site']} "
            f"({found['from_country']}) to {found['to_site']} ({found['to_country'] or 'NO MEMBER'}), "
            f"left at {found['dispatched_at']}, shipper {found['shipper'] or '-'}."
        )
        if found["of"]:
            good = shipment.may_be_used(release)
            lines.append(f"Release of {found['of']}: {'proven' if good else 'NOT PROVEN by these codes'}.")
        lines.append("Storage in quarantine only; use it after its data have come and the receipt is booked.")
    say({"proven": True, "charter": charter.number, "dispatches": sent, "release": release,
         "entries": [{"log": one.site, "index": i, "size": one.size, "leaf": leaf, "entry": entry,
                      "cosigned": one.cosigned} for one in proven for i, leaf, entry in one.entries]},
        as_json, lines)  # fmt: skip


def _dockets(contents: list[bytes]) -> list[Any]:
    from milenari.journal import docket as dockets
    from milenari.journal import pictures, proof
    from milenari.journal.tree import ProofError

    scanned: list[str] = []
    made = []
    for content in contents:
        if pictures.is_picture(content):
            scanned += pictures.codes_in(content)
        elif content.startswith(b"%PDF"):
            raise ProofError("This is a PDF file. Photograph the printed form, or turn its page into a picture.")
        elif content.startswith(proof.HEADER.encode()):
            made.append(dockets.Docket.of([content.decode()]))
        elif content[:1] == bytes([dockets.FORMAT]):
            made.append(dockets.unpack(content))
        else:
            scanned.append(content.decode())
    if scanned:
        made += dockets.read_codes("\n".join(scanned))
    return made


@main.command(name="shipment-codes", epilog=example("milenari shipment-codes container:LV-A3B1-L01-010"))
@click.argument("subject")
@json_option
def shipment_codes(subject: str, as_json: bool) -> None:
    """Print the texts of the codes on the shipping form of SUBJECT, as a scanner would type them."""
    wire()
    from milenari.journal import docket as dockets
    from milenari.journal import read
    from milenari.journal.exchange import shipping
    from milenari.journal.tree import ProofError

    try:
        made = shipping.carried(subject, read.sheet(subject).transfer)
    except ProofError as fault:
        fail("proof-refused", f"No proof could be made: {fault}", as_json)
    say([{"of": one.of, "cosigned": one.cosigned, "bytes": len(dockets.pack(one.docket)), "codes": one.texts}
         for one in made], as_json, [text for one in made for text in one.texts])  # fmt: skip


@main.command(name="verifier-page", epilog=example("milenari verifier-page --out /media/stick/verifier.html"))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The HTML file to write.")
@click.option("--charters", type=click.File("r", encoding="utf-8"),
              help="Charters to put inside; otherwise those of this node.")  # fmt: skip
@json_option
def verifier_page(out: Path, charters: Any, as_json: bool) -> None:
    """Write the one page that checks shipping codes offline, with the network's charters inside."""
    wire()
    from hashlib import sha256

    from milenari.journal.exchange import charter
    from milenari.web import verifier

    if charters:
        notes = charters.read()
    else:
        charter.require_present()
        notes = "".join(charter.notes())
    text = verifier.page(notes)
    out.write_text(text, encoding="utf-8")
    digest = sha256(text.encode()).hexdigest()
    say({"file": str(out), "sha256": digest, "bytes": len(text.encode())}, as_json, [f"{out}  sha256 {digest}"])
