"""Commands that keep a node by itself: backups with a restore test, and the worker that does what is due."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from milenari.cli.frame import example, json_option, main, say, wire

SECONDS = 15


@main.group(epilog=example("milenari backup make /srv/backup"))
def backup() -> None:
    """Encrypted backups of database and attached files: make one, check that it restores, restore it."""


@backup.command(epilog=example("milenari backup make /srv/backup"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
def make(folder: Path, as_json: bool) -> None:
    """Write a backup into FOLDER, encrypted for this node's box key. The keys folder is never in it."""
    wire()
    from milenari.journal import backup as room

    path = room.make(folder)
    size = path.stat().st_size
    say({"file": str(path), "bytes": size}, as_json, [f"{path}: {size} bytes"])


@backup.command(epilog=example("milenari backup check /srv/backup/milenari-20261128T020000Z.backup.age"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File of the key that opens.")
@json_option
def check(file: Path, key: Path | None, as_json: bool) -> None:
    """Restore FILE beside the node, count its rows, compare its roots with the cosigned ones, verify it, drop it."""
    wire()
    from milenari.journal import backup as room

    _say(room.check(file, key), as_json, [])


@backup.command(epilog=example("milenari backup restore /media/disk/milenari-20261128T020000Z.backup.age"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File of the key that opens.")
@json_option
def restore(file: Path, key: Path | None, as_json: bool) -> None:
    """Put FILE into this empty node, whose keys folder came from the envelope; it relearns before it writes."""
    wire()
    from django.conf import settings

    from milenari.journal import backup as room
    from milenari.journal.exchange import charter, standing

    checked = room.restore(file, key)
    sites = sorted(standing.own_sites())
    then = [f"With the mirror: milenari relearn {site}" for site in sites if settings.MIRROR]
    if charter.present() is not None:
        then += [f"Then ask every other site: milenari send SITE --to {site} --back --out FOLDER; here: milenari "
                 f"receive FOLDER; at the end: milenari recover {site} --finish" for site in sites]  # fmt: skip
    elif not settings.MIRROR:
        then = ["Nobody else held this log: what was written after the backup is lost."]
    _say(checked, as_json, then)


def _say(checked: object, as_json: bool, then: list[str]) -> None:
    from milenari.journal.backup import Checked

    assert isinstance(checked, Checked)
    lines = [f"Made {checked.manifest['made_at']} on {checked.manifest['engine']}: {checked.entries} entries."]
    lines += [f"  equal: {one}" for one in checked.compared] + [f"  NOT EQUAL: {one}" for one in checked.faults]
    lines += ["It restores."] if checked.good else ["IT DOES NOT RESTORE. Make another, and find out why."]
    say({"good": checked.good, "entries": checked.entries, "compared": checked.compared, "faults": checked.faults,
         "manifest": checked.manifest}, as_json, lines + then)  # fmt: skip
    sys.exit(0 if checked.good else 1)


@main.command(epilog=example("milenari tend --once"))
@click.option("--once", is_flag=True, help="Do what is due now and end; for a timer of the system.")
@click.option("--only", help="Do this chore now, due or not, and end.")
@json_option
def tend(once: bool, only: str | None, as_json: bool) -> None:
    """Do what a node does by itself, on time: exchange, verify, publish, back up; until stopped."""
    wire()
    from milenari.journal import clock
    from milenari.journal import tend as room

    while True:
        found = room.all_chores()
        todo = [one for one in found if one.name == only] if only else room.due(clock.now())
        if only and not todo:
            raise click.UsageError(f"There is no chore {only}. There are: {', '.join(one.name for one in found)}")
        done = []
        for one in todo:
            state = room.run(one)
            done.append(state)
            if not as_json:
                click.echo(f"{clock.now():%Y-%m-%d %H:%M:%S}Z {state.name}: {state.state}. {state.said}")
        if once or only:
            say([vars(state) for state in done], as_json, [] if done else ["Nothing is due."])
            sys.exit(1 if any(state.failures for state in done) else 0)
        time.sleep(SECONDS)
