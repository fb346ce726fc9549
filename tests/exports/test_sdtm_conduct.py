"""How the trial was conducted, in SDTM: criteria not met, departures, bags accounted for."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from milenari.exports import case as c
from milenari.exports import departures
from milenari.exports.sdtm import sdtm
from milenari.exports.study import Criterion, Taken
from tests.exports import cases

CRITERIA = (Criterion("INCL01", "CD19 positive", True, "I1"), Criterion("EXCL01", "Pregnancy", False, "E3"))
BATCH = c.Departure("B1/DEV-1", "Bag leaked", departures.PRODUCT, cases.day(-12), "major", "no-impact")
VISIT = c.Departure("AAAA-0001/M3", "Visit M3 outside its window", departures.WINDOW, cases.day(120))


def study(*people: c.Case) -> Taken:
    taken = cases.taken(*people)
    return replace(taken, study=replace(taken.study, criteria=CRITERIA))


def failed(*codes: str) -> c.Case:
    return replace(cases.screened(), failed_on=cases.day(6), unmet=codes)


def test_a_criterion_not_met_is_a_row_and_says_which_way() -> None:
    rows = sdtm(study(cases.treated(), failed("E3", "I1"))).find("IE").dicts()
    assert [(r["IESPID"], r["IETESTCD"], r["IECAT"], r["IEORRES"]) for r in rows] == [
        ("E3", "EXCL01", "EXCLUSION", "Y"), ("I1", "INCL01", "INCLUSION", "N"),
    ]  # fmt: skip
    assert {r["IEDTC"] for r in rows} == {cases.day(6).isoformat()} and {r["IEDY"] for r in rows} == {None}
    assert not sdtm(study(cases.treated())).has("IE")


def test_a_departure_is_a_row_with_its_judgement_beside_it() -> None:
    one = replace(cases.treated(), departures=(BATCH, VISIT))
    made = sdtm(study(one))
    rows = made.find("DV").dicts()
    assert [(r["DVTERM"], r["DVSCAT"], r["EPOCH"], r["DVSTDY"]) for r in rows] == [
        ("Bag leaked", "MAJOR", "SCREENING", -12), ("Visit M3 outside its window", None, "FOLLOW-UP", 121),
    ]  # fmt: skip
    beside = made.find("SUPPDV").dicts()
    assert [(r["IDVARVAL"], r["QNAM"], r["QVAL"]) for r in beside] == [("1", "DVJUDGED", "NO IMPACT")]
    assert not sdtm(study(cases.treated())).has("DV")


def test_every_bag_that_was_given_is_accounted_for_and_no_other() -> None:
    made = sdtm(study(cases.treated(), cases.died()))
    rows = made.find("DA").dicts()
    given = {(r["ECREFID"], r["ECDOSE"]) for r in made.find("EC").dicts()}
    assert {(r["DAREFID"], r["DASTRESN"]) for r in rows} == given and len(rows) == 4
    assert {r["DATESTCD"] for r in rows} == {"DISPAMT"}


def entry(day: int, *found: tuple[str, dict[str, Any]], **action: Any) -> Any:
    findings = [SimpleNamespace(code=code, facts=facts) for code, facts in found]
    return SimpleNamespace(findings=findings, action=SimpleNamespace(**action), happened_at=cases.at(day).instant,
                           zone=cases.ROME)  # fmt: skip


def test_a_page_saved_again_finds_the_same_departure_once() -> None:
    window = ("visit-outside-window", {"visit": "D28", "from": "2026-04-03", "to": "2026-04-11"})
    told = departures.once(departures.of_entries([entry(40, window), entry(41, window), entry(42)], "P-1"))
    assert [(one.code, one.category) for one in told] == [("P-1/D28", departures.WINDOW)]
    on = departures.once(departures.of_entries([entry(50, window, on=cases.day(45))], "P-1"))
    assert on[0].on == cases.day(45)  # the day of the visit, not of its recording


def test_the_platforms_own_words_of_a_deviation_are_said_in_full() -> None:
    deviation = SimpleNamespace(code="D1", what="out-of-limit", severity="major", disposition="",
                                opened_at=cases.at(-15).instant)  # fmt: skip
    assert [one.words for one in departures.of_product("B1", [deviation], cases.ROME)] == [
        "A reading outside its limit"
    ]
