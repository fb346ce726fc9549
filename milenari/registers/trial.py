"""Trial: protocols and participants for lists and pages, how far each came, and who is to be asked or seen again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from milenari.registers import models as table
from milenari.registers.questions import sites
from milenari.rules.casebook_window import local
from milenari.rules.participant import Assent, Participant, Signed, Withdrawal
from milenari.rules.trial_flow import Course, ended

REJECTED = ("rejected", "recalled")
STATIONS = {"collected": "apheresed", "infused": "infused"}


def protocols(words: str = "") -> QuerySet[table.Protocol]:
    """Every protocol known here, the newest first."""
    found = table.Protocol.objects.all()
    if words:
        found = found.filter(Q(code__icontains=words) | Q(title__icontains=words))
    return found.order_by("-opened_at", "code")


def participants(
    sites: frozenset[str] | None, protocol: str = "", words: str = "", state: str = ""
) -> QuerySet[table.Participant]:
    """Participants of these sites by study number; ``sites`` None: of every site."""
    found = table.Participant.objects.all()
    if sites is not None:
        found = found.filter(site__in=sites)
    if protocol:
        found = found.filter(protocol=protocol)
    if words:
        found = found.filter(Q(code__icontains=words) | Q(journey__icontains=words))
    if state:
        found = found.filter(state=state)
    return found.order_by("code")


def of_journey(journey: str) -> list[table.Participant]:
    """The participants that a therapy belongs to, one a trial."""
    return list(table.Participant.objects.filter(journey=journey).order_by("code"))


@dataclass(frozen=True)
class Therapy:
    """What the record of a therapy says of its milestones."""

    days: Mapping[str, date]
    died_on: date | None = None
    withdrawn: bool = False
    rejected: bool = False
    batches: tuple[table.Batch, ...] = ()


def milestones(moments: Iterable[tuple[str, str, datetime | None]],
               zones: Mapping[str, str]) -> dict[str, dict[str, date]]:  # fmt: skip
    """The first day of each milestone of each journey, in the zone of its hospital."""
    days: dict[str, dict[str, date]] = {}
    for journey, name, at in moments:
        if at is not None:
            days.setdefault(journey, {}).setdefault(name, local(at, zones.get(journey, "UTC")))
    return days


def therapies(journeys: Iterable[str]) -> dict[str, Therapy]:
    """The milestones of many journeys by five questions; days are those of the hospital that treats, as visits have."""
    codes = [code for code in journeys if code]
    rows = {row.code: row for row in table.Journey.objects.filter(code__in=codes)}
    places = sites()
    zones = {code: places[row.site].zone for code, row in rows.items() if row.site in places}
    made: dict[str, list[table.Batch]] = {code: [] for code in codes}
    for batch in table.Batch.objects.filter(journey__in=codes).order_by("started_at"):
        made[batch.journey].append(batch)
    reached = table.Station.objects.filter(journey__in=codes, name__in=tuple(STATIONS))
    moments = [(row.journey, STATIONS[row.name], row.at) for row in reached]
    moments += [(one.journey, "manufactured", one.released_at) for many in made.values() for one in many]
    days: dict[str, dict[str, date]] = {code: {} for code in codes} | milestones(moments, zones)
    for seen in table.Visit.objects.filter(journey__in=codes, seen_on__isnull=False).order_by("seen_on"):
        if seen.seen_on is not None:
            days[seen.journey].setdefault("followed", seen.seen_on)
    return {code: _therapy(days[code], rows.get(code), made[code]) for code in codes}


def _therapy(days: dict[str, date], row: table.Journey | None, batches: list[table.Batch]) -> Therapy:
    rejected = bool(batches) and all(batch.decision in REJECTED for batch in batches)
    if row is None:
        return Therapy(days, batches=tuple(batches))
    return Therapy(days, row.died_on, row.withdrawn, rejected, tuple(batches))


def courses(rows: Iterable[table.Participant]) -> list[Course]:
    """How far each of these participants came, by their own record and that of their therapy."""
    listed = list(rows)
    treated = therapies(row.journey for row in listed)
    return [course_of(row, treated.get(row.journey)) for row in listed]


def course_of(row: table.Participant, therapy: Therapy | None) -> Course:
    """One participant's way; what belongs to the therapy is read there."""
    days = {name: getattr(row, f"{name}_on") for name in ("screened", "consented", "eligible", "enrolled")}
    days |= dict(therapy.days) if therapy else {}
    days = {name: on for name, on in days.items() if on is not None}
    made = Course(row.code, row.site, days)
    treated = any(step in days for step in ("infused", "followed"))
    why = ended(
        failed=row.failed_why, ended_why=row.ended_why, modes=row.modes.split(), treated=treated,
        died=bool(therapy and therapy.died_on), consent_withdrawn=bool(therapy and therapy.withdrawn),
        rejected=bool(therapy and therapy.rejected),
    )  # fmt: skip
    on = row.failed_on or (therapy.died_on if therapy else None) or row.ended_on or row.withdrawn_on
    return Course(made.code, made.site, days, why, on if why else None)


def signed_by(rows: Iterable[table.Participant]) -> list[Participant]:
    """Participants with what they signed, as far as the rules of consent ask for them, by two questions."""
    listed = list(rows)
    consents: dict[str, list[Signed]] = {row.code: [] for row in listed}
    assents: dict[str, list[Assent]] = {row.code: [] for row in listed}
    for one in table.ParticipantConsent.objects.filter(participant__in=list(consents)).order_by("key"):
        if one.on is None:
            continue
        if one.kind == "assent":
            made = Assent(one.part, one.form_version, one.language, one.said == "agreed", one.on)
            assents[one.participant].append(made)
        else:
            signed = Signed(one.part, one.form_version, one.language, one.signer, one.on, one.number)
            consents[one.participant].append(signed)
    return [_participant(row, consents[row.code], assents[row.code]) for row in listed]


def _participant(row: table.Participant, consents: list[Signed], assents: list[Assent]) -> Participant:
    gone = tuple(Withdrawal(mode, row.withdrawn_on) for mode in row.modes.split() if row.withdrawn_on)
    return Participant(
        code=row.code, version=1, protocol=row.protocol, site=row.site, age_months=row.age_months,
        screened_on=row.screened_on, consents=tuple(consents), assents=tuple(assents), failed_on=row.failed_on,
        enrolled_on=row.enrolled_on, ended_on=row.ended_on, withdrawals=gone, journey=row.journey,
    )  # fmt: skip


@dataclass(frozen=True)
class Missed:
    """A follow-up visit whose window has closed without anybody being seen."""

    participant: table.Participant
    visit: table.Visit


def missed(rows: Iterable[table.Participant], today: date) -> list[Missed]:
    """The newest closed window of each participant who is still followed and was not seen in it or since."""
    listed = {row.journey: row for row in rows if row.journey and not row.ended_on and not _left(row)}
    dead = set(
        table.Journey.objects.filter(code__in=list(listed), died_on__isnull=False).values_list("code", flat=True)
    )
    found: dict[str, table.Visit] = {}
    for visit in table.Visit.objects.filter(journey__in=list(listed), from_on__lte=today).order_by("due_on"):
        if visit.seen_on is not None:
            found.pop(visit.journey, None)
        elif visit.to_on is not None and visit.to_on < today:
            found[visit.journey] = visit
    late = [Missed(listed[code], visit) for code, visit in found.items() if code not in dead]
    return sorted(late, key=lambda one: (one.visit.to_on or today, one.participant.code))


def _left(row: table.Participant) -> bool:
    return bool({"from-follow-up", "of-data-use"} & set(row.modes.split()))
