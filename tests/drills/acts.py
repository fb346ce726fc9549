"""Acts: what a hospital might do next, at random but through the one door, by the fictional people of the demo.

Many are refused, as they should be: whoever does not hold a container may not promise, send, receive or spend it. A
schedule that is refused nothing would prove nothing, so both are counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from milenari.demo import teller
from milenari.journal import clock, fold, perform
from milenari.journal.perform import NotWritten
from milenari.rules.action import Refused
from tests.drills.frame import Found
from tests.exchange.network import SITES, Network
from tests.exchange.nodes import Node

CONTAINERS = tuple(f"LV-A3B1-L01-{n:03d}" for n in range(1, 25))
BATCH = "ROM-B-004"
_TELLER = teller.Teller({}, lambda line: None)  # holds the unlocked keys: unlocking is slow by intention


@contextmanager
def clock_at(now: Callable[[], datetime]) -> Iterator[None]:
    """Every node's clock shows this instead of the machine's."""
    real = clock.now
    clock.now = now
    try:
        yield
    finally:
        clock.now = real


class Calendar:
    """A clock that is moved by hand, a little further with every look."""

    def __init__(self) -> None:
        self.at = clock.now()

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=20)
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


def do(node: Node, post: str, code: str, reason: str = "", act: str = "", **data: Any) -> perform.Written:
    """One act at the node's site; Refused or NotWritten when it is not done."""
    with node:
        who = f"{node.site.lower()}-{post}"
        asked = teller.request(_TELLER, who, node.site, code, data, reason)
        if act:
            asked = perform.Request(asked.action, asked.pen, asked.site, asked.role, act, reason=reason)
        return perform.perform_all([asked])[0]


