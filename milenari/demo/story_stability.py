"""Stability, drift and enrolment told: what numbers over time decide.

The vector's shelf life is computed by ICH Q1E from three fictional lots and put in force; later lots are released
within it, and the first is extended to it. That of the frozen cells rests on three simulated lots, marked as such; it
is shorter than the year of the recipe, and fractions filled afterwards are good for no longer. A baseline of Beirut's
potency rests on its simulated runs and says so; the batch that was supplied out of specification stands outside, one
signal of it is assessed and the others stay open.
"""

from __future__ import annotations

from datetime import date
from random import Random
from statistics import mean

from milenari.demo import published
from milenari.demo.teller import Teller
from milenari.journal import read
from milenari.journal.ask import Supposed
from milenari.registers import drifting, lasting
from milenari.rules.drift import series
from milenari.rules.stability import StabilityStudy, months_after
from milenari.science import baseline
from milenari.science.computed import decimal_text
from milenari.words import Facts

PROCESS, STUDY, ATTRIBUTE = "LV-A3B1", "ST-LV-1", "infectious_particles"
LOTS, MONTHS = ("LV-A3B1-V01", "LV-A3B1-V02", "LV-A3B1-V03"), (0, 6, 12, 18, 24)
SHELF_MONTHS, FIRST_MONTHS = 24, 18  # what the study carries, and what the first lot was given before it
TITRE, LOSS, SCATTER, LIMIT = 150.0, 0.9, 2.5, "100000000"  # in 10^6 TU/mL; loss a month; fictional
CELLS, CELLS_STUDY, VIABILITY = "ARI-0001", "ST-CELLS-1", "viability_pct"
CELL_LOTS, CELL_MONTHS = ("SIM-FP-1", "SIM-FP-2", "SIM-FP-3"), (0, 3, 6, 9, 12)
# Percent of live cells after thawing: below the published mean at the start, loss a month, scatter. All chosen.
THAWED, CELL_LOSS, CELL_SCATTER, CELL_LIMIT = -6.0, 2.0, 1.0, "70"
TEST = "potency_a"
FROM = ("BEY-E-01", *(f"BEY-K-D{n}" for n in range(1, 8)))
CAP, TRIAL, LEVEL = "CAP-DEMO-1", "DEMO-TRIAL-1", "LEVEL-1"


def expiry(harvested_on: str, months: int) -> str:
    """The last day within a shelf life that counts from the day of the harvest."""
    return months_after(date.fromisoformat(harvested_on), months).isoformat()


def shelf_life(teller: Teller) -> None:
    """Fifteen titres over two years, entered from the plant's file, verified, computed and approved."""
    # The story is drawn alike at every telling; no secret comes of it.
    drawn = Random("LV-A3B1 stability, 1")  # noqa: S311
    with teller.scene("stability", "BCN", 300) as s:
        s.do("qa", "plan-stability", study=STUDY, process=PROCESS, attribute=ATTRIBUTE, direction="lower",
             limit={"value": LIMIT, "unit": "{TU}/mL"}, storage="Below -70 degrees Celsius", lots=list(LOTS),
             extrapolate_months=0, simulated=True)  # fmt: skip
        samples = []
        for lot in LOTS:
            for months in MONTHS:
                titre = round(TITRE - LOSS * months + drawn.gauss(0, SCATTER), 1)
                samples.append(f"{lot}-M{months:02d}")
                s.do("analyst", "record-stability", study=STUDY, sample=samples[-1], lot=lot,
                     months={"value": str(months), "unit": "mo"},
                     value={"value": str(int(titre * 10) * 100_000), "unit": "{TU}/mL"},
                     method="Flow cytometry titration v3, from the plant's file (fictional)")  # fmt: skip
        for sample in samples:
            s.do("analyst2", "verify-stability", study=STUDY, sample=sample)
    with teller.scene("shelf-life", "BCN", 200) as s:
        told = {"study": STUDY} if s.told() else _computed(STUDY)
        s.do("qa", "compute-shelf-life", **told)
        s.do("qa2", "approve-shelf-life", "Two years below -70 degrees; three lots (fictional)", study=STUDY,
             shelflife=PROCESS)  # fmt: skip


