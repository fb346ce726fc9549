"""The one door: what it lets through, what it returns, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from milenari.journal import clock, fold, perform, read, verify
from milenari.rules.action import Refused
from milenari.rules.stock import JudgeMaterial
from milenari.words import Role
from tests.journal.conftest import Node, material


def count_rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("registers_", "journal_entry", "journal_touch")):
                cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
                found[table] = cursor.fetchone()[0]
    return found


def refused(code: str, call: Any) -> Refused:
    """Assert a refusal by its code, and that nothing was written on the way to it."""
    before = count_rows()
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.code == code
    assert count_rows() == before
    return caught.value


def test_an_accepted_act_is_one_entry_one_touch_and_its_register_row(node: Node) -> None:
    before = count_rows()
    written = node.receive("MAT-1")
    after = count_rows()
    assert after["journal_entry"] == before["journal_entry"] + 1
    assert after["registers_material"] == before["registers_material"] + 1
    assert written.entry.action == material("MAT-1")
    assert verify.verify().sound


def test_repeating_an_act_id_returns_the_first_entry_and_writes_nothing(node: Node) -> None:
    first = node.receive("MAT-1", act="act-1")
    before = count_rows()
    again = node.receive("MAT-1", act="act-1")
    assert again.repeated and not first.repeated
    assert (again.site, again.index, again.leaf) == (first.site, first.index, first.leaf)
    assert count_rows() == before


def test_an_act_id_belongs_to_one_act(node: Node) -> None:
    node.receive("MAT-1", act="act-1")
    refused("act-id-reused", lambda: node.receive("MAT-2", act="act-1"))


def test_a_second_writer_is_told_and_overwrites_nothing(node: Node) -> None:
    node.receive("MAT-1")
    lot = (("material:MAT-1", 1),)
    qa2 = second_qa(node)
    node.do(JudgeMaterial(material="MAT-1", status="released"), qa2, seen=lot)
    late = refused(
        "changed-meanwhile",
        lambda: node.do(JudgeMaterial(material="MAT-1", status="rejected"), qa2, seen=lot),
    )
    assert late.facts["now"] == 2
    assert read.sheet("material:MAT-1").status == "released"


def second_qa(node: Node) -> str:
    from milenari.journal import person
    from milenari.rules.people import EnrolPerson, GrantRole
    from tests.journal.conftest import BEGAN, PASSWORD, PIN

    key = person.enrol("BCN-QA2", "BCN", PASSWORD, person.SecondFactor("pin", PIN))
    node.do(EnrolPerson(person="BCN-QA2", name="Núria Pla", home="BCN", key=key), "BCN-IT")
    node.do(GrantRole(person="BCN-QA2", granted="qa", at_site="BCN", from_on=BEGAN))
    node.pens["BCN-QA2"] = person.open_pen("BCN-QA2", PASSWORD, PIN)
    return "BCN-QA2"


def test_nobody_signs_with_another_persons_pen(node: Node) -> None:
    refused(
        "signed-by-another",
        lambda: perform.perform(material("M"), "BCN-QA", node.pens["BCN-IT"], site="BCN"),
    )


def test_a_key_that_was_never_enrolled_signs_nothing(node: Node) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from milenari.journal.sign import Pen

    forged = Pen("BCN-QA", Ed25519PrivateKey.generate(), ("password",))
    refused("key-not-enrolled", lambda: perform.perform(material("M"), "BCN-QA", forged, site="BCN"))


def test_a_site_whose_log_is_elsewhere_cannot_be_written_here(node: Node) -> None:
    refused(
        "site-not-here",
        lambda: perform.perform(material("M"), "BCN-QA", node.pens["BCN-QA"], site="ROM"),
    )


def test_the_role_ends_at_the_door(node: Node) -> None:
    refused("role-not-allowed", lambda: node.do(material("M"), "BCN-IT", role=Role.IT_ADMIN))


def test_a_batch_of_acts_is_kept_whole_or_not_at_all(node: Node) -> None:
    pen = node.pens["BCN-QA"]
    good = [perform.Request(material(f"M{n}"), pen, "BCN") for n in range(3)]
    bad = [*good, perform.Request(material("M0"), pen, "BCN")]
    refused("subject-exists", lambda: perform.perform_all(bad))
    assert [w.index for w in perform.perform_all(good)] == [5, 6, 7]
    assert verify.verify().sound


def test_a_rolled_back_act_leaves_no_state_behind_in_the_cache(node: Node) -> None:
    pen = node.pens["BCN-QA"]
    with pytest.raises(Refused):
        perform.perform_all([perform.Request(material("M1"), pen, "BCN"), perform.Request(material("M1"), pen, "BCN")])
    assert not fold.DiskBook().sheet("material:M1").exists
    node.receive("M1")
    assert fold.DiskBook().sheet("material:M1").version == 1


def test_a_clock_set_back_is_refused_until_it_is_right_again(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.receive("M1")
    right = clock.now()
    monkeypatch.setattr(clock, "now", lambda: right - timedelta(hours=1))
    refused("clock-set-back", lambda: node.receive("M2"))
    monkeypatch.setattr(clock, "now", lambda: right + timedelta(seconds=1))
    node.receive("M2")


def test_an_entry_too_large_for_a_tile_bundle_is_refused_not_cut(node: Node) -> None:
    from milenari.rules.network import SetCountryRules

    rules = {"custody_signatures": {"dispatch": 2}, "note": "x" * 70_000}
    refused("entry-too-large", lambda: node.do(SetCountryRules(country="ES", rules=rules)))


def test_a_float_in_a_document_is_refused(node: Node) -> None:
    from milenari.rules.network import SetCountryRules

    rules = {"custody_signatures": {"dispatch": 2}, "share": 0.5}
    refused("field-unreadable", lambda: node.do(SetCountryRules(country="ES", rules=rules)))


def test_text_that_has_no_canonical_bytes_is_refused_with_its_place(node: Node) -> None:
    found = refused("entry-not-canonical", lambda: node.receive("M1", reason="half a \ud83d letter"))
    assert "reason" in found.facts["field"]


def test_registers_dropped_and_rebuilt_are_the_same_row_for_row(node: Node) -> None:
    node.receive("M1")
    before = _all_rows()
    # The table rebuild needs its own transaction on SQLite; here the rows are compared with a fresh fold.
    report = verify.verify()
    assert report.sound and report.register_rows == sum(len(r) for r in before.values())


def _all_rows() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table.startswith("registers_"):
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
                found[table] = cursor.fetchall()
    return found
