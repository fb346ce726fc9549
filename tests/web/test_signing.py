"""The signature part: going back to where the form stood, and a second person at the same device."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from milenari.journal import person, read
from milenari.rules.action import Refused
from tests.web.test_access import text_of
from tests.web.test_act import hidden, weigh
from tests.web.world import PASSWORD, PIN, World, logged_in, today

STEP = {"batch": "ROM-B-1", "phase": "P1"}
OTHER = {"second.person": "ROM-TWO", "second.password": PASSWORD, "second.factor": PIN}


def first_signs(client: Client) -> None:
    data = {**STEP, "readings.viability": "91", "readings.viability.unit": "%", "equipment": "PRO-1",
            "password": PASSWORD, "second": PIN, "act": "first"}  # fmt: skip
    assert client.post("/do/sign-step", data).status_code == 302


def verify(client: Client, **more: str) -> Any:
    data = {**STEP, **OTHER, "beside": "1", "act": "second", **more}
    return client.post("/do/verify-step", data)


@pytest.fixture
def shared(batch_world: World) -> Client:
    """One tablet: the operator is logged in and has signed a step that waits for a second person."""
    batch_world.do("ROM-QA", "record-training", person="ROM-TWO", procedure="SOP-ARI", number="1", on=str(today()),
                   until_on=str(today(300)))  # fmt: skip
    client = logged_in("ROM-OP")
    first_signs(client)
    return client


def test_a_second_person_signs_at_the_same_device_and_nobody_is_logged_out(shared: Client) -> None:
    shown = text_of(shared.get("/do/verify-step?batch=ROM-B-1&beside=1"))
    assert "stays logged in" in shown
    assert verify(shared).status_code == 302
    seen = read.entry_of_act("second")
    assert (seen.entry.by, seen.entry.name, str(seen.entry.role)) == ("ROM-TWO", "Paola Gentile", "operator")
    assert seen.signature["components"] == ["password", "second-factor"]
    assert "Marco Bellini" in text_of(shared.get("/batch/ROM-B-1"))


def test_the_same_person_is_no_second_person(shared: Client) -> None:
    answer = verify(shared, **{"second.person": "ROM-OP"})
    assert answer.status_code == 422 and "is logged in here already" in text_of(answer)
    assert 'id="id_second.person_error"' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "told", "at"),
    [
        ({"second.password": "wrong"}, "are not right", "id_second.password_error"),
        ({"second.factor": "0000"}, "are not right", "id_second.password_error"),
        ({"second.factor": ""}, "the second factor is needed", "id_second.factor_error"),
        ({"second.person": "NOBODY"}, "are not right", "id_second.password_error"),
    ],
)
def test_a_second_signature_that_fails_says_so_at_its_box(
    shared: Client, typed: dict[str, str], told: str, at: str
) -> None:
    answer = verify(shared, **typed)
    source = answer.content.decode()
    assert answer.status_code == 422 and told in text_of(answer) and f'id="{at}"' in source
    assert PASSWORD not in source and verify(shared).status_code == 302


def test_the_ceremony_of_the_first_does_not_serve_the_second(shared: Client) -> None:
    assert 'name="second.factor"' in shared.get("/do/verify-step?batch=ROM-B-1&beside=1").content.decode()
    assert verify(shared, **{"second.factor": ""}).status_code == 422
    assert verify(shared).status_code == 302
    own = shared.session.session_key
    assert own and person.in_session(own, "ROM-OP") and not person.in_session(own, "ROM-TWO")
    assert person.in_session(person.beside(own, "ROM-TWO"), "ROM-TWO")
    assert not person.in_session(person.beside(own, "ROM-TWO"), "ROM-OP")
    shared.post("/logout")
    assert not person.in_session(person.beside(own, "ROM-TWO"), "ROM-TWO"), "logging out ends both"


def test_a_second_person_is_locked_out_like_anybody_at_the_login(shared: Client) -> None:
    for _ in range(person.ATTEMPTS):
        assert "are not right" in text_of(verify(shared, **{"second.password": "wrong"}))
    assert "Too many attempts" in text_of(verify(shared))
    answer = Client().post("/login", {"person": "ROM-TWO", "password": PASSWORD, "second": PIN})
    assert answer.status_code == 422, "the lock is the person's, not the device's"


def test_a_second_person_without_the_role_is_refused(shared: Client) -> None:
    answer = verify(shared, **{"second.person": "ROM-NUR"})
    assert answer.status_code == 422 and "does not hold the role" in text_of(answer)
    with pytest.raises(Refused, match="entry-unknown"):
        read.entry_of_act("second")


def test_a_form_goes_back_to_where_it_stood(world: World) -> None:
    client = logged_in("ROM-PHY")
    assert hidden(client.get("/do/record-weight?back=/journeys?q=x"), "back") == "/journeys?q=x"
    refused = weigh(client, "500", back="/journeys")
    assert hidden(refused, "back") == "/journeys", "kept over a refusal"
    assert weigh(client, back="/journeys")["Location"] == "/journeys"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "journeys"])
def test_nobody_is_led_to_another_host(world: World, back: str) -> None:
    assert weigh(logged_in("ROM-PHY"), back=back)["Location"] == "/journey/ROM-J-1"
