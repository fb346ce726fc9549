"""Action, Refused, Finding: how a rule is asked, and how it answers.

An action is a frozen dataclass that names who may do it, what the signature means and a stable code;
a class without them is an error at import. ``decide`` asks the rule: it returns Refused with a reason,
or Accepted with findings. ``fold_in`` applies an accepted entry to the frozen state of one subject.
Governing requirements: 21 CFR 11.10(f) sequence checks, 11.10(g) authority checks; EU GMP Annex 11.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar, dataclass_transform
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.words import Facts, Meaning, Role, split_subject

# A tablet's clock may run a little ahead of the node's; more than this is a date in the future.
CLOCK_TOLERANCE = timedelta(minutes=2)


class Refused(Exception):
    """Why an action may not be done: a stable code, the facts, and the field at fault if there is one."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code, self.facts = code, facts

    def __str__(self) -> str:
        return f"{self.code}: " + ", ".join(f"{k}={v}" for k, v in self.facts.items())


@dataclass(frozen=True)
class Finding:
    """Something an accepted action brought to light: out of specification, deviation opened..."""

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """Material or custody given by one account and received by another: double entry, sums to zero."""

    given_by: str
    received_by: str
    item: str
    amount: str
    unit: str


@dataclass(frozen=True)
class Accepted:
    """A rule's yes: further subjects touched, findings, moves, and the facts frozen into the entry."""

    also: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    moves: tuple[Move, ...] = ()
    given: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Asking:
    """Who asks, as what, where and when; ``now`` is frozen once for the whole act."""

    by: str
    role: Role
    site: str
    zone: str
    now: datetime
    happened_at: datetime
    reason: str = ""

    @property
    def today(self) -> date:
        """The site's local date on which the act happened."""
        return self.happened_at.astimezone(ZoneInfo(self.zone)).date()


class Action:
    """Base of all actions; subclasses are made by the ``action`` decorator."""

    code: ClassVar[str]
    roles: ClassVar[tuple[Role, ...]]
    meaning: ClassVar[Meaning]
    fields: ClassVar[dict[str, f.Spec]]
    needs_reason: ClassVar[bool] = False
    takes_custody: ClassVar[bool] = False
    anywhere: ClassVar[bool] = False

    @classmethod
    def from_data(cls, data: Facts) -> Any:
        """Build from JSON or a form; raises Refused naming the first field that is wrong."""
        unknown = set(data) - set(cls.fields)
        if unknown:
            raise Refused("field-unknown", field=sorted(unknown)[0], action=cls.code)
        try:
            return cls(**{name: f.read(name, spec, data.get(name)) for name, spec in cls.fields.items()})
        except f.BadField as fault:
            raise Refused(fault.code, **fault.facts) from fault

    def data(self) -> Facts:
        return f.to_data(self)

    @property
    def about(self) -> str:
        """The subject this action is first of all about."""
        return f.subjects_of(self)[0]


@dataclass(frozen=True)
class Sheet:
    """The folded state of one subject. ``owner`` is the only site that may write about it."""

    code: str = ""
    version: int = 0
    owner: str = ""
    bound_for: str = ""  # site named in a dispatch that has not been received yet
    transfer: int = 0  # number of the last hand-over; a receipt must carry it
    last_at: datetime | None = None

    @property
    def exists(self) -> bool:
        return self.version > 0


class Sheets(Protocol):
    """The folded state of any subject, never a register row."""

    def sheet(self, name: str) -> Any: ...


class Book(Sheets, Protocol):
    """What a rule may look at: sheets, and what a scanned proof says once it is verified."""

    def proven(self, text: str) -> Facts:
        """What the scanned proof of a shipment says, verified; Refused when it proves nothing."""


@dataclass(frozen=True)
class Entry:
    """An accepted action as the journal keeps it and as ``applies`` functions see it."""

    act: str
    action: Action
    by: str
    name: str
    role: Role
    meaning: Meaning
    site: str
    zone: str
    happened_at: datetime
    written_at: datetime
    reason: str
    subjects: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    moves: tuple[Move, ...]
    given: Facts

    @property
    def today(self) -> date:
        return self.happened_at.astimezone(ZoneInfo(self.zone)).date()

    @property
    def about(self) -> str:
        return self.subjects[0][0]

    def version_of(self, name: str) -> int:
        return dict(self.subjects)[name]


