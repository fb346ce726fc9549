"""Arabic in a real browser: words translated, the page mirrored, numbers and codes whole and left-to-right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.world import JOURNEY, PASSWORD, PIN, World, today

pytestmark = pytest.mark.django_db(transaction=True)

# The texts of isolated facts whose characters do not advance from left to right on their line.
TORN = """() => [...document.querySelectorAll('bdi[dir=ltr]')].filter(e => {
  const text = e.firstChild, range = document.createRange();
  if (!text || text.nodeType !== Node.TEXT_NODE) return false;
  let last = null;
  for (let i = 0; i < text.length; i++) {
    range.setStart(text, i); range.setEnd(text, i + 1);
    const box = range.getClientRects()[0];
    if (!box || !box.width) continue;
    if (last && Math.abs(box.top - last.top) < 4 && box.left < last.left - 0.5) return true;
    last = box;
  }
  return false;
}).map(e => e.textContent)"""


# Words outside isolated facts that are still Latin, but for the scales and the receptor, which keep their names.
LATIN = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (text.parentElement.closest('script, pre, bdi, option, datalist, svg, .zone, .language [lang]')) continue;
    if (/[A-Za-z]{2,}|[0-9]/.test(text.data.replace(/\\b(CAR|CAPD|ICE)\\b/g, ''))) found.push(text.data.trim());
  }
  return found;
}"""


@pytest.fixture
def arabic(enter: Callable[..., Page]) -> Page:
    page = enter("ROM-PHY")
    page.locator(".language summary").click()
    page.get_by_role("button", name="العربية").click()
    return page


def test_a_heading_is_arabic_and_a_number_in_it_is_isolated(arabic: Page, live_server: Any, world: World) -> None:
    expect(arabic.locator("html")).to_have_attribute("dir", "rtl")
    arabic.goto(f"{live_server.url}/journeys")
    expect(arabic.get_by_role("heading", level=1)).to_have_text("مسارات العلاج")
    arabic.goto(f"{live_server.url}/journey/{JOURNEY}")
    expect(arabic.get_by_role("heading", level=1)).to_have_text(f"مسار العلاج {world.coi}")
    weight = arabic.locator("dt", has_text="الوزن").first.locator("xpath=../dd//bdi").first
    expect(weight).to_have_text("20 kg")
    expect(weight).to_have_attribute("dir", "ltr")
    assert weight.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"


def test_a_refusal_is_arabic_and_keeps_its_number_whole(arabic: Page, live_server: Any, world: World) -> None:
    arabic.goto(f"{live_server.url}/do/record-weight?journey={JOURNEY}")
    arabic.get_by_label("الوزن", exact=True).fill("500")
    arabic.get_by_label("تاريخ الوزن").fill(str(today()))
    arabic.get_by_label("كلمة المرور", exact=True).fill(PASSWORD)
    arabic.get_by_label("العامل الثاني").fill(PIN)
    arabic.get_by_role("button", name="توقيع:").click()
    expect(arabic.locator("#refusal")).to_contain_text("لم يُسجَّل هذا")
    expect(arabic.locator("#refusal bdi[dir=ltr]").first).to_have_text("500 kg")
    assert arabic.evaluate(TORN) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_no_fact_is_torn_no_word_is_left_and_no_page_is_too_wide(
    arabic: Page, live_server: Any, world: World, width: int
) -> None:
    arabic.set_viewport_size({"width": width, "height": 800})
    for path in ("/journeys", f"/journey/{JOURNEY}", "/batch/ROM-B-1", "/acts", "/lots", "/status", "/do/grade-icans"):
        arabic.goto(live_server.url + path)
        assert arabic.evaluate(TORN) == [], path
        assert arabic.evaluate(LATIN) == [], path
        assert arabic.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
