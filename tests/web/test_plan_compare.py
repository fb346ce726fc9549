"""Comparisons on screen: designs, another scenario, a tornado and a heat map begun, computed, shown, saved, refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from milenari.journal import calculations, comparisons, scenarios
from milenari.registers import recorded
from tests.web.stage import client_of
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
RULES = {"replications": "20", "days": "60", "seed": "1", "reorder_at": "40", "litres": "10"}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Runs are begun, and no process: what would be started is told."""
    told: list[list[str]] = []
    monkeypatch.setattr(calculations.subprocess, "Popen", lambda words, **_: told.append(words))
    yield told


def keep(**more: Any) -> scenarios.Kept:
    return scenarios.keep("BCN", "bcn-coordinator", "a.json", json.dumps(recorded.example() | more).encode())


def begun(client: Client, one: scenarios.Kept, **asked: Any) -> Any:
    return client.post(f"/plans/scenarios/{one.id}/compare", RULES | asked)


def computed(client: Client, answer: Any) -> tuple[str, str]:
    """(address, text) of a run after it was computed."""
    assert answer.status_code == 302, text_of(answer)
    number = int(answer["Location"].rsplit("/", 1)[1])
    assert "of" in text_of(client.get(answer["Location"])) and calculations.work(number) is True
    return answer["Location"], text_of(client.get(answer["Location"]))


def test_designs_and_another_scenario_stand_side_by_side_with_outages(here: list[list[str]]) -> None:
    client, one = client_of("bcn-coordinator"), keep()
    tree = recorded.example()
    tree["sites"][2]["machines"][0]["number"]["value"] = 4
    other = scenarios.keep("BCN", "bcn-coordinator", "b.json", json.dumps(tree | {"name": "Four in Amman"}).encode())
    answer = begun(client, one, kind="designs", central="BCN", hubs=["BCN", "AMM"], other=str(other.id), failing="20",
                   outage1_what="power:AMM", outage1_every="60", outage1_lasts="5")  # fmt: skip
    place, said = computed(client, answer)
    for words in ("hub and spoke", "central BCN", "with outages", "Gini", "Days longer",
                  "Four in Amman",
                  "every 60 days, for 5", "Days from collection to infusion", "JO country"):  # fmt: skip
        assert words in said, words
    assert "Machines of this kind" in said and "4 {machine}" not in said, "the figure that differs, in words"
    told = json.loads(client.get(f"{place}/json").content)
    assert [d["name"] for d in told["designs"]] == [f"{name}{end}" for end in ("", " outages") for name in (
        "home", "central BCN", "hubs BCN,AMM", "other")]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(client.get(f"{place}/csv").content.decode())))
    at = {(r["design"], r["site"], r["figure"]): float(r["mean"]) for r in rows}
    assert at["home", "", "to_infusion_d"] == told["designs"][0]["figures"]["to_infusion_d"]["mean"]
    assert at["home", "AMM", "to_infusion_d"] < at["central BCN", "AMM", "to_infusion_d"]
    assert at["home outages", "", "referred"] == at["home", "", "referred"], "the same patients"


def test_a_tornado_and_a_heat_map_are_drawn_and_say_the_same_as_their_tables(here: list[list[str]]) -> None:
    client, one = client_of("bcn-coordinator"), keep()
    place, said = computed(client, begun(
        client, one, kind="tornado", measure="days", range1_field="process.releasing.value", range1_low="0",
        range1_high="9", range2_field="sites[0].beds.value", range2_low="1", range2_high="9"))  # fmt: skip
    assert "Release takes" in said and "Beds BCN" in said and "process.releasing" not in said
    assert client.get(place).content.decode().count('role="img"') == 1
    told = json.loads(client.get(f"{place}/json").content)
    assert {one["field"] for one in told["swings"]} == {"process.releasing.value", "sites[0].beds.value"}
    assert len(client.get(f"{place}/csv").content.decode().splitlines()) == 1 + 4
    place, said = computed(client, begun(
        client, one, kind="heat", measure="lost", grid1_field="process.releasing.value", grid1_values="0 3 9",
        grid2_field="sites[0].beds.value", grid2_values="2 9"))  # fmt: skip
    assert client.get(place).content.decode().count('role="img"') == 1 and "%" in said
    assert len(client.get(f"{place}/csv").content.decode().splitlines()) == 1 + 6


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"kind": "designs"}, "nothing to be compared with"),
     ({"kind": "designs", "central": "PAR"}, "no site PAR"),
     ({"kind": "designs", "central": "BCN", "other": "99999"}, "No scenario 99999"),
     ({"kind": "designs", "central": "BCN", "replications": "1"}, "say a whole number"),
     ({"kind": "designs", "central": "BCN", "failing": "101"}, "say a whole number"),
     ({"kind": "designs", "central": "BCN", "outage1_what": "power:AMM", "outage1_every": "often"}, "is no number"),
     ({"kind": "designs", "central": "BCN", "outage1_what": "power:AMM", "outage1_every": "9", "outage1_lasts": "0"},
      "say days above zero"),
     ({"kind": "designs", "central": "BCN", "outage1_what": "power:PAR", "outage1_every": "9", "outage1_lasts": "1"},
      "PAR"),
     ({"kind": "tornado"}, "Nothing is varied"),
     ({"kind": "tornado", "range1_field": "process.releasing.value", "range1_low": "5", "range1_high": "5"},
      "is not below"),
     ({"kind": "tornado", "range1_field": "nowhere.value", "range1_low": "5", "range1_high": "6"}, "leads nowhere"),
     ({"kind": "heat", "grid1_field": "process.releasing.value", "grid1_values": "1 2"}, "Say from one value")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_and_nothing_typed_is_lost(
    here: list[list[str]], asked: dict[str, str], said: str
) -> None:
    client, one = client_of("bcn-coordinator"), keep()
    page = begun(client, one, **({"measure": "cost", "days": "77"} | asked))
    assert page.status_code == 422 and said in text_of(page), text_of(page)[:2000]
    assert 'value="77"' in page.content.decode() and not here


def test_only_planners_begin_a_comparison_and_one_is_stopped_like_any_run(here: list[list[str]]) -> None:
    one = keep()
    assert begun(client_of("bcn-qa"), one, kind="designs", central="BCN").status_code == 403
    client = client_of("bcn-coordinator")
    answer = begun(client, one, kind="designs", central="BCN", replications="20000", days="3650")
    number = int(answer["Location"].rsplit("/", 1)[1])
    assert calculations.one(number, None).expected == 2 * 20_000
    assert client.post(f"/plans/runs/{number}/stop").status_code == 302
    assert calculations.work(number) is False
    assert "Somebody stopped this run" in text_of(client.get(answer["Location"]))


def test_a_figure_of_plans_alone_is_not_offered_and_every_one_offered_can_be_varied() -> None:
    from milenari.science.planning import designs, editing
    from milenari.science.planning.checking import scenario

    tree = recorded.example()
    offered = editing.numbers(scenario(tree), tree)
    assert len(offered) > 60 and not {one.name for one in offered} & editing.UNSIMULATED
    for one in offered[::7]:
        assert designs.number_at(tree, one.path) == one.value
    assert set(comparisons.KINDS) < set(calculations.KINDS)
