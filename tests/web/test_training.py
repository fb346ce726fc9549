"""The pages of training: the matrix, who is not trained on a version, one person's evidence, the chain of trainers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner

from milenari.cli import main
from tests.rules.test_curriculum import FILL, ITEMS, LOOK, READ, RUNS, TEST
from tests.web.world import World, logged_in, today


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]))


@pytest.fixture
def school(world: World) -> World:
    """Version 1 of SOP-ARI has a curriculum; ROM-TWO was named its trainer by the control site."""
    world.do("BCN-QA", "approve-curriculum", curriculum="SOP-ARI", number="1", title="CAR-T",
             document={"items": ITEMS, "inactive_months": 6, "requalify": ["LOOK"]})  # fmt: skip
    world.do("BCN-QA", "appoint-trainer", trainer="SOP-ARI/ROM-TWO", procedure="SOP-ARI", person="ROM-TWO", number="1",
             from_on=str(today(-5)), until_on=str(today(300)), may_appoint=True)  # fmt: skip
    return world


SHOWN = {"person": "ROM-OP", "procedure": "SOP-ARI", "number": "1"}


def teach(world: World) -> None:
    world.do("ROM-OP", "confirm-reading", item="READ", **SHOWN)
    for run in ("B-1", "B-2", "B-3"):
        world.do("ROM-TWO", "sign-training", item="RUNS", on=str(today()), reference=run, **SHOWN)
    world.do("ROM-TWO", "sign-training", item="TEST", on=str(today()), score={"value": "90", "unit": "%"}, **SHOWN)
    for item in ("FILL", "LOOK"):
        world.do("ROM-TWO", "sign-training", item=item, on=str(today()), **SHOWN)


def test_the_matrix_says_by_sign_and_word_how_everybody_stands(school: World) -> None:
    client = logged_in("ROM-QA")
    before = text_of(client.get("/training"))
    assert "not trained" in before and "Marco Bellini" in before
    school.do("ROM-OP", "confirm-reading", item="READ", **SHOWN)
    assert "partly shown" in text_of(client.get("/training"))
    assert "1/5" in text_of(client.get("/training?role=operator&procedure=SOP-ARI"))
    assert "Marco Bellini" not in text_of(client.get("/training?role=qc-analyst"))


def test_a_trained_operator_is_shown_with_the_day_it_ends_and_the_evidence(school: World) -> None:
    teach(school)
    client = logged_in("ROM-QA")
    source = client.get("/training?role=operator").content.decode()
    row = next(r for r in re.findall(r"<tr>(.*?)</tr>", source, re.S) if "Marco Bellini" in r)
    assert "✓" in row and 'class="tag good"' in row and "/training/person/ROM-OP#SOP-ARI-1" in row
    shown = client.get("/training/person/ROM-OP")
    assert "B-2" in text_of(shown) and "90" in text_of(shown) and "ROM-TWO" in text_of(shown)
    acts = set(re.findall(r'href="(/entry/[^"]+)"', shown.content.decode()))
    assert len(acts) >= 7 and client.get(min(acts)).status_code == 200


def test_who_is_not_trained_on_a_version_and_what_it_changes(school: World) -> None:
    teach(school)
    changed = [{**READ, "version": "2"}, RUNS, TEST, {**FILL, "again": True}, LOOK]
    school.do(
        "BCN-QA", "approve-curriculum", curriculum="SOP-ARI", number="2", title="CAR-T", document={"items": changed}
    )
    client = logged_in("ROM-QA")
    shown = client.get("/training/version?procedure=SOP-ARI&number=2")
    source = shown.content.decode()
    row = next(r for r in re.findall(r"<tr>(.*?)</tr>", source, re.S) if "Marco Bellini" in r)
    told = re.sub(r"<[^>]+>", " ", row)
    assert "READ" in told and "FILL" in told and "RUNS" not in told and "only what changed" in told
    assert "carries over" in text_of(shown) and "to be shown again" in text_of(shown)
    assert client.get("/training/version?procedure=SOP-ARI&number=9").status_code == 422


def test_the_command_line_asks_the_same_question(school: World) -> None:
    def asked(number: str) -> Any:
        return CliRunner().invoke(main, ["training", "untrained", "SOP-ARI", number, "--site", "ROM", "--json"])

    found = {row["person"]: row for row in json.loads(asked("1").output)}
    assert found["ROM-OP"]["missing"] == ["READ", "RUNS 0/3", "TEST", "FILL", "LOOK"]
    teach(school)
    assert "ROM-OP" not in {row["person"] for row in json.loads(asked("1").output)}
    assert asked("9").exit_code == 1 and json.loads(asked("9").output)["refused"] == "no-curriculum"


def test_the_chain_leads_from_the_control_site_down_and_from_a_person_back(school: World) -> None:
    teach(school)
    client = logged_in("ROM-QA")
    down = text_of(client.get("/training/chain?procedure=SOP-ARI"))
    assert down.index("BCN-QA") < down.index("ROM-TWO") and "root" in down
    up = text_of(client.get("/training/chain?procedure=SOP-ARI&person=ROM-OP"))
    assert up.index("ROM-TWO") < up.rindex("BCN-QA")
    assert "Nobody was named a trainer" in text_of(client.get("/training/chain?procedure=NONE"))


def test_without_any_procedure_the_pages_say_how_it_begins(world: World) -> None:
    client = logged_in("ROM-QA")
    assert "no procedure to be trained in yet" in text_of(client.get("/training"))
    assert client.get("/training/person/NOBODY").status_code == 404
    assert "Nobody was named a trainer" in text_of(client.get("/training/chain"))
