"""A planner's walk: a file given, a figure typed wrong and right, slots computed while one looks on; in Arabic too."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from milenari.journal import calculations, read, scenarios
from milenari.registers import planning, recorded
from milenari.rules.plan import Slot
from tests.web import world as worlds

WAIT = 120_000  # ms: a page with maps is drawn on the server


def test_a_scenario_is_given_corrected_and_planned_while_somebody_looks_on(
    world: worlds.World, enter: Callable[..., Page], live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calculations.subprocess, "Popen", lambda *_, **__: None)  # the walk computes it itself
    tree = recorded.example()
    tree |= {"name": "Two patients", "horizon": 60, "patients": tree["patients"][:2]}
    tree["objective"]["start_window"] = 6
    page = enter("ROM-COO")
    page.set_default_timeout(WAIT)
    page.goto(f"{live_server.url}/plans")
    page.get_by_role("link", name="Scenarios").click()
    page.get_by_label("Scenario, JSON or YAML").set_input_files(
        {"name": "two.json", "mimeType": "application/json", "buffer": json.dumps(tree).encode()}
    )
    page.get_by_role("button", name="Read and keep").click()
    expect(page.get_by_text("Two patients").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("img", name="The network of the scenario")).to_be_visible(timeout=WAIT)
    beds = page.locator('input[name="sites[0].beds.value"]')
    beds.fill("no beds")
    page.get_by_role("button", name="Keep as a new scenario").click()
    expect(page.get_by_role("alert")).to_contain_text("sites[0].beds.value is 'no beds'", timeout=WAIT)
    expect(beds).to_have_value("no beds")
    beds.fill("6")
    page.get_by_role("button", name="Keep as a new scenario").click()
    expect(page.get_by_role("status")).to_contain_text("the one before is unchanged", timeout=WAIT)
    assert scenarios.kept(None).count() == 2
    page.get_by_label("Seconds at most").fill("30")
    page.get_by_role("button", name="Compute slots").click()
    expect(page.get_by_role("heading", name="Running now")).to_be_visible(timeout=WAIT)
    number = int(page.url.rsplit("/", 1)[1])
    assert calculations.work(number)
    # The page renews itself; nobody presses anything.
    expect(page.get_by_text("Proven best")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("img", name="Patients")).to_be_visible(timeout=WAIT)
    _bars_are_dragged(page, live_server.url, _kept(world, number))
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
    for width in (1280, 820):
        page.set_viewport_size({"width": width, "height": 1180})
        for path in (
            "/plans/scenarios",
            "/plans/scenarios/" + str(scenarios.kept(None)[0].pk),
            f"/plans/runs/{number}",
        ):
            page.goto(f"{live_server.url}{path}")
            assert page.locator("html").get_attribute("dir") == "rtl"
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)


def _kept(world: worlds.World, number: int) -> Slot:
    """The run's plan, kept; the slot that is moved."""
    run = calculations.one(number, None)
    assert run.answer is not None
    kind, method, answer = planning.as_plan(run.answer)
    world.do("ROM-COO", "keep-plan", plan="P-1", kind=kind, title="Two patients", scenario=run.scenario.digest,
             method=method, answer=answer)  # fmt: skip
    return read.sheet("plan:P-1").slots()[0]


def _bars_are_dragged(page: Page, node: str, slot: Slot) -> None:
    """By mouse to a day that breaks something, left there; by finger to another; a bar that is not moved is a link."""
    page.goto(f"{node}/plans/of/P-1")
    made = f'svg.chart a[href*="/{slot.journey}"]'
    name = f"{slot.journey}: made, {slot.journey}, {slot.start} – {slot.end - timedelta(days=1)}"
    bar = page.locator(made).filter(has=page.locator("title", has_text=name)).locator("path").first
    bar.scroll_into_view_if_needed()
    box = bar.evaluate("bar => bar.getBoundingClientRect().toJSON()")  # bounding_box() counts the line around it
    day = box["width"] / (slot.end - slot.start).days
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    sheet = page.get_by_role("dialog", name=f"Another day for {slot.journey}")
    page.mouse.move(x, y)
    page.mouse.down()
    late = slot.start + timedelta(days=15)
    page.mouse.move(x + 15 * day, y, steps=5)
    expect(page.get_by_role("status").filter(has_text=str(late))).to_be_visible()
    page.mouse.up()
    expect(sheet.get_by_role("heading", name="Nothing can start on this day")).to_be_visible(timeout=WAIT)
    expect(sheet).to_contain_text("a start is planned between")
    sheet.get_by_role("button", name="Leave it where it is").click()
    expect(sheet).to_be_hidden()
    assert page.locator(f"{made}.moving").count() == 0 and page.url.endswith("/plans/of/P-1"), "all is as it was"
    runs = calculations.of(None).count()
    touch = page.context.new_cdp_session(page)
    points = [("touchStart", 0), ("touchMove", day), ("touchMove", 2 * day), ("touchEnd", None)]
    for kind, along in points:
        where = [] if along is None else [{"x": x + along, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})
    expect(sheet).to_be_visible(timeout=WAIT)
    expect(sheet).to_contain_text(f"{slot.start} → {slot.start + timedelta(days=2)}")
    expect(sheet.get_by_role("heading", name="What it would mean")).to_be_visible(timeout=WAIT)
    assert calculations.of(None).count() == runs, "nothing is kept by dragging"
    sheet.get_by_role("button", name="Plan again with this start").click()
    expect(page.get_by_role("heading", name="Running now")).to_be_visible(timeout=WAIT)
    assert calculations.of(None).count() == runs + 1
    page.goto(f"{node}/plans/of/P-1")
    page.locator(made).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Start of manufacture")).to_have_value(str(slot.start), timeout=WAIT)
