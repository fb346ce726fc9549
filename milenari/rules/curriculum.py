"""Curriculum: what has to be shown before somebody works under a version of a procedure, as versioned data.

Governing requirements: EU GMP Part IV, personnel; EU GMP Annex 1 (media fill, requalification); 21 CFR 11.10(i).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, Sheet, action, applies, checks, refuse_if, sheet
from milenari.rules.network import control_site
from milenari.words import CODE, Facts, Meaning, Role

KINDS = ("read", "e-learning", "supervised-runs", "observation", "media-fill", "assessment")
KEYS = {"code", "kind", "title", "reference", "version", "count", "pass_score", "valid_months", "roles", "again"}
DOCUMENT_KEYS = {"items", "inactive_months", "requalify"}


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One thing to be shown: of what kind, how often or how well, for which roles, for how many months."""

    code: str
    kind: str
    title: str = ""
    reference: str = ""  # the document read, the course, the protocol of the media fill
    version: str = ""
    count: int = 1
    pass_score: str = ""  # per cent
    valid_months: int | None = None  # None: nothing but inactivity ends it
    roles: tuple[str, ...] = ()  # empty: everybody who works under the procedure
    again: bool = False  # to be shown again with this version, though it reads as before

    def asked_of(self, roles: tuple[str, ...]) -> bool:
        """Whether somebody in these roles has to show it; with no role named, every item is meant."""
        return not self.roles or not roles or any(role in self.roles for role in roles)

    def same_as(self, other: Item) -> bool:
        """Whether evidence for the other item is evidence for this one; words and who is asked may differ."""
        return replace(self, again=False, title="", roles=()) == replace(other, again=False, title="", roles=())


@dataclass(frozen=True)
class Version:
    """The curriculum of one version of a procedure."""

    number: str
    items: tuple[Item, ...]
    inactive_months: int | None
    requalify: tuple[str, ...]
    approved_on: date
    approved_by: str

    def item(self, code: str) -> Item | None:
        """The item with that code."""
        return next((item for item in self.items if item.code == code), None)


@sheet("curriculum")
class Curriculum(Sheet):
    """The curricula of a procedure, oldest first; its code is that of the procedure."""

    title: str = ""
    versions: tuple[Version, ...] = ()

    def find(self, number: str) -> Version | None:
        """The curriculum of one version of the procedure."""
        return next((v for v in self.versions if v.number == number), None)

    def counting(self, number: str, code: str) -> dict[str, Item]:
        """The items whose evidence counts for an item of a version: itself, and what carries over, by version."""
        found: dict[str, Item] = {}
        wanted: Item | None = None
        for version in reversed(self.versions):
            if version.number == number:
                wanted = version.item(code)
            item = version.item(code)
            if wanted is None:
                continue
            if item is None or not item.same_as(wanted):
                break
            found[version.number] = item
            if item.again:
                break
        return found


# -- actions --------------------------------------------------------------------------------------------


