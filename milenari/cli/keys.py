"""Commands about a site's keys: what is there, new ones, and what to look at after a theft."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from milenari.cli.frame import example, json_option, main, say, wire

if TYPE_CHECKING:
    from milenari.journal.exchange.members import Member


@main.group(epilog=example("milenari keys show ROM"))
def keys() -> None:
    """The keys of a site: show them, replace them, look at what a stolen one may have signed."""


@keys.command(epilog=example("milenari keys show ROM"))
@click.argument("site")
@json_option
def show(site: str, as_json: bool) -> None:
    """Say which keys of SITE are in the keys folder and which of them the charter names."""
    wire()
    from milenari.journal import keys as files
    from milenari.journal.exchange import charter, succession

    member = succession.member_by(charter.newest_note(), site)
    found, lines = [], []
    for kind in files.KINDS:
        for path in files.files(site, kind):
            public = files.public_of(path, kind)
            state = _state(public, kind, member)
            found.append({"kind": kind, "file": path.name, "public": public, "state": state})
            lines.append(f"{path.name:24} {state:16} {public}")
        if member is not None and getattr(member, kind) not in [one["public"] for one in found]:
            found.append({"kind": kind, "file": "", "public": getattr(member, kind), "state": "not here"})
            lines.append(
                f"{'(no file)':24} {'not here':16} the charter's {kind} key: {getattr(member, kind) or 'none'}"
            )
    say(found, as_json, lines or [f"There are no keys of {site} here."])


def _state(public: str, kind: str, member: Member | None) -> str:
    """How the charter in force stands to a key: in force, replaced, or not named yet."""
    if member is None:
        return "no charter yet"
    if public == getattr(member, kind):
        return "in force"
    if kind == "log" and public in member.every_key():
        return "replaced"
    return "not in force"


@keys.command(epilog=example("milenari keys rotate ROM --log > rome.member"))
@click.argument("site")
@click.option("--log", "kinds", flag_value="log", multiple=True, help="The key that signs the site's log.")
@click.option("--witness", "kinds", flag_value="witness", multiple=True, help="The key that cosigns others' logs.")
@click.option("--root", "kinds", flag_value="root", multiple=True, help="The key that signs charters.")
@click.option("--box", "kinds", flag_value="box", multiple=True, help="The key that opens parcels for the site.")
@click.option("--stolen", is_flag=True, help="Somebody else has the old log key: it ends where others confirmed it.")
@json_option
def rotate(site: str, kinds: tuple[str, ...], stolen: bool, as_json: bool) -> None:
    """Make new keys for SITE and print its member file for the next charter; the old ones stay.

    Nothing signs with them before that charter is in force here. Asked again before, it makes no others.
    """
    if not kinds:
        raise click.UsageError("Say which: --log, --witness, --root or --box.")
    wire()
    from milenari.journal.exchange import charter, succession

    made = succession.replace_keys(site, kinds, stolen=stolen)
    for kind in kinds:
        click.echo(f"New {kind} key made; it counts once a charter names it.", err=True)
    click.echo("Next: the others sign a charter with this member file (milenari charter propose).", err=True)
    if "log" in kinds:
        click.echo(f"With a mirror, on it now: milenari mirror add FOLDER {site} '{made.log}' --after", err=True)
    say(made.to_json(), as_json, charter.text_of(made).splitlines())


MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


@keys.command("look-at", epilog=example("milenari keys look-at ROM --since 2026-11-20T08:00"))
@click.argument("site")
@click.option("--since", required=True, type=click.DateTime(MOMENTS), help="When the theft may have been; UTC.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the list to a file as well.")
@json_option
def look_at(site: str, since: datetime, out: Path | None, as_json: bool) -> None:
    """List the entries of SITE written between a suspected theft and the new key, what cannot be undone first."""
    wire()
    from milenari.journal.exchange import succession

    found = succession.to_be_looked_at(site, since.replace(tzinfo=UTC))
    lines = [f"{len(found)} entries of {site} to be looked at by quality assurance; first what cannot be undone."]
    for one in found:
        marks = [
            *(["CANNOT BE UNDONE"] if one.cannot_be_undone else []),
            *(["by the node"] if one.signed_by_node else []),
        ]
        held = f"confirmed by {', '.join(one.confirmed_by)}" if one.confirmed_by else "confirmed by nobody"
        lines.append(f"{site}/{one.index:<7} {one.written_at:%Y-%m-%d %H:%M}Z {one.action:24} {one.by:14} {held}"
                     + (f"  [{', '.join(marks)}]" if marks else ""))  # fmt: skip
    if out is not None:
        out.write_text("\n".join(lines) + "\n")
    say([vars(one) for one in found], as_json, lines)
