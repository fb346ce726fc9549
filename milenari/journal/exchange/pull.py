"""Pull: another site's log from where it is published as tiles, over plain HTTPS or from a folder.

The same checks as for a parcel, and the same end: entries that continue what is held, up to a checkpoint signed by
the log's key, applied whole or not at all. Tiles carry whole entries and are encrypted for nobody. So they are given
only to a site with which an agreement for **every** class of data is in force, and taken only from one; whoever
publishes them keeps the address among those sites. Formats: c2sp.org/tlog-tiles.

Everything is fetched before the database is asked for anything, bundle by bundle, packed where the server packs. A pull
that is cut, once or until the next day, goes on at the bundle at which it stopped.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, transaction

from milenari.journal import clock, fold, models
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import standing
from milenari.journal.exchange.fetched import Bundles
from milenari.journal.exchange.incoming import Receiving
from milenari.journal.exchange.pieces import APPLIED, REFUSED, REPEATED, WAITING, Bad, Outcome, Piece, merge
from milenari.journal.exchange.wire import whole
from milenari.journal.note import MAX_NOTE_BYTES, Checkpoint, NoteError, open_checkpoint, split_note
from milenari.journal.tiles import WIDTH, LogError, decode_bundle, entries_path
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import Refused
from milenari.rules.exchange import CLASSES, agreement_code

MOST_PULLED = 50_000
"""Entries at once, since a log stands only at its signed checkpoint; a longer backlog comes as parcels."""
MOST_BUNDLE = WIDTH * 65_537
LINKS = ("https://", "http://")
SECONDS = 60
ATTEMPTS = 5
Progress = Callable[[int, int], None]
"""Told of each bundle: entries here and entries there are."""


def pull(log: str, place: str, using: str = DEFAULT_DB_ALIAS, progress: Progress | None = None) -> Outcome:
    """Take what is new of a published log; ``place`` is a folder or an address."""
    charter = charters.require_present(using)
    member, here = charter.require(log), standing.own_sites(using)
    if log in here:
        raise Refused("parcel-for-another", receiver=log)
    outcome = Outcome("", log=log, sender=log, classes=_all_classes(log, sorted(here), charter, using))
    bundles = Bundles(log, place)
    try:
        found = _fetched(log, place, member, bundles, using, progress)
        with transaction.atomic(using=using):
            _pull(outcome, found, member, Receiving(using, charter, here), using)
    except Bad as bad:
        outcome.state, outcome.refused = REFUSED, bad.refused
    except Refused as refused:
        if refused.code != "peer-unreachable":
            bundles.drop()
        raise
    if outcome.state != WAITING:
        bundles.drop()
    return outcome


@dataclass(frozen=True)
class Found:
    """What has come of a log: its signed state, and the entries from ``start`` up to it."""

    note: str
    checkpoint: Checkpoint
    start: int
    bodies: list[bytes]


def _fetched(
    log: str, place: str, member: charters.Member, bundles: Bundles, using: str, progress: Progress | None
) -> Found:
    """All that is new, however often the link breaks on the way; a link that carries nothing is given up soon."""
    start = models.Head.objects.using(using).filter(site=log).values_list("size", flat=True).first() or 0
    cuts, came = 0, -1
    bodies: list[bytes] = []
    while True:
        try:
            note, checkpoint = _state(log, place, member)
            if checkpoint.size - start > MOST_PULLED:
                raise Refused("tiles-too-far", log=log, held=start, there=checkpoint.size, most=MOST_PULLED)
            bodies = []
            for some in _entries(place, start, checkpoint.size, bundles):
                bodies += some
                if progress is not None:
                    progress(start + len(bodies), checkpoint.size)
            return Found(note, checkpoint, start, bodies)
        except Refused as refused:
            if refused.code != "peer-unreachable":
                raise
            cuts, came = (1 if len(bodies) > came else cuts + 1), max(len(bodies), came)
            if cuts >= ATTEMPTS:
                raise
            time.sleep(2.0**cuts)


def _state(log: str, place: str, member: charters.Member) -> tuple[str, Checkpoint]:
    try:
        note = _fetch(place, "checkpoint", MAX_NOTE_BYTES).decode()
        size = Checkpoint.parse(split_note(note)[0]).size
        return note, open_checkpoint(note, member.key_for_checkpoint(size))
    except (NoteError, UnicodeDecodeError) as fault:
        raise Refused("parcel-checkpoint", log=log, detail=str(fault)[:200]) from fault


def _all_classes(log: str, here: list[str], charter: charters.Charter, using: str) -> dict[str, dict[str, str]]:
    """The basis of every class of data; Refused unless the log's site may send all of them to a site of this node."""
    book, today = fold.DiskBook(using), clock.now().date()
    for site in here:
        agreement = book.sheet(f"agreement:{agreement_code(log, site)}")
        country, found = charter.require(site).country, {}
        for name in CLASSES:
            basis = agreement.basis_for(name, today)
            if basis is not None and basis.country == country:
                found[name] = {"basis": basis.basis, "country": basis.country, "to_on": basis.to_on.isoformat()}
        if len(found) == len(CLASSES):
            return found
    raise Refused("tiles-without-basis", log=log, receivers=here)


