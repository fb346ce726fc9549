"""What somebody who owns the database could do to it: random edits with the guard out of the way.

Each edit changes the tables through a cursor and returns where the book is now wrong: (site, index) of the
first bad entry, or None when it is an index or a register row. None of them has the log's private key.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from milenari.journal import canonical, guard
from milenari.journal.models import Entry, Head
from milenari.journal.tree import leaf_hash

Place = tuple[str, int] | None
Edit = Callable[["Owner", Random], Place]
EDITS: dict[str, Edit] = {}


def edit(function: Edit) -> Edit:
    EDITS[function.__name__] = function
    return function


@dataclass
class Owner:
    """A cursor with the guard out of the way, and the book as it was."""

    cursor: Any
    book: list[Entry]

    def run(self, sql: str, *given: Any) -> None:
        self.cursor.execute(sql, given)

    def set(self, entry: Entry, **columns: Any) -> None:
        names = ", ".join(f'"{name}" = %s' for name in columns)
        self.run(f"UPDATE journal_entry SET {names} WHERE id = %s", *columns.values(), entry.pk)

    def forget(self, entry: Entry) -> None:
        self.run("DELETE FROM journal_touch WHERE entry_id = %s", entry.pk)
        self.run("DELETE FROM journal_entry WHERE id = %s", entry.pk)


@contextlib.contextmanager
def owner() -> Iterator[Owner]:
    """The guard is off inside and whole again after; the caller's transaction takes everything back."""
    with transaction.atomic():
        book = list(Entry.objects.order_by("id"))
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA defer_foreign_keys = ON")
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                dropped = dict(cursor.fetchall())
                for name in dropped:
                    cursor.execute(f"DROP TRIGGER {name}")
                yield Owner(cursor, book)
                for sql in dropped.values():
                    cursor.execute(sql)
            else:
                cursor.execute("SET LOCAL session_replication_role = replica")
                yield Owner(cursor, book)
                cursor.execute("SET LOCAL session_replication_role = origin")
        assert guard.missing() == []


def place(entry: Entry) -> Place:
    return entry.site, entry.index


@edit
def a_byte_of_an_entry_is_changed(owner: Owner, chance: Random) -> Place:
    entry = chance.choice(owner.book)
    body = bytearray(entry.body)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    owner.set(entry, body=bytes(body))
    return place(entry)


@edit
def an_entry_is_reworded_and_hashed_again(owner: Owner, chance: Random) -> Place:
    entry = chance.choice(owner.book)
    data = canonical.parse(bytes(entry.body))
    word = chance.choice(["reason", "name", "happened_at", "written_at", "by", "role", "given", "findings"])
    other: dict[str, Any] = {"role": "qp", "given": {"more": "1"}, "findings": [{"code": "fine", "facts": {}}]}
    other |= {word: "2020-01-01T00:00:00.000Z" for word in ("happened_at", "written_at")}
    data[word] = other[word] if word in other else data[word] + "x"
    body = canonical.canonical(data)
    owner.set(entry, body=body, leaf=leaf_hash(body))
    return place(entry)


@edit
def a_leaf_is_changed(owner: Owner, chance: Random) -> Place:
    entry = chance.choice(owner.book)
    owner.set(entry, leaf=chance.randbytes(32))
    return place(entry)


@edit
def a_column_says_another_thing(owner: Owner, chance: Random) -> Place:
    entry = chance.choice(owner.book)
    owner.set(entry, **{chance.choice(["act", "action", "person"]): "another"})
    return place(entry)


@edit
def a_middle_entry_is_deleted(owner: Owner, chance: Random) -> Place:
    entry = chance.choice(owner.book[:-6])
    owner.forget(entry)
    return entry.site, entry.index + 1  # the next one stands where it should be


@edit
def the_tail_is_cut(owner: Owner, chance: Random) -> Place:
    site = chance.choice(["ROM", "BCN"])
    tail = [entry for entry in owner.book if entry.site == site][-chance.randint(1, 6) :]
    for entry in tail:
        owner.forget(entry)
    if chance.random() < 0.5:  # and the head's own count, but nobody can sign an older size anew
        owner.run("UPDATE journal_head SET size = %s WHERE site = %s", tail[0].index, site)
    # Registers and touches of older entries may also be set back; the signed checkpoint still says more.
    return place(tail[0])


