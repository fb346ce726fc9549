"""Rows of studies: comparability, stability, shelf life, baselines, signals. Pure; declared beside ``rows``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milenari.registers import models as table
from milenari.registers.rows import FINEST, MOST, Row, rows_for
from milenari.words import Quantity


def _held(value: Any) -> Any:
    """A number as a column can hold it, or nothing where it is too large for one."""
    return value.quantize(FINEST) if value is not None and abs(value) < MOST else None


@rows_for("comparability")
def _study(code: str, study: Any) -> Iterator[Row]:
    names = "product reference candidate repeats digest drafted_by locked_by concluded_by locked_at concluded_at status"
    values = {name: getattr(study, name) for name in names.split()}
    values |= {"code": code, "site": study.owner, "outcome": study.outcome, "design": (study.protocol or {})["design"]}
    values |= {"attributes": len(study.attributes), "reports": len(study.reports)}
    values |= {"investigated": bool(study.root_cause)}
    yield Row(table.Study, code, {**values, "reported_at": study.reports[-1].at if study.reports else None})
    for run in study.runs:
        values = {"study": code, "batch": run.batch, "arm": run.arm, "pair": run.pair}
        values |= {"historical": run.historical, "excluded": run.excluded}
        yield Row(table.StudyRun, f"{code}/{run.batch}", values)


@rows_for("protocolconsent")
def _consent(code: str, consent: Any) -> Iterator[Row]:
    study, _, site = code.rpartition("/")
    values = {"study": study, "site": site, "digest": consent.digest, "by": consent.signed_by, "at": consent.signed_at}
    yield Row(table.ProtocolConsent, code, values)


@rows_for("stability")
def _stability(code: str, study: Any) -> Iterator[Row]:
    names = "process attribute unit direction storage status approved_months"
    values = {name: getattr(study, name) for name in names.split()}
    values |= {"code": code, "site": study.owner, "limit": _held(study.limit), "lots": len(study.lots)}
    values |= {"points": len(study.points), "unverified": sum(not p.verified_by for p in study.points)}
    computed = study.computed[-1].months if study.computed else 0
    yield Row(table.StabilityStudy, code, {**values, "computed_months": computed})
    for point in study.points:
        values = {"study": code, "sample": point.sample, "lot": point.lot, "unit": point.value.unit}
        values |= {"method": point.method, "by": point.by, "verified_by": point.verified_by, "at": point.at}
        values |= {"months": _held(point.months), "value": _held(point.value.value)}
        yield Row(table.StabilityPoint, f"{code}/{point.sample}", values)


@rows_for("shelflife")
def _shelf(code: str, found: Any) -> Iterator[Row]:
    yield Row(table.ShelfLife, code, {"process": code, "site": found.owner, "months": found.months})


@rows_for("baseline")
def _baseline(code: str, found: Any) -> Iterator[Row]:
    centre: Quantity = found.centre
    names = "process test convention method frozen_at"
    values = {name: getattr(found, name) for name in names.split()}
    values |= {"code": code, "site": found.owner, "unit": centre.unit, "batches": len(found.batches)}
    yield Row(table.Baseline, code, {**values, "centre": _held(centre.value), "sigma": _held(found.sigma)})


@rows_for("signal")
def _signal(code: str, signal: Any) -> Iterator[Row]:
    values = {"code": code, "site": signal.owner, "baseline": signal.baseline, "pattern": signal.pattern}
    values |= {"cause": signal.cause, "raised_at": signal.raised_at, "assessed_by": signal.assessed_by}
    first, last = (signal.batches[0], signal.batches[-1]) if signal.batches else ("", "")
    yield Row(table.Signal, code, {**values, "first": first, "last": last, "batches": len(signal.batches)})
