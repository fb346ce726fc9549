"""Reading the book: search, proofs from few reads, the evidence of one entry, checkups and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milenari.journal import checkups, clock, evidence, guard, perform, read, search, subtrees, tokens
from milenari.journal.models import Checkup, Credential, Subtree, Token
from milenari.journal.models import Entry as EntryRow
from milenari.journal.proof import check_proof
from milenari.journal.subtrees import Prover, naive_hashes
from milenari.journal.tree import ProofError, inclusion_proof, leaf_hash, root_of
from milenari.rules.action import Refused
from tests.journal import book as books
from tests.journal.conftest import PASSWORD, PIN, Node


@pytest.fixture
def lowered() -> Iterator[None]:
    """The guard taken down as a database's owner could, for tests that damage the book."""
    with connection.cursor() as cursor:
        for name, statement in guard.wanted().items():
            table = "" if connection.vendor == "sqlite" else " ON " + statement.split(" ON ")[1].split(" ")[0]
            cursor.execute(f"DROP TRIGGER {name}{table}")
    yield


# -- proofs ---------------------------------------------------------------------------------------------


class Leaves(Prover):
    """A prover over leaves in memory, with narrow blocks, so that every shape of tree is met."""

    def __init__(self, size: int) -> None:
        self.site, self.size, self.checkpoint = "X", size, ""
        self._blocks = subtrees.OrderedDict()
        self.leaves = [leaf_hash(str(n).encode()) for n in range(size)]
        self.kept: dict[tuple[int, int], bytes] = {}

    def _leaves(self, block: int) -> list[bytes]:
        return self.leaves[block * subtrees.WIDTH : (block + 1) * subtrees.WIDTH]

    def _kept(self, level: int, first: int, last: int) -> dict[int, bytes]:
        return {n: self.kept[level, n] for n in range(first, last) if (level, n) in self.kept}

    def _keep(self, level: int, made: dict[int, bytes]) -> None:
        self.kept |= {(level, n): root for n, root in made.items()}


@pytest.mark.parametrize("size", [1, 2, 3, 15, 16, 17, 31, 255, 256, 257, 300, 511, 513, 1000, 4096, 4097])
def test_a_proof_from_kept_subtrees_is_the_proof_from_all_leaves(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subtrees, "WIDTH", 16)
    monkeypatch.setattr(subtrees, "BITS", 4)
    prover = Leaves(size)
    for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
        assert prover.hashes(index) == inclusion_proof(prover.leaves, index, size), index
    for (level, n), root in prover.kept.items():
        width = 16**level
        assert root == root_of(prover.leaves[n * width : (n + 1) * width])


@pytest.fixture
def grown(home: Any, db: None) -> str:
    """A log of some hundred entries."""
    books.found("ROM")
    perform.perform_all(books.work(600))
    return "ROM"


def test_proofs_of_a_long_log_are_right_and_read_little(grown: str) -> None:
    size = read.logs()[0]["size"]
    key = read.logs()[0]["verifier_key"]
    for index in (0, 1, 255, 256, 300, size - 1):
        seen = read.entry_of_act(f"ROM/{index}")
        assert Prover("ROM").hashes(index) == naive_hashes("ROM", index, size)
        assert check_proof(read.proof_of(seen), key).entry == seen.body
    assert Subtree.objects.count() == size // 256
    with CaptureQueriesContext(
        connection,
    ) as asked:
        read.proof_of(read.entry_of_act("ROM/5"))
    leaves = [q for q in asked if '"leaf"' in q["sql"] and "journal_entry" in q["sql"]]
    assert len(asked) < 10 and len(leaves) <= 4


def test_a_wrong_kept_root_gives_no_wrong_proof_and_is_dropped(grown: str) -> None:
    seen = read.entry_of_act("ROM/5")
    read.proof_of(seen)
    Subtree.objects.update(root=b"x" * 32)
    assert check_proof(read.proof_of(seen), read.logs()[0]["verifier_key"]).index == 5
    assert not Subtree.objects.exists()


def test_a_changed_leaf_gives_no_proof(grown: str, lowered: None) -> None:
    EntryRow.objects.filter(site="ROM", index=6).update(leaf=b"x" * 32)
    with pytest.raises(ProofError):
        read.proof_of(read.entry_of_act("ROM/5"))


# -- search ---------------------------------------------------------------------------------------------


def found(**wanted: Any) -> list[str]:
    return [seen.entry.action.code for seen in search.find(search.Wanted(sites=None, **wanted), 0, 100).seen]