@edit
def two_entries_change_places(owner: Owner, chance: Random) -> Place:
    site = chance.choice(["ROM", "BCN"])
    one, two = sorted(chance.sample([e for e in owner.book if e.site == site], 2), key=lambda e: e.index)
    if chance.random() < 0.5:
        owner.set(one, index=10**6)
        owner.set(two, index=one.index)
        owner.set(one, index=two.index)
        return site, two.index  # it says so of itself, where the other should stand
    owner.set(one, act="aside")
    for entry, by in ((two, one), (one, two)):
        columns = {name: getattr(by, name) for name in ("action", "person", "leaf", "body", "act")}
        owner.set(entry, **columns)
    # Found by the root. Where two acts do not depend on each other, each is as good in the other's place, and
    # only the tiles of a copy elsewhere would tell which two it was: an entry's bytes do not hold its number.
    return None


@edit
def an_entry_is_added_at_the_end(owner: Owner, chance: Random) -> Place:
    site = chance.choice(["ROM", "BCN"])
    last = [entry for entry in owner.book if entry.site == site][-1]
    data = canonical.parse(bytes(last.body)) | {"act": "added"}
    body = canonical.canonical(data)
    owner.run(
        'INSERT INTO journal_entry (site, "index", act, action, person, happened_at, written_at, leaf, body) '
        "SELECT site, %s, 'added', action, person, happened_at, written_at, %s, %s FROM journal_entry WHERE id = %s",
        last.index + 1,
        leaf_hash(body),
        body,
        last.pk,
    )
    return site, last.index + 1


@edit
def an_entry_moves_to_another_log(owner: Owner, chance: Random) -> Place:
    entry = chance.choice(owner.book)
    owner.set(entry, site="XXX")
    return "XXX", entry.index


@edit
def a_register_row_is_changed(owner: Owner, chance: Random) -> Place:
    models = [m for m in apps.get_app_config("registers").get_models() if m._default_manager.exists()]
    table = chance.choice(models)
    row = chance.choice(list(table._default_manager.values()))
    text = [name for name, value in row.items() if isinstance(value, str) and name != "key"]
    number = [name for name, value in row.items() if name in ("left", "amount", "entry") and value is not None]
    column = chance.choice(text + number)
    sql = f'UPDATE "{table._meta.db_table}" SET "{column}" = '
    owner.run(sql + ("%s" if column in text else f'"{column}" + %s') + " WHERE key = %s",
              "another" if column in text else 1, row["key"])  # fmt: skip
    return None


@edit
def a_register_row_is_deleted_or_invented(owner: Owner, chance: Random) -> Place:
    if chance.random() < 0.5:
        owner.run("DELETE FROM registers_equipment WHERE key = (SELECT MIN(key) FROM registers_equipment)")
    else:
        columns = "subject, entry, code, kind, site, calibrated_until, retired"
        owner.run(f"INSERT INTO registers_equipment (key, {columns}) SELECT 'more', {columns} FROM registers_equipment "
                  "WHERE key = (SELECT MIN(key) FROM registers_equipment)")  # fmt: skip
    return None


@edit
def the_index_of_a_subject_is_changed(owner: Owner, chance: Random) -> Place:
    owner.run("SELECT id, subject FROM journal_touch ORDER BY id")
    position, subject = chance.choice(owner.cursor.fetchall())
    how = chance.randrange(3)
    if how == 0:
        owner.run("DELETE FROM journal_touch WHERE id = %s", position)
    elif how == 1:
        owner.run("UPDATE journal_touch SET subject = %s WHERE id = %s", subject + "-b", position)
    else:
        owner.run("UPDATE journal_touch SET version = version + 100 WHERE id = %s", position)
    return None


@edit
def the_checkpoint_is_replaced(owner: Owner, chance: Random) -> Place:
    head = chance.choice(list(Head.objects.all()))
    other = Head.objects.exclude(site=head.site).get()
    note = chance.choice([
        "",
        head.checkpoint.replace(f"\n{head.size}\n", f"\n{head.size + 1}\n"),
        head.checkpoint.replace("a", "b"),
        other.checkpoint,
    ])  # fmt: skip
    owner.run("UPDATE journal_head SET checkpoint = %s WHERE site = %s", note, head.site)
    return None
