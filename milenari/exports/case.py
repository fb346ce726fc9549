"""Case: what the record says of one participant, as facts without a name, before any format.

Built from the record by ``record.py``, or by hand in tests. Instants carry their site's zone, so that a date is
the date on the wall where it happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class At:
    """An instant and the zone of the site where it was."""

    instant: datetime
    zone: str = "UTC"

    @property
    def local(self) -> datetime:
        return self.instant.astimezone(ZoneInfo(self.zone))

    @property
    def on(self) -> date:
        return self.local.date()

    @property
    def iso(self) -> str:
        """Local date and time, as on the wall, without offset (ISO 8601)."""
        return self.local.strftime("%Y-%m-%dT%H:%M:%S")

    @property
    def offset_iso(self) -> str:
        """The same to the second with its offset, for formats that ask for an instant."""
        return self.local.replace(microsecond=0).isoformat()


@dataclass(frozen=True)
class Consent:
    kind: str  # guardian-consent, child-assent, own-consent
    version: str
    on: date


@dataclass(frozen=True)
class Collection:
    """One bag of collected cells."""

    code: str
    at: At
    site: str
    volume_ml: Decimal | None = None
    cd3_e6: Decimal | None = None
    viability_pct: Decimal | None = None
    counted_at: At | None = None


@dataclass(frozen=True)
class Result:
    """A verified result of a test of the product."""

    test: str
    attribute: str
    value: str
    number: Decimal | None
    unit: str
    outcome: str
    method: str
    at: At | None


@dataclass(frozen=True)
class Product:
    """One batch made for the participant."""

    code: str
    site: str
    collection: str
    decision: str
    vector_lot: str = ""
    started_at: At | None = None
    harvested_at: At | None = None
    released_at: At | None = None
    cells_e6: Decimal | None = None
    results: tuple[Result, ...] = ()
    process_version: str = ""


@dataclass(frozen=True)
class Fraction:
    """One bag of the product; given or not."""

    code: str
    batch: str
    part: int
    cells_e6: Decimal
    volume_ml: Decimal
    per_kg_e6: Decimal | None = None  # as computed when it was decided, on that day's weight
    given_at: At | None = None
    given_site: str = ""


@dataclass(frozen=True)
class Handling:
    """Something that was done to a specimen or bag: the term of SDTM's BEDECOD, where, and to whom it went."""

    specimen: str
    term: str
    at: At
    site: str
    to_site: str = ""
    words: str = ""


@dataclass(frozen=True)
class Grade:
    """One ASTCT assessment with what it was graded from."""

    scale: str
    grade: int
    at: At
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Response:
    response: str
    at: At
    sensitivity: str = ""


@dataclass(frozen=True)
class BCells:
    per_ul: Decimal
    at: At
    aplasia: bool


@dataclass(frozen=True)
class Relapse:
    at: At
    where: str
    cd19: str


@dataclass(frozen=True)
class Transplant:
    """A haematopoietic transplant after the infusion."""

    on: date
    donor: str
    remission: bool


@dataclass(frozen=True)
class Weight:
    kg: Decimal
    on: date


@dataclass(frozen=True)
class Death:
    on: date
    cause: str


@dataclass(frozen=True)
class Visit:
    code: str
    on: date


@dataclass(frozen=True)
class Event:
    """One adverse event, where the safety desk has recorded it."""

    code: str
    term: str
    began_on: date
    grade: int | None
    serious: bool
    criteria: tuple[str, ...] = ()
    relation: str = ""
    outcome: str = ""
    ended_on: date | None = None


@dataclass(frozen=True)
class Departure:
    """Something that did not go as written: of the product, of a visit's window, of the order of procedures."""

    code: str
    words: str
    category: str
    on: date
    severity: str = ""
    judged: str = ""  # by quality assurance, where it was closed


@dataclass(frozen=True)
class Answer:
    """What stands in one item of a casebook page: its place in SDTM, its words, and a number where it is one."""

    item: str
    label: str
    type: str
    domain: str
    variable: str
    test: str
    text: str = ""
    unit: str = ""  # UCUM
    missing: str = ""  # why there is no value

    @property
    def number(self) -> Decimal | None:
        return Decimal(self.text) if self.type in ("integer", "decimal") and self.text else None


