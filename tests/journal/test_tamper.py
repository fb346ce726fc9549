"""Whoever owns the database can change it; what they changed is found, and the first bad entry is named.

What the book alone cannot show is written down here too: see the last tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction

from milenari.journal.models import Entry, Head
from milenari.journal.note import open_checkpoint
from milenari.journal.perform import perform_all
from milenari.journal.tree import ProofError, consistency_proof, verify_consistency
from milenari.journal.verify import Report, verify
from tests.journal import book, scratch
from tests.journal.tamper import EDITS, Edit, Owner, Place, owner

ROUNDS = 20  # of each kind of edit


@pytest.fixture(scope="module")
def node(django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[None]:
    """A small book of two sites; each test takes its own changes back."""
    from django.test import override_settings

    home: Path = tmp_path_factory.mktemp("tamper")
    with override_settings(HOME=home, DEMO=True), django_db_blocker.unblock(), scratch.database(home):
        book.found("ROM", "BCN")
        for part in range(3):
            for site in ("ROM", "BCN"):
                perform_all(book.work(4, site, start=part * 4))
        assert verify().sound
        yield


def after(edit: Edit, chance: Random) -> tuple[Place, Report]:
    """What the edit did and what verify says of it, guard whole again; then everything is taken back."""
    with transaction.atomic():
        with owner() as tables:
            place = edit(tables, chance)
        report = verify()
        transaction.set_rollback(True)
    return place, report


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_by_the_owner_is_found_and_the_first_bad_entry_named(node: None, name: str) -> None:
    for seed in range(ROUNDS):
        place, report = after(EDITS[name], Random(f"{name}/{seed}"))
        first = report.first_bad()
        assert first is not None, f"not found with seed {seed}"
        if place:
            assert (first.site, first.index) == place, f"seed {seed}: {first}"
            assert str(first).startswith(f"{place[0]} entry {place[1]}")
    assert verify().sound


def test_an_untouched_book_is_sound_so_finding_means_something(node: None) -> None:
    place, report = after(lambda tables, chance: None, Random(0))
    assert place is None and report.faults == []


def rows(report: Report) -> str:
    return " / ".join(str(fault) for fault in report.faults)


def test_a_changed_register_row_is_named_with_what_the_journal_says(node: None) -> None:
    def relabel(tables: Owner, chance: Random) -> Place:
        tables.run("UPDATE registers_material SET status = 'rejected' WHERE key = 'M-ROM-0'")
        return None

    said = rows(after(relabel, Random(0))[1])
    assert "register Material row M-ROM-0: status is 'rejected', the journal says 'released'" in said


# -- values kept beside the entries ------------------------------------------------------------------------

BESIDE = {
    "the time columns by which entries are searched": "UPDATE journal_entry SET happened_at = {day}",
    "a time that is none": "UPDATE journal_entry SET happened_at = {never}",
    "an index line that points to another entry": "UPDATE journal_touch SET entry_id = entry_id - 1 WHERE version = 2",
    "the head's frontier": "UPDATE journal_head SET frontier = {zero}",
    "the head's origin": "UPDATE journal_head SET origin = origin || '/other' WHERE site = 'ROM'",
}


@pytest.mark.parametrize("what", BESIDE)
def test_an_edit_of_derived_columns_is_found(node: None, what: str) -> None:
    sqlite = connection.vendor == "sqlite"
    sql = BESIDE[what].format(
        day="datetime(written_at, '+1 day')" if sqlite else "written_at + interval '1 day'",
        never="7" if sqlite else "'infinity'",
        zero="x'00'" if sqlite else r"'\x00'",
    )

    def change(tables: Owner, chance: Random) -> Place:
        tables.run(sql)
        return None

    assert not after(change, Random(0))[1].sound


# -- what only a copy held elsewhere can show --------------------------------------------------------------


def set_back(tables: Owner, earlier: Head) -> None:
    """Cut a site's log to an earlier head and put that time's values, touches and rows back with it."""
    tail = [entry for entry in tables.book if entry.site == "ROM" and entry.index >= earlier.size]
    for entry in tail:
        for table in ("equipment", "subject", "posting", "material"):
            tables.run(f"DELETE FROM registers_{table} WHERE entry = %s", entry.pk)
        tables.forget(entry)
    written_at = connection.ops.adapt_datetimefield_value(earlier.written_at)
    tables.run(
        "UPDATE journal_head SET size = %s, checkpoint = %s, frontier = %s, written_at = %s WHERE site = 'ROM'",
        earlier.size, earlier.checkpoint, earlier.frontier, written_at,
    )  # fmt: skip


def test_a_log_set_back_to_a_true_older_checkpoint_looks_sound_here_and_only_a_copy_elsewhere_shows_it(
    node: None,
) -> None:
    """The limit of one book: the past as it truly was, signed as it then was, is a sound book.

    That is why checkpoints are published and cosigned: whoever holds a later one has the proof in hand.
    """
    with transaction.atomic():
        earlier = Head.objects.get(site="ROM")
        book.do(book.register("C-late"))
        published = open_checkpoint(Head.objects.get(site="ROM").checkpoint, earlier.verifier_key)
        with owner() as tables:
            set_back(tables, earlier)
        assert verify().sound  # nothing here says that there was more
        held = open_checkpoint(Head.objects.get(site="ROM").checkpoint, earlier.verifier_key)
        assert published.size > held.size  # but the copy elsewhere, under the same signature, does
        transaction.set_rollback(True)


def test_a_log_that_went_another_way_after_being_set_back_contradicts_the_checkpoint_held_elsewhere(node: None) -> None:
    with transaction.atomic():
        earlier = Head.objects.get(site="ROM")
        book.do(book.register("C-late"))
        published = open_checkpoint(Head.objects.get(site="ROM").checkpoint, earlier.verifier_key)
        with owner() as tables:
            set_back(tables, earlier)
        book.do(book.register("C-other"))
        book.do(book.register("C-more"))
        assert verify().sound
        now = open_checkpoint(Head.objects.get(site="ROM").checkpoint, earlier.verifier_key)
        leaves = [bytes(x) for x in Entry.objects.filter(site="ROM").order_by("index").values_list("leaf", flat=True)]
        proof = consistency_proof(leaves, published.size)
        with pytest.raises(ProofError):  # no proof can join the two: the log has forked
            verify_consistency(published.size, now.size, proof, published.root, now.root)
        transaction.set_rollback(True)
