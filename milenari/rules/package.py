"""Transfer package: everything a receiving site needs to make one product, as versioned data, and what a change forces.

Process (a version of the master recipe), critical process parameters, quality attributes, equipment, materials,
methods, training and acceptance. Governing guidance: WHO TRS 1044 Annex 4 (technology transfer), ISPE Good Practice
Guide on technology transfer (both recalled, clauses not read again); EU GMP Part IV section 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.change import require_effected
from milenari.rules.network import control_site
from milenari.rules.procedure import Process
from milenari.rules.quality_agreement import RELATIONS
from milenari.words import CODE, Facts, Meaning, Role

# The edges of a site's way, in their order; the last one, approval, is its own act (qualify-site).
EDGES = ("gap-assessed", "equipment-qualified", "staff-trained", "engineering-runs", "comparability-runs")
# What each section's items hold besides code, title and detail.
SECTIONS: dict[str, tuple[str, ...]] = {
    "parameters": (),
    "attributes": (),
    "equipment": ("kind",),
    "materials": (),
    "methods": ("version",),
    "training": ("version", "people"),
    "acceptance": (),
}
# Which edges must be walked again when an item of a section changes: a rule of this house (see its decision record).
FORCES: dict[str, tuple[str, ...]] = {
    "process": ("staff-trained", "engineering-runs", "comparability-runs"),
    "parameters": ("staff-trained", "engineering-runs"),
    "attributes": ("comparability-runs",),
    "equipment": ("equipment-qualified", "engineering-runs"),
    "materials": ("engineering-runs",),
    "methods": ("staff-trained", "comparability-runs"),
    "training": ("staff-trained",),
    "acceptance": ("comparability-runs",),
    "runs": ("engineering-runs", "comparability-runs"),
    "agreements": (),  # asked for on every day of use, so no edge is to be walked again
}
COUNTS = ("engineering", "comparability")


@dataclass(frozen=True)
class PackageVersion:
    """One approved version: which process version it carries, its items, who approved it, from when it counts."""

    number: str
    process_version: str
    content: Facts
    approved_on: date
    approved_by: str
    effective_on: date
    change: str = ""

    def items(self, section: str) -> list[Facts]:
        """The items of one section, in the order in which they were written."""
        return list(self.content.get(section, ()))

    def agreements(self) -> list[str]:
        """The relations of which a quality agreement has to be in force."""
        return list(self.content.get("agreements", ()))

    def runs(self, kind: str) -> int:
        """How many runs of a kind a receiving site has to show."""
        return int(self.content["runs"][kind])


@sheet("package")
class Package(Sheet):
    """A product's transfer package with all its versions."""

    title: str = ""
    versions: tuple[PackageVersion, ...] = ()

    def find(self, number: str) -> PackageVersion | None:
        """A version by its number."""
        return next((v for v in self.versions if v.number == number), None)

    def current(self, on: date) -> PackageVersion | None:
        """The newest version that counts on that day."""
        begun = [v for v in self.versions if v.effective_on <= on]
        return begun[-1] if begun else None