A = TypeVar("A", bound=Action)
S = TypeVar("S", bound=Sheet)
Check = Callable[[Any, Asking, Book], "Accepted | None"]
Apply = Callable[[Any, Any, Entry], Any]

ACTIONS: dict[str, type[Action]] = {}
CHECKS: dict[str, Check] = {}
SHEETS: dict[str, type[Sheet]] = {}
APPLIES: dict[tuple[str, str], Apply] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(f._make,))
def action(
    code: str,
    *,
    roles: Iterable[Role],
    meaning: Meaning,
    needs_reason: bool = False,
    takes_custody: bool = False,
    anywhere: bool = False,
) -> Callable[[type[A]], type[A]]:
    """Declare an action class: frozen, registered, with roles, meaning and a stable code.

    ``takes_custody`` marks a receipt, which may touch what another site has dispatched here;
    ``anywhere`` marks acts on a subject that no site owns.
    """

    def declare(cls: type[A]) -> type[A]:
        said = (cls.__doc__ or "").strip()  # before dataclass writes one of its own
        made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        made.code, made.roles, made.meaning = code, tuple(roles), meaning
        made.needs_reason, made.takes_custody, made.anywhere = needs_reason, takes_custody, anywhere
        made.fields = f.specs(made)
        if not made.roles:
            raise TypeError(f"{cls.__name__}: an action without roles could be done by anybody or nobody")
        if code in ACTIONS:
            raise TypeError(f"{cls.__name__}: the code {code!r} is already that of {ACTIONS[code].__name__}")
        if not made.fields or not said:
            raise TypeError(f"{cls.__name__}: an action needs fields and a docstring")
        ACTIONS[code] = made
        return made

    return declare


@dataclass_transform(frozen_default=True)
def sheet(kind: str) -> Callable[[type[S]], type[S]]:
    """Declare the frozen state class of a subject kind."""

    def declare(cls: type[S]) -> type[S]:
        SHEETS[kind] = made = dataclasses.dataclass(frozen=True)(cls)
        return made

    return declare


def checks(cls: type[Action]) -> Callable[[Check], Check]:
    """Declare the check of an action: it refuses, or answers what was found."""

    def declare(function: Check) -> Check:
        CHECKS[cls.code] = function
        return function

    return declare


def applies(cls: type[Action], *kinds: str) -> Callable[[Apply], Apply]:
    """Declare how an accepted entry changes the sheet of each named subject kind."""

    def declare(function: Apply) -> Apply:
        for kind in kinds:
            APPLIES[kind, cls.code] = function
        return function

    return declare


def blank(name: str) -> Any:
    """The sheet of a subject about which nothing was ever written."""
    kind, code = split_subject(name)
    return SHEETS[kind](code=code)


def refuse_if(condition: object, code: str, /, **facts: Any) -> None:
    """Raise Refused with the code and facts when the condition holds."""
    if condition:
        raise Refused(code, **facts)


def after(happened_at: datetime, cause_at: datetime | None, cause: str) -> None:
    """Refuse an act said to have happened before what caused it."""
    if cause_at is not None and happened_at < cause_at:
        raise Refused("before-its-cause", cause=cause, cause_at=cause_at, happened_at=happened_at)


def known(book: Book, name: str) -> Any:
    """The sheet of a subject that must exist."""
    found = book.sheet(name)
    if not found.exists:
        kind, code = split_subject(name)
        raise Refused("subject-unknown", kind=kind, code=code)
    return found


def decide(act: Action, asking: Asking, book: Book) -> Accepted | Refused:
    """Ask the rule. Never raises Refused: returns it, so that a refusal is a value like any other."""
    try:
        _check_fields(act, asking)
        emergency = _check_authority(act, asking, book)
        accepted = CHECKS[act.code](act, asking, book) or Accepted()
        touched = dict.fromkeys([*f.subjects_of(act), *accepted.also])
        for name in touched:
            _check_custody(act, asking, book.sheet(name), name)
        findings = (*accepted.findings, *emergency)
        return replace(accepted, also=tuple(touched), findings=findings)
    except Refused as refused:
        return refused


