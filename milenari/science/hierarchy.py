"""Differences between sites where donors and vector lots also vary: a linear mixed model by restricted likelihood.

Model: value = site (fixed, against a reference site) + donor (random) + vector lot (random) + residual. Estimated by
REML (Patterson and Thompson 1971, doi:10.1093/biomet/58.3.545), maximised over the ratios of each component to the
residual, which may be zero; intervals with Satterthwaite's degrees of freedom from the expected information
(Satterthwaite 1946, doi:10.2307/3002019; Giesbrecht and Burns 1985, doi:10.2307/2530872), because with a handful of
donors an interval from the normal distribution is too short. Donors shared between sites make the comparison paired;
for one value per donor and site it is the paired t test, exactly. What each donor and lot adds is predicted (BLUP, with
the deviation of the error of prediction; Henderson 1975, doi:10.2307/2529430), given the estimated components.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milenari.science.computed import Computed, Real, Unfit, sample, share

VERSION = "1"
REFERENCE = "Patterson & Thompson 1971, doi:10.1093/biomet/58.3.545; Satterthwaite 1946, doi:10.2307/3002019"
MOST = 2000  # rows: the matrices are dense
FEWEST_VALUES, FEWEST_LEVELS = 3, 3  # per site; per random factor before its component means something
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Made:
    """One measured value: where it was made, from whose cells, with which vector lot (empty where not recorded)."""

    value: Real
    site: str
    donor: str = ""
    lot: str = ""


@dataclass(frozen=True)
class SiteDifference:
    """A site minus the reference site, with its interval."""

    site: str
    n: int
    difference: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p: float


@dataclass(frozen=True)
class Component:
    """A variance, its share of the sum, and how many levels it rests on."""

    name: str
    variance: float
    sd: float
    share: float
    levels: int


@dataclass(frozen=True)
class Effect:
    """What one donor or one lot adds to its values, predicted, with the deviation of the error of prediction."""

    name: str
    level: str
    n: int
    effect: float
    se: float


@dataclass(frozen=True)
class Hierarchy(Computed):
    """``enough`` is false where ``lacking`` says why no conclusion should rest on the intervals.

    ``left_out`` says of each factor that is not in the model why not: ``not-recorded``; ``one-level``, which cannot be
    told from the mean; ``own-level``, which cannot be told from the residual."""

    n: int
    reference_site: str
    reference_mean: float
    confidence: float
    differences: tuple[SiteDifference, ...]
    components: tuple[Component, ...]
    effects: tuple[Effect, ...]
    log_likelihood: float
    enough: bool
    lacking: tuple[str, ...]
    left_out: dict[str, str]


def site_differences(rows: Iterable[Made], reference_site: str, confidence: float = 0.95) -> Hierarchy:
    """Fit the model and compare every site with ``reference_site``. Raises Unfit; too few data is an answer."""
    taken = list(rows)
    share(confidence, "The confidence")
    if len(taken) > MOST:
        raise Unfit("too-many", f"{len(taken)} rows; the model takes at most {MOST}. Use a period or one attribute.")
    y = sample((row.value for row in taken), "value", 4)
    sites = [reference_site, *sorted({row.site for row in taken} - {reference_site})]
    if len(sites) < 2 or not any(row.site == reference_site for row in taken):
        raise Unfit("one-site", f"Values of {reference_site} and of at least one other site are needed; the sites "
                    f"given are {', '.join(sorted({row.site for row in taken})) or 'none'}.")  # fmt: skip
    x = np.array([[1.0] + [float(row.site == other) for other in sites[1:]] for row in taken])
    factors: list[tuple[str, list[str], Matrix]] = []
    left_out: dict[str, str] = {}
    for name in ("donor", "lot"):
        given = [getattr(row, name) for row in taken]
        if not any(given):
            left_out[name] = "not-recorded"
            continue
        if not all(given):
            at = next(k for k, level in enumerate(given) if not level)
            raise Unfit("level-missing", f"Row {at + 1} has no {name} though others have one. Fill it in, or leave "
                        f"the {name} out everywhere.", row=at + 1, what=name)  # fmt: skip
        levels = sorted(set(given))
        if len(levels) in (1, len(taken)):
            left_out[name] = "one-level" if len(levels) == 1 else "own-level"
        else:
            factors.append((name, levels, np.array([[float(level == g) for level in levels] for g in given])))
    if len(y) - x.shape[1] < 2:
        raise Unfit("too-few", f"{len(y)} values for {len(sites)} sites leave nothing to estimate variation from.")
    return _answer(taken, y, x, sites, factors, left_out, confidence)


def _answer(taken: Sequence[Made], y: Matrix, x: Matrix, sites: list[str],
            factors: list[tuple[str, list[str], Matrix]], left_out: dict[str, str],
            confidence: float) -> Hierarchy:  # fmt: skip
    from scipy import stats

    centre, unit = float(y.mean()), float(y.std())
    model = _Fit((y - centre) / unit, x, [z @ z.T for _, _, z in factors])
    variances = model.variances * unit * unit
    whole = float(variances.sum())
    names = [*(name for name, _, _ in factors), "residual"]
    sizes = [*(len(levels) for _, levels, _ in factors), len(y)]
    components = tuple(
        Component(name, float(v), math.sqrt(float(v)), float(v) / whole if whole else 0.0, size)
        for name, v, size in zip(names, variances, sizes, strict=True)
    )
    compared = []
    for at, site in enumerate(sites[1:], 1):
        c = np.zeros(len(sites))
        c[at] = 1.0
        estimate, se, df = float(c @ model.beta) * unit, model.error(c) * unit, model.freedom(c)
        reach = float(stats.t.ppf((1 + confidence) / 2, df)) * se
        compared.append(SiteDifference(
            site, sum(row.site == site for row in taken), estimate, se, df, estimate - reach, estimate + reach,
            float(2 * stats.t.sf(abs(estimate) / se, df)),
        ))  # fmt: skip
    lacking = [f"{site}: fewer than {FEWEST_VALUES} values" for site in sites
               if sum(row.site == site for row in taken) < FEWEST_VALUES]  # fmt: skip
    lacking += [f"{name}: fewer than {FEWEST_LEVELS} levels" for name, levels, _ in factors
                if len(levels) < FEWEST_LEVELS]  # fmt: skip
    lacking += [f"{one.site}: fewer than 2 degrees of freedom" for one in compared if one.df < 2]
    return Hierarchy(
        method="mixed-model-reml", version=VERSION, reference=REFERENCE, n=len(y), reference_site=sites[0],
        reference_mean=float(model.beta[0]) * unit + centre, confidence=confidence, differences=tuple(compared),
        components=components, effects=tuple(_effects(model, factors, unit)),
        log_likelihood=model.log_likelihood - (len(y) - x.shape[1]) * math.log(unit),
        enough=not lacking, lacking=tuple(lacking), left_out=left_out,
    )  # fmt: skip


def _effects(model: _Fit, factors: list[tuple[str, list[str], Matrix]], unit: float) -> Iterable[Effect]:
    for (name, levels, z), variance in zip(factors, model.variances[:-1], strict=True):
        effects, errors = model.predicted(z, float(variance))
        for level, member, effect, error in zip(levels, z.T, effects, errors, strict=True):
            yield Effect(name, level, int(member.sum()), float(effect) * unit, float(error) * unit)


class _Fit:
    """REML for V = s2 (I + sum g_i K_i): maximised over g >= 0 with the exact gradient, from several starts."""

    def __init__(self, y: Matrix, x: Matrix, kernels: list[Matrix]):
        from scipy.optimize import minimize

        if np.linalg.matrix_rank(x) < x.shape[1]:
            raise Unfit("sites-alike", "The sites cannot be told apart in these rows.")
        self.y, self.x, self.kernels = y, x, kernels
        best: Any = None
        for start in (0.1, 5.0) if kernels else ():
            found = minimize(self._deviance, np.full(len(kernels), start), jac=True, method="L-BFGS-B",
                             bounds=[(0.0, 1e6)] * len(kernels), options={"ftol": 1e-13, "gtol": 1e-7})  # fmt: skip
            best = found if best is None or found.fun < best.fun else best
        ratios = self._polished(np.asarray(best.x)) if kernels else np.zeros(0)
        self.deviance, _ = self._deviance(ratios)
        v = self._v(ratios)
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        self.beta = np.linalg.solve(information, x.T @ inverse @ y)
        rest = y - x @ self.beta
        s2 = float(rest @ inverse @ rest) / (len(y) - x.shape[1])
        if s2 <= 1e-20:
            raise Unfit(
                "constant", "Nothing varies once sites, donors and lots are accounted for. Record more decimals."
            )
        self.variances = np.array([*(ratios * s2), s2])
        self.covariance = np.linalg.inv(information) * s2
        n_free = len(y) - x.shape[1]
        self.log_likelihood = -0.5 * (self.deviance + n_free * (1 + math.log(2 * math.pi)))
        self._inverse = inverse / s2

    def _polished(self, ratios: Matrix) -> Matrix:
        """Newton steps on the gradient where a component is not at zero, for the last digits."""
        for _ in range(8):
            free = [k for k, g in enumerate(ratios) if g > 1e-8]
            if not free:
                break
            _, slope = self._deviance(ratios)
            bend = np.zeros((len(free), len(free)))
            for column, k in enumerate(free):
                step = 1e-5 * ratios[k]
                moved = ratios.copy()
                moved[k] += step
                bend[:, column] = (self._deviance(moved)[1][free] - slope[free]) / step
            if np.linalg.cond(bend) > 1e12 or np.any(np.linalg.eigvalsh((bend + bend.T) / 2) <= 0):
                break
            newer = ratios.copy()
            newer[free] -= np.linalg.solve(bend, slope[free])
            if np.any(newer < 0) or self._deviance(newer)[0] > self._deviance(ratios)[0] + 1e-12:
                break
            settled = bool(np.all(np.abs(newer - ratios) <= 1e-12 * ratios))
            ratios = newer
            if settled:
                break
        return ratios

    def _v(self, ratios: Matrix) -> Matrix:
        v = np.eye(len(self.y))
        for ratio, kernel in zip(ratios, self.kernels, strict=True):
            v += ratio * kernel
        return v

    def _deviance(self, ratios: Matrix) -> tuple[float, Matrix]:
        y, x, n_free = self.y, self.x, len(self.y) - self.x.shape[1]
        v = self._v(ratios)
        inverse = np.linalg.inv(v)
        half = inverse @ x
        information = x.T @ half
        projected = inverse - half @ np.linalg.solve(information, half.T)
        py = projected @ y
        s2 = max(float(y @ py) / n_free, 1e-300)
        value = float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]) + n_free * math.log(s2)
        slope = np.array([float(np.sum(projected * k)) - float(py @ k @ py) / s2 for k in self.kernels])
        return value, slope

    def error(self, c: Matrix) -> float:
        """Standard error of a contrast of the fixed effects."""
        return math.sqrt(float(c @ self.covariance @ c))

    def freedom(self, c: Matrix) -> float:
        """Satterthwaite's degrees of freedom of the contrast, over the components that are not zero."""
        parts = [k for k, v in zip(self.kernels, self.variances[:-1], strict=True) if v > 1e-10 * self.variances[-1]]
        parts.append(np.eye(len(self.y)))
        w = self._inverse @ self.x @ self.covariance
        projected = self._inverse - w @ self.x.T @ self._inverse
        pieces = [projected @ part for part in parts]
        information = np.array([[0.5 * float(np.sum(a * b.T)) for b in pieces] for a in pieces])
        at = w @ c
        slope = np.array([float(at @ part @ at) for part in parts])
        variance = float(c @ self.covariance @ c)
        return 2 * variance * variance / float(slope @ np.linalg.solve(information, slope))

    def predicted(self, z: Matrix, variance: float) -> tuple[Matrix, Matrix]:
        """Each level's effect and the deviation of its error of prediction, the fixed effects' own error included."""
        w = self._inverse @ self.x @ self.covariance
        projected = self._inverse - w @ self.x.T @ self._inverse
        shrunk = variance * z.T @ projected
        errors = variance - variance * np.einsum("ij,ji->i", shrunk, z)
        return shrunk @ self.y, np.sqrt(np.maximum(errors, 0.0))
