"""What goes wrong in a hospital: a killed process, a full or read-only disk, a clock set back, two at once.

Each time: nothing acknowledged is lost, nothing is half-written, a retry doubles nothing, the book verifies.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from milenari.journal import clock, guard, start
from milenari.journal.models import Entry
from milenari.journal.perform import NotWritten, Written, perform_all
from milenari.journal.verify import rebuild, verify
from milenari.registers.models import Equipment
from milenari.rules.action import Refused
from tests.journal import book, scratch

SITES = ("ROM", "BCN")
KILLS = 200


@pytest.fixture
def node(django_db_blocker: Any, tmp_path: Path, settings: Any) -> Iterator[str]:
    """Two founded sites in a database of their own, with real commits; its name."""
    settings.HOME, settings.DEMO = tmp_path, True
    with django_db_blocker.unblock(), scratch.database(tmp_path) as name:
        book.found(*SITES)
        yield name


def entries() -> int:
    return Entry.objects.count()


def refused(code: str, call: Callable[[], Any]) -> Refused:
    """Assert a refusal, and that it wrote nothing."""
    before = entries()
    with pytest.raises(Refused) as caught:
        call()
    assert (caught.value.code, entries()) == (code, before)
    return caught.value


def not_written(code: str, call: Callable[[], Any]) -> None:
    before = entries()
    with pytest.raises(NotWritten) as caught:
        call()
    assert (caught.value.code, entries()) == (code, before), caught.value.cause


# -- a killed process -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_at_200_random_moments_loses_nothing_acknowledged_and_doubles_nothing(node: str, tmp_path: Path) -> None:
    connections.close_all()
    env = {**os.environ, "MILENARI_HOME": str(tmp_path), "MILENARI_DEMO": "1", "DATABASE_URL": scratch.url_of(node)}
    command = [sys.executable, "-m", "tests.journal.crash_writer", f"--kills={KILLS}", f"--seed={os.getpid()}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == KILLS and found["acknowledged"] > KILLS, found
    assert found["lost"] == [] and found["not_recognised"] == [], found
    assert found["entries"] == found["retried"], found  # each act id once, however often it was tried
    assert found["faults"] == [], found


# -- a disk that is full, or may only be read -----------------------------------------------------------


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """SQLite may not take another page. PostgreSQL is not given a disk of its own here: a trigger on the last
    table written raises the very error (SQLSTATE 53100) that the server raises when it cannot extend a file."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        else:
            cursor.execute(
                "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; "
                "CREATE TRIGGER no_space AFTER INSERT OR UPDATE ON registers_equipment "
                "FOR EACH ROW EXECUTE FUNCTION no_space()"
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA max_page_count = 1073741823")
            else:
                cursor.execute("DROP FUNCTION no_space CASCADE")


def fill(acts: int = 500) -> None:
    for n in range(acts):
        book.do(book.register(f"F-{n}"), act=f"fill-{n}")


def test_a_full_disk_is_said_and_leaves_nothing_half_written(node: str) -> None:
    with full_disk():
        with pytest.raises(NotWritten) as caught:
            fill()
        assert caught.value.code == "disk-full"
        held = entries()
        assert verify().sound
        not_written("disk-full", lambda: perform_all(book.work(300, start=1000)))
        assert (entries(), verify().faults) == (held, [])
    fill()  # with space again, the same acts go through, and those that were kept are not doubled
    assert Entry.objects.filter(act__startswith="fill-").count() == 500
    assert Equipment.objects.count() == 500 and verify().sound


def test_a_read_only_database_is_said_and_works_again_when_it_is_not(node: str) -> None:
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if sqlite else "SET default_transaction_read_only = on")
    not_written("read-only", lambda: book.do(book.register("E-1"), act="act-1"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = OFF" if sqlite else "SET default_transaction_read_only = off")
    assert not book.do(book.register("E-1"), act="act-1").repeated
    assert verify().sound


def test_a_statement_that_fails_at_the_very_end_takes_the_whole_act_back(node: str) -> None:
    """The head is the last thing written: without it there is no entry, no index and no register row either."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("CREATE TRIGGER stop BEFORE UPDATE ON journal_head BEGIN SELECT RAISE(ABORT, 'stop'); END")
        else:
            cursor.execute(
                "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stop'; END $$; "
                "CREATE TRIGGER stop BEFORE UPDATE ON journal_head FOR EACH ROW EXECUTE FUNCTION stop()"
            )
    before = entries()
    with pytest.raises((NotWritten, Refused)):
        book.do(book.register("E-1"), act="act-1")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER stop" if connection.vendor == "sqlite" else "DROP FUNCTION stop CASCADE")
    assert (entries(), Equipment.objects.count(), verify().faults) == (before, 0, [])
    assert not book.do(book.register("E-1"), act="act-1").repeated


# -- a guard taken away ---------------------------------------------------------------------------------


def drop(trigger: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))


def test_a_dropped_trigger_stops_the_start_is_reported_and_put_back_by_migrate(node: str) -> None:
    assert start.faults() == []
    gone = sorted(name for name in guard.wanted() if name.startswith("guard_journal_entry"))[0]
    drop(gone, "journal_entry")
    assert len(start.faults()) == 1 and gone in start.faults()[0]
    assert [str(fault) for fault in verify().faults] == [f"the guard {gone} is missing or disabled"]
    call_command("migrate", verbosity=0)
    assert start.faults() == [] and verify().sound


@pytest.mark.postgres
def test_a_trigger_that_is_only_disabled_is_found_too(node: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER guard_journal_entry")
    assert "guard_journal_entry" in start.faults()[0]
    guard.install()
    assert start.faults() == []


def test_registers_rebuilt_from_the_journal_are_the_same_row_for_row(node: str) -> None:
    perform_all(book.work(40))
    before = list(Equipment.objects.order_by("key").values())
    count = rebuild()
    assert list(Equipment.objects.order_by("key").values()) == before
    report = verify()
    assert report.sound and report.register_rows == count


# -- a clock set back -----------------------------------------------------------------------------------


def test_a_clock_set_back_is_refused_until_it_is_right_again(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    book.do(book.register("E-1"))
    right = clock.now()
    monkeypatch.setattr(clock, "now", lambda: right - timedelta(minutes=5))
    refused("clock-set-back", lambda: book.do(book.register("E-2")))
    refused("clock-set-back", lambda: perform_all([book.request(book.register("E-2"))]))
    monkeypatch.setattr(clock, "now", lambda: right + timedelta(seconds=1))
    assert book.do(book.register("E-2")).index == book.do(book.register("E-3")).index - 1
    assert verify().sound


# -- the same act again ---------------------------------------------------------------------------------


def test_a_repeated_act_id_returns_the_first_entry_also_when_the_rule_would_now_refuse(node: str) -> None:
    first = book.do(book.register("E-1"), act="act-1")
    again = book.do(book.register("E-1"), act="act-1")
    assert again.repeated and (again.index, again.position, again.leaf) == (first.index, first.position, first.leaf)
    assert again.entry == first.entry
    twice = perform_all([book.request(book.calibrate("E-1"), act="act-2")] * 2)
    assert [w.repeated for w in twice] == [False, True] and twice[0].position == twice[1].position


@pytest.mark.parametrize("other", ["action", "data", "site", "person"])
def test_an_act_id_is_never_used_for_another_act(node: str, other: str) -> None:
    book.do(book.receive("M-1"), role=book.Role.OPERATOR, act="act-1")
    again: dict[str, Callable[[], Written]] = {
        "action": lambda: book.do(book.register("M-1"), act="act-1"),
        "data": lambda: book.do(book.receive("M-2"), role=book.Role.OPERATOR, act="act-1"),
        "site": lambda: book.do(book.receive("M-1"), "BCN", role=book.Role.OPERATOR, act="act-1"),
        "person": lambda: book.do(book.receive("M-1"), role=book.Role.QA, act="act-1"),
    }
    refused("act-id-reused", again[other])


@pytest.mark.parametrize("code", ["", "a b", "nul\x00", "half \ud83d", "x" * 300, "ärzte"])
def test_a_code_that_no_database_could_take_is_refused_by_the_rule_not_by_the_database(node: str, code: str) -> None:
    assert refused_code(lambda: book.do(book.register(code))) in ("field-not-a-code", "field-missing")
    assert refused_code(lambda: book.do(book.calibrate(code))) in ("field-not-a-code", "field-missing")


def refused_code(call: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


# -- two at once ----------------------------------------------------------------------------------------


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together, each on its own connection; results or exceptions."""
    together = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        try:
            together.wait()
            return call()
        except (Refused, NotWritten) as fault:
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_of_two_writers_who_saw_the_same_version_exactly_one_wins(node: str) -> None:
    def calibrated(code: str, days: int) -> Callable[[], Written]:
        return lambda: book.do(book.calibrate(code, days), seen=((f"equipment:{code}", 1),))

    for n in range(15):
        code = f"E-{n}"
        book.do(book.register(code))
        both = at_once(calibrated(code, 400), calibrated(code, 500))
        won = [x for x in both if isinstance(x, Written)]
        lost = [x for x in both if isinstance(x, Refused)]
        assert len(won) == len(lost) == 1, both
        assert lost[0].code == "changed-meanwhile"
        until = won[0].entry.action.calibrated_until
        assert Equipment.objects.get(key=code).calibrated_until == until
    assert verify().sound


def test_two_processes_that_send_one_act_at_once_write_it_once(node: str) -> None:
    for n in range(15):
        both = at_once(*[lambda: book.do(book.register(f"E-{n}"), act=f"act-{n}")] * 2)  # noqa: B023
        assert sorted(x.repeated for x in both) == [False, True], both
    assert verify().sound


@pytest.mark.parametrize("sites", [("ROM", "BCN"), ("ROM", "ROM")], ids=["two-sites", "one-site"])
def test_writers_side_by_side_lose_nothing(node: str, sites: tuple[str, str]) -> None:
    def writer(number: int) -> list[int]:
        site = sites[number % 2]
        return [book.do(book.register(f"E-{number}-{n}"), site).index for n in range(12)]

    done = at_once(*(lambda n=n: writer(n) for n in range(4)))  # type: ignore[misc]
    assert all(isinstance(x, list) and x == sorted(x) for x in done), done
    assert Equipment.objects.count() == 48
    report = verify()
    assert report.sound, report.faults


def test_verifying_while_others_write_raises_no_false_alarm(node: str) -> None:
    def check() -> list[str]:
        return [str(fault) for _ in range(8) for fault in verify().faults]

    def writer() -> list[int]:
        return [book.do(book.register(f"E-{n}")).index for n in range(60)]

    faults, written = at_once(check, writer)
    assert isinstance(written, list) and faults == []


def test_an_act_within_an_outer_transaction_that_is_rolled_back_never_was(node: str) -> None:
    before = entries()
    with transaction.atomic():
        book.do(book.register("E-1"), act="act-1")
        transaction.set_rollback(True)
    assert (entries(), verify().faults) == (before, [])
    assert not book.do(book.register("E-1"), act="act-1").repeated
