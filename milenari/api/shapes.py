"""Shapes: what the interface says, field by field; names are stable and carry their units.

A decimal is a string, so that it stays the number that was recorded. An instant is UTC with milliseconds and
``Z``, a local date has no zone. Empty text means: none.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field, PlainSerializer, WithJsonSchema

from milenari.words import iso

NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"


def _figures(value: Decimal) -> str:
    return format(value.normalize() + 0, "f")


Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Number = Annotated[
    Decimal,
    PlainSerializer(_figures, return_type=str),
    WithJsonSchema({"type": "string", "pattern": NUMBER}, mode="serialization"),
]

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """A part of a list: its rows, how many the whole list has, and where this part begins."""

    total: int
    offset: int
    limit: int
    items: list[T]


class Me(Schema):
    person: str
    name: str
    token: str
    scopes: list[str]
    expires_at: Instant
    roles: dict[str, list[str]] = Field(description="site code -> roles held there today")
    sees: list[str] | None = Field(description="sites whose data are seen; null: every site")
    keys: list[str] = Field(description="public keys enrolled for this person; those of kind webauthn can sign here")


class FieldShape(Schema):
    name: str
    kind: str = Field(
        description="ref, new, code, text, choice, quantity, count, on, at, flag, codes, readings, document"
    )
    label: str
    help: str = ""
    required: bool
    of: list[str] = Field(description="kinds of a reference, options of a choice, or allowed UCUM units")
    touch: bool = Field(description="whether the act changes this subject")
    low: Number | None = Field(description="what is physically possible, not the specification")
    high: Number | None
    longest: int | None
    past: bool = Field(description="may not lie in the future")
    censored: bool = Field(description='may be a bound, with "comparator" beside "value" and "unit"')


class ActionShape(Schema):
    code: str
    title: str = Field(description="in the language asked for")
    does: str = Field(description="in English, from the rule")
    roles: list[str]
    meaning: str = Field(description="what the signature says (21 CFR 11.50)")
    needs_reason: bool
    needs_identity: bool = Field(description="the patient's identity goes into `identity`, never into `data`")
    fields: list[FieldShape]


class SiteShape(Schema):
    code: str
    name: str
    country: str
    zone: str
    control: bool


class AlarmShape(Schema):
    code: str
    facts: dict[str, Any]


class JourneyShape(Schema):
    """One child's therapy, coded; names are sealed at the treating site and are not in this interface."""

    code: str
    site: str
    process: str
    coi: str
    sex: str
    station: str
    batch: str
    age_months: int
    weight_kg: Number | None
    slot_on: date | None
    referred_at: Instant | None
    infused_at: Instant | None
    withdrawn: bool
    erased: bool
    died_on: date | None


class JourneyLine(Schema):
    journey: JourneyShape
    station_at: Instant | None
    alarms: list[AlarmShape]


class StationShape(Schema):
    name: str
    site: str
    at: Instant | None


class CollectionShape(Schema):
    code: str
    journey: str
    coi: str
    site: str
    used_in: str
    bound_for: str
    collected_at: Instant | None
    accepted_at: Instant | None
    use_by: Instant | None
    volume_ml: Number | None
    cd3_e6: Number | None
    viability_pct: Number | None


class BatchShape(Schema):
    code: str
    site: str
    journey: str
    coi: str
    collection: str
    process: str
    process_version: str
    container: str
    phase: str
    decision: str = Field(description="empty: not decided yet")
    alarm: str
    on_hold: str
    started_at: Instant | None
    harvested_at: Instant | None
    cells_e6: Number | None
    weight_kg: Number | None
    steps_done: int
    steps_all: int
    reconciled: bool
    trail_reviewed: bool


class DoseShape(Schema):
    code: str
    batch: str
    journey: str
    coi: str
    site: str
    bound_for: str
    part: int
    cells_e6: Number | None
    volume_ml: Number | None
    decision: str
    use_by: Instant | None
    given_at: Instant | None


class VisitShape(Schema):
    visit: str
    due_on: date | None
    from_on: date | None
    to_on: date | None
    seen_on: date | None


