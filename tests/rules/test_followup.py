"""Follow-up: published grading tables, response, visits to fifteen years, death."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from milenari.rules.followup import (
    CONSCIOUSNESS,
    HYPOTENSION,
    HYPOXIA,
    GradeIcans,
    RecordBCells,
    RecordDeath,
    RecordRelapse,
    RecordResponse,
    RecordVisit,
    crs_grade,
    icans_grade,
    schedule,
)
from tests.rules.cast import DAY, crs, found, icans, infused, q, referred

# ASTCT, doi:10.1016/j.bbmt.2018.12.758: with fever, the worse of the two columns. Rows hypotension, columns
# hypoxia. Without fever (the other 16 of the 32 cells) it is no CRS.
WITH_FEVER = [
    [1, 2, 3, 4],
    [2, 2, 3, 4],
    [3, 3, 3, 4],
    [4, 4, 4, 4],
]


@pytest.mark.parametrize(("fever", "row", "column"), list(product((True, False), range(4), range(4))))
def test_every_cell_of_the_crs_table(fever, row, column):
    wanted = WITH_FEVER[row][column] if fever else 0
    assert crs_grade(fever, HYPOTENSION[row], HYPOXIA[column]) == wanted


@pytest.mark.parametrize(("row", "column"), list(product(range(4), range(4)))[1:])
def test_once_treated_fever_is_no_longer_needed_for_a_grade_with_support(row, column):
    assert crs_grade(False, HYPOTENSION[row], HYPOXIA[column], treated=True) == WITH_FEVER[row][column]


def test_treated_and_free_of_support_crs_is_over():
    assert crs_grade(False, "none", "none", treated=True) == 0


def test_the_papers_example_39_5_cel_one_vasopressor_low_flow_is_grade_3():
    assert crs_grade(True, "one-vasopressor", "low-flow") == 3


def ice(score, **signs):
    return icans_grade(score, False, **{
        "consciousness": "spontaneous", "seizure": "none", "motor": "none", "oedema": "none", **signs})  # fmt: skip


def capd(score, **signs):
    return icans_grade(score, True, **{
        "consciousness": "spontaneous", "seizure": "none", "motor": "none", "oedema": "none", **signs})  # fmt: skip


@pytest.mark.parametrize(("score", "grade"), list(enumerate((3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 0))))
def test_every_ice_score(score, grade):
    assert ice(score) == grade


@pytest.mark.parametrize(("score", "signs", "grade"), [
    (3, {"seizure": "resolving"}, 3),  # PMC7990806 table 2: ICE 3 and a generalised seizure
    (0, {"consciousness": "unarousable"}, 4),
    (0, {}, 3),  # awake with global aphasia
    (10, {"consciousness": "voice"}, 2),
    (10, {"consciousness": "tactile"}, 3),
    (10, {"seizure": "prolonged"}, 4),
    (10, {"motor": "deep-focal-weakness"}, 4),
    (10, {"oedema": "focal"}, 3),
    (10, {"oedema": "diffuse"}, 4),
])  # fmt: skip
def test_the_worst_item_decides(score, signs, grade):
    assert ice(score, **signs) == grade


@pytest.mark.parametrize(("score", "signs", "grade"), [
    (0, {}, 0), (8, {"impaired": True}, 1), (8, {"consciousness": "voice"}, 2), (9, {}, 3), (32, {}, 3),
    (8, {"consciousness": "tactile"}, 3), (0, {"consciousness": "unarousable"}, 4),
    (8, {"seizure": "resolving"}, 3), (8, {"oedema": "focal"}, 3),
])  # fmt: skip
def test_children_are_graded_by_capd(score, signs, grade):
    assert capd(score, **signs) == grade


def test_grades_never_fall_as_signs_worsen():
    for scale in (ice, capd):
        grades = [scale(5, consciousness=c) for c in CONSCIOUSNESS]
        assert grades == sorted(grades)


def test_the_scale_follows_the_age_and_the_protocols_cut_off():
    book = infused()
    facts = book.refused("icans-wrong-scale", icans(10, "ICE"), "ward-nurse")
    assert (facts["wanted"], facts["cutoff"]) == ("CAPD", 12)
    book.do(icans(2), "ward-nurse")
    batch = book.sheet("batch:B1")
    recipe = {**batch.recipe, "protocol": {**batch.recipe["protocol"], "capd_below_years": 8}}
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "recipe": recipe})
    book.refused("icans-wrong-scale", icans(2), "ward-nurse")
    book.refused("reading-impossible", icans(11, "ICE"), "ward-nurse")
    assert book.do(icans(10, "ICE"), "ward-nurse").given["grade"] == 0


def test_a_score_beyond_the_scale_is_refused():
    book = infused()
    over = GradeIcans(**{**icans(2).__dict__, "score": 33})
    book.refused("reading-impossible", over, "ward-nurse")


def test_there_is_no_crs_without_fever_unless_it_was_treated():
    book = infused()
    book.refused("crs-without-fever", crs(hypoxia="low-flow"), "ward-nurse")
    entry = book.do(crs(hypoxia="high-flow", treated=True), "ward-nurse")
    assert entry.given["grade"] == 3 and found(entry) == ["severe-toxicity"]


def test_nothing_follows_up_what_was_not_infused():
    referred().refused("not-infused", crs(), "ward-nurse")
    book = infused()
    book.refused("before-its-cause", crs(), "ward-nurse", at=book.now - timedelta(hours=1))
    book.do(crs(), "ward-nurse")


def test_a_relapse_follows_a_response():
    book = infused()
    relapse = RecordRelapse(journey="J1", cd19="negative", where="marrow")
    book.do(RecordResponse(journey="J1", response="no-response", sensitivity="flow 1e-4"), "physician")
    book.refused("relapse-without-response", relapse, "physician")
    book.do(RecordResponse(journey="J1", response="mrd-negative-cr", sensitivity="flow 1e-4"), "physician")
    book.do(relapse, "physician")


def test_b_cell_aplasia_is_below_the_protocols_cut_off():
    book = infused()
    for count, aplasia in (("9.9", True), ("10", False)):
        act = RecordBCells(journey="J1", b_cells=q(count, "/uL"))
        assert book.do(act, "ward-nurse").given == {"aplasia": aplasia, "cutoff": 10}


def visit(code="D7", on=DAY):
    return RecordVisit(journey="J1", visit=code, on=on)


def test_visits_are_planned_for_fifteen_years_and_recorded_once():
    plan = schedule(DAY)
    assert len(plan) == 21 and plan[-1].code == "Y15" and plan[-1].due_on == DAY + timedelta(days=5479)
    book = infused().later(days=7)
    week = DAY + timedelta(days=7)
    book.refused("visit-unknown", visit("D8", week), "ward-nurse")
    book.refused("before-its-cause", visit("D7", DAY - timedelta(days=1)), "ward-nurse")
    assert found(book.do(visit("D7", week), "ward-nurse")) == []
    book.refused("visit-already-recorded", visit("D7", week), "ward-nurse")
    assert found(book.do(visit("D28", week), "ward-nurse")) == ["visit-outside-window"]


def test_the_plan_counts_from_the_sites_own_date():
    book = infused()
    journey = book.sheet("journey:J1")
    at_midnight = type(journey.infusions[0])(**{
        **journey.infusions[0].__dict__, "at": datetime(2026, 3, 2, 23, 30, tzinfo=UTC)})  # fmt: skip
    book.sheets["journey:J1"] = type(journey)(**{**journey.__dict__, "infusions": (at_midnight,)})
    book.now = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
    entry = book.do(visit("D7", date(2026, 3, 12)), "ward-nurse")  # from the third, local, not the second
    assert found(entry) == []


def death(on=DAY):
    return RecordDeath(journey="J1", died_on=on, cause="infection")


def test_death_is_recorded_once_and_not_before_referral_or_infusion():
    book = infused().later(days=5)
    book.refused("before-its-cause", death(DAY - timedelta(days=1)), "physician")
    last = DAY + timedelta(days=3)
    book.do(death(last), "physician")
    book.refused("patient-died", death(last), "physician")
    book.refused("patient-died", crs(), "ward-nurse")
    book.refused("patient-died", visit("D7", DAY + timedelta(days=4)), "ward-nurse", at=book.now - timedelta(days=4))


def test_nobody_dies_before_they_were_referred():
    referred().refused("before-its-cause", death(DAY - timedelta(days=1)), "physician")


def test_nobody_dies_before_the_last_fraction_was_given():
    book = infused()
    journey = book.sheet("journey:J1")
    later = type(journey.infusions[0])(**{
        **journey.infusions[0].__dict__, "at": book.now + timedelta(days=2)})  # fmt: skip
    book.sheets["journey:J1"] = type(journey)(**{**journey.__dict__, "infusions": (*journey.infusions, later)})
    book.later(days=5).refused("before-its-cause", death(DAY + timedelta(days=1)), "physician")
