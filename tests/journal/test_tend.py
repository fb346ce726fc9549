"""Chores run when they are due, and one that fails is noted, shown and tried again, and keeps no other from running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from milenari.journal import clock, tend
from milenari.journal.models import Chore as Row
from milenari.rules.action import Refused

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def at(monkeypatch: Any) -> Any:
    def put(moment: datetime) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: moment)
        return moment

    put(START)
    return put


def only(monkeypatch: Any, *chores: tend.Chore) -> None:
    monkeypatch.setattr(tend, "all_chores", lambda: list(chores))


def test_a_chore_is_due_at_once_and_again_after_its_interval(at: Any, monkeypatch: Any) -> None:
    one = tend.Chore("sweep", lambda: "swept", HOUR)
    only(monkeypatch, one)
    assert tend.due(START) == [one]
    assert tend.run(one).state == "good"
    assert tend.due(START + HOUR - timedelta(seconds=1)) == []
    assert tend.due(START + HOUR) == [one]


def test_a_nightly_chore_runs_once_after_its_hour(at: Any, monkeypatch: Any) -> None:
    one = tend.Chore("verify", lambda: "sound", timedelta(days=1), after_hour=1)
    only(monkeypatch, one)
    tend.run(one)
    assert tend.due(START + 12 * HOUR) == [] and tend.due(START + 14 * HOUR) == [one]


@pytest.mark.parametrize(
    "fault", [Refused("peer-unreachable", address="x", detail="down"), OSError("disk"), KeyError("k")]
)
def test_a_failure_is_noted_and_tried_again_ever_later(at: Any, monkeypatch: Any, fault: Exception) -> None:
    def fails() -> str:
        raise fault

    bad, good = tend.Chore("exchange-ROM", fails, timedelta(days=1)), tend.Chore("publish", lambda: "ok", HOUR)
    only(monkeypatch, bad, good)
    for one in tend.due(START):
        tend.run(one)
    states = {state.name: state for state in tend.states()}
    assert states["exchange-ROM"].state == "failed" and states["exchange-ROM"].said
    assert states["publish"].state == "good"
    assert bad not in tend.due(START + timedelta(minutes=4)) and bad in tend.due(START + timedelta(minutes=5))
    at(START + timedelta(minutes=5))
    assert tend.run(bad).failures == 2
    assert bad not in tend.due(START + timedelta(minutes=12)) and bad in tend.due(START + timedelta(minutes=15))


def test_a_chore_that_did_not_succeed_for_long_is_overdue(at: Any, monkeypatch: Any) -> None:
    one = tend.Chore("backup", lambda: "made", HOUR)
    only(monkeypatch, one)
    tend.run(one)
    at(START + 4 * HOUR)
    assert tend.states()[0].state == "overdue"
    tend.run(one)
    assert tend.states()[0].state == "good"


def test_settings_say_which_chores_a_node_has(settings: Any) -> None:
    settings.PEERS, settings.BACKUP, settings.PUBLISH = {}, "", ""
    assert [one.name for one in tend.all_chores() if one.name in CHORES] == ["verify"] and not tend.wanted()
    settings.PEERS, settings.BACKUP, settings.PUBLISH = {"BCN": "https://bcn.example"}, "/b", "/p"
    assert [one.name for one in tend.all_chores() if one.name in CHORES] == list(CHORES) and tend.wanted()


CHORES = ("exchange-BCN", "verify", "publish", "backup", "restore-test")


def test_the_real_nightly_verification_says_one_line(at: Any) -> None:
    (one,) = [chore for chore in tend.all_chores() if chore.name == "verify"]
    state = tend.run(one)
    assert state.state == "good" and state.said.startswith("sound: 0 entries")
    assert Row.objects.get(name="verify").good_at
