"""Casebooks on screen: forms put into force, a page entered, doubted, corrected, asked about, signed and locked."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from milenari.journal import read
from milenari.registers import casebook
from milenari.registers import models as table
from milenari.web.papers import shelf
from tests.web import world as worlds
from tests.web.casebook import PARTICIPANT, at_casebook
from tests.web.test_access import text_of

pytestmark = pytest.mark.django_db
PAGE = f"/casebooks/page/{PARTICIPANT}/D28/inflammation/1"
CODE = f"{PARTICIPANT}/D28/inflammation/1"
SIGN = {"password": worlds.PASSWORD, "second": worlds.PIN}
GOOD = {"v.taken_at": "2026-03-02T10:00", "v.ferritin": "512.5", "v.crp": "12", "v.igg_replaced": "no"}


def fields(client: Client, url: str = PAGE) -> dict[str, str]:
    """The hidden fields of the form as it is on screen now."""
    text = client.get(url).content.decode()
    return {n: unescape(v) for n, v in re.findall(r'<input type="hidden" name="(act|seen)" value="([^"]*)"', text)}


def send(client: Client, **typed: str) -> Any:
    return client.post(PAGE, {**fields(client), **GOOD, **SIGN, **typed})


def test_a_page_is_entered_doubted_corrected_and_every_value_is_shown(world: worlds.World) -> None:
    at_casebook(world, "inflammation", "demographics")
    client = worlds.logged_in("ROM-PHY")
    grid = text_of(client.get(f"/casebooks/of/{PARTICIPANT}"))
    assert "not begun" in grid and "The protocol names forms that are not in force" in grid
    said = text_of(client.get(PAGE))
    assert "Ferritin" in said and "No names" not in said and "(needed before signing)" in said
    # A hard bound refuses, keeps everything typed and writes nothing.
    told = send(client, **{"v.crp": "4000"})
    assert (
        told.status_code == 422 and 'value="512.5"' in told.content.decode() and 'value="4000"' in told.content.decode()
    )
    # An unlikely value is asked about, and passes with a reason.
    told = send(client, **{"v.crp": "450"})
    assert told.status_code == 422 and "Correct it, or say why it stands" in text_of(told)
    done = send(client, **{"v.crp": "450", "why.crp": "repeated, same value"})
    assert done.status_code == 302 and done["Location"] == f"/casebooks/of/{PARTICIPANT}"
    # A correction needs its reason; then both values are in the history and the query is settled.
    told = send(client)
    assert told.status_code == 422 and "Say why" in text_of(told)
    assert send(client, reason="misread").status_code == 302
    said = text_of(client.get(PAGE))
    assert "450 mg/L" in said and "misread" in said and "settled by a new value" in said
    value = casebook.values("ARI-PED").get(item="crp")
    assert (value.value, value.unit, value.from_record) == ("12", "mg/L", False)
    both = send(client, **{"m.crp": "not-done"})
    assert both.status_code == 422 and "has a value, and a reason why it has none" in text_of(both)


def test_a_query_goes_from_the_desk_to_its_answer_and_a_locked_page_takes_no_entry(world: worlds.World) -> None:
    at_casebook(world, "inflammation")
    client = worlds.logged_in("ROM-PHY")
    assert send(client).status_code == 302
    assert "No query waits" in text_of(client.get("/casebooks/queries"))
    world.do("ROM-TWO", "raise-query", page=CODE, item="crp", text="Which laboratory?")
    desk = client.get("/casebooks/queries?state=open&site=ROM&form=inflammation")
    assert (
        "Which laboratory?" in text_of(desk)
        and f"/do/answer-query?page={CODE.replace('/', '%2F')}" in desk.content.decode()
    )
    world.do("ROM-PHY", "answer-query", page=CODE, query="1", text="the hospital's own")
    world.do("ROM-TWO", "close-query", page=CODE, query="1")
    world.do("ROM-TWO", "verify-source", page=CODE)
    assert "compared with the source" in text_of(client.get(PAGE))
    world.do("ROM-PHY", "sign-form", page=CODE)
    world.do("ROM-TWO", "lock-form", page=CODE)
    said = client.get(PAGE)
    assert "This page takes no entry" in text_of(said) and 'name="v.crp"' not in said.content.decode()
    assert send(client, reason="late").status_code == 422
    row = table.CasebookPage.objects.get()
    assert (row.state, row.verified, row.queries_open, row.signed_by) == ("locked", 4, 0, "ROM-PHY")
    assert "1 casebook" in text_of(client.get("/casebooks"))


def test_ready_forms_are_put_into_force_under_one_signature(world: worlds.World) -> None:
    at_casebook(world)
    client = worlds.logged_in("ROM-TWO")
    form = {**fields(client, "/casebooks/forms"), **SIGN, "role": "data-manager", "reason": "agreed"}
    assert "No form was chosen" in text_of(client.post("/casebooks/forms", form))
    done = client.post("/casebooks/forms", {**form, "form.crs": "on", "form.death": "on"})
    assert done.status_code == 302, text_of(done)
    assert {row.code for row in casebook.forms()} == {"crs", "death"} and read.sheet("casebook-form:crs").newest == 1
    assert "not (hypotension = 'SEVERAL'" in unescape(text_of(client.get("/casebooks/form/crs")))


def test_another_hospital_sees_no_casebook(world: worlds.World) -> None:
    at_casebook(world, "inflammation")
    assert worlds.logged_in("BCN-QA").get(PAGE).status_code == 200  # oversight of the control site
    stranger = worlds.logged_in("BCN-VEC")
    assert "Ferritin" not in text_of(stranger.get(PAGE)) and PARTICIPANT not in text_of(stranger.get("/casebooks"))


def test_a_query_is_answered_where_it_stands_and_what_was_typed_stays(world: worlds.World) -> None:
    at_casebook(world, "inflammation")
    client = worlds.logged_in("ROM-PHY")
    assert send(client).status_code == 302
    world.do("ROM-TWO", "raise-query", page=CODE, item="crp", text="Which laboratory?")
    shown = client.get(PAGE)
    assert "?answer=1#query-1" in shown.content.decode() and 'name="v.crp"' in shown.content.decode()
    form = client.get(f"{PAGE}?answer=1").content.decode()
    assert '<textarea id="id_text"' in form and 'name="v.crp"' not in form and form.count('id="id_password"') == 1
    wrong = client.post(PAGE, {**fields(client), **SIGN, "answer": "1", "text": "call 06 1234 5678"})
    assert wrong.status_code == 422 and "06 1234 5678</textarea>" in wrong.content.decode()
    assert "holds a long number" in text_of(wrong)
    done = client.post(PAGE, {**fields(client), **SIGN, "answer": "1", "text": "the hospital's own"})
    assert done.status_code == 302 and done["Location"] == f"{PAGE}#query-1"
    assert read.sheet(f"casebook-page:{CODE}").query(1).state == "answered"
    assert '<textarea id="id_text"' not in client.get(f"{PAGE}?answer=1").content.decode()  # nothing waits any more


def test_a_casebook_is_locked_whole_from_the_list_or_says_what_is_not_ready(world: worlds.World) -> None:
    at_casebook(world, "inflammation")
    assert send(worlds.logged_in("ROM-PHY")).status_code == 302
    client = worlds.logged_in("ROM-TWO")
    form = {**fields(client, "/casebooks"), **SIGN, "role": "data-manager"}
    assert "No casebook was chosen" in text_of(client.post("/casebooks", form))
    marked = {**form, f"lock.{PARTICIPANT}": "on"}
    refused = client.post("/casebooks", marked)
    assert refused.status_code == 422 and f"Not signed by the investigator: {CODE}" in text_of(refused)
    world.do("ROM-PHY", "sign-form", page=CODE)
    assert client.post("/casebooks", marked).status_code == 302
    assert table.CasebookPage.objects.get().state == "locked"
    said = client.get(f"/casebooks/of/{PARTICIPANT}")
    assert "Open a locked casebook" in text_of(said) and "Begin a page" not in text_of(said)
    assert f"lock.{PARTICIPANT}" not in client.get("/casebooks").content.decode()
    assert "one participant's casebook" in unescape(text_of(client.get(f"/papers/casebook:{PARTICIPANT}")))


def test_a_casebook_is_printed_whole_with_what_stood_there_before(world: worlds.World) -> None:
    at_casebook(world, "inflammation")
    assert send(worlds.logged_in("ROM-PHY")).status_code == 302
    assert send(worlds.logged_in("ROM-PHY"), **{"v.crp": "17", "reason": "misread"}).status_code == 302
    made = shelf.KINDS["casebook"].make(shelf.Wanted(f"casebook:{PARTICIPANT}"))
    told = str(made.blocks)
    assert all(text in told for text in ("Ferritin, C-reactive protein", "17 mg/L", "12 mg/L", "misread", "512.5"))
    printed = worlds.logged_in("ROM-PHY").get(f"/paper/casebook/casebook:{PARTICIPANT}")
    assert printed.status_code == 200 and printed.content.startswith(b"%PDF-")
    stranger = worlds.logged_in("BCN-VEC").get(f"/paper/casebook/casebook:{PARTICIPANT}")
    assert b"%PDF-" not in stranger.content


def test_visits_are_judged_on_their_overview_on_the_grid_and_on_the_page(world: worlds.World) -> None:
    at_casebook(world, "demographics")
    consent = {"participant": PARTICIPANT, "language": "it", "on": str(worlds.today()), "signer": "guardian"}
    world.do("ROM-PHY", "record-trial-consent", part="guardian", form_version="G1", **consent)
    client, page = worlds.logged_in("ROM-PHY"), f"/casebooks/page/{PARTICIPANT}/SCR/demographics/1"
    assert "window open" in text_of(client.get("/casebooks/visits"))
    typed = {
        "v.consented_on": str(worlds.today()),
        "v.assented": "NOT-REQUIRED",
        "v.weight": "26",
        "v.screened_on": str(worlds.today(31)),
    }
    done = client.post(page, {**fields(client, page), **typed, **SIGN})
    assert done.status_code == 302, text_of(done)
    assert "lies outside its window" in text_of(client.get(f"/casebooks/of/{PARTICIPANT}"))  # said once, on saving
    for where in (page, "/casebooks/visits", f"/casebooks/of/{PARTICIPANT}"):
        assert "late 3 days" in text_of(client.get(where)), where
    assert "No participant fits" in text_of(client.get("/casebooks/visits?q=nobody"))
