"""Chores: what this node does by itself, by its settings. Others register theirs with ``tend.chores``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings

from milenari.journal import backup, checkups, read, tend, watch
from milenari.journal.exchange import renewal, standing, wire
from milenari.rules.action import Refused
from milenari.words import iso

MINUTES = timedelta(minutes=1)
DAY = timedelta(days=1)
KEPT = 14  # backups in the folder; older ones are for whoever carries them away


@tend.chores
def ours() -> Iterator[tend.Chore]:
    """The word on recalls, exchange with each peer, the nightly verification and look at drift, publication, backup."""
    yield tend.Chore("renew", _renew, settings.EXCHANGE_MINUTES * MINUTES)
    for peer, url in settings.PEERS.items():
        yield tend.Chore(f"exchange-{peer}", partial(_exchange, peer, url), settings.EXCHANGE_MINUTES * MINUTES)
    yield tend.Chore("verify", _verify, DAY, after_hour=1)
    yield tend.Chore("drift", _drift, DAY, after_hour=3)
    if settings.PUBLISH:
        yield tend.Chore("publish", _publish, settings.EXCHANGE_MINUTES * MINUTES)
    if settings.BACKUP:
        yield tend.Chore("backup", _backup, DAY, after_hour=2)
        yield tend.Chore("restore-test", _restore_test, 30 * DAY)


def _renew() -> str:
    told = [renewal.renew(site) for site in sorted(standing.own_sites())]
    return "; ".join(f"{one.site} until {iso(one.until)}" for one in told if one.until)


def _exchange(peer: str, url: str) -> str:
    said = []
    for site in sorted(standing.own_sites()):
        told = wire.exchange(site, peer, url)
        if told.refused:
            raise Refused(told.refused, site=site, peer=peer)
        said.append(f"{site}: {told.given} given, {told.taken} taken")
    return "; ".join(said)


def _verify() -> str:
    report = checkups.run(checkups.begin(""))
    if not report.sound:
        raise Refused("book-not-sound", detail=str(report.first_bad()))
    roots = ", ".join(f"{site} {log['entries']} {log['root'][:16]}" for site, log in report.sites.items())
    return f"sound: {report.entries} entries, {report.register_rows} register rows; {roots}"


def _drift() -> str:
    opened = [one for site in sorted(standing.own_sites()) for one in watch.open_signals(site)]
    return f"{len(opened)} signals opened" + "".join(f"; {one.baseline}: {one.pattern}" for one in opened)


def _publish() -> str:
    sizes = {site: read.write_tiles(site, str(Path(settings.PUBLISH) / site)) for site in sorted(standing.own_sites())}
    return ", ".join(f"{site}: {size} entries" for site, size in sizes.items())


def _backup() -> str:
    folder = Path(settings.BACKUP)
    made = backup.make(folder)
    for old in sorted(folder.glob("milenari-*.backup.age"))[:-KEPT]:
        old.unlink()
    return f"{made.name}, {made.stat().st_size} bytes"


def _restore_test() -> str:
    held = sorted(Path(settings.BACKUP).glob("milenari-*.backup.age"))
    if not held:
        raise Refused("backup-not-opened", detail=f"there is none in {settings.BACKUP}")
    checked = backup.check(held[-1])
    if not checked.good:
        raise Refused("backup-not-good", detail="; ".join(checked.faults)[:300])
    return f"{held[-1].name}: {checked.entries} entries; {'; '.join(checked.compared)}"