def cells_shelf_life(teller: Teller) -> None:
    """Live cells after thawing over a year, simulated; the shelf life that follows is signed and binds fillings."""
    # As above: drawn alike at every telling, and no secret.
    drawn = Random("ARI-0001 frozen, 1")  # noqa: S311
    start = mean(float(published.ari_lot(lot)[VIABILITY]) for lot in published.ARI_LOTS)
    source = f"Simulated, drawn around the lots of {published.ARI_SOURCE}"
    with teller.scene("stability-cells", "BCN", 300, 12) as s:
        s.do("qa", "plan-stability", study=CELLS_STUDY, process=CELLS, attribute=VIABILITY, direction="lower",
             limit={"value": CELL_LIMIT, "unit": "%"}, storage="Vapour of liquid nitrogen (simulated lots)",
             lots=list(CELL_LOTS), extrapolate_months=0, simulated=True)  # fmt: skip
        samples = []
        for lot in CELL_LOTS:
            for months in CELL_MONTHS:
                value = start + THAWED - CELL_LOSS * months + drawn.gauss(0, CELL_SCATTER)
                samples.append(f"{lot}-M{months:02d}")
                s.do("analyst", "record-stability", study=CELLS_STUDY, sample=samples[-1], lot=lot,
                     months={"value": str(months), "unit": "mo"}, value={"value": f"{value:.1f}", "unit": "%"},
                     method=source)  # fmt: skip
        for sample in samples:
            s.do("analyst2", "verify-stability", study=CELLS_STUDY, sample=sample)
    with teller.scene("shelf-life-cells", "BCN", 199) as s:
        told = {"study": CELLS_STUDY} if s.told() else _computed(CELLS_STUDY)
        s.do("qa", "compute-shelf-life", **told)
        s.do("qa2", "approve-shelf-life", "Live cells after thawing, three simulated lots: a rehearsal",
             shelflife=CELLS, study=CELLS_STUDY)  # fmt: skip


def _computed(code: str) -> Facts:
    """The shelf life as the pages compute it, with one error for all lots."""
    study: StabilityStudy = read.sheet(f"stability:{code}")
    return lasting.as_shelf_life(lasting.shelf_life(study, "pooled"))


def extend(teller: Teller, lot: str, days_ago: int, harvested: int) -> None:
    """A lot released for less is extended to the shelf life that was approved since."""
    with teller.scene(f"extend-{lot.lower()}", "BCN", days_ago) as s:
        s.do("qa", "extend-lot", f"Shelf life of {STUDY}; titre of the retained container agrees (fictional)", lot=lot,
             expires_on=expiry(s.day(harvested), SHELF_MONTHS))  # fmt: skip


def signals(teller: Teller) -> None:
    """A baseline frozen, every signal against it opened once, the first assessed, the others open."""
    code = series("BEY", "ARI-0001", TEST)
    with teller.scene("baseline-bey", "BEY", 4, 11) as s:
        base = baseline.of_values([_value(batch) for batch in FROM])
        s.do("qa", "freeze-baseline", "From the simulated runs of the transfer, until there are eight of patients",
             baseline=code, process="ARI-0001", test=TEST, batches=list(FROM), convention="nelson-1984",
             centre={"value": decimal_text(base.centre), "unit": "%"},
             sigma={"value": decimal_text(base.sigma), "unit": "%"},
             method=f"{base.method} {base.version}")  # fmt: skip
    with teller.scene("signals-bey", "BEY", 3, 9) as s:
        found = [] if s.told() else drifting.new_signals(Supposed(), ["BEY"])
        for signal in found:
            s.do("analyst", "raise-signal", **signal.as_action())
        s.at(2, 11)
        seen = next((signal.signal for signal in found if signal.pattern == "nelson-1"), "")
        s.do("qa", "assess-signal", signal=seen, cause="assignable-cause",
             finding="The batch supplied out of specification; its inquiry found a starting material of low quality "
             "(fictional)", measure="Lymphocyte count before collection is looked at by the trial board")  # fmt: skip


def _value(batch: str) -> str:
    return str(read.sheet(f"batch:{batch}").result(TEST).value.value)


def tokens(teller: Teller) -> None:
    """Twelve places at one dose level: five are handed to Beirut, four to Amman; Beirut has used one."""
    with teller.scene("cap", "BCN", 20) as s:
        s.do("coordinator", "set-cap", "As the protocol says (fictional)", cap=CAP, trial=TRIAL, level=LEVEL, most=12)
        for site, count in (("BEY", 5), ("AMM", 4)):
            s.do("coordinator", "issue-tokens", cap=CAP, allotment=f"{CAP}-{site}", to_site=site, count=count,
                 expires_on=s.day(-160))  # fmt: skip
    for site in ("BEY", "AMM"):
        with teller.scene(f"tokens-{site.lower()}", site, 18) as s:
            s.do("coordinator", "accept-tokens", allotment=f"{CAP}-{site}")
    with teller.scene("token-bey", "BEY", 12, 15) as s:
        s.do("coordinator", "spend-token", allotment=f"{CAP}-BEY", token=1, trial=TRIAL, level=LEVEL,
             journey="BEY-J-003")  # fmt: skip


def blocked(teller: Teller) -> None:
    """Amman stops an instrument; what rests on it is held up until it is repaired."""
    with teller.scene("blocked-amm", "AMM", 1, 16) as s:
        s.do("operator", "block-use", "The centrifuge does not lock; a technician comes on Monday (fictional)",
             what="equipment:AMM-P3")  # fmt: skip
