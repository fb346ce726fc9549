"""Safety duty: every combination of seriousness, suspicion and expectedness, and the clocks that follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules import case_report, safety_duty
from milenari.rules.safety_duty import (
    AGENTS,
    CRITERIA,
    OPEN,
    RELATEDNESS,
    SUSPECTED,
    Account,
    Judgement,
    Step,
    Telling,
    classify,
    standing,
    to_authority,
    to_sponsor,
)

WORDS = ("", *RELATEDNESS)
SAID = ("", "expected", "unexpected")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SUBSETS = [c for n in range(len(CRITERIA) + 1) for c in combinations(CRITERIA, n)]


def _by_the_definition(criteria: tuple[str, ...], related: tuple[str, ...], expected: str) -> str:
    """The same in the words of Regulation (EU) 536/2014 Article 2(2)(32) to (34), written apart from the rule."""
    serious = len(criteria) > 0
    yes = [word in ("possible", "probable", "definite") for word in related]
    no = [word in ("not-related", "unlikely") for word in related]
    if not serious:
        return "ae"
    if any(yes):
        return {"expected": "sar", "unexpected": "susar", "": "possible-susar"}[expected]
    if all(no) or expected == "expected":
        return "sae"
    return "possible-susar"


def test_every_combination_of_criteria_suspicion_and_expectedness_is_classified_as_the_regulation_does():
    seen = set()
    for criteria, related, expected in product(SUBSETS, product(WORDS, repeat=3), SAID):
        held = Judgement(criteria, *related, expectedness=expected)
        assert classify(held) == _by_the_definition(criteria, related, expected), held
        seen.add(classify(held))
    assert seen == set(safety_duty.CLASSES)


def test_of_two_opinions_the_graver_counts_until_both_agree_on_less():
    for mine, other in product(WORDS, repeat=2):
        got = standing(Judgement(product=mine), Judgement(product=other)).product
        if mine and other:
            assert got == max(mine, other, key=RELATEDNESS.index)
        else:  # one voice alone raises a suspicion and lifts none
            assert got == ((mine or other) if (mine or other) in SUSPECTED else "")
    for mine, other in product(SAID, repeat=2):
        got = standing(Judgement(expectedness=mine), Judgement(expectedness=other)).expectedness
        assert got == ("unexpected" if "unexpected" in (mine, other) else other)
    both = standing(Judgement(("hospitalisation",)), Judgement(("death",)))
    assert both.criteria == ("death", "hospitalisation")


def test_the_sponsor_never_makes_less_of_an_event_than_the_investigator_does():
    some = [Judgement(c, *r, expectedness=e) for c in ((), ("hospitalisation",), ("death",))
            for r in product(("", "not-related", "possible"), repeat=3) for e in SAID]  # fmt: skip
    for mine, other in product(some, repeat=2):
        both = standing(mine, other)
        assert set(mine.criteria) <= set(both.criteria)
        assert both.suspected is True or mine.suspected is not True
        if mine.expectedness == "unexpected":
            assert both.expectedness == "unexpected"


@pytest.mark.parametrize("criterion", CRITERIA)
def test_only_what_is_fatal_or_life_threatening_has_the_short_clock(criterion: str):
    assert safety_duty.urgent((criterion,)) == (criterion in ("death", "life-threatening"))


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_the_days_are_counted_from_the_day_after_the_sponsor_knew(known_on: date):
    assert (safety_duty.authority_by(known_on, True) - known_on).days == 7
    assert (safety_duty.authority_by(known_on, False) - known_on).days == 15
    assert (safety_duty.rest_by(known_on) - known_on).days == 8


def test_a_day_ends_where_the_sponsor_is_also_when_its_clocks_are_changed():
    assert safety_duty.end_of(date(2026, 3, 28), "Europe/Madrid") == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert safety_duty.end_of(date(2026, 3, 29), "Europe/Madrid") == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert safety_duty.day_in(late, "Europe/Madrid") == date(2026, 3, 2)


def _told(at: datetime, criteria: tuple[str, ...], written: datetime | None = None) -> Step:
    return Step(written or at, at, "told", Judgement(criteria))


def _review(at: datetime, word: str, expected: str, criteria: tuple[str, ...] = ()) -> Step:
    return Step(at, at, "review", Judgement(criteria, word, word, word, expected))


def _opinion(at: datetime, word: str) -> Step:
    return Step(at, at, "opinion", Judgement((), word, word, word))


def test_a_serious_event_is_told_within_a_day_and_late_is_late():
    accounts = [Account(START, ("hospitalisation",))]
    (clock,) = to_sponsor(accounts, [])
    assert (clock.kind, clock.due_at) == ("sponsor", START + 24 * HOUR)
    assert [clock.state(START + h * HOUR) for h in (24, 25)] == ["due", "overdue"]
    for hours, state in ((24, "done"), (25, "done-late")):
        (clock,) = to_sponsor(accounts, [Telling(START + hours * HOUR, 0)])
        assert clock.state(START + 99 * HOUR) == state
    assert to_sponsor([Account(START, ())], []) == []


def test_what_becomes_life_threatening_is_told_again():
    accounts = [Account(START, ("hospitalisation",)), Account(START + 5 * DAY, ("hospitalisation", "life-threatening"))]
    told = [Telling(START + HOUR, 0)]
    first, second = to_sponsor(accounts, told)
    assert first.done_at == START + HOUR and second.kind == "sponsor-urgent"
    assert second.due_at == START + 6 * DAY and second.done_at is None
    assert to_sponsor(accounts, [*told, Telling(START + 6 * DAY, 1)])[1].done_at == START + 6 * DAY
    assert len(to_sponsor([Account(START, ("death",))], [])) == 1  # at once the gravest: one clock


@pytest.mark.parametrize(("criteria", "days", "kind"), [
    (("death",), 7, "authority-urgent"), (("life-threatening",), 7, "authority-urgent"),
    (("hospitalisation",), 15, "authority"), (("disability",), 15, "authority"),
    (("congenital-anomaly",), 15, "authority"), (("medically-important",), 15, "authority"),
    (("hospitalisation", "death"), 7, "authority-urgent"),
])  # fmt: skip
def test_a_susar_has_its_days_from_the_sponsors_knowledge(criteria, days, kind):
    steps = [
        _told(START, criteria),
        _opinion(START + HOUR, "possible"),
        _review(START + 2 * DAY, "possible", "unexpected"),
    ]
    (clock,) = to_authority(steps, [], "susar", "UTC")
    assert clock.kind == kind and clock.from_at == START
    assert clock.due_at == datetime(2026, 3, 3, tzinfo=UTC) + days * DAY
    assert to_authority(steps, [], "sae", "UTC") == []  # both agree by now that it is none


def test_nobody_has_judged_it_and_the_clock_runs():
    (clock,) = to_authority([_told(START, ("death",))], [], "possible-susar", "UTC")
    assert clock.kind == "authority-urgent"
    assert to_authority([], [], "possible-susar", "UTC") == []  # the sponsor knows nothing yet


def test_a_fatal_one_has_eight_more_days_for_what_was_missing():
    steps = [_told(START, ("death",)), _review(START + DAY, "possible", "unexpected")]
    first, rest = to_authority(steps, [("initial", START + 6 * DAY)], "susar", "UTC")
    assert first.state(START + 60 * DAY) == "done" and rest.kind == "authority-rest"
    assert rest.due_at == datetime(2026, 3, 9, tzinfo=UTC) + 8 * DAY
    reports = [("initial", START + 6 * DAY), ("follow-up", START + 20 * DAY)]
    assert to_authority(steps, reports, "susar", "UTC")[1].state(START + 60 * DAY) == "done-late"


def test_one_that_turns_out_to_be_fatal_has_seven_days_from_then():
    steps = [_told(START, ("hospitalisation",)), _review(START, "possible", "unexpected"),
             _told(START + 20 * DAY, ("hospitalisation", "death"))]  # fmt: skip
    first, again = to_authority(steps, [("initial", START + 3 * DAY)], "susar", "UTC")
    assert first.kind == "authority" and first.done_at == START + 3 * DAY
    assert again.kind == "authority-upgraded" and again.done_at is None
    assert again.due_at == datetime(2026, 3, 23, tzinfo=UTC) + 7 * DAY
    told = [("initial", START + 3 * DAY), ("follow-up", START + 22 * DAY)]
    assert [c.kind for c in to_authority(steps, told, "susar", "UTC")] == [
        "authority", "authority-upgraded", "authority-rest"]  # fmt: skip


def test_a_suspicion_that_both_had_denied_runs_from_the_day_it_is_held():
    steps = [_told(START, ("hospitalisation",), START), _opinion(START, "not-related"),
             _review(START, "not-related", "unexpected")]  # fmt: skip
    before = to_authority(steps, [], classify(Judgement(("hospitalisation",), *["not-related"] * 3)), "UTC")
    assert before == []
    since, _ = safety_duty.known([*steps[1:], _told(START + HOUR, ("hospitalisation",)),
                                  _opinion(START + 30 * DAY, "probable")])  # fmt: skip
    assert since == START + 30 * DAY


CRITERIA_SETS = st.sets(st.sampled_from(CRITERIA), max_size=3).map(tuple)
STEPS = st.lists(
    st.tuples(st.sampled_from(("told", "opinion", "review")), st.integers(0, 400), CRITERIA_SETS,
              st.sampled_from(WORDS), st.sampled_from(SAID)), max_size=6,
)  # fmt: skip


def _steps(rows) -> list[Step]:
    """Written one hour after the other; each says that it happened when it likes."""
    made = []
    for n, (kind, hours, criteria, word, expected) in enumerate(rows):
        held = Judgement(criteria if kind != "opinion" else (), word, word, word, expected if kind == "review" else "")
        made.append(Step(START + 500 * HOUR + n * HOUR, START + hours * HOUR, kind, held))
    return made


@given(STEPS, STEPS)
def test_no_addition_moves_the_clock_of_the_authority_back(before, added):
    steps = _steps([*before, *added])
    old = to_authority(steps[: len(before)], [], "possible-susar", "Europe/Madrid")
    new = to_authority(steps, [], "possible-susar", "Europe/Madrid")
    if old:
        assert min(c.due_at for c in new) <= min(c.due_at for c in old)


@given(
    st.lists(st.tuples(st.integers(0, 400), CRITERIA_SETS), min_size=1, max_size=6), st.integers(0, 400), CRITERIA_SETS
)
def test_no_amendment_moves_the_clock_of_a_site_back(rows, hours, criteria):
    accounts = [Account(START + h * HOUR, c) for h, c in rows]
    old = to_sponsor(accounts, [])
    new = to_sponsor([*accounts, Account(START + hours * HOUR, criteria)], [])
    assert len(new) >= len(old)
    for before in old:
        after = next(c for c in new if c.kind == before.kind)
        assert after.due_at <= before.due_at


def test_a_report_names_each_element_that_it_lacks():
    assert [e.name for e in case_report.missing({})] == list(case_report.NUMBERS)
    whole = {name: "x" for name in case_report.NUMBERS}
    assert case_report.missing(whole) == ()
    for name, number in case_report.NUMBERS.items():
        assert [e.number for e in case_report.missing(whole | {name: ""})] == [number]
    with pytest.raises(ValueError, match="never-heard-of"):
        case_report.missing({"never-heard-of": "x"})


def test_a_judgement_fills_its_elements_and_says_whether_it_is_reported():
    held = Judgement(("death", "hospitalisation"), "possible", "unlikely", "unlikely", "unexpected")
    assert case_report.of_judgement(held) == {"criteria": ["death", "hospitalisation"], "causality": "judged"}
    assert case_report.of_judgement(Judgement())["causality"] == ""
    assert case_report.reportable(held) and not case_report.reportable(Judgement())
    assert {agent for agent in AGENTS} == {"product", "lymphodepletion", "procedure"} and set(OPEN) < set(
        safety_duty.CLASSES
    )
