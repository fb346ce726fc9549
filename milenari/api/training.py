"""Training: who is not trained on a version of a procedure, read by programs."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from milenari.api.asking import Code, answers
from milenari.api.door import caller_of, needs
from milenari.journal import ask, clock, tokens
from milenari.registers import competence
from milenari.rules.action import Refused

router = Router(tags=["questions"])


class UntrainedPerson(Schema):
    person: str
    name: str
    site: str
    state: str = Field(description="partly, inactive or none")
    missing: list[str] = Field(description="items of the curriculum still to be shown; counted ones with how many")
    again: list[str] = Field(description="items to be shown again after too long without practice")


class Untrained(Schema):
    procedure: str
    number: str
    on: date
    sites: list[str] = Field(description="the sites that were asked about")
    untrained: list[UntrainedPerson]


@router.get("/training/untrained", response=answers(Untrained, 404), operation_id="untrained")
@needs(tokens.READ)
def untrained(request: HttpRequest, procedure: Code, number: Code, site: Code = "") -> Any:
    """Who is not trained on version ``number`` of a procedure, of those whom it is asked of, and what is missing.

    ``site`` asks about one site; without it, about every site that this person sees.
    """
    caller = caller_of(request)
    if site:
        caller.require_site(site)
    where = [site] if site else [code for code in caller.places if caller.may_see(code)]
    today = max((clock.now().astimezone(ZoneInfo(caller.zone_of(code))).date() for code in where), default=None)
    desk = competence.Desk(ask.Supposed(), today or clock.now().date())
    if number not in desk.versions(procedure):
        raise Refused("no-curriculum", procedure=procedure, number=number)
    people = [
        {"person": w.code, "name": w.name, "site": w.site, "state": cell.state,
         "missing": [x.told for x in cell.found.missing], "again": list(cell.found.requalify)}
        for w, cell in competence.untrained(desk, where, procedure, number)
    ]  # fmt: skip
    return {"procedure": procedure, "number": number, "on": desk.on, "sites": where, "untrained": people}
