"""People: who may act as what, where and until when; QP delegations; emergency access in the open.

Governing requirements: 21 CFR 11.10(d,g) and 11.100 (unique persons, authority checks); EU GMP Annex 16
(QP). Roles are dated: an act is judged by what held on the day it happened, and again today.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import Meaning, Role

EMERGENCY_ROLES = (Role.OPERATOR, Role.QC_ANALYST, Role.WARD_NURSE, Role.APHERESIS_NURSE, Role.PHYSICIAN)


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grant:
    """A role at a site between two dates, or until an instant under emergency access."""

    role: Role
    site: str
    from_on: date
    to_on: date | None = None
    emergency: str = ""
    until_at: datetime | None = None
    from_at: datetime | None = None


@dataclass(frozen=True)
class Delegation:
    """A Qualified Person named for one product at one site for a period."""

    product: str
    site: str
    from_on: date
    to_on: date


@dataclass(frozen=True)
class Training:
    """Shown able to work under one version of a procedure, until a date."""

    procedure: str
    version: str
    on: date
    until_on: date
    trainer: str
    withdrawn: bool = False


@dataclass(frozen=True)
class Evidence:
    """One item of a curriculum shown once: under which version, on what, by whom attested, until when it counts."""

    procedure: str
    version: str
    item: str
    on: date
    until_on: date | None
    by: str
    act: str
    reference: str = ""
    score: str = ""
    passed: bool = True
    passport: str = ""  # the passport it was accepted from, if it came from another site
    withdrawn: bool = False


@sheet("person")
class Person(Sheet):
    """Whoever signs: keys, dated roles, delegations and training."""

    name: str = ""
    home: str = ""
    keys: tuple[str, ...] = ()
    ended_keys: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    trainings: tuple[Training, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def roles_at(self, site: str, on: date) -> tuple[Role, ...]:
        return tuple(dict.fromkeys(g.role for g in self.grants if g.site == site and _in_force(g, on)))

    def require_role(self, role: Role, site: str, on: date, now: datetime | None = None) -> Grant:
        """The grant under which the person acts; refused when there is none or it is over."""
        here = [g for g in self.grants if g.role is role and g.site == site]
        if not here:
            raise Refused("role-not-held", person=self.code, role=role, site=site)
        valid = [g for g in here if _in_force(g, on) and (not now or not g.until_at or now <= g.until_at)]
        if not valid:
            started = [g for g in here if g.from_on <= on]
            if not started:
                begins = min(g.from_on for g in here)
                raise Refused("role-not-yet", person=self.code, role=role, site=site, begins=begins)
            ended = max(g.to_on or g.from_on for g in started)
            raise Refused("role-ended", person=self.code, role=role, site=site, ended=ended)
        return min(valid, key=lambda g: bool(g.emergency))

    def may_certify(self, product: str, site: str, on: date) -> bool:
        return any(d.product == product and d.site == site and d.from_on <= on <= d.to_on for d in self.delegations)

    def trained(self, procedure: str, version: str, on: date) -> bool:
        return any(
            t.procedure == procedure and t.version == version and t.on <= on <= t.until_on and not t.withdrawn
            for t in self.trainings
        )


def _in_force(grant: Grant, on: date) -> bool:
    return grant.from_on <= on and (grant.to_on is None or on <= grant.to_on)


def _overlaps(grant: Grant, from_on: date, to_on: date | None) -> bool:
    begins, ends = max(grant.from_on, from_on), min(grant.to_on or date.max, to_on or date.max)
    return begins <= ends


@sheet("roll")
class Roll(Sheet):
    """Who has ever been enrolled at one site; the node itself may enrol only until QA holds the pen."""

    persons: tuple[str, ...] = ()
    has_qa: bool = False


# -- actions --------------------------------------------------------------------------------------------


@action("enrol-person", roles=(Role.NODE, Role.IT_ADMIN), meaning=Meaning.PERFORMED)
class EnrolPerson(Action):
    """Enrol a person whose identity was verified, with the public key of the signing credential."""

    person: str = f.new("person", "Person code")
    name: str = f.text("Printed name", longest=120)
    home: str = f.ref("roll", label="Site", touch=True)
    key: str = f.text("Public signing key", longest=400)


@action("replace-key", roles=(Role.IT_ADMIN,), meaning=Meaning.PERFORMED, needs_reason=True)
class ReplaceKey(Action):
    """Give a person a new signing key after loss or renewal; earlier signatures stay valid."""

    person: str = f.ref("person", label="Person", touch=True)
    key: str = f.text("Public signing key", longest=400)


@action("withdraw-key", roles=tuple(r for r in Role if r is not Role.NODE),
        meaning=Meaning.PERFORMED, needs_reason=True)  # fmt: skip
class WithdrawKey(Action):
    """End a signing key of yours, or as IT anybody's: it signs nothing more, and what it signed stays valid."""

    person: str = f.ref("person", label="Person", touch=True)
    key: str = f.text("Public signing key", longest=400)


