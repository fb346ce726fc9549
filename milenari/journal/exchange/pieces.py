"""Pieces: what parcels consist of once opened, and in which order those of several logs fit together. Pure.

Logs depend on each other only where something changed hands: an entry that makes version n of a subject needs the
entry that made version n - 1, which another site may have written. Each log's entries keep their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from milenari.rules.action import Entry, Refused

APPLIED, REPEATED, WAITING, REFUSED, FORKED = "applied", "repeated", "waiting", "refused", "forked"


@dataclass
class Outcome:
    """What became of one parcel; ``refused`` says why where it was not applied."""

    digest: str
    state: str = WAITING
    log: str = ""
    sender: str = ""
    start: int = 0
    end: int = 0
    size: int = 0
    length: int = 0
    classes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: Refused | None = None


@dataclass
class ReadEntry:
    """One entry of a parcel, read."""

    site: str
    index: int
    body: bytes
    leaf: bytes
    data: dict[str, Any]
    entry: Entry


@dataclass
class Piece:
    """One parcel whose entries continue a log; ``entries`` are the new ones only."""

    outcome: Outcome
    note: str
    entries: list[ReadEntry]


_TEXTS = ("act", "action", "by", "name", "role", "meaning", "site", "zone", "happened_at", "written_at", "reason")


def require_shape(data: dict[str, Any]) -> None:
    """That every part of an entry is of the kind its readers count on; TypeError names the part.

    This node's own entries were made in that shape; who sends one chooses every byte of it.
    """
    for name in _TEXTS:
        _require(isinstance(data[name], str), name, "text")
    _require(isinstance(data["given"], dict) and isinstance(data["data"], dict), "data or given", "facts by name")
    _require(isinstance(data["signature"], dict), "signature", "facts by name")
    for name in ("subjects", "findings", "moves"):
        _require(isinstance(data[name], list), name, "a list")
    for subject in data["subjects"]:
        _require(_kinds(subject) == [str, int] and ":" in subject[0], "subjects", "names with a version each")
    for finding in data["findings"]:
        _require(isinstance(finding, dict), "findings", "a code with facts each")
        _require(
            isinstance(finding["code"], str) and isinstance(finding["facts"], dict), "findings", "codes with facts"
        )
    for move in data["moves"]:
        _require(_kinds(move) == [str] * 5, "moves", "from, to, what, amount and unit each")


def _kinds(line: Any) -> list[type]:
    return [type(part) for part in line] if isinstance(line, list) else []


def _require(holds: bool, name: str, what: str) -> None:
    if not holds:
        raise TypeError(f"{name} is not {what}")


class Bad(Exception):
    """An entry that may not stand in the book: which piece holds it, and why."""

    def __init__(self, piece: Piece, refused: Refused) -> None:
        super().__init__(refused.code)
        self.piece, self.refused = piece, refused


Versions = Callable[[Iterable[str]], dict[str, int]]
Order = list[tuple[Piece, ReadEntry]]


def merge(pieces: dict[str, list[Piece]], versions: Versions) -> list[tuple[Piece, ReadEntry]]:
    """As many whole pieces of every log as fit together, in an order in which each subject's versions follow.

    A piece whose entries need a version that nobody brings waits, and with it all that depends on it.
    """
    names = {name for chain in pieces.values() for p in chain for r in p.entries for name, _ in r.entry.subjects}
    start = versions(sorted(names))
    limit = {log: len(chain) for log, chain in pieces.items()}
    while True:
        order, stopped = _walk(pieces, limit, dict(start))
        if not stopped:
            return order
        for log, (whole, wants) in stopped.items():
            for piece in pieces[log][whole : limit[log]]:
                piece.outcome.state = WAITING
                piece.outcome.refused = Refused("parcel-waits", log=log, subject=wants)
            limit[log] = whole


def _walk(
    pieces: dict[str, list[Piece]], limit: dict[str, int], known: dict[str, int]
) -> tuple[list[tuple[Piece, ReadEntry]], dict[str, tuple[int, str]]]:
    queues = {log: deque((n, p, r) for n, p in enumerate(chain[: limit[log]]) for r in p.entries)
              for log, chain in pieces.items()}  # fmt: skip
    order: list[tuple[Piece, ReadEntry]] = []
    moved = True
    while moved:
        moved = False
        for queue in queues.values():
            while queue and not _wants(queue[0][2], known):
                _, piece, read = queue.popleft()
                known.update(read.entry.subjects)
                order.append((piece, read))
                moved = True
    return order, {log: (queue[0][0], _wants(queue[0][2], known)) for log, queue in queues.items() if queue}


def _wants(read: ReadEntry, known: dict[str, int]) -> str:
    """The first subject whose version before is not here yet; empty when the entry may be tried.

    A version that is here already is tried too: it is refused then, and not awaited for ever.
    """
    return next((name for name, version in read.entry.subjects if version > known.get(name, 0) + 1), "")
