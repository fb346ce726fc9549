"""The Merkle tree equals RFC 6962 and every tampered proof is refused."""

import hashlib
import json
import time
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.journal.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    consistency_ranges,
    inclusion_proof,
    inclusion_ranges,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

pytestmark = pytest.mark.once

VECTORS = Path(__file__).parent / "vectors"
RFC = json.loads((VECTORS / "rfc6962.json").read_text())
CASES = json.loads((VECTORS / "merkle_proofs.json").read_text())
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in RFC["leaf_inputs"]]
ROOTS = [bytes.fromhex(root) for root in RFC["roots"]]


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(size)]


def root_by_definition(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1 as it is written, with recursion."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(root_by_definition(hashes[:split]), root_by_definition(hashes[split:]))


def proof_by_definition(old: int, hashes: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2 as it is written."""
    if old == len(hashes):
        return [] if whole else [root_by_definition(hashes)]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    if old <= split:
        left = proof_by_definition(old, hashes[:split], whole)
        return [*left, root_by_definition(hashes[split:])]
    right = proof_by_definition(old - split, hashes[split:], False)
    return [*right, root_by_definition(hashes[:split])]


@pytest.mark.parametrize("check", RFC["hash_checks"], ids=lambda check: check["kind"])
def test_the_published_hash_checks_hold(check: dict[str, str]) -> None:
    got = {
        "empty_root": lambda: EMPTY_ROOT,
        "leaf": lambda: leaf_hash(check["input_utf8"].encode()),
        "node": lambda: node_hash(check["left_utf8"].encode(), check["right_utf8"].encode()),
    }[check["kind"]]()
    assert got.hex() == check["want"]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_hold_at_every_size(size: int) -> None:
    assert root_of(LEAVES[:size]) == ROOTS[size]
    assert Frontier.of(LEAVES[:size]).root() == ROOTS[size]


@pytest.mark.parametrize("case", RFC["inclusion"], ids=lambda c: f"{c['index']} of {c['size']}")
def test_every_published_inclusion_proof_is_made_and_verified(case: dict[str, Any]) -> None:
    proof = [bytes.fromhex(node) for node in case["proof"]]
    index, size = case["index"], case["size"]
    assert inclusion_proof(LEAVES, index, size) == proof
    verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])


@pytest.mark.parametrize("case", RFC["consistency"], ids=lambda c: f"{c['size1']} to {c['size2']}")
def test_every_published_consistency_proof_is_made_and_verified(case: dict[str, Any]) -> None:
    proof = [bytes.fromhex(node) for node in case["proof"]]
    old, new = case["size1"], case["size2"]
    assert consistency_proof(LEAVES, old, new) == proof
    verify_consistency(old, new, proof, ROOTS[old], ROOTS[new])


@pytest.mark.parametrize("case", CASES["inclusion"], ids=lambda case: case["path"])
def test_every_inclusion_case_is_judged_as_the_suite_says(case: dict[str, Any]) -> None:
    def verify() -> None:
        proof = [b64decode(node) for node in case["proof"] or []]
        leaf, root = b64decode(case["leafHash"]), b64decode(case["root"])
        verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)

    if case["wantErr"]:
        with pytest.raises(ProofError):
            verify()
    else:
        verify()


@pytest.mark.parametrize("case", CASES["consistency"], ids=lambda case: case["path"])
def test_every_consistency_case_is_judged_as_the_suite_says(case: dict[str, Any]) -> None:
    def verify() -> None:
        proof = [b64decode(node) for node in case["proof"] or []]
        old, new = b64decode(case["root1"]), b64decode(case["root2"])
        verify_consistency(case["size1"], case["size2"], proof, old, new)

    if case["wantErr"]:
        with pytest.raises(ProofError):
            verify()
    else:
        verify()


def test_roots_and_proofs_equal_the_definition_for_every_small_tree() -> None:
    hashes = leaves(40)
    for size in range(1, 41):
        root = root_by_definition(hashes[:size])
        assert root_of(hashes[:size]) == root == Frontier.of(hashes[:size]).root()
        for index in range(size):
            verify_inclusion(index, size, hashes[index], inclusion_proof(hashes, index, size), root)
        for old in range(1, size + 1):
            proof = consistency_proof(hashes, old, size)
            assert proof == proof_by_definition(old, hashes[:size])
            verify_consistency(old, size, proof, root_of(hashes[:old]), root)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000), st.data())
def test_any_proof_made_is_verified(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    root = root_of(hashes)
    index = data.draw(st.integers(0, size - 1))
    verify_inclusion(index, size, hashes[index], inclusion_proof(hashes, index), root)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(hashes, old)
    verify_consistency(old, size, proof, root_of(hashes[:old]), root)


def flipped(node: bytes, bit: int) -> bytes:
    return (int.from_bytes(node, "big") ^ 1 << bit).to_bytes(32, "big")


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_flipped_bit_in_any_inclusion_proof_leaf_or_root_is_refused(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    parts = [hashes[index], root_of(hashes), *inclusion_proof(hashes, index)]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    with pytest.raises(ProofError):
        verify_inclusion(index, size, parts[0], parts[2:], parts[1])


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_flipped_bit_in_any_consistency_proof_or_root_is_refused(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    old = data.draw(st.integers(1, size))
    parts = [root_of(hashes[:old]), root_of(hashes), *consistency_proof(hashes, old)]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    with pytest.raises(ProofError):
        verify_consistency(old, size, parts[2:], parts[0], parts[1])


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 300), st.data())
def test_a_proof_of_one_entry_proves_no_other(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    proof = inclusion_proof(hashes, index)
    with pytest.raises(ProofError):
        verify_inclusion(other, size, hashes[index], proof, root_of(hashes))
    with pytest.raises(ProofError):
        verify_inclusion(index, size, hashes[other], proof, root_of(hashes))


def test_a_proof_for_a_larger_tree_proves_nothing_about_a_smaller_one() -> None:
    with pytest.raises(ProofError, match="left over"):
        verify_inclusion(3, 4, LEAVES[7], inclusion_proof(LEAVES, 7), ROOTS[8])
    with pytest.raises(ProofError, match="left over"):
        verify_consistency(3, 4, consistency_proof(LEAVES, 7), ROOTS[7], ROOTS[8])


def test_a_proof_hash_cut_in_two_elsewhere_is_refused() -> None:
    proof = inclusion_proof(LEAVES, 5)
    shifted = [proof[0][:-1], proof[0][-1:] + proof[1], *proof[2:]]
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(5, 8, LEAVES[5], shifted, ROOTS[8])
    grown = LEAVES[5] + b"\0"
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(5, 8, grown, proof, ROOTS[8])


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70), st.integers(0, 70))
def test_a_frontier_has_the_root_of_its_leaves_however_it_grew(hashes: list[bytes], cut: int) -> None:
    frontier = Frontier.of(hashes[:cut])
    for leaf in hashes[cut:]:
        before = frontier
        frontier = before.append(leaf)
        assert before.size + 1 == frontier.size
    assert frontier == Frontier.of(hashes) == Frontier.of(hashes[:cut]).extend(hashes[cut:])
    assert frontier.root() == root_of(hashes)
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert frontier.size == len(hashes)


@pytest.mark.parametrize("data", [b"", b"\0" * 7, b"\0" * 9, b"\0" * 7 + b"\1" + b"x" * 31])
def test_bytes_of_another_length_are_no_frontier(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a frontier"):
        Frontier.from_bytes(data)


def test_a_frontier_refuses_what_is_not_a_leaf_hash_or_cannot_be() -> None:
    with pytest.raises(ValueError, match="Leaf hash 0 has 3 bytes"):
        Frontier().append(b"abc")
    for size, hashes in ((1, ()), (-1, (EMPTY_ROOT,)), (2, (EMPTY_ROOT, EMPTY_ROOT))):
        with pytest.raises(ValueError, match="cannot have"):
            Frontier(size, hashes)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (8, 8), (-1, 8), (0, 9)])
def test_an_inclusion_proof_out_of_range_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(LEAVES, index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 8), (5, 4), (9, 9), (1, 9), (-1, 8)])
def test_a_consistency_proof_out_of_range_is_refused(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        consistency_proof(LEAVES, old, new)


def test_ranges_of_huge_trees_need_no_leaves() -> None:
    size = 2_000_000_000
    assert len(inclusion_ranges(size // 3, size)) <= 31
    assert len(consistency_ranges(size // 3, size)) <= 32


def test_proofs_over_a_hundred_thousand_leaves_take_well_under_a_second() -> None:
    size = 100_000
    hashes = [n.to_bytes(32, "big") for n in range(size)]
    root = root_of(hashes)
    begin = time.process_time()
    inclusion = inclusion_proof(hashes, 77_777)
    consistency = consistency_proof(hashes, 65_537)
    assert time.process_time() - begin < 1
    verify_inclusion(77_777, size, hashes[77_777], inclusion, root)
    verify_consistency(65_537, size, consistency, root_of(hashes[:65_537]), root)
