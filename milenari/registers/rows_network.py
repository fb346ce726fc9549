"""Rows of what needs more than one site: leases, enrolment tokens, plans. Pure; declared beside ``rows``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milenari.registers import models as table
from milenari.registers.rows import Row, rows_for


@rows_for("lease")
def _lease(code: str, lease: Any) -> Iterator[Row]:
    values = {"site": code, "granted_at": lease.granted_at, "hours": lease.hours}
    yield Row(table.Lease, code, {**values, "withheld": " ".join(of for of, _ in lease.withheld)[:2000]})


@rows_for("cap")
def _cap(code: str, cap: Any) -> Iterator[Row]:
    values = {"code": code, "site": cap.owner, "trial": cap.trial, "level": cap.level, "most": cap.most}
    yield Row(table.Cap, code, {**values, "committed": cap.committed})


@rows_for("allotment")
def _allotment(code: str, found: Any) -> Iterator[Row]:
    values = {"code": code, "cap": found.cap, "trial": found.trial, "level": found.level, "issuer": found.issuer}
    values |= {"site": found.to_site, "left": len(found.left), "expires_on": found.expires_on}
    state = "returned" if found.closed else "held" if found.accepted_at else "sent"
    yield Row(table.Allotment, code, {**values, "state": state})


@rows_for("plan")
def _plan(code: str, plan: Any) -> Iterator[Row]:
    names = "kind title method scenario replaces replaced_by kept_by kept_at decided_by decided_at"
    values = {name: getattr(plan, name) for name in names.split()}
    values |= {"code": code, "site": plan.owner, "state": plan.status}
    yield Row(table.Plan, code, {**values, "lines": len(plan.lines), "left": len(plan.left())})
    for slot in plan.slots():
        names = "journey hospital site machine lot collection start end released infusion"
        values = {name: getattr(slot, name) for name in names.split()}
        yield Row(table.PlanSlot, f"{code}/{slot.journey}", {"plan": code, **values})
