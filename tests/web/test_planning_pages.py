"""Planning on screen: scenarios kept and typed over, runs begun, stopped and kept, another day tried, plans saved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from milenari.journal import calculations, clock, read, scenarios
from milenari.journal.models import Calculation
from milenari.registers import planning, recorded
from milenari.rules.action import Refused
from milenari.science.planning import editing, slots
from milenari.science.unfit import Unfit
from tests.web.stage import client_of, do, secrets
from tests.web.test_access import text_of
from tests.web.test_plans import hidden

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]


def small() -> dict[str, Any]:
    """The example with two patients and few days: planned at once."""
    tree = recorded.example()
    tree |= {"name": "Two patients", "horizon": 60, "patients": tree["patients"][:2]}
    tree["objective"]["start_window"] = 6
    return tree


def bytes_of(tree: Any) -> bytes:
    return json.dumps(tree).encode()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Runs are begun, and no process: what would be started is told."""
    told: list[list[str]] = []
    monkeypatch.setattr(calculations.subprocess, "Popen", lambda words, **_: told.append(words))
    yield told


def keep(tree: Any) -> scenarios.Kept:
    return scenarios.keep("BCN", "bcn-coordinator", "small.json", bytes_of(tree))


def sent(client: Client, name: str, body: bytes) -> Any:
    return client.post("/plans/scenarios", {"start": "file", "file": SimpleUploadedFile(name, body)})


# -- scenarios ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["example", "live"])
def test_a_scenario_is_begun_from_the_example_or_from_the_registers(start: str) -> None:
    client = client_of("bcn-coordinator")
    answer = client.post("/plans/scenarios", {"start": start})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200 and "Keep as a new scenario" in text_of(page)
    body = page.content.decode()
    assert body.count('role="img"') >= 1 and "BCN-ROM" in body, "the map and the lanes as a table"
    assert ("AMM-J-002" in client.get(f"{answer['Location']}/file").content.decode()) == (start == "live")


def test_a_hospital_takes_its_own_patients_from_the_registers_and_nobody_elses() -> None:
    client = client_of("rom-coordinator")
    told = json.loads(client.get(f"{client.post('/plans/scenarios', {'start': 'live'})['Location']}/file").content)
    assert {one["hospital"] for one in told["patients"]} == {"ROM"}
    assert "BEY-B-" not in json.dumps(told) and "AMM-B-" not in json.dumps(told)
    assert [one["code"] for one in told["sites"]] == ["BCN", "ROM", "AMM", "BEY"]


def test_a_file_is_kept_as_it_is_and_given_back_byte_by_byte() -> None:
    client, raw = client_of("bcn-coordinator"), b"# by hand\n" + _yaml(small())
    answer = sent(client, "mine.yaml", raw)
    assert answer.status_code == 302
    assert client.get(f"{answer['Location']}/file").content == raw
    assert sent(client, "again.yaml", raw)["Location"] == answer["Location"], "the same bytes are kept once"


