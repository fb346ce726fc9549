"""Shelf life by ICH Q1E: the analyses published by LeBlond et al. (2011), JMP's value, and an independent fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from milenari.science.computed import Unfit
from milenari.science.stability import CAPS, Cap, Direction, Model, Reading, ShelfLife, Verdict, shelf_life

# LeBlond, Griffith & Aubuchon, J Valid Technol 2011;17(3):47-68, tables IV, VI, VIII: percent of label claim
POTENCY = {
    "b2": "0:101.0 1:101.3 3:99.8 3:99.2 6:99.5 6:97.8 12:97.4 12:97.2 24:96.9 24:96.0",
    "b3": "0:104.8 3:103.0 3:101.2 6:100.8 6:99.2 12:98.6 12:97.2 24:97.6 24:98.0",
    "b4": "0:104.0 3:103.2 6:102.8 6:103.3 12:102.4 12:101.2 24:99.1 24:99.5",
    "b5": "0:102.0 1:101.4 2:100.8 3:100.2 3:99.7 6:98.8 6:98.5 12:98.0 12:97.1 24:96.6 24:96.1",
    "b7": "0:101.3 1:101.5 3:100.2 3:99.8 6:99.0 6:98.5 12:98.5 12:97.4 24:96.6 24:96.4",
    "b8": "0:101.6 3:100.0 6:99.0 12:97.8 12:97.0",
}

DOWN = Direction.DECREASING


def rows(*batches: str, turn=lambda v: v) -> list[Reading]:
    cells = [(b, *map(float, cell.split(":"))) for b in batches for cell in POTENCY[b].split()]
    return [Reading(b, month, turn(value)) for b, month, value in cells]


def of(*batches: str, pooled: bool = False, cap: Cap = CAPS["room"]) -> ShelfLife:
    return shelf_life(rows(*batches), DOWN, 95, pooled_error=pooled, cap=cap)


def test_common_line_as_published() -> None:
    made = of("b2", "b5", "b7")
    assert made.model is Model.CICS
    assert (made.intercepts.f, made.slopes.f) == pytest.approx((0.435993484727, 0.228684731019), rel=1e-11)
    line = made.batches[0]
    assert (line.intercept, line.slope) == pytest.approx((100.566878981, -0.192993630573), rel=1e-11)
    assert made.crossing == pytest.approx(25.9957631369, rel=1e-8)  # the reference searches; here it is a closed form
    assert (made.verdict, made.months, made.capped) == (Verdict.SHELF_LIFE, 25, False)


def test_common_slope_as_published() -> None:
    made = of("b3", "b4", "b5")
    assert made.model is Model.DICS and made.worst == "b5"
    assert (made.intercepts.f, made.slopes.f) == pytest.approx((21.7380213596, 0.183108926252), rel=1e-11)
    assert [b.intercept for b in made.batches] == pytest.approx(
        [102.175653109, 104.255189423, 100.820021871], rel=1e-11
    )
    assert made.batches[0].slope == pytest.approx(-0.213120866465, rel=1e-11)
    assert made.crossing == pytest.approx(23.3972651235, rel=1e-7)


def test_different_slopes_as_published_and_the_error_decides() -> None:
    made = of("b4", "b5", "b8")
    assert made.model is Model.DIDS and made.worst == "b8"
    assert (made.intercepts.f, made.slopes.f) == pytest.approx((72.1242158003, 1.95541944320), rel=1e-11)
    assert [b.intercept for b in made.batches] == pytest.approx([104.070645793, 100.781872268, 101.259375], rel=1e-11)
    assert [b.slope for b in made.batches] == pytest.approx(
        [-0.196151337247, -0.208608547839, -0.330208333333], rel=1e-11
    )
    assert made.crossing == pytest.approx(15.844877978, abs=1e-9)  # JMP 12.0.1, each batch's own error
    pooled = of("b4", "b5", "b8", pooled=True)
    assert pooled.crossing == pytest.approx(15.61, abs=0.005)  # LeBlond, tables IX and XII: pooled error
    assert made.crossings["dids-pooled"] == pooled.crossing


def test_an_impurity_that_rises_as_published() -> None:
    """Table XII: related substances, which are 0.03 (105 - potency) of the same batches; limit 0.3."""
    readings = rows("b4", "b5", "b8", turn=lambda v: 0.03 * (105 - v))
    made = shelf_life(readings, Direction.INCREASING, upper=0.3, pooled_error=True, cap=CAPS["room"])
    assert [b.intercept for b in made.batches] == pytest.approx([0.027880626223, 0.126543831957, 0.11221875], rel=1e-9)
    assert [b.slope for b in made.batches] == pytest.approx([0.005884540117, 0.006258256435, 0.00990625], rel=1e-9)
    assert made.crossing == pytest.approx(15.61, abs=0.005)


def test_either_direction_takes_a_two_sided_limit() -> None:
    one = of("b2", "b5", "b7")
    both = shelf_life(rows("b2", "b5", "b7"), Direction.EITHER, 95, 110, pooled_error=False, cap=CAPS["room"])
    assert both.crossing < one.crossing


@pytest.mark.parametrize("batches", [("b2", "b5", "b7"), ("b3", "b4", "b5"), ("b4", "b5", "b8")])
def test_an_independent_fit_gives_the_same(batches: tuple[str, ...]) -> None:
    """statsmodels for the models and F tests, a root search for the crossing."""
    made, data = of(*batches, pooled=True), rows(*batches)
    y, t = np.array([r.value for r in data]), np.array([r.month for r in data])
    own = np.array([[float(r.batch == b) for b in batches] for r in data])
    designs = {"dids": np.hstack([own, own * t[:, None]]), "dics": np.hstack([own, t[:, None]]),
               "cics": np.column_stack([np.ones(len(t)), t])}  # fmt: skip
    fits = {name: sm.OLS(y, x).fit() for name, x in designs.items()}
    error = fits["dids"].mse_resid
    told = [(fits["dics"].ssr - fits["dids"].ssr) / (len(batches) - 1) / error,
            (fits["cics"].ssr - fits["dics"].ssr) / (len(batches) - 1) / error]  # fmt: skip
    assert (made.slopes.f, made.intercepts.f) == pytest.approx(told, rel=1e-8)
    for name, fit in fits.items():
        size, width = len(batches), designs[name].shape[1]
        times = []
        for at in range(size):

            def row(
                month: float, at: int = at, name: str = name, width: int = width, n: int = len(batches)
            ) -> np.ndarray:
                x = np.zeros(width)
                if name == "cics":
                    x[:] = (1, month)
                else:
                    x[at] = 1
                    x[n + at if name == "dids" else n] = month
                return x

            def room(month: float, fit=fit, row=row) -> float:
                x = row(month)
                reach = stats.t.ppf(0.95, fit.df_resid) * math.sqrt(x @ fit.cov_params() @ x)
                return float(x @ fit.params - reach - 95)

            times.append(optimize.brentq(room, 0, 400, xtol=1e-12))
        key = "dids-pooled" if name == "dids" else name
        assert made.crossings[key] == pytest.approx(min(times), rel=1e-8)


def test_the_cap_holds_a_shelf_life_back() -> None:
    assert (of("b2", "b5", "b7", cap=CAPS["none"]).months, of("b2", "b5", "b7", cap=CAPS["none"]).capped) == (24, True)
    early = [r for r in rows("b2", "b5", "b7") if r.month <= 6]
    made = shelf_life(early, DOWN, 80, pooled_error=False, cap=CAPS["room"])
    assert (made.months, made.capped) == (12, True)
    assert shelf_life(early, DOWN, 80, pooled_error=False, cap=Cap(10, 3)).months == 9


def test_two_batches_or_two_months_are_insufficient_and_say_why() -> None:
    made = of("b2", "b5")
    assert (made.verdict, made.months) == (Verdict.INSUFFICIENT, None) and "2 batches" in made.lacking[0]
    assert len(made.batches) == 2 and made.batches[0].own_slope < 0  # estimates are given all the same
    short = [*rows("b2", "b5"), Reading("b9", 0, 101.1), Reading("b9", 6, 99.0), Reading("b9", 6, 99.4)]
    assert "b9" in shelf_life(short, DOWN, 95, pooled_error=True, cap=CAPS["none"]).lacking[0]


def test_a_product_beyond_its_limit_at_the_start_has_no_shelf_life() -> None:
    made = shelf_life(rows("b2", "b5", "b7"), DOWN, 100.9, pooled_error=True, cap=CAPS["room"])
    assert (made.verdict, made.months, made.crossing) == (Verdict.FAILS_AT_START, None, 0.0)


def test_a_product_that_gets_no_worse_never_meets_its_limit() -> None:
    flat = [Reading(b, m, 100 + 0.1 * ((m + k) % 2)) for k, b in enumerate("abc") for m in range(0, 25, 3)]
    better = [Reading(r.batch, r.month, float(r.value) + 0.5 * float(r.month)) for r in flat]
    made = shelf_life(better, DOWN, 95, pooled_error=True, cap=CAPS["room"])
    assert math.isinf(made.crossing) and made.months == 36 and made.to_json()["crossing"] == "inf"


@given(st.permutations(rows("b4", "b5", "b8")), st.floats(0.01, 1000), st.floats(-100, 100))
@settings(max_examples=25, deadline=None)
def test_order_unit_and_origin_change_nothing(mixed: list[Reading], scale: float, shift: float) -> None:
    made = of("b4", "b5", "b8")
    turned = [Reading(r.batch, r.month, scale * float(r.value) + shift) for r in mixed]
    again = shelf_life(turned, DOWN, scale * 95 + shift, pooled_error=False, cap=CAPS["room"])
    assert again.crossing == pytest.approx(made.crossing, rel=1e-6)
    assert (again.model, again.worst, again.months) == (made.model, made.worst, made.months)


@given(st.floats(0.6, 0.9), st.floats(0.91, 0.999))
@settings(max_examples=20, deadline=None)
def test_more_confidence_never_means_a_longer_life(less: float, more: float) -> None:
    crossings = [shelf_life(rows("b3", "b4", "b5"), DOWN, 95, pooled_error=True, cap=CAPS["room"],
                            confidence=level).crossing for level in (less, more)]  # fmt: skip
    assert crossings[1] < crossings[0]


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("one-batch", lambda: of("b2")),
        ("one-month", lambda: shelf_life([*rows("b2"), Reading("b9", 3, 99.0)], DOWN, 95,
                                         pooled_error=True, cap=CAPS["none"])),
        ("constant", lambda: shelf_life([Reading(b, m, 100) for b in "abc" for m in (0, 3, 6)], DOWN, 95,
                                        pooled_error=True, cap=CAPS["none"])),
        ("constant", lambda: shelf_life([Reading(b, m, 100 - m) for b in "abc" for m in (0, 3, 6)], DOWN,
                                        95, pooled_error=True, cap=CAPS["none"])),
        ("limit-missing", lambda: shelf_life(rows("b2", "b5"), DOWN, upper=95, pooled_error=True,
                                             cap=CAPS["none"])),
        ("month-negative", lambda: shelf_life([Reading("a", -1, 5)], DOWN, 95, pooled_error=True,
                                              cap=CAPS["none"])),
        ("not-a-number", lambda: shelf_life([Reading("a", "", 5)], DOWN, 95, pooled_error=True,
                                            cap=CAPS["none"])),
        ("cap-unfit", lambda: Cap(0.5, 3)),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused(code: str, act) -> None:
    with pytest.raises(Unfit) as refused:
        act()
    assert refused.value.code == code