@dataclass(frozen=True)
class Page:
    """One page of the casebook as it was last saved, signed or not; what comes from the record is not repeated."""

    code: str
    visit: str
    form: str
    saved_at: At
    answers: tuple[Answer, ...]

    def of(self, variable: str) -> str:
        """The text of the first item that stands for a variable; empty where none has a value."""
        return next((a.text for a in self.answers if a.variable == variable and a.text), "")

    @property
    def taken(self) -> str:
        """The date or time that the page is about: of its first item of that type."""
        return next((a.text for a in self.answers if a.type in ("date", "datetime") and a.text), "")


@dataclass(frozen=True)
class Case:
    """One participant. ``key`` is the number in the study or a pseudonym, never a hospital's number."""

    key: str
    site: str
    country: str
    sex: str
    age_months: int
    referred_at: At
    consents: tuple[Consent, ...] = ()
    eligible_on: date | None = None
    assigned_on: date | None = None  # to the arm: when eligible, or under a protocol when enrolled
    enrolled_on: date | None = None
    failed_on: date | None = None  # of screening
    withdrawn_on: date | None = None
    weights: tuple[Weight, ...] = ()
    collections: tuple[Collection, ...] = ()
    products: tuple[Product, ...] = ()
    fractions: tuple[Fraction, ...] = ()
    handlings: tuple[Handling, ...] = ()
    grades: tuple[Grade, ...] = ()
    responses: tuple[Response, ...] = ()
    b_cells: tuple[BCells, ...] = ()
    relapses: tuple[Relapse, ...] = ()
    visits: tuple[Visit, ...] = ()
    events: tuple[Event, ...] = ()
    death: Death | None = None
    last_known: At | None = None  # the newest fact about the participant
    cohort: str = ""
    dose_level: str = ""
    pages: tuple[Page, ...] = ()
    transplants: tuple[Transplant, ...] = ()
    ended_on: date | None = None  # participation in the trial, by an investigator
    ended_why: str = ""
    follow_up_left_on: date | None = None  # withdrawal from follow-up or of the use of data
    adult_care_on: date | None = None
    unmet: tuple[str, ...] = ()  # the protocol's own codes of criteria that a screening failure names
    departures: tuple[Departure, ...] = ()

    @property
    def given(self) -> tuple[Fraction, ...]:
        """The fractions that were infused, in order of time."""
        return tuple(sorted((f for f in self.fractions if f.given_at), key=lambda f: _instant(f.given_at)))

    @property
    def first_given(self) -> At | None:
        return self.given[0].given_at if self.given else None

    @property
    def last_given(self) -> At | None:
        return self.given[-1].given_at if self.given else None

    @property
    def consented_on(self) -> date | None:
        """The first consent that carries the treatment; an assent alone does not."""
        days = [c.on for c in self.consents if c.kind != "child-assent"]
        return min(days) if days else None

    def day(self, on: date | None) -> int | None:
        """The study day of SDTM: the day of the first infusion is 1, the day before it is -1, and there is no 0."""
        if on is None or self.first_given is None:
            return None
        apart = (on - self.first_given.on).days
        return apart + 1 if apart >= 0 else apart

    @property
    def age_years(self) -> int:
        return self.age_months // 12

    @property
    def last_on(self) -> date:
        """The last day on which anything is known of the participant."""
        days = [self.referred_at.on, *(v.on for v in self.visits), *(c.on for c in self.consents)]
        days += [self.last_known.on] if self.last_known else []
        days += [self.death.on] if self.death else []
        days += [t.on for t in self.transplants]
        return max(days)

    def best_response(self, within_days: int) -> Response | None:
        """The best response assessed by so many days after the first infusion."""
        if self.first_given is None:
            return None
        until = self.first_given.instant + timedelta(days=within_days)
        seen = [r for r in self.responses if r.at.instant <= until and r.response in RESPONSE_ORDER]
        return min(seen, key=lambda r: (RESPONSE_ORDER.index(r.response), r.at.instant)) if seen else None

    def worst(self, scale: str) -> int | None:
        """The highest grade of a scale; None when it was never assessed, which is not grade 0."""
        grades = [g.grade for g in self.grades if g.scale == scale]
        return max(grades) if grades else None

    def with_key(self, key: str) -> Case:
        return replace(self, key=key)


RESPONSE_ORDER = ("mrd-negative-cr", "cr", "cri", "no-response")


def _instant(at: At | None) -> datetime:
    if at is None:
        raise ValueError("A fraction that was not given has no instant.")
    return at.instant
