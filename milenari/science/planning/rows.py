"""Tables of a scenario as rows that are added, changed and taken out, in a draft that may be left at any time.

The boxes of a row come from the scenario's own declaration, and whether a row may stand there says the reader that
reads every scenario. A draft is the scenario's tree and the changes made since; the tree itself is never touched.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from milenari.science.planning.editing import numbered
from milenari.science.planning.figure import Basis, Figure, Shape, Spread
from milenari.science.planning.reading import In
from milenari.science.planning.scenario import (
    Closed,
    Lane,
    Lot,
    Machine,
    Outage,
    Patient,
    Person,
    Room,
    Scenario,
)
from milenari.science.unfit import Unfit

KINDS: dict[str, type[Any]] = {
    "people": Person, "machines": Machine, "rooms": Room, "lanes": Lane, "patients": Patient, "lots": Lot,
    "outages": Outage,
}  # fmt: skip
AT_A_SITE = ("people", "machines", "rooms")
MORE_SPANS = 3
"""Empty lines offered under the closures and absences that stand there."""
MOST_SPANS = 200

Typed = Mapping[str, Sequence[str]]
"""What a form sent: name of a box, and every value under that name."""


@dataclass(frozen=True)
class Table:
    """One table of a scenario; people, machines and rooms stand at a site."""

    name: str
    site: str = ""

    def path(self, tree: Any) -> str:
        """Where it stands in the tree."""
        if self.name == "lots":
            return "vector.lots"
        if self.name not in AT_A_SITE:
            return self.name
        return f"sites[{_index(tree['sites'], self.site, 'sites')}].{self.name}"

    def rows(self, tree: Any) -> list[Any]:
        """The rows as the tree holds them; none where the scenario leaves the table out."""
        held: Any = tree
        if self.name == "lots":
            held = tree["vector"]
        elif self.name in AT_A_SITE:
            held = tree["sites"][_index(tree["sites"], self.site, "sites")]
        found: list[Any] = held.setdefault(self.name, [])
        return found


@dataclass(frozen=True)
class Box:
    """One field of a row: its name in a form, what it takes, and the boxes inside it."""

    name: str
    kind: str  # text, number, day, choice, several, flag, figure, spread, spans, group
    unit: str = ""
    options: tuple[str, ...] = ()
    needed: bool = True
    inside: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Change:
    """A row put in the place of `code`, put at the end where `code` is empty, or taken out where there is no row."""

    table: Table
    code: str
    row: Any = None


def tables(scenario: Scenario) -> list[Table]:
    """Every table of a scenario, site by site, then the network's."""
    made = [Table(name, site.code) for site in scenario.sites for name in AT_A_SITE]
    return [*made, Table("lanes"), Table("lots"), Table("patients"), Table("outages")]


def found(scenario: Scenario, name: str, site: str) -> Table:
    """A table by its name and site; Unfit where the scenario has none such."""
    asked = Table(name, site if name in AT_A_SITE else "")
    if asked not in tables(scenario):
        raise Unfit("scenario-unknown", f"The scenario has no table {name} {site}.".replace(" .", "."), given=name)
    return asked


def _index(rows: Sequence[Any], code: str, path: str) -> int:
    for at, row in enumerate(rows):
        if row["code"] == code:
            return at
    raise Unfit("scenario-unknown", f"{path} has no {code}; look at the list as it is now.", field=path, given=code)


# -- a draft --------------------------------------------------------------------------------------------


def applied(tree: Any, changes: Sequence[Change]) -> Any:
    """The tree with the changes, one after another; it is read as a whole by whoever asked."""
    made = copy.deepcopy(tree)
    for change in changes:
        rows = change.table.rows(made)
        if not change.code:
            rows.append(change.row)
            continue
        at = _index(rows, change.code, change.table.path(made))
        if change.row is None:
            del rows[at]
        else:
            rows[at] = change.row
    return made


def box_at_fault(tree: Any, change: Change, field: str) -> str:
    """The name of the box that a refused field stands in; empty where the fault is elsewhere in the scenario."""
    path, rows = change.table.path(tree), change.table.rows(tree)
    if field == path:
        return "code" if sum(row["code"] == change.row["code"] for row in rows) > 1 else ""
    at = len(rows) - 1 if not change.code else _index(rows, str(change.row["code"]), path)
    begins = f"{path}[{at}]."
    return re.sub(r"\[(\d+)\]", r".\1", field[len(begins) :]) if field.startswith(begins) else ""


# -- the boxes of a row ---------------------------------------------------------------------------------


def boxes(scenario: Scenario, table: Table) -> tuple[Box, ...]:
    """The boxes of a table's rows, in the order of the declaration."""
    return _inside(scenario, table, KINDS[table.name], "")


def _inside(scenario: Scenario, table: Table, kind: type[Any], before: str) -> tuple[Box, ...]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(_box(scenario, table, f"{before}{one.name}", hints[one.name],
                      one.default is dataclasses.MISSING) for one in dataclasses.fields(kind))  # fmt: skip


