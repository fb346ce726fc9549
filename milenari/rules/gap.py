"""Gap: what a receiving site has, compared item by item with the transfer package, what is missing and who closes it.

The receiving site states it, on a subject of its own; the control site decides on it elsewhere (qualification). ICH
Q9(R1) for the risk of a gap (recalled, clause not read again).
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
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.package import SECTIONS, Package, PackageVersion
from milenari.words import Facts, Meaning, Role

GAPS = ("none", "partial", "full")
RISKS = ("low", "medium", "high")
LEADS = (Role.TRANSFER_LEAD, Role.QA)


@dataclass(frozen=True)
class GapItem:
    """One item of the package at one site: what the sender has, what is here, what is missing and who closes it."""

    code: str  # section/item
    title: str
    sending: str
    receiving: str = ""
    gap: str = ""
    risk: str = ""
    measure: str = ""
    owner: str = ""
    due_on: date | None = None
    assessed_by: str = ""
    assessed_on: date | None = None
    closed_by: str = ""
    closed_on: date | None = None
    evidence: str = ""

    @property
    def assessed(self) -> bool:
        return bool(self.assessed_by)

    @property
    def closed(self) -> bool:
        """Nothing is missing, or what was missing has been closed."""
        return self.assessed and (self.gap == "none" or bool(self.closed_by))

    def overdue(self, on: date) -> bool:
        """Whether its measure should have been done before that day."""
        return not self.closed and self.due_on is not None and self.due_on < on


@sheet("gaps")
class Gaps(Sheet):
    """The gap assessment of one site for one product; its code is SITE.PRODUCT."""

    site: str = ""
    product: str = ""
    number: str = ""
    items: tuple[GapItem, ...] = ()

    def item(self, code: str) -> GapItem | None:
        """One item by its code."""
        return next((i for i in self.items if i.code == code), None)

    def unassessed(self) -> list[str]:
        """Items that nobody has assessed."""
        return [i.code for i in self.items if not i.assessed]

    def unclosed(self) -> list[str]:
        """Items with something missing, or not assessed."""
        return [i.code for i in self.items if not i.closed]


def way_code(site: str, product: str) -> str:
    """The code under which a site's way to a product is kept: SITE.PRODUCT."""
    return f"{site}.{product}"


@action("open-gaps", roles=LEADS, meaning=Meaning.PERFORMED)
class OpenGaps(Action):
    """Open this site's gap assessment from a version of the transfer package, or take it over to a newer one."""

    gaps: str = f.ref("gaps", label="Gap assessment", touch=True, help="site, full stop, product")
    package: str = f.ref("package", label="Transfer package")
    number: str = f.code("Package version")


@action("assess-gap", roles=LEADS, meaning=Meaning.PERFORMED)
class AssessGap(Action):
    """State how this site stands on one item: what is here, what is missing, the risk, who closes it and by when."""

    gaps: str = f.ref("gaps", label="Gap assessment", touch=True)
    item: str = f.code("Item")
    receiving: str = f.text("State at this site", longest=600)
    gap: str = f.choice(GAPS, "Gap")
    risk: str = f.choice(RISKS, "Risk", required=False)
    measure: str = f.text("Measure", required=False, longest=600)
    owner: str = f.ref("person", label="Who closes it", required=False)
    due_on: date | None = f.on("Due on", required=False)


@action("close-gap", roles=(Role.QA,), meaning=Meaning.APPROVED)
class CloseGap(Action):
    """Close a gap on the strength of named evidence; not by who assessed it."""

    gaps: str = f.ref("gaps", label="Gap assessment", touch=True)
    item: str = f.code("Item")
    evidence: str = f.text("Evidence", longest=600)


@checks(OpenGaps)
def _open(act: OpenGaps, asking: Asking, book: Book) -> Accepted:
    expected = way_code(asking.site, act.package)
    refuse_if(act.gaps != expected, "way-code-wrong", expected=expected, found=act.gaps)
    package: Package = known(book, f"package:{act.package}")
    version = package.find(act.number)
    refuse_if(version is None, "package-version-unknown", package=act.package, number=act.number)
    held: Gaps = book.sheet(act.about)
    refuse_if(held.number == act.number, "subject-exists", kind="gaps", code=act.gaps)
    return Accepted(given={"items": listed(version) if version else []})


def listed(version: PackageVersion) -> list[dict[str, str]]:
    """The package's items as a gap assessment lists them: section and code, title, and what the sender has."""
    found = []
    for section in SECTIONS:
        for item in version.items(section):
            sending = " ".join(str(item[k]) for k in ("detail", "kind", "version", "people") if item.get(k))
            found.append({"code": f"{section}/{item['code']}", "title": item["title"], "sending": sending})
    return found


@checks(AssessGap)
def _assess(act: AssessGap, asking: Asking, book: Book) -> None:
    gaps: Gaps = known(book, act.about)
    item = gaps.item(act.item)
    refuse_if(item is None, "gap-item-unknown", item=act.item, gaps=act.gaps)
    if act.gap != "none":
        lacking = [name for name in ("risk", "measure", "owner", "due_on") if not getattr(act, name)]
        refuse_if(lacking, "gap-without-measure", item=act.item, fields=lacking)
        known(book, f"person:{act.owner}")


@checks(CloseGap)
def _close(act: CloseGap, asking: Asking, book: Book) -> None:
    gaps: Gaps = known(book, act.about)
    item = gaps.item(act.item)
    refuse_if(item is None, "gap-item-unknown", item=act.item, gaps=act.gaps)
    refuse_if(item and not item.assessed, "gap-not-assessed", item=act.item)
    refuse_if(item and item.closed, "gap-closed", item=act.item)
    refuse_if(item and item.assessed_by == asking.by, "own-work", person=asking.by)


@applies(OpenGaps, "gaps")
def _(gaps: Gaps, act: OpenGaps, entry: Entry) -> Gaps:
    items = tuple(_taken_over(gaps, row) for row in entry.given["items"])
    return replace(gaps, site=entry.site, product=act.package, number=act.number, items=items)


def _taken_over(gaps: Gaps, row: Facts) -> GapItem:
    """An item that reads as before keeps its assessment; one that is new or reads differently is open."""
    held = gaps.item(row["code"])
    same = held is not None and (held.title, held.sending) == (row["title"], row["sending"])
    return held if held is not None and same else GapItem(row["code"], row["title"], row["sending"])


@applies(AssessGap, "gaps")
def _(gaps: Gaps, act: AssessGap, entry: Entry) -> Gaps:
    def assessed(item: GapItem) -> GapItem:
        if item.code != act.item:
            return item
        return GapItem(
            item.code, item.title, item.sending, act.receiving, act.gap, act.risk, act.measure, act.owner,
            act.due_on, entry.by, entry.today,
        )  # fmt: skip

    return replace(gaps, items=tuple(assessed(i) for i in gaps.items))


@applies(CloseGap, "gaps")
def _(gaps: Gaps, act: CloseGap, entry: Entry) -> Gaps:
    def closed(item: GapItem) -> GapItem:
        if item.code != act.item:
            return item
        return replace(item, closed_by=entry.by, closed_on=entry.today, evidence=act.evidence)

    return replace(gaps, items=tuple(closed(i) for i in gaps.items))