@action("approve-package", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ApprovePackage(Action):
    """Approve a version of a product's transfer package, with the day from which it counts."""

    package: str = f.ref("package", label="Transfer package", touch=True, help="the code of the product")
    number: str = f.code("Package version")
    title: str = f.text("Title", longest=160)
    process_version: str = f.code("Process version")
    content: Facts = f.document("Content of the package")
    effective_on: date = f.on("Counts from")
    change: str = f.ref("change", label="Change it comes from", required=False)


@checks(ApprovePackage)
def _approve(act: ApprovePackage, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    process: Process = known(book, f"process:{act.package}")
    refuse_if(process.find(act.process_version) is None, "process-version-unknown", process=act.package,
              number=act.process_version)  # fmt: skip
    package: Package = book.sheet(act.about)
    refuse_if(package.find(act.number), "subject-exists", kind="package version", code=act.number)
    read_package(act.content)
    require_effected(book, act.change)
    last = package.versions[-1:]
    refuse_if(last and act.effective_on < last[0].effective_on, "before-its-cause", cause="last package",
              cause_at=last[0].effective_on if last else "", happened_at=act.effective_on)  # fmt: skip


def read_package(content: Any) -> None:
    """Refuse a package that could not be worked through item by item, saying where."""
    if not isinstance(content, dict):
        raise Refused("package-unreadable", where="package", fault="is not a mapping")
    unknown = sorted(set(content) - {*SECTIONS, "runs", "sources", "agreements"})
    refuse_if(unknown, "package-unreadable", where="package", fault=f"has unknown {', '.join(unknown)}")
    for section, more in SECTIONS.items():
        items = content.get(section)
        if not isinstance(items, list):
            raise Refused("package-unreadable", where=section, fault="is missing or no list")
        seen: set[str] = set()
        titles: set[str] = set()  # people read these: two lines of one title cannot be told apart
        for number, item in enumerate(items, 1):
            code = _read_item(f"{section}, item {number}", item, more)
            refuse_if(code in seen, "package-unreadable", where=f"{section}, item {number}",
                      fault=f"uses the code {code} again")  # fmt: skip
            seen.add(code)
            title = item["title"].strip().casefold()
            refuse_if(title in titles, "package-unreadable", where=f"{section}, item {number}",
                      fault=f"has the title {item['title']} of another item")  # fmt: skip
            titles.add(title)
    runs = content.get("runs")
    good = isinstance(runs, dict) and set(runs) == set(COUNTS) and all(_count(n) for n in runs.values())
    refuse_if(not good, "package-unreadable", where="runs", fault=f"needs a count for each of {', '.join(COUNTS)}")
    asked = content.get("agreements", [])
    good = isinstance(asked, list) and all(isinstance(x, str) and x in RELATIONS for x in asked)
    refuse_if(not good, "package-unreadable", where="agreements", fault=f"names none of {', '.join(RELATIONS)}")
    for section in ("equipment", "training"):
        refuse_if(not content[section], "package-unreadable", where=section, fault="is empty")


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 99


def _read_item(where: str, item: Any, more: tuple[str, ...]) -> str:
    if not isinstance(item, dict):
        raise Refused("package-unreadable", where=where, fault="is not a mapping")
    lacking = [key for key in ("code", "title", *more) if not item.get(key)]
    refuse_if(lacking, "package-unreadable", where=where, fault=f"has no {', '.join(lacking)}")
    unknown = sorted(set(item) - {"code", "title", "detail", *more})
    refuse_if(unknown, "package-unreadable", where=where, fault=f"has unknown {', '.join(unknown)}")
    texts = [item[key] for key in item if key != "people"]
    refuse_if(not all(isinstance(x, str) for x in texts), "package-unreadable", where=where,
              fault="holds something that is no text")  # fmt: skip
    refuse_if(not CODE.match(item["code"]), "package-unreadable", where=where, fault="has a code that is none")
    refuse_if("people" in more and not _count(item["people"]), "package-unreadable", where=where,
              fault="says no number of people")  # fmt: skip
    return str(item["code"])


# -- differences ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One item that two versions of a package do not share, and which edges it opens again."""

    section: str
    code: str
    old: Facts | None
    new: Facts | None

    @property
    def kind(self) -> str:
        """Whether the item came, went or changed."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"

    @property
    def forces(self) -> tuple[str, ...]:
        """The edges to walk again; what only falls away asks nothing of equipment, materials and people."""
        eased = self.kind == "removed" and self.section in ("equipment", "materials", "training", "methods")
        return () if eased else FORCES[self.section]


def differences(old: PackageVersion, new: PackageVersion) -> list[Difference]:
    """Everything in which two versions of a package differ, section by section."""
    return list(_differences(old, new))


def _differences(old: PackageVersion, new: PackageVersion) -> Iterator[Difference]:
    if old.process_version != new.process_version:
        one, other = ({"code": v.process_version, "title": v.process_version} for v in (old, new))
        yield Difference("process", new.process_version, one, other)
    for section in SECTIONS:
        before, after = ({item["code"]: item for item in v.items(section)} for v in (old, new))
        for code in dict.fromkeys([*before, *after]):
            if before.get(code) != after.get(code):
                yield Difference(section, code, before.get(code), after.get(code))
    for kind in COUNTS:
        if old.runs(kind) != new.runs(kind):
            one, other = ({"code": kind, "title": kind, "detail": str(v.runs(kind))} for v in (old, new))
            yield Difference("runs", kind, one, other)
    for relation in dict.fromkeys([*old.agreements(), *new.agreements()]):
        found = [{"code": relation, "title": relation} if relation in v.agreements() else None for v in (old, new)]
        if found[0] != found[1]:
            yield Difference("agreements", relation, *found)


def forced(old: PackageVersion, new: PackageVersion) -> dict[str, list[Difference]]:
    """The edges that the change from one version to another opens again, each with its differences."""
    found: dict[str, list[Difference]] = {}
    for difference in differences(old, new):
        for edge in difference.forces:
            found.setdefault(edge, []).append(difference)
    return found


@applies(ApprovePackage, "package")
def _(package: Package, act: ApprovePackage, entry: Entry) -> Package:
    made = PackageVersion(
        act.number, act.process_version, act.content, entry.today, entry.by, act.effective_on, act.change
    )  # fmt: skip
    return replace(package, title=act.title, versions=(*package.versions, made))
