"""Who gets in, who sees what, and that a fault is a sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from milenari.journal import person, sealed
from tests.web import world as worlds
from tests.web.world import JOURNEY, PASSWORD, PIN, World, logged_in

OPEN = {"login", "health", "set_language", "logout"}


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_every_page_but_login_and_health_asks_who_is_there(world: World) -> None:
    for pattern in get_resolver().url_patterns[0].url_patterns:  # type: ignore[union-attr]
        if pattern.name in OPEN:
            continue
        url = "/" + re.sub(r"<(\w+):\w+>", lambda at: "1" if at[1] == "int" else "x", str(pattern.pattern))
        answer = Client().get(url)
        assert answer.status_code == 405 or answer["Location"].startswith("/login"), url


def test_health_says_whether_the_node_is_sound_and_nothing_else(world: World) -> None:
    assert Client().get("/health").json() == {"sound": True}


def test_a_wrong_login_is_a_sentence_and_keeps_the_person(world: World) -> None:
    answer = Client().post("/login", {"person": "ROM-PHY", "password": "no", "second": PIN})
    assert (
        answer.status_code == 422
        and "are not right" in text_of(answer)
        and 'value="ROM-PHY"' in answer.content.decode()
    )


def test_after_too_many_attempts_the_login_says_until_when(world: World) -> None:
    for _ in range(person.ATTEMPTS):
        Client().post("/login", {"person": "ROM-PHY", "password": "no", "second": PIN})
    answer = Client().post("/login", {"person": "ROM-PHY", "password": PASSWORD, "second": PIN})
    assert answer.status_code == 422 and "closed until" in text_of(answer)


def test_a_login_never_leads_to_another_host(world: World) -> None:
    data = {"person": "ROM-PHY", "password": PASSWORD, "second": PIN, "next": "https://example.org/"}
    assert Client().post("/login", data)["Location"] == "/"


def test_logging_out_ends_the_signing_session(world: World) -> None:
    client = logged_in("ROM-PHY")
    session = client.session.session_key or ""
    person.open_pen("ROM-PHY", PASSWORD, PIN, session=session)
    assert person.in_session(session, "ROM-PHY")
    client.post("/logout")
    assert not person.in_session(session, "ROM-PHY")
    assert client.get("/journeys").status_code == 302


def test_a_person_chooses_among_held_roles_only(world: World) -> None:
    client = logged_in("ROM-COO")
    assert "coordinator" in text_of(client.get("/journeys"))
    client.post("/act-as", {"as": "ROM|physician"})
    assert client.session["role"] == "physician"
    answer = client.post("/act-as", {"as": "BCN|qa"})
    assert answer.status_code == 422 and "does not hold the role" in text_of(answer)


def test_a_site_sees_its_own_and_the_control_site_sees_all(world: World) -> None:
    assert JOURNEY in text_of(logged_in("ROM-OP").get("/journeys"))
    assert JOURNEY in text_of(logged_in("BCN-QA").get("/journeys"))
    world.do("ROM-QA", "end-role", person="ROM-OP", ended="operator", at_site="ROM", to_on=str(worlds.today(-1)),
             reason="left")  # fmt: skip
    answer = logged_in("ROM-OP").get("/journeys")
    assert answer.status_code == 403 and "holds no role" in text_of(answer)


def test_a_stranger_to_the_site_is_told_so(world: World) -> None:
    world.do(
        "BCN-QA", "grant-role", person="BCN-VEC", granted="vector-manager", at_site="BCN", from_on=str(worlds.today())
    )
    client = logged_in("BCN-VEC")
    assert "No journey yet" in text_of(client.get("/journeys"))
    answer = client.get(f"/journey/{JOURNEY}")
    assert answer.status_code == 403 and "where you hold no role" in text_of(answer)
    assert client.get("/journey/NOBODY").status_code == 404


def test_identity_is_shown_to_the_clinic_only_and_gone_once_erased(world: World) -> None:
    assert "Immaginaria" in text_of(logged_in("ROM-PHY").get(f"/journey/{JOURNEY}"))
    for other in ("ROM-OP", "ROM-QA", "BCN-QA"):
        shown = text_of(logged_in(other).get(f"/journey/{JOURNEY}"))
        assert "Immaginaria" not in shown and "Sealed." in shown
    client = logged_in("ROM-QA")
    looked = text_of(client.get(f"/journey/{JOURNEY}")).partition("Who looked at it")[2]
    assert "Lucia De Santis" in looked and "Marco Bellini" not in looked.partition("What can be done now")[0]
    data = {"journey": JOURNEY, "reason": "asked by the family", "password": PASSWORD, "second": PIN, "act": "erase-1"}
    assert client.post("/do/erase-identity", data).status_code == 302
    assert sealed.open_sealed(JOURNEY) is None
    shown = text_of(logged_in("ROM-PHY").get(f"/journey/{JOURNEY}"))
    assert "Immaginaria" not in shown and "identity was erased" in shown


def test_faults_are_sentences_in_the_frame(world: World) -> None:
    client = logged_in("ROM-PHY")
    assert "There is no such page" in text_of(client.get("/nowhere"))
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login", {"person": "x"})
    assert answer.status_code == 403 and "does not belong to your present session" in text_of(answer)


def test_our_own_fault_is_a_sentence_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from milenari.registers import questions

    client = logged_in("ROM-PHY")
    client.raise_request_exception = False
    monkeypatch.setattr(questions, "journeys", lambda *_: 1 / 0)
    answer = client.get("/journeys")
    assert answer.status_code == 500 and "The fault is ours" in text_of(answer)


def test_no_page_carries_inline_style_or_script(world: World) -> None:
    client = logged_in("ROM-PHY")
    for url in ("/login", "/journeys", f"/journey/{JOURNEY}", "/acts", "/lots", "/status", "/do/refer-patient"):
        source = client.get(url).content.decode()
        assert " style=" not in source and not re.search(r"<script(?![^>]*src=)", source), url
    assert "no-store" in client.get(f"/journey/{JOURNEY}")["Cache-Control"]
    policy = client.get("/journeys")["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy


def test_who_makes_a_batch_for_another_hospital_sees_its_therapy_but_no_identity(batch_world: World) -> None:
    """The registers alone decide: the batch's site, its journey's site, and where its cells are or go."""
    from milenari.registers import questions

    assert questions.sites_of("batch:ROM-B-1") == questions.sites_of(f"journey:{JOURNEY}") == {"ROM"}
    batch_world.do("ROM-NUR", "collect-cells", collection="ROM-C-2", journey=JOURNEY, wristband=batch_world.coi,
                   volume={"value": "90", "unit": "mL"})  # fmt: skip
    scans = {"wristband": batch_world.coi, "label": batch_world.coi}
    batch_world.do("ROM-NUR", "label-bag", collection="ROM-C-2", **scans)
    batch_world.do("ROM-NUR", "dispatch", what="collection:ROM-C-2", to_site="BCN")
    grant = {"person": "BCN-VEC", "granted": "vector-manager", "at_site": "BCN", "from_on": str(worlds.today())}
    batch_world.do("BCN-QA", "grant-role", **grant)
    assert questions.sites_of("collection:ROM-C-2") == {"ROM", "BCN"}
    client = logged_in("BCN-VEC")
    assert client.get("/about/collection:ROM-C-2").status_code == 200
    assert client.get("/batch/ROM-B-1").status_code == 403
    batch_world.do("BCN-QA", "receive", what="collection:ROM-C-2", transfer="1", intact="intact")
    shown = text_of(client.get(f"/journey/{JOURNEY}"))
    assert "Sealed." in shown and "Immaginaria" not in shown and JOURNEY in text_of(client.get("/journeys"))
