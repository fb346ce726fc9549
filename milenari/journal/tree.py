"""The Merkle tree of RFC 6962 and RFC 9162 (section 2.1 of each) with SHA-256, pure functions.

A *leaf hash* is the hash of one entry's bytes; everything here works on leaf hashes, 32 bytes
each. The tree over n of them has one root; an inclusion proof shows that one is under a root, a
consistency proof that one root extends another. No recursion, so size is bounded by memory only.

Proofs are made from *ranges* ``[start, end)`` of leaves, each the span of one complete node:
a caller with stored subtree hashes (tiles) can resolve the ranges without the leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 section 2.1)."""

Range = tuple[int, int]
"""Leaves ``[start, end)`` under one node."""

_sha256 = hashlib.sha256


class ProofError(ValueError):
    """A proof that does not prove, or cannot be made; the message is a sentence saying why."""


def leaf_hash(data: bytes) -> bytes:
    """32-byte leaf hash of one entry's bytes: SHA-256(0x00, data)."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """32-byte hash of an inner node: SHA-256(0x01, left, right)."""
    return _sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    ``size`` is the number of leaves; ``hashes`` are the roots of its perfect subtrees from left
    (largest) to right, one for each set bit of ``size``. At 10**6 leaves that is 7 to 20 hashes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or self.size.bit_count() != len(self.hashes):
            raise ValueError(f"A frontier of size {self.size} cannot have {len(self.hashes)} hashes.")

    @classmethod
    def of(cls, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier after appending every leaf hash in order, in constant memory."""
        return cls().extend(leaf_hashes)

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf hash (32 bytes); this one stays as it was."""
        return self.extend((leaf,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier with more leaf hashes, faster than appending one at a time."""
        size, hashes = self.size, list(self.hashes)
        for node in leaf_hashes:
            if len(node) != HASH_BYTES:
                raise ValueError(f"Leaf hash {size} has {len(node)} bytes; it must have 32.")
            size += 1
            # Each trailing zero of the new size is a pair of equal subtrees now complete.
            complete = size
            while not complete & 1:
                node = _sha256(b"\x01" + hashes.pop() + node).digest()
                complete >>= 1
            hashes.append(node)
        return Frontier(size, tuple(hashes))

    def root(self) -> bytes:
        """The 32-byte root; EMPTY_ROOT without leaves."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, node = self.hashes
        for left in reversed(rest):
            node = node_hash(left, node)
        return node

    def to_bytes(self) -> bytes:
        """Size as 8 bytes big-endian, then the hashes from left to right."""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """The frontier written by ``to_bytes``; other lengths raise ValueError."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(data)} bytes are not a frontier.")
        cuts = range(8, len(data), HASH_BYTES)
        return cls(size, tuple(data[cut : cut + HASH_BYTES] for cut in cuts))


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The 32-byte root over all leaf hashes, computed level by level (RFC 6962 section 2.1)."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        # A last node without a sibling moves up unchanged: that is RFC 6962's uneven split.
        unpaired = level[-1:] if len(level) & 1 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [_sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level += unpaired
    return level[0]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The nodes of the inclusion proof, from the leaf's sibling up (RFC 9162 section 2.1.3.1).

    Raises ProofError unless ``0 <= index < size``.
    """
    if not 0 <= index < size:
        raise ProofError(f"There is no entry {index} in a tree of size {size}.")
    start, end = 0, size
    ranges: list[Range] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """The nodes of the consistency proof (RFC 9162 section 2.1.4.1); none when sizes are equal.

    Raises ProofError unless ``0 < old_size <= new_size``: everything extends the empty tree, so
    there is nothing to prove.
    """
    _check_sizes(old_size, new_size)
    start, end = 0, new_size
    ranges: list[Range] = []
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        # The old root is not itself a node of the new tree: its last subtree must be given too.
        ranges.append((start, end))
    return ranges[::-1]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int | None = None) -> list[bytes]:
    """Hashes proving leaf ``index`` (from 0) under the root of the first ``size`` leaves.

    From the leaf's sibling up to the root's child, at most ceil(log2(size)) of 32 bytes. ``size``
    is all leaves when not given. Raises ProofError when the index or size is out of range.
    """
    size = _within(leaf_hashes, size)
    return [root_of(leaf_hashes[a:b]) for a, b in inclusion_ranges(index, size)]


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int, new_size: int | None = None) -> list[bytes]:
    """Hashes proving that the tree of ``new_size`` leaves extends the one of ``old_size``.

    ``new_size`` is all leaves when not given. Raises ProofError unless 0 < old_size <= new_size.
    """
    new_size = _within(leaf_hashes, new_size)
    return [root_of(leaf_hashes[a:b]) for a, b in consistency_ranges(old_size, new_size)]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Return if ``leaf`` (a leaf hash) is number ``index`` of the ``size`` leaves under ``root``.

    Raises ProofError otherwise. Source: RFC 9162 section 2.1.3.2.
    """
    if root_by(index, size, leaf, proof) != root:
        raise ProofError(f"The inclusion proof of entry {index} leads to another root.")


def root_by(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root to which an inclusion proof leads; ProofError when it has too few or too many hashes."""
    if not 0 <= index < size:
        raise ProofError(f"There is no entry {index} in a tree of size {size}.")
    _check_hashes([leaf, *proof])
    # position and last are the node's and the last node's place in the level we stand on.
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError(f"The inclusion proof of entry {index} has hashes left over.")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            # The last node of an odd level has no sibling there; climb to where it has one.
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError(f"The inclusion proof of entry {index} has too few hashes.")
    return node


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Return if the tree under ``new_root`` extends the one under ``old_root``.

    Raises ProofError otherwise, and also for old size 0, where a proof would be useless.
    Source: RFC 9162 section 2.1.4.2.
    """
    _check_sizes(old_size, new_size)
    if old_size == new_size:
        if proof:
            raise ProofError("Two trees of one size need no proof, yet hashes were given.")
        if old_root != new_root:
            raise ProofError(f"Two different roots are claimed for size {old_size}.")
        return
    if not proof:
        raise ProofError("The consistency proof is empty.")
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)  # a full tree is itself a node of the new one, so not repeated
    _check_hashes(path)
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("The consistency proof has hashes left over.")
        if position & 1 or position == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError("The consistency proof has too few hashes.")
    if old != old_root:
        raise ProofError(f"The consistency proof does not lead to the root at size {old_size}.")
    if new != new_root:
        raise ProofError(f"The consistency proof does not lead to the root at size {new_size}.")


def _split(width: int) -> int:
    """Largest power of two smaller than ``width`` (at least 2 wide)."""
    return 1 << ((width - 1).bit_length() - 1)


def _within(leaf_hashes: Sequence[bytes], size: int | None) -> int:
    if size is None:
        return len(leaf_hashes)
    if size > len(leaf_hashes):
        raise ProofError(f"Only {len(leaf_hashes)} leaves are here; size {size} was asked for.")
    return size


def _check_sizes(old_size: int, new_size: int) -> None:
    if old_size < 1:
        raise ProofError("A consistency proof from the empty tree proves nothing.")
    if new_size < old_size:
        raise ProofError(f"A tree of size {new_size} cannot extend one of size {old_size}.")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    # Without this a short and a long hash could share the bytes of a valid pair.
    if any(len(node) != HASH_BYTES for node in hashes):
        raise ProofError("A hash in the proof does not have 32 bytes.")