class OutcomeShape(Schema):
    kind: str
    value: str
    at: Instant | None


class ContainerShape(Schema):
    code: str
    lot: str
    site: str
    bound_for: str
    allocated_to: str
    journey: str
    spent_in: str
    volume_ml: Number | None


class ResultShape(Schema):
    of: str
    test: str
    sample: str
    status: str
    outcome: str
    value: str
    method: str
    by: str
    arithmetic: str
    at: Instant | None
    attempt: int


class JourneyWhole(JourneyLine):
    stations: list[StationShape]
    collections: list[CollectionShape]
    batches: list[BatchShape]
    doses: list[DoseShape]
    visits: list[VisitShape]
    outcomes: list[OutcomeShape]
    containers: list[ContainerShape]


class BatchWhole(Schema):
    batch: BatchShape
    doses: list[DoseShape]
    results: list[ResultShape] = Field(description="the first hundred; all of them under /results")


class LotShape(Schema):
    code: str
    site: str
    campaign: str
    process: str
    process_version: str
    decision: str
    recalled: str
    cell_bank: str
    plasmids: str
    harvested_at: Instant | None
    expires_on: date | None
    volume_ml: Number | None
    titre_tu_per_ml: Number | None
    titre_uncertainty_pct: Number | None
    titre_method: str
    titre_cell_line: str
    containers: int


class BranchShape(Schema):
    container: ContainerShape
    batch: str
    journey: str
    coi: str
    fractions_given: int
    outcomes: list[OutcomeShape]
    hidden: bool = Field(description="it went to a therapy whose data this person does not see")


class TraceShape(Schema):
    lot: LotShape
    free: int
    reserved: int
    moving: int
    spent: int
    tu_per_container: Number | None
    tu_in_stock: Number | None
    branches: list[BranchShape]


class WaitingShape(Schema):
    action: str
    title: str
    subject: str
    site: str
    since: Instant | None
    detail: str
    fields: dict[str, str] = Field(description="what the action's fields would be filled with")


class SubjectVersion(Schema):
    name: str
    version: int


class FindingShape(Schema):
    code: str
    facts: dict[str, Any]


class EntryShape(Schema):
    """One signed entry: its place in the site's log, and what it says. ``entry`` is the canonical object itself."""

    log: str = Field(examples=["ROM/5"])
    site: str
    index: int
    leaf_sha256: str
    act: str
    action: str
    by: str
    name: str
    role: str
    meaning: str
    happened_at: Instant
    written_at: Instant
    reason: str
    subjects: list[SubjectVersion]
    findings: list[FindingShape]
    entry: dict[str, Any]


class WrittenShape(Schema):
    """What an act became. ``repeated``: this act id had been used for the very same act, and nothing was written."""

    repeated: bool
    log: str
    act: str
    action: str
    about: str
    happened_at: Instant
    written_at: Instant
    subjects: list[SubjectVersion]
    findings: list[FindingShape]


class CheckedShape(Schema):
    code: str
    good: bool
    detail: str


class LogShape(Schema):
    site: str
    origin: str
    entries: int
    verifier_key: str
    checkpoint: str
    written_at: Instant | None


class FaultShape(Schema):
    what: str
    site: str
    index: int | None
    act: str


class CheckupShape(Schema):
    """One verification of the whole book; ``state`` is running, interrupted, sound or broken."""

    state: str
    by: str = Field(description="empty: the node's command line")
    begun_at: Instant
    ended_at: Instant | None
    entries: int
    expected: int
    register_rows: int
    fault_count: int
    first_bad: FaultShape | None


class VerificationShape(Schema):
    last_whole: CheckupShape | None
    lately: list[CheckupShape]


class ProposalShape(Schema):
    """The exact bytes that a passkey signs: they hold act id, time and everything the rule looked up."""

    act: str
    written_at: Instant
    good_until: Instant
    message_base64: str
    challenge_base64url: str
    relying_party: str
    key: str


class Strict(Schema):
    """What is sent in: an unknown name is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")
