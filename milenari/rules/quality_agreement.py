"""Quality agreement: who of two sites owns what of quality, who is told within which time; signed by both, until a day.

One agreement a pair of sites and relation: the control site and a site that makes the product, or the plant that makes
the vector and a site that uses it. Governing guidance: EU GMP Part I chapter 7 (outsourced activities), Part IV section
11 (several sites under one control); UK SI 2025/87 (control site); ICH Q10 2.7 (recalled, clauses not read again).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    Sheet,
    Sheets,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.digest import digest_of
from milenari.rules.network import Site, control_site
from milenari.words import Facts, Meaning, Role

RELATIONS = ("control", "vector")  # of the giver to the receiver: it controls what is made there, it makes the vector
MATTERS = ("deviation", "change", "oos", "complaint", "recall", "audit", "batch-record-review")
GRADES = ("minor", "major", "critical")
PERIODS = {"hours": 1, "days": 24}
MOST_HOURS = 24 * 365
MOST_MONTHS = 60  # between two audits of a partner


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Duty:
    """One line of an agreement: of which matter (and severity), who owns it, who is told, within which time."""

    matter: str
    severity: str  # of deviations only
    owner: str
    informed: tuple[str, ...]
    count: int
    period: str
    release_waits: bool
    how: str
    every_months: int  # of audits only: how often the owner audits the other site; nought for not at all

    @property
    def within(self) -> timedelta:
        """The time within which the others are told; days are days of twenty-four hours."""
        return timedelta(hours=self.count * PERIODS.get(self.period, 0))


@dataclass(frozen=True)
class AgreementVersion:
    """One version as it was drafted, and since when it is in force."""

    number: str
    content: Facts
    digest: str
    from_on: date
    until_on: date
    drafted_by: str
    drafted_on: date
    effected_by: str = ""
    effected_on: date | None = None

    def duties(self) -> list[Duty]:
        """Its lines, matter by matter in their order, deviations from minor to critical."""
        made = [duty_of(row) for row in self.content["duties"]]
        order = {matter: n for n, matter in enumerate(MATTERS)}
        grades = {grade: n for n, grade in enumerate(("", *GRADES))}
        return sorted(made, key=lambda d: (order[d.matter], grades[d.severity]))

    def duty(self, matter: str, severity: str = "") -> Duty:
        """The one line about a matter; of a deviation, about its severity."""
        return next(d for d in self.duties() if (d.matter, d.severity) == (matter, severity))


def duty_of(row: Facts) -> Duty:
    """One line of the document as it is worked with."""
    return Duty(
        row["matter"], row.get("severity", ""), row["owner"], tuple(row.get("informed", ())),
        row.get("within", 0), row.get("period", ""), row.get("release_waits", False), row.get("how", ""),
        row.get("every_months", 0),
    )  # fmt: skip


@sheet("qualityagreement")
class QualityAgreement(Sheet):
    """What two sites agreed about quality; its code is GIVER.RECEIVER.RELATION."""

    giver: str = ""
    receiver: str = ""
    relation: str = ""
    draft: AgreementVersion | None = None
    versions: tuple[AgreementVersion, ...] = ()
    ended_on: date | None = None

    @property
    def status(self) -> str:
        """Where it stands, as lists and searches show it; whether it ran out depends on the day."""
        return "ended" if self.ended_on else "in-force" if self.versions else "drafted"

    @property
    def parties(self) -> tuple[str, str]:
        """The two sites."""
        return self.giver, self.receiver

    def in_force(self, on: date) -> AgreementVersion | None:
        """The version that is in force on a day; none before, after or once it was ended."""
        found = self.binding(on)
        return found if found and on <= found.until_on else None

    def binding(self, on: date) -> AgreementVersion | None:
        """The version whose duties hold on a day: one that ran out obliges until it is followed or ended."""
        if self.ended_on is not None and on >= self.ended_on:
            return None
        return next((v for v in reversed(self.versions) if v.from_on <= on), None)

    def state_on(self, on: date) -> str:
        """How it stands on a day, for people to read."""
        if self.status != "in-force":
            return self.status
        if self.in_force(on):
            return "in-force"
        return "expired" if self.binding(on) else "coming"

    def until(self, on: date) -> date | None:
        """The last day without a break on which a version is in force, counted from the one of that day."""
        last = None
        while (now := self.in_force(on)) is not None:
            followed = [v.from_on - timedelta(days=1) for v in self.versions if v.from_on > on]
            last = min([now.until_on, *followed])
            on = last + timedelta(days=1)
        return last


@sheet("qualityconsent")
class QualityConsent(Sheet):
    """A site's signature under a draft; its code is AGREEMENT/SITE."""

    digest: str = ""
    signed_by: str = ""
    signed_on: date | None = None


