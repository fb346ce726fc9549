"""Monitoring: who counts for a stopping rule by now, how far from its boundary, and the tables of a safety package.

Counted from the sheets, as the rule itself counts, over every participant whose record is at this node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from milenari.registers import models as table
from milenari.registers import safety
from milenari.rules.action import Sheets
from milenari.rules.monitoring import StoppingRule, headroom, reached, related_on, standing_in, stop_at
from milenari.rules.safety_duty import standing

GRADES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Person:
    """A participant with the journey that is linked to it, as the sheets have them."""

    code: str
    site: str
    level: str
    journey: Any

    @property
    def infused_at(self) -> datetime | None:
        """When the first fraction was given."""
        return min((i.at for i in self.journey.infusions), default=None)


@dataclass(frozen=True)
class Count:
    """Where a stopping rule stands: who counts and how, in the order of infusion."""

    states: tuple[tuple[str, str], ...]  # participant, standing
    related: tuple[str, ...]  # adverse events that the rule watches
    path: tuple[tuple[int, int], ...]  # participants, events; from nought on
    stop_at: int | None
    headroom: int | None
    reached: bool

    @property
    def n(self) -> int:
        """How many count."""
        return self.path[-1][0]

    @property
    def events(self) -> int:
        """How many of them had an event."""
        return self.path[-1][1]

    def named(self, *states: str) -> list[str]:
        """The participants who stand so."""
        return [code for code, state in self.states if state in states]


def people(book: Sheets, protocol: str) -> list[Person]:
    """Every participant of a protocol known here, in the order of their codes."""
    found = []
    for row in table.Subject.objects.filter(kind="participant").order_by("code"):
        sheet = book.sheet(row.key)
        if sheet.protocol == protocol:
            found.append(Person(row.code, sheet.owner, getattr(sheet, "level", ""),
                                book.sheet(f"journey:{sheet.journey}")))  # fmt: skip
    return found


def count(book: Sheets, rule: StoppingRule, here: Sequence[Person], now: datetime) -> Count:
    """Who counts for a rule by now; a dose level's rule counts its own level."""
    mine = [p for p in here if not rule.level or p.level == rule.level]
    watched: dict[str, list[date]] = {}
    named = []
    if "related" in (rule.events or {}):
        for row in table.AdverseEvent.objects.filter(protocol=rule.protocol, grade__gte=(rule.events or {})["related"]):
            event = book.sheet(f"adverseevent:{row.code}")
            on = related_on(rule, event, book.sheet(f"eventreview:{row.code}"))
            if on is not None:
                watched.setdefault(row.participant, []).append(on)
                named.append((row.participant, row.code))
    states = {p.code: standing_in(rule, p.journey, watched.get(p.code, ()), now) for p in mine}
    ordered = sorted((p for p in mine if states[p.code] in ("event", "complete")), key=lambda p: (p.infused_at, p.code))
    path = [(0, 0)]
    for person in ordered:
        n, events = path[-1]
        path.append((n + 1, events + (states[person.code] == "event")))
    n, events = path[-1]
    counted = {p.code for p in ordered}
    limit = rule.boundary
    return Count(tuple(states.items()), tuple(code for who, code in named if who in counted), tuple(path),
                 stop_at(limit, n), headroom(limit, n, events), reached(limit, n, events))  # fmt: skip


def rules(protocol: str = "") -> list[Any]:
    """Stopping rules, those in force first."""
    found = table.StoppingRule.objects.all()
    if protocol:
        found = found.filter(protocol=protocol)
    return list(found.order_by("-state", "protocol", "code"))


def holds(protocol: str = "") -> list[Any]:
    """Holds, those in force first, then the newest."""
    found = table.TrialHold.objects.all()
    if protocol:
        found = found.filter(protocol=protocol)
    return sorted(found, key=lambda h: (h.lifted_at is not None, -h.placed_at.timestamp()))


# -- tables of a package --------------------------------------------------------------------------------


