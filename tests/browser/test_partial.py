"""Lists change in place and keep their address and the way back; home stays fresh while nobody works in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.world import World

Enter = Callable[..., Page]
MARK = "window.stayed = true"


def test_a_list_is_searched_in_place_and_the_way_back_leads_back(enter: Enter, live_server: Any, world: World) -> None:
    page = enter("ROM-PHY")
    page.goto(f"{live_server.url}/journeys")
    page.evaluate(MARK)
    search = page.get_by_label("Search", exact=True)
    search.fill("nothing like this")
    search.press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    assert page.url.endswith("/journeys?q=nothing+like+this") and page.evaluate("window.stayed")
    expect(page.get_by_label("Search", exact=True)).to_be_focused()
    page.get_by_label("Search", exact=True).fill("")
    page.get_by_label("Search", exact=True).press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("window.stayed")
    page.go_back()
    expect(page.locator(".empty")).to_be_visible()


def test_home_shows_what_came_meanwhile_unless_somebody_works_in_it(
    enter: Enter, live_server: Any, world: World
) -> None:
    page = enter("ROM-PHY")
    page.clock.install()
    page.goto(f"{live_server.url}/")
    page.evaluate(MARK)
    page.evaluate("document.querySelector('h1').textContent = 'old'")
    page.clock.run_for(61_000)
    expect(page.locator("h1")).not_to_have_text("old")
    assert page.evaluate("window.stayed")
    page.evaluate("document.querySelector('h1').textContent = 'old'")
    page.locator("#content a").first.focus()
    page.clock.run_for(61_000)
    expect(page.locator("h1")).to_have_text("old")


def test_the_link_past_the_header_does_not_load_the_page_anew(enter: Enter, live_server: Any, world: World) -> None:
    page = enter("ROM-PHY")
    page.goto(f"{live_server.url}/acts")
    page.evaluate(MARK)
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.wait_for_timeout(300)
    assert page.evaluate("window.stayed")
