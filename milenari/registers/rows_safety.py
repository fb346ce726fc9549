"""Rows of adverse events, stopping rules and holds. Pure; declared beside ``rows``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milenari.registers import models as table
from milenari.registers.rows import Row, rows_for

OPINION = ("product", "lymphodepletion", "procedure", "expectedness")


def _opinion(opinions: Any) -> dict[str, Any]:
    held = opinions[-1].held if opinions else None
    return {name: getattr(held, name) if held else "" for name in OPINION}


@rows_for("adverseevent")
def _event(code: str, event: Any) -> Iterator[Row]:
    now = event.now
    names = "term ctcae scale outcome taken grade begun_on ended_on"
    values = {name: getattr(now, name) for name in names.split()}
    values |= {"code": code, "site": event.owner, "state": event.status, "untold": event.untold}
    values |= {name: getattr(event, name) for name in ("participant", "protocol", "journey", "closed_at")}
    values |= {"criteria": " ".join(now.criteria), "serious": bool(now.criteria), "assessed": bool(event.opinions)}
    values |= {"tellings": len(event.tellings), "known_at": event.tellings[0].known_at}
    told_at = min((notice.at for notice in event.notices), default=None)
    yield Row(table.AdverseEvent, code, {**values, **_opinion(event.opinions), "told_at": told_at})


@rows_for("eventreview")
def _review(code: str, review: Any) -> Iterator[Row]:
    last, first = review.opinions[-1] if review.opinions else None, next(iter(review.reports), None)
    values = {"code": code, "site": review.owner, "criteria": " ".join(last.held.criteria) if last else ""}
    values |= {"reviewed_at": last.at if last else None, "reports": len(review.reports)}
    values |= {"reported_at": first.at if first else None, "receipt": first.receipt if first else ""}
    values |= {"recipient": first.recipient if first else ""}
    yield Row(table.EventReview, code, {**values, **_opinion(review.opinions)})


@rows_for("stoppingrule")
def _rule(code: str, rule: Any) -> Iterator[Row]:
    last = rule.looks[-1] if rule.looks else None
    values = {name: getattr(rule, name) for name in ("protocol", "title", "level", "method", "set_by")}
    values |= {"code": code, "site": rule.owner, "state": rule.status, "looks": len(rule.looks)}
    values |= {"n": last.n if last else 0, "events": last.events if last else 0}
    values |= {"reached": last.reached if last else False, "looked_at": last.at if last else None}
    yield Row(table.StoppingRule, code, values)


@rows_for("trialhold")
def _holds(code: str, held: Any) -> Iterator[Row]:
    for number, hold in enumerate(held.holds, 1):
        names = "level rule why placed_by placed_at lifted_by lifted_at reference reason"
        values = {name: getattr(hold, name) for name in names.split()}
        yield Row(table.TrialHold, f"{code}/{number}", {**values, "protocol": code, "site": held.owner,
                  "number": number})  # fmt: skip
