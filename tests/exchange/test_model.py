"""Every state that hand-over, backup, restore and anchor can reach, for one product, some sites and few transfers.

An abstract model beside the code, explored breadth-first and exhaustively up to its bounds. Messages may be lost,
repeated, late and out of order: one that was ever sent stays deliverable for ever. Each site may be backed up at any
time and restored once. The invariant: never can two sites act on the product as its holder. The safe design keeps it
in every state; the designs known to be bad are found, which shows that the search can find something.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

pytestmark = pytest.mark.once

Event = tuple[str, int]  # ("made" | "out" | "in", transfer number)
Log = tuple[Event, ...]


@dataclass(frozen=True)
class Site:
    """What one site's machine and mirror remember."""

    log: Log = ()
    mirror: Log = ()
    backup: Log | None = None
    restored: bool = False
    learning: bool = False  # writes nothing until it has relearned its log


@dataclass(frozen=True)
class World:
    sites: tuple[Site, ...]
    sent: frozenset[tuple[int, int]] = frozenset()  # (receiver, transfer number), deliverable for ever


@dataclass(frozen=True)
class Design:
    """``anchor``: custody entries reach the mirror first. ``entries``: it keeps them, not only their number."""

    anchor: bool
    entries: bool = True


SAFE = Design(True)
NO_ANCHOR = Design(False)
WITNESS_ONLY = Design(True, entries=False)


def holds(site: Site) -> bool:
    return bool(site.log) and site.log[-1][0] in ("made", "in")


def may_act(site: Site, design: Design) -> bool:
    """Whether this site could now dispatch, spend or give the product: it holds it, and nothing stops it."""
    return holds(site) and not site.learning and not _behind(site, design)


def _behind(site: Site, design: Design) -> bool:
    """Whether the mirror has more than this machine: then it takes no irreversible act."""
    return design.anchor and len(site.mirror) > len(site.log)


def number(site: Site) -> int:
    return max((n for _, n in site.log), default=0)


def write(site: Site, event: Event, design: Design) -> Site:
    mirror = (*site.mirror, event) if design.anchor else site.mirror
    return replace(site, log=(*site.log, event), mirror=mirror)


def steps(world: World, design: Design, transfers: int) -> Iterator[World]:
    for here, site in enumerate(world.sites):

        def put(changed: Site, sent: frozenset[tuple[int, int]] = world.sent, here: int = here) -> World:
            sites = (*world.sites[:here], changed, *world.sites[here + 1 :])
            return World(sites, sent)

        if site.log and site.backup != site.log and not site.restored:
            yield put(replace(site, backup=site.log))
        if site.backup is not None and not site.restored:
            yield put(replace(site, log=site.backup, restored=True, learning=design.anchor))
        if site.learning:
            # A witness knows that something is missing, but not what: the site goes on with what it has.
            whole = site.mirror if design.entries else site.log
            yield put(replace(site, log=whole, mirror=whole, learning=False))
            continue
        if may_act(site, design) and number(site) < transfers:
            for to in range(len(world.sites)):
                if to != here:
                    turn = number(site) + 1
                    yield put(write(site, ("out", turn), design), world.sent | {(to, turn)})
        for to, turn in world.sent:
            if to == here and turn > number(site) and not _behind(site, design):
                yield put(write(site, ("in", turn), design))
        # A crash after the mirror has taken an entry and before this machine has.
        if design.anchor and may_act(site, design) and number(site) < transfers:
            yield put(replace(site, mirror=(*site.mirror, ("out", number(site) + 1)), learning=True))


def explore(design: Design, count: int, transfers: int, most: int = 2_000_000) -> tuple[int, list[World]]:
    """How many states were reached, and the shortest way to one where two sites hold the product (or none)."""
    first = World((write(Site(), ("made", 0), design), *(Site() for _ in range(count - 1))))
    before: dict[World, World | None] = {first: None}
    queue = deque([first])
    while queue and len(before) < most:
        world = queue.popleft()
        if sum(may_act(site, design) for site in world.sites) > 1:
            way = [world]
            while (earlier := before[way[-1]]) is not None:
                way.append(earlier)
            return len(before), way[::-1]
        for after in steps(world, design, transfers):
            if after not in before:
                before[after] = world
                queue.append(after)
    assert not queue, "the bound was reached before every state was seen"
    return len(before), []


@pytest.mark.slow
def test_no_reachable_state_has_two_holders() -> None:
    states, way = explore(SAFE, 3, 5)
    assert not way, way
    assert states >= 100_000, states


@pytest.mark.parametrize(("design", "steps_at_most"), [(NO_ANCHOR, 4), (WITNESS_ONLY, 5)])
def test_the_designs_known_to_be_bad_are_found(design: Design, steps_at_most: int) -> None:
    states, way = explore(design, 3, 3)
    assert way, f"{states} states and no violation: the search finds nothing"
    assert len(way) - 1 <= steps_at_most, [w.sites for w in way]
