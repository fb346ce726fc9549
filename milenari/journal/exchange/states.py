"""States: what is to be said of one peer, by name, gravest first; each name has a sentence and a procedure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS

from milenari.journal import clock, fold, models
from milenari.journal.exchange import bounds, standing
from milenari.journal.exchange.standing import Standing
from milenari.rules.lease import CLOCK_AHEAD, lease_hours


@dataclass(frozen=True)
class Peer:
    """One peer with its named states, its newest word, and how many of its claims of time cannot be."""

    standing: Standing
    states: tuple[str, ...]
    lease_until: datetime | None
    skewed: int


def peers(using: str = DEFAULT_DB_ALIAS) -> list[Peer]:
    """Every peer of every site of this node, as it stands now."""
    found = standing.standings(using)
    told: dict[str, set[str]] = {}
    rows = models.Transit.objects.using(using).filter(way="received", state="waiting")
    for log, code in rows.values_list("log", "told").distinct():
        told.setdefault(log, set()).add(code)
    skewed = bounds.skewed(using)
    regained = set(models.SetBack.objects.using(using).values_list("site", flat=True))
    book, now = fold.DiskBook(using), clock.now()
    made = []
    for one in found:
        lease = book.sheet(f"lease:{one.peer}")
        until = lease.until(lease_hours(book, one.here))
        fresh = until is not None and until >= now and lease.granted_at <= now + CLOCK_AHEAD
        states = list(_trouble(one, told.get(one.peer, set()), skewed))
        if one.here in regained and one.state == "sound":
            states.append("restored")
        if one.i_hold and not fresh:
            states.append("stale-lease")
        made.append(Peer(one, (*states, step(one)), until, skewed.get(one.peer, 0)))
    return made


def _trouble(one: Standing, told: set[str], skewed: dict[str, int]) -> list[str]:
    found = [one.state] if one.state != "sound" else []
    found += ["gap"] if "parcel-gap" in told else []
    found += ["waiting"] if told - {"parcel-gap"} else []
    found += ["skew"] if skewed.get(one.peer) else []
    found += ["own-skew"] if skewed.get(one.here) else []
    return found


def step(one: Standing) -> str:
    """How far the peer is with our log."""
    if one.synced:
        return "in-step"
    if one.they_hold:
        return "behind"
    return "unsigned" if one.i_hold else "never-heard"
