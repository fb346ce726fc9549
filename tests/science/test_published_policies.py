"""The published policy table: its rows fifo and survival index, within two standard errors."""

from __future__ import annotations

import csv
import math
import statistics

import pytest

from milenari.science.planning import ishipment
from tests.science.planning_cases import PUBLISHED, needs_published
from tests.science.policy_run import Patient, Rule, fifo, frozen, index, run
from tests.science.survival_cohort import named

SEEDS = 30


@pytest.fixture(scope="module")
def network() -> tuple[ishipment.Instance, list[Patient]]:
    text = (PUBLISHED / "ishipment" / "Data200_profileA.dat").read_text()
    given = ishipment.instance(text, "200A")
    return given, frozen(given, named(text, 4))


def published(policy: str) -> list[float]:
    lines = [line for line in (PUBLISHED / "plan_mpc_policies.csv").read_text().splitlines() if line[:1] != "#"]
    row = next(r for r in csv.DictReader(lines) if r["experiment"] == "D" and r["policy"] == policy)
    return [float(row[name]) for name in ("high_risk_lost", "non_high_lost", "all_lost", "clinical_loss")]


@needs_published
@pytest.mark.parametrize(("policy", "rule"), [("fifo", fifo), ("survival_index", index)])
def test_the_published_rows_are_met_within_two_standard_errors(
    network: tuple[ishipment.Instance, list[Patient]], policy: str, rule: Rule
) -> None:
    """And the rows are told apart: the high-risk losses of one are not within two errors of the other's."""
    given, patients = network
    assert {p.facility for p in patients} == {"m1", "m3"}
    columns = list(zip(*(run(given, patients, seed, rule) for seed in range(SEEDS)), strict=True))
    other = published("fifo" if policy == "survival_index" else "survival_index")
    for at, (ours, theirs) in enumerate(zip(columns, published(policy), strict=True)):
        error = statistics.stdev(ours) / math.sqrt(SEEDS)
        assert abs(statistics.mean(ours) - theirs) < 2 * error
        assert at != 0 or abs(statistics.mean(ours) - other[at]) > 2 * error
