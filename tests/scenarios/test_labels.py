"""The labels of the whole story: each is drawn and read back here, and every account comes to nought."""

from __future__ import annotations

from typing import Any

import pytest

from milenari.journal import read
from milenari.registers import labels
from milenari.web.labels import check, draw
from milenari.web.labels.content import contents


def prints() -> list[Any]:
    found, total = read.search(action="print-labels", limit=100)
    assert total == len(found)
    return [seen.entry for seen in found]


@pytest.mark.once
def test_every_label_of_the_story_is_read_back_at_its_printer(apart: Any) -> None:
    entries = prints()
    assert {entry.given["content"]["language"] for entry in entries} >= {"es", "ar"}
    for entry in entries:
        made = contents(entry.given)
        for one, png in zip(made, draw.pictures(made, entry.action.resolution), strict=True):
            assert check.verdict(one, png).good, one.serial


def test_every_label_of_the_story_is_accounted_for(apart: Any) -> None:
    accounts, total, _pages = labels.accounts(None)
    assert total == len(accounts) == 3
    assert all(account.settled and account.printed for account in accounts)
    (lot,) = (account for account in accounts if account.of == "lot:LV-A3B1-L01")
    assert lot.counts == {"open": 0, "used": 24, "destroyed": 1, "returned": 0} and lot.reprinted == 1
