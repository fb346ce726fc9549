"""The mixed model: exact where theory is exact, statsmodels elsewhere, and honest about few data."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from milenari.science.computed import Unfit
from milenari.science.hierarchy import Made, site_differences

HERE = [40.1, 44.6, 36.0, 41.8, 38.7, 43.1]
THERE = [39.2, 44.9, 34.1, 40.3, 38.0, 42.6]


def paired() -> list[Made]:
    return [Made(v, site, f"D{at}") for site, values in (("BCN", HERE), ("ROM", THERE)) for at, v in enumerate(values)]


def simulated(seed: int, donors: int = 14, lots: int = 5) -> list[Made]:
    chance = np.random.default_rng(seed)
    donor, lot = chance.normal(0, 3, donors), chance.normal(0, 2, lots)
    return [
        Made(50 + shift + donor[d] + lot[v] + chance.normal(0, 1.5), site, f"D{d}", f"V{v}")
        for d in range(donors) for shift, site in ((0.0, "BCN"), (1.0, "ROM"), (-2.0, "BEY"))
        for v in [int(chance.integers(lots))]
    ]  # fmt: skip


def test_one_value_per_donor_and_site_is_the_paired_t_test() -> None:
    (found,) = site_differences(paired(), "BCN").differences
    theirs = stats.ttest_rel(THERE, HERE)
    interval = theirs.confidence_interval(0.95)
    assert (found.difference, found.df, found.p) == pytest.approx(
        (float(np.mean(THERE) - np.mean(HERE)), 5, theirs.pvalue), rel=1e-6)  # fmt: skip
    assert (found.ci_low, found.ci_high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_without_donor_or_lot_it_is_the_pooled_t_test() -> None:
    rows = [Made(v, "BCN") for v in HERE] + [Made(v, "ROM") for v in THERE[:4]]
    (found,) = site_differences(rows, "BCN").differences
    theirs = stats.ttest_ind(THERE[:4], HERE)
    assert (found.p, found.df) == pytest.approx((theirs.pvalue, 8), rel=1e-9)


def test_balanced_components_are_those_of_the_analysis_of_variance() -> None:
    made = site_differences(paired(), "BCN")
    donor, residual = made.components
    away = np.array(HERE) - np.array(THERE)
    assert residual.variance == pytest.approx(away.var(ddof=1) / 2, rel=1e-6)
    means = (np.array(HERE) + np.array(THERE)) / 2
    assert donor.variance == pytest.approx(means.var(ddof=1) - residual.variance / 2, rel=1e-6)
    assert sum(c.share for c in made.components) == pytest.approx(1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_crossed_donors_and_lots_agree_with_statsmodels(seed: int) -> None:
    rows = simulated(seed)
    made = site_differences(rows, "BCN")
    frame = pd.DataFrame([{"y": r.value, "site": r.site, "donor": r.donor, "lot": r.lot, "all": 1} for r in rows])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = smf.mixedlm("y ~ C(site, Treatment('BCN'))", frame, groups="all", re_formula="0",
                             vc_formula={"donor": "0 + C(donor)", "lot": "0 + C(lot)"}).fit(reml=True)  # fmt: skip
    # Their standard errors come from a numeric Hessian; here from generalised least squares with their components.
    v = theirs.scale * np.eye(len(rows))
    for column, variance in (("donor", theirs.vcomp[0]), ("lot", theirs.vcomp[1])):
        same = frame[column].to_numpy()
        v += variance * (same[:, None] == same[None, :])
    x = theirs.model.exog
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ np.linalg.solve(v, x))))
    names = list(theirs.model.exog_names)
    for one in made.differences:
        at = names.index(f"C(site, Treatment('BCN'))[T.{one.site}]")
        assert one.difference == pytest.approx(theirs.fe_params.iloc[at], abs=2e-3)
        assert one.se == pytest.approx(errors[at], rel=2e-3)
    by_name = dict(zip(theirs.model.exog_vc.names, theirs.vcomp, strict=True))
    for component in made.components[:-1]:
        assert component.variance == pytest.approx(by_name[component.name], rel=1e-2)
    assert made.components[-1].variance == pytest.approx(theirs.scale, rel=1e-2)
    assert made.log_likelihood >= theirs.llf - 1e-6


# Wretenberg, Arborelius & Lindberg, Ergonomics 1993;36(4), as `ergoStool` in Pinheiro & Bates, Mixed-Effects Models in
# S and S-PLUS, 2000, section 1.2: effort to rise from four stools (the "sites"), by nine people (the "donors").
STOOLS = {
    "T1": [12, 10, 7, 7, 8, 9, 8, 7, 9], "T2": [15, 14, 14, 11, 11, 11, 12, 11, 13],
    "T3": [12, 13, 13, 10, 8, 11, 12, 8, 10], "T4": [10, 12, 9, 9, 7, 10, 11, 7, 8],
}  # fmt: skip


def test_a_published_mixed_model_to_all_its_printed_digits() -> None:
    rows = [Made(v, stool, f"P{at}") for stool, values in STOOLS.items() for at, v in enumerate(values)]
    made = site_differences(rows, "T1")
    assert made.reference_mean == pytest.approx(8.555556, abs=5e-7)
    assert [d.difference for d in made.differences] == pytest.approx([3.888889, 2.222222, 0.666667], abs=5e-7)
    assert [d.se for d in made.differences] == pytest.approx([0.5186838] * 3, abs=5e-8)
    assert [d.df for d in made.differences] == pytest.approx([24] * 3, rel=1e-6)
    assert [c.sd for c in made.components] == pytest.approx([1.332465, 1.100295], abs=5e-7)
    assert -2 * made.log_likelihood == pytest.approx(121.1308, abs=5e-5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_effects_of_donors_and_lots_are_those_of_statsmodels(seed: int) -> None:
    rows = simulated(seed)
    made = site_differences(rows, "BCN")
    frame = pd.DataFrame([{"y": r.value, "site": r.site, "donor": r.donor, "lot": r.lot, "all": 1} for r in rows])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = smf.mixedlm("y ~ C(site, Treatment('BCN'))", frame, groups="all", re_formula="0",
                             vc_formula={"donor": "0 + C(donor)", "lot": "0 + C(lot)"}).fit(reml=True)  # fmt: skip
    predicted = next(iter(theirs.random_effects.values()))
    assert len(made.effects) == len(predicted) == 14 + len({r.lot for r in rows})
    for one in made.effects:
        assert one.effect == pytest.approx(predicted[f"{one.name}[C({one.name})[{one.level}]]"], abs=0.02)
        assert one.n == sum(getattr(r, one.name) == one.level for r in rows)


def test_effects_and_their_errors_solve_hendersons_equations() -> None:
    rows = simulated(4, donors=6, lots=3)
    made = site_differences(rows, "BCN")
    donor, lot, residual = (c.variance for c in made.components)
    sites = ["BCN", *(d.site for d in made.differences)]
    x = np.array([[1.0] + [float(r.site == s) for s in sites[1:]] for r in rows])
    z = np.array([[float(getattr(r, e.name) == e.level) for e in made.effects] for r in rows])
    g = np.diag([1 / (donor if e.name == "donor" else lot) for e in made.effects])
    both = np.hstack([x, z])
    left = both.T @ both / residual
    left[x.shape[1] :, x.shape[1] :] += g
    inverse = np.linalg.inv(left)
    solved = inverse @ both.T @ np.array([float(r.value) for r in rows]) / residual
    assert [e.effect for e in made.effects] == pytest.approx(list(solved[x.shape[1] :]), abs=1e-8)
    assert [e.se for e in made.effects] == pytest.approx(list(np.sqrt(np.diag(inverse))[x.shape[1] :]), rel=1e-8)


def test_the_interval_holds_as_often_as_it_says() -> None:
    chance, runs = np.random.default_rng(8), 80
    held = 0
    for _ in range(runs):
        donor = chance.normal(0, 2, 5)
        rows = [Made(donor[d] + shift + chance.normal(0, 1), site, f"D{d}") for d in range(5)
                for site, shift in (("BCN", 0.0), ("ROM", 0.7))]  # fmt: skip
        (one,) = site_differences(rows, "BCN", 0.8).differences
        held += one.ci_low <= 0.7 <= one.ci_high
    assert held / runs == pytest.approx(0.8, abs=0.14)


def test_unit_origin_and_order_change_nothing() -> None:
    rows = simulated(7, donors=8)
    made = site_differences(rows, "BCN")
    turned = [Made(1000 * float(r.value) - 77, r.site, r.donor, r.lot) for r in reversed(rows)]
    again = site_differences(turned, "BCN")
    for a, b in zip(made.differences, again.differences, strict=True):
        assert (b.difference, b.se, b.df) == pytest.approx((1000 * a.difference, 1000 * a.se, a.df), rel=1e-5)


def test_a_component_of_nothing_is_zero_and_not_an_error() -> None:
    rows = [
        Made(v + 0.001 * at, site, f"D{at % 3}")
        for at, (v, site) in enumerate(
            [(1, "BCN"), (2, "BCN"), (3, "BCN"), (3, "BCN"), (1, "BCN"), (2, "BCN"), (2, "ROM"), (3, "ROM"), (1, "ROM")]
        )
    ]
    made = site_differences(rows, "BCN")
    assert made.components[0].variance < 1e-6 and made.differences[0].se > 0


def test_few_data_are_said_to_be_few() -> None:
    made = site_differences([*paired(), Made(41.0, "AMM", "D0"), Made(40.0, "AMM", "D1")], "BCN")
    assert not made.enough and any("AMM" in why for why in made.lacking)
    assert site_differences(paired(), "BCN").enough


@pytest.mark.parametrize(
    ("code", "rows"),
    [("one-site", [Made(v, "BCN") for v in HERE]), ("one-site", [Made(v, "ROM") for v in HERE]),
     ("constant", [Made(1, "BCN"), Made(1, "ROM"), Made(1, "BCN"), Made(1, "ROM")]),
     ("level-missing", [*paired(), Made(40, "ROM")]), ("too-few", [Made(1, "BCN"), Made(2, "ROM"), Made(3, "BCN")]),
     ("not-a-number", [Made("nan", "BCN"), *paired()])],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(code: str, rows: list[Made]) -> None:
    with pytest.raises(Unfit) as refused:
        site_differences(rows, "BCN")
    assert refused.value.code == code
