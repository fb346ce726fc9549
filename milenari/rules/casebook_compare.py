"""Casebook compare: what a page says beside what the record holds of the same day; no actions.

CRS and ICANS are graded at the bedside, a transplant is an act of its own. Where the casebook asks for them again, both
stand, and a difference is told when the page is saved and when it is signed: whoever looks knows which one is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from milenari.rules.action import Finding
from milenari.rules.casebook_window import local
from milenari.rules.referral import Journey
from milenari.words import Facts

SCALES = {"crs": "CRS", "icans": "ICANS"}
TRANSPLANT = "transplant"
# The donor of the form in the words of the act; the form has no other kinds.
DONORS = {"SIBLING": "matched-sibling", "UNRELATED": "matched-unrelated", "HAPLO": "haploidentical",
          "CORD": "cord-blood"}  # fmt: skip
REMISSIONS = {"CR-NEGATIVE": True, "CR-POSITIVE": True, "ACTIVE": False}


def differing(form: str, kept: Mapping[str, Facts], journey: Journey | None, zone: str) -> tuple[Finding, ...]:
    """Where a page of CRS, ICANS or transplant says something else than the record; other forms are not compared."""
    said = {name: row.get("value", "") for name, row in kept.items()}
    if form in SCALES:
        return _grade(SCALES[form], said, journey, zone)
    return _transplant(said, journey) if form == TRANSPLANT else ()


def _grade(scale: str, said: Mapping[str, str], journey: Journey | None, zone: str) -> tuple[Finding, ...]:
    """The gravest grade of the day counts; a day without a grade in the record is not compared."""
    on, entered = said.get("on", ""), said.get("grade", "")
    if journey is None or not on or not entered:
        return ()
    day = date.fromisoformat(on)
    recorded = max((g.grade for g in journey.grades if g.scale == scale and local(g.at, zone) == day), default=None)
    if recorded is None or recorded == int(entered):
        return ()
    facts = {"scale": scale, "on": on, "entered": int(entered), "recorded": recorded}
    return (Finding("grade-differs-from-record", facts),)


def _transplant(said: Mapping[str, str], journey: Journey | None) -> tuple[Finding, ...]:
    on = said.get("transplanted_on", "")
    if not on:
        return ()
    same = [t for t in journey.transplants if t.on == date.fromisoformat(on)] if journey is not None else []
    if not same:
        return (Finding("transplant-not-in-record", {"on": on}),)
    found = same[-1]
    donor, state = said.get("donor", ""), said.get("state", "")
    items = ["donor"] if donor and DONORS.get(donor) != found.donor else []
    items += ["state"] if state and REMISSIONS.get(state) != found.remission else []
    return (Finding("transplant-differs-from-record", {"on": on, "items": items}),) if items else ()
