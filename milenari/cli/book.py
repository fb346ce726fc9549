"""Commands that read, check and publish the signed book."""

from __future__ import annotations

import sys

import click

from milenari.cli.frame import example, fail, json_option, main, say, wire


@main.command(epilog=example("milenari show journey:ROM-J1"))
@click.argument("subject")
@json_option
def show(subject: str, as_json: bool) -> None:
    """Show every entry about a subject, in order: who, what, when, as what."""
    wire()
    from milenari.journal import read

    found = read.entries_about(subject)
    if not found:
        fail("subject-unknown", f"No entry speaks of {subject}. Subjects are written kind:code.", as_json)
    rows = [
        {"act": s.act, "log": f"{s.site}/{s.index}", "happened_at": s.entry.happened_at, "by": s.entry.by,
         "name": s.entry.name, "role": s.entry.role, "action": s.entry.action.code, "meaning": s.entry.meaning,
         "data": s.entry.action.data(), "reason": s.entry.reason,
         "findings": [{"code": x.code, "facts": x.facts} for x in s.entry.findings]}
        for s in found
    ]  # fmt: skip
    lines = [
        f"{s.entry.happened_at:%Y-%m-%d %H:%M}Z  {s.site}/{s.index:<5} {s.entry.action.code:22} {s.entry.meaning:12} "
        f"{s.entry.name} ({s.entry.role})" + "".join(f"\n{'':20}finding: {x.code}" for x in s.entry.findings)
        for s in found
    ]
    say(rows, as_json, lines)


@main.command(epilog=example("milenari verify"))
@click.option("--checkup", type=int, hidden=True, help="A checkup begun on screen, to be run under its number.")
@json_option
def verify(checkup: int | None, as_json: bool) -> None:
    """Check the whole book: bytes, trees, signatures, and the registers against a fresh fold.

    The result is kept for the audit page too, unless the database takes no writes.
    """
    wire()
    from django.db import DatabaseError

    from milenari.journal import checkups
    from milenari.journal import verify as book
    from milenari.rules.action import Refused

    try:
        number = checkup or checkups.begin("")
    except (Refused, DatabaseError):
        report = book.verify()  # another one runs, or nothing can be noted: the answer here is the same
    else:
        report = checkups.run(number)
    answer = {"sound": report.sound, "entries": report.entries, "register_rows": report.register_rows,
              "sites": report.sites, "first_bad": str(report.first_bad() or ""),
              "faults": [str(f) for f in report.faults]}  # fmt: skip
    lines = [f"{site}: {log['entries']} entries, root {log['root'][:16]}…" for site, log in report.sites.items()]
    if report.sound:
        lines.append(f"Sound: {report.entries} entries, {report.register_rows} register rows.")
    else:
        lines += [
            f"NOT SOUND. First bad: {report.first_bad()}",
            *(f"  {fault}" for fault in report.faults[:20]),
        ]
    say(answer, as_json, lines)
    sys.exit(0 if report.sound else 1)


@main.command(epilog=example("milenari rebuild"))
@json_option
def rebuild(as_json: bool) -> None:
    """Drop the registers and post them again from the journal."""
    wire()
    from milenari.journal import verify as book

    count = book.rebuild()
    say({"rows": count}, as_json, [f"{count} register rows posted again from the journal."])


@main.command(epilog=example("milenari proof ROM/17 > release.proof"))
@click.argument("entry")
@json_option
def proof(entry: str, as_json: bool) -> None:
    """Write the text proof of ENTRY (act id or SITE/index) to standard output."""
    wire()
    from milenari.journal import read

    seen = read.entry_of_act(entry)
    text = read.proof_of(seen)
    say({"act": seen.act, "proof": text}, as_json, [text.rstrip("\n")])


@main.command(epilog=example("milenari publish BCN ./bcn-log"))
@click.argument("site")
@click.argument("directory", type=click.Path(file_okay=False))
@json_option
def publish(site: str, directory: str, as_json: bool) -> None:
    """Write a site's log as a static tlog-tiles directory that any server or memory stick can carry."""
    wire()
    from milenari.journal import read

    size = read.write_tiles(site, directory)
    say(
        {"site": site, "size": size, "directory": directory},
        as_json,
        [f"{site}: {size} entries in {directory}"],
    )
