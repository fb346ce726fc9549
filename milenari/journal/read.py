"""Read: entries as people and inspectors look at them, and the proof of one that travels alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from milenari.journal import fold, sign, tiles
from milenari.journal.canonical import CanonicalError, canonical
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import succession
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Head, Touch
from milenari.journal.subtrees import Prover
from milenari.rules.action import Entry, Refused, blank, fold_in


@dataclass(frozen=True)
class Seen:
    """An entry with its place in the book and how it was signed."""

    entry: Entry
    site: str
    index: int
    position: int
    leaf: str
    signature: dict[str, Any]
    body: bytes

    @property
    def act(self) -> str:
        return self.entry.act

    @property
    def data(self) -> dict[str, Any]:
        """The canonical object itself, as its bytes say it."""
        return sign.read_entry(self.body)


def seen_of(row: EntryRow) -> Seen:
    """An entry as it is kept; Refused when its bytes are no entry any more."""
    body = bytes(row.body)
    try:
        data = sign.read_entry(body)
        entry = fold.entry_of(data)
    except (CanonicalError, Refused, KeyError, TypeError, ValueError) as fault:
        raise Refused("entry-unreadable", act=f"{row.site}/{row.index}") from fault
    return Seen(entry, row.site, row.index, row.pk, bytes(row.leaf).hex(), data["signature"], body)


def entries_about(*subjects: str) -> list[Seen]:
    """Every entry that touches one of the subjects, once each, in the order this node learned them."""
    found = EntryRow.objects.filter(touch__subject__in=subjects).distinct().order_by("id")
    return [seen_of(row) for row in found]


def entry_of_act(act: str) -> Seen:
    """One entry by its act id or by ``SITE/index``; Refused when there is none."""
    rows = EntryRow.objects.filter(act=act)
    site, _, index = act.rpartition("/")
    if site and index.isdigit():
        rows = EntryRow.objects.filter(site=site, index=int(index))
    row = rows.first()
    if row is None:
        raise Refused("entry-unknown", act=act)
    return seen_of(row)


def search(
    person: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[Seen], int]:
    """Entries by who, what, about what and when, newest first, with how many there are in all."""
    found = EntryRow.objects.all()
    if person:
        found = found.filter(person=person)
    if action:
        found = found.filter(action=action)
    if subject:
        found = found.filter(pk__in=Touch.objects.filter(subject=subject).values("entry"))
    if since:
        found = found.filter(happened_at__gte=since)
    if until:
        found = found.filter(happened_at__lte=until)
    total = found.count()
    return [seen_of(row) for row in found.order_by("-id")[offset : offset + limit]], total


def proof_of(seen: Seen) -> str:
    """The text proof that an entry is in its site's signed log; checks offline with only the public key."""
    return Prover(seen.site).proof(seen.body, seen.index)


def logs() -> list[dict[str, Any]]:
    """The logs this node keeps: site, origin, size, last checkpoint and the public key that signed it."""
    note, found = charters.newest_note(), []
    for head in Head.objects.order_by("site"):
        checkpoint = succession.checkpoint_of(head) or head.checkpoint
        public = succession.key_of(checkpoint, head, succession.member_by(note, head.site))
        found.append({
            "site": head.site, "origin": head.origin, "size": head.size, "verifier_key": public,
            "checkpoint": checkpoint, "written_at": head.written_at,
        })  # fmt: skip
    return found


def own_head(site: str) -> Head | None:
    """The head of a log that this node writes; None when it has none of that site."""
    return Head.objects.filter(site=site, own=True).first()


def write_tiles(site: str, directory: str) -> int:
    """Publish a site's log as a static tlog-tiles directory; returns its size."""
    head = Head.objects.get(site=site)
    bodies: Iterable[bytes] = (
        bytes(b) for b in EntryRow.objects.filter(site=site).order_by("index").values_list("body", flat=True)
    )
    tiles.write_log(directory, bodies, succession.checkpoint_of(head) or head.checkpoint)
    return int(head.size)


def sheet(name: str) -> Any:
    """The folded state of one subject, for screens that show more than a register row."""
    return fold.DiskBook().sheet(name)


def sheet_at(name: str, version: int) -> Any:
    """The state of a subject as it was at one version, folded from its entries up to then; 0: nothing yet."""
    rows = EntryRow.objects.filter(touch__subject=name, touch__version__lte=version).order_by("touch__version")
    state = blank(name)
    for body in rows.values_list("body", flat=True):
        state = fold_in(state, name, fold.entry_from(bytes(body)))
    return state


def text_of(value: Any) -> str:
    """A part of an entry in its canonical spelling."""
    return canonical(value).decode()
