"""Subtrees: an inclusion proof from few reads, however long the log.

The root of a complete subtree of 256 or 65 536 leaves never changes, so it is kept when first computed and
read instead of its leaves: a proof reads at most some hundreds of hashes. What is kept is a shortcut and no
evidence. Every proof is checked against the signed checkpoint before it leaves; one that fails is made once
more from the leaves alone, and what was kept is dropped. RFC 9162 section 2.1.3; the widths are those of
c2sp.org/tlog-tiles.
"""

from __future__ import annotations

from collections import OrderedDict

from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction

from milenari.journal.exchange import succession
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Head, Subtree
from milenari.journal.proof import write_proof
from milenari.journal.tree import ProofError, inclusion_proof, inclusion_ranges, node_hash, root_of

BITS = 8
WIDTH = 1 << BITS
LEVELS = 2
BLOCKS_HELD = 64  # of 256 hashes each: half a megabyte while one prover lives


class Prover:
    """Proofs for entries of one log under one checkpoint: an earlier one that is given, or that of this moment."""

    def __init__(self, site: str, size: int = 0, checkpoint: str = "", using: str = DEFAULT_DB_ALIAS) -> None:
        if not checkpoint:
            head = Head.objects.using(using).get(site=site)
            size, checkpoint = int(head.size), succession.checkpoint_of(head, using) or str(head.checkpoint)
        self.site, self.size, self.checkpoint, self.using = site, size, checkpoint, using
        self._blocks: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def proof(self, body: bytes, index: int) -> str:
        """The text proof of entry ``index`` with these bytes; ProofError when the log does not prove it."""
        try:
            return write_proof(body, index, self.hashes(index), self.checkpoint)
        except ProofError:
            self._forget()
            return write_proof(body, index, naive_hashes(self.site, index, self.size), self.checkpoint)

    def hashes(self, index: int) -> list[bytes]:
        """The inclusion proof of leaf ``index``, 32 bytes each from the sibling up."""
        return [self._root(start, end) for start, end in inclusion_ranges(index, self.size)]

    def root_at(self, size: int) -> bytes:
        """The root over the first ``size`` entries, one at least: to be compared with what was signed, never signed."""
        return self._root(0, size)

    def _root(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1):  # the right edge: split as the tree is split
            middle = start + (1 << (width.bit_length() - 1))
            return node_hash(self._root(start, middle), self._root(middle, end))
        level = min(LEVELS, (width.bit_length() - 1) // BITS)
        each = int(WIDTH**level)
        nodes: list[bytes] = []
        for block in range(start // each // WIDTH, (end // each - 1) // WIDTH + 1):
            held = self._block(level, block)
            first = block * WIDTH
            nodes += held[max(0, start // each - first) : end // each - first]
        if len(nodes) != width // each:
            raise ProofError(f"The log of {self.site} lacks entries between {start} and {end}.")
        return root_of(nodes)

    def _block(self, level: int, block: int) -> list[bytes]:
        """Up to 256 hashes of a level, from ``block`` times 256 on."""
        place = (level, block)
        if place not in self._blocks:
            self._blocks[place] = self._leaves(block) if level == 0 else self._roots(level, block)
            while len(self._blocks) > BLOCKS_HELD:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(place)
        return self._blocks[place]

    def _leaves(self, block: int) -> list[bytes]:
        asked = EntryRow.objects.using(self.using).filter(
            site=self.site, index__gte=block * WIDTH, index__lt=(block + 1) * WIDTH
        )
        return [
            bytes(leaf) for leaf in asked.filter(index__lt=self.size).order_by("index").values_list("leaf", flat=True)
        ]

    def _roots(self, level: int, block: int) -> list[bytes]:
        """The roots of this block, those kept and those computed now from the level below, which are then kept."""
        first = block * WIDTH
        last = min(first + WIDTH, self.size // WIDTH**level)
        kept = self._kept(level, first, last)
        made = {}
        for index in range(first, last):
            if index not in kept:
                below = self._block(level - 1, index)
                if len(below) != WIDTH:
                    raise ProofError(f"The log of {self.site} lacks entries in its block {index}.")
                made[index] = kept[index] = root_of(below)
        self._keep(level, made)
        return [kept[index] for index in range(first, last)]

    def _kept(self, level: int, first: int, last: int) -> dict[int, bytes]:
        asked = Subtree.objects.using(self.using).filter(site=self.site, level=level, index__gte=first, index__lt=last)
        return {index: bytes(root) for index, root in asked.values_list("index", "root")}

    def _keep(self, level: int, made: dict[int, bytes]) -> None:
        rows = [Subtree(site=self.site, level=level, index=index, root=root) for index, root in made.items()]
        try:
            with transaction.atomic(using=self.using):
                Subtree.objects.using(self.using).bulk_create(rows, ignore_conflicts=True)
        except DatabaseError:
            return  # a read-only or full node still proves; it only computes again next time

    def _forget(self) -> None:
        self._blocks.clear()
        try:
            with transaction.atomic(using=self.using):
                Subtree.objects.using(self.using).filter(site=self.site).delete()
        except DatabaseError:
            return


def naive_hashes(site: str, index: int, size: int) -> list[bytes]:
    """The same proof from every leaf of the log: what the shortcut is compared with."""
    asked = EntryRow.objects.filter(site=site, index__lt=size).order_by("index").values_list("leaf", flat=True)
    return inclusion_proof([bytes(leaf) for leaf in asked], index, size)
