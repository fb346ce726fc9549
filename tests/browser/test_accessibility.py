"""Every page in English and Arabic against WCAG 2.2 A and AA, as far as axe can judge it in Chromium.

The pages are those of ``tour.py``. With MILENARI_AXE_REPORT naming a folder, what was found is also written there,
a file a page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from milenari import demo
from tests.browser import tour

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
         "resultTypes": ["violations"]}  # fmt: skip


def test_every_address_is_on_the_tour_or_said_to_be_no_page() -> None:
    assert not tour.unvisited(), "put its address into tests/browser/tour.py: PAGES, or NO_PAGE with the reason"
    assert not tour.gone(), "tests/browser/tour.py names addresses that are gone"


class Visitors:
    """Everybody's own browser on the demo node, logged in once."""

    def __init__(self, browser: Browser, url: str, language: str) -> None:
        self.browser, self.url, self.language = browser, url, language
        self.logins = {login["person"]: login for login in demo.logins()}
        self.contexts: dict[str, BrowserContext] = {}

    def open(self, who: str) -> Page:
        if who not in self.contexts:
            made = self.contexts[who] = self.browser.new_context(base_url=self.url, reduced_motion="reduce")
            made.add_cookies([{"name": "django_language", "value": self.language, "url": self.url}])
            if who:
                self._log_in(made.new_page(), self.logins[who])
        return self.contexts[who].new_page()

    def _log_in(self, page: Page, login: dict[str, Any]) -> None:
        page.goto("/login")
        for box, value in (("person", login["person"]), ("password", login["password"]), ("second", login["pin"])):
            page.locator(f"[name={box}]").fill(str(value))
        page.locator("main button.primary").click()
        page.wait_for_url(lambda address: "/login" not in address)
        page.close()


@pytest.fixture
def visitors(browser: Browser, live_server: Any, settings: Any, tmp_path: Path, language: str) -> Iterator[Visitors]:
    settings.HOME, settings.DEMO = tmp_path, True
    demo.prepare(lambda line: None)
    made = Visitors(browser, live_server.url, language)
    yield made
    for context in made.contexts.values():
        context.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_keeps_anybody_out(visitors: Visitors, language: str) -> None:
    found = {stop: told for stop in tour.stops() if (told := _wrong(visitors, stop, language))}
    for stop, told in found.items():
        _report(stop, language, told)
    told = "\n".join(f"{stop.path} ({stop.who}, {language}):\n{text}" for stop, text in found.items())
    assert not found, f"{len(found)} views with violations\n{told}"


def _wrong(visitors: Visitors, stop: tour.Stop, language: str) -> str:
    """What is wrong with one page in words, or nothing."""
    page = visitors.open(stop.who)
    try:
        try:
            answer = page.goto(stop.path)
        except PlaywrightError as fault:
            return f"  {str(fault).splitlines()[0]}"
        if answer is None or answer.status != 200:
            return f"  answered {answer.status if answer else 'nothing'}"
        lines = [] if page.locator("html").get_attribute("lang") == language else ["  lang is not the page's language"]
        for one in Axe().run(page, options=RULES).response["violations"]:
            lines.append(f"  {one['id']} ({one['impact']}): {one['help']}")
            lines += [f"    {' '.join(map(str, node['target']))}  {node['html'][:160]}  {_data(node)}"
                      for node in one["nodes"][:6]]  # fmt: skip
        return "\n".join(lines)
    finally:
        page.close()


def _data(node: dict[str, Any]) -> str:
    """Colours and sizes that axe measured, where it did."""
    for check in [*node["any"], *node["all"], *node["none"]]:
        if isinstance(check.get("data"), dict) and "contrastRatio" in check["data"]:
            data = check["data"]
            return f"{data['fgColor']} on {data['bgColor']}: {data['contrastRatio']}"
    return ""


def _report(stop: tour.Stop, language: str, told: str) -> None:
    if folder := os.environ.get("MILENARI_AXE_REPORT"):
        with open(Path(folder) / f"axe-{stop.page}.txt", "a") as out:
            out.write(f"{stop.path} ({stop.who}, {language})\n{told}\n")
