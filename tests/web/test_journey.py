"""The page of a journey: stations with the time between them, and every datum opening the entry behind it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from milenari.journal import clock, origin, read
from milenari.registers import questions
from milenari.web import sources, strip
from milenari.web.access import Acting
from milenari.words import Role
from tests.web.stage import client_of, do
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
JOURNEY = "ROM-J-001"


def found_of(code: str) -> tuple[Any, dict[str, list[Any]], sources.Sources]:
    parts = questions.parts_of(code) | {"deviations": []}
    sheet = read.sheet(f"journey:{code}")
    return sheet, parts, sources.of_journey(sheet, parts)


def action_of(act: str) -> Any:
    return read.entry_of_act(act).entry.action


def test_every_datum_of_a_finished_therapy_has_the_act_that_entered_it() -> None:
    sheet, parts, found = found_of(JOURNEY)
    assert action_of(found.journey["weight"]).weight.value == sheet.weight_kg
    assert action_of(found.journey["coi"]).coi == sheet.coi
    assert action_of(found.journey["slot"]).slot_on == sheet.slot_on
    assert action_of(found.journey["referred"]).sex == sheet.sex
    for given, act in zip(sheet.consents, found.consents, strict=True):
        assert (action_of(act).kind, action_of(act).on) == (given.kind, given.on)
    for bag in parts["collections"]:
        acts = found.collections[bag.code]
        assert action_of(acts["counted"]).cd3.value == bag.cd3_e6
        assert action_of(acts["collected"]).volume.value == bag.volume_ml
    for batch in parts["batches"]:
        acts = found.batches[batch.code]
        assert action_of(acts["decision"]).stage == batch.decision
        assert action_of(acts["harvested"]).cells.value == batch.cells_e6
    for dose in parts["doses"]:
        acts = found.doses[dose.code]
        assert read.entry_of_act(acts["given"]).entry.happened_at == dose.given_at
        assert action_of(acts["decided"]).decision == dose.decision and action_of(acts["filled"]).batch == dose.batch
    for visit in parts["visits"]:
        if visit.seen_on:
            act = action_of(found.rows[visit.entry])
            assert (act.visit, act.on) == (visit.visit, visit.seen_on)
    for outcome in parts["outcomes"]:
        entry = read.entry_of_act(found.rows[outcome.entry]).entry
        assert entry.happened_at == outcome.at and entry.about == f"journey:{JOURNEY}"


def test_an_older_weighing_entered_late_does_not_become_the_source_of_the_weight() -> None:
    before = found_of(JOURNEY)[2].journey["weight"]
    sheet = read.sheet(f"journey:{JOURNEY}")
    late = do("rom-ward", "record-weight", journey=JOURNEY, weight={"value": "24", "unit": "kg"},
              on=str(sheet.weight_on - timedelta(days=3)))  # fmt: skip
    assert found_of(JOURNEY)[2].journey["weight"] == before != late.entry.act


def test_each_link_on_the_page_opens_an_entry_with_its_proof() -> None:
    client = client_of("rom-physician")
    source = client.get(f"/journey/{JOURNEY}").content.decode()
    links = set(re.findall(r'class="datum" href="(/entry/[^"]+)"', source))
    assert len(links) > 20
    for url in sorted(links):
        shown = client.get(url)
        assert shown.status_code == 200 and "/proof/" in shown.content.decode(), url


def test_the_recalled_the_rejected_and_the_released_batch_open_the_decision_that_stands() -> None:
    for journey, action in (("AMM-J-DRILL", "recall-batch"), ("BEY-J-002", "supply-oos"),
                            ("BEY-J-001", "release-batch")):  # fmt: skip
        _, parts, found = found_of(journey)
        act = found.batches[parts["batches"][-1].code]["decision"]
        assert read.entry_of_act(act).entry.action.code == action


def test_the_strip_names_both_events_of_every_interval() -> None:
    who = Acting("p", "p", "ROM", Role.QA, "Europe/Rome", {}, {}, None)
    now = clock.now()
    reached = {"referred": (now, "ROM", "a"), "collected": (now + timedelta(days=3, hours=2), "ROM", "b"),
               "infused": (now + timedelta(days=20), "ROM", "c")}  # fmt: skip
    stops = strip.stops(reached, who)
    by_code = {stop.code: stop for stop in stops}
    assert (by_code["collected"].since, by_code["collected"].after) == (by_code["referred"].word, "3 d 2 h")
    assert by_code["referred"].after == "" and by_code["released"].at is None
    assert [(i.first, i.last, i.lasting) for i in strip.intervals(stops)] == [
        (by_code["referred"].word, by_code["collected"].word, "3 d 2 h"),
        (by_code["collected"].word, by_code["infused"].word, "16 d 22 h"),
    ]
    shown = text_of(client_of("rom-physician").get(f"/journey/{JOURNEY}"))
    assert "Time from Collected to In manufacture" in shown and "Collected to Infused" in shown


def test_a_long_history_is_paged_newest_first_and_each_page_still_tells_old_and_new() -> None:
    client = client_of("rom-physician")
    subjects = [f"journey:{JOURNEY}"]
    first, second = origin.history(subjects, 1, most=5), origin.history(subjects, 2, most=5)
    assert first.total > 10 and first.entries[0].entry.happened_at >= second.entries[0].entry.happened_at
    assert not {s.act for s in first.entries} & {s.act for s in second.entries}
    assert origin.history(subjects, 999, most=5).page == first.pages
    do("rom-ward", "record-weight", journey=JOURNEY, weight={"value": "27", "unit": "kg"}, on=str(clock.now().date()))
    shown = text_of(client.get(f"/journey/{JOURNEY}"))
    assert "was 26 kg, now 27 kg" in shown and "Page 1 of" in shown
    assert client.get(f"/journey/{JOURNEY}?page=2").status_code == 200
    assert client.get(f"/journey/{JOURNEY}?page=x").status_code == 200


def test_what_stood_before_a_page_is_folded_up_to_it_and_not_beyond() -> None:
    page = origin.history([f"journey:{JOURNEY}"], 1, most=3)
    before = origin.states_before(page.entries, [f"journey:{JOURNEY}"])[f"journey:{JOURNEY}"]
    oldest = min(dict(s.entry.subjects)[f"journey:{JOURNEY}"] for s in page.entries)
    assert before.version == oldest - 1
    assert origin.states_before(page.entries, [f"journey:{JOURNEY}"], most=1) == {}


def test_the_page_asks_a_bounded_number_of_questions(django_assert_max_num_queries: Any) -> None:
    client = client_of("rom-physician")
    with django_assert_max_num_queries(70):
        client.get(f"/journey/{JOURNEY}")


def test_an_opened_deviation_is_listed_with_its_entry() -> None:
    do("rom-qa", "open-deviation", of="batch:ROM-B-001", deviation="DEV-J", what="temperature", severity="minor")
    source = client_of("rom-physician").get(f"/journey/{JOURNEY}").content.decode()
    assert "DEV-J" in source.partition('id="deviations-title"')[2].partition("</section>")[0]
