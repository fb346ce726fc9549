"""Commands by which nodes know each other and pass parcels: charter, send, receive, peers, mirror."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from milenari.cli.frame import example, fail, json_option, main, progress, say, sentence_of, wire


@main.command(epilog=example("milenari member ROM > rome.member"))
@click.argument("site")
@json_option
def member(site: str, as_json: bool) -> None:
    """Print the public keys of a SITE of this node: the file that the other sites put into the charter."""
    wire()
    from milenari.journal.exchange import charter, succession

    made = succession.member_here(site)
    say(made.to_json(), as_json, charter.text_of(made).splitlines())


@main.group(epilog=example("milenari charter show"))
def charter() -> None:
    """Who the network is: propose, sign, accept and show its charters."""


@charter.command(epilog=example("milenari charter propose *.member --threshold 3 > second.charter"))
@click.argument("members", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--threshold", required=True, type=int, help="Root signatures that a later charter needs.")
@json_option
def propose(members: tuple[Path, ...], threshold: int, as_json: bool) -> None:
    """Write the next charter with these MEMBERS, unsigned. Members that the present charter has stay as they are."""
    wire()
    from milenari.journal.exchange import charter as charters

    named = [_member(path) for path in members]
    now = charters.present()
    kept = [m for m in (now.members if now else ()) if m.site not in {x.site for x in named}]
    text = charters.propose([*kept, *named], threshold)
    say({"charter": text}, as_json, [text.removesuffix("\n")])


def _member(path: Path) -> Any:
    from milenari.journal.exchange.charter import Member

    try:
        return Member.from_json(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError) as fault:
        as_json = click.get_current_context().find_root().meta.get("milenari.json", False)
        fail("member-unreadable", f"{path} is no member file ({fault}). Make it with: milenari member SITE", as_json)


@charter.command(epilog=example("milenari charter sign second.charter --site ROM > second.signed"))
@click.argument("proposal", type=click.File())
@click.option("--site", required=True, help="Whose root key signs; its file has to be in the keys folder now.")
@json_option
def sign(proposal: Any, site: str, as_json: bool) -> None:
    """Add the root signature of a site to a PROPOSAL and print it."""
    wire()
    from milenari.journal.exchange import charter as charters
    from milenari.journal.exchange import succession

    note = charters.sign(proposal.read(), succession.root_key(site))
    say({"charter": note}, as_json, [note.removesuffix("\n")])


@charter.command(epilog=example("milenari charter accept second.signed"))
@click.argument("note", type=click.File())
@json_option
def accept(note: Any, as_json: bool) -> None:
    """Put a charter in force on this node, if enough members have signed it."""
    wire()
    from milenari.journal.exchange import charter as charters

    made = charters.accept(note.read())
    say({"number": made.number, "members": [m.site for m in made.members]}, as_json,
        [f"Charter {made.number} is in force: {', '.join(m.site for m in made.members)}."])  # fmt: skip


@charter.command(epilog=example("milenari charter show --notes > all.charters"))
@click.option("--notes", is_flag=True, help="Print the signed notes themselves, for a new member's node.")
@json_option
def show(notes: bool, as_json: bool) -> None:
    """Show the charter in force."""
    wire()
    from milenari.journal.exchange import charter as charters

    if notes:
        for note in charters.notes():
            click.echo(note, nl=False)
        return
    made = charters.require_present()
    lines = [f"Charter {made.number}; a new one needs {made.threshold} of {len(made.members)} root signatures."]
    lines += [f"  {m.site} ({m.country}): {m.log}" for m in made.members]
    say({"number": made.number, "threshold": made.threshold, "members": [m.to_json() for m in made.members]},
        as_json, lines)  # fmt: skip


@main.command(epilog=example("milenari send ROM --to BCN --out /media/stick"))
@click.argument("site")
@click.option("--to", "receiver", required=True, help="The site that is to receive.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--since", type=int, help="From this entry on; otherwise from where the receiver has confirmed.")
@click.option("--relay", is_flag=True, help="Also what this node mirrors of other sites.")
@click.option("--back", is_flag=True, help="Also the receiver's own log, which it has lost.")
@click.option("--most", type=click.IntRange(min=1), help="Entries in one parcel, for small e-mails.")
@click.option("--unencrypted", is_flag=True, help="To a member without a box key, by a carrier that encrypts.")
@json_option
def send(
    site: str, receiver: str, out: Path, since: int | None, relay: bool, back: bool, most: int | None,
    unencrypted: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write what SITE has for another site as parcels: files for a stick, a shared folder or e-mail.

    Each parcel is encrypted for its receiver. The charters of the network travel along, since they name the keys.
    """
    wire()
    from milenari.journal.exchange import charter as charters
    from milenari.journal.exchange import limits, outgoing, parcel

    out.mkdir(parents=True, exist_ok=True)
    for number, note in enumerate(charters.notes(), 1):
        (out / f"network-{number:04d}.charter").write_text(note)
    made = []
    limit = min(most or limits.MOST_ENTRIES, limits.MOST_ENTRIES)
    for data in outgoing.parcels(
        site, receiver, since=since, relay=relay, back=back, most=limit, unencrypted=unencrypted
    ):
        bill = parcel.waybill_of(data)
        path = out / f"{bill.log}-{bill.start:08d}-{bill.end:08d}-to-{receiver}.parcel"
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)
        made.append({"file": str(path), "log": bill.log, "start": bill.start, "end": bill.end, "bytes": len(data)})
        click.echo(f"{path.name}: {bill.end - bill.start} entries, {len(data)} bytes", err=True)
    say(made, as_json, [f"{len(made)} parcel(s) for {receiver} in {out}."])


