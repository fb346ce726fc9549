"""A plant of suites: published optima, an enumeration by other means, plans spoilt by hand, and refusals."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from milenari.science.computed import Unfit
from milenari.science.planning import plant, plant_plan, table
from milenari.science.planning.plant import Kept, Made, Plant
from tests.science.planning_cases import PUBLISHED, needs_published, run

HEADER = "example,parameter,product,period,value"
LAKHDAR = PUBLISHED / "plan_lakhdar2005.csv"


def written(demand: dict[tuple[str, int], int], periods: int = 2, suites: tuple[int, int] = (1, 1),
            allows: str = "", crude_life: int = 1) -> str:  # fmt: skip
    """Two products; the second has a short lead time. Waste is dear, so that no best plan wastes."""
    rows = [
        "usp_rate_batches_per_day,1,,0.05", "usp_rate_batches_per_day,2,,0.08", "usp_lead_days,1,,30",
        "usp_lead_days,2,,22.5", "usp_min_campaign_days,1,,20", "usp_min_campaign_days,2,,12.5",
        "dsp_rate_batches_per_day,all,,0.1", "dsp_lead_days,1,,40", "dsp_lead_days,2,,34.5",
        "dsp_min_campaign_days,all,,10", "max_campaign_days,all,,60", "price_per_batch,all,,20",
        "manufacturing_cost_per_batch_each_stage,all,,2", "batches_final_per_crude,all,,1",
        f"crude_life_periods,all,,{crude_life}", "final_life_periods,all,,3", "crude_store,all,,10",
        "final_store,all,,40", "crude_storage_cost,all,,5", "final_storage_cost,all,,1", "lateness_penalty,all,,20",
        "changeover_cost,all,,1", "waste_cost,all,,500", "period_days,all,,60", f"periods,all,,{periods}",
        f"usp_suites,all,,{suites[0]}", f"dsp_suites,all,,{suites[1]}", *([f"suite_allows,{allows}"] if allows else []),
        *(f"demand_batches,{p},{t},{amount}" for (p, t), amount in demand.items()), "RESULT of somebody,,,1",
    ]  # fmt: skip
    return "\n".join(["# invented", HEADER, *(f"1,{row}" for row in rows)])


def read(text: str, example: str = "1") -> Plant:
    return plant.plant(table.parse(text, "small.csv"), example)


def enumerated(given: Plant) -> float:
    """The best profit of every choice of every suite in every period, by the published equations alone."""
    slots = [(stage, suite, t) for stage, suites in (("usp", [s for g, _ in given.groups for s in g]),
                                                     ("dsp", given.downstream))
             for suite in suites for t in range(1, given.periods + 1)]  # fmt: skip
    best = float("-inf")
    for plan in itertools.product([None, *((p, n) for p in given.products for n in range(7))], repeat=len(slots)):
        at = {slot: one for slot, one in zip(slots, plan, strict=True) if one}
        balance = Counter[str]()
        for (stage, _, _), (p, n) in at.items():
            balance[p] += n if stage == "usp" else -n
        if any(balance.values()):  # crude is wasted, or comes of nothing
            continue
        starts = {s: at.get((s[0], s[1], s[2] - 1), (None,))[0] != p for s, (p, _) in at.items()}
        begun = {(p, s[2]) for s, (p, _) in at.items() if s[0] == "usp" and starts[s]}
        made = []
        for (stage, suite, t), (p, n) in at.items():
            begins = starts[stage, suite, t]
            led = begins and (stage == "usp" or (p, t) in begun)
            rate, lead = given.of(f"{stage}_rate_batches_per_day", p), given.of(f"{stage}_lead_days", p)
            made.append(Made(stage, suite, p, t, n, (n - led) / rate + led * lead, begins, led))
        kept = []
        for p in given.products:
            stock = late = 0.0
            for t in range(1, given.periods + 1):
                stock += sum(m.batches for m in made if (m.stage, m.product, m.period) == ("dsp", p, t))
                late += given.demand.get((p, t), 0)
                sold = min(stock, late)
                stock, late = stock - sold, late - sold
                kept.append(Kept(p, t, sold, late, 0, stock, 0, 0))
        profit, wrong = plant.recount(given, tuple(made), tuple(kept))
        if not wrong:
            best = max(best, profit)
    return best


@pytest.mark.parametrize(
    ("demand", "allows"),
    [({("1", 2): 3}, ""), ({("2", 1): 2, ("2", 2): 4}, ""), ({("1", 1): 1, ("2", 2): 3}, ""),
     ({("1", 2): 2, ("2", 2): 2}, "i1,,p2")],
)  # fmt: skip
def test_the_plan_is_the_best_of_all_plans(demand: dict[tuple[str, int], int], allows: str) -> None:
    given = read(written(demand, allows=allows))
    made = plant_plan.solve(given)
    assert made.status == "optimal" and made.profit == pytest.approx(enumerated(given))


@needs_published
def test_the_published_examples_are_proven_with_the_published_profit() -> None:
    found = table.parse(LAKHDAR.read_text(), LAKHDAR.name)
    for example, profit in (("1", 490), ("2", 539)):
        given = plant.plant(found, example)
        made = plant_plan.solve(given, 120)
        assert made.status == "optimal" and (made.gap or 0) < 1e-9 and made.profit == pytest.approx(profit)
        assert plant.recount(given, made.made, made.kept) == (pytest.approx(profit), [])


def test_amounts_that_are_not_whole_are_planned_too() -> None:
    made = plant_plan.solve(read(written({("2", 2): 3}).replace("2,2,3", "2,2,2.5").replace(",,500", ",,0")))
    assert made.status == "optimal" and sum(k.sold for k in made.kept) == pytest.approx(2.5)


def test_a_spoilt_plan_is_found_out() -> None:
    given = read(written({("1", 2): 3, ("2", 2): 2}, suites=(2, 1)))
    made = plant_plan.solve(given)
    assert plant.recount(given, made.made, made.kept)[1] == []
    first = next(m for m in made.made if m.stage == "usp")

    def said(one: Made, kept: tuple[Kept, ...] = made.kept) -> str:
        return "; ".join(plant.recount(given, (one, *(m for m in made.made if m is not first)), kept)[1])

    assert said(first) == ""
    assert "changes over without a start" in said(replace(first, starts=False))
    assert "without its lead time" in said(replace(first, led=False))
    assert "batches take" in said(replace(first, batches=first.batches + 9))
    assert "which is" in said(replace(first, days=first.days + 1))
    assert "may not make" in said(replace(first, suite="j1"))
    assert "two products" in "; ".join(plant.recount(given, (*made.made, first), made.kept)[1])
    assert "late" in said(first, (replace(made.kept[0], sold=made.kept[0].sold + 1), *made.kept[1:]))
    assert "miss a product" in said(first, made.kept[1:])


def test_the_command_reads_a_table_and_tells_suites_and_bound(tmp_path: Path) -> None:
    (tmp_path / "plant.csv").write_text(written({("1", 2): 3}))
    made = json.loads(run("plan", "solve", str(tmp_path / "plant.csv"), "--json").output)
    assert made["status"] == "optimal" and made["bound"] == made["profit"] and made["made"][0]["suite"] == "i1"
    said = run("plan", "solve", str(tmp_path / "plant.csv"))
    assert said.exit_code == 0 and "Proven best" in said.output and "starts" in said.output


@pytest.mark.parametrize(
    ("code", "said", "old", "new"),
    [
        ("dat-missing", "periods of all is missing", "1,periods,all,,2\n", ""),
        ("dat-missing", "usp_lead_days of 2 is missing", "1,usp_lead_days,2,,22.5\n", ""),
        ("dat-unreadable", "line 3 has 'fast' for value", "day,1,,0.05", "day,1,,fast"),
        ("dat-unreadable", "line 3 has -1 for value", "day,1,,0.05", "day,1,,-1"),
        ("dat-unreadable", "it is above zero", "day,1,,0.05", "day,1,,0"),
        ("dat-unreadable", "'colour', which is not known", "usp_lead_days,1", "colour,1"),
        ("dat-unreadable", "demand of product 1 in period 9", "demand_batches,1,2", "demand_batches,1,9"),
        ("dat-unreadable", "has a demand in period 'soon'", "demand_batches,1,2", "demand_batches,1,soon"),
        ("dat-unreadable", "suite_allows names i1, i2 for 1", "1,RESULT", "1,suite_allows,i1 i2,,p1\n1,RESULT"),
        ("dat-unreadable", "has 4 cells", "waste_cost,all,,500", "waste_cost,all,500"),
        ("dat-unreadable", "at least one of each", "usp_suites,all,,1", "usp_suites,all,,0"),
    ],
)
def test_an_unreadable_plant_is_refused_with_where(code: str, said: str, old: str, new: str) -> None:
    text = written({("1", 2): 3})
    assert read(text).products == ("1", "2") and old in text
    with pytest.raises(Unfit) as refused:
        read(text.replace(old, new, 1))
    assert refused.value.code == code and said in refused.value.sentence


def test_an_example_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Unfit) as refused:
        read(written({("1", 2): 3}), "7")
    assert refused.value.code == "dat-missing" and "it has 1" in refused.value.sentence
