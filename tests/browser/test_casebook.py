"""A form of the casebook on a phone and by keyboard, in English and Arabic."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from milenari.journal import read
from tests.web import world as worlds
from tests.web.casebook import PARTICIPANT, at_casebook

CODE = f"{PARTICIPANT}/D28/inflammation/1"


def test_a_form_is_entered_by_keyboard_on_a_phone_and_reads_from_the_right_in_arabic(
    world: worlds.World, enter: Callable[..., Page], live_server: Any
) -> None:
    at_casebook(world, "inflammation")
    page = enter("ROM-PHY")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/casebooks/page/{CODE}")
    page.locator("#id_taken_at").fill("2026-03-02T10:00:00")
    page.locator("#id_ferritin").focus()
    page.keyboard.type("512.5")
    page.locator("#id_crp").focus()
    page.keyboard.type("450")
    page.get_by_role("radio", name="no", exact=True).first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Check, and show what is asked now").click()
    page.get_by_label("say why it stands").fill("repeated, same value")
    _shot(page, "phone-en")
    page.get_by_label("Password", exact=True).fill(worlds.PASSWORD)
    second = page.get_by_label("Second factor")
    if second.count():
        second.fill(worlds.PIN)
    page.get_by_role("button", name="Sign: Enter a form").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(PARTICIPANT)
    kept = dict(read.sheet(f"casebook-page:{CODE}").values)
    assert kept["crp"] == {"value": "450", "unit": "mg/L"} and kept["igg_replaced"] == {"value": "no"}
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
    page.goto(f"{live_server.url}/casebooks/page/{CODE}")
    assert page.locator("html").get_attribute("dir") == "rtl"
    # Nothing is wider than the phone, and a number keeps its direction.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator('input[name="v.crp"]').evaluate("e => getComputedStyle(e).direction") == "ltr"
    _shot(page, "phone-ar")


def _shot(page: Page, name: str) -> None:
    if folder := os.environ.get("CASEBOOK_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
