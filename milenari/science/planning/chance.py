"""Chance by counting: a uniform number is a function of seed, replication, stream, whose it is and which draw.

So the same patient meets the same fate under every plan (common random numbers), and the order of work or the number of
workers changes nothing. Generator: the finaliser of SplitMix64 over a running hash; Steele, Lea & Flood 2014,
doi:10.1145/2660193.2660195. Normal quantile: Wichura 1988, algorithm AS 241. Gamma: Marsaglia & Tsang 2000,
doi:10.1145/358407.358414. Compiled by Numba; `py_func` of each is the plain Python of it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
FIXED, UNIFORM, EXPONENTIAL, LOGNORMAL, GAMMA = 0, 1, 2, 3, 4


def compiled(signature: str) -> Callable[[F], F]:
    """The function as machine code that lets other threads run; kept on disk for the next start. The signature is
    stated, so that each function is compiled once and not anew for every kind of whole number it is called with."""

    def made(function: F) -> F:
        function.__qualname__ = f"{function.__name__}_{mark(function, signature)}"
        try:
            return cast(F, numba.njit(signature, cache=True, nogil=True)(function))
        except RuntimeError:  # nowhere to keep it: neither beside the package nor in the home is writable
            return cast(F, numba.njit(signature, nogil=True)(function))

    return made


def mark(function: Any, signature: str) -> str:
    """A digest of all that a function's machine code depends on: Numba keeps it by file and name and would go on using
    what was compiled before a constant or a function in another file changed. With the mark in the name it cannot."""
    code, parts = function.__code__, [signature]
    parts += [code.co_code.hex(), repr(code.co_consts), repr(code.co_names), numba.__version__]
    for name in code.co_names:
        held = function.__globals__.get(name)
        if isinstance(held, (int, float, str)):
            parts.append(f"{name}={held!r}")
        elif hasattr(held, "py_func"):
            parts.append(f"{name}={held.py_func.__qualname__}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@compiled("uint64(uint64)")
def _mixed(x: Any) -> Any:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled("float64(int64, int64, int64, int64, int64)")
def uniform(seed: int, replication: int, stream: int, whose: int, draw: int) -> float:
    """A number between 0 and 1, both excluded."""
    x = _mixed(np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15))
    x = _mixed(x ^ (np.uint64(replication) + np.uint64(0x632BE59BD9B4E019)))
    x = _mixed(x ^ (np.uint64(stream) * np.uint64(0xD1342543DE82EF95) + np.uint64(1)))
    x = _mixed(x ^ (np.uint64(whose) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(2)))
    x = _mixed(x ^ (np.uint64(draw) * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(3)))
    return (float(x >> np.uint64(11)) + 0.5) / 9007199254740992.0


@compiled("float64(float64)")
def normal(p: float) -> float:
    """The standard normal quantile, AS 241 (PPND16), to about 1 part in 1e16."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                  + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
               + 133.14166789178437745) * r + 3.387132872796366608  # fmt: skip
        den = ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                  + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
               + 42.313330701600911252) * r + 1.0  # fmt: skip
        return q * num / den
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        num = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                  + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
               + 4.6303378461565452959) * r + 1.42343711074968357734  # fmt: skip
        den = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                  + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
               + 2.05319162663775882187) * r + 1.0  # fmt: skip
    else:
        r -= 5.0
        num = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                  + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
               + 5.4637849111641143699) * r + 6.6579046435011037772  # fmt: skip
        den = ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                  + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
               + 0.59983220655588793769) * r + 1.0  # fmt: skip
    return -num / den if q < 0 else num / den


@compiled("float64(float64, float64, int64, int64, int64, int64, int64)")
def _gamma(mean: float, cv: float, seed: int, replication: int, stream: int, whose: int, at: int) -> float:
    form = 1.0 / (cv * cv)
    grown = form if form >= 1.0 else form + 1.0
    d = grown - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    x, v, k = 0.0, 1.0, 0
    while k < 60:
        x = normal(uniform(seed, replication, stream, whose, at * 64 + k))
        v = (1.0 + c * x) ** 3
        k += 2
        if v > 0 and math.log(uniform(seed, replication, stream, whose, at * 64 + k - 1)) < (
            0.5 * x * x + d - d * v + d * math.log(v)
        ):
            break
    made = d * v
    if form < 1.0:
        made *= uniform(seed, replication, stream, whose, at * 64 + 63) ** (1.0 / form)
    return made * mean / form


@compiled("float64(float64[::1], int64, int64, int64, int64, int64)")
def draw(spread: Any, seed: int, replication: int, stream: int, whose: int, at: int) -> float:
    """A value of a spread (shape, a, b; see `figure.Shape`) for one draw of somebody."""
    shape, a, b = int(spread[0]), spread[1], spread[2]
    if shape == FIXED:
        return float(a)
    if shape == GAMMA:
        return _gamma(a, b, seed, replication, stream, whose, at)
    u = uniform(seed, replication, stream, whose, at * 64)
    if shape == UNIFORM:
        return float(a + (b - a) * u)
    if shape == EXPONENTIAL:
        return float(-a * math.log(u))
    return float(a * math.exp(math.sqrt(math.log(1.0 + b * b)) * normal(u)))