def _yaml(tree: Any) -> bytes:
    import yaml

    return yaml.safe_dump(tree, allow_unicode=True).encode()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: t["sites"][1]["beds"].update(value=-1), "sites[1].beds.value is -1 {bed}; it is at least 0"),
        (lambda t: t["lanes"][0].update(destination="NOWHERE"), "lanes[0].destination is"),
        (lambda t: t["sites"][0]["collections"].update(value=0), "sites[0].collections.value is 0, and patients come"),
        (lambda t: t["calendars"][0].update(weekend=["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
         "calendars[0].weekend has all seven days"),
        (lambda t: t["process"].pop("manufacture"), "process.manufacture is missing"),
        (lambda t: t["sites"][0].update(place={"longitude": 200, "latitude": 1}), "sites[0].place.longitude is 200"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_named_by_its_field_and_nothing_is_kept(spoil: Any, said: str) -> None:
    tree = small()
    before = scenarios.kept(None).count()
    spoil(tree)
    page = sent(client_of("bcn-coordinator"), "s.json", bytes_of(tree))
    assert page.status_code == 422 and said in text_of(page)
    assert scenarios.kept(None).count() == before


def test_a_file_that_is_none_is_refused_by_its_line_and_one_that_is_too_large_by_its_size() -> None:
    client = client_of("bcn-coordinator")
    assert "line 2" in text_of(sent(client, "s.json", b'{"name":\n broken'))
    assert "at most" in text_of(sent(client, "s.json", b" " * (scenarios.LARGEST + 1)))
    assert "No file was given" in text_of(client.post("/plans/scenarios", {"start": "file"}))


def test_a_figure_typed_over_makes_another_scenario_and_leaves_the_first() -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    form = {"part": "sites[1]", "sites[1].beds.value": "5", "sites[1].beds.basis": "published",
            "sites[1].beds.source": "told by the ward"}  # fmt: skip
    answer = client.post(f"/plans/scenarios/{one.id}", form)
    assert answer.status_code == 302
    made = scenarios.opened(scenarios.one(int(answer["Location"].split("?")[0].rsplit("/", 1)[1]), None))[1]
    assert (made.sites[1].beds.whole, made.sites[1].beds.basis) == (5, "published")
    assert made.sites[1].beds.source == "told by the ward"
    assert scenarios.opened(one)[1].sites[1].beds.whole == small()["sites"][1]["beds"]["value"]
    assert "kept=0" in client.post(f"/plans/scenarios/{one.id}", {"part": "sites[1]"})["Location"]


def test_what_cannot_stand_there_is_marked_on_its_line_and_nothing_typed_is_lost() -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    form = {"part": "sites[1]", "sites[1].beds.value": "many", "sites[1].beds.source": "told by the ward"}
    page = client.post(f"/plans/scenarios/{one.id}", form)
    body = page.content.decode()
    assert page.status_code == 422 and "sites[1].beds.value is" in text_of(page)
    assert 'value="many"' in body and "told by the ward" in body and 'aria-invalid="true"' in body
    # A name that the part's form does not have is not taken into the tree.
    client.post(f"/plans/scenarios/{one.id}", {"part": "sites[1]", "vector.site": "ROM", "costs.batch.value": "1"})
    assert scenarios.opened(one)[1].vector.site == "BCN" and scenarios.kept(None).first().pk == one.id


def test_every_part_of_a_scenario_can_be_looked_at_and_kept_unchanged() -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    tree, scenario = scenarios.opened(one)
    for part in editing.parts(scenario):
        page = client.get(f"/plans/scenarios/{one.id}", {"part": part})
        assert page.status_code == 200
        lines = editing.lines(scenario, tree, part)
        held = {"": "a", "value": "a"}
        typed = {f"{line.path}.{name}".rstrip("."): getattr(line, held.get(name, name))
                 for line in lines for name in line.fields}  # fmt: skip
        assert editing.changed(tree, typed) == tree, "what stands in the form is what stands in the file"


def test_a_scenario_of_another_site_is_not_shown_and_only_planners_begin_one() -> None:
    one = keep(small())
    assert client_of("rom-coordinator").get(f"/plans/scenarios/{one.id}").status_code == 404
    assert "Two patients" not in text_of(client_of("rom-coordinator").get("/plans/scenarios"))
    page = client_of("bcn-qa").post("/plans/scenarios", {"start": "example"})
    assert page.status_code == 403 and "coordinators and vector managers" in text_of(page)
    assert "Scenarios are begun by" in text_of(client_of("bcn-qa").get("/plans/scenarios"))


# -- runs -----------------------------------------------------------------------------------------------


def begun(client: Client, one: scenarios.Kept, **asked: str) -> Any:
    return client.post("/plans/runs", {"scenario": one.id, "kind": "slots", "seconds": "20", **asked})


def test_a_run_is_begun_computed_shown_and_kept_as_a_plan(here: list[list[str]]) -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    answer = begun(client, one)
    number = int(answer["Location"].rsplit("/", 1)[1])
    assert here[0][1:] == ["-m", "milenari", "plan", "calculate", str(number)]
    page = client.get(answer["Location"])
    assert "Running now" in text_of(page) and 'http-equiv="refresh"' in page.content.decode()
    assert "http-equiv" not in client.get(f"{answer['Location']}?still=1").content.decode()
    assert calculations.work(number) is True
    said = text_of(client.get(answer["Location"]))
    assert "Proven best" in said and "P02" in said and "Every patient of the plan has a slot" in said
    told = json.loads(client.get(f"/plans/runs/{number}/json").content)
    assert told["method"] == "time-indexed-slots" and told["gap"] == 0
    rows = client.get(f"/plans/runs/{number}/csv").content.decode().splitlines()
    assert len(rows) == 1 + 2 and rows[0].startswith("journey,hospital")
    form = client.get(f"/plans/keep?run={number}")
    fields = {name: hidden(form, name) for name in ("act", "kind", "method", "scenario", "answer")}
    more = {"plan": "PLAN-9", "title": "From a run"}
    done = client.post("/plans/keep", fields | more | secrets("bcn-coordinator"))
    assert done.status_code == 302, text_of(done)
    assert read.sheet("plan:PLAN-9").scenario == one.digest
    body = client.get("/plans/of/PLAN-9").content.decode()
    assert "machine BCN-PRODIGY" in body and "bed 1" in body, "its scenario is here, so places and people are shown"


def test_a_run_that_is_stopped_ends_clean_and_one_whose_process_is_gone_is_said_to_be(here: list[list[str]]) -> None:
    client, one = client_of("bcn-coordinator"), keep(recorded.example())
    number = int(begun(client, one)["Location"].rsplit("/", 1)[1])
    assert client.post(f"/plans/runs/{number}/stop").status_code == 302
    assert "Being stopped" in text_of(client.get(f"/plans/runs/{number}"))
    assert calculations.work(number) is False
    row = Calculation.objects.get(pk=number)
    assert row.answer is None and row.ended_at is not None
    assert "Somebody stopped this run" in text_of(client.get(f"/plans/runs/{number}"))
    assert client.get(f"/plans/runs/{number}/json").status_code in (409, 422)
    other = int(begun(client, one)["Location"].rsplit("/", 1)[1])
    Calculation.objects.filter(pk=other).update(beat_at=clock.now() - 2 * calculations.SILENT)
    assert "The run broke off" in text_of(client.get(f"/plans/runs/{other}"))


def test_no_more_run_at_once_than_may_and_what_is_asked_is_within_bounds(here: list[list[str]]) -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    for wrong in ("0", "soon", "", "99999"):
        page = begun(client, one, seconds=wrong)
        assert page.status_code == 422 and "say a whole number" in text_of(page)
    for _ in range(calculations.AT_ONCE):
        assert begun(client, one).status_code == 302
    assert "As many runs as may be" in text_of(begun(client, one))
    Calculation.objects.update(beat_at=clock.now() - 2 * calculations.SILENT)
    assert begun(client, one).status_code == 302, "what is gone holds nobody up"
    assert begun(client_of("bcn-qa"), one).status_code == 403


def test_a_run_without_an_answer_says_why(here: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> Any:
        raise Unfit("too-many", "More patients came than fit.")

    client, one = client_of("bcn-coordinator"), keep(small())
    number = int(begun(client, one)["Location"].rsplit("/", 1)[1])
    monkeypatch.setattr(slots, "plan", refused)
    calculations.work(number)
    assert "More patients came than fit." in text_of(client.get(f"/plans/runs/{number}"))
    with pytest.raises(Refused):
        calculations.one(number, frozenset({"ROM"}))


# -- the plan's page ------------------------------------------------------------------------------------


@pytest.fixture
def planned(db: None) -> str:
    """A plan of two hospitals' patients, whose scenario is kept here; one of them has no slot."""
    tree = small()
    first, second = tree["patients"][:2]
    third = {**second, "code": "LATE", "due": second["ready"]}
    tree["patients"] = [first, second, third]
    one = keep(tree)
    kind, method, answer = planning.as_plan(slots.plan(scenarios.opened(one)[1]).to_json())
    do("bcn-coordinator", "keep-plan", plan="P-20", kind=kind, title="Two of three", scenario=one.digest, method=method,
       answer=answer)  # fmt: skip
    return "P-20"


def test_a_plan_is_shown_with_every_place_and_a_reason_for_whoever_has_no_slot(planned: str) -> None:
    page = client_of("bcn-coordinator").get(f"/plans/of/{planned}")
    body, said = page.content.decode(), text_of(page)
    assert all(word in body for word in ("bed 1", "machine ROM-PRODIGY", "collection place", "lymphodepletion"))
    assert "LATE" in said and "the due date is" in said
    # A hospital sees what is taken for its own patients, and nobody else's.
    mine = client_of("rom-coordinator").get(f"/plans/of/{planned}").content.decode()
    assert "P02" in mine and "P07" not in mine and "LATE" not in mine
    rows = client_of("rom-coordinator").get(f"/plans/file/{planned}").content.decode()
    assert "P02" in rows and "P07" not in rows
    assert client_of("bcn-coordinator").get(f"/paper/plan/{planned}").content[:5] == b"%PDF-"
    assert client_of("amm-coordinator").get(f"/plans/file/{planned}").status_code == 403


def test_another_day_says_what_it_breaks_and_planning_again_books_nothing(here: list[list[str]], planned: str) -> None:
    client, plan = client_of("bcn-coordinator"), read.sheet(f"plan:{planned}")
    slot = plan.slots()[0]
    address = f"/plans/move/{planned}/{slot.journey}"
    same = text_of(client.get(address, {"start": str(slot.start)}))
    assert "It breaks nothing" in same
    late = text_of(client.get(address, {"start": str(slot.start + timedelta(days=60))}))
    assert "Nothing can start on this day" in late and "a start is planned between" in late
    assert "a day as in the calendar" in text_of(client.get(address, {"start": "soon"}))
    bookings, entries = dict(_bookings()), read.search(limit=1)[1]
    answer = client.post(address, {"start": str(slot.start)})
    assert answer.status_code == 302 and here
    number = int(answer["Location"].rsplit("/", 1)[1])
    scenario = scenarios.opened(calculations.one(number, None).scenario)[1]
    locked = {p.code for p in scenario.patients if p.booked and p.booked.locked}
    assert locked == {slot.journey} and sum(p.booked is not None for p in scenario.patients) == len(plan.slots())
    assert (dict(_bookings()), read.search(limit=1)[1]) == (bookings, entries)
    assert client_of("rom-coordinator").get(address).status_code == 403
    assert client.get("/plans/move/PLAN-0/P02").status_code == 404


def _bookings() -> Any:
    from milenari.registers import models as table

    return table.Journey.objects.values_list("code", "slot_on")
