"""Hyperinflammation: when values of the casebook ask whether it is IEC-HS; an alert and never a diagnosis; no actions.

IEC-HS is the HLH-like syndrome after immune effector cells (Hines et al. 2023, doi:10.1016/j.jtct.2023.03.006). What
it requires is ferritin above twice the upper limit of normal or the baseline, or rising rapidly; what goes with it most
often are transaminases above five times that limit or the baseline, fibrinogen below 150 mg/dL, haemophagocytosis, and
cytopenia that is new, worse or refractory. These numbers are recalled: the paper could not be read again here. It gives
no number for "rapidly" and for cytopenia; what stands here for them is assumed. Each is a parameter of the protocol.

Where both the laboratory's limit and a baseline are known, the higher of them is what ferritin is compared with: a
child with iron overload is not in alarm from the first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from milenari.rules.action import Sheets
from milenari.rules.protocol_units import READ_IN
from milenari.words import Facts, utc

FORM, COUNTS = "inflammation", "blood-count"
RECALLED = "Hines 2023, doi:10.1016/j.jtct.2023.03.006 (recalled)"
ASSUMED = "assumed; the protocol sets it"
DEFAULTS: dict[str, tuple[str, str]] = {
    "iec-hs-ferritin-times": ("2", RECALLED),
    "iec-hs-rise-times": ("2", ASSUMED),
    "iec-hs-rise-days": ("2", ASSUMED),
    "iec-hs-transaminases-times": ("5", RECALLED),
    "iec-hs-fibrinogen": ("1.5", RECALLED),
    "iec-hs-neutrophils": ("0.5", ASSUMED),
    "iec-hs-platelets": ("25", ASSUMED),
    "iec-hs-haemoglobin": ("8", ASSUMED),
    "iec-hs-together-days": ("2", ASSUMED),
    "iec-hs-further": ("1", ASSUMED),
}
# Lineages with the limit of each, and what was given against its lack.
LINEAGES = {"neutrophils": "growth_factor", "platelets": "transfused", "haemoglobin": "transfused"}
FURTHER = ("transaminases", "fibrinogen", "haemophagocytosis", "cytopenia")


@dataclass(frozen=True)
class Limit:
    """A threshold with its unit, and who says so."""

    name: str
    value: Decimal
    unit: str
    source: str


@dataclass(frozen=True)
class Sample:
    """One page of ferritin and what was measured with it; None is not measured."""

    page: str
    at: datetime
    ferritin: Decimal | None = None
    upper: Decimal | None = None  # the laboratory's upper limit of normal
    transaminases: Decimal | None = None  # in multiples of the upper limit of normal
    fibrinogen: Decimal | None = None
    haemophagocytosis: bool = False


@dataclass(frozen=True)
class Count:
    """One blood count, and what was given before it."""

    page: str
    at: datetime
    levels: Mapping[str, Decimal]
    given: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reason:
    """One criterion that is met: its code, and the facts that a reader checks it by."""

    code: str
    facts: Facts

    @property
    def criterion(self) -> str:
        """Which of the criteria it belongs to; several lineages are one cytopenia."""
        return self.code.partition("-")[0]


@dataclass(frozen=True)
class Alert:
    """One rise of ferritin with enough beside it: the page it began on, the page that made it an alert, and why."""

    begun: str
    page: str
    at: datetime
    reasons: tuple[Reason, ...]
    newest: Decimal
    newest_at: datetime
    over: bool  # a later ferritin no longer met the criterion


def limits_of(document: Facts | None) -> dict[str, Limit]:
    """The thresholds by the protocol; where it is silent, or has still to set one, the default with its source."""
    told = (document or {}).get("parameters", {})
    made = {}
    for name, (value, source) in DEFAULTS.items():
        own = told.get(name) or {}
        kept = (own["value"], own["source"]) if own.get("value") is not None else (value, source)
        made[name] = Limit(name, Decimal(kept[0]), READ_IN[name], kept[1])
    return made


# -- criteria -------------------------------------------------------------------------------------------


def ferritin(sample: Sample, earlier: Sequence[Sample], baseline: Sample | None,
             limits: Mapping[str, Limit]) -> tuple[Reason, ...]:  # fmt: skip
    """Whether and how the required criterion is met: against limit or baseline, and as a rapid rise."""
    if sample.ferritin is None:
        return ()
    known = [("upper", sample.upper), ("baseline", baseline.ferritin if baseline else None)]
    found = [(value, name) for name, value in known if value is not None]
    reference, name = max(found) if found else (None, "")
    times = limits["iec-hs-ferritin-times"].value
    made = []
    if reference is not None and sample.ferritin > times * reference:
        made.append(Reason(f"ferritin-{name}", {"value": sample.ferritin, "times": times, "reference": reference}))
    if reference is not None and sample.ferritin <= reference:
        return tuple(made)  # what is not elevated may have doubled within what is normal
    span, rise = timedelta(days=float(limits["iec-hs-rise-days"].value)), limits["iec-hs-rise-times"].value
    near = [x.ferritin for x in earlier if x.ferritin and timedelta() < sample.at - x.at <= span]
    if near and sample.ferritin >= rise * min(near):
        made.append(Reason("ferritin-rising", {"value": sample.ferritin, "before": min(near),
                                               "days": limits["iec-hs-rise-days"].value}))  # fmt: skip
    return tuple(made)


def further(samples: Iterable[Sample], baseline: Sample | None, limits: Mapping[str, Limit]) -> list[Reason]:
    """Transaminases, fibrinogen and haemophagocytosis in these samples, each once."""
    made: dict[str, Reason] = {}
    times, low = limits["iec-hs-transaminases-times"].value, limits["iec-hs-fibrinogen"].value
    before = (baseline.transaminases if baseline else None) or Decimal(1)
    for one in samples:
        if one.transaminases is not None and one.transaminases > times * max(before, Decimal(1)):
            made.setdefault("transaminases", Reason("transaminases", {"value": one.transaminases, "times": times}))
        if one.fibrinogen is not None and one.fibrinogen < low:
            made.setdefault("fibrinogen", Reason("fibrinogen", {"value": one.fibrinogen, "limit": low}))
        if one.haemophagocytosis:
            made.setdefault("haemophagocytosis", Reason("haemophagocytosis", {}))
    return list(made.values())


def cytopenia(count: Count, before: Count | None, limits: Mapping[str, Limit]) -> list[Reason]:
    """Lineages below their limit that were not so before, are lower than before, or are low in spite of treatment."""
    made = []
    for lineage, treatment in LINEAGES.items():
        level, limit = count.levels.get(lineage), limits[f"iec-hs-{lineage}"]
        if level is None or level >= limit.value:
            continue
        last = before.levels.get(lineage) if before else None
        how = "new" if last is None or last >= limit.value else "worse" if level < last else ""
        how = how or ("refractory" if treatment in count.given else "")
        if how:
            facts = {"value": level, "unit": limit.unit, "limit": limit.value}
            made.append(Reason(f"cytopenia-{lineage}-{how}", facts))
    return made


# -- alerts ---------------------------------------------------------------------------------------------


def alerts(samples: Iterable[Sample], counts: Iterable[Count], infused_at: datetime | None,
           limits: Mapping[str, Limit]) -> tuple[Alert, ...]:  # fmt: skip
    """One alert of each rise of ferritin after the infusion that has enough of the further criteria with it."""
    if infused_at is None:
        return ()
    ordered = sorted(samples, key=lambda s: (s.at, s.page))
    counted = sorted(counts, key=lambda c: (c.at, c.page))
    baseline = next((s for s in reversed(ordered) if s.at <= infused_at and s.ferritin is not None), None)
    made: list[Alert] = []
    rise: list[tuple[Sample, tuple[Reason, ...], list[Reason]]] = []
    for at, sample in enumerate(ordered):
        if sample.at <= infused_at or sample.ferritin is None:
            continue
        required = ferritin(sample, ordered[:at], baseline, limits)
        if required:
            beside = _beside(sample, ordered, counted, baseline, infused_at, limits)
            rise.append((sample, required, beside))
            continue
        made += _alert_of(rise, limits, over=True)
        rise = []
    return (*made, *_alert_of(rise, limits, over=False))


def _alert_of(rise: Sequence[tuple[Sample, tuple[Reason, ...], list[Reason]]], limits: Mapping[str, Limit],
              over: bool) -> list[Alert]:  # fmt: skip
    """The alert of one rise, if a sample of it has enough beside it; each criterion with its newest numbers."""
    needed = limits["iec-hs-further"].value
    first = next((one for one, _, beside in rise if len({r.criterion for r in beside}) >= needed), None)
    if first is None:
        return []
    required = {r.code: r for _, found, _ in rise for r in found}
    beside = {r.code: r for _, _, found in rise for r in found}
    last = rise[-1][0]
    assert last.ferritin is not None
    reasons = (*required.values(), *beside.values())
    return [Alert(rise[0][0].page, first.page, first.at, reasons, last.ferritin, last.at, over)]


def _beside(sample: Sample, samples: Sequence[Sample], counts: Sequence[Count], baseline: Sample | None,
            infused_at: datetime, limits: Mapping[str, Limit]) -> list[Reason]:  # fmt: skip
    """The further criteria within the days that count as together, after the infusion."""
    span = timedelta(days=float(limits["iec-hs-together-days"].value))
    near = [s for s in samples if s.at > infused_at and abs(s.at - sample.at) <= span]
    made = {one.code: one for one in further(near, baseline, limits)}
    for at, count in enumerate(counts):
        if count.at > infused_at and abs(count.at - sample.at) <= span:
            found = cytopenia(count, counts[at - 1] if at else None, limits)
            made |= {one.code: one for one in found if one.code not in made}
    return list(made.values())


# -- from the casebook ----------------------------------------------------------------------------------


def alerts_in(book: Sheets, participant: str) -> tuple[Alert, ...]:
    """The alerts that a participant's casebook gives, under the protocol's version the participant is under."""
    who = book.sheet(f"participant:{participant}")
    journey = book.sheet(f"journey:{who.journey}") if who.journey else None
    given = min((one.at for one in journey.infusions), default=None) if journey else None
    if given is None:
        return ()
    pages = [book.sheet(f"casebook-page:{code}") for code in book.sheet(f"casebook:{participant}").pages]
    samples = [made for page in pages if page.form == FORM and (made := _sample(page))]
    counts = [found for page in pages if page.form == COUNTS and (found := _count(page))]
    return alerts(samples, counts, given, limits_for(book, participant))


def limits_for(book: Sheets, participant: str) -> dict[str, Limit]:
    """The thresholds that hold for a participant."""
    who = book.sheet(f"participant:{participant}")
    version = book.sheet(f"protocol:{who.protocol}").numbered(who.protocol_version)
    return limits_of(version.document if version else None)


def _sample(page: Any) -> Sample | None:
    held = {name: row.get("value", "") for name, row in page.kept.items()}
    if not held.get("taken_at"):
        return None
    number = {n: Decimal(held[n]) for n in ("ferritin", "ferritin_upper", "transaminases", "fibrinogen") if held.get(n)}
    return Sample(page.code, utc(held["taken_at"]), number.get("ferritin"), number.get("ferritin_upper"),
                  number.get("transaminases"), number.get("fibrinogen"),
                  held.get("haemophagocytosis") == "yes")  # fmt: skip


def _count(page: Any) -> Count | None:
    held = {name: row.get("value", "") for name, row in page.kept.items()}
    if not held.get("taken_at"):
        return None
    levels = {name: Decimal(held[name]) for name in LINEAGES if held.get(name)}
    given = frozenset(name for name in set(LINEAGES.values()) if held.get(name) == "yes")
    return Count(page.code, utc(held["taken_at"]), levels, given)
