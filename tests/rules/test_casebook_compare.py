"""The CRS and ICANS forms against the printed ASTCT table in every cell, and pages against what the record holds.

ASTCT: Lee et al. 2019, doi:10.1016/j.bbmt.2018.12.758, tables 2, 5 and 6, written down here apart from the forms.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import milenari
from milenari.rules.action import Refused
from milenari.rules.casebook import SignForm
from milenari.rules.casebook_compare import differing
from milenari.rules.casebook_form import DefineForm, Form, read_form
from milenari.rules.casebook_page import page_code
from milenari.rules.casebook_value import doubts, require_hard
from milenari.rules.followup import icans_grade
from milenari.rules.referral import Grade, Journey, Transplanted
from milenari.words import Facts
from tests.rules.book import MemoryBook, found
from tests.rules.casebook import PARTICIPANT, at_casebook, save
from tests.rules.cast import infused

FORMS = Path(milenari.__file__).parent / "web" / "data" / "forms"
GRADES = ("0", "1", "2", "3", "4")


def definition(code: str) -> Facts:
    told: Facts = json.loads((FORMS / f"{code}.json").read_text())
    return told


def answer(form: Form, **said: str) -> tuple[bool, set[str]]:
    """Whether the page passes the hard checks, and the soft ones it does not satisfy."""
    kept = {name: {"value": text} for name, text in said.items()}
    try:
        require_hard(form, kept)
    except Refused as refused:
        assert refused.code == "check-not-passed"
        return False, set()
    return True, {one.code for one in doubts(form, kept)}


# -- CRS: fever, hypotension, hypoxia; grade by the worse of the two columns ------------------------------

PRESSURE = {"NONE": 1, "FLUIDS": 2, "ONE": 3, "SEVERAL": 4}
OXYGEN = {"NONE": 1, "LOW-FLOW": 2, "HIGH-FLOW": 3, "PRESSURE": 4}


def test_the_crs_form_agrees_with_every_cell_of_the_printed_table():
    form, cells = read_form(definition("crs")), 0
    for (pressure, p), (oxygen, o), fever, blunted in product(PRESSURE.items(), OXYGEN.items(), *[(True, False)] * 2):
        for grade in GRADES:
            cells += 1
            passed, asked = answer(form, temperature="38.0" if fever else "37.9", blunted="yes" if blunted else "no",
                                   hypotension=pressure, hypoxia=oxygen, grade=grade)  # fmt: skip
            supported = max(p, o)
            fits = grade == str(supported) or (supported == 1 and grade == "0")  # no support: fever or nothing
            assert passed == fits, (pressure, oxygen, grade)
            if not passed:
                continue
            wanted = {"crs-fever"} if grade == "0" and fever else set()
            wanted |= {"crs-no-fever"} if grade != "0" and not fever and not blunted else set()
            wanted |= {"crs-blunted"} if grade == "1" and not fever and blunted else set()
            assert asked == wanted, (pressure, oxygen, fever, blunted, grade)
    assert cells == 4 * 4 * 2 * 2 * 5


# -- ICANS: the gravest of score, consciousness, seizure, motor, oedema -----------------------------------

AROUSAL = {"AWAKE": 0, "VOICE": 2, "TOUCH": 3, "NONE": 4}
SEIZURE = {"NONE": 0, "BRIEF": 3, "PROLONGED": 4}
MOTOR = {"no": 0, "yes": 4}
OEDEMA = {"NONE": 0, "FOCAL": 3, "DIFFUSE": 4}
SIGNS = list(product(AROUSAL.items(), SEIZURE.items(), MOTOR.items(), OEDEMA.items()))
ICE = {10: 0, 9: 1, 8: 1, 7: 1, 6: 2, 5: 2, 4: 2, 3: 2, 2: 3, 1: 3, 0: 3}


@pytest.mark.parametrize("score", ICE)
def test_the_icans_form_agrees_with_every_cell_of_the_table_for_ice(score: int):
    form = read_form(definition("icans"))
    for (arousal, a), (seizure, s), (motor, m), (oedema, e) in SIGNS:
        gravest = max(ICE[score], a, s, m, e)
        for grade in GRADES:
            passed, asked = answer(form, scale="ICE", ice=str(score), arousal=arousal, seizure=seizure, motor=motor,
                                   oedema=oedema, grade=grade)  # fmt: skip
            assert (passed, asked) == (grade == str(gravest), set()), (score, arousal, seizure, motor, oedema, grade)


@pytest.mark.parametrize("score", (0, 1, 8, 9, 32))
def test_the_icans_form_agrees_with_every_cell_of_the_table_for_capd(score: int):
    form = read_form(definition("icans"))
    by_score = 3 if score >= 9 else 1 if score >= 1 else 0
    for (arousal, a), (seizure, s), (motor, m), (oedema, e) in SIGNS:
        gravest = max(by_score, a, s, m, e)
        for grade in GRADES:
            passed, asked = answer(form, scale="CAPD", capd=str(score), arousal=arousal, seizure=seizure, motor=motor,
                                   oedema=oedema, grade=grade)  # fmt: skip
            before = grade == "0" and gravest == 1  # a child that was so before: asked about, and the record agrees
            assert passed == (grade == str(gravest) or before), (score, arousal, seizure, motor, oedema, grade)
            assert asked == ({"icans-capd"} if before else set())
    assert icans_grade(5, True, "spontaneous", "none", "none", "none", impaired=False) == 0


def test_who_cannot_be_assessed_may_be_grade_four():
    form = read_form(definition("icans"))
    quiet = {"arousal": "AWAKE", "seizure": "NONE", "motor": "no", "oedema": "NONE", "grade": "4", "scale": "CAPD"}
    assert answer(form, **quiet)[0] and not answer(form, **quiet, capd="3")[0]


# -- pages beside the record ------------------------------------------------------------------------------

ON = date(2026, 3, 5)
NEAR_MIDNIGHT = datetime.fromisoformat("2026-03-04T23:30:00+00:00")  # in Rome it is the fifth already


def journey(**changes: Any) -> Journey:
    return replace(Journey(code="J1", version=1, owner="ROM"), **changes)


def said(**values: str) -> dict[str, Facts]:
    return {name: {"value": text} for name, text in values.items()}


@pytest.mark.parametrize("recorded, entered", list(product(range(5), range(5))))
def test_a_page_of_a_day_is_compared_with_the_gravest_grade_of_that_day(recorded: int, entered: int):
    grades = (Grade("CRS", 0, NEAR_MIDNIGHT), Grade("CRS", recorded, NEAR_MIDNIGHT + timedelta(hours=9)),
              Grade("ICANS", 4, NEAR_MIDNIGHT), Grade("CRS", 4, NEAR_MIDNIGHT + timedelta(days=1)))  # fmt: skip
    made = differing("crs", said(on=ON.isoformat(), grade=str(entered)), journey(grades=grades), "Europe/Rome")
    assert [one.code for one in made] == ([] if recorded == entered else ["grade-differs-from-record"])
    if made:
        assert made[0].facts == {"scale": "CRS", "on": "2026-03-05", "entered": entered, "recorded": recorded}


def test_a_day_is_the_hospitals_and_a_day_without_a_grade_is_not_compared():
    late = journey(grades=(Grade("ICANS", 2, NEAR_MIDNIGHT),))
    page = said(on="2026-03-05", grade="1")
    assert differing("icans", page, late, "Europe/Rome") and not differing("icans", page, late, "UTC")
    assert differing("icans", said(on="2026-03-04", grade="1"), late, "UTC")
    assert not differing("crs", page, late, "Europe/Rome") and not differing("icans", page, None, "Europe/Rome")
    assert not differing("icans", said(on="2026-03-05"), late, "Europe/Rome")
    assert not differing("blood-count", page, late, "Europe/Rome")


DONORS = ("SIBLING", "UNRELATED", "HAPLO", "CORD")
KINDS = ("matched-sibling", "matched-unrelated", "haploidentical", "cord-blood", "autologous", "other")


@pytest.mark.parametrize("donor, kind", list(product(DONORS, KINDS)))
@pytest.mark.parametrize("state, remission", list(product(("CR-NEGATIVE", "CR-POSITIVE", "ACTIVE"), (True, False))))
def test_a_transplant_is_compared_with_the_act(donor: str, kind: str, state: str, remission: bool):
    held = journey(transplants=(Transplanted(ON, kind, remission),))
    made = differing("transplant", said(transplanted_on=ON.isoformat(), donor=donor, state=state), held, "UTC")
    items = ["donor"] if DONORS.index(donor) != KINDS.index(kind) else []
    items += ["state"] if (state != "ACTIVE") != remission else []
    assert [one.facts.get("items") for one in made] == ([items] if items else [])


def test_a_transplant_that_the_record_does_not_have_is_told():
    page = said(transplanted_on="2026-03-05", donor="HAPLO", state="ACTIVE")
    for held in (journey(), None, journey(transplants=(Transplanted(date(2026, 3, 6), "haploidentical", False),))):
        assert [one.code for one in differing("transplant", page, held, "UTC")] == ["transplant-not-in-record"]
    assert not differing("transplant", said(donor="HAPLO"), journey(), "UTC")


def graded_page(grade: str) -> tuple[MemoryBook, Any]:
    book = at_casebook(infused)
    book.do(DefineForm(form="icans", number=1, definition=definition("icans")), "data-manager", reason="protocol")
    known = book.sheet("journey:J1")
    book.sheets["journey:J1"] = replace(known, grades=(Grade("ICANS", 3, book.now),))
    page = page_code(PARTICIPANT, "D28", "icans", 1)
    values = said(on=book.now.date().isoformat(), scale="CAPD", arousal="AWAKE", seizure="NONE", motor="no",
                  oedema="NONE", grade=grade)  # fmt: skip
    values["capd"] = {"value": "20" if grade == "3" else "0", "unit": "1"}
    return book, save(values, form="icans", page=page)


def test_a_difference_is_told_when_the_page_is_saved_and_again_when_it_is_signed():
    for grade, told in (("0", ["grade-differs-from-record"]), ("3", [])):
        book, act = graded_page(grade)
        assert found(book.do(act, "physician")) == told
        assert found(book.do(SignForm(page=act.page), "investigator")) == told
