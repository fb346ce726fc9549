"""A batch at the bench, on a tablet, by scanner strings and keyboard alone; and the same bench in Arabic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from milenari.journal import read
from tests.rules import recipes
from tests.web import world as worlds
from tests.web.world import PASSWORD, PIN, World, today

pytestmark = pytest.mark.django_db(transaction=True)
TABLET = {"width": 820, "height": 1180}
SELECT, LAST = recipes.PHASES[0], recipes.PHASES[2]


@pytest.fixture
def world(tmp_path: Path, settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """A batch of two phases, the second with a material; both operators are trained."""
    settings.HOME, settings.DEMO = tmp_path, True
    second = {**LAST, "materials": ["CD4-BEADS"], "instruction": "Mix gently, then look against the light."}
    monkeypatch.setattr(recipes, "PHASES", [SELECT, second])
    made = worlds.build()
    worlds.to_batch(made)
    made.do("ROM-QA", "record-training", person="ROM-TWO", procedure="SOP-ARI", number="1", on=str(today()),
            until_on=str(today(300)))  # fmt: skip
    return made


@pytest.fixture
def bench(page: Page, live_server: Any, enter: Callable[..., Page]) -> Iterator[Page]:
    page.set_viewport_size(TABLET)  # type: ignore[arg-type]
    enter("ROM-OP")
    page.goto(f"{live_server.url}/run/ROM-B-1")
    yield page


def scan(page: Page, code: str) -> None:
    """What a keyboard wedge does: the characters, then Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def has_focus(page: Page, name: str) -> None:
    expect(page.locator(f"[name='{name}']").first).to_be_focused()


def test_a_batch_is_made_by_scanner_and_keyboard_with_the_second_person_on_the_same_device(bench: Page) -> None:
    page = bench
    has_focus(page, "equipment")
    scan(page, "PRO-1")  # replaces what is proposed
    expect(page.locator("[name='equipment']")).to_have_value("PRO-1")
    has_focus(page, "room")
    page.keyboard.press("Enter")  # a room may be scanned, none is asked for here
    has_focus(page, "readings.viability")
    page.keyboard.type("65")
    expect(page.get_by_text("Outside the limit.")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("95,5")  # a keypad with a comma
    expect(page.locator("[name='readings.viability']")).to_have_value("95.5")
    expect(page.get_by_text("Within the limit.")).to_be_visible()
    page.keyboard.press("Enter")
    has_focus(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    has_focus(page, "second")
    scan(page, PIN)

    expect(page.get_by_role("heading", name="Second person")).to_be_visible()
    expect(page.locator(".compare")).to_contain_text("95.5 %")
    has_focus(page, "second.person")
    scan(page, "ROM-OP")  # the one who did it
    has_focus(page, "second.password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    scan(page, PIN)
    expect(page.locator("#refusal")).to_be_focused()
    page.locator("[name='second.person']").focus()
    page.keyboard.press("Control+A")
    scan(page, "ROM-TWO")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    scan(page, PIN)

    expect(page.get_by_text("Step verified")).to_be_visible()
    expect(page.locator("header")).to_contain_text("Marco Bellini")
    expect(page.get_by_text("Mix gently, then look against the light.")).to_be_visible()
    has_focus(page, "material")
    scan(page, "GLUE-9")
    expect(page.get_by_text("This is not one of those that fit here.")).to_be_visible()
    page.locator("[name='material']").focus()
    scan(page, "BEADS-1")
    has_focus(page, "amount")
    page.keyboard.type("1.5")
    page.keyboard.press("Enter")
    has_focus(page, "password")
    scan(page, PASSWORD)  # the session's later signatures need the password alone

    expect(page.get_by_text("Material scanned into a step")).to_be_visible()
    has_focus(page, "room")
    page.keyboard.press("Enter")
    has_focus(page, "readings.look")
    page.keyboard.press("Space")
    expect(page.locator(".pick [data-said='inside']")).to_be_visible()
    page.keyboard.press("Enter")
    has_focus(page, "readings.glucose")
    page.keyboard.type("120")
    page.keyboard.press("Enter")
    has_focus(page, "password")
    scan(page, PASSWORD)

    expect(page.get_by_text("All phases are done")).to_be_visible()
    expect(page.get_by_role("heading", name="Harvest a batch")).to_be_visible()
    batch = read.sheet("batch:ROM-B-1")
    assert [(s.phase, s.by, s.verified_by) for s in batch.steps] == [("P1", "ROM-OP", "ROM-TWO"), ("P3", "ROM-OP", "")]
    assert batch.consumed[-1] == ("P3", "CD4-BEADS", "BEADS-1", "1.5 mL") and batch.deviations == ()


def test_targets_are_fit_for_gloves_and_the_page_fits_the_tablet(bench: Page, live_server: Any) -> None:
    page = bench
    for shown in ("", "?show=hold-batch", "?show=open-deviation", "?show=cannot"):
        page.goto(f"{live_server.url}/run/ROM-B-1{shown}")
        small = page.evaluate(
            "[...document.querySelectorAll('.bench button, .bench .button, .bench input:not([type=hidden], "
            "[type=radio]), .bench select, .bench .picks label, .bench summary')].filter(e => e.offsetParent && "
            "e.getBoundingClientRect().height < 56).map(e => e.outerHTML)"
        )
        assert small == [], shown
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), shown


def test_the_bench_in_arabic_runs_from_the_right_and_keeps_limits_and_times_whole(
    bench: Page, live_server: Any
) -> None:
    page = bench
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
    page.reload()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    limit = page.locator(".measure .limit bdi")
    expect(limit).to_have_text("70 %")
    for shown in (limit, page.locator("[data-span]").first, page.locator("h1 bdi")):
        expect(shown).to_have_attribute("dir", "ltr")
        assert shown.evaluate("e => getComputedStyle(e).unicodeBidi") in ("isolate", "isolate-override")
    assert page.locator("[name='readings.viability']").get_attribute("dir") == "ltr"
    first, last = page.locator(".track li").first.bounding_box(), page.locator(".track li").last.bounding_box()
    assert first and last and first["x"] > last["x"], "the phases run from the right"
    page.locator("[name='readings.viability']").fill("\u0669\u0665")  # ninety-five, as an Arabic keypad writes it
    expect(page.locator("[name='readings.viability']")).to_have_value("95")
    expect(page.locator(".measure [data-said='inside']")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
