"""The whole therapy by keyboard and scanner strings alone, and how little of it is typed by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from milenari import demo
from tests.browser.test_whole_journey import at_work, whole_therapy
from tests.browser.ward import Keyboard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def keyboard(browser: Browser, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Keyboard]:
    settings.HOME, settings.DEMO = tmp_path, True
    demo.prepare(lambda line: None)
    yield from at_work(Keyboard(browser, live_server.url))  # type: ignore[misc]


def test_a_child_goes_through_the_whole_therapy_without_a_mouse(keyboard: Keyboard, capsys: Any) -> None:
    whole_therapy(keyboard)
    told = keyboard.table()
    with capsys.disabled():
        print(f"\n{told}")
    if where := os.environ.get("MILENARI_BY_HAND"):
        Path(where).write_text(told + "\n")
    counts = keyboard.counts.values()
    typed, fields = sum(c.typed for c in counts), sum(c.fields for c in counts)
    assert sum(c.acts for c in counts) > 80
    assert 3 * typed < fields, f"{typed} of {fields} fields of a paper record are typed by hand"
