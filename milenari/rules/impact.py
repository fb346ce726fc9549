"""Impact: what a change means at each site it touches: assessed, consented to and carried out there.

Each site writes on a subject of its own; the control site consents last, to the assessments that it has seen. ICH
Q9(R1) and Q10 3.2.3 (recalled, clauses not read again); EU GMP Part IV section 11.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    refuse_if,
    sheet,
)
from milenari.rules.change import AREAS, LEADERS, Change, going
from milenari.words import Facts, Meaning, Role

YES_NO = ("yes", "no")
CONSENTS = ("approved", "refused")


@sheet("sitechange")
class SiteChange(Sheet):
    """What one site says to a change: its assessment, consent and carrying out; its code is CHANGE/SITE."""

    change: str = ""
    site: str = ""
    digest: str = ""
    impacts: tuple[tuple[str, str, str], ...] = ()  # area, yes or no, why
    assessed_by: str = ""
    assessed_on: date | None = None
    assessments: int = 0
    consent: str = ""
    why: str = ""
    consented_by: str = ""
    consented_on: date | None = None
    consented_to: str = ""  # digest of the proposal at that time
    seen: Facts | None = None  # the assessments of the other sites that the control site saw
    implemented_by: str = ""
    implemented_on: date | None = None
    how: str = ""

    def touched(self) -> list[str]:
        """The areas in which the change has an impact at this site."""
        return [area for area, said, _ in self.impacts if said == "yes"]


# -- actions --------------------------------------------------------------------------------------------


@action("assess-change", roles=LEADERS, meaning=Meaning.PERFORMED)
class AssessChange(Action):
    """Assess what a change means at this site: of each area whether it is touched, and why."""

    sitechange: str = f.ref("sitechange", label="Word of the site", touch=True, help="change, slash, site")
    digest: str = f.text("Digest of the proposal", longest=64)
    training: str = f.choice(YES_NO, "Training is touched")
    training_why: str = f.text("Training: why", longest=600)
    requalification: str = f.choice(YES_NO, "Requalification is needed")
    requalification_why: str = f.text("Requalification: why", longest=600)
    comparability: str = f.choice(YES_NO, "Comparability is touched")
    comparability_why: str = f.text("Comparability: why", longest=600)
    stability: str = f.choice(YES_NO, "Stability is touched")
    stability_why: str = f.text("Stability: why", longest=600)
    regulatory: str = f.choice(YES_NO, "An authority is to be told or asked")
    regulatory_why: str = f.text("Authority: why", longest=600)
    trial: str = f.choice(YES_NO, "The trial is touched")
    trial_why: str = f.text("Trial: why", longest=600)


@action("consent-change", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ConsentChange(Action):
    """Consent to a change for this site, or refuse it; the control site last, having seen every assessment."""

    sitechange: str = f.ref("sitechange", label="Word of the site", touch=True, help="change, slash, site")
    digest: str = f.text("Digest of the proposal", longest=64)
    consent: str = f.choice(CONSENTS, "Consent to the change")
    why: str = f.text("Why so", longest=2000)


@action("implement-change", roles=LEADERS, meaning=Meaning.PERFORMED)
class ImplementChange(Action):
    """Record that a change is carried out at this site, and how."""

    sitechange: str = f.ref("sitechange", label="Word of the site", touch=True, help="change, slash, site")
    how: str = f.text("How it was carried out", longest=1000)


# -- questions ------------------------------------------------------------------------------------------


def words_of(book: Sheets, change: Change) -> dict[str, SiteChange]:
    """What every affected site said, by its code; blank where it said nothing."""
    return {site: book.sheet(f"sitechange:{change.code}/{site}") for site in change.sites}


def unassessed(book: Sheets, change: Change) -> list[str]:
    """The affected sites without an assessment of the proposal as it reads now."""
    return [site for site, said in words_of(book, change).items() if not _assessed(said, change)]


def unconsented(book: Sheets, change: Change) -> list[str]:
    """The affected sites without a consent to the proposal as it reads now."""
    return [site for site, said in words_of(book, change).items() if said.consented_to != change.digest]


def refusing(book: Sheets, change: Change) -> list[str]:
    """The affected sites that refuse the proposal as it reads now."""
    said = words_of(book, change).items()
    return [site for site, word in said if word.consent == "refused" and word.consented_to == change.digest]


def unimplemented(book: Sheets, change: Change) -> list[str]:
    """The affected sites that have not carried out what is in effect."""
    return [site for site, said in words_of(book, change).items() if said.implemented_on is None]


def uncovered(book: Sheets, change: Change) -> list[str]:
    """Areas that some site calls touched and for which no matter is written down."""
    touched = {area for said in words_of(book, change).values() for area in said.touched()}
    return [area for area in AREAS if area in touched and all(m.area != area for m in change.matters)]


def _assessed(said: SiteChange, change: Change) -> bool:
    return said.assessed_by != "" and said.digest == change.digest


# -- checks ---------------------------------------------------------------------------------------------


def _word_of(act: Any, asking: Asking, book: Book) -> tuple[Change, SiteChange]:
    """The change and the word of the asking site about it, if the site is one of those it touches."""
    code, _, site = act.sitechange.rpartition("/")
    change = going(book, f"change:{code}")
    refuse_if(site != asking.site, "sitechange-code-wrong", expected=f"{code}/{asking.site}", found=act.sitechange)
    refuse_if(asking.site not in change.sites, "site-not-affected", site=asking.site, change=code)
    return change, book.sheet(act.about)


@checks(AssessChange)
def _assess(act: AssessChange, asking: Asking, book: Book) -> None:
    change, _ = _word_of(act, asking, book)
    refuse_if(change.effected_on, "change-over", change=change.code, stands=change.status)
    refuse_if(act.digest != change.digest, "change-amended", change=change.code)
    after(asking.happened_at, change.proposed_at, "proposal")


@checks(ConsentChange)
def _consent(act: ConsentChange, asking: Asking, book: Book) -> Accepted:
    change, said = _word_of(act, asking, book)
    refuse_if(change.effected_on, "change-over", change=change.code, stands=change.status)
    refuse_if(act.digest != change.digest, "change-amended", change=change.code)
    refuse_if(not _assessed(said, change), "change-not-assessed", change=change.code, sites=[asking.site])
    refuse_if(asking.by in (said.assessed_by, change.proposed_by), "own-work", person=asking.by)
    seen: Facts = {}
    if book.sheet(f"site:{asking.site}").control:
        missing = unassessed(book, change)
        refuse_if(missing, "change-not-assessed", change=change.code, sites=missing)
        seen = {site: word.assessments for site, word in words_of(book, change).items()}
    return Accepted(given={"seen": seen})


@checks(ImplementChange)
def _implement(act: ImplementChange, asking: Asking, book: Book) -> None:
    change, said = _word_of(act, asking, book)
    refuse_if(change.effected_on is None, "change-not-effected", change=change.code)
    refuse_if(said.implemented_on, "change-implemented", change=change.code, site=asking.site)


# -- applies --------------------------------------------------------------------------------------------


@applies(AssessChange, "sitechange")
def _(held: SiteChange, act: AssessChange, entry: Entry) -> SiteChange:
    impacts = tuple((area, getattr(act, area), getattr(act, f"{area}_why")) for area in AREAS)
    return replace(
        held, change=act.sitechange.rpartition("/")[0], site=entry.site, digest=act.digest, impacts=impacts,
        assessed_by=entry.by, assessed_on=entry.today, assessments=held.assessments + 1, consent="", consented_to="",
    )  # fmt: skip


@applies(ConsentChange, "sitechange")
def _(held: SiteChange, act: ConsentChange, entry: Entry) -> SiteChange:
    return replace(
        held, consent=act.consent, why=act.why, consented_by=entry.by, consented_on=entry.today,
        consented_to=act.digest, seen=entry.given["seen"],
    )  # fmt: skip


@applies(ImplementChange, "sitechange")
def _(held: SiteChange, act: ImplementChange, entry: Entry) -> SiteChange:
    return replace(held, implemented_by=entry.by, implemented_on=entry.today, how=act.how)
