"""Linear least squares to the digits the data carry: QR after centring and scaling, then refined.

Normal equations are not used: they square the condition of the design. Columns are centred (with a constant term) and
scaled to length one, decomposed by QR with column pivoting (Golub 1965, doi:10.1007/BF01436075), and the solution is
improved with residuals in extended precision (Bjorck 1967, doi:10.1007/BF01939321). Checked against the NIST
Statistical Reference Datasets. Shapes: y has n values, the design n rows and p columns without the constant one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milenari.science.computed import Computed, Real, Unfit, count, exact, share

VERSION = "1"
REFERENCE = "Golub 1965, doi:10.1007/BF01436075; Bjorck 1967, doi:10.1007/BF01939321; NIST StRD"
Long = NDArray[np.longdouble]


@dataclass(frozen=True)
class Coefficient:
    """One estimate with its standard error, interval and two-sided p-value (None where nothing is left over)."""

    name: str
    value: float
    se: float
    ci_low: float
    ci_high: float
    p: float | None


@dataclass(frozen=True)
class Fit(Computed):
    """``sd`` is the residual standard deviation; ``r_squared`` is about the mean, or about zero without a constant."""

    n: int
    df: int
    confidence: float
    coefficients: tuple[Coefficient, ...]
    sd: float
    r_squared: float
    f: float | None
    f_p: float | None
    sum_of_squares: float


def polynomial(x: Sequence[Real], y: Sequence[Real], degree: int = 1, confidence: float = 0.95) -> Fit:
    """y on powers of x up to ``degree``, with a constant; coefficients are those of x as given."""
    count(degree, 1, "The degree")
    column = _long(x, "x")
    if len(np.unique(column)) <= degree:
        raise Unfit("too-few", f"{len(np.unique(column))} different x values cannot carry a curve of degree {degree}; "
                    f"at least {degree + 1} are needed.", degree=degree)  # fmt: skip
    names = ["x" if power == 1 else f"x^{power}" for power in range(1, degree + 1)]
    return _fit(np.column_stack([column**power for power in range(1, degree + 1)]), _long(y, "y"), names, True,
                confidence)  # fmt: skip


def least_squares(columns: dict[str, Sequence[Real]], y: Sequence[Real], constant: bool = True,
                  confidence: float = 0.95) -> Fit:  # fmt: skip
    """y on any columns, with a constant term unless ``constant`` is False. Raises Unfit."""
    if not columns:
        raise Unfit("too-few", "Give at least one column to explain y with.")
    return _fit(np.column_stack([_long(c, name) for name, c in columns.items()]), _long(y, "y"), list(columns),
                constant, confidence)  # fmt: skip


def _long(values: Sequence[Real], what: str) -> Long:
    return np.array([np.longdouble(str(exact(v, what, at))) for at, v in enumerate(values)], dtype=np.longdouble)


def _fit(design: Long, y: Long, names: list[str], constant: bool, confidence: float) -> Fit:
    from scipy import linalg, stats

    share(confidence, "The confidence")
    n, p = design.shape
    if len(y) != n:
        raise Unfit("pairs-incomplete", f"y has {len(y)} values and x has {n}; each row needs both.")
    df = n - p - int(constant)
    if df < 1:
        raise Unfit("too-few", f"{n} rows for {p + int(constant)} coefficients leave nothing to judge the fit by; at "
                    f"least {p + int(constant) + 1} rows are needed.", rows=n)  # fmt: skip
    middle = design.mean(axis=0) if constant else np.zeros(p, dtype=np.longdouble)
    y_middle = y.mean() if constant else np.longdouble(0)
    centred, target = design - middle, y - y_middle
    length = np.sqrt((centred**2).sum(axis=0))
    if (length == 0).any():
        flat = names[int(np.flatnonzero(length == 0)[0])]
        raise Unfit("constant", f"{flat} never changes, so nothing can be told from it. Leave it out.", what=flat)
    scaled = centred / length
    q, r, order = linalg.qr(scaled.astype(np.float64), mode="economic", pivoting=True)
    if abs(r[-1, -1]) < 1e-15 * abs(r[0, 0]):
        raise Unfit("columns-alike", "Some columns are combinations of others, so their effects cannot be told apart. "
                    "Leave one out.")  # fmt: skip
    beta, rest = _refined(scaled, target, q, r, order)
    inverse = np.empty((p, p))
    inverse[order] = linalg.solve_triangular(r, np.eye(p))
    rss, tss = float((rest**2).sum()), float((target**2).sum())
    if tss == 0:
        raise Unfit("constant", "y never changes, so there is nothing to explain.", what="y")
    s2 = rss / df
    slopes = beta / length
    spread = inverse / length.astype(np.float64)[:, None]
    values, errors = [float(b) for b in slopes], [math.sqrt(s2 * float(row @ row)) for row in spread]
    if constant:
        at_zero = middle.astype(np.float64) @ spread
        values.insert(0, float(y_middle - middle @ slopes))
        errors.insert(0, math.sqrt(s2 * (1 / n + float(at_zero @ at_zero))))
    reach = float(stats.t.ppf((1 + confidence) / 2, df))
    coefficients = tuple(
        Coefficient(name, b, se, b - reach * se, b + reach * se, float(2 * stats.t.sf(abs(b) / se, df)) if se else None)
        for name, b, se in zip((["constant"] if constant else []) + names, values, errors, strict=True)
    )
    f = (tss - rss) / p / s2 if s2 else None
    return Fit(
        method="least-squares-qr", version=VERSION, reference=REFERENCE, n=n, df=df, confidence=confidence,
        coefficients=coefficients, sd=math.sqrt(s2), r_squared=1 - rss / tss, f=f,
        f_p=float(stats.f.sf(f, p, df)) if f is not None else None, sum_of_squares=rss,
    )  # fmt: skip


def _refined(design: Long, target: Long, q: Any, r: Any, order: Any) -> tuple[Long, Long]:
    """Coefficients and residuals, improved together until nothing moves: large residuals cost no digits."""
    from scipy import linalg

    beta, rest = np.zeros(design.shape[1], dtype=np.longdouble), np.zeros(len(target), dtype=np.longdouble)
    step = np.empty(design.shape[1])
    for _ in range(10):
        away = (target - rest - design @ beta).astype(np.float64)
        askew = -(design.T @ rest).astype(np.float64)
        inside = q.T @ away - linalg.solve_triangular(r, askew[order], trans="T")
        step[order] = linalg.solve_triangular(r, inside)
        beta = beta + step
        rest = rest + (away - q @ inside)
        if np.all(np.abs(step) <= 1e-18 * np.abs(beta)):
            break
    return beta, rest
