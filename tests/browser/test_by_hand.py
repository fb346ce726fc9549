"""What people do by hand, in a real browser: log in, read, sign, be refused, and read from right to left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from milenari.journal import read
from tests.web.world import JOURNEY, PASSWORD, PIN, World

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)


def sign(page: Page, second: str = PIN) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    if second:
        page.get_by_label("Second factor").fill(second)
    page.get_by_role("button", name="Sign:").click()


def test_a_physician_logs_in_finds_a_journey_and_reads_it(enter: Enter, world: World) -> None:
    page = enter("ROM-PHY")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your work as physician")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Journeys").click()
    expect(page.get_by_role("heading", name="Journeys")).to_be_visible()
    page.get_by_label("Search").fill(world.coi[:10])
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name=world.coi).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(world.coi)
    expect(page.get_by_text("Immaginaria")).to_be_visible()
    expect(page.get_by_text("Chain of identity issued")).to_be_visible()


def test_a_wrong_login_is_told_and_the_person_kept(enter: Enter) -> None:
    page = enter("ROM-PHY", password="wrong password")
    expect(page.get_by_role("alert")).to_contain_text("are not right")
    expect(page.get_by_label("Person code")).to_have_value("ROM-PHY")


def test_an_act_refused_keeps_its_input_then_is_signed_and_the_next_needs_only_the_password(
    enter: Enter, live_server: Any, world: World
) -> None:
    page = enter("ROM-PHY")
    page.goto(f"{live_server.url}/journey/{JOURNEY}")
    page.get_by_role("link", name="Record the weight").click()
    expect(page.get_by_text("I did this as recorded here.")).to_be_visible()
    page.get_by_label("Weight", exact=True).fill("500")
    page.get_by_label("Weighed on").fill(str(world_day()))
    sign(page)
    expect(page.locator("#refusal")).to_contain_text("is impossible")
    expect(page.locator("#refusal")).to_be_focused()
    expect(page.get_by_label("Weight", exact=True)).to_have_value("500")
    page.get_by_label("Weight", exact=True).fill("25")
    expect(page.get_by_label("Second factor")).to_be_visible()  # the rule refused before the key was unlocked
    sign(page)
    expect(page.get_by_role("status")).to_contain_text("Please weigh again")
    page.get_by_role("link", name="Record the weight").click()
    expect(page.get_by_label("Second factor")).to_have_count(0)
    page.get_by_label("Weight", exact=True).fill("24")
    page.get_by_label("Weighed on").fill(str(world_day()))
    sign(page, second="")
    expect(page.get_by_text("was 25 kg, now 24 kg")).to_be_visible()


def world_day() -> Any:
    from tests.web.world import today

    return today()


def test_a_form_sent_twice_writes_once(enter: Enter, live_server: Any, world: World) -> None:
    page = enter("ROM-PHY")
    before = len(read.entries_about(f"journey:{JOURNEY}"))
    page.goto(f"{live_server.url}/do/record-weight?journey={JOURNEY}")
    page.get_by_label("Weight", exact=True).fill("21")
    page.get_by_label("Weighed on").fill(str(world_day()))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Second factor").fill(PIN)
    page.get_by_role("button", name="Sign:").dblclick()
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(f"{live_server.url}/journey/{JOURNEY}")
    assert len(read.entries_about(f"journey:{JOURNEY}")) == before + 1


def test_a_scanner_goes_on_to_the_next_field_instead_of_sending(enter: Enter, live_server: Any, world: World) -> None:
    page = enter("ROM-OP")
    page.goto(f"{live_server.url}/do/sign-step?batch=ROM-B-1")
    scan = page.get_by_label("Equipment scan")
    scan.fill("PRO-1")
    scan.press("Enter")
    expect(page.get_by_label("Paper form")).to_be_focused()
    assert page.url.endswith("/do/sign-step?batch=ROM-B-1")


def test_a_step_is_signed_from_the_batch_and_stays_complete_without_javascript(
    browser: Any, live_server: Any, world: World
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/login")
    page.get_by_label("Person code").fill("ROM-OP")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Second factor").fill(PIN)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{live_server.url}/batch/ROM-B-1")
    page.get_by_role("link", name="Sign a step").click()
    page.get_by_label("viability").fill("95")
    page.get_by_label("Equipment scan").fill("PRO-1")
    sign(page)
    expect(page.get_by_text("waits for a second person")).to_be_visible()
    context.close()


def test_arabic_reads_from_right_to_left_with_codes_and_numbers_whole(enter: Enter, world: World) -> None:
    page = enter("ROM-PHY")
    page.locator(".language summary").click()
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.goto(page.url.rstrip("/") + "/journeys")
    for shown in (world.coi, "20 kg"):
        found = page.locator("bdi", has_text=shown).first
        expect(found).to_have_attribute("dir", "ltr")
        assert found.evaluate("e => getComputedStyle(e).unicodeBidi") in ("isolate", "isolate-override")
    brand, tools = page.locator(".brand").bounding_box(), page.locator(".tools").bounding_box()
    assert brand and tools and brand["x"] > tools["x"], "the page begins on the right"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1280, 1024, 390])
def test_no_page_is_wider_than_the_screen(enter: Enter, live_server: Any, world: World, width: int) -> None:
    page = enter("ROM-PHY")
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/journeys", f"/journey/{JOURNEY}", "/batch/ROM-B-1", "/acts", "/lots", "/status", "/do/grade-icans"):
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        small = page.evaluate(
            "[...document.querySelectorAll('button, input:not([type=hidden]):not([type=checkbox]), select, .button')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 43).map(e => e.outerHTML)"
        )
        assert small == [], path
