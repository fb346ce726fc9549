"""What the browser's tests share: a served node whose acts are really committed, and a way to log in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.web import world as worlds


@pytest.fixture
def world(tmp_path: Path, settings: Any, live_server: Any) -> worlds.World:
    settings.HOME, settings.DEMO = tmp_path, True
    made = worlds.build()
    worlds.to_batch(made)
    return made


@pytest.fixture
def enter(page: Page, live_server: Any, world: worlds.World) -> Callable[..., Page]:
    """Log a person in by hand; returns the page at their home."""

    def log_in(who: str, password: str = worlds.PASSWORD, pin: str = worlds.PIN) -> Page:
        page.goto(f"{live_server.url}/login")
        page.get_by_label("Person code").fill(who)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_label("Second factor").fill(pin)
        page.get_by_role("button", name="Log in").click()
        return page

    return log_in