def _box(scenario: Scenario, table: Table, name: str, kind: Any, needed: bool) -> Box:
    unit, origin = "", typing.get_origin(kind)
    while origin in (Annotated, types.UnionType, typing.Union):
        if origin is Annotated:
            kind, rules = typing.get_args(kind)
            unit = typing.cast(In, rules).unit
        else:
            kind = next(one for one in typing.get_args(kind) if one is not type(None))
        origin = typing.get_origin(kind)
    if origin is tuple:
        item = typing.get_args(kind)[0]
        return Box(name, "spans", needed=False) if item is Closed else Box(name, "several", "", tuple(item), needed)
    if kind is Figure:
        return Box(name, "figure", unit, (), needed, (Box(f"{name}.value", "number", unit), *_known(name)))
    if kind is Spread:
        drawn = (Box(f"{name}.shape", "choice", "", tuple(Shape)), Box(f"{name}.a", "number", unit),
                 Box(f"{name}.b", "number", unit, needed=False))  # fmt: skip
        return Box(name, "spread", unit, (), needed, (*drawn, *_known(name)))
    if dataclasses.is_dataclass(kind):
        return Box(name, "group", needed=needed, inside=_inside(scenario, table, typing.cast(Any, kind), f"{name}."))
    if kind is bool:
        return Box(name, "flag", needed=False)
    if kind is dt.date:
        return Box(name, "day", needed=needed)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Box(name, "choice", "", tuple(kind), needed)
    options = _options(scenario, table, name)
    return Box(name, "choice" if options is not None else "number" if kind in (int, float) else "text", unit,
               options or (), needed)  # fmt: skip


def _known(name: str) -> tuple[Box, ...]:
    return Box(f"{name}.basis", "choice", "", tuple(Basis)), Box(f"{name}.source", "text")


def _options(scenario: Scenario, table: Table, name: str) -> tuple[str, ...] | None:
    """What a name may stand for; None where it stands for nothing else in the scenario."""
    sites = [site.code for site in scenario.sites]
    at: dict[str, Sequence[str]] = {
        "shift": scenario.shifts, "origin": sites, "destination": sites, "hospital": sites, "booked.site": sites,
        "tier": [tier.code for tier in scenario.process.tiers],
        "booked.machine": [machine.code for site in scenario.sites for machine in site.machines],
    }  # fmt: skip
    if name == "room":
        return tuple(room.code for room in scenario.site(table.site).rooms)
    return tuple(at[name]) if name in at else None


# -- what is typed --------------------------------------------------------------------------------------


def read(inside: Sequence[Box], typed: Typed) -> dict[str, Any]:
    """A row as a file would have it, from what a form sent; an empty box that may stay empty is left out."""
    made = {}
    for box in inside:
        value = _read(box, typed)
        if value is not None:
            made[box.name.rpartition(".")[2]] = value
    return made


def _read(box: Box, typed: Typed) -> Any:
    if box.kind == "several":
        chosen = typed.get(box.name, ())
        return [one for one in box.options if one in chosen] + [one for one in chosen if one not in box.options]
    if box.kind == "flag":
        return True if _text(typed, box.name) else None
    if box.kind == "spans":
        spans = [_span(typed, f"{box.name}.{at}") for at in range(MOST_SPANS)]
        return [one for one in spans if any(one.values())] or None
    if box.inside:
        if not box.needed and not any(_text(typed, one.name) for one in box.inside):
            return None
        held = read(box.inside, typed)
        return held if box.kind == "group" else {**held, "unit": box.unit}
    text = _text(typed, box.name)
    if not text and not box.needed:
        return None
    return numbered(text) if box.kind == "number" else text


def _span(typed: Typed, name: str) -> dict[str, str]:
    return {part: _text(typed, f"{name}.{part}") for part in ("first", "last", "why")}


def _text(typed: Typed, name: str) -> str:
    values = typed.get(name, ())
    return values[-1].strip() if values else ""


def typed(inside: Sequence[Box], row: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a form would have sent for this row; of a new one, whatever is worked or assumed unless somebody says so."""
    made: dict[str, list[str]] = {}
    for box in inside:
        value = row.get(box.name.rpartition(".")[2])
        if box.kind == "spans":
            for at, span in enumerate(value or ()):
                made |= {f"{box.name}.{at}.{part}": [str(span[part])] for part in ("first", "last", "why")}
        elif box.inside:
            made |= typed_inside(box, value)
        elif box.kind == "several":
            every = () if box.needed else box.options  # days that nobody names are all days
            made[box.name] = [str(one) for one in (value if value is not None else every)]
        elif box.kind == "flag":
            made |= {box.name: ["on"]} if value in (True, "true") else {}
        elif value is not None:
            made[box.name] = [f"{value:.12g}" if isinstance(value, float) else str(value)]
    return made


def typed_inside(box: Box, value: Any) -> dict[str, list[str]]:
    """The boxes of a figure, a spread or a group; a figure that is new is assumed until somebody knows it."""
    if value is None:
        return {f"{box.name}.basis": [str(Basis.ASSUMED)]} if box.kind != "group" and box.needed else {}
    return typed(box.inside, value)


def empty(inside: Sequence[Box]) -> dict[str, list[str]]:
    """What stands in the form of a new row."""
    return typed(inside, {})