def _pull(outcome: Outcome, found: Found, member: charters.Member, made: Receiving, using: str) -> None:
    log, note, checkpoint = outcome.log, found.note, found.checkpoint
    size = checkpoint.size
    standing.require_unforked(log, using, member)
    head = standing.mirror(log, member, using)
    frontier = Frontier.from_bytes(bytes(head.frontier)) if head.frontier else Frontier()
    outcome.start, outcome.end = frontier.size, size
    if size <= frontier.size:
        if standing.root_at(log, size, using) != checkpoint.root:
            standing.keep_fork(log, max(size - 1, 0), note, using)
            outcome.state, outcome.refused = REFUSED, Refused("log-forked", log=log, index=max(size - 1, 0))
            return
        outcome.state = REPEATED
        return
    bodies = found.bodies[frontier.size - found.start :]  # something of it may have come another way meanwhile
    leaves = [leaf_hash(body) for body in bodies]
    if frontier.extend(leaves).root() != checkpoint.root:
        raise Refused(
            "parcel-checkpoint", log=log, detail="the entries do not continue what is held to the signed root"
        )
    outcome.length = sum(len(body) for body in bodies)
    read = [made.read(log, outcome.start + n, b, leaf) for n, (b, leaf) in enumerate(zip(bodies, leaves, strict=True))]
    order = merge({log: [Piece(outcome, note, read)]}, made.versions)
    if not order:
        return  # it waits for another log; the outcome says for which subject
    made.apply(order)
    outcome.state, outcome.refused = APPLIED, None
    standing.cosign({log}, made.here, using)
    outcome.digest = checkpoint.root.hex()
    standing.note_transit("received", outcome, using)


def _entries(place: str, start: int, size: int, bundles: Bundles) -> Iterator[list[bytes]]:
    """The entries from ``start`` to ``size``, bundle by bundle; a partial bundle may have become a whole one since."""
    for number in range(start // WIDTH, -(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        data = bundles.load(number) or _bundle(place, number, width, bundles)
        try:
            bodies = decode_bundle(data)[:width]
        except LogError as fault:
            raise Refused("parcel-damaged", detail=str(fault)[:120]) from fault
        yield bodies[max(start - number * WIDTH, 0) :]


def _bundle(place: str, number: int, width: int, bundles: Bundles) -> bytes:
    if width < WIDTH:
        try:
            return _fetch(place, entries_path(number, width), MOST_BUNDLE)
        except Refused as refused:
            if refused.code != "tiles-missing":
                raise
    data = _fetch(place, entries_path(number), MOST_BUNDLE)
    if place.startswith(LINKS):
        bundles.keep(number, data)
    return data


def _fetch(place: str, path: str, most: int) -> bytes:
    if not place.startswith(LINKS):
        try:
            with (Path(place) / path).open("rb") as file:
                return file.read(most + 1)
        except OSError as fault:
            raise Refused("tiles-missing", path=path, detail=str(fault)[:200]) from fault
    asked = urllib.request.Request(f"{place.rstrip('/')}/{path}", headers={"Accept-Encoding": "gzip"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            return _unpacked(whole(answer, most), answer.headers.get("Content-Encoding", ""), most)
    except urllib.error.HTTPError as fault:
        raise Refused("tiles-missing", path=path, detail=f"the server answers {fault.code}") from fault
    except (OSError, http.client.HTTPException) as fault:
        raise Refused("peer-unreachable", address=place[:120], detail=str(fault)[:200]) from fault


def _unpacked(data: bytes, how: str, most: int) -> bytes:
    """What a server packed on the way, never more than ``most``."""
    if how != "gzip":
        return data
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, most + 1)
    except zlib.error as fault:
        raise Refused("parcel-damaged", detail=str(fault)[:120]) from fault
