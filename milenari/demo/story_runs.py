"""Qualification runs of the transfer: simulated, marked as such for ever, and drawn the same way on every loading.

Nobody measured these figures. Each donor's true values are drawn around the mean of the three published ARI-0001
validation lots (doi:10.1016/j.omtm.2018.11.010, Table 2), and each run adds its own scatter; both spreads are chosen,
since three lots say little about theirs. The generator is Python's Mersenne Twister, seeded with SEED and the donation
or the batch, so one run's figures depend on no other's. Words and bounds (sterile, endotoxin <=0.5) stay as published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from statistics import mean

from milenari.demo import published, story_batch
from milenari.demo.teller import Teller

SEED = "ARI-0001 transfer, 1"
SOURCE = f"Simulated, drawn around the lots of {published.ARI_SOURCE}"
# What is drawn: decimals entered; standard deviation between donors and between runs; what no figure goes beyond.
DRAWN = {
    "car_pos_cells": (0, 120.0, 60.0, 100.0, 3000.0), "car_pos_pct": (1, 3.0, 1.0, 1.0, 80.0),
    "cd3_pct": (1, 0.5, 0.4, 80.0, 99.8), "viability_pct": (1, 0.8, 0.6, 80.0, 99.5), "vcn": (2, 0.3, 0.12, 0.1, 9.0),
    "potency_a": (1, 6.0, 4.0, 5.0, 69.0), "potency_b": (1, 5.0, 3.0, 51.0, 99.0),
}  # fmt: skip
WEIGHT = {"value": "20", "unit": "kg"}  # a notional child, for the criterion per kilogram
PROCESSOR = {"BCN": "P1"}  # the others have an instrument for the transfer, so that no child waits for one
EARLY, LATE = 9, 22  # days after the start on which the first and the last results are entered


@dataclass(frozen=True)
class Run:
    """One run to be told; ``scatter`` and ``shift`` are what went differently at this site, in units of the test."""

    batch: str
    site: str
    started: int
    container: str
    donation: str
    purpose: str = "comparability"
    origin: str = "split-apheresis"
    scatter: dict[str, float] = field(default_factory=dict)
    shift: dict[str, float] = field(default_factory=dict)

    def results(self) -> dict[str, str]:
        """The figures of this run by test, as an analyst enters them."""
        lots = [published.ari_lot(lot) for lot in published.ARI_LOTS]
        donor, made = Random(f"{SEED}/{self.donation}"), Random(f"{SEED}/{self.batch}")  # noqa: S311
        found = dict(lots[0])
        for test, (decimals, between, within, low, high) in DRAWN.items():
            value = mean(float(lot[test]) for lot in lots) + between * donor.gauss(0, 1)
            value += self.scatter.get(test, within) * made.gauss(0, 1) + self.shift.get(test, 0)
            found[test] = f"{min(max(value, low), high):.{decimals}f}"
        return found


def make(teller: Teller, run: Run) -> None:
    """Start the run, do every phase, harvest and sample; no result is known yet."""
    with teller.scene(run.batch.lower(), run.site, run.started, 7, 30) as s:
        s.do("operator", "start-qualification-run", batch=run.batch, process="ARI-0001", process_version="2",
             purpose=run.purpose, origin=run.origin, donation=run.donation, weight=WEIGHT, simulated=True)  # fmt: skip
        processor = PROCESSOR.get(run.site, "P3")
        story_batch.work(s, run.batch, run.container, run.started, processor=processor)
        s.at(run.started - story_batch.HARVEST_DAY, 12)
        cells = {"value": run.results()["car_pos_cells"], "unit": "10*6"}
        s.do("operator", "harvest-batch", batch=run.batch, cells=cells, volume={"value": "100", "unit": "mL"})
        s.do("analyst", "take-sample", of=f"batch:{run.batch}", sample=f"{run.batch}-S1", tests=list(run.results()))


def conclude(teller: Teller, run: Run) -> None:
    """Every result entered and verified, the trail reviewed, the run accepted by who made nothing of it."""
    results = run.results()
    late = {test: results.pop(test) for test in ("sterility", "mycoplasma")}
    with teller.scene(f"{run.batch.lower()}-tests", run.site, run.started - EARLY, 9) as s:
        story_batch.enter(s, run.batch, results, SOURCE)
        s.at(run.started - LATE, 9)
        story_batch.enter(s, run.batch, late, SOURCE)
        s.do("qa", "review-trail", of=f"batch:{run.batch}", remarks="Record and results reviewed; simulated figures")
        s.do("qa", "close-qualification-run", "All requirements met (simulated)", batch=run.batch,
             conclusion="accepted")  # fmt: skip


def fail(teller: Teller, run: Run) -> None:
    """One result out of specification, confirmed by the inquiry: the run shows that the site cannot make it yet."""
    test, results = "car_pos_pct", run.results()
    of = f"batch:{run.batch}"
    with teller.scene(f"{run.batch.lower()}-tests", run.site, run.started - EARLY, 9) as s:
        story_batch.enter(s, run.batch, {test: results[test], "viability_pct": results["viability_pct"]}, SOURCE)
        s.at(run.started - EARLY - 2, 9)
        s.do("qa", "close-investigation", "Repeat of the stain agrees; controls valid (simulated)", of=of, test=test,
             conclusion="confirmed")  # fmt: skip
        s.do("qa", "close-qualification-run", "Too few CAR-positive cells: the vector was added 40 minutes after the "
             "thaw; step P050 trained again before the next run (simulated)", batch=run.batch,
             conclusion="failed")  # fmt: skip


def instrument(teller: Teller, site: str) -> None:
    """A processor of its own for the transfer, maintained like the others."""
    with teller.scene(f"transfer-processor-{site.lower()}", site, 160) as s:
        s.do("qa", "register-equipment", equipment=f"{site}-P3", kind="cell-processor", calibrated_until=s.day(-300))
        s.do("trainer", "record-upkeep", what=f"equipment:{site}-P3", task="maintenance", on=s.day(), outcome="passed",
             evidence="service report, fictional")  # fmt: skip
