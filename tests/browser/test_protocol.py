"""A protocol written by hand: begun from the shipped one, a fault told at its field, a boundary computed, signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from milenari.journal import read
from tests.web import world as worlds

BOUNDARY = "3/3 4/6 5/8 6/11 7/14 8/18 9/21 10/24 11/28 12/30"  # as stoppingrule 0.5.2 has it for Pocock, 0.2, 0.05


def test_a_protocol_is_written_part_by_part_and_signed(
    world: worlds.World, enter: Callable[..., Page], live_server: Any
) -> None:
    page = enter("BCN-QA")
    page.goto(f"{live_server.url}/trial")
    page.get_by_role("link", name="Drafts of protocols").click()
    page.get_by_label("Protocol code").fill("ARI-PED")
    page.get_by_role("button", name="From the protocol that comes with the platform").click()
    page.get_by_label("Product").select_option("ARI")
    page.get_by_role("button", name="Save this part").click()
    expect(page.get_by_role("status")).to_contain_text("Saved as a draft")
    page.get_by_role("link", name="Visits", exact=True).click()
    day = page.locator('input[name="visits.5.day"]')
    day.fill("seven")
    page.get_by_role("button", name="Save this part").click()
    expect(page.locator('[id="id_visits.5.day_error"]')).to_contain_text("is no whole number")
    expect(day).to_have_value("seven")
    day.fill("8")
    page.get_by_role("button", name="Save and go to the next part").click()
    page.get_by_label("Stopping rule", exact=True).select_option("S-CRS")
    page.get_by_label("Rate that is tolerated").fill("0.2")
    page.get_by_role("button", name="Compute and put into the draft").click()
    expect(page.locator('input[name="stopping.0.boundary"]')).to_have_value(BOUNDARY)
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
    page.set_viewport_size({"width": 820, "height": 1180})
    for tab in ("visits", "stopping", "sign"):
        page.goto(f"{page.url.partition('?')[0]}?tab={tab}")
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    page.goto(f"{page.url.partition('?')[0]}?tab=sign")
    expect(page.get_by_text("Every field can be read.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(worlds.PASSWORD)
    second = page.get_by_label("Second factor")
    if second.count():
        second.fill(worlds.PIN)
    page.get_by_role("button", name="Sign: Open a protocol").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ARI-PED")
    kept = read.sheet("protocol:ARI-PED").newest
    assert kept.document["visits"][5]["day"] == 8 and kept.document["stopping"][0]["boundary"][0] == [3, 3]
