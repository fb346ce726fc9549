"""Competence is monotone: more evidence never makes anybody less trained, and time alone ends it on a known day."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.competence import Appointment, Shown, standing
from milenari.rules.curriculum import Curriculum, read_curriculum
from milenari.rules.people import Evidence, Training
from tests.rules.cast import DAY
from tests.rules.test_curriculum import ITEMS

DOCUMENT = {"items": ITEMS, "inactive_months": 4, "requalify": ["LOOK", "FILL"]}
CURRICULUM = Curriculum("SOP-ARI", versions=tuple(read_curriculum(n, DOCUMENT, DAY, "BCN-QA") for n in ("1", "2")))
CODES = [item["code"] for item in ITEMS]
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
EVIDENCE = st.builds(
    Evidence,
    procedure=st.sampled_from(["SOP-ARI", "SOP-ARI", "SOP-ARI", "SOP-LV"]),
    version=st.sampled_from(["1", "2"]),
    item=st.sampled_from(CODES),
    on=DAYS,
    until_on=st.none() | DAYS,
    by=st.just("BCN-TRAINER"),
    act=st.text("abc", min_size=1, max_size=2),
    reference=st.sampled_from(["B-1", "B-2", "B-3", "B-4"]),
    passed=st.booleans() | st.just(True),
    withdrawn=st.just(False),
)
WHOLE = tuple(
    Evidence("SOP-ARI", "2", code, DAY, None, "T", code, run)
    for code in CODES
    for run in (("B-1", "B-2", "B-3") if code == "RUNS" else ("",))
)


def stand(on, *evidence, last_on=None, appointments=(), roles=()):
    return standing(CURRICULUM, "2", Shown((), tuple(evidence), appointments, last_on), on, roles)


@given(st.lists(EVIDENCE, max_size=12), EVIDENCE, DAYS, st.none() | DAYS, st.booleans())
def test_more_evidence_never_makes_less_trained(held, more, on, last_on, whole):
    begun = [*held, *(WHOLE if whole else ())]
    before, after = stand(on, *begun, last_on=last_on), stand(on, *begun, more, last_on=last_on)
    assert after.fit or not before.fit
    assert {x.item.code for x in after.missing} <= {x.item.code for x in before.missing}


@given(st.lists(EVIDENCE, max_size=8), DAYS, DAYS, DAYS)
def test_more_practice_never_makes_less_trained(held, on, one, other):
    earlier, later = sorted((one, other))
    before, after = (stand(on, *held, *WHOLE, last_on=day) for day in (earlier, later))
    assert after.fit or not before.fit or later > on


@given(st.lists(EVIDENCE, max_size=10), DAYS, st.none() | DAYS)
def test_it_holds_through_its_last_day_and_no_longer(held, on, last_on):
    begun = [e for e in (*held, *WHOLE) if e.on <= on]
    found = stand(on, *begun, last_on=last_on)
    if not found.fit or found.until_on is None:
        return
    assert found.until_on >= on
    assert stand(found.until_on, *begun, last_on=last_on).fit
    assert not stand(found.until_on + timedelta(days=1), *begun, last_on=last_on).fit


@given(st.lists(EVIDENCE, max_size=10), DAYS)
def test_what_was_withdrawn_or_failed_counts_as_if_it_were_not_there(held, on):
    gone = [replace(e, withdrawn=True) for e in held] + [replace(e, passed=False) for e in held]
    assert stand(on, *gone, *WHOLE) == stand(on, *WHOLE)


@given(st.lists(EVIDENCE, max_size=10), DAYS, st.sampled_from(["operator", "qa"]))
def test_one_role_is_never_asked_more_than_all_of_them(held, on, role):
    assert stand(on, *held, *WHOLE, roles=(role,)).fit or not stand(on, *held, *WHOLE).fit


def test_all_shown_is_fit_and_a_role_is_asked_only_for_its_items():
    assert stand(DAY, *WHOLE).fit
    assert {x.item.code for x in stand(DAY, roles=("qa",)).items} == {"READ", "TEST"}


def test_an_appointment_counts_from_its_first_to_its_last_day_and_not_from_its_withdrawal():
    one = Appointment("2", (), False, DAY, DAY + timedelta(days=9), "BCN-QA", "BCN", True)
    for shift, fit in ((-1, False), (0, True), (9, True), (10, False)):
        assert stand(DAY + timedelta(days=shift), appointments=(one,)).fit is fit
    ended = replace(one, withdrawn_on=DAY + timedelta(days=5))
    assert stand(DAY + timedelta(days=4), appointments=(ended,)).fit
    assert not stand(DAY + timedelta(days=5), appointments=(ended,)).fit


def test_without_a_curriculum_a_statement_counts_and_a_withdrawn_one_does_not():
    made = Training("SOP-LV", "7", DAY, DAY, "BCN-TRAINER")
    for statement, fit in ((made, True), (replace(made, withdrawn=True), False), (replace(made, version="8"), False)):
        found = standing(CURRICULUM, "7", Shown((statement,)), DAY, (), "SOP-LV")
        assert found.fit is fit and not found.known