@action("grant-role", roles=(Role.NODE, Role.QA), meaning=Meaning.APPROVED)
class GrantRole(Action):
    """Let a person act in a role at a site between two dates."""

    person: str = f.ref("person", label="Person", touch=True)
    granted: str = f.choice([r for r in Role if r is not Role.NODE], "Role")
    at_site: str = f.ref("roll", label="Site", touch=True)
    from_on: date = f.on("From")
    to_on: date | None = f.on("To", required=False)


@action("end-role", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class EndRole(Action):
    """End a person's role: the last day on which it holds."""

    person: str = f.ref("person", label="Person", touch=True)
    ended: str = f.choice([r for r in Role if r is not Role.NODE], "Role")
    at_site: str = f.ref("roll", label="Site", touch=True)
    to_on: date = f.on("Last day")


@action("delegate-qp", roles=(Role.QA,), meaning=Meaning.APPROVED)
class DelegateQp(Action):
    """Name a Qualified Person for one product at one site for a period."""

    person: str = f.ref("person", label="Qualified Person", touch=True)
    product: str = f.ref("process", label="Product")
    at_site: str = f.ref("site", label="Site")
    from_on: date = f.on("From")
    to_on: date = f.on("To")


@action("open-emergency-access", roles=tuple(r for r in Role if r is not Role.NODE),
        meaning=Meaning.PERFORMED, needs_reason=True)  # fmt: skip
class OpenEmergencyAccess(Action):
    """Act in a role you do not hold for a short time, in the open: timed, logged, to be commented."""

    person: str = f.ref("person", label="Yourself", touch=True)
    granted: str = f.choice(EMERGENCY_ROLES, "Role needed")
    hours: int = f.count("Hours", low=1, high=12)


@action("comment-emergency-access", roles=(Role.QA,), meaning=Meaning.REVIEWED)
class CommentEmergencyAccess(Action):
    """Review what was done under emergency access and close it with a comment."""

    person: str = f.ref("person", label="Person", touch=True)
    comment: str = f.text("Comment")


# -- checks ---------------------------------------------------------------------------------------------


@checks(EnrolPerson)
def _enrol(act: EnrolPerson, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="person", code=act.person)
    refuse_if(act.home != asking.site, "enrolled-at-home-only", home=act.home, site=asking.site)
    roll: Roll = book.sheet(f"roll:{act.home}")
    refuse_if(asking.role is Role.NODE and roll.has_qa, "founding-is-over", site=act.home)
    _unshared(act.key, roll, book)


def _unshared(key: str, roll: Roll, book: Book) -> None:
    """Refuse a key that signs, or ever signed, for anybody at the site: a signature names one person."""
    for other in roll.persons:
        held: Person = book.sheet(f"person:{other}")
        refuse_if(key in (*held.keys, *held.ended_keys), "key-already-used", person=other)


@checks(ReplaceKey)
def _replace_key(act: ReplaceKey, asking: Asking, book: Book) -> None:
    person: Person = known(book, act.about)
    refuse_if(asking.by == act.person, "own-key", person=act.person)
    _unshared(act.key, book.sheet(f"roll:{person.home}"), book)


@checks(WithdrawKey)
def _withdraw_key(act: WithdrawKey, asking: Asking, book: Book) -> None:
    person: Person = known(book, act.about)
    others = asking.by != act.person and asking.role is not Role.IT_ADMIN
    refuse_if(others, "key-of-another", person=act.person)
    refuse_if(act.key not in person.keys, "key-not-held", person=act.person)
    refuse_if(len(person.keys) == 1, "last-key", person=act.person)


@checks(GrantRole)
def _grant_role(act: GrantRole, asking: Asking, book: Book) -> None:
    known(book, act.about)
    refuse_if(asking.by == act.person, "own-role", person=act.person)
    refuse_if(act.to_on is not None and act.to_on < act.from_on, "dates-reversed", field="to_on")
    roll: Roll = book.sheet(f"roll:{act.at_site}")
    refuse_if(asking.role is Role.NODE and roll.has_qa, "founding-is-over", site=act.at_site)
    refuse_if(act.at_site != asking.site, "granted-at-home-only", site=asking.site, at_site=act.at_site)
    # Administrators are kept apart from GMP data roles (draft EU GMP Annex 11, 12.3).
    held = [g.role for g in book.sheet(act.about).grants if _overlaps(g, act.from_on, act.to_on)]
    mixed = any((role is Role.IT_ADMIN) != (act.granted == Role.IT_ADMIN) for role in held)
    refuse_if(mixed, "admin-apart-from-gmp", person=act.person, role=act.granted)


@checks(EndRole)
def _end_role(act: EndRole, asking: Asking, book: Book) -> None:
    person: Person = known(book, act.about)
    refuse_if(asking.by == act.person, "own-role", person=act.person)
    # A role that is already over by then cannot be ended again: that would lengthen it.
    held = any(
        g.role == act.ended and g.site == act.at_site and (g.to_on is None or g.to_on > act.to_on)
        for g in person.grants
    )
    refuse_if(not held, "role-not-held", person=act.person, role=act.ended, site=act.at_site)


@checks(DelegateQp)
def _delegate_qp(act: DelegateQp, asking: Asking, book: Book) -> None:
    person: Person = known(book, act.about)
    refuse_if(asking.by == act.person, "own-role", person=act.person)
    refuse_if(act.to_on < act.from_on, "dates-reversed", field="to_on")
    known(book, f"process:{act.product}")
    known(book, f"site:{act.at_site}")
    person.require_role(Role.QP, act.at_site, act.from_on)


@checks(OpenEmergencyAccess)
def _open_emergency(act: OpenEmergencyAccess, asking: Asking, book: Book) -> Accepted:
    refuse_if(act.person != asking.by, "emergency-for-oneself-only", person=act.person)
    refuse_if(asking.role is Role.IT_ADMIN, "admin-apart-from-gmp", person=act.person, role=act.granted)
    # From now, whenever it is said to have happened: emergency access does not reach back.
    until = asking.now + timedelta(hours=act.hours)
    return Accepted(findings=(Finding("emergency-access-opened", {"role": act.granted, "hours": act.hours}),),
                    given={"from_at": asking.now.isoformat(), "until_at": until.isoformat()})  # fmt: skip


@checks(CommentEmergencyAccess)
def _comment_emergency(act: CommentEmergencyAccess, asking: Asking, book: Book) -> None:
    person: Person = known(book, act.about)
    refuse_if(asking.by == act.person, "own-work", person=act.person)
    open_now = [g for g in person.grants if g.emergency == "open"]
    refuse_if(not open_now, "no-emergency-access", person=act.person)


# -- applies --------------------------------------------------------------------------------------------


@applies(EnrolPerson, "person")
def _(person: Person, act: EnrolPerson, entry: Entry) -> Person:
    return replace(person, name=act.name, home=act.home, keys=(act.key,))


@applies(EnrolPerson, "roll")
def _(roll: Roll, act: EnrolPerson, entry: Entry) -> Roll:
    return replace(roll, persons=(*roll.persons, act.person))


@applies(ReplaceKey, "person")
def _(person: Person, act: ReplaceKey, entry: Entry) -> Person:
    return replace(person, keys=(*person.keys, act.key))


@applies(WithdrawKey, "person")
def _(person: Person, act: WithdrawKey, entry: Entry) -> Person:
    kept = tuple(key for key in person.keys if key != act.key)
    return replace(person, keys=kept, ended_keys=(*person.ended_keys, act.key))


@applies(GrantRole, "person")
def _(person: Person, act: GrantRole, entry: Entry) -> Person:
    grant = Grant(Role(act.granted), act.at_site, act.from_on, act.to_on)
    return replace(person, grants=(*person.grants, grant))


@applies(GrantRole, "roll")
def _(roll: Roll, act: GrantRole, entry: Entry) -> Roll:
    return replace(roll, has_qa=roll.has_qa or act.granted == Role.QA)


@applies(EndRole, "person")
def _(person: Person, act: EndRole, entry: Entry) -> Person:
    def ended(grant: Grant) -> Grant:
        this = grant.role == act.ended and grant.site == act.at_site
        return replace(grant, to_on=min(grant.to_on or date.max, act.to_on)) if this else grant

    return replace(person, grants=tuple(ended(g) for g in person.grants))


@applies(DelegateQp, "person")
def _(person: Person, act: DelegateQp, entry: Entry) -> Person:
    made = Delegation(act.product, act.at_site, act.from_on, act.to_on)
    return replace(person, delegations=(*person.delegations, made))


@applies(OpenEmergencyAccess, "person")
def _(person: Person, act: OpenEmergencyAccess, entry: Entry) -> Person:
    begins, until = (datetime.fromisoformat(entry.given[key]) for key in ("from_at", "until_at"))
    from_on, to_on = (instant.astimezone(ZoneInfo(entry.zone)).date() for instant in (begins, until))
    grant = Grant(Role(act.granted), entry.site, from_on, to_on, "open", until_at=until, from_at=begins)
    return replace(person, grants=(*person.grants, grant))


@applies(CommentEmergencyAccess, "person")
def _(person: Person, act: CommentEmergencyAccess, entry: Entry) -> Person:
    def closed(grant: Grant) -> Grant:
        if grant.emergency != "open":
            return grant
        # What is still running ends with the review, or later acts would escape it.
        ends = min(grant.until_at or entry.written_at, entry.written_at)
        return replace(grant, emergency="reviewed", until_at=ends)

    return replace(person, grants=tuple(closed(g) for g in person.grants))