@main.command(epilog=example("milenari receive /media/stick"))
@click.argument("places", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--tiles", help="Instead: where a site's log is published, a folder or an https address.")
@click.option("--log", help="Whose log that is.")
@json_option
def receive(places: tuple[Path, ...], tiles: str | None, log: str | None, as_json: bool) -> None:
    """Check and apply parcels from files or folders; what waits for other parcels is kept and tried again.

    With --tiles, what is new of another site's published log: only where an agreement covers every class of data.
    """
    if bool(tiles) == bool(places) or bool(tiles) != bool(log):
        raise click.UsageError("Name folders or files of parcels, or --tiles PLACE with --log SITE.")
    wire()
    from milenari.journal.exchange import charter as charters

    files = [f for place in places for f in (_files(place) if place.is_dir() else [place])]
    for path in (f for f in files if f.suffix == ".charter"):
        charters.accept(path.read_text())
    made, lines = [], []
    came = [_pulled(log, tiles)] if tiles and log else _received([f for f in files if f.suffix != ".charter"])
    for outcome in came:
        told = sentence_of(outcome.refused) if outcome.refused else ""
        made.append({
            "digest": outcome.digest, "log": outcome.log, "start": outcome.start, "end": outcome.end,
            "state": outcome.state, "code": outcome.refused.code if outcome.refused else "", "why": told,
        })  # fmt: skip
        lines.append(f"{outcome.log or 'unknown':10} {outcome.start}-{outcome.end}: {outcome.state}. {told}".rstrip())
    say(made, as_json, lines or ["No parcel here, and none was waiting."])
    sys.exit(1 if any(one["state"] in ("refused", "forked") for one in made) else 0)


def _pulled(log: str, place: str) -> Any:
    """What is new of a published log; on a terminal with how far it has come."""
    from milenari.journal.exchange import pull

    def move(here: int, there: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{log}: {here} of {there} entries", err=True, nl=here == there)

    return pull.pull(log, place, progress=move)


TOGETHER = 64 * 2**20
"""Bytes of parcels that are in memory at once; those that need later ones wait in the inbox meanwhile."""


def _files(folder: Path) -> list[Path]:
    return [*sorted(folder.glob("*.charter")), *sorted(folder.glob("*.parcel"))]


def _received(files: list[Path]) -> list[Any]:
    """What became of each parcel in the end, taken in by as many as fit into memory together."""
    from milenari.journal.exchange import incoming

    became: dict[str, Any] = {}
    with progress(len(files), "parcels") as move:
        while True:
            batch: list[Path] = []
            size = 0
            while files and (not batch or size + files[0].stat().st_size <= TOGETHER):
                size += files[0].stat().st_size
                batch.append(files.pop(0))
            became.update((one.digest, one) for one in incoming.receive(_bodies(batch)))
            move(len(batch))
            if not files:
                return list(became.values())


def _bodies(files: list[Path]) -> Iterator[bytes]:
    from milenari.journal.exchange import limits

    for path in files:
        with path.open("rb") as file:
            yield file.read(limits.MOST_FILE + 1)


@main.command(epilog=example("milenari exchange ROM --with BCN --at https://milenari.barcelona.example"))
@click.argument("site")
@click.option("--with", "peer", required=True, help="The other site.")
@click.option("--at", "url", required=True, help="Where its node is; https, or http on the same machine.")
@click.option("--unencrypted", is_flag=True, help="The other site has no box key yet; HTTPS encrypts the way.")
@json_option
def exchange(site: str, peer: str, url: str, unencrypted: bool, as_json: bool) -> None:
    """Give another node what it lacks of SITE's log and take what we lack of its, until both have confirmed all.

    Cut off, it goes on where it stopped, now or at the next call; over a bad link the parcels get smaller.
    """
    wire()
    from milenari.journal.exchange import standing
    from milenari.journal.exchange import wire as line

    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        fail("peer-unreachable", "Parcels go over https only, except on this machine itself.", as_json)
    lacking = sum(max(s.mine - s.they_hold, 1) for s in standing.standings() if (s.here, s.peer) == (site, peer))
    with progress(lacking, f"{site} and {peer}") as move:
        seen = 0

        def moved(now: line.Told) -> None:
            nonlocal seen
            move(now.entries - seen)
            seen = now.entries

        told = line.exchange(site, peer, url.rstrip("/"), unencrypted=unencrypted, progress=moved)
    lines = [
        f"{told.given} parcel(s) given, {told.taken} taken; {told.entries} entries, {told.bytes} bytes."
        + (f" The link broke {told.cuts} time(s)." if told.cuts else ""),
        *([f"Stopped: {told.refused}"] if told.refused else []),
    ]
    say(vars(told), as_json, lines)
    sys.exit(1 if told.refused else 0)


@main.command(epilog=example("milenari peers"))
@json_option
def peers(as_json: bool) -> None:
    """Say for each other site how far it holds ours, how far we hold theirs, and since when."""
    wire()
    from milenari.journal.exchange import standing

    found = standing.standings()
    lines = []
    for one in found:
        since = f" (said {one.they_said_at:%Y-%m-%d %H:%M}Z)" if one.they_said_at else ""
        lines.append(f"{one.here} and {one.peer}: {one.state}{', in step' if one.synced else ''}")
        lines.append(f"  they hold ours up to entry {one.they_hold} of {one.mine}{since}")
        lines.append(f"  we hold theirs up to entry {one.i_hold}, {one.waiting} parcel(s) waiting")
    say([vars(one) | {"synced": one.synced} for one in found], as_json, lines or ["This node belongs to no network."])


@main.command(epilog=example("milenari relearn ROM"))
@click.argument("site")
@json_option
def relearn(site: str, as_json: bool) -> None:
    """Take back from the mirror what SITE of this node has lost; nothing is written before that."""
    wire()
    from milenari.journal.exchange import relearn as again
    from milenari.journal.exchange.anchor import NoMirror
    from milenari.web.wording import not_written

    try:
        count = again.relearn(site)
    except NoMirror as no:
        fail(no.code, unescape(str(not_written(no.code))), as_json)
    say({"site": site, "entries": count}, as_json, [f"{count} entries of {site} were taken back from the mirror."])


@main.command(epilog=example("milenari restored ROM    then: milenari relearn ROM, or recover ROM --finish"))
@click.argument("site")
@json_option
def restored(site: str, as_json: bool) -> None:
    """Say that a backup of SITE's database was put back: it writes nothing until what came after it is relearned."""
    wire()
    from milenari.journal.exchange import standing

    standing.begin_relearning(site)
    say({"site": site}, as_json, [f"{site} writes nothing now. With a mirror: milenari relearn {site}. Without: every "
                                  f"other site runs milenari send SITE --to {site} --back --out FOLDER; here: milenari "
                                  f"receive FOLDER, then milenari recover {site} --finish"])  # fmt: skip


@main.command(epilog=example("milenari recover ROM    then: milenari receive FOLDER, milenari recover ROM --finish"))
@click.argument("site")
@click.option("--finish", is_flag=True, help="Everything was given back: let the site write again.")
@click.option("--without", multiple=True, help="A member that cannot be asked any more. May be given several times.")
@json_option
def recover(site: str, finish: bool, without: tuple[str, ...], as_json: bool) -> None:
    """Take up SITE, whose node is lost, on this new one: others give its log back by `milenari send --back`."""
    wire()
    from milenari.journal.exchange import standing

    if finish:
        count = standing.end_recovery(site, without)
        say({"site": site, "entries": count}, as_json, [f"{site} has {count} entries and may write again."])
        return
    standing.begin_recovery(site)
    say({"site": site}, as_json, [f"{site} waits for its log. Ask every other site: milenari send SITE --to {site} "
                                  "--back --out FOLDER; here: milenari receive FOLDER"])  # fmt: skip


@main.group(epilog=example("milenari mirror serve /srv/mirror --port 8900"))
def mirror() -> None:
    """A small box that holds a site's entries; run it under another account, on another disk and power."""


@mirror.command(epilog=example("milenari mirror init /srv/mirror --name milenari.example/ROM/mirror"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", required=True, help="Name of its key.")
@json_option
def init(folder: Path, name: str, as_json: bool) -> None:
    """Make a mirror's FOLDER and key; prints the public key for the node's file keys/mirror.vkey."""
    wire()
    from milenari.journal.exchange import mirror as box

    key = box.found(folder, name).verifier.encode()
    say({"key": key}, as_json, [key])


@mirror.command(epilog=example('milenari mirror add /srv/mirror ROM "milenari.example/ROM/journal/1+1a2b+AbC="'))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("site")
@click.argument("key")
@click.option("--after", is_flag=True, help="It follows the key that is here, which ends when this one first signs.")
@json_option
def add(folder: Path, site: str, key: str, after: bool, as_json: bool) -> None:
    """Let a SITE, whose log has this public KEY, keep its entries here. Start the mirror anew afterwards."""
    wire()
    from milenari.journal.exchange import mirror as box

    try:
        box.admit(folder, site, key, after=after)
    except ValueError as fault:
        fail("mirror-key-refused", str(fault), as_json)
    say({"site": site, "key": key}, as_json, [f"{site} may keep its entries here."])


@mirror.command("serve", epilog=example("milenari mirror serve /srv/mirror --host 10.0.0.7 --port 8900"))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8900)
@json_option
def mirror_serve(folder: Path, host: str, port: int, as_json: bool) -> None:
    """Serve a mirror's FOLDER."""
    wire()
    from milenari.journal.exchange import mirror as box
    from milenari.server.serve import run_app

    say({"address": f"http://{host}:{port}/"}, as_json, [f"Serving the mirror at http://{host}:{port}/"])
    run_app(box.opened(folder), host, port)
