"""Sealed identities: opened only here, committed to in the entry, gone without a trace when erased."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from milenari.journal import keys, sealed
from milenari.journal.models import Sealed
from milenari.rules.action import Refused
from tests.journal.conftest import Node

CHILD = sealed.Identity("Ferrer i Pons", "Laia", date(2019, 2, 28), "HC-0042311")


def test_what_is_sealed_opens_again_and_proves_its_commitment(node: Node) -> None:
    commitment = sealed.keep("BCN", "BCN-J1", CHILD)
    assert sealed.open_sealed("BCN-J1") == CHILD
    assert sealed.proves("BCN-J1", commitment)
    assert not sealed.proves("BCN-J1", commitment[:-1] + ("0" if commitment[-1] != "0" else "1"))


def test_two_seals_of_the_same_child_have_nothing_in_common(node: Node) -> None:
    one, two = sealed.keep("BCN", "BCN-J1", CHILD), sealed.keep("BCN", "BCN-J2", CHILD)
    assert one != two
    first, second = Sealed.objects.order_by("journey")
    assert bytes(first.ciphertext) != bytes(second.ciphertext)


def test_erasing_destroys_key_salt_and_text(node: Node) -> None:
    commitment = sealed.keep("BCN", "BCN-J1", CHILD)
    sealed.forget("BCN-J1")
    row = Sealed.objects.get(journey="BCN-J1")
    assert not row.wrapped_key and not row.ciphertext and row.erased_at
    assert sealed.open_sealed("BCN-J1") is None
    assert not sealed.proves("BCN-J1", commitment)


def test_a_journey_is_sealed_once(node: Node) -> None:
    sealed.keep("BCN", "BCN-J1", CHILD)
    with pytest.raises(Refused) as caught:
        sealed.keep("BCN", "BCN-J1", CHILD)
    assert caught.value.code == "subject-exists"
    assert sealed.open_sealed("BCN-J1") == CHILD


def test_a_refused_referral_leaves_no_identity_behind(node: Node) -> None:
    sealed.keep("BCN", "BCN-J1", CHILD)
    sealed.discard("BCN-J1")
    assert not Sealed.objects.exists()


def test_a_seal_moved_to_another_journey_does_not_open(node: Node) -> None:
    sealed.keep("BCN", "BCN-J1", CHILD)
    Sealed.objects.filter(journey="BCN-J1").update(journey="BCN-J9")
    with pytest.raises(InvalidTag):
        sealed.open_sealed("BCN-J9")


def test_the_database_alone_opens_nothing(node: Node, home: Path) -> None:
    sealed.keep("BCN", "BCN-J1", CHILD)
    (home / "keys" / "BCN.vault.key").unlink()
    with pytest.raises(keys.KeyMissing):
        sealed.open_sealed("BCN-J1")


def test_no_clear_identifier_is_in_the_table(node: Node) -> None:
    sealed.keep("BCN", "BCN-J1", CHILD)
    row = Sealed.objects.get(journey="BCN-J1")
    stored = bytes(row.wrapped_key) + bytes(row.ciphertext) + row.journey.encode()
    for clear in ("Ferrer", "Laia", "2019", "0042311"):
        assert clear.encode() not in stored


@pytest.mark.parametrize(
    ("on", "months"),
    [(date(2019, 2, 28), 0), (date(2019, 3, 27), 0), (date(2019, 3, 28), 1), (date(2026, 11, 23), 92)],
)
def test_age_is_in_whole_months(on: date, months: int) -> None:
    assert CHILD.age_months(on) == months


def test_key_files_are_for_their_owner_alone(node: Node, home: Path) -> None:
    for path in (home / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_whoever_looks_at_an_identity_is_kept(node: Node) -> None:
    sealed.keep("BCN", "BCN-J1", CHILD)
    assert sealed.shown_to("BCN-J1", "BCN-QA") == CHILD
    assert [who for who, _ in sealed.readings("BCN-J1")] == ["BCN-QA"]
    assert sealed.shown_to("BCN-NONE", "BCN-QA") is None
    assert sealed.readings("BCN-NONE") == []
