"""Partner audit: one site of a quality agreement audits the other, as often as the agreement says.

The agreement names who audits (the owner of the matter ``audit``) and every how many months. When the next one is due
is stored nowhere: it follows from the version of the day and the last audit. Governing guidance: EU GMP Part I chapter
7 (outsourced activities, audits of the contract acceptor; clauses recalled, not read again).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.quality_agreement import QualityAgreement
from milenari.rules.stability import months_after
from milenari.words import Meaning, Role

OUTCOMES = ("audit-passed", "audit-with-findings", "audit-failed")


@dataclass(frozen=True)
class Audit:
    """One audit that took place."""

    on: date
    outcome: str
    report: str
    by: str


@sheet("partneraudit")
class PartnerAudits(Sheet):
    """The audits by one site of its partner; its code is AGREEMENT/SITE, of the site that audits."""

    agreement: str = ""
    audited: str = ""
    audits: tuple[Audit, ...] = ()

    @property
    def last(self) -> Audit | None:
        """The newest."""
        return self.audits[-1] if self.audits else None


@action("record-partner-audit", roles=(Role.QA,), meaning=Meaning.APPROVED)
class RecordPartnerAudit(Action):
    """Record an audit of the other site of a quality agreement: when, with which outcome, and where its report is."""

    audit: str = f.ref("partneraudit", label="Audits of a partner", touch=True, help="agreement, slash, site")
    agreement: str = f.ref("qualityagreement", label="Quality agreement")
    on: date = f.on("Day of the audit", past=True)
    outcome: str = f.choice(OUTCOMES, "Outcome of the audit")
    report: str = f.text("Report and what follows", longest=2000)


@dataclass(frozen=True)
class Due:
    """The next audit that an agreement asks for: who audits whom, counted from which day, until when."""

    code: str
    owner: str
    audited: str
    since: date
    on: date


def due(agreement: QualityAgreement, done: PartnerAudits, on: date) -> Due | None:
    """The next audit by the agreement as it binds on a day; ``done`` are the audits of its owner."""
    version = agreement.binding(on)
    duty = version.duty("audit") if version else None
    if duty is None or not duty.every_months:
        return None
    audited = next(site for site in agreement.parties if site != duty.owner)
    first = min(v.from_on for v in agreement.versions if v.duty("audit").every_months)
    since = max(done.last.on, first) if done.last else first
    return Due(audits_code(agreement.code, duty.owner), duty.owner, audited, since,
               months_after(since, duty.every_months))  # fmt: skip


def owner_of(agreement: QualityAgreement, on: date) -> str:
    """Which site audits the other on a day; empty when no version binds."""
    version = agreement.binding(on)
    return version.duty("audit").owner if version else ""


def audits_code(agreement: str, site: str) -> str:
    """The code under which a site keeps the audits of its partner."""
    return f"{agreement}/{site}"


@checks(RecordPartnerAudit)
def _record(act: RecordPartnerAudit, asking: Asking, book: Book) -> Accepted:
    agreement: QualityAgreement = known(book, f"qualityagreement:{act.agreement}")
    refuse_if(asking.site not in agreement.parties, "not-a-party", site=asking.site, agreement=act.agreement)
    expected = audits_code(act.agreement, asking.site)
    refuse_if(act.audit != expected, "agreement-code-wrong", found=act.audit, expected=expected)
    owner = owner_of(agreement, act.on)
    refuse_if(owner != asking.site, "audit-owned-elsewhere", agreement=act.agreement, owner=owner, on=act.on)
    done: PartnerAudits = book.sheet(act.about)
    refuse_if(done.last is not None and act.on <= done.last.on, "before-its-cause", cause="last audit",
              cause_at=done.last.on if done.last else "", happened_at=act.on)  # fmt: skip
    asked = due(agreement, done, act.on)
    facts = {"agreement": act.agreement}
    late = asked is not None and act.on > asked.on
    found = [Finding("audited-late", {**facts, "due_on": str(asked.on)})] if asked and late else []
    found += [Finding("partner-audit-failed", facts)] if act.outcome == "audit-failed" else []
    audited = next(site for site in agreement.parties if site != asking.site)
    return Accepted(findings=tuple(found), given={"audited": audited})


@applies(RecordPartnerAudit, "partneraudit")
def _(held: PartnerAudits, act: RecordPartnerAudit, entry: Entry) -> PartnerAudits:
    made = Audit(act.on, act.outcome, act.report, entry.by)
    return replace(held, agreement=act.agreement, audited=entry.given["audited"], audits=(*held.audits, made))
