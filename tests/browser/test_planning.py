"""A planner's walk: a file given, a figure typed wrong and right, slots computed while one looks on; in Arabic too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from milenari.journal import calculations, scenarios
from milenari.registers import recorded
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
