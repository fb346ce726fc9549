"""Ask: what the rule would answer now, on this node's book, with nothing written and nobody's key.

The same ``decide`` that the door uses answers here, so a screen may say beforehand what the door will say,
and cannot say anything else. What is supposed is folded by the same ``applies`` into a copy of the sheets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from milenari.journal import clock, fold
from milenari.journal.trip import trip
from milenari.rules.action import Accepted, Action, Asking, Entry, Refused, decide, fold_in
from milenari.rules.fields import subjects_of
from milenari.words import Facts, Role, to_plain


@dataclass(frozen=True)
class Asker:
    """In whose name the rule is asked: person, role and site."""

    by: str
    role: Role
    site: str


class Supposed:
    """This node's book as it stands, and as it would stand after acts that are only supposed."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self.now = clock.now()
        self.using = using
        self._book = fold.DiskBook(using)
        self._sheets: dict[str, Any] = {}

    def sheet(self, name: str) -> Any:
        """The folded state of a subject after everything supposed so far."""
        return self._sheets[name] if name in self._sheets else self._book.sheet(name)

    def proven(self, text: str) -> Facts:
        """What a shipment's proof says, verified by this node's charter."""
        return self._book.proven(text)

    def expect(self, names: Iterable[str]) -> None:
        """Ask for the newest versions of many subjects in one question."""
        wanted = list(dict.fromkeys(names))
        if wanted:
            self._book.expect(wanted, trip(self.using, fold.latest(connections[self.using], wanted))[0])

    def ask(
        self, action: Action, asker: Asker, happened_at: datetime | None = None, reason: str = ""
    ) -> Accepted | Refused:
        """The rule's answer to this act by this person, now or at ``happened_at``; a refusal is returned."""
        return decide(action, self._asking(asker, happened_at, reason), self)

    def suppose(
        self, action: Action, asker: Asker, answer: Accepted | None = None, happened_at: datetime | None = None,
        reason: str = "",
    ) -> None:  # fmt: skip
        """Fold the act into this copy as if it had been signed; without ``answer``, as if by somebody yet unnamed."""
        asking = self._asking(asker, happened_at, reason)
        touched = answer.also if answer else tuple(subjects_of(action))
        given, findings, moves = (answer.given, answer.findings, answer.moves) if answer else ({}, (), ())
        entry = Entry(
            "", action, asker.by, asker.by, asker.role, action.meaning, asker.site, asking.zone, asking.happened_at,
            self.now, reason, tuple((name, self.sheet(name).version + 1) for name in touched), findings, moves,
            to_plain(given),
        )  # fmt: skip
        self._sheets |= {name: fold_in(self.sheet(name), name, entry) for name in touched}

    def _asking(self, asker: Asker, happened_at: datetime | None, reason: str) -> Asking:
        zone = self.sheet(f"site:{asker.site}").zone or "UTC"
        return Asking(asker.by, asker.role, asker.site, zone, self.now, happened_at or self.now, reason.strip())
