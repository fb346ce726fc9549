"""Safety duty: what an adverse event is, and until when whom it has to be reported; pure, no actions.

Seriousness: ICH E2A II.B (six criteria). Site to sponsor within 24 hours of knowing of it: Regulation (EU) 536/2014
Article 41(2). Sponsor to the authority within 7 days of knowing of a fatal or life-threatening one, else 15: Article
42(2)(a) to (c), and what was missing within 8 more days; the sponsor may not downgrade what the investigator suspects:
Annex III 2.1(4). Article 41 and Annex III were read; Article 42's days were read in national texts that repeat them
(UK SI 2004/1031 reg. 34; France R1123-53), its paragraph numbers are recalled. The day of knowing is day nought.

What nobody has judged yet counts as the worst, so that silence never stops a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CRITERIA = ("death", "life-threatening", "hospitalisation", "disability", "congenital-anomaly", "medically-important")
URGENT = ("death", "life-threatening")
AGENTS = ("product", "lymphodepletion", "procedure")
# A reasonable possibility begins at "possible" (the method that was used is named with each opinion).
RELATEDNESS = ("not-related", "unlikely", "possible", "probable", "definite")
SUSPECTED = RELATEDNESS[2:]
EXPECTEDNESS = ("expected", "unexpected")
CLASSES = ("ae", "sae", "sar", "possible-susar", "susar")
OPEN = ("possible-susar", "susar")
TO_SPONSOR = timedelta(hours=24)
URGENT_DAYS, OTHER_DAYS, FURTHER_DAYS = 7, 15, 8


@dataclass(frozen=True)
class Judgement:
    """What one person, or two together, hold of an event; an empty word is not judged yet."""

    criteria: tuple[str, ...] = ()
    product: str = ""
    lymphodepletion: str = ""
    procedure: str = ""
    expectedness: str = ""

    @property
    def suspected(self) -> bool | None:
        """Whether something given is suspected as the cause; None while that is not judged of everything."""
        held = [getattr(self, agent) for agent in AGENTS]
        if any(word in SUSPECTED for word in held):
            return True
        return None if "" in held else False


def standing(investigator: Judgement | None, sponsor: Judgement | None) -> Judgement:
    """What counts of two opinions: of each point the graver one, so that both have to agree on less.

    The sponsor's word alone lifts no suspicion, and only the sponsor says that an event was to be expected.
    """
    mine, other = investigator or Judgement(), sponsor or Judgement()
    criteria = tuple(c for c in CRITERIA if c in mine.criteria or c in other.criteria)
    related = {agent: _graver(getattr(mine, agent), getattr(other, agent)) for agent in AGENTS}
    said = (mine.expectedness, other.expectedness)
    expected = "unexpected" if "unexpected" in said else other.expectedness
    return Judgement(criteria, **related, expectedness=expected)


def _graver(one: str, other: str) -> str:
    if one and other:
        return max(one, other, key=RELATEDNESS.index)
    only = one or other
    return only if only in SUSPECTED else ""


def classify(held: Judgement) -> str:
    """What the event is: no serious one, serious, serious reaction, SUSAR, or one that is a SUSAR until judged."""
    if not held.criteria:
        return "ae"
    if held.suspected is False:
        return "sae"
    if held.expectedness == "expected":
        return "sar" if held.suspected else "sae"
    return "susar" if held.suspected and held.expectedness == "unexpected" else "possible-susar"


def urgent(criteria: Iterable[str]) -> bool:
    """Whether it is fatal or life-threatening."""
    return any(one in URGENT for one in criteria)


# -- clocks ---------------------------------------------------------------------------------------------


def sponsor_by(aware_at: datetime) -> datetime:
    """Until when a site tells the sponsor of a serious event."""
    return aware_at + TO_SPONSOR


def authority_by(known_on: date, grave: bool) -> date:
    """The last day on which the authority is told, by the day on which the sponsor knew."""
    return known_on + timedelta(days=URGENT_DAYS if grave else OTHER_DAYS)


def rest_by(reported_on: date) -> date:
    """The last day for what was missing in the first report of a fatal or life-threatening one."""
    return reported_on + timedelta(days=FURTHER_DAYS)


def day_in(at: datetime, zone: str) -> date:
    """The local day of an instant."""
    return at.astimezone(ZoneInfo(zone or "UTC")).date()


def end_of(day: date, zone: str) -> datetime:
    """The instant at which a local day is over."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone or "UTC")).astimezone(UTC)


