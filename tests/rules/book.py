"""MemoryBook: sheets and entries in memory, so that a rule is asked as the journal asks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from milenari import rules
from milenari.rules.action import Action, Asking, Entry, Refused, blank, decide, fold_in
from milenari.words import Facts, Role

rules.load()

ZONES = {"BCN": "Europe/Madrid", "ROM": "Europe/Rome", "BEY": "Asia/Beirut", "AMM": "Asia/Amman"}
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def role_of(who: str) -> Role:
    """``qc-analyst-2`` is the second person who holds the role qc-analyst."""
    return Role(who.rstrip("0123456789").rstrip("-"))


class MemoryBook:
    """A book of one network. ``do`` decides and folds; every act moves the clock on by a minute."""

    def __init__(self) -> None:
        self.sheets: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.now = START
        self.site = "ROM"
        self.proofs: dict[str, Facts] = {}

    def proven(self, text: str) -> Facts:
        """What a proof says: verifying is the journal's, so here it says what the test put into it."""
        if text not in self.proofs:
            raise Refused("proof-refused", detail="not a proof of this test")
        return self.proofs[text]

    def sheet(self, name: str) -> Any:
        return self.sheets[name] if name in self.sheets else blank(name)

    def copy(self) -> MemoryBook:
        made = MemoryBook()
        made.sheets, made.entries = dict(self.sheets), list(self.entries)
        made.now, made.site, made.proofs = self.now, self.site, dict(self.proofs)
        return made

    def later(self, **span: float) -> MemoryBook:
        self.now += timedelta(**span)
        return self

    def do(
        self,
        act: Action,
        who: str = "",
        *,
        by: str = "",
        role: Role | None = None,
        site: str = "",
        at: datetime | None = None,
        reason: str = "",
    ) -> Entry:
        """Do it as ``who`` (a role, perhaps with -2) at the book's site; raises what the rule refuses."""
        site, role = site or self.site, role or role_of(who)
        by, zone, at = by or f"{site}-{who.upper()}", ZONES[site], at or self.now
        accepted = decide(act, Asking(by, role, site, zone, self.now, at, reason), self)
        if isinstance(accepted, Refused):
            raise accepted
        subjects = tuple((name, self.sheet(name).version + 1) for name in accepted.also)
        entry = Entry(
            f"act-{len(self.entries) + 1}", act, by, by, role, act.meaning, site, zone, at, self.now, reason,
            subjects, accepted.findings, accepted.moves, accepted.given,
        )  # fmt: skip
        self.sheets.update({name: fold_in(self.sheet(name), name, entry) for name, _ in subjects})
        self.entries.append(entry)
        self.now += timedelta(minutes=1)
        return entry

    def refused(self, code: str, act: Action, who: str = "", **how: Any) -> Facts:
        """The same as ``do``, but it must be refused with this code and must change nothing."""
        before, entries, now = dict(self.sheets), len(self.entries), self.now
        facts = refused(code, lambda: self.do(act, who, **how))
        assert self.sheets.keys() == before.keys() and len(self.entries) == entries and self.now == now
        assert all(self.sheets[name] is before[name] for name in before)
        return facts


def refused(code: str, asked: Callable[[], Any]) -> Facts:
    """Call it; it must be refused with this code. Answers the facts, for a closer look."""
    with pytest.raises(Refused) as caught:
        asked()
    assert caught.value.code == code, caught.value
    return dict(caught.value.facts)


def found(entry: Entry) -> list[str]:
    return [finding.code for finding in entry.findings]
