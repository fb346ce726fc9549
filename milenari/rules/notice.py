"""Notice: what happened at one site is told to the other within the time of their quality agreement.

Deviations of a site that makes the product have an escalation of their own (rules/escalation.py), since a release may
wait for its answer. Here are the other matters that happen: a result out of specification, a recall, a complaint, a
change, and a deviation of the vector plant on a lot of which the other site holds or has used a container. Governing
guidance: EU GMP Part I chapters 7 and 8 (complaints and recalls; clauses not read again).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.quality_agreement import QualityAgreement
from milenari.words import Meaning, Role, split_subject

TOLD_OF = ("deviation", "oos", "recall", "complaint", "change")
# What a matter is about.
ABOUT = {
    "deviation": ("lot",),
    "oos": ("batch", "lot"),
    "recall": ("batch", "lot"),
    "complaint": ("complaint",),
    "change": ("change",),
}


@dataclass(frozen=True)
class Beginning:
    """One thing that began, of which the other site may have to be told; deviations have a severity."""

    at: datetime
    severity: str = ""


@dataclass(frozen=True)
class Clock:
    """What an agreement asks of one matter: who owns it, who is told, and until when."""

    agreement: str
    owner: str
    to_site: str
    at: datetime | None  # None: the agreement sets no time for telling that site


@sheet("notice")
class Notice(Sheet):
    """A matter as one site told it to the other; its code is AGREEMENT/MATTER/CODE."""

    agreement: str = ""
    matter: str = ""
    of: str = ""
    what: str = ""
    told: str = ""
    by: str = ""
    at: datetime | None = None
    due_at: datetime | None = None
    rounds: int = 0


@action("give-notice", roles=(Role.QA,), meaning=Meaning.PERFORMED)
class GiveNotice(Action):
    """Tell the other site of a quality agreement about a matter of this site: what happened, and who was told."""

    notice: str = f.ref("notice", label="Notice", touch=True, help="agreement, slash, matter, slash, code")
    agreement: str = f.ref("qualityagreement", label="Quality agreement")
    matter: str = f.choice(TOLD_OF, "Matter of the agreement")
    of: str = f.ref("batch", "lot", "complaint", "change", label="What it is about")
    what: str = f.text("What the other site is told", longest=2000)
    told: str = f.text("Who was told, and how", longest=300)


def notice_code(agreement: str, matter: str, of: str) -> str:
    """The code under which a matter is told."""
    return f"{agreement}/{matter}/{split_subject(of)[1]}"


def beginnings(matter: str, found: Any) -> tuple[Beginning, ...]:
    """What began of a matter, the oldest first, by the sheet it is about."""
    if matter == "oos":
        made = [Beginning(i.opened_at) for i in found.investigations]
    elif matter == "deviation":
        # Before its release nobody has the lot: what was opened then is told from that moment on.
        since = found.released_at
        made = [Beginning(max(d.opened_at, since), d.severity) for d in found.deviations] if since else []
    else:
        at = {"recall": "recalled_at", "complaint": "received_at", "change": "proposed_at"}[matter]
        made = [Beginning(getattr(found, at))] if getattr(found, at) else []
    return tuple(sorted(made, key=lambda b: b.at))


def untold(begun: tuple[Beginning, ...], told_at: datetime | None) -> tuple[Beginning, ...]:
    """What began after the other site was told last."""
    return tuple(b for b in begun if told_at is None or b.at > told_at)


def has_container(book: Sheets, lot: Any, site: str) -> bool:
    """Whether a container of the lot is at a site, was used there, or is on its way to it."""
    held = (book.sheet(f"container:{code}") for code in lot.containers)
    return any(site in (container.owner, container.bound_for) for container in held)


def concerns(agreement: QualityAgreement, site: str, of: str, found: Any) -> bool:
    """Whether a thing of this site is a matter between the two sites of the agreement."""
    kind = split_subject(of)[0]
    if kind == "change":
        other = agreement.giver if site == agreement.receiver else agreement.receiver
        return other in found.sites
    about = split_subject(found.of)[0] if kind == "complaint" else kind
    asked = "batch" if agreement.relation == "control" else "lot"
    made_by = agreement.receiver if agreement.relation == "control" else agreement.giver
    return about == asked and (kind == "complaint" or site == made_by)


def earliest(book: Sheets, agreement: QualityAgreement, site: str, matter: str,
             begun: tuple[Beginning, ...]) -> tuple[Beginning, Clock, datetime] | None:  # fmt: skip
    """Of several beginnings the one to be told first, its clock and until when; None where none is asked for."""
    due = []
    for one in begun:
        asked = clock(book, agreement, site, matter, one.at, one.severity)
        if asked is not None and asked.at is not None:
            due.append((one, asked, asked.at))
    return min(due, key=lambda x: (x[2], x[0].at), default=None)


def clock(book: Sheets, agreement: QualityAgreement, site: str, matter: str, begun: datetime,
          severity: str = "") -> Clock | None:  # fmt: skip
    """What the version of the day on which the matter began asks of this site; None when none held then."""
    zone = ZoneInfo(book.sheet(f"site:{site}").zone or "UTC")
    version = agreement.binding(begun.astimezone(zone).date())
    if version is None:
        return None
    duty = version.duty(matter, severity)
    other = agreement.giver if site == agreement.receiver else agreement.receiver
    asked = other in (duty.owner, *duty.informed) and duty.count
    return Clock(agreement.code, duty.owner, other, begun + duty.within if asked else None)


@checks(GiveNotice)
def _give(act: GiveNotice, asking: Asking, book: Book) -> Accepted:
    agreement: QualityAgreement = known(book, f"qualityagreement:{act.agreement}")
    refuse_if(asking.site not in agreement.parties, "not-a-party", site=asking.site, agreement=act.agreement)
    found = known(book, act.of)
    kind = split_subject(act.of)[0]
    refuse_if(kind not in ABOUT[act.matter], "matter-of-another-kind", duty=act.matter, of=act.of)
    refuse_if(found.owner != asking.site, "held-elsewhere", subject=act.of, owner=found.owner)
    expected = notice_code(act.agreement, act.matter, act.of)
    refuse_if(act.notice != expected, "notice-code-wrong", found=act.notice, expected=expected)
    held: Notice = book.sheet(act.about)
    # A batch and a lot might bear the same code: each has its own matters.
    refuse_if(held.exists and held.of != act.of, "subject-exists", kind="notice", code=act.notice)
    mine = concerns(agreement, asking.site, act.of, found)
    refuse_if(not mine, "matter-not-of-agreement", of=act.of, agreement=act.agreement)
    other = agreement.giver if asking.site == agreement.receiver else agreement.receiver
    elsewhere = act.matter == "deviation" and not has_container(book, found, other)
    refuse_if(elsewhere, "container-not-there", lot=found.code, site=other)
    begun = beginnings(act.matter, found)
    refuse_if(not begun, "nothing-to-tell", of=act.of, duty=act.matter)
    fresh = untold(begun, held.at)
    after(asking.happened_at, (fresh or begun)[0].at, "matter")
    asked = earliest(book, agreement, asking.site, act.matter, fresh)
    due_at = asked[2] if asked else None
    late = due_at is not None and asking.happened_at > due_at
    facts = {"of": act.of, "due_at": due_at.isoformat() if due_at else ""}
    given = {"due_at": facts["due_at"], **({} if fresh else {"again": True})}
    return Accepted(findings=(Finding("noticed-late", facts),) if late else (), given=given)


@applies(GiveNotice, "notice")
def _(held: Notice, act: GiveNotice, entry: Entry) -> Notice:
    due_at = datetime.fromisoformat(entry.given["due_at"]) if entry.given["due_at"] else None
    told = replace(held, agreement=act.agreement, matter=act.matter, of=act.of, what=act.what, told=act.told,
                   by=entry.by, rounds=held.rounds + 1)  # fmt: skip
    # Told again with nothing new: when it was told and was due stays as it was.
    return told if entry.given.get("again") else replace(told, at=entry.happened_at, due_at=due_at)
