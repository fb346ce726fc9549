"""Foresight: what a site can no longer do when it hears nothing more, and from when, said while it can be helped.

Leases of what others released, enrolment tokens, agreements to exchange data, naming of Qualified Persons, the mirror,
and membership: no day ends a charter, but a site that is cut off hears of no newer one and cannot make one alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import DEFAULT_DB_ALIAS

from milenari.journal import clock, fold
from milenari.journal.exchange import anchor, charter
from milenari.registers import reliance
from milenari.rules.exchange import CLASSES, agreement_code
from milenari.rules.lease import lease_hours, warning_hours

DAYS_AHEAD = 30  # for what ends with a day; assumed


@dataclass(frozen=True)
class End:
    """Something that ends. ``kind`` words what stops; ``at`` is None for what has ended already, never began, or has
    no end of its own (``endless``)."""

    kind: str
    subject: str  # lot, batch, allotment, agreement, person
    at: datetime | None
    by: str = ""  # the site whose word it is, or to which it goes
    detail: str = ""
    number: int = 0
    look: str = "good"  # good, warn (soon), bad (over)

    @property
    def endless(self) -> bool:
        return self.at is None and self.look == "good"


def ends(site: str, using: str = DEFAULT_DB_ALIAS) -> list[End]:
    """Everything that a site's being cut off ends, nearest first; what is over stands first, what has no end last."""
    now, book = clock.now(), fold.DiskBook(using)
    found = [
        *_mirror(site),
        *_leases(site, now, book),
        *_tokens(site, now),
        *_agreements(site, now, book, using),
        *_delegations(site, now),
        *_membership(site, using),
    ]
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda end: (end.endless, end.at or never, end.kind, end.subject))


def pressing(site: str, using: str = DEFAULT_DB_ALIAS) -> list[End]:
    """Of these what is over or soon will be."""
    return [end for end in ends(site, using) if end.look != "good"]


def _look(at: datetime | None, now: datetime, ahead: timedelta) -> str:
    return "bad" if at is None or at <= now else "warn" if at - now <= ahead else "good"


def _leases(site: str, now: datetime, book: fold.DiskBook) -> Iterator[End]:
    hours, ahead = lease_hours(book, site), timedelta(hours=warning_hours(book, site))
    for relied in reliance.relied_on(site):
        until = book.sheet(f"lease:{relied.maker}").until(hours)
        yield End("lease", relied.subject, until, relied.maker, "", relied.pieces, _look(until, now, ahead))


def _tokens(site: str, now: datetime) -> Iterator[End]:
    for held in reliance.tokens_held(site):
        at = _end_of(held.expires_on)
        look = _look(at, now, timedelta(days=DAYS_AHEAD))
        yield End("tokens", f"allotment:{held.allotment}", at, "", "", held.left, look)


def _agreements(site: str, now: datetime, book: fold.DiskBook, using: str) -> Iterator[End]:
    """Of each other member the class of data whose basis ends first; none where no basis was ever agreed."""
    network = charter.present(using)
    for member in network.members if network else ():
        if member.site == site:
            continue
        code = agreement_code(site, member.site)
        agreement = book.sheet(f"agreement:{code}")
        last = {name: max((b.to_on for b in agreement.bases if b.data_class == name), default=None) for name in CLASSES}
        held = [(on, name) for name, on in last.items() if on is not None]
        if held:
            at = _end_of(min(held)[0])
            yield End("agreement", f"agreement:{code}", at, member.site, min(held)[1], 0,
                      _look(at, now, timedelta(days=DAYS_AHEAD)))  # fmt: skip


def _delegations(site: str, now: datetime) -> Iterator[End]:
    ahead = timedelta(days=DAYS_AHEAD)
    for person, product, on in reliance.ending_delegations(site, (now + ahead).date()):
        at = _end_of(on)
        if at is not None and at > now:
            yield End("delegation", f"person:{person}", at, "", product, 0, _look(at, now, ahead))


def _membership(site: str, using: str) -> Iterator[End]:
    """A charter holds until a newer one; whom the newest one here does not name is out, whoever it was before."""
    network = charter.present(using)
    if network is not None and network.member(site) is not None:
        yield End("charter", f"site:{site}", None, number=network.number)
    elif network is not None:
        yield End("membership", f"site:{site}", None, number=network.number, look="bad")


def _mirror(site: str) -> Iterator[End]:
    if anchor.wanted() and not anchor.answers(site):
        yield End("mirror", f"site:{site}", None, look="bad")


def _end_of(on: date | None) -> datetime | None:
    """The end of a day in UTC."""
    return datetime.combine(on + timedelta(days=1), time(), UTC) if on else None
