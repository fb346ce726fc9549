"""Comparability told: protocols first, paired runs of split donations, a failed criterion, and too few data.

Barcelona makes one half of every donation, Beirut and Amman the others; the same Barcelona run stands in both studies.
Amman's first study fails one criterion and is investigated and repeated; Beirut's first ends with not enough data to
conclude, more runs follow. What is concluded comes from the record: figures are read back from the batches, computed
(registers/comparing) and judged by the rule; nothing here states an outcome. All figures are simulated (story_runs).
"""

from __future__ import annotations

from milenari.demo import story_runs
from milenari.demo.story_batch import HARVEST_DAY
from milenari.demo.story_runs import Run
from milenari.demo.teller import Teller
from milenari.journal import read
from milenari.journal.ask import Supposed
from milenari.registers import comparing
from milenari.rules.comparability import Study
from milenari.rules.digest import digest_of
from milenari.words import Facts

PRODUCT = "ARI-0001"
HALF = "Half of the distance from the published mean to the release limit of 20 % (demonstration)"
ATTRIBUTES: list[Facts] = [
    {"test": "car_pos_pct", "criterion": "tost", "scale": "difference", "low": "-8", "high": "8", "unit": "%",
     "alpha": "0.05", "rationale": HALF},
    {"test": "cd3_pct", "criterion": "tost", "scale": "difference", "low": "-5", "high": "5", "unit": "%",
     "alpha": "0.05", "rationale": "A fifth of the distance to the limit (demonstration)"},
    {"test": "viability_pct", "criterion": "tost", "scale": "difference", "low": "-5", "high": "5", "unit": "%",
     "alpha": "0.05", "rationale": "A fifth of the distance to the limit (demonstration)"},
    {"test": "vcn", "criterion": "tost", "scale": "ratio", "low": "0.7", "high": "1.43", "unit": "{copies}/{cell}",
     "alpha": "0.05", "rationale": "Scatter of the assay between laboratories, assumed (demonstration)"},
    {"test": "potency_b", "criterion": "report", "unit": "%"},
]  # fmt: skip
FIRST, SECOND = ("D1", "D2", "D3"), ("D4", "D5", "D6", "D7")
STARTS = {"D1": 100, "D2": 91, "D3": 82, "D4": 54, "D5": 45, "D6": 36, "D7": 27}
# Amman read the stain with its own gate; Beirut stained with a reagent that had been thawed before.
AMMAN_GATE = {"car_pos_pct": -11.0}
BEIRUT_STAIN = {"car_pos_pct": 6.5}


def protocol(pairs: int) -> Facts:
    """What both sites sign before any result is seen."""
    return {
        "design": "paired", "condition": "One apheresis split between the sites, one vector lot, recipe version 2",
        "attributes": ATTRIBUTES, "least": {"reference": pairs, "candidate": pairs},
    }  # fmt: skip


def tell(teller: Teller, containers: dict[str, list[str]]) -> None:
    """Two studies of each site; ``containers`` are the vector containers that each site has for them."""
    first = {"C-AMM-1": "AMM", "C-BEY-1": "BEY"}
    for study, site in first.items():
        lock(teller, study, site, 3, 103)
    runs = _runs(teller, FIRST, containers, first, {"AMM": {"shift": AMMAN_GATE}, "BEY": {"scatter": BEIRUT_STAIN}})
    _conclude(teller, runs, first, 59)
    _investigate(
        teller,
        "C-AMM-1",
        "CAR-positive cells read with another gate than Barcelona's; vector copies per cell agree",
        "Barcelona's stain and gate template taken over; the analyst read thirty stored files with it (simulated)",
    )
    _investigate(
        teller,
        "C-BEY-1",
        "Scatter of the CAR stain: reagent thawed twice after a power cut; too wide for three pairs",
        "Reagent in single portions, freezer on the emergency line; four pairs instead of three (simulated)",
    )
    second = {"C-AMM-2": "AMM", "C-BEY-2": "BEY"}
    for study, site in second.items():
        lock(teller, study, site, 4 if site == "BEY" else 3, 57, repeats=study.replace("-2", "-1"))
    _conclude(teller, _runs(teller, SECOND, containers, second, {}), second, 4)


def lock(teller: Teller, study: str, candidate: str, pairs: int, days_ago: int, repeats: str = "") -> None:
    """Drafted at the control site, signed by the candidate, locked by a second person."""
    told = protocol(pairs)
    with teller.scene(f"draft-{study.lower()}", "BCN", days_ago) as s:
        s.do("qa", "draft-comparability", study=study, product=PRODUCT, reference="BCN", candidate=candidate,
             protocol=told, repeats=repeats)  # fmt: skip
    with teller.scene(f"sign-{study.lower()}", candidate, days_ago, 14) as s:
        s.do("qa", "consent-protocol", consent=f"{study}/{candidate}", study=study, digest=digest_of(told))
    # In the evening: the candidate may be a date ahead of Barcelona when the story is told.
    with teller.scene(f"lock-{study.lower()}", "BCN", days_ago - 1, 18) as s:
        s.do("qa2", "lock-comparability", study=study)


def _runs(
    teller: Teller, donations: tuple[str, ...], containers: dict[str, list[str]], studies: dict[str, str],
    differently: dict[str, dict[str, dict[str, float]]],
) -> list[Run]:  # fmt: skip
    """Every donation made at the sites that still have vector for it, and enrolled before anything is tested."""
    found: list[Run] = []
    for donation in donations:
        made = []
        for site in ("BCN", "BEY", "AMM"):
            if containers[site]:
                changed = differently.get(site, {})
                made.append(Run(
                    f"{site}-K-{donation}", site, STARTS[donation], containers[site].pop(0), f"DON-{donation}",
                    shift=changed.get("shift", {}), scatter=changed.get("scatter", {}),
                ))  # fmt: skip
                story_runs.make(teller, made[-1])
        here = {run.site: run.batch for run in made}
        with teller.scene(f"enrol-{donation.lower()}", "BCN", STARTS[donation] - HARVEST_DAY, 18) as s:
            for study, site in studies.items():
                for batch in (here["BCN"], here[site]) if site in here else ():
                    s.do("qa", "enrol-comparability-run", study=study, batch=batch)
        found += made
    return found


def _conclude(teller: Teller, runs: list[Run], studies: dict[str, str], days_ago: int) -> None:
    """The runs are tested and concluded; then each study is computed from the record, reported, and concluded."""
    for run in runs:
        story_runs.conclude(teller, run)
    for study in studies:
        with teller.scene(f"report-{study.lower()}", "BCN", days_ago) as s:
            told = {"study": study} if s.told() else _computed(study)
            s.do("qa", "report-comparability", **told)
            s.do("qa2", "conclude-comparability", study=study)


def _computed(code: str) -> Facts:
    """The study as the pages compute it: from the sheets of its batches, at the moment of the report."""
    study: Study = read.sheet(f"comparability:{code}")
    return comparing.as_report(comparing.comparison(study, Supposed()))


def _investigate(teller: Teller, study: str, cause: str, corrected: str) -> None:
    with teller.scene(f"inquiry-{study.lower()}", "BCN", 58) as s:
        s.do("qa", "investigate-comparability", study=study, root_cause=cause, corrected=corrected)