@dataclass
class Tally:
    """One row of the table of events: how many by gravest grade, and how many of them are suspected reactions."""

    term: str
    grades: Counter[int | None] = field(default_factory=Counter)
    events: int = 0
    serious: int = 0
    related: int = 0

    def at(self) -> list[int]:
        """The counts by grade, the ungraded last."""
        return [self.grades[g] for g in GRADES] + [self.grades[None]]


def by_term(rows: Iterable[Any]) -> list[Tally]:
    """Events by term, the most frequent first; a CTCAE term where there is one, else the reporter's words."""
    found: dict[str, Tally] = {}
    reviews = _reviews()
    for row in rows:
        tally = found.setdefault(row.ctcae or row.scale or row.term, Tally(row.ctcae or row.scale or row.term))
        both = standing(safety.held(row), safety.held(reviews.get(row.code)))
        tally.events += 1
        tally.grades[row.grade] += 1
        tally.serious += bool(both.criteria)
        tally.related += both.suspected is not False
    return sorted(found.values(), key=lambda t: (-t.events, t.term))


def _reviews() -> dict[str, Any]:
    return {row.code: row for row in table.EventReview.objects.all()}


def toxicity(here: Sequence[Person]) -> list[tuple[str, list[int]]]:
    """CRS and ICANS by gravest grade among the infused: from nought to four, and how many were never graded."""
    infused = [p for p in here if p.journey.infusions]
    made = []
    for scale in ("CRS", "ICANS"):
        worst = [max((g.grade for g in p.journey.grades if g.scale == scale), default=None) for p in infused]
        made.append((scale, [worst.count(g) for g in (0, 1, 2, 3, 4)] + [worst.count(None)]))
    return made


@dataclass(frozen=True)
class Place:
    """How many of a site and dose level came how far, and how many events they had."""

    site: str
    level: str
    participants: int
    infused: int
    events: int
    serious: int
    died: int


def by_place(here: Sequence[Person], rows: Sequence[Any]) -> list[Place]:
    """Participants and events by site and dose level."""
    keys = sorted({(p.site, p.level) for p in here})
    found = []
    for site, level in keys:
        mine = [p for p in here if (p.site, p.level) == (site, level)]
        codes = {p.code for p in mine}
        events = [row for row in rows if row.participant in codes]
        infused, died = [p for p in mine if p.journey.infusions], [p for p in mine if p.journey.died_on]
        found.append(
            Place(site, level, len(mine), len(infused), len(events), sum(r.serious for r in events), len(died))
        )
    return found


@dataclass(frozen=True)
class Death:
    """A participant who died: when, of what, and how many days after the last infusion."""

    code: str
    on: date
    cause: str
    days: int | None


def deaths(here: Sequence[Person]) -> list[Death]:
    """Everybody who died, in the order of the days."""
    found = []
    for person in here:
        if person.journey.died_on is None:
            continue
        cause = next((what for name, what, _ in reversed(person.journey.events) if name == "death"), "unknown")
        last = max((i.at for i in person.journey.infusions), default=None)
        days = (person.journey.died_on - last.date()).days if last else None
        found.append(Death(person.code, person.journey.died_on, cause, days))
    return sorted(found, key=lambda d: (d.on, d.code))


@dataclass(frozen=True)
class Listed:
    """One serious reaction of the annual line listing."""

    row: Any
    review: Any
    kind: str


def serious(rows: Iterable[Any]) -> list[Listed]:
    """Serious events with what each is, reactions first; the annual line listing has the reactions among them."""
    reviews = _reviews()
    made = [Listed(row, reviews.get(row.code), safety.kind_of(row, reviews.get(row.code))) for row in rows]
    kept = [one for one in made if one.kind != "ae"]
    order = ("susar", "possible-susar", "sar", "sae")
    return sorted(kept, key=lambda one: (order.index(one.kind), one.row.begun_on, one.row.code))