def check_authority(entry: Entry, book: Book) -> None:
    """Refused unless the person of an entry from elsewhere held its role there by then."""
    _check_authority(entry.action, _asked(entry), book)


def decide_again(entry: Entry, book: Book) -> None:
    """Refused when the rule says no to what an entry from elsewhere records."""
    answer = decide(entry.action, _asked(entry), book)
    if isinstance(answer, Refused):
        raise answer


def _asked(entry: Entry) -> Asking:
    return Asking(entry.by, entry.role, entry.site, entry.zone, entry.written_at, entry.happened_at, entry.reason)


def _check_fields(act: Action, asking: Asking) -> None:
    if asking.happened_at > asking.now + CLOCK_TOLERANCE:
        raise Refused("date-in-future", field="happened_at", found=asking.happened_at)
    if act.needs_reason and not asking.reason.strip():
        raise Refused("reason-missing", action=act.code)
    local_now = asking.now.astimezone(ZoneInfo(asking.zone)).date()
    for name, spec in act.fields.items():
        value = getattr(act, name)
        try:
            recorded = f.read(name, spec, f.write(value) if not isinstance(value, str) else value)
        except f.BadField as fault:
            raise Refused(fault.code, **fault.facts) from fault
        # What is decided must be what is written and read again: no stray blank, no reading given twice.
        same = f.write(recorded) == f.write(value) and (spec.kind != "readings" or len(recorded) == len(value))
        refuse_if(not same, "field-unreadable", field=name, found=str(value)[:80], kind=spec.kind)
        if not spec.past or value is None:
            continue
        limit: Any = local_now if spec.kind == "on" else asking.now + CLOCK_TOLERANCE
        if value > limit:
            raise Refused("date-in-future", field=name, found=value)


def _check_authority(act: Action, asking: Asking, book: Book) -> tuple[Finding, ...]:
    """Refuse an act by someone without the role that day; flag one done under emergency access."""
    if asking.role not in act.roles:
        raise Refused("role-not-allowed", role=asking.role, roles=[str(r) for r in act.roles], action=act.code)
    if asking.role is Role.NODE:
        return ()
    person = book.sheet(f"person:{asking.by}")
    if not person.exists:
        raise Refused("person-unknown", person=asking.by)
    grant = person.require_role(asking.role, asking.site, asking.today, asking.now)
    # The role must hold today as well: nobody backdates an act into a time when they still held it.
    person.require_role(asking.role, asking.site, asking.now.astimezone(ZoneInfo(asking.zone)).date(), asking.now)
    if grant.from_at is not None and asking.happened_at < grant.from_at:
        raise Refused("role-not-yet", person=asking.by, role=asking.role, site=asking.site, begins=grant.from_at)
    return (Finding("under-emergency-access", {"role": asking.role}),) if grant.emergency else ()


def _check_custody(act: Action, asking: Asking, found: Sheet, name: str) -> None:
    if not found.exists or act.anywhere:
        return
    if act.takes_custody and found.bound_for:
        if found.bound_for != asking.site:
            raise Refused("bound-for-another-site", subject=name, bound_for=found.bound_for)
        return
    if found.bound_for:
        raise Refused("in-transit", subject=name, bound_for=found.bound_for)
    if found.owner and found.owner != asking.site:
        raise Refused("held-elsewhere", subject=name, owner=found.owner)


def fold_in(state: Sheet, name: str, entry: Entry) -> Any:
    """The next state of one subject. Pure: depends on nothing but the state and the entry."""
    kind, _ = split_subject(name)
    apply = APPLIES.get((kind, entry.action.code))
    changed = apply(state, entry.action, entry) if apply else state
    return replace(
        changed,
        version=entry.version_of(name),
        owner=changed.owner or entry.site,
        last_at=entry.happened_at,
    )
