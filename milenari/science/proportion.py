"""Shares of successes with intervals that are honest for small counts.

Clopper-Pearson (1934, doi:10.1093/biomet/26.4.404): exact, at least the confidence stated. Wilson (1927,
doi:10.1080/01621459.1927.10502953): nearer to it on average. Difference of two shares: Newcombe 1998, method 10
(doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), with Fisher's exact test.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from milenari.science.computed import Computed, Unfit, count, share

VERSION = "1"
REFERENCE = "Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404"


@dataclass(frozen=True)
class Share(Computed):
    """``value`` is None when nothing was counted; the interval is then 0 to 1."""

    successes: int
    of: int
    value: float | None
    confidence: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class ShareDifference(Computed):
    """First minus second; ``p`` is Fisher's two-sided exact p-value."""

    first: Share
    second: Share
    difference: float
    ci_low: float
    ci_high: float
    confidence: float
    p: float


@dataclass(frozen=True)
class SiteShares(Computed):
    """Every site's share, and the difference of two where one was asked for."""

    shares: dict[str, Share]
    difference: ShareDifference | None


def exact(successes: int, of: int, confidence: float = 0.95) -> Share:
    """Clopper-Pearson interval."""
    from scipy import stats

    _counted(successes, of)
    tail = (1 - share(confidence, "The confidence")) / 2
    low = 0.0 if successes == 0 else float(stats.beta.ppf(tail, successes, of - successes + 1))
    high = 1.0 if successes == of else float(stats.beta.isf(tail, successes + 1, of - successes))
    return Share(method="clopper-pearson", version=VERSION, reference=REFERENCE, successes=successes, of=of,
                 value=successes / of if of else None, confidence=confidence, ci_low=low, ci_high=high)  # fmt: skip


def wilson(successes: int, of: int, confidence: float = 0.95) -> Share:
    """Wilson's score interval, without continuity correction."""
    from scipy import stats

    _counted(successes, of)
    z = float(stats.norm.ppf((1 + share(confidence, "The confidence")) / 2))
    low, high = 0.0, 1.0
    if of:
        p, q = successes / of, z * z / of
        centre, reach = (p + q / 2) / (1 + q), z * math.sqrt(p * (1 - p) / of + q / of / 4) / (1 + q)
        low = 0.0 if successes == 0 else centre - reach
        high = 1.0 if successes == of else centre + reach
    return Share(method="wilson", version=VERSION, reference="Wilson 1927, doi:10.1080/01621459.1927.10502953",
                 successes=successes, of=of, value=successes / of if of else None, confidence=confidence, ci_low=low,
                 ci_high=high)  # fmt: skip


def difference(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> ShareDifference:
    """Two independent shares, each (successes, of), neither empty."""
    from scipy import stats

    a, b = wilson(*first, confidence), wilson(*second, confidence)
    if a.value is None or b.value is None:
        raise Unfit("too-few", "Each side of a difference needs at least one case.")
    gap = a.value - b.value
    low = gap - math.hypot(a.value - a.ci_low, b.ci_high - b.value)
    high = gap + math.hypot(a.ci_high - a.value, b.value - b.ci_low)
    table = [[a.successes, a.of - a.successes], [b.successes, b.of - b.successes]]
    return ShareDifference(
        method="newcombe", version=VERSION, reference="Newcombe 1998, method 10", first=a, second=b, difference=gap,
        ci_low=low, ci_high=high, confidence=confidence, p=float(stats.fisher_exact(table).pvalue),
    )  # fmt: skip


def per_site(counts: Mapping[str, tuple[int, int]], confidence: float = 0.95) -> dict[str, Share]:
    """Exact interval of every site's share; sites in order of name. A site with nothing counted has no value."""
    return {site: exact(*counts[site], confidence) for site in sorted(counts)}


def _counted(successes: int, of: int) -> None:
    count(successes, 0, "The number of successes"), count(of, 0, "The number of cases")
    if successes > of:
        raise Unfit("more-than-all", f"{successes} successes of {of} cases: there cannot be more successes than cases.",
                    successes=successes, of=of)  # fmt: skip
