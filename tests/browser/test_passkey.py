"""Passkeys in Chromium with its virtual authenticator: make one, have it enrolled, sign, be refused, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from milenari.journal import passkey, perform, read, verify
from milenari.rules.people import ReplaceKey
from tests.web import world as worlds

pytestmark = pytest.mark.django_db(transaction=True)
WEIGHT = f"/do/record-weight?journey={worlds.JOURNEY}"


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """A platform authenticator that knows its holder's finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    session.made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]  # type: ignore[attr-defined]
    return session


def finger(authenticator: CDPSession, known: bool) -> None:
    told = {"authenticatorId": authenticator.made, "isUserVerified": known}  # type: ignore[attr-defined]
    authenticator.send("WebAuthn.setUserVerified", told)


@pytest.fixture
def signer(enter: Callable[..., Page], authenticator: CDPSession, world: worlds.World) -> Page:
    """The physician at her page, with a passkey that she made there and IT has enrolled."""
    page = enter("ROM-PHY")
    page.get_by_role("link", name="Your account").click()
    form = page.get_by_role("region", name="Passkeys", exact=True)
    form.get_by_label("Name of the new passkey").fill("Tablet of the ward")
    form.get_by_label("Password").fill(worlds.PASSWORD)
    form.get_by_label("Second factor").fill(worlds.PIN)
    form.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("waits for IT to enrol its key")).to_be_visible()
    key = passkey.held("ROM-PHY")[0].key
    perform.perform(ReplaceKey(person="ROM-PHY", key=key), "ROM-IT", world.pens["ROM-IT"], site="ROM", reason="hers")
    return page


def weigh(page: Page, value: str = "21") -> None:
    page.goto(page.url.partition("/account")[0] + WEIGHT if "/account" in page.url else page.url)
    page.locator("[name='weight']").fill(value)
    page.locator("[name='on']").fill(str(worlds.today()))


def press(page: Page) -> None:
    page.get_by_role("button", name="Sign with passkey").click()


def weights() -> list[Any]:
    return [e for e in read.entries_about(f"journey:{worlds.JOURNEY}") if e.entry.action.code == "record-weight"]


def test_an_act_is_signed_by_fingerprint_and_verifies(signer: Page) -> None:
    weigh(signer)
    press(signer)
    expect(signer.get_by_role("status")).to_contain_text("Weight recorded")
    assert weights()[-1].signature["kind"] == "webauthn" and verify.verify().sound


def test_what_the_rule_refuses_is_told_without_asking_for_the_finger(signer: Page) -> None:
    weigh(signer, "500")
    press(signer)
    expect(signer.get_by_role("alert")).to_contain_text("is impossible")
    expect(signer.locator("[name='weight']")).to_have_value("500")
    signer.locator("[name='weight']").fill("22")
    press(signer)
    expect(signer.get_by_role("status")).to_contain_text("Weight recorded")


def test_bytes_changed_on_the_way_are_refused_and_everything_is_kept(signer: Page) -> None:
    weigh(signer)
    # Somebody between browser and node makes another weight of it after the finger was given.
    signer.route("**/do/record-weight*", lambda route: route.continue_(
        post_data=(route.request.post_data or "").replace("weight=21", "weight=12")))  # fmt: skip
    before = len(weights())
    press(signer)
    expect(signer.get_by_role("alert")).to_contain_text("does not verify")
    expect(signer.locator("[name='weight']")).to_have_value("12")
    assert len(weights()) == before


def test_a_cancelled_prompt_loses_nothing(signer: Page, authenticator: CDPSession) -> None:
    weigh(signer, "23")
    before = len(weights())
    finger(authenticator, known=False)
    press(signer)
    expect(signer.get_by_text("The passkey was not used")).to_be_visible()
    expect(signer.locator("[name='weight']")).to_have_value("23")
    assert len(weights()) == before
    finger(authenticator, known=True)
    press(signer)
    expect(signer.get_by_role("status")).to_contain_text("Weight recorded")


def test_the_password_stays_beside_the_passkey(signer: Page) -> None:
    weigh(signer)
    signer.get_by_label("Password", exact=True).fill(worlds.PASSWORD)
    signer.get_by_label("Second factor").fill(worlds.PIN)
    signer.get_by_role("button", name="Sign:").click()
    expect(signer.get_by_role("status")).to_contain_text("Weight recorded")
    assert weights()[-1].signature["kind"] == "ed25519"
