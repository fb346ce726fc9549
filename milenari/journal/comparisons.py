"""Comparisons that a planning run may compute: designs side by side, one figure after another, two figures together.

What is asked is checked as a whole before a run begins, by building every scenario that it will simulate.
"""

from __future__ import annotations

import math
from typing import Any

from milenari.journal import scenarios
from milenari.rules.action import Refused
from milenari.science.planning import designs, outages, sweeps
from milenari.science.planning.checking import scenario as checked
from milenari.science.planning.simulate import Run, SpreadOut
from milenari.words import Facts

KINDS = ("designs", "tornado", "heat")
MOST_RANGES, MOST_VALUES, LONGEST_D = 12, 8, 3_650.0
MORE = {
    "designs": ("central", "hubs", "other"), "tornado": ("measure", "ranges"), "heat": ("measure", "first", "second"),
}  # fmt: skip


def rules(asked: Facts, hubs: tuple[str, ...] = ()) -> Run:
    """The rules of a run from what was asked in whole numbers; without litres as if vector never ran out."""
    litres = float(asked["litres"])
    return Run(counted_d=float(asked["days"]), with_vector=litres > 0, reorder_litres=litres, hubs=hubs,
               reorder_at=float(asked["reorder_at"]) if litres else -1.0)  # fmt: skip


def kept(kind: str, more: Facts) -> Facts:
    """What of a comparison is kept with its run; Refused names the field that says nothing."""
    made = {name: more[name] for name in MORE[kind]}
    made["outages"] = [[str(what), str(at), _days("every", every), _days("lasts", lasts)]
                       for what, at, every, lasts in more.get("outages", ())]  # fmt: skip
    failing = more.get("failing") or 0
    if type(failing) is not int or not 0 <= failing <= 100:
        raise Refused("calculation-bounds", field="failing", least=0, most=100)
    made["failing"] = failing
    return made


def _days(field: str, given: Any) -> float:
    if not isinstance(given, float) or not math.isfinite(given) or not 0 < given <= LONGEST_D:
        raise Refused("comparison-days", field=field, most=int(LONGEST_D))
    return given


def expected(kind: str, asked: Facts) -> int:
    """How many replications it takes, all scenarios together."""
    more = asked["more"]
    if kind == "tornado":
        scenarios_n = 1 + 2 * len(more["ranges"])
    elif kind == "heat":
        scenarios_n = 1 + len(more["first"][1]) * len(more["second"][1])
    else:
        scenarios_n = len(names(more))
    return int(asked["replications"]) * scenarios_n


def names(more: Facts) -> list[str]:
    """The designs by name, in their order: `home`, `central BCN`, `hubs BCN,AMM`, `other`; then all with outages."""
    made = ["home"]
    made += [f"central {more['central']}"] if more["central"] else []
    made += [f"hubs {','.join(more['hubs'])}"] if more["hubs"] else []
    made += ["other"] if more["other"] else []
    return made + [f"{name} outages" for name in made if more["outages"] or more["failing"]]


def other(asked: Facts) -> Any:
    """The tree of the other scenario; None where none was asked for."""
    number = asked.get("more", {}).get("other", 0)
    return scenarios.opened(scenarios.one(number, None))[0] if number else None


def designed(tree: Any, second: Any, asked: Facts) -> list[designs.Design]:
    """Every design with the scenario it is simulated on. Unfit says what of it cannot be."""
    more, made = asked["more"], []
    for name in names(more):
        kind, _, rest = name.partition(" ")
        base = second if kind == "other" else tree
        held = _worse(base, more) if name.endswith("outages") else base
        hubs = tuple(rest.removesuffix("outages").strip().split(",")) if kind in ("central", "hubs") else ()
        made.append(designs.Design(name, checked(held), rules(asked, hubs)))
    return made


def _worse(tree: Any, more: Facts) -> Any:
    return outages.listed(tree, [tuple(one) for one in more["outages"]], more["failing"] / 100)


def swept(tree: Any, asked: Facts, spread_out: SpreadOut = map) -> sweeps.Sweep:
    """The scenario whose figures change, with the outages asked for."""
    held = _worse(tree, asked["more"])
    return sweeps.Sweep(held, checked(held), rules(asked), sweeps.Measure(asked["more"]["measure"]),
                        asked["replications"], asked["seed"], spread_out)  # fmt: skip


def require(kind: str, tree: Any, asked: Facts) -> None:
    """Unfit or Refused when what is asked cannot be computed: nothing is simulated yet."""
    from milenari.science.planning.simulate import inputs

    more = asked["more"]
    if kind == "designs":
        made = designed(tree, other(asked), asked)
        if len(made) < 2:
            raise Refused("comparison-alone")
        for one in made:
            inputs(one.scenario, one.run)
        return
    held = swept(tree, asked)
    inputs(held.scenario, held.run)
    if kind == "tornado":
        if not 1 <= len(more["ranges"]) <= MOST_RANGES:
            raise Refused("comparison-nothing-varied", most=MOST_RANGES)
        wanted = [(field, value) for field, low, high in more["ranges"] for value in (low, high)]
        for field, low, high in more["ranges"]:
            if not low < high:
                raise Refused("comparison-range", field=field, low=str(low), high=str(high))
    else:
        for _, values in (more["first"], more["second"]):
            if not 1 <= len(values) <= MOST_VALUES:
                raise Refused("comparison-values", most=MOST_VALUES)
        wanted = [(field, value) for field, values in (more["first"], more["second"]) for value in values]
    for field, value in wanted:
        designs.changed(held.tree, field, value)


def computed(kind: str, trees: tuple[Any, Any], asked: Facts, spread_out: SpreadOut) -> Facts:
    """The answer as it is kept; `trees` are the scenario's and the other's."""
    more, tree = asked["more"], trees[0]
    if kind == "designs":
        made = designs.compare(designed(*trees, asked), asked["replications"], asked["seed"], spread_out)
        return dict(made.to_json())
    held = swept(tree, asked, spread_out)
    if kind == "tornado":
        return dict(sweeps.tornado(held, [(field, low, high) for field, low, high in more["ranges"]]).to_json())
    first, second = ((field, values) for field, values in (more["first"], more["second"]))
    return dict(sweeps.heat(held, first, second).to_json())
