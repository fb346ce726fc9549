"""The network's charter: enough members change it, fewer do not, and nothing said of the past is unsaid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milenari.journal.exchange import charter
from milenari.journal.exchange.charter import Member
from milenari.journal.note import COSIGNATURE, NoteKey
from milenari.rules.action import Refused
from tests.exchange.nodes import charter_of

pytestmark = pytest.mark.django_db
ROOTS = {site: NoteKey.from_seed(f"n/{site}/root", site.encode() * 10 + b"xx") for site in ("BCN", "ROM", "BEY", "AMM")}


def member(site: str, seed: bytes = b"l", **more: Any) -> Member:
    log = NoteKey.from_seed(f"n/{site}/journal/1", (seed + site.encode()).ljust(32, b"."))
    witness = NoteKey.from_seed(f"n/{site}/witness", (b"w" + site.encode()).ljust(32, b"."), COSIGNATURE)
    return Member(site, "ES", log.verifier.encode(), ROOTS[site].verifier.encode(), witness.verifier.encode(), **more)


THREE = [member(site) for site in ("BCN", "ROM", "BEY")]
FOUR = [*THREE, member("AMM")]


def note(members: list[Member], threshold: int, *signers: str) -> str:
    return charter_of(members, threshold, [ROOTS[site] for site in signers])


@pytest.fixture
def founded() -> None:
    charter.accept(note(THREE, 2, "BCN", "ROM", "BEY"))


def test_the_first_charter_needs_every_member() -> None:
    with pytest.raises(Refused, match="charter-signatures"):
        charter.accept(note(THREE, 2, "BCN", "ROM"))
    assert charter.accept(note(THREE, 2, "BCN", "ROM", "BEY")).number == 1


def test_a_new_member_joins_by_the_threshold_of_the_charter_before(founded: None) -> None:
    with pytest.raises(Refused, match="charter-signatures"):
        charter.accept(note(FOUR, 3, "BCN"))
    with pytest.raises(Refused, match="charter-signatures"):
        charter.accept(note(FOUR, 3, "BCN", "AMM"))  # nobody lets himself in
    assert charter.accept(note(FOUR, 3, "BCN", "ROM")).member("AMM")
    assert charter.require_present().threshold == 3


def test_repeating_a_charter_is_harmless_and_a_second_of_its_number_is_not(founded: None) -> None:
    again = note(FOUR, 3, "BCN", "ROM")
    other = note(FOUR, 4, "BCN", "ROM")
    assert charter.accept(again) == charter.accept(again)
    with pytest.raises(Refused, match="charter-forked"):
        charter.accept(other)


def test_a_charter_follows_the_one_before(founded: None) -> None:
    body = replace(charter.require_present(), number=3, previous="0" * 64).body()
    with pytest.raises(Refused, match="charter-not-next"):
        charter.accept(charter.sign(body, ROOTS["BCN"]))


def test_a_rotated_key_keeps_the_old_one_for_the_entries_below(founded: None) -> None:
    old = THREE[1]
    new = replace(member("ROM", b"n"), since=40, earlier=((old.log, 40),))
    with pytest.raises(Refused, match="charter-rewrites-past"):
        charter.accept(note([THREE[0], replace(new, earlier=()), THREE[2]], 2, "BCN", "BEY"))
    made = charter.accept(note([THREE[0], new, THREE[2]], 2, "BCN", "BEY")).require("ROM")
    assert (made.key_at(39), made.key_at(40)) == (old.log, new.log)
    assert (made.key_for_checkpoint(40), made.key_for_checkpoint(41)) == (old.log, new.log)


@pytest.mark.parametrize("wrong", ["", "milenari network charter\n{}\n\n", "x\n\n— a b\n"])
def test_what_is_no_charter_is_refused(wrong: str) -> None:
    with pytest.raises(Refused, match="charter-unreadable"):
        charter.accept(wrong)


def test_no_site_counts_twice() -> None:
    twin = replace(member("AMM"), root=THREE[0].root)
    with pytest.raises(Refused, match="charter-unreadable"):
        charter.propose([*THREE, twin], 3)
    with pytest.raises(Refused, match="charter-unreadable"):
        charter.propose(FOUR, 2)


def test_a_stranger_is_no_member_and_a_node_alone_has_no_network(founded: None) -> None:
    with pytest.raises(Refused, match="site-not-a-member"):
        charter.require_present().require("PAR")


def test_a_node_without_a_charter_belongs_to_no_network() -> None:
    with pytest.raises(Refused, match="no-network"):
        charter.require_present()