@sheet("partners")
class Partners(Sheet):
    """Which agreements a site stands under, by their codes; kept by the control site, named after the receiver."""

    agreements: tuple[str, ...] = ()


# -- actions --------------------------------------------------------------------------------------------


@action("draft-quality-agreement", roles=(Role.QA, Role.TRANSFER_LEAD), meaning=Meaning.PERFORMED)
class DraftQualityAgreement(Action):
    """Draft a version of the quality agreement of two sites: who owns what, who is told within which time."""

    agreement: str = f.ref("qualityagreement", label="Quality agreement", touch=True, help="giver, receiver, relation")
    relation: str = f.choice(RELATIONS, "Relation")
    giver: str = f.ref("site", label="Giving site")
    receiver: str = f.ref("site", label="Receiving site")
    number: str = f.code("Version of the agreement")
    content: Facts = f.document("Who owns what")
    from_on: date = f.on("Valid from")
    until_on: date = f.on("Valid until")


@action("consent-quality-agreement", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ConsentQualityAgreement(Action):
    """Sign the drafted quality agreement for this site."""

    consent: str = f.ref("qualityconsent", label="Consent", touch=True, help="agreement, slash, site")
    agreement: str = f.ref("qualityagreement", label="Quality agreement")
    digest: str = f.text("Digest of the draft", longest=64)


@action("effect-quality-agreement", roles=(Role.QA,), meaning=Meaning.APPROVED)
class EffectQualityAgreement(Action):
    """Put a quality agreement in force that the other site has signed; not by who drafted it."""

    agreement: str = f.ref("qualityagreement", label="Quality agreement", touch=True)


@action("end-quality-agreement", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class EndQualityAgreement(Action):
    """End a quality agreement before its day; its duties end with it."""

    agreement: str = f.ref("qualityagreement", label="Quality agreement", touch=True)


# -- the agreement as data ------------------------------------------------------------------------------


def agreement_code(giver: str, receiver: str, relation: str) -> str:
    """The code under which the agreement of a pair is kept."""
    return f"{giver}.{receiver}.{relation}"


def read_agreement(content: Any, parties: tuple[str, str]) -> None:
    """Refuse an agreement that leaves a matter open or cannot be worked with, saying where."""

    def bad(where: str, fault: str) -> Refused:
        return Refused("quality-agreement-unreadable", where=where, fault=fault)

    if not isinstance(content, dict) or not isinstance(content.get("duties"), list):
        raise bad("agreement", "has no list of duties")
    if unknown := sorted(set(content) - {"duties", "sources"}):
        raise bad(unknown[0], "is unknown")
    seen: list[tuple[str, str]] = []
    for number, row in enumerate(content["duties"], 1):
        if not isinstance(row, dict) or not set(row) <= set(Duty.__annotations__) - {"count"} | {"within"}:
            raise bad(f"line {number}", "is no mapping of known keys")
        if fault := _fault(row, parties):
            raise bad(f"line {number}, {row.get('matter', '')}", fault)
        key = (row["matter"], row.get("severity", ""))
        if key in seen:
            raise bad(f"line {number}, {row['matter']}", "stands there twice")
        seen.append(key)
    wanted = [*(("deviation", grade) for grade in GRADES), *((matter, "") for matter in MATTERS[1:])]
    if missing := [f"{matter} {grade}".strip() for matter, grade in wanted if (matter, grade) not in seen]:
        raise bad("duties", f"says nothing about {', '.join(missing)}")


def _fault(row: Facts, parties: tuple[str, str]) -> str:
    """What is wrong with one line; empty when nothing is."""
    deviation = row.get("matter") == "deviation"
    told, within, period = row.get("informed", []), row.get("within", 0), row.get("period", "")
    words = all(isinstance(row.get(key, ""), str) for key in ("matter", "severity", "owner", "period", "how"))
    if not words or row.get("matter") not in MATTERS:
        return f"is none of {', '.join(MATTERS)}"
    if row.get("severity", "") not in (GRADES if deviation else ("",)):
        return "needs a severity if it is a deviation, and none otherwise"
    if "every_months" in row and (row["matter"] != "audit" or not _months(row["every_months"])):
        return f"says every so many months, which only an audit can, and from one to {MOST_MONTHS}"
    if row.get("owner") not in parties:
        return "is owned by neither of the two sites"
    others = [site for site in parties if site != row["owner"]]
    if not isinstance(told, list) or any(site not in parties for site in told) or len(set(told)) < len(told):
        return "informs a site that is none of the two, or one twice"
    if type(row.get("release_waits", False)) is not bool or (row.get("release_waits") and not (deviation and told)):
        return "lets the release wait, which only a deviation can of which somebody is informed"
    timed = type(within) is int and within > 0 and isinstance(period, str) and period in PERIODS
    if told and (not timed or within * PERIODS[period] > MOST_HOURS):
        return "says no time in hours or days, of one year at the most"
    if not told and (within or period):
        return "says a time and informs nobody"
    if not deviation and not told and others:
        return "informs nobody"
    return ""


def _months(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MOST_MONTHS


# -- checks ---------------------------------------------------------------------------------------------


@checks(DraftQualityAgreement)
def _draft(act: DraftQualityAgreement, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    expected = agreement_code(act.giver, act.receiver, act.relation)
    refuse_if(act.agreement != expected, "agreement-code-wrong", found=act.agreement, expected=expected)
    for site in (act.giver, act.receiver):
        known(book, f"site:{site}")
    refuse_if(act.giver == act.receiver, "quality-agreement-with-itself", site=act.giver)
    giver: Site = book.sheet(f"site:{act.giver}")
    refuse_if(act.relation == "control" and not giver.control, "not-the-control-site", site=act.giver)
    makes = act.relation == "control" or giver.has_role("vector", asking.today)
    refuse_if(not makes, "site-role-missing", site=act.giver, role="vector")
    held: QualityAgreement = book.sheet(act.about)
    taken = any(v.number == act.number for v in held.versions)
    refuse_if(taken, "subject-exists", kind="quality agreement", code=act.number)
    refuse_if(act.until_on < act.from_on, "dates-reversed", field="until_on")
    last = held.versions[-1].from_on if held.versions else None
    refuse_if(last and act.from_on < last, "before-its-cause", cause="last agreement", cause_at=last,
              happened_at=act.from_on)  # fmt: skip
    read_agreement(act.content, (act.giver, act.receiver))
    signed = {"content": act.content, "number": act.number, "from": str(act.from_on), "until": str(act.until_on)}
    return Accepted(given={"digest": digest_of(signed)})


def _drafted(book: Book, name: str) -> tuple[QualityAgreement, AgreementVersion]:
    held: QualityAgreement = known(book, name)
    if held.draft is None:
        raise Refused("nothing-drafted", agreement=held.code)
    return held, held.draft


@checks(ConsentQualityAgreement)
def _consent(act: ConsentQualityAgreement, asking: Asking, book: Book) -> None:
    held, draft = _drafted(book, f"qualityagreement:{act.agreement}")
    refuse_if(asking.site not in held.parties, "not-a-party", site=asking.site, agreement=act.agreement)
    expected = f"{act.agreement}/{asking.site}"
    refuse_if(act.consent != expected, "agreement-code-wrong", found=act.consent, expected=expected)
    refuse_if(act.digest != draft.digest, "quality-agreement-changed", agreement=act.agreement)


def missing_consents(book: Sheets, held: QualityAgreement) -> list[str]:
    """The sites that have not signed the draft as it reads now; the control site signs by putting it in force."""
    others = [site for site in held.parties if not book.sheet(f"site:{site}").control]
    consents = {site: book.sheet(f"qualityconsent:{held.code}/{site}") for site in others}
    return [site for site, consent in consents.items() if held.draft and consent.digest != held.draft.digest]


@checks(EffectQualityAgreement)
def _effect(act: EffectQualityAgreement, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    held, draft = _drafted(book, act.about)
    refuse_if(draft.drafted_by == asking.by, "own-work", person=asking.by)
    missing = missing_consents(book, held)
    refuse_if(missing, "quality-agreement-not-consented", agreement=act.agreement, sites=missing)
    refuse_if(draft.until_on < asking.today, "dates-reversed", field="until_on")
    return Accepted(also=(f"partners:{held.receiver}",))


@checks(EndQualityAgreement)
def _end(act: EndQualityAgreement, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    held: QualityAgreement = known(book, act.about)
    refuse_if(held.status != "in-force", "quality-agreement-not-in-force", agreement=act.agreement)


# -- questions ------------------------------------------------------------------------------------------


def agreements_of(book: Sheets, site: str) -> Iterator[QualityAgreement]:
    """Every agreement that was ever in force for a receiving site."""
    for code in book.sheet(f"partners:{site}").agreements:
        yield book.sheet(f"qualityagreement:{code}")


def agreement_reasons(book: Sheets, site: str, asked: list[str], on: date) -> Iterator[Refused]:
    """What keeps a site from starting a patient's batch: an agreement asked for and not there, or one that ran out."""
    held = {found.code: found for found in agreements_of(book, site)}
    for relation in asked:
        if not any(found.relation == relation and found.status != "drafted" for found in held.values()):
            yield Refused("quality-agreement-missing", site=site, relation=relation)
    for code, found in held.items():
        if found.in_force(on) is None:
            until = found.ended_on or found.versions[-1].until_on
            yield Refused("quality-agreement-lapsed", agreement=code, site=site, until_on=until)


# -- applies --------------------------------------------------------------------------------------------


@applies(DraftQualityAgreement, "qualityagreement")
def _(held: QualityAgreement, act: DraftQualityAgreement, entry: Entry) -> QualityAgreement:
    made = AgreementVersion(
        act.number, act.content, entry.given["digest"], act.from_on, act.until_on, entry.by, entry.today
    )  # fmt: skip
    return replace(held, giver=act.giver, receiver=act.receiver, relation=act.relation, draft=made)


@applies(ConsentQualityAgreement, "qualityconsent")
def _(held: QualityConsent, act: ConsentQualityAgreement, entry: Entry) -> QualityConsent:
    return replace(held, digest=act.digest, signed_by=entry.by, signed_on=entry.today)


@applies(EffectQualityAgreement, "qualityagreement")
def _(held: QualityAgreement, act: EffectQualityAgreement, entry: Entry) -> QualityAgreement:
    if held.draft is None:
        return held
    made = replace(held.draft, effected_by=entry.by, effected_on=entry.today)
    return replace(held, draft=None, versions=(*held.versions, made), ended_on=None)


@applies(EffectQualityAgreement, "partners")
def _(held: Partners, act: EffectQualityAgreement, entry: Entry) -> Partners:
    return replace(held, agreements=tuple(dict.fromkeys((*held.agreements, act.agreement))))


@applies(EndQualityAgreement, "qualityagreement")
def _(held: QualityAgreement, act: EndQualityAgreement, entry: Entry) -> QualityAgreement:
    return replace(held, ended_on=entry.today)
