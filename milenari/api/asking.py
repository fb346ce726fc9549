"""Asking: the questions of the registers, read by programs: therapies, batches, vector, results, what waits."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from milenari.api import problem
from milenari.api import shapes as s
from milenari.api.door import Caller, caller_of, needs
from milenari.api.problem import Problem
from milenari.journal import clock, read, tokens
from milenari.registers import questions, ranges, waiting
from milenari.rules.action import Refused

MOST = 200
router = Router(tags=["questions"])

Offset = Annotated[int, Query(ge=0, le=1_000_000, description="rows to pass over")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="rows to give")]
Text = Annotated[str, Query(max_length=100)]
Code = Annotated[str, Query(max_length=130)]
Named = Annotated[str, Path(max_length=130)]


def answers(shape: Any, *statuses: int) -> dict[Any, Any]:
    """The responses of an operation: its own shape, and problems for every other status."""
    return {200: shape, **dict.fromkeys((401, 403, *statuses, 422, 429, 503), Problem)}


def page(found: ranges.Range, offset: int, limit: int) -> dict[str, Any]:
    return {"total": found.total, "offset": offset, "limit": limit, "items": found.rows}


@router.get("/me", response=answers(s.Me), operation_id="me")
@needs(tokens.READ)
def me(request: HttpRequest) -> Any:
    """Who this token is: person, roles today, what is seen, and what it may be used for."""
    caller = caller_of(request)
    return {
        "person": caller.person, "name": caller.name, "token": caller.bearer.name, "scopes": caller.bearer.scopes,
        "expires_at": caller.bearer.expires_at,
        "roles": {site: [str(role) for role in roles] for site, roles in caller.held.items()},
        "sees": None if caller.sees is None else sorted(caller.sees),
        "keys": list(read.sheet(f"person:{caller.person}").keys),
    }  # fmt: skip


@router.get("/sites", response=answers(list[s.SiteShape]), operation_id="sites")
@needs(tokens.READ)
def sites(request: HttpRequest) -> Any:
    """Every site of the network that this node knows."""
    return list(caller_of(request).places.values())


@router.get("/journeys", response=answers(s.Page[s.JourneyLine]), operation_id="journeys")
@needs(tokens.READ)
def journeys(
    request: HttpRequest, text: Text = "", site: Code = "", station: Code = "", offset: Offset = 0, limit: Limit = 25
) -> Any:
    """Therapies, newest referral first. ``text`` is looked for in chain of identity, journey and batch."""
    found = ranges.journeys(caller_of(request).sees, text, site, station, offset, limit)
    return page(found, offset, limit)


@router.get("/journeys/{path:code}", response=answers(s.JourneyWhole, 404), operation_id="journey")
@needs(tokens.READ)
def journey(request: HttpRequest, code: Named) -> Any:
    """One therapy with everything it consists of."""
    line = questions.journey(code)
    if line is None:
        raise Refused("subject-unknown", kind="journey", code=code)
    caller_of(request).require_sight(line.journey.subject, line.journey.site)
    return {"journey": line.journey, "station_at": line.station_at, "alarms": line.alarms, **questions.parts_of(code)}


@router.get("/batches", response=answers(s.Page[s.BatchShape]), operation_id="batches")
@needs(tokens.READ)
def batches(
    request: HttpRequest, text: Text = "", site: Code = "", decision: Code | None = None, offset: Offset = 0,
    limit: Limit = 25,
) -> Any:  # fmt: skip
    """Batches, newest first. ``decision=`` (empty) gives those not decided yet."""
    found = ranges.batches(caller_of(request).sees, text, site, decision, offset, limit)
    return page(found, offset, limit)


@router.get("/batches/{path:code}", response=answers(s.BatchWhole, 404), operation_id="batch")
@needs(tokens.READ)
def batch(request: HttpRequest, code: Named) -> Any:
    """One batch with its fractions and results."""
    row = questions.batch(code)
    if row is None:
        raise Refused("subject-unknown", kind="batch", code=code)
    caller_of(request).require_sight(row.subject, row.site)
    results = ranges.results(None, row.subject, "", "", 0, 100)
    return {"batch": row, "doses": questions.doses_of(code), "results": results.rows}


@router.get("/lots", response=answers(s.Page[s.LotShape]), operation_id="lots")
@needs(tokens.READ)
def lots(request: HttpRequest, site: Code = "", offset: Offset = 0, limit: Limit = 25) -> Any:
    """Vector lots, newest harvest first."""
    return page(ranges.lots(caller_of(request).sees, site, offset, limit), offset, limit)


@router.get("/lots/{path:code}/trace", response=answers(s.TraceShape, 404), operation_id="lot_trace")
@needs(tokens.READ)
def trace(request: HttpRequest, code: Named) -> Any:
    """A vector lot to its containers, batches, patients and outcomes, as far as this person sees them."""
    found = questions.trace(code, clock.now().date(), caller_of(request).sees)
    if found is None:
        raise Refused("subject-unknown", kind="lot", code=code)
    stock = found.stock
    return {
        "lot": found.lot, "free": stock.free, "reserved": stock.reserved, "moving": stock.moving, "spent": stock.spent,
        "tu_per_container": stock.tu_per_container, "tu_in_stock": stock.tu_in_stock,
        "branches": [_branch(branch) for branch in found.branches],
    }  # fmt: skip


def _branch(branch: questions.Branch) -> dict[str, Any]:
    shown = not branch.hidden
    held = branch.container
    blank = {"journey": "", "spent_in": "", "allocated_to": ""}
    container = {name: getattr(held, name) for name in s.ContainerShape.model_fields} | ({} if shown else blank)
    return {
        "container": container,
        "batch": branch.batch.code if branch.batch and shown else "",
        "journey": branch.journey.code if branch.journey and shown else "",
        "coi": branch.journey.coi if branch.journey and shown else "",
        "fractions_given": branch.given if shown else 0,
        "outcomes": branch.summary if shown else [],
        "hidden": branch.hidden,
    }


@router.get("/lots/{path:code}", response=answers(s.LotShape, 404), operation_id="lot")
@needs(tokens.READ)
def lot(request: HttpRequest, code: Named) -> Any:
    """One vector lot."""
    row = questions.lot(code)
    if row is None:
        raise Refused("subject-unknown", kind="lot", code=code)
    return row


@router.get("/containers", response=answers(s.Page[s.ContainerShape]), operation_id="containers")
@needs(tokens.READ)
def containers(
    request: HttpRequest, lot: Code = "", site: Code = "", unspent: bool = False, offset: Offset = 0, limit: Limit = 25
) -> Any:
    """Vector containers that are here, on their way here, reserved for here, or of a lot made here."""
    caller = caller_of(request)
    found = ranges.containers(caller.sees, lot, site, unspent, offset, limit)
    return page(ranges.Range([_container(caller, row) for row in found.rows], found.total), offset, limit)


def _container(caller: Caller, row: Any) -> Any:
    """A container of one's own lot that another site uses: what it was used for is that site's to tell."""
    fields = {name: getattr(row, name) for name in s.ContainerShape.model_fields}
    return fields if caller.may_see(row.site) else fields | {"journey": "", "spent_in": ""}


@router.get("/results", response=answers(s.Page[s.ResultShape]), operation_id="results")
@needs(tokens.READ)
def results(
    request: HttpRequest, of: Code = "", status: Code = "", test: Code = "", offset: Offset = 0, limit: Limit = 25
) -> Any:
    """Test results, oldest first. ``status=pending``: sampled, and nobody has entered a result."""
    return page(ranges.results(caller_of(request).sees, of, status, test, offset, limit), offset, limit)


@router.get("/waiting", response=answers(s.Page[s.WaitingShape], 404), operation_id="waiting")
@needs(tokens.READ)
def waits(
    request: HttpRequest, site: Annotated[str, Query(max_length=60)], offset: Offset = 0, limit: Limit = 25
) -> Any:
    """What waits for an action at a site, oldest first."""
    caller_of(request).require_site(site)
    everything = waiting.work_waiting(site)
    items = [
        {"action": w.action, "title": problem.title(w.action), "subject": w.subject, "site": site, "since": w.since,
         "detail": str(w.detail), "fields": {name: str(value) for name, value in w.query.items()}}
        for w in everything[offset : offset + limit]
    ]  # fmt: skip
    return page(ranges.Range(items, len(everything)), offset, limit)
