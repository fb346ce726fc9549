"""The pages over a whole network: the demo's story, seen by its people, with nothing unworded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from milenari import demo
from milenari.registers import models as table
from tests.web.test_access import text_of
from tests.web.world import JOURNEY, World, logged_in


def test_an_empty_list_says_how_it_begins(world: World) -> None:
    client = logged_in("ROM-PHY")
    assert "No journey matches this search" in text_of(client.get("/journeys?q=zzz"))
    assert "No vector lot yet" in text_of(client.get("/lots"))


@pytest.mark.parametrize(
    "query", ["sort=coi", "sort=-weight", "page=99", "page=x", "site=ROM", "station=identified", "sort=nonsense"]
)
def test_the_list_takes_any_question(world: World, query: str) -> None:
    assert JOURNEY in text_of(logged_in("ROM-PHY").get(f"/journeys?{query}"))


def test_the_list_finds_by_batch_and_by_chain_of_identity(batch_world: World) -> None:
    client = logged_in("ROM-PHY")
    for text in ("rom-b-1", batch_world.coi[4:12], JOURNEY.lower()):
        assert JOURNEY in text_of(client.get("/journeys", {"q": text}))


def test_the_acts_page_names_every_action_and_whose_it_is(world: World) -> None:
    shown = text_of(logged_in("ROM-OP").get("/acts"))
    assert "Sign a step" in shown and "done by: quality assurance" in shown


def test_what_waits_at_the_site_is_listed(batch_world: World) -> None:
    shown = text_of(logged_in("ROM-OP").get("/acts"))
    assert "Waiting at ROM" in shown and "batch ROM-B-1" in shown


def test_an_entry_shows_its_bytes_and_its_proof_checks(world: World) -> None:
    from milenari.journal import proof, read

    client = logged_in("ROM-PHY")
    entry = read.entries_about(f"journey:{JOURNEY}")[0]
    shown = client.get(f"/entry/{entry.act}")
    assert entry.leaf in shown.content.decode() and "node" not in shown.content.decode().split("<main")[1][:300]
    answer = client.get(f"/proof/{entry.act}")
    log = next(x for x in read.logs() if x["site"] == "ROM")
    assert proof.check_proof(answer.content.decode(), log["verifier_key"]).index == entry.index
    assert client.get("/entry/ROM/0").status_code == 200 and client.get("/entry/none").status_code == 404


def test_the_language_changes_words_direction_and_nothing_inside_a_code(world: World) -> None:
    client = logged_in("ROM-PHY")
    client.post("/language", {"language": "ar", "next": "/journeys"})
    source = client.get("/journeys").content.decode()
    assert 'lang="ar" dir="rtl"' in source and f'<bdi dir="ltr" class="code">{world.coi}</bdi>' in source
    assert '<bdi dir="ltr" class="number">20 kg</bdi>' in source


@pytest.fixture
def story(home: Path, db: None) -> None:
    demo.prepare(say=lambda _: None)


def demo_client(who: str) -> Client:
    client, login = Client(), next(x for x in demo.logins() if x["person"] == who)
    answer = client.post("/login", {"person": who, "password": login["password"], "second": login["pin"]})
    assert answer.status_code == 302
    return client


def test_every_page_of_the_whole_story_is_drawn_in_words(story: None, client: Client) -> None:
    assert "demo-rom-operator-2026" in text_of(client.get("/login"))
    qa = demo_client("bcn-qa")
    pages = ["/journeys", "/lots", "/acts", "/status", *(f"/journey/{x}" for x in codes(table.Journey)),
             *(f"/batch/{x}" for x in codes(table.Batch)), *(f"/lot/{x}" for x in codes(table.Lot)),
             *(f"/about/{x}" for x in table.Subject.objects.values_list("key", flat=True)[::9])]  # fmt: skip
    for url in pages:
        answer = qa.get(url)
        assert answer.status_code == 200, url
        source = answer.content.decode()
        assert " style=" not in source and "without words yet" not in source, url
        ids = re.findall(r'\bid="([^"]+)"', source)
        assert len(ids) == len(set(ids)), f"{url}: an id twice: {sorted(x for x in ids if ids.count(x) > 1)[:3]}"
        assert not re.findall(r"(?:Quantity|Decimal|datetime|StrEnum|Role)\(", source), url
    _out_of_specification_never_looks_right(qa)
    _recall_lists_its_effect(qa)
    _a_lot_is_shown_where_it_went(demo_client("rom-operator"))


def codes(model: Any) -> list[str]:
    return list(model.objects.values_list("code", flat=True))


def _out_of_specification_never_looks_right(qa: Client) -> None:
    row = table.Batch.objects.get(decision="out-of-specification")
    source = qa.get(f"/batch/{row.code}").content.decode()
    assert "OUT OF SPECIFICATION." in source and 'class="tag good">released' not in source.split("<main")[1][:800]


def _recall_lists_its_effect(qa: Client) -> None:
    row = table.Lot.objects.exclude(recalled="").get()
    shown = text_of(qa.get(f"/lot/{row.code}"))
    assert "RECALLED." in shown and "Containers blocked:" in shown and "Patients reached:" in shown
    assert "blocked by the recall" in shown


def _a_lot_is_shown_where_it_went(client: Client) -> None:
    row = table.Lot.objects.filter(recalled="").first()
    assert row is not None
    source = client.get(f"/lot/{row.code}").content.decode()
    assert "at another site" in source and "MLN-BEY" not in source and "MLN-ROM" in source