class Acting:
    """Random acts at random sites; keeps how many were done and refused, and by which code."""

    def __init__(self, nodes: Network, chance: random.Random, containers: tuple[str, ...] = CONTAINERS) -> None:
        self.nodes, self.chance, self.containers = nodes, chance, containers
        self.number, self.done, self.refused = 0, 0, dict[str, int]()
        self.ways: list[Callable[[str], tuple[Any, ...]]] = [
            self._material, self._calibrate, self._weigh, self._toxicity, self._promise, self._promise, self._send,
            self._send, self._witness, self._witness, self._take_back, self._receive, self._receive,
            self._witness_receipt, self._spend,
        ]  # fmt: skip

    def once(self, site: str, ways: list[Callable[[str], tuple[Any, ...]]] | None = None) -> bool:
        """Try one act at a site; True when it was done."""
        self.number += 1
        post, code, data, reason = self.chance.choice(ways or self.ways)(site)
        try:
            do(self.nodes[site], post, code, reason, **data)
        except (Refused, NotWritten) as no:
            self.refused[no.code] = self.refused.get(no.code, 0) + 1
            return False
        self.done += 1
        return True

    def custody(self) -> list[Callable[[str], tuple[Any, ...]]]:
        return [self._promise, self._send, self._witness, self._take_back, self._receive, self._witness_receipt,
                self._spend]  # fmt: skip

    def _vial(self, site: str) -> str:
        """Mostly one that nobody has spent yet, by the site's book."""
        return self._pick(site, lambda sheet: not sheet.spent_in)

    def _held(self, site: str) -> str:
        return self._pick(site, lambda sheet: sheet.owner == site and not sheet.bound_for and not sheet.spent_in)

    def _elsewhere(self, site: str) -> str:
        return self.chance.choice([other for other in SITES if other != site])

    def _manager(self, site: str) -> str:
        return "vector-manager" if site == "BCN" else "coordinator"

    def _material(self, site: str) -> tuple[Any, ...]:
        data = {"material": f"{site}-P{self.number}", "kind": "TexMACS", "maker_lot": f"L{self.number}",
                "amount": {"value": "5", "unit": "mL"}, "expires_on": "2030-01-01"}  # fmt: skip
        return "operator", "receive-material", data, ""

    def _calibrate(self, site: str) -> tuple[Any, ...]:
        data = {"equipment": f"{site}-P{self.number}", "kind": "centrifuge", "calibrated_until": "2030-01-01"}
        return "qa", "register-equipment", data, ""

    def _weigh(self, site: str) -> tuple[Any, ...]:
        journey = {"ROM": "ROM-J-001", "BEY": "BEY-J-001", "AMM": "AMM-J-001"}.get(site, "ROM-J-001")
        data = {"journey": journey, "on": clock.now().date().isoformat(), "weight": {"value": "21.5", "unit": "kg"}}
        return ("ward" if site != "BCN" else "qa"), "record-weight", data, ""

    def _toxicity(self, site: str) -> tuple[Any, ...]:
        journey = {"ROM": "ROM-J-001", "BEY": "BEY-J-001", "AMM": "AMM-J-001"}.get(site, "ROM-J-001")
        data = {"journey": journey, "fever": self.chance.random() < 0.5, "hypotension": "none", "hypoxia": "none"}
        return ("physician" if site != "BCN" else "qa"), "grade-crs", data, ""

    def _promise(self, site: str) -> tuple[Any, ...]:
        data = {"container": self._held(site), "to_site": self.chance.choice(SITES)}
        return self._manager(site), "allocate-container", data, ""

    def _send(self, site: str) -> tuple[Any, ...]:
        """Something promised, if there is anything; else whatever comes to mind."""
        name = self._vial(site)
        with self.nodes[site]:
            book = fold.DiskBook()
            promised = [(c, book.sheet(f"container:{c}").allocated_to) for c in self.chance.sample(self.containers, 6)]
        for name_, to in promised:
            if to and to != site:
                return "operator", "dispatch", {"what": f"container:{name_}", "to_site": to}, ""
        return "operator", "dispatch", {"what": f"container:{name}", "to_site": self._elsewhere(site)}, ""

    def _witness(self, site: str) -> tuple[Any, ...]:
        return "qa", "witness-dispatch", {"what": f"container:{self._open(site, 'sending_to')}"}, ""

    def _take_back(self, site: str) -> tuple[Any, ...]:
        return "qa", "cancel-dispatch", {"what": f"container:{self._vial(site)}"}, "the courier did not come"

    def _receive(self, site: str) -> tuple[Any, ...]:
        name = self._open(site, "bound_for")
        with self.nodes[site]:
            turn = fold.DiskBook().sheet(f"container:{name}").transfer
        data = {"what": f"container:{name}", "transfer": self.chance.choice((turn, turn, turn, turn + 1)) or 1,
                "intact": "intact"}  # fmt: skip
        return "operator", "receive", data, ""

    def _witness_receipt(self, site: str) -> tuple[Any, ...]:
        return "qa", "witness-receipt", {"what": f"container:{self._open(site, 'receipt_open')}"}, ""

    def _open(self, site: str, state: str) -> str:
        """Mostly a container of which the site's book says that something is open, else any."""
        return self._pick(site, lambda sheet: getattr(sheet, state))

    def _pick(self, site: str, fits: Callable[[Any], object]) -> str:
        with self.nodes[site]:
            book = fold.DiskBook()
            found = [c for c in self.containers if fits(book.sheet(f"container:{c}"))]
        return self.chance.choice(found if found and self.chance.random() < 0.8 else self.containers)

    def _spend(self, site: str) -> tuple[Any, ...]:
        return "operator", "spend-container", {"batch": BATCH, "container": self._held(site)}, ""


def holders(nodes: Network, containers: tuple[str, ...] = CONTAINERS) -> dict[str, list[str]]:
    """For each container the sites whose own node says that they hold it, may act on it, and have not spent it."""
    found: dict[str, list[str]] = {container: [] for container in containers}
    for site, node in nodes.items():
        with node:
            book = fold.DiskBook()
            for container in containers:
                sheet = book.sheet(f"container:{container}")
                if sheet.owner == site and not sheet.bound_for and not sheet.spent_in:
                    found[container].append(site)
    return found


def one_holder(nodes: Network, found: Found, when: str = "") -> None:
    """No container is held at two sites at once."""
    for container, held in holders(nodes).items():
        found.check(len(held) <= 1, f"{when}{container} is held at {held} at once")