@action("approve-curriculum", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ApproveCurriculum(Action):
    """Approve what has to be shown before somebody works under a version of a procedure."""

    curriculum: str = f.ref("curriculum", label="Procedure", touch=True)
    number: str = f.code("Version")
    title: str = f.text("Title", longest=160)
    document: Facts = f.document("Curriculum")


# -- checks ---------------------------------------------------------------------------------------------


@checks(ApproveCurriculum)
def _approve(act: ApproveCurriculum, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    taken = book.sheet(act.about).find(act.number)
    refuse_if(taken, "subject-exists", kind="curriculum", code=act.number)
    read_curriculum(act.number, act.document, asking.today, asking.by)


def read_curriculum(number: str, document: Any, on: date, by: str) -> Version:
    """The curriculum as data; refuses one that could not be followed, saying where."""
    good = isinstance(document, dict) and isinstance(document.get("items"), list) and document["items"]
    refuse_if(not good, "curriculum-unreadable", where="items", fault="is missing or empty")
    unknown = sorted(set(document) - DOCUMENT_KEYS)
    refuse_if(unknown, "curriculum-unreadable", where="curriculum", fault=f"has unknown {', '.join(unknown)}")
    items: list[Item] = []
    for place, told in enumerate(document["items"], 1):
        item = _item(f"item {place}", told)
        refuse_if(any(x.code == item.code for x in items), "curriculum-unreadable", where=f"item {place}",
                  fault="has a code already used")  # fmt: skip
        items.append(item)
    months = document.get("inactive_months")
    requalify = document.get("requalify", [])
    if months is not None:
        _whole("curriculum", "inactive_months", months, 1)
    codes = {item.code for item in items}
    fit = isinstance(requalify, list) and set(map(str, requalify)) <= codes and len(set(requalify)) == len(requalify)
    refuse_if(not fit, "curriculum-unreadable", where="requalify", fault="is no list of items of this curriculum")
    refuse_if((months is None) != (not requalify), "curriculum-unreadable", where="requalify",
              fault="belongs to inactive_months: what is shown again after so long without practice")  # fmt: skip
    return Version(number, tuple(items), months, tuple(requalify), on, by)


def _item(where: str, told: Any) -> Item:
    refuse_if(not isinstance(told, dict), "curriculum-unreadable", where=where, fault="is not a mapping")
    unknown = sorted(set(told) - KEYS)
    refuse_if(unknown, "curriculum-unreadable", where=where, fault=f"has unknown {', '.join(unknown)}")
    code, kind, roles = str(told.get("code", "")), str(told.get("kind", "")), told.get("roles", [])
    refuse_if(not CODE.match(code), "curriculum-unreadable", where=where, fault="has no code")
    refuse_if(kind not in KINDS, "curriculum-unreadable", where=where, fault=f"is none of {', '.join(KINDS)}")
    named = isinstance(roles, list) and all(role in list(Role) for role in roles)
    refuse_if(not named, "curriculum-unreadable", where=where, fault="has roles that are none")
    refuse_if(kind in ("read", "e-learning") and not told.get("reference"), "curriculum-unreadable", where=where,
              fault="names no reference to the document or course")  # fmt: skip
    refuse_if(kind == "read" and not told.get("version"), "curriculum-unreadable", where=where,
              fault="names no version of the document")  # fmt: skip
    refuse_if(("count" in told) != (kind == "supervised-runs"), "curriculum-unreadable", where=where,
              fault="needs count if it is supervised-runs, and only then")  # fmt: skip
    refuse_if(("pass_score" in told) != (kind == "assessment"), "curriculum-unreadable", where=where,
              fault="needs pass_score if it is an assessment, and only then")  # fmt: skip
    if "pass_score" in told:
        _score(where, told["pass_score"])
    for key in ("count", "valid_months"):
        if key in told:
            _whole(where, key, told[key], 1)
    refuse_if(not isinstance(told.get("again", False), bool), "curriculum-unreadable", where=where,
              fault="says again with something other than yes or no")  # fmt: skip
    words = {key: str(told.get(key, "")) for key in ("title", "reference", "version", "pass_score")}
    return Item(code, kind, count=told.get("count", 1), valid_months=told.get("valid_months"), roles=tuple(roles),
                again=told.get("again", False), **words)  # fmt: skip


def _score(where: str, value: Any) -> None:
    try:
        fit = isinstance(value, (str, int)) and 0 < Decimal(str(value)) <= 100
    except InvalidOperation:
        fit = False
    refuse_if(not fit, "curriculum-unreadable", where=where, fault="has a pass_score that is no per cent")


def _whole(where: str, key: str, value: Any, low: int) -> None:
    fit = isinstance(value, int) and not isinstance(value, bool) and value >= low
    refuse_if(not fit, "curriculum-unreadable", where=where, fault=f"{key} is no whole number from {low} up")


# -- how two versions differ ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One item of a newer curriculum against an older one: carries over, to be shown again, or new; or dropped."""

    item: Item
    change: str  # carries-over | again | new | dropped
    before: Item | None = None


def differences(older: Version | None, newer: Version) -> tuple[Difference, ...]:
    """What carries over to a new version of a procedure and what has to be shown again, item by item."""
    made = []
    for item in newer.items:
        before = older.item(item.code) if older else None
        if before is None:
            made.append(Difference(item, "new"))
        else:
            made.append(
                Difference(item, "carries-over" if item.same_as(before) and not item.again else "again", before)
            )
    dropped = [item for item in (older.items if older else ()) if newer.item(item.code) is None]
    return (*made, *(Difference(item, "dropped", item) for item in dropped))


# -- applies --------------------------------------------------------------------------------------------


@applies(ApproveCurriculum, "curriculum")
def _(found: Curriculum, act: ApproveCurriculum, entry: Entry) -> Curriculum:
    made = read_curriculum(act.number, act.document, entry.today, entry.by)
    return replace(found, title=act.title, versions=(*found.versions, made))