@dataclass(frozen=True)
class Clock:
    """One duty to report: until when, and when it was done; ``kind`` says to whom and why."""

    kind: str  # sponsor, sponsor-urgent, authority-urgent, authority, authority-upgraded, authority-rest
    from_at: datetime
    due_at: datetime
    done_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """How it stands: done, done late, due or overdue."""
        if self.done_at is not None:
            return "done" if self.done_at <= self.due_at else "done-late"
        return "due" if now <= self.due_at else "overdue"


@dataclass(frozen=True)
class Step:
    """One thing that became known: what the sponsor was told, or an opinion; in the order in which it was written."""

    written_at: datetime
    at: datetime
    kind: str  # told, opinion, review
    held: Judgement


def known(steps: Sequence[Step]) -> tuple[datetime | None, datetime | None]:
    """Since when the sponsor knew of what may be a SUSAR, and since when of a fatal or life-threatening one.

    Walked in the order of writing, so that what is added later can only bring a clock forward, never back.
    """
    told: Judgement | None = None
    opinion: Judgement | None = None
    review: Judgement | None = None
    serious: list[datetime] = []
    grave: list[datetime] = []
    for step in sorted(steps, key=lambda s: s.written_at):
        if step.kind == "told":
            told = step.held
        elif step.kind == "opinion":
            opinion = step.held
        else:
            review = step.held
        if told is None and review is None:
            continue  # nothing has reached the sponsor
        site = replace(opinion or Judgement(), criteria=told.criteria if told else ())
        both = standing(site, review)
        if classify(both) in OPEN:
            serious.append(step.at)
            if urgent(both.criteria):
                grave.append(step.at)
    return min(serious, default=None), min(grave, default=None)


@dataclass(frozen=True)
class Account:
    """What a site knew of an event's seriousness, and since when."""

    known_at: datetime
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Telling:
    """The sponsor was told of the account with this place, counted from nought."""

    at: datetime
    account: int


def to_sponsor(accounts: Sequence[Account], told: Sequence[Telling]) -> list[Clock]:
    """The clocks of a site: that it is serious, and that it became fatal or life-threatening after that."""
    clocks = []
    first = next((n for n, a in enumerate(accounts) if a.criteria), None)
    grave = next((n for n, a in enumerate(accounts) if urgent(a.criteria)), None)
    for kind, place in (("sponsor", first), ("sponsor-urgent", grave if grave != first else None)):
        if place is None:
            continue
        fits = [n for n, a in enumerate(accounts) if (a.criteria if kind == "sponsor" else urgent(a.criteria))]
        aware = min(accounts[n].known_at for n in fits)
        done = min((t.at for t in told if t.account in fits), default=None)
        clocks.append(Clock(kind, aware, sponsor_by(aware), done))
    return clocks


def to_authority(steps: Sequence[Step], reports: Sequence[tuple[str, datetime]], now_class: str,
                 zone: str) -> list[Clock]:  # fmt: skip
    """The clocks of the sponsor. ``reports``: initial or follow-up, and when each was sent, in their order.

    Nothing is due of what both have judged to be no SUSAR before it was reported.
    """
    since, grave = known(steps)
    first = next((at for kind, at in reports if kind == "initial"), None)
    if since is None or (now_class not in OPEN and first is None):
        return []
    plain = end_of(authority_by(day_in(since, zone), False), zone)
    if grave is None:
        return [Clock("authority", since, plain, first)]
    soon = end_of(authority_by(day_in(grave, zone), True), zone)
    if first is not None and first < grave:  # it was reported as not so grave, and turned out to be
        again = next((at for _, at in reports if at >= grave), None)
        clocks = [Clock("authority", since, plain, first), Clock("authority-upgraded", grave, soon, again)]
        first = again
    elif plain < soon:
        clocks = [Clock("authority", since, plain, first)]
    else:
        clocks = [Clock("authority-urgent", grave, soon, first)]
    if first is not None:
        rest = next((at for kind, at in reports if kind == "follow-up" and at > first), None)
        clocks.append(Clock("authority-rest", first, end_of(rest_by(day_in(first, zone)), zone), rest))
    return clocks
