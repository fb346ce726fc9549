"""Rows of quality agreements, escalations and changes. Pure; declared beside ``rows``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milenari.registers import models as table
from milenari.registers.rows import Row, rows_for


@rows_for("qualityagreement")
def _agreement(code: str, held: Any) -> Iterator[Row]:
    last = held.versions[-1] if held.versions else held.draft
    values = {"code": code, "giver": held.giver, "receiver": held.receiver, "relation": held.relation}
    values |= {"state": held.status, "number": last.number, "from_on": last.from_on, "until_on": last.until_on}
    yield Row(table.QualityAgreement, code, {**values, "pending": held.draft is not None})


@rows_for("escalation")
def _escalation(code: str, told: Any) -> Iterator[Row]:
    values = {"code": code, "of": told.of, "deviation": told.deviation, "site": told.owner, "by": told.by}
    yield Row(table.Escalation, code, {**values, "at": told.at, "due_at": told.due_at, "round": told.round})


@rows_for("escalationanswer")
def _answer(code: str, answer: Any) -> Iterator[Row]:
    values = {"code": code, "decision": answer.decision, "by": answer.by, "at": answer.at}
    yield Row(table.EscalationAnswer, code, {**values, "round": answer.round})


@rows_for("notice")
def _notice(code: str, told: Any) -> Iterator[Row]:
    values = {"code": code, "agreement": told.agreement, "matter": told.matter, "of": told.of, "site": told.owner}
    yield Row(table.Notice, code, {**values, "by": told.by, "at": told.at, "due_at": told.due_at})


@rows_for("complaint")
def _complaint(code: str, found: Any) -> Iterator[Row]:
    values = {"code": code, "of": found.of, "site": found.owner, "answers": found.answers, "state": found.status}
    values |= {"agreement": found.agreement, "by": found.by, "what": found.what, "received_at": found.received_at}
    yield Row(table.Complaint, code, values)


@rows_for("complaintanswer")
def _complaint_answer(code: str, answer: Any) -> Iterator[Row]:
    yield Row(table.ComplaintAnswer, code, {"code": code, "verdict": answer.verdict, "by": answer.by, "at": answer.at})


@rows_for("change")
def _change(code: str, change: Any) -> Iterator[Row]:
    values = {"code": code, "title": change.title, "kind": change.kind, "term": change.term, "state": change.status}
    values |= {"site": change.owner, "product": change.product, "sites": f" {' '.join(change.sites)} "}
    values |= {"effective_on": change.effective_on, "until_on": change.until_on, "due_on": change.next_due()}
    values |= {"proposed_at": change.proposed_at, "matters": len(change.open_matters())}
    yield Row(table.Change, code, values)
