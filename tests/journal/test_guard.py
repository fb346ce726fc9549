"""The guard: what no one changes by raw SQL, through the ORM or in an admin shell, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from milenari.journal import clock, guard, keys
from milenari.journal.exchange import charter
from milenari.journal.models import Charter, Entry, Fork, Head, Reading, Touch
from milenari.journal.perform import perform_all
from milenari.journal.verify import verify
from milenari.registers import models as registers
from tests.exchange.nodes import charter_of, member_of
from tests.journal import book, scratch

TABLES = {model._meta.db_table: model for model in apps.get_app_config("registers").get_models()}
BOOK = {model._meta.db_table: model for model in (Entry, Touch, Reading, Charter, Fork, Head)}


@pytest.fixture(scope="module")
def node(django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """A small book, and one row put into every register that it does not reach, past the guard."""
    from django.test import override_settings

    home: Path = tmp_path_factory.mktemp("guard")
    with override_settings(HOME=home, DEMO=True), django_db_blocker.unblock(), scratch.database(home):
        book.found("ROM")
        perform_all(book.work(8))
        Reading.objects.create(journey="J", person="P", at=clock.now())
        charter.accept(charter_of([member_of("ROM")], 1, [keys.root_key("ROM")]))
        Fork.objects.create(site="ROM", index=0, ours="a", theirs="b", found_at=clock.now())
        for model in TABLES.values():
            if not model._default_manager.exists():
                # An insert that names a real entry about a real subject is what the guard cannot tell from posting.
                model._default_manager.create(key="row", subject="site:ROM", entry=1)
        yield


def refused(sql: str, *given: Any, says: str = "") -> None:
    """Assert that the database itself refuses the statement, with the guard's own words."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)
    assert says or any(words in str(caught.value) for words in (guard.SAY_FIXED, guard.SAY_HEAD, guard.SAY_ROW)), sql


def columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def test_every_guarded_table_is_tried_here() -> None:
    assert {*guard.FIXED, "journal_head"} == set(BOOK) and guard.register_tables() == sorted(TABLES)


@pytest.mark.parametrize("table", BOOK)
def test_no_column_of_the_journal_is_updated_and_no_row_deleted(node: None, table: str) -> None:
    for column in columns(BOOK[table]):
        refused(f'UPDATE {table} SET "{column}" = "{column}"')
    refused(f"DELETE FROM {table}")
    refused(
        f"DELETE FROM {table} WHERE {columns(BOOK[table])[0]} = (SELECT MAX({columns(BOOK[table])[0]}) FROM {table})"
    )


def test_the_head_of_a_log_only_grows_and_keeps_its_name_and_key(node: None) -> None:
    refused("UPDATE journal_head SET size = size - 1")
    for column in ("site", "origin", "verifier_key"):
        refused(f"UPDATE journal_head SET size = size + 1, {column} = 'another'")


@pytest.mark.parametrize("table", TABLES)
def test_no_register_row_is_updated_deleted_or_inserted_without_a_newer_entry(node: None, table: str) -> None:
    names = columns(TABLES[table])
    for column in names:
        refused(f'UPDATE {table} SET "{column}" = "{column}"')
    refused(f"UPDATE {table} SET entry = entry + 1000000")  # newer, but there is no such entry
    refused(f"UPDATE {table} SET entry = (SELECT MAX(id) FROM journal_entry), subject = 'site:OTHER'")
    refused(f"DELETE FROM {table}")
    others = ", ".join(f'"{name}"' for name in names if name not in ("key", "entry"))
    for entry in ("-1", "entry + 1000000"):
        refused(f"INSERT INTO {table} (key, entry, {others}) SELECT 'new', {entry}, {others} FROM {table}")


@pytest.mark.postgres
@pytest.mark.parametrize("table", [*TABLES, *BOOK])
def test_no_table_is_truncated(node: None, table: str) -> None:
    refused(f"TRUNCATE {table} CASCADE")


def test_bulk_changes_through_the_orm_are_refused(node: None) -> None:
    def tries() -> Iterator[Any]:
        yield lambda: Entry.objects.update(person="another")
        yield lambda: Entry.objects.all()._raw_delete("default")
        yield lambda: Entry.objects.bulk_update([Entry(pk=1, person="another")], ["person"])
        yield lambda: Touch.objects.all().delete()
        yield lambda: Head.objects.update(size=0)
        for model in TABLES.values():
            rows = model._default_manager
            yield lambda rows=rows: rows.update(subject="another")
            yield lambda rows=rows: rows.all().delete()
            yield lambda rows=rows: rows.bulk_create([rows.model(key="more", subject="site:ROM", entry=10**6)])
            yield lambda rows=rows: rows.first().save()

    for attempt in tries():
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_an_entry_written_past_the_door_is_not_stopped_but_found(node: None) -> None:
    """The door writes with the same INSERT, so a trigger cannot tell; the signed checkpoint can."""
    with transaction.atomic():
        last = Entry.objects.latest("id")
        Entry.objects.create(**{**_values(last), "id": None, "index": last.index + 1, "act": "past-the-door"})
        first = verify().first_bad()
        transaction.set_rollback(True)
    assert first is not None and (first.site, first.index) == ("ROM", last.index + 1)


def test_a_register_row_that_names_a_true_entry_is_not_stopped_but_found(node: None) -> None:
    with transaction.atomic():
        row = registers.Equipment.objects.filter(subject="equipment:C-ROM-0").get()
        registers.Equipment.objects.create(**{**_values(row), "key": "invented"})
        said = [str(fault) for fault in verify().faults]
        transaction.set_rollback(True)
    assert "register Equipment has a row invented that no entry made" in said


def _values(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("table", ["journal_entry", "registers_equipment"])
@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
def test_replace_into_does_not_slip_past_the_guard(node: None, table: str) -> None:
    model: Any = {**BOOK, **TABLES}[table]
    names = ", ".join(f'"{name}"' for name in columns(model))
    refused(f"REPLACE INTO {table} ({names}) SELECT {names} FROM {table} LIMIT 1")


def test_triggers_lost_when_django_rebuilds_a_table_are_put_back_by_migrate(
    django_db_blocker: Any, tmp_path: Path
) -> None:
    with django_db_blocker.unblock(), scratch.database(tmp_path):
        assert guard.missing() == []
        old = registers.Equipment._meta.get_field("kind")
        longer = models.CharField(max_length=90, default="", db_default="")
        longer.set_attributes_from_name("kind")
        longer.model = registers.Equipment
        with connection.schema_editor() as editor:
            editor.alter_field(registers.Equipment, old, longer)
        lost = guard.missing()
        if connection.vendor == "sqlite":
            assert len(lost) == 3 and all("registers_equipment" in name for name in lost)
        call_command("migrate", verbosity=0)
        assert guard.missing() == []
