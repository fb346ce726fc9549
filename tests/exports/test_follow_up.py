"""Follow-up as a registry reads it: alive, dead, lost or left; every visit once; late effects with their source."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.exports import case as c
from milenari.exports import files
from milenari.exports.follow_up import VISIT, follow_up
from tests.exports import cases


def tables(*people: c.Case) -> tuple[list[dict[str, Any]], ...]:
    return tuple(d.dicts() for d in follow_up(cases.taken(*people)).datasets)


def page(item: str, kind: str, text: str, missing: str = "") -> c.Page:
    dated = c.Answer("taken_at", "Taken at", "datetime", "", "", "", "2026-09-26T10:00:00")
    return c.Page("P-1/M6/b-cells/1", "M6", "b-cells", cases.at(201), (
        dated, c.Answer(item, item, kind, "", "", "", text, "{copies}/100ng" if kind == "decimal" else "", missing),
    ))  # fmt: skip


def test_who_was_not_infused_is_not_in_it() -> None:
    people, visits, effects = tables()
    assert {row["participant"] for row in people} == {"AAAA-0001", "BBBB-0002"}
    assert Counter(row["participant"] for row in visits) == {"AAAA-0001": 21, "BBBB-0002": 21}
    assert [(r["effect"], r["result"], r["number"]) for r in effects] == [
        ("b-cells", "aplasia", 0), ("b-cells", "no aplasia", 140),
    ]  # fmt: skip


def test_dead_lost_left_and_alive_are_told_apart() -> None:
    lost = cases.treated("L", ended_on=cases.day(210), ended_why="lost-to-follow-up")
    left = cases.treated("M", follow_up_left_on=cases.day(205))
    done = cases.treated("N", ended_on=cases.day(230), ended_why="completed", adult_care_on=cases.day(220))
    people = {row["participant"]: row for row in tables(cases.treated(), cases.died(), lost, left, done)[0]}
    assert {key: row["status"] for key, row in people.items()} == {
        "AAAA-0001": "alive", "BBBB-0002": "dead", "L": "lost", "M": "left", "N": "left",
    }  # fmt: skip
    assert people["L"]["lost_on"] == cases.day(210).isoformat() and people["L"]["left_on"] is None
    assert people["BBBB-0002"]["last_contact_on"] == cases.day(90).isoformat()
    assert people["N"]["adult_care_on"] == cases.day(220).isoformat()
    assert people["AAAA-0001"]["next_visit"] == "Y1" and people["L"]["next_visit"] is None


def test_a_visit_is_seen_by_the_act_or_by_its_page_and_missed_when_its_window_closed() -> None:
    late = (c.Visit("D28", cases.day(60)),)
    seen = c.Answer("seen_on", "Seen on", "date", "SV", "SVSTDTC", "", cases.day(183).isoformat())
    paged = c.Page("P-1/M6/visit/1", "M6", "visit", cases.at(184), (seen,))
    states = {r["visit"]: r["state"] for r in tables(cases.treated(visits=late, pages=(paged,)))[1]}
    assert (states["D7"], states["D28"], states["M6"], states["Y1"], states["Y15"]) == (
        "missed", "seen-outside", "seen", "to-come", "to-come",
    )  # fmt: skip
    dead = {r["visit"]: r["state"] for r in tables(cases.died())[1]}
    assert dead["M6"] == "not-due" and dead["D7"] == "missed"


def test_late_effects_come_with_the_page_they_stand_on() -> None:
    pages = (page("copies", "decimal", "12"), replace(page("rcl", "codelist", "negative"), code="P-1/Y1/visit/1"),
             replace(page("second_malignancy", "yes-no", "", "not-done"), code="P-1/Y2/visit/1"))  # fmt: skip
    effects = tables(cases.treated(b_cells=(), pages=pages))[2]
    assert {(r["effect"], r["result"], r["number"], r["source"], r["missing"]) for r in effects} == {
        ("transgene", "12", 12, "P-1/M6/b-cells/1", None), ("rcl", "negative", None, "P-1/Y1/visit/1", None),
        ("second-malignancy", None, None, "P-1/Y2/visit/1", "not-done"),
    }  # fmt: skip
    assert {r["found_on"] for r in effects} == {"2026-09-26"}


def test_the_export_passes_its_checks_and_is_the_same_again() -> None:
    made = files.make(cases.taken(), "follow-up")
    assert made.passed and {f.name for f in made.files} == {
        "participants.csv", "visits.csv", "late_effects.csv", "dictionary.csv",
    }  # fmt: skip
    assert files.zipped(made) == files.zipped(files.make(cases.taken(), "follow-up"))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["D7", "D28", "M6", "Y1"]), st.integers(0, 400)), max_size=4),
       st.none() | st.integers(1, 400), st.none() | st.integers(1, 400))  # fmt: skip
def test_every_visit_stands_in_one_way_whatever_happened(seen: list[tuple[str, int]], died: int | None,
                                                         ended: int | None) -> None:  # fmt: skip
    one = cases.treated(
        visits=tuple(c.Visit(code, cases.day(day)) for code, day in seen),
        death=c.Death(cases.day(died), "leukaemia") if died else None,
        ended_on=cases.day(ended) if ended else None, ended_why="lost-to-follow-up" if ended else "",
    )  # fmt: skip
    people, visits, _ = tables(one)
    counts = Counter(str(row["state"]) for row in visits)
    assert sum(counts.values()) == 21 and set(counts) <= set(VISIT.codes)
    assert people[0]["seen"] == counts["seen"] + counts["seen-outside"] == len({code for code, _ in seen})
    assert people[0]["missed"] == counts["missed"]
    if died or ended:
        after = (cases.day(min(died or 999, ended or 999)) + timedelta(days=1)).isoformat()
        assert not [r for r in visits if str(r["from_on"]) > after and r["state"] in ("missed", "open", "to-come")]
