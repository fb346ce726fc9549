"""Home: what each role is shown first, who can move the rest, and what runs out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from milenari.journal import clock
from milenari.registers import deadlines, waiting
from milenari.registers import models as table
from milenari.rules.action import ACTIONS
from milenari.web import rooms
from milenari.web.countdown import Countdown, amount
from milenari.web.pages import home
from milenari.web.wording import waiting as words
from milenari.words import Role
from tests.web.crowd import crowd
from tests.web.test_pages import story  # noqa: F401  a fixture
from tests.web.world import JOURNEY, World, logged_in, today

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def visible(source: str) -> str:
    """The page without what a countdown keeps hidden."""
    return re.sub(r"<span data-\w+ hidden>.*?</span>.*?</span>", "", source)


def parts(client: Client) -> dict[str, str]:
    """The text of each part of the home, by its heading."""
    source = visible(client.get("/").content.decode().split("<main")[1].split("<footer")[0])
    found = {}
    for part in source.split("<h2")[1:]:
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part.split(">", 1)[1])).strip()
        heading = re.sub(r"<[^>]+>", "", part.split(">", 1)[1].split("</h2>")[0])
        found[heading.strip()] = text
    return found


# -- do next, and who else ------------------------------------------------------------------------------


def test_an_operator_is_sent_to_the_phase_that_waits(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    assert "batch ROM-B-1" in parts(client)["Do next"] and "Sign a step" in parts(client)["Do next"]
    assert 'href="/run/ROM-B-1"' in client.get("/").content.decode()


def test_what_an_operator_does_waits_for_others_on_a_physicians_home_with_names(batch_world: World) -> None:
    shown = parts(logged_in("ROM-PHY"))
    assert "ROM-B-1" not in shown["Do next"]
    assert "The next phase is not signed." in shown["Waits for others"]
    assert "operator" in shown["Waits for others"] and "Marco Bellini" in shown["Waits for others"]


def test_a_home_is_of_the_role_in_which_one_acts(world: World) -> None:
    client = logged_in("ROM-COO")
    client.post("/act-as", {"as": "ROM|coordinator"})
    assert "No collection day is booked." in parts(client)["Do next"]
    client.post("/act-as", {"as": "ROM|physician"})
    shown = parts(client)
    assert "No collection day is booked." in shown["Waits for others"] and JOURNEY not in shown["Do next"]
    assert "you, in another role" in shown["Waits for others"]


def test_a_step_without_anybody_to_do_it_says_so(batch_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home.people, "holders", lambda *_: {})
    assert "Nobody holds this role here today." in parts(logged_in("ROM-PHY"))["Waits for others"]


def test_an_empty_part_says_what_it_means(world: World) -> None:
    shown = parts(logged_in("ROM-IT"))
    assert "Nothing waits for you in this role here." in shown["Do next"]
    assert "Nothing that concerns you runs out" in shown["Deadlines"]
    assert "The guard of the journal is in place" in shown["This node"] and "entries in the log" in shown["This node"]
    assert "Enrol a person" in shown["What you may begin"]


def test_only_oversight_is_told_what_waits_elsewhere(batch_world: World) -> None:
    shown = parts(logged_in("BCN-QA"))
    assert "ROM" in shown["What waits at the other sites"]
    assert "What waits at the other sites" not in parts(logged_in("ROM-QA"))


def test_every_role_has_rooms_figures_deadlines_and_acts_that_it_may_do() -> None:
    for role in Role:
        if role is Role.NODE:  # never at a screen
            continue
        assert role in rooms.FIRST and role in home.CONCERNS
        assert set(home.FIGURES.get(role, home.CLINIC)) <= set(words.FIGURES)
        assert home.BEGINS[role] and all(role in ACTIONS[code].roles for code in home.BEGINS[role]), role


def test_everything_that_can_wait_has_a_reason_in_words_and_an_action() -> None:
    source = Path(waiting.__file__).read_text()
    named = {code for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source) if code in ACTIONS} | {"receive"}
    assert len(named) > 30 and named <= set(words.WHY)
    assert set(words.WHY) - {"held"} <= set(ACTIONS)


def test_every_station_of_the_story_waits_for_its_act(story: None) -> None:  # noqa: F811
    waits = {(w.site, w.action, w.subject) for w in waiting.work_waiting("ROM", "BEY", "AMM", "BCN")}
    assert waits >= {
        ("ROM", "verify-step", "batch:ROM-B-003"), ("ROM", "sign-step", "batch:ROM-B-004"),
        ("ROM", "close-deviation", "batch:ROM-B-003"), ("ROM", "record-consent", "journey:ROM-J-002"),
        ("BEY", "record-result", "batch:BEY-B-001"), ("BEY", "start-batch", "collection:BEY-J-003-A"),
        ("BEY", "decide-fraction", "dose:BEY-B-001-F2"), ("AMM", "collect-cells", "journey:AMM-J-002"),
        ("AMM", "receive", "container:LV-A3B1-L01-009"), ("AMM", "judge-material", "material:AMM-medium-02"),
    }  # fmt: skip
    # Until the second person has verified it, nobody is sent to sign the next phase, which would be refused.
    assert ("ROM", "sign-step", "batch:ROM-B-003") not in waits
    assert not {subject for _, _, subject in waits} & {"dose:AMM-B-DRILL-F2", "batch:ROM-B-001"}
    alone = {(w.site, w.action, w.subject) for w in waiting.work_waiting("BEY")}
    assert alone == {found for found in waits if found[0] == "BEY"}


def test_results_of_a_lot_wait_and_those_of_a_rejected_batch_do_not(batch_world: World) -> None:
    crowd(0)  # takes the guard down
    soon = clock.now() + timedelta(days=2)
    for of in ("lot:L-1", "batch:ROM-B-1"):
        table.Result.objects.create(key=f"{of}/sterility/1", subject=of, entry=1, of=of, test="sterility", site="ROM",
                                    status="pending", sampled_at=clock.now(), due_at=soon)  # fmt: skip

    def told() -> tuple[set[str], set[str]]:
        waits = {w.subject for w in waiting.work_waiting("ROM") if w.action == "record-result"}
        return waits, {d.subject for d in deadlines.deadlines(("ROM",), clock.now()) if d.kind == "result"}

    assert told() == ({"lot:L-1", "batch:ROM-B-1"},) * 2
    late = table.Result.objects.get(of="batch:ROM-B-1")
    late.key, late.test, late.due_at = "batch:ROM-B-1/mycoplasma/1", "mycoplasma", clock.now() - timedelta(hours=30)
    late.save(force_insert=True)
    rows = parts(logged_in("ROM-QA"))["Waits for others"].split("batch ROM-B-1")
    assert next("1 d 6 h ago" in row for row in rows if "mycoplasma" in row)
    assert next("1 d 23 h left" in row for row in rows if "sterility" in row)  # each by its own due time
    for decision in ("rejected", "run-failed"):
        table.Batch.objects.filter(key="ROM-B-1").update(decision=decision)
        assert told() == ({"lot:L-1"},) * 2
    table.Batch.objects.filter(key="ROM-B-1").update(decision="recalled")  # somebody still wants to know
    assert told() == ({"lot:L-1", "batch:ROM-B-1"},) * 2


def test_tests_of_one_lot_without_a_day_wait_in_one_line_and_those_with_one_in_their_own(
    batch_world: World,
) -> None:
    crowd(0)  # takes the guard down
    for test, due in (("sterility", None), ("endotoxin", None), ("mycoplasma", clock.now() + timedelta(days=2))):
        table.Result.objects.create(
            key=f"lot:L-1/{test}/1", subject=f"result:L-1-{test}", entry=1, of="lot:L-1", test=test, site="ROM",
            status="pending", sampled_at=clock.now(), due_at=due,
        )  # fmt: skip
    rows = [r for r in parts(logged_in("ROM-QA"))["Waits for others"].split("vector lot") if "L-1" in r]
    assert len(rows) == 2
    assert any("sterility" in r and "endotoxin" in r and "mycoplasma" not in r for r in rows)


BATCH = {
    "on_hold": "", "decision": "", "verdict": "missing", "alarm": "", "stage": None, "trail_reviewed": False,
    "phase": "", "started_at": NOW, "harvested_at": NOW, "filled": True, "reconciled": True, "unsampled": "",
    "supply_step": "", "purpose": "",
}  # fmt: skip

RUN = {"purpose": "engineering", "filled": False, "reconciled": False}  # nothing of it is filled for a patient
PASSED = {"decision": "conditional", "verdict": "pass", "trail_reviewed": True}


@pytest.mark.parametrize(
    ("found", "action"),
    [
        ({"on_hold": "alarm"}, "resume-batch"),
        ({"phase": "P050"}, "sign-step"),
        ({"harvested_at": None}, "harvest-batch"),
        ({"filled": False}, "fill-batch"),
        ({"reconciled": False}, "reconcile-batch"),
        ({"unsampled": "sterility"}, "take-sample"),
        ({"verdict": "fail"}, "request-oos-supply"),
        ({"verdict": "fail", "supply_step": "evaluated"}, "accept-oos-risk"),
        ({"verdict": "pass"}, "review-trail"),
        ({"verdict": "pass", "trail_reviewed": True}, "certify-batch"),
        ({"verdict": "pass", "trail_reviewed": True, "stage": "final"}, "release-batch"),
        ({"decision": "conditional"}, ""),
        ({"decision": "conditional", "alarm": "sterility"}, "inform-physician"),
        ({"decision": "conditional", "verdict": "pass"}, "review-trail"),
        (PASSED | {"stage": "conditional"}, "certify-batch"),
        (PASSED | {"stage": "final"}, "release-batch"),
        (RUN | {"harvested_at": None}, "harvest-batch"),
        (RUN | {"unsampled": "sterility"}, "take-sample"),
        (RUN, ""),
        (RUN | {"verdict": "pass"}, "review-trail"),
        (RUN | {"verdict": "pass", "trail_reviewed": True}, "close-qualification-run"),
        (RUN | {"verdict": "fail"}, "close-qualification-run"),
    ],
)  # fmt: skip
def test_a_batch_waits_for_the_one_act_that_moves_it_on(found: dict[str, Any], action: str) -> None:
    assert waiting.next_of_batch(SimpleNamespace(**{**BATCH, **found}))[0] == action


# -- deadlines ------------------------------------------------------------------------------------------


def collected(world: World) -> None:
    world.do("ROM-NUR", "collect-cells", journey=JOURNEY, wristband=world.coi, collection="ROM-C-9",
             volume={"value": "120", "unit": "mL"})  # fmt: skip


def test_collected_cells_count_down_to_the_end_of_their_hold_time(world: World) -> None:
    collected(world)
    client = logged_in("ROM-NUR")
    shown = parts(client)["Deadlines"]
    assert "collection bag ROM-C-9" in shown and "hold time of the collected cells" in shown and "left" in shown
    row = table.Collection.objects.get(key="ROM-C-9")
    assert row.use_by is not None
    assert f'data-until="{row.use_by.isoformat(timespec="milliseconds")[:19]}' in client.get("/").content.decode()


def test_cells_past_their_hold_time_are_told_as_passed_and_wait_for_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(world)
    later = clock.now() + timedelta(days=10)
    monkeypatch.setattr(home, "clock", SimpleNamespace(now=lambda: later))
    monkeypatch.setattr(waiting.timezone, "now", lambda: later)
    shown = parts(logged_in("ROM-NUR"))
    assert "collection bag ROM-C-9" in shown["Deadlines"] and "passed" in shown["Deadlines"]
    assert "ROM-C-9" not in shown["Do next"]


def test_calibration_and_material_run_out_for_those_whom_it_concerns(world: World) -> None:
    world.do("ROM-QA", "register-equipment", equipment="ROM-X", kind="counter", calibrated_until=str(today(-3)))
    world.do("ROM-OP", "receive-material", material="ROM-M", kind="medium", maker_lot="M",
             amount={"value": "5", "unit": "mL"}, expires_on=str(today(3)))  # fmt: skip
    world.do("ROM-QA", "judge-material", material="ROM-M", status="released")
    shown = parts(logged_in("ROM-OP"))["Deadlines"]
    assert "equipment ROM-X" in shown and "passed" in shown and "material lot ROM-M" in shown and "soon" in shown
    client = logged_in("ROM-PHY")
    assert parts(client)["Deadlines"].startswith("Deadlines Nothing that concerns you")
    assert "ROM-X" in parts(client)["Deadlines"]  # under the further ones


def test_the_end_of_a_sites_qualification_is_told_ahead_until_a_newer_one(world: World) -> None:
    ends = table.Qualification.objects.get(site="ROM").until_on
    assert ends is not None

    def told(days_ahead: int) -> list[tuple[str, str]]:
        found = deadlines.deadlines(("ROM",), datetime.combine(ends - timedelta(days=days_ahead), time(9), UTC))
        return [(d.subject, d.detail) for d in found if d.kind == "qualified" and d.on == ends]

    assert (told(61), told(60), told(0)) == ([], [("site:ROM", "ARI")], [("site:ROM", "ARI")])
    world.do("BCN-QA", "qualify-site", site="ROM", product="ARI", evidence="requalified", from_on=str(today()),
             until_on=str(ends + timedelta(days=300)))  # fmt: skip
    assert told(60) == []


def test_a_patient_who_comes_of_age_is_named_until_their_own_consent(world: World) -> None:
    nearly = str(18 * 12 - 1)
    world.do("ROM-PHY", "refer-patient", journey="ROM-J-17", process="ARI", age_months=nearly, sex="male",
             commitment="a" * 64)  # fmt: skip
    assert "own consent needed on coming of age" in parts(logged_in("ROM-PHY"))["Deadlines"]
    table_row = table.Journey.objects.get(key="ROM-J-17")
    assert table_row.own_consent_on is not None and today(25) < table_row.own_consent_on < today(35)
    world.do("ROM-PHY", "withdraw-consent", journey=JOURNEY, reason="moved away")
    assert table.Journey.objects.get(key=JOURNEY).own_consent_on is None


def test_the_newest_training_counts_and_only_for_who_works_here(world: World) -> None:
    for number, days in (("1", 5), ("2", 200)):
        world.do("ROM-QA", "record-training", person="ROM-OP", procedure="SOP-ARI", number=number, on=str(today()),
                 until_on=str(today(days)))  # fmt: skip
    assert not [d for d in deadlines.deadlines(("ROM",), clock.now()) if d.kind == "training"]
    world.do("ROM-QA", "record-training", person="ROM-TWO", procedure="SOP-ARI", number="1", on=str(today()),
             until_on=str(today(5)))  # fmt: skip
    found = [d for d in deadlines.deadlines(("ROM",), clock.now()) if d.kind == "training"]
    assert [(d.person, d.detail) for d in found] == [("ROM-TWO", "SOP-ARI")]
    assert not [d for d in deadlines.deadlines(("BCN",), clock.now()) if d.kind == "training"]
    assert "end of the training" in parts(logged_in("ROM-TWO"))["Deadlines"]


# -- the countdown's words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=30), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(hours=5, minutes=20), "5 h 20 min"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=2, hours=5, minutes=59), "2 d 5 h"),
        (timedelta(days=34, hours=5), "34 d"),
    ],
)
def test_a_span_is_written_in_days_hours_and_minutes(span: timedelta, text: str) -> None:
    assert amount(span.total_seconds()) == amount(-span.total_seconds()) == text


@pytest.mark.parametrize(
    ("left", "by_day", "look", "urgency", "told"),
    [
        (timedelta(hours=-3), False, "bad", "passed", "3 h ago"),
        (timedelta(hours=3), False, "warn", "soon", "3 h left"),
        (timedelta(days=3), False, "soft", "in time", "3 d left"),
        (timedelta(days=3), True, "warn", "soon", "3 d left"),
        (timedelta(days=9), True, "soft", "in time", "9 d left"),
    ],
)
def test_a_countdown_says_in_a_word_what_its_colour_says(
    left: timedelta, by_day: bool, look: str, urgency: str, told: str
) -> None:
    found = Countdown(NOW + left, NOW, by_day)
    assert (found.look, found.urgency) == (look, urgency)
    assert re.sub(r"<[^>]+>", "", found.ago if found.passed else found.left) == told


def test_a_number_of_the_countdown_keeps_its_direction() -> None:
    assert Countdown(NOW, NOW).left.startswith('<bdi dir="ltr" class="number" data-amount>')


# -- however many ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ROM-QA", "ROM-PHY", "BCN-QA"])
@pytest.mark.parametrize(
    "url", ["/", "/journeys", "/batches", "/network", "/stock", "/people", "/acts", "/find?q=ROM-"]
)
def test_a_page_asks_no_more_questions_of_many_than_of_few(batch_world: World, who: str, url: str) -> None:
    batch_world.do("ROM-PHY", "refer-patient", journey="ROM-J-8", process="ARI", age_months="30", sex="male",
                   commitment="b" * 64)  # fmt: skip
    client = logged_in(who)
    crowd(3)
    few = _questions(client, url)
    crowd(200, world=7)
    assert table.Journey.objects.count() > 1_000
    many = _questions(client, url)
    assert many <= few  # fewer where the first page has nothing of a kind


def _questions(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)
