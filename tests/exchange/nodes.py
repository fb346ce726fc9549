"""Several real nodes in one process: each with its own database, key files and clock of what it knows.

``with node:`` makes it the node one acts on. Whatever passes between nodes passes as bytes of parcels.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings

from milenari.demo import teller
from milenari.journal import keys, models, perform, verify
from milenari.journal.exchange import charter, incoming, outgoing, standing
from milenari.journal.exchange.charter import Member
from milenari.journal.perform import Written
from tests.journal import scratch

COUNTRIES = {"BCN": "ES", "ROM": "IT", "BEY": "LB", "AMM": "JO"}


class Node:
    """One hospital's machine."""

    def __init__(self, folder: Path, site: str, like: str = "") -> None:
        self.site, self.home = site, folder / site
        self.home.mkdir(parents=True, exist_ok=True)
        self.database = scratch.create(self.home, like)
        self._inside: list[contextlib.ExitStack] = []

    def close(self) -> None:
        scratch.drop(self.database)

    def __enter__(self) -> Node:
        stack = contextlib.ExitStack()
        stack.callback(setattr, settings, "HOME", settings.HOME)
        settings.HOME = self.home
        stack.enter_context(scratch.as_default(self.database))
        self._inside.append(stack)
        return self

    def __exit__(self, *told: object) -> None:
        self._inside.pop().close()

    def copy(self, folder: Path) -> Node:
        """The same node set up elsewhere from a copy of its disk: a backup, or a thief's."""
        twin = Node(folder, self.site, self.database)
        shutil.copytree(self.home / "keys", twin.home / "keys")
        return twin

    def send(self, to: Node, **more: Any) -> list[bytes]:
        with self:
            return list(outgoing.parcels(self.site, to.site, **more))

    def receive(self, parcels: list[bytes]) -> list[incoming.Outcome]:
        with self:
            return incoming.receive(parcels)

    def do(self, post: str, code: str, reason: str = "", **data: Any) -> Written:
        """One act at this site by whoever of the cast holds the post."""
        with self:
            who = f"{self.site.lower()}-{post}"
            asked = teller.request(teller.Teller({}, lambda line: None), who, self.site, code, data, reason)
            return perform.perform_all([asked])[0]

    def root(self, log: str) -> tuple[int, str]:
        with self:
            head = models.Head.objects.get(site=log)
            return head.size, head.checkpoint.splitlines()[2]

    def report(self) -> verify.Report:
        with self:
            return verify.verify()

    def moved(self) -> list[tuple[str, str, str, int, int]]:
        """The transfer log, oldest first: way, other site, log, first and last number."""
        with self:
            rows, _ = standing.transits(0, 1000)
            return [(row.way, row.peer, row.log, row.start, row.end) for row in reversed(rows)]

    def standing(self, peer: str) -> standing.Standing:
        with self:
            return next(s for s in standing.standings() if s.peer == peer)


def member_of(site: str) -> Member:
    """The public keys of a site whose key files are in the present home."""
    return Member(
        site, COUNTRIES[site], keys.log_key(site).verifier.encode(), keys.root_key(site).verifier.encode(),
        keys.witness_key(site).verifier.encode(), box=keys.newest(site, "box"),
    )  # fmt: skip


def charter_of(members: list[Member], threshold: int, signers: list[Any]) -> str:
    note = charter.propose(members, threshold)
    for key in signers:
        note = charter.sign(note, key)
    return note
