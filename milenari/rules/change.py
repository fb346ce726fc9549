"""Change: proposed, assessed by every site that it touches, consented to, put into effect, looked at again, closed.

The site that proposes keeps the change; each affected site assesses, consents and carries out on a subject of its own,
so that nobody writes about what is another's. Governing guidance: ICH Q10 3.2.3 and Q9(R1) (recalled, clauses not read
again); EU GMP Part I chapter 1 (change control), Part IV section 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.digest import digest_of
from milenari.words import Meaning, Role, split_subject

KINDS = ("process", "equipment", "material", "method", "site", "supplier", "software")
TERMS = ("planned", "urgent", "temporary")  # the last two end on a day
AREAS = ("training", "requalification", "comparability", "stability", "regulatory", "trial")
LEADERS = (Role.QA, Role.COORDINATOR, Role.TRANSFER_LEAD)
MOST_MATTERS = 60


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matter:
    """Something that a change forces: of which area, linked to what, whose, until when."""

    code: str
    area: str
    what: str
    link: str
    owner: str
    due_on: date
    before: bool  # to be done before the change takes effect
    closed_by: str = ""
    closed_on: date | None = None
    evidence: str = ""

    def overdue(self, on: date) -> bool:
        """Whether it should have been done before that day."""
        return not self.closed_by and self.due_on < on


@sheet("change")
class Change(Sheet):
    """One change from its proposal to its end."""

    title: str = ""
    what: str = ""
    why: str = ""
    kind: str = ""
    term: str = ""
    product: str = ""
    sites: tuple[str, ...] = ()
    effective_on: date | None = None
    until_on: date | None = None
    digest: str = ""
    proposed_by: str = ""
    proposed_at: datetime | None = None
    matters: tuple[Matter, ...] = ()
    effected_by: str = ""
    effected_on: date | None = None
    checked: str = ""
    checked_by: str = ""
    checked_on: date | None = None
    observed: str = ""
    closed_by: str = ""
    closed_on: date | None = None
    withdrawn: str = ""

    @property
    def status(self) -> str:
        """Where it stands, as lists and searches show it."""
        if self.withdrawn:
            return "withdrawn"
        if self.closed_on:
            return "closed"
        if self.effected_on is None:
            return "proposed"
        return "checked" if self.checked == "effective" else "effected"

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done about it."""
        return self.status in ("closed", "withdrawn")

    def matter(self, code: str) -> Matter | None:
        """One of the matters by its code."""
        return next((m for m in self.matters if m.code == code), None)

    def open_matters(self) -> list[Matter]:
        """What is not done yet, the soonest due first."""
        return sorted((m for m in self.matters if not m.closed_by), key=lambda m: (m.due_on, m.code))

    def next_due(self) -> date | None:
        """The nearest day by which something of it has to be done; none once it is over."""
        days = [m.due_on for m in self.open_matters()]
        days += [self.effective_on] if self.effective_on and self.effected_on is None else []
        days += [self.until_on] if self.until_on else []
        return None if self.over else min(days, default=None)


# -- actions --------------------------------------------------------------------------------------------


@action("propose-change", roles=(*LEADERS, Role.QP, Role.VECTOR_MANAGER), meaning=Meaning.PERFORMED)
class ProposeChange(Action):
    """Propose a change, or word the proposal anew: what, why, at which sites, from when and for how long."""

    change: str = f.ref("change", label="Change", touch=True)
    title: str = f.text("Title", longest=160)
    what: str = f.text("What changes", longest=4000)
    why: str = f.text("Why so", longest=2000)
    kind: str = f.choice(KINDS, "Kind of change")
    term: str = f.choice(TERMS, "Term of the change")
    sites: tuple[str, ...] = f.codes("Sites it touches")
    effective_on: date = f.on("Takes effect on")
    until_on: date | None = f.on("Ends on", required=False, help="of urgent and temporary changes")
    product: str = f.ref("process", label="Product", required=False)


@action("open-matter", roles=LEADERS, meaning=Meaning.PERFORMED)
class OpenMatter(Action):
    """Write down something that a change forces: a package version, gap, study, training or else."""

    change: str = f.ref("change", label="Change", touch=True)
    matter: str = f.code("Matter")
    area: str = f.choice(AREAS, "Area")
    what: str = f.text("What is to be done", longest=600)
    link: str = f.text("What it is linked to", required=False, longest=120, help="kind, colon, code")
    owner: str = f.ref("person", label="Whose matter it is")
    due_on: date = f.on("Due on")
    before: bool = f.flag("To be done before the change takes effect")


