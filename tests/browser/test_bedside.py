"""A nurse with a tablet and a scanner, at night: every step by scanner strings and keys alone, in two directions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from milenari import demo
from milenari.demo import cast
from milenari.journal import read
from tests.web.stage import do

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DOSE, JOURNEY, OTHER = "AMM-B-001-F1", "AMM-J-001", "AMM-J-DRILL"
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def tablet(browser: Browser, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Page]:
    settings.HOME, settings.DEMO = tmp_path, True
    demo.prepare(lambda line: None)
    do("amm-physician", "decide-fraction", dose=DOSE, decision="administer")
    context = browser.new_context(viewport=TABLET, base_url=live_server.url)
    yield context.new_page()
    context.close()


def reach(page: Page, name: str) -> None:
    """Tab to a field by its name, as somebody without a pointer does."""
    for _ in range(60):
        if page.evaluate("document.activeElement?.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def type_into(page: Page, **typed: str) -> None:
    for name, text in typed.items():
        reach(page, name.replace("__", "."))
        page.keyboard.type(text)


def scan(page: Page, *codes: str) -> None:
    """What a keyboard-wedge scanner sends: the characters and Enter, into whatever has the focus."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def log_in(page: Page, who: str, language: str) -> None:
    player = cast.CAST[who]
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.context.pages[0].url}])
    page.reload()
    type_into(page, person=who, password=player.password, second=player.pin)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_a_fraction_is_given_by_scanner_and_keyboard_alone(tablet: Page, language: str, direction: str) -> None:
    page, nurse, physician = tablet, cast.CAST["amm-ward"], cast.CAST["amm-physician"]
    coi, wrong = (str(read.sheet(f"journey:{code}").coi) for code in (JOURNEY, OTHER))
    page.goto("/login")
    log_in(page, "amm-ward", language)
    page.goto("/bedside")
    expect(page.locator("html")).to_have_attribute("dir", direction)
    expect(page.locator("#id_wristband")).to_be_focused()

    scan(page, wrong, DOSE)  # the child in the next bed
    expect(page.locator(".verdict.stop")).to_be_visible()
    assert page.locator(".verdict.stop h2").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 30
    expect(page.locator("form.at-bed")).to_have_count(0)
    expect(page.locator("#id_wristband")).to_be_focused()

    scan(page, coi, DOSE)
    expect(page.locator(".verdict.give")).to_be_focused()
    type_into(page, password=nurse.password, second=nurse.pin)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict.half")).to_be_visible()
    expect(page.locator("#id_wristband")).to_be_focused()

    scan(page, coi, DOSE)  # Enter after the bag goes on to the second person's code
    type_into(page, second__person="amm-physician", second__password=physician.password,
              second__factor=physician.pin)  # fmt: skip
    page.keyboard.press("Enter")
    expect(page.locator(".verdict.give")).to_be_focused()
    expect(page.locator(".left")).to_contain_text(":")
    type_into(page, password=nurse.password)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict.done")).to_be_visible()
    sheet = read.sheet(f"dose:{DOSE}")
    assert sheet.given_at and (sheet.scanned_by, sheet.confirmed_by) == ("amm-ward", "amm-physician")
    expect(page.locator(".who .name, .top .name").first).to_contain_text(nurse.name.split(" ")[0])
    for found in page.locator("bdi.code", has_text=coi).all():
        assert found.get_attribute("dir") == "ltr"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
