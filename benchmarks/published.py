"""Published planning instances that `milenari plan solve` reads as tables, against the published formulation or figure.

    python -m benchmarks.published --data ../shared/data [--only plant] [--json]

plant: Lakhdar 2005, both examples; the peer is the published model (a binary for each suite, product and period, days
continuous), written out here and given to the same solver on the same thread. suite: Jankauskas 2017; published is a
genetic algorithm's best, its account is checked here. waiting: the survival-aware i-SHIPMENT extension; published are
HiGHS times on four cores. Times are processor seconds of this thread, for plant of the whole process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.printed import parser, timed, told
from milenari.science.planning.plant import Plant
from milenari.science.planning.programme import Outcome, Programme

STATED = [("D", 15), ("C", 9), ("A", 28), ("B", 2), ("D", 15), ("C", 8), ("A", 10), ("C", 3), ("B", 2), ("A", 3),
          ("D", 29)]  # fmt: skip


def as_published(given: Plant, seconds: float) -> Outcome:
    """The published model of a plant, equation by equation, by HiGHS."""
    made, times = Programme(), range(1, given.periods + 1)
    stages = {"usp": [(suite, ps) for suites, ps in given.groups for suite in suites],
              "dsp": [(suite, given.products) for suite in given.downstream]}  # fmt: skip
    run: dict[Any, int] = {}
    start: dict[Any, int] = {}
    led: dict[Any, int] = {}
    batches: dict[Any, int] = {}
    for stage, suites in stages.items():
        for suite, products in suites:
            for t in times:
                days = []
                for p in products:
                    at = stage, suite, p, t
                    most = min(given.period_days, given.of("max_campaign_days", p))
                    run[at] = made.column(0, high=1, whole=True)
                    start[at] = made.column(given.of("changeover_cost", p), high=1, whole=True)
                    led[at] = start[at] if stage == "usp" else made.column(0, high=1, whole=True)
                    batches[at] = made.column(given.of("manufacturing_cost_per_batch_each_stage", p), whole=True)
                    day = made.column(0)
                    days.append((day, 1.0))
                    rate, lead = given.of(f"{stage}_rate_batches_per_day", p), given.of(f"{stage}_lead_days", p)
                    made.row([(batches[at], 1), (led[at], rate * lead - 1), (day, -rate)], 0, 0)
                    made.row([(day, 1), (run[at], -given.of(f"{stage}_min_campaign_days", p))], low=0)
                    made.row([(day, 1), (run[at], -most)], high=0)
                    before = [(run[stage, suite, p, t - 1], 1.0)] if t > 1 else []
                    made.row([(start[at], 1), (run[at], -1), *before], low=0)
                made.row([(run[stage, suite, p, t], 1) for p in products], high=1)
                made.row(days, high=given.period_days)
    upstream = len(stages["usp"])
    for suite in given.downstream:
        for p in given.products:
            for t in times:
                begun = [(start["usp", i, p, t], -1 / upstream) for i, ps in stages["usp"] if p in ps]
                made.row([(led["dsp", suite, p, t], 1), (start["dsp", suite, p, t], -1), *begun], low=-1)
    for p in given.products:
        waste = given.of("waste_cost", p)
        crude = {t: made.column(given.of("crude_storage_cost", p), high=given.of("crude_store", p)) for t in times}
        final = {t: made.column(given.of("final_storage_cost", p), high=given.of("final_store", p)) for t in times}
        sold = {t: made.column(-given.of("price_per_batch", p)) for t in times}
        late = {t: made.column(given.of("lateness_penalty", p)) for t in times}
        for t in times:
            down = [(batches["dsp", j, p, t], 1.0) for j in given.downstream]
            up = [(batches["usp", i, p, t], -1.0) for i, ps in stages["usp"] if p in ps]
            used = [(c, 1 / given.of("batches_final_per_crude", p)) for c, _ in down]
            before = t > 1
            made.row(
                [(crude[t], 1), (made.column(waste), 1), *used, *up, *([(crude[t - 1], -1)] if before else [])], 0, 0
            )
            made.row([(final[t], 1), (sold[t], 1), (made.column(waste), 1), *((c, -1) for c, _ in down),
                      *([(final[t - 1], -1)] if before else [])], 0, 0)  # fmt: skip
            due = given.demand.get((p, t), 0.0)
            made.row([(late[t], 1), (sold[t], 1), *([(late[t - 1], -1)] if before else [])], due, due)
            soon = range(t + 1, min(given.periods, t + int(given.of("crude_life_periods", p))) + 1)
            made.row([(crude[t], 1), *((batches["dsp", j, p, q], -1) for j in given.downstream for q in soon)], high=0)
            later = range(t + 1, min(given.periods, t + int(given.of("final_life_periods", p))) + 1)
            made.row([(final[t], 1), *((sold[q], -1) for q in later)], high=0)
    return made.solve(seconds)


def plant(data: Path) -> dict[str, Any]:
    """Lakhdar 2005: ours and the published formulation, same solver and thread."""
    from milenari.science.planning import plant as science
    from milenari.science.planning import plant_plan, table

    found: dict[str, Any] = {}
    read = table.parse((data / "plan_lakhdar2005.csv").read_text("utf-8"), "plan_lakhdar2005.csv")
    plant_plan.solve(science.plant(read, "1"))  # the solver is loaded
    for example, published in (("1", 490), ("2", 539)):
        given = science.plant(read, example)
        began = time.process_time()  # a search of whole numbers may use more threads than this one
        ours = plant_plan.solve(given, 120)
        between = time.process_time()
        peer = as_published(given, 120)
        mine, theirs = between - began, time.process_time() - between
        found |= {f"example {example}: published profit": published, f"example {example}: profit, bound": [
            ours.profit, ours.bound], f"example {example}: columns, rows, nodes": [ours.columns, ours.rows, ours.nodes],
            f"example {example}: processor s": mine, f"example {example}: published model, processor s": theirs,
            f"example {example}: published model, profit, columns, rows, nodes": [
                -(peer.objective or 0), peer.columns, peer.rows, peer.nodes]}  # fmt: skip
    return found


def suite(data: Path) -> dict[str, Any]:
    """Jankauskas 2017: both goals proven."""
    from milenari.science.planning import suite as science
    from milenari.science.planning import suite_plan, table

    given = science.suite(table.parse((data / "plan_campaign_single_suite.csv").read_text("utf-8"), "suite.csv"))
    stated = science.account(given, science.forward(given, STATED))
    found: dict[str, Any] = {"stated schedule, published 574.4 and 194.6 kg": [stated.throughput_kg, stated.deficit_kg]}
    for goal, published in (("throughput", 630.4), ("deficit", 192.5)):
        made, mine = timed(suite_plan.solve, given, goal)
        found |= {f"{goal}: published, ours, bound, kg": [published, made.kg, made.bound_kg],
                  f"{goal}: labels": made.labels, f"{goal}: processor s": mine}  # fmt: skip
    return found


def waiting(data: Path) -> dict[str, Any]:
    """The survival-aware extension at N = 100, 200, 500, and 5,000 with ten times the lines and their cost."""
    from dataclasses import replace

    from milenari.science.planning import ishipment, ishipment_wait
    from tests.science.survival_cohort import cohort

    text = (data / "ishipment" / "Data200_profileA.dat").read_text("utf-8")
    given = ishipment.instance(text, "Data200_profileA.dat")
    tenfold = replace(given, lines={m: 10 * n for m, n in given.lines.items()},
                      fixed_usd={m: 10 * usd for m, usd in given.fixed_usd.items()})  # fmt: skip
    found: dict[str, Any] = {}
    ishipment_wait.solve(given, cohort(text, 2))  # the solver is loaded
    for copies, published, network in ((2, "9,054,619 in 27.4 s", given), (4, "16,724,371.9 in 276.5 s", given),
                                       (10, "none printed, 1,959.7 s", given), (100, "none", tenfold)):  # fmt: skip
        made, mine = timed(ishipment_wait.solve, network, cohort(text, copies))
        found |= {f"N = {made.patients}: published (four cores)": published, f"N = {made.patients}: USD, gap": [
            made.objective_usd, made.gap], f"N = {made.patients}: open": "+".join(made.open),
            f"N = {made.patients}: columns, rows": [made.columns, made.rows],
            f"N = {made.patients}: processor s": mine}  # fmt: skip
    alone = ishipment_wait.solve(given, cohort(text, 100), len(given.facilities))
    return found | {"N = 5000 with the published lines, all six open": str(alone.status)}


def main() -> None:
    works: dict[str, Callable[[Path], dict[str, Any]]] = {"plant": plant, "suite": suite, "waiting": waiting}
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, help="folder of the published tables")
    made.add_argument("--only", choices=list(works))
    asked = made.parse_args()
    told({name: work(asked.data) for name, work in works.items() if asked.only in (None, name)}, asked.json)


if __name__ == "__main__":
    main()