@action("close-matter", roles=LEADERS, meaning=Meaning.PERFORMED)
class CloseMatter(Action):
    """Close a matter of a change on the strength of named evidence."""

    change: str = f.ref("change", label="Change", touch=True)
    matter: str = f.code("Matter")
    evidence: str = f.text("Evidence", longest=600)


@action("withdraw-change", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class WithdrawChange(Action):
    """Withdraw a change that has not taken effect; it stays in the record with its reason."""

    change: str = f.ref("change", label="Change", touch=True)


# -- questions ------------------------------------------------------------------------------------------


def going(book: Book, name: str) -> Change:
    """The change, not yet over; Refused otherwise."""
    found: Change = known(book, name)
    refuse_if(found.over, "change-over", change=found.code, stands=found.status)
    return found


def require_effected(book: Book, code: str) -> None:
    """Refuse to build on a change that is not in effect; nothing is asked where none is named."""
    if not code:
        return
    found: Change = known(book, f"change:{code}")
    refuse_if(found.effected_on is None or found.withdrawn, "change-not-effected", change=code)


# -- checks ---------------------------------------------------------------------------------------------


@checks(ProposeChange)
def _propose(act: ProposeChange, asking: Asking, book: Book) -> Accepted:
    held: Change = book.sheet(act.about)
    refuse_if(held.effected_on or held.over, "change-over", change=act.change, stands=held.status)
    for site in act.sites:
        known(book, f"site:{site}")
    refuse_if(len(set(act.sites)) < len(act.sites), "field-unreadable", field="sites", found=" ".join(act.sites),
              kind="codes")  # fmt: skip
    # Nothing changes in the network without the site that is responsible for all of it.
    controlled = any(book.sheet(f"site:{site}").control for site in act.sites)
    refuse_if(not controlled, "change-without-control", change=act.change)
    ends = act.term != "planned"
    refuse_if(ends != (act.until_on is not None), "change-and-end", term=act.term)
    refuse_if(act.until_on and act.until_on < act.effective_on, "dates-reversed", field="until_on")
    if act.product:
        known(book, f"process:{act.product}")
    return Accepted(given={"digest": digest_of(act.data())})


@checks(OpenMatter)
def _open_matter(act: OpenMatter, asking: Asking, book: Book) -> None:
    change = going(book, act.about)
    refuse_if(change.matter(act.matter), "subject-exists", kind="matter", code=act.matter)
    refuse_if(len(change.matters) >= MOST_MATTERS, "too-many-matters", most=MOST_MATTERS)
    known(book, f"person:{act.owner}")
    if act.link:
        kind, code = split_subject(act.link)
        refuse_if(not code or kind not in LINKED, "matter-link-unreadable", found=act.link, kinds=list(LINKED))
        known(book, act.link)


LINKED = ("package", "gaps", "comparability", "curriculum", "stability", "process", "regulation", "qualification")


@checks(CloseMatter)
def _close_matter(act: CloseMatter, asking: Asking, book: Book) -> None:
    change = going(book, act.about)
    found = change.matter(act.matter)
    refuse_if(found is None or found.closed_by, "matter-not-open", change=act.change, matter=act.matter)


@checks(WithdrawChange)
def _withdraw(act: WithdrawChange, asking: Asking, book: Book) -> None:
    change = going(book, act.about)
    refuse_if(change.effected_on, "change-in-effect", change=act.change)


# -- applies --------------------------------------------------------------------------------------------


@applies(ProposeChange, "change")
def _(held: Change, act: ProposeChange, entry: Entry) -> Change:
    return replace(
        held, title=act.title, what=act.what, why=act.why, kind=act.kind, term=act.term, product=act.product,
        sites=act.sites, effective_on=act.effective_on, until_on=act.until_on, digest=entry.given["digest"],
        proposed_by=entry.by, proposed_at=entry.happened_at,
    )  # fmt: skip


@applies(OpenMatter, "change")
def _(held: Change, act: OpenMatter, entry: Entry) -> Change:
    made = Matter(act.matter, act.area, act.what, act.link, act.owner, act.due_on, act.before)
    return replace(held, matters=(*held.matters, made))


@applies(CloseMatter, "change")
def _(held: Change, act: CloseMatter, entry: Entry) -> Change:
    def closed(m: Matter) -> Matter:
        this = m.code == act.matter
        return replace(m, closed_by=entry.by, closed_on=entry.today, evidence=act.evidence) if this else m

    return replace(held, matters=tuple(closed(m) for m in held.matters))


@applies(WithdrawChange, "change")
def _(held: Change, act: WithdrawChange, entry: Entry) -> Change:
    return replace(held, withdrawn=entry.reason)