def test_search_by_each_thing_finds_it_and_nothing_else(node: Node) -> None:
    node.receive("TM-1", reason="delivered, 100 % intact")
    node.receive("TM-2", happened_at=clock.now() - timedelta(hours=2))
    assert found(action="receive-material") == ["receive-material"] * 2
    assert found(subjects=("material:TM-1",)) == ["receive-material"]
    assert found(persons=("BCN-IT",)) == []
    assert found(reason="100 %") == ["receive-material"] and found(reason="100 _") == []
    assert found(role="node", meaning="performed") and not found(role="node", action="receive-material")
    assert found(late=True) == ["receive-material"]
    assert found(happened_to=clock.now() - timedelta(hours=1), written_from=clock.now() - timedelta(hours=1)) == [
        "receive-material"
    ]


def test_texts_reach_back_a_year_unless_a_first_day_is_given() -> None:
    wanted = search.Wanted(reason="x").bounded()
    assert wanted.written_from and clock.now() - wanted.written_from >= search.REACH
    assert search.Wanted(action="x").bounded().written_from is None
    since = clock.now() - timedelta(days=4000)
    assert search.Wanted(reason="x", written_from=since).bounded().written_from == since


def test_search_is_paged_sorted_and_counted_in_as_many_questions_as_ever(node: Node) -> None:
    for n in range(12):
        node.receive(f"TM-{n}")
    hits = search.find(search.Wanted(sites=None, sort="written"), 2, 5)
    assert [s.index for s in hits.seen] == [2, 3, 4, 5, 6] and hits.total > 12
    people = [s.entry.by for s in search.find(search.Wanted(sites=None, sort="-who"), 0, 50).seen]
    assert people == sorted(people, reverse=True)
    for limit in (1, 15):
        with CaptureQueriesContext(connection) as asked:
            search.find(search.Wanted(sites=None), 0, limit)
        assert len(asked) == 3


def test_nobody_is_shown_what_no_site_of_theirs_concerns(node: Node) -> None:
    node.receive("TM-1")
    elsewhere = search.Wanted(sites=frozenset({"ROM"}), action="receive-material")
    assert search.find(elsewhere).total == 0
    assert search.find(search.Wanted(sites=frozenset({"BCN"}), action="receive-material")).total == 1
    # Sites and persons belong to the network: whoever holds a role anywhere sees their entries.
    assert search.find(search.Wanted(sites=frozenset({"ROM"}), action="found-site")).total == 1


def test_each_gives_everything_once_up_to_where_it_began(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "TOGETHER", 2)
    upto = search.newest()
    node.receive("TM-LATER")
    got = [seen.position for seen in search.each(search.Wanted(sites=None), upto)]
    assert got == list(EntryRow.objects.filter(pk__lte=upto).order_by("pk").values_list("pk", flat=True))


def test_bytes_that_are_no_entry_are_named_and_hide_no_other(node: Node, lowered: None) -> None:
    node.receive("TM-1")
    EntryRow.objects.filter(site="BCN", index=1).update(body=b"{broken")
    hits = search.find(search.Wanted(sites=None), 0, 100)
    assert hits.unreadable == ["BCN/1"] and len(hits.seen) == hits.total - 1
    with pytest.raises(Refused, match="entry-unreadable"):
        read.entry_of_act("BCN/1")


# -- one entry ------------------------------------------------------------------------------------------


def test_every_check_of_a_genuine_entry_holds(node: Node) -> None:
    node.receive("TM-1")
    for index in range(read.logs()[0]["size"]):
        assert all(check.good for check in evidence.examine(read.entry_of_act(f"BCN/{index}")))


def test_each_check_fails_for_what_it_checks(node: Node, lowered: None) -> None:
    written = node.receive("TM-1", reason="intact")
    body = bytes(EntryRow.objects.get(act=written.entry.act).body)

    def failing(**changed: Any) -> set[str]:
        EntryRow.objects.filter(act=written.entry.act).update(**changed)
        seen = read.entry_of_act(written.entry.act)
        return {check.code for check in evidence.examine(seen) if not check.good}

    assert failing(body=body) == set()
    assert failing(body=body.replace(b"intact", b"Intact")) == {"hash", "signature", "place"}
    # The proof is made from the bytes, so a wrong leaf beside them is the hash's fault alone.
    assert failing(body=body, leaf=b"y" * 32) == {"hash"}


def test_a_signature_is_held_against_the_keys_of_its_time(node: Node) -> None:
    from milenari.journal.person import SecondFactor, enrol
    from milenari.rules.people import ReplaceKey

    written = node.receive("TM-1")
    then = evidence.keys_then(read.entry_of_act(written.entry.act))
    key = enrol("BCN-QA", "BCN", PASSWORD, SecondFactor("pin", PIN), replace=True)
    node.do(ReplaceKey(person="BCN-QA", key=key), "BCN-IT", reason="lost")
    assert evidence.keys_then(read.entry_of_act(written.entry.act)) == then and key not in then


