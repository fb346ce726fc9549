"""Grades from raw counts: every cell of the published tables, day by day, and what is refused."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.followup import icans_grade
from milenari.science.computed import Unfit
from milenari.science.outcome import ctcae, haematotoxicity
from milenari.science.outcome.haematotoxicity import Kind, Reading

# Early ICAHT, Rejeski et al. 2023: from and to how many days in a row, threshold, grade.
RUNS_500 = ((0, 0, 0), (1, 6, 1), (7, 13, 2), (14, 31, 3))
RUNS_100 = ((0, 6, 0), (7, 13, 3), (14, 31, 4))


def between(table: tuple[tuple[int, int, int], ...], days: int) -> int:
    return next(grade for low, high, grade in table if low <= days <= high)


def early(values: list[int], **how: Any) -> haematotoxicity.Early:
    made = haematotoxicity.icaht(["P"] * len(values), range(len(values)), values, **how).patients[0].early
    assert made is not None
    return made


def test_every_length_of_early_neutropenia_has_the_grade_of_the_table() -> None:
    """All 496 pairs of runs that leave one day above, as daily counts on both sides of each threshold."""
    pairs = [(a, b) for a, b in itertools.product(range(31), repeat=2) if b <= a]
    for at_500, at_100 in pairs:
        values = [100] * at_100 + [101 if at_100 else 500] * (at_500 - at_100) + [501] * (31 - at_500)
        made = early(values)
        assert (made.days, made.unknown, made.never_above) == ({"500": at_500, "100": at_100}, 0, False)
        assert made.grade == max(between(RUNS_500, at_500), between(RUNS_100, at_100))
    assert len(pairs) == 496


def test_neutropenia_that_never_ends_is_grade_four() -> None:
    assert early([500] * 31).grade == 4 and early([500] * 30 + [501]).grade == 3
    short = haematotoxicity.icaht(["P"] * 3, [0, 6, 12], [300, 100, 40], ended={"P": 12}).patients[0].early
    assert short is not None and (short.grade, short.until, short.unknown) == (4, 12, 0)
    so_far = haematotoxicity.icaht(["P"] * 3, [0, 6, 12], [300, 200, 400]).patients[0].early
    assert so_far is not None and (so_far.grade, so_far.never_above, so_far.unknown) == (2, False, 18)


@pytest.mark.parametrize(("above", "joined"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_recovery_of_three_days_ends_a_run(above: int, joined: bool) -> None:
    made = early([400] * 5 + [600] * above + [400] * 5 + [900] * (21 - above))
    assert made.days["500"] == (10 + above if joined else 5)


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 1200), min_size=1, max_size=14), st.integers(0, 9))
@settings(max_examples=80, deadline=None)
def test_days_between_counts_lie_on_a_straight_line_or_are_unknown(counts: dict[int, int], gap: int) -> None:
    how = Reading(gap=gap, carried=0)
    made = haematotoxicity.filled({d: Decimal(v) for d, v in counts.items()}, 30, how)
    for day in range(31):
        before, after = ([d for d in counts if d <= day], [d for d in counts if d >= day])
        if day in counts:
            assert made[day] == counts[day]
        elif before and after and min(after) - max(before) <= gap:
            a, b = max(before), min(after)
            assert made[day] * (b - a) == counts[a] * (b - day) + counts[b] * (day - a)
            assert isinstance(made[day], Fraction)
        else:
            assert day not in made


@given(st.lists(st.integers(0, 900), min_size=31, max_size=31), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_a_lower_count_never_lowers_a_grade(values: list[int], day: int) -> None:
    lower = [*values[:day], values[day] // 2, *values[day + 1 :]]
    assert early(lower).grade >= early(values).grade


@pytest.mark.parametrize(("threshold", "grade"), [(1500, 1), (1000, 2), (500, 3), (100, 4)])
def test_late_neutropenia_needs_several_values(threshold: int, grade: int) -> None:
    def late(values: list[int], **how: Any) -> int | None:
        days = range(31, 31 + len(values))
        return haematotoxicity.icaht(["P"] * len(values), days, values, **how).patients[0].late.grade

    assert late([threshold, threshold, 4000]) == grade
    assert late([threshold + 1, threshold + 1, 4000]) == grade - 1
    assert late([threshold, 4000, 4000]) == 0  # one value alone is transient
    assert late([threshold]) is None and late([threshold], reading=Reading(several=1)) == grade


def test_the_lowest_value_of_a_day_counts_and_windows_end() -> None:
    made = haematotoxicity.icaht(list("PPPPP"), [30, 30, 31, 101, 101], [700, 90, 2000, 50, 40]).patients[0]
    assert made.early is not None and made.early.days["100"] == 1 and made.late.samples == 1


def test_every_sum_of_early_thrombocytopenia_has_the_grade_of_the_table() -> None:
    """T-ICAHT: cumulative days below 50 and below 20 (10*9/L), all 528 pairs."""
    fifty, twenty = ((0, 0, 0), (1, 6, 1), (7, 31, 2)), ((0, 0, 0), (1, 13, 3), (14, 31, 4))
    pairs = [(a, b) for a, b in itertools.product(range(32), repeat=2) if b <= a]
    for below_50, below_20 in pairs:
        values = [19] * below_20 + [20 if below_20 else 49] * (below_50 - below_20) + [50] * (31 - below_50)
        made = early(values, kind=Kind.PLATELETS)
        assert made.grade == max(between(fifty, below_50), between(twenty, below_20))
    assert len(pairs) == 528


def test_late_thrombocytopenia() -> None:
    def late(days: list[int], values: list[int]) -> int | None:
        return haematotoxicity.icaht(["P"] * len(days), days, values, Kind.PLATELETS).patients[0].late.grade

    assert [late([40, 50], [v, v]) for v in (100, 99, 50, 49, 20, 19)] == [0, 1, 1, 2, 2, 3]
    assert late([40, 47, 53], [19, 15, 19]) == 4 and late([40, 46, 52], [19, 15, 19]) == 3
    assert late([40], [5]) is None


def test_every_cell_of_the_icans_table() -> None:
    """Lee et al. 2019: the grade is that of the most severe item; ICE for older, CAPD for younger patients."""
    ice = {10: 0, **dict.fromkeys((7, 8, 9), 1), **dict.fromkeys((3, 4, 5, 6), 2), **dict.fromkeys((0, 1, 2), 3)}
    conscious = {"spontaneous": 0, "voice": 2, "tactile": 3, "unarousable": 4}
    seizure, motor = {"none": 0, "resolving": 3, "prolonged": 4}, {"none": 0, "deep-focal-weakness": 4}
    oedema = {"none": 0, "focal": 3, "diffuse": 4}
    items = list(itertools.product(conscious, seizure, motor, oedema))
    for c, s, m, o in items:
        signs = max(conscious[c], seizure[s], motor[m], oedema[o])
        for score, grade in ice.items():
            assert icans_grade(score, False, c, s, m, o) == max(signs, grade)
        for score, impaired in itertools.product(range(33), (False, True)):
            want = 3 if score >= 9 else 1 if impaired else 0
            assert icans_grade(score, True, c, s, m, o, impaired) == max(signs, want)
    assert len(items) == 72


# CTCAE v5.0, each grade with its first and last value and a lower limit of the laboratory above them all.
CTCAE = {
    "neutrophils": ("2.0", [("2.0", 0), ("1.99", 1), ("1.5", 1), ("1.49", 2), ("1.0", 2), ("0.99", 3), ("0.5", 3),
                            ("0.49", 4), ("0", 4)]),
    "platelets": ("150", [("150", 0), ("149", 1), ("75", 1), ("74.9", 2), ("50", 2), ("49.9", 3), ("25", 3),
                          ("24.9", 4)]),
    "leukocytes": ("4", [("4", 0), ("3.9", 1), ("3", 1), ("2.9", 2), ("2", 2), ("1.9", 3), ("1", 3), ("0.9", 4)]),
    "lymphocytes": ("1", [("1", 0), ("0.9", 1), ("0.8", 1), ("0.79", 2), ("0.5", 2), ("0.49", 3), ("0.2", 3),
                          ("0.19", 4)]),
    "haemoglobin": ("12", [("12", 0), ("11.9", 1), ("10", 1), ("9.9", 2), ("8", 2), ("7.9", 3), ("3", 3)]),
}  # fmt: skip


@pytest.mark.parametrize(("analyte", "limit", "value", "grade"),
                         [(a, low, v, g) for a, (low, cells) in CTCAE.items() for v, g in cells])  # fmt: skip
def test_every_limit_of_ctcae_belongs_to_its_grade(analyte: str, limit: str, value: str, grade: int) -> None:
    made = ctcae.ctcae(analyte, value, ctcae.LIMITS[analyte][0], limit)
    assert (made.grade, made.within_own_limits) == (grade, False)


# CTCAE v6.0: neutrophils by fixed limits alone, platelets grade four below ten.
CTCAE_6 = {
    "neutrophils": ("2.0", [("2.0", 0), ("1.5", 0), ("1.49", 1), ("1.0", 1), ("0.99", 2), ("0.5", 2), ("0.49", 3),
                            ("0.1", 3), ("0.09", 4), ("0", 4)]),
    "platelets": ("150", [("150", 0), ("149", 1), ("75", 1), ("74.9", 2), ("50", 2), ("49.9", 3), ("10", 3),
                          ("9.9", 4)]),
    "leukocytes": CTCAE["leukocytes"], "haemoglobin": CTCAE["haemoglobin"],
}  # fmt: skip


@pytest.mark.parametrize(("analyte", "limit", "value", "grade"),
                         [(a, low, v, g) for a, (low, cells) in CTCAE_6.items() for v, g in cells])  # fmt: skip
def test_every_limit_of_the_sixth_edition_belongs_to_its_grade(analyte: str, limit: str, value: str, grade: int):
    made = ctcae.ctcae(analyte, value, ctcae.LIMITS_6[analyte][0], limit, edition="6.0")
    assert (made.grade, made.within_own_limits, made.edition) == (grade, False, "6.0")


def test_by_the_sixth_edition_neutrophils_are_graded_whatever_the_laboratorys_limit_is() -> None:
    for limit in ("1.1", "1.8", "2.5"):
        assert ctcae.ctcae("neutrophils", "1.2", "10*9/L", limit, "6.0").grade == 1
        assert ctcae.ctcae("neutrophils", "1.5", "10*9/L", limit, "6.0").grade == 0


def test_a_value_within_the_laboratorys_own_limits_is_no_toxicity_and_said_to_be_so() -> None:
    made = ctcae.ctcae("neutrophils", "1.2", "10*9/L", "1.1")
    assert (made.grade, made.within_own_limits) == (0, True)
    assert ctcae.ctcae("neutrophils", "1.0", "10*9/L", "1.1").grade == 2


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("lengths-differ", lambda: haematotoxicity.icaht(["P"], [1, 2], [3])),
        ("too-few", lambda: haematotoxicity.icaht([], [], [])),
        ("not-a-count", lambda: haematotoxicity.icaht(["P"], ["1.5"], [3])),
        ("not-positive", lambda: haematotoxicity.icaht(["P"], [1], [-3])),
        ("not-a-number", lambda: haematotoxicity.icaht(["P"], [1], ["few"])),
        ("not-a-count", lambda: Reading(recovery=0)),
        ("edition-missing", lambda: ctcae.ctcae("neutrophils", 1, "10*9/L", 2, edition="4.0")),
        ("analyte-unknown", lambda: ctcae.ctcae("sodium", 1, "mmol/L", 2)),
        ("analyte-unknown", lambda: ctcae.ctcae("lymphocytes", 1, "10*9/L", 2, edition="6.0")),
        ("unit-differs", lambda: ctcae.ctcae("neutrophils", 1200, "/uL", 2)),
        ("not-positive", lambda: ctcae.ctcae("neutrophils", -1, "10*9/L", 2)),
        ("not-positive", lambda: ctcae.ctcae("neutrophils", 1, "10*9/L", 0)),
    ],
)
def test_what_cannot_be_graded_is_refused(code: str, asked: Any) -> None:
    with pytest.raises(Unfit) as refused:
        asked()
    assert refused.value.code == code and refused.value.sentence.endswith(".")
