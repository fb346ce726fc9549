"""The audit pages: search, one entry, a subject's history, copies, verification, tokens."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milenari.journal import checkups, clock, read, tokens
from milenari.journal.proof import check_proof
from tests.web import world as worlds
from tests.web.world import JOURNEY, World, logged_in


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def rows_of(answer: Any) -> list[str]:
    body = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in body.split("</tr>")[:-1]]


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"who": "Lucia"}, 5),
        ({"who": "ROM-PHY", "action": "record-weight"}, 2),
        ({"who": "nobody at all"}, 0),
        ({"about": JOURNEY}, 6),
        ({"about": f"journey:{JOURNEY}"}, 6),
        ({"site": "BCN", "role": "qa", "meaning": "performed", "action": "found-site"}, 1),
        ({"site": "BCN", "role": "node", "meaning": "performed", "action": "found-site"}, 1),
        ({"reason": "LEFT"}, 1),
        ({"reason": "never said"}, 0),
        ({"late": "1"}, 1),
        ({"finding": "any"}, 0),
        ({"happened_to": "2001-01-01"}, 0),
    ],
)
def test_entries_are_found_by_who_what_about_what_when_and_why(world: World, asked: dict[str, str], found: int) -> None:
    world.do("ROM-QA", "end-role", person="ROM-OP", ended="operator", at_site="ROM", to_on=str(worlds.today(20)),
             reason="left for Milan", happened_at=clock.now() - timedelta(seconds=1))  # fmt: skip
    world.do("ROM-PHY", "record-weight", journey=JOURNEY, weight={"value": "21", "unit": "kg"},
             on=str(worlds.today()), happened_at=clock.now() - timedelta(minutes=30))  # fmt: skip
    answer = logged_in("BCN-QA").get("/audit", asked)
    assert answer.status_code == 200
    assert len(rows_of(answer)) == found, rows_of(answer)


def test_a_site_finds_its_own_and_the_networks_entries_only(batch_world: World) -> None:
    batch_world.do("BCN-QA", "grant-role", person="BCN-VEC", granted="vector-manager", at_site="BCN",
                   from_on=str(worlds.today()))  # fmt: skip
    asked = {"action": "start-batch"}
    for who, seen in (("ROM-OP", 1), ("BCN-QA", 1), ("BCN-VEC", 0)):
        client = logged_in(who)
        assert len(rows_of(client.get("/audit", asked))) == seen
        assert whole(client.get("/audit/export/jsonl", asked)).count(b"\n") == seen
    client = logged_in("BCN-VEC")
    act = read.entries_about("batch:ROM-B-1")[0].act
    assert client.get(f"/entry/{act}").status_code == 403 and client.get(f"/proof/{act}").status_code == 403
    assert client.get("/about/batch:ROM-B-1").status_code == 403
    assert client.get("/about/site:ROM").status_code == 200
    # A lot or process is everybody's, but not what a therapy elsewhere did with it.
    assert "ROM-B-1" not in text_of(client.get("/about/process:ARI"))


def test_a_day_that_is_none_is_said_and_keeps_what_was_typed(world: World) -> None:
    answer = logged_in("ROM-QA").get("/audit", {"happened_from": "soon", "who": "Lucia"})
    assert answer.status_code == 422 and "soon" in text_of(answer) and 'value="Lucia"' in answer.content.decode()
    assert logged_in("ROM-QA").get("/audit/export/csv", {"happened_from": "soon"}).status_code == 422
    assert logged_in("ROM-QA").get("/audit", {"happened_to": "9999-12-31"}).status_code == 422


def test_texts_say_how_far_back_they_were_read(world: World) -> None:
    client = logged_in("ROM-QA")
    assert "Give a first day to reach further back" in text_of(client.get("/audit", {"reason": "x"}))
    told = client.get("/audit", {"reason": "x", "written_from": "2020-01-01"})
    assert "Give a first day" not in text_of(told)


def test_the_list_is_paged_and_sorted_with_as_many_questions_for_one_row_as_for_many(world: World) -> None:
    client = logged_in("BCN-QA")
    first = client.get("/audit")
    assert "Page 1 of" in text_of(first) and len(rows_of(first)) == 25
    assert "found-site" not in first.content.decode().partition("<tbody>")[2]
    last = client.get("/audit", {"page": "99999"})
    assert last.status_code == 200 and 0 < len(rows_of(last)) < 25
    oldest = rows_of(client.get("/audit", {"sort": "happened"}))[0]
    assert "/0" in oldest
    counts = []
    for asked in ({"action": "found-site"}, {}):
        client.get("/audit", asked)
        with CaptureQueriesContext(connection) as questions:
            client.get("/audit", asked)
        counts.append(len(questions))
    assert counts[0] == counts[1]


def test_an_entry_is_told_in_a_sentence_with_what_it_changed_and_checked_now(world: World) -> None:
    world.do("ROM-PHY", "record-weight", journey=JOURNEY, weight={"value": "21.5", "unit": "kg"},
             on=str(worlds.today()), reason="weighed again")  # fmt: skip
    seen = read.entries_about(f"journey:{JOURNEY}")[-1]
    answer = logged_in("ROM-QA").get(f"/entry/{seen.act}")
    told = text_of(answer)
    assert "Lucia De Santis (ROM-PHY), acting as physician at ROM, signed this: Weight recorded" in told
    assert "checked now: genuine" in told and "does not hold" not in told
    assert re.search(r"Weight\s*20 kg\s*21.5 kg", told), told
    assert "weighed again" in told and f"entry {seen.index + 1} of {seen.index + 1}" in told
    assert "Entry before" in told and "Entry after" not in told
    assert f"milenari verify-proof ROM-{seen.index}.tlog-proof" in told


def test_an_entry_of_the_node_itself_is_told_too(world: World) -> None:
    told = text_of(logged_in("ROM-QA").get("/entry/ROM/0"))
    assert "The node of ROM wrote this itself" in told or "acting as" in told
    assert "genuine" in told


def test_a_long_history_is_paged_and_keeps_saying_what_was_before(world: World) -> None:
    for n in range(30):
        world.do("ROM-PHY", "record-weight", journey=JOURNEY, weight={"value": str(20 + n % 2), "unit": "kg"},
                 on=str(worlds.today()))  # fmt: skip
    client = logged_in("ROM-QA")
    second = text_of(client.get(f"/about/journey:{JOURNEY}", {"page": "2"}))
    assert "Page 2 of 2" in second and second.count("was 2") >= 10
    counts = []
    for page in ("1", "2"):
        with CaptureQueriesContext(connection) as questions:
            client.get(f"/about/journey:{JOURNEY}", {"page": page})
        counts.append(len(questions))
    assert counts[0] == counts[1]


# -- copies ---------------------------------------------------------------------------------------------


def test_a_copy_as_table_has_a_row_for_each_entry_and_no_formula(world: World) -> None:
    world.do("ROM-PHY", "record-weight", journey=JOURNEY, weight={"value": "21", "unit": "kg"},
             on=str(worlds.today()), reason="=1+1")  # fmt: skip
    answer = logged_in("ROM-PHY").get("/audit/export/csv", {"about": f"journey:{JOURNEY}"})
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]
    body = whole(answer)
    assert body.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(read.entries_about(f"journey:{JOURNEY}"))
    assert rows[-1]["reason"] == "'=1+1" and json.loads(rows[-1]["data_json"])["weight"]["value"] == "21"
    assert rows[0]["log"].startswith("ROM/") and rows[0]["role"] == "physician"


def test_a_copy_with_proofs_can_be_checked_by_anybody_and_names_no_patient(world: World) -> None:
    answer = logged_in("BCN-QA").get("/audit/export/zip")
    held = zipfile.ZipFile(io.BytesIO(whole(answer)))
    assert held.testzip() is None
    lines = held.read("entries.jsonl").splitlines()
    proofs = [name for name in held.namelist() if name.startswith("proofs/")]
    assert len(lines) == len(proofs) == sum(log["size"] for log in read.logs())
    bodies = set(lines)
    for name in proofs:
        key = held.read(f"keys/{name[7:10]}.key").decode().strip()
        assert check_proof(held.read(name), key).entry in bodies
    assert "verify-proof" in held.read("README.txt").decode()
    everything = b"".join(held.read(name) for name in held.namelist())
    assert b"Immaginaria" not in everything and b"FICT-1" not in everything


def test_a_copy_in_a_form_that_there_is_not_is_not_found(world: World) -> None:
    assert logged_in("ROM-QA").get("/audit/export/xls").status_code == 404


# -- verification ---------------------------------------------------------------------------------------


def test_quality_assurance_and_it_begin_a_verification_and_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(checkups.subprocess, "Popen", lambda words, **_: begun.append(words))
    answer = logged_in("ROM-PHY").post("/audit/verification/begin")
    assert answer.status_code == 422 and not begun and "verified by quality assurance or IT" in text_of(answer)
    client = logged_in("ROM-QA")
    assert "was not verified wholly" in text_of(client.get("/audit/verification"))
    assert client.post("/audit/verification/begin").status_code == 302
    number = checkups.lately()[0].id
    assert begun and begun[0][-3:] == ["--checkup", str(number), "--json"]
    running = client.get("/audit/verification")
    assert 'http-equiv="refresh"' in running.content.decode() and "Running now" in text_of(running)
    assert 'http-equiv="refresh"' not in client.get("/audit/verification?still=1").content.decode()
    assert client.post("/audit/verification/begin").status_code == 422
    checkups.run(number)
    done = client.get("/audit/verification")
    assert "Sound: nothing is wrong." in text_of(done) and 'http-equiv="refresh"' not in done.content.decode()
    assert "The whole book verified" in text_of(client.get("/audit"))


# -- tokens ---------------------------------------------------------------------------------------------


def test_a_token_is_made_shown_once_and_revoked_on_its_page(world: World) -> None:
    client = logged_in("ROM-PHY")
    assert "You have no live token" in text_of(client.get("/account/tokens"))
    made = client.post("/account/tokens/make", {"name": "ward board", "scopes": ["read"], "days": "30"})
    text = re.search(r'value="(mil_[^"]+)"', made.content.decode())
    assert made.status_code == 200 and text and tokens.bearer(text[1]).person == "ROM-PHY"
    again = client.get("/account/tokens").content.decode()
    assert text[1] not in again and "ward board" in again
    number = tokens.of_person("ROM-PHY")[0].id
    other = logged_in("ROM-QA")
    assert other.post("/account/tokens/revoke", {"token": str(number)}).status_code == 422
    assert client.post("/account/tokens/revoke", {"token": str(number)}).status_code == 302
    assert not tokens.of_person("ROM-PHY")[0].live


def test_a_token_that_cannot_be_made_keeps_what_was_typed(world: World) -> None:
    client = logged_in("ROM-PHY")
    answer = client.post("/account/tokens/make", {"name": "ward board", "days": "30"})
    assert answer.status_code == 422 and "Choose at least one thing" in text_of(answer)
    assert 'value="ward board"' in answer.content.decode() and not tokens.of_person("ROM-PHY")