def test_neighbours_follow_the_main_subject(node: Node) -> None:
    first = node.do(books.register("C-1"))
    node.do(books.register("C-2"))
    second = node.do(books.calibrate("C-1"))
    near = search.around(read.entry_of_act(first.entry.act))
    assert (near.before, near.after, near.version, near.versions) == ("", second.entry.act, 1, 2)
    before, after = (read.sheet_at("equipment:C-1", version) for version in (1, 2))
    assert before.calibrated_until < after.calibrated_until and not read.sheet_at("equipment:C-1", 0).exists


# -- checkups -------------------------------------------------------------------------------------------


def test_a_checkup_keeps_what_it_found_and_by_whom(node: Node) -> None:
    report = checkups.run(checkups.begin("BCN-QA"))
    last = checkups.last_whole()
    assert report.sound and last and (last.state, last.by, last.entries) == ("sound", "BCN-QA", report.entries)
    assert last.logs["BCN"]["entries"] == read.logs()[0]["size"] and last.first_bad is None


def test_a_broken_book_is_named_by_its_first_bad_entry(node: Node, lowered: None) -> None:
    node.receive("TM-1")
    EntryRow.objects.filter(site="BCN", index=2).update(body=b"{}")
    checkups.run(checkups.begin(""))
    last = checkups.last_whole()
    assert last and last.state == "broken" and last.first_bad
    assert (last.first_bad.site, last.first_bad.index) == ("BCN", 2)


def test_one_checkup_runs_at_a_time_and_a_silent_one_does_not_block_for_ever(node: Node) -> None:
    checkups.begin("BCN-QA")
    with pytest.raises(Refused, match="checkup-running"):
        checkups.begin("BCN-IT")
    assert checkups.lately()[0].state == "running"
    Checkup.objects.update(beat_at=clock.now() - checkups.SILENT)
    assert checkups.lately()[0].state == "interrupted" and checkups.last_whole() is None
    assert checkups.begin("BCN-IT")


def test_progress_is_told_while_it_runs(grown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkups, "BEAT", timedelta(0))
    told: list[int] = []
    keep = checkups._note
    monkeypatch.setattr(checkups, "_note", lambda number, **more: (told.append(more["entries"]), keep(number, **more)))
    checkups.run(checkups.begin(""))
    assert told == sorted(told) and len(told) > 5


# -- tokens ---------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_digest(node: Node) -> None:
    text = tokens.make("BCN-QA", "night report", [tokens.READ])
    held = Token.objects.get()
    assert text.startswith(tokens.PREFIX) and text not in str(held.__dict__) and len(held.start) < 10
    assert tokens.bearer(text).person == "BCN-QA" and tokens.bearer(text).scopes == ("read",)
    assert tokens.of_person("BCN-QA")[0].used_at and not tokens.of_person("BCN-IT")


def test_a_token_ends_by_time_by_revocation_and_with_its_login(node: Node) -> None:
    text = tokens.make("BCN-QA", "a", ["read"], 1)
    Token.objects.update(expires_at=clock.now())
    with pytest.raises(Refused, match="token-expired"):
        tokens.bearer(text)
    text = tokens.make("BCN-QA", "b", ["read"])
    with pytest.raises(Refused, match="token-not-yours"):
        tokens.revoke("BCN-IT", tokens.of_person("BCN-QA")[0].id)
    tokens.revoke("BCN-QA", tokens.of_person("BCN-QA")[0].id)
    with pytest.raises(Refused, match="token-revoked"):
        tokens.bearer(text)
    text = tokens.make("BCN-QA", "c", ["read"])
    Credential.objects.filter(person="BCN-QA").update(is_active=False)
    with pytest.raises(Refused, match="token-unknown"):
        tokens.bearer(text)
    with pytest.raises(Refused, match="token-unknown"):
        tokens.bearer(text + "x")


@pytest.mark.parametrize(
    ("code", "name", "scopes", "days"),
    [
        ("token-name-missing", " ", ["read"], 90),
        ("token-name-missing", "x" * 81, ["read"], 90),
        ("token-scope-missing", "a", [], 90),
        ("token-scope-missing", "a", ["everything"], 90),
        ("token-days-wrong", "a", ["read"], 0),
        ("token-days-wrong", "a", ["read"], 367),
    ],
)
def test_a_token_without_name_scope_or_end_is_refused(
    node: Node, code: str, name: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(Refused, match=code):
        tokens.make("BCN-QA", name, scopes, days)
    assert tokens.make("BCN-QA", "a", ["read"], 366)


def test_live_tokens_are_limited_and_all_can_be_ended_at_once(node: Node) -> None:
    for n in range(tokens.MOST):
        tokens.make("BCN-QA", str(n), ["read"])
    with pytest.raises(Refused, match="token-too-many"):
        tokens.make("BCN-QA", "one more", ["read"])
    assert tokens.revoke_all("BCN-QA", "BCN-IT") == tokens.MOST
    assert tokens.make("BCN-QA", "one more", ["read"])
