"""Terms: under which rules a figure was computed. They are part of every answer; no figure goes without them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from milenari.science.computed import share

SAME = 1e-12  # closer to 1, or to one half, than this is that: products of shares carry rounding


class Interval(StrEnum):
    """How an interval around a probability p with standard error s is made, z the normal quantile.

    ``plain`` p +- z s; ``log`` p exp(+- z s / p); ``log-log`` p to the exp(+- z s / (p log p)). Cut to 0 and 1.
    Kalbfleisch & Prentice 2002, The Statistical Analysis of Failure Time Data, section 1.4.
    """

    PLAIN = "plain"
    LOG = "log"
    LOG_LOG = "log-log"


@dataclass(frozen=True)
class Terms:
    """Who is counted, from when, what is an event, what competes with it, what ends a time, and the interval."""

    denominator: str
    clock: str
    event: tuple[str, ...]
    competing: tuple[str, ...]
    censored: tuple[str, ...]
    interval: Interval
    confidence: float

    def __post_init__(self) -> None:
        share(self.confidence, "The confidence")


def quantile(confidence: float) -> float:
    """The normal quantile of a two-sided interval."""
    from scipy import special

    return float(special.ndtri((1 + share(confidence, "The confidence")) / 2))


def bounds(p: float, se: float | None, kind: Interval, z: float) -> tuple[float | None, float | None]:
    """The interval around a probability; None where its kind has none: p 0, p 1 with ``log-log``, no standard error."""
    if se is None or (p <= 0 and kind is not Interval.PLAIN):
        return None, None
    if kind is Interval.PLAIN:
        low, high = p - z * se, p + z * se
    elif kind is Interval.LOG:
        low, high = p * math.exp(-z * se / p), p * math.exp(z * se / p)
    elif p > 1 - SAME:
        return None, None
    else:
        reach = z * se / (p * math.log(p))
        low, high = sorted((p ** math.exp(reach), p ** math.exp(-reach)))
    return max(0.0, low), min(1.0, high)
