"""Crowd: a node with many journeys, made from the journeys of the demo story by copying what they wrote.

Each copy has codes, act ids and chains of identity of its own in the entries' bytes, in the index by subject and in
every register row; dates and figures stay. What a copy shares with the others (people, material, vector containers)
stays shared. The copied entries are neither signed nor in the Merkle tree, so ``milenari verify`` would say so:
pages read the same tables through the same indexes as on a node that wrote all of it by hand, and only that is
measured here. The guard stays in force: no trigger is taken down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

ORIGINALS = ("ROM-J-001", "ROM-J-002", "ROM-J-003", "ROM-J-004", "BEY-J-001", "BEY-J-002", "BEY-J-003", "AMM-J-001",
             "AMM-J-002")  # fmt: skip
TOGETHER = 500
# A vector lot serves some twenty children; whoever comes later has theirs from a lot that is named and not kept here.
LOT, A_LOT = re.compile(r"\bLV-[A-Z0-9]+-L\d+\b"), 20


class Copier:
    """The entries and rows about the originals, read once, and written again under other codes."""

    def __init__(self) -> None:
        from django.apps import apps

        from milenari.journal.models import Entry, Touch
        from milenari.registers import models as table

        self.journeys = {j.code: j for j in table.Journey.objects.filter(code__in=ORIGINALS)}
        self.subjects: dict[str, list[str]] = {}
        every = list(Touch.objects.values_list("subject", flat=True).distinct())
        for code, journey in self.journeys.items():
            own = re.compile(rf"(journey|batch|collection|dose|sample):{code[:3]}-[JB]-{code[6:]}(-\w+)?")
            self.subjects[code] = [
                name for name in every if own.fullmatch(name) or name == f"coi:{journey.coi}"
            ]  # fmt: skip
        self.entries = {
            code: list(Entry.objects.filter(touch__subject__in=names).distinct().order_by("id"))
            for code, names in self.subjects.items()
        }
        self.touches = {
            code: list(Touch.objects.filter(subject__in=names).order_by("id")) for code, names in self.subjects.items()
        }
        tables = [m for m in apps.get_app_config("registers").get_models() if m is not table.Posting]
        self.rows = {
            code: [(m, list(m._default_manager.filter(subject__in=names).values())) for m in tables]
            for code, names in self.subjects.items()
        }
        self.next_entry = (Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0) + 1
        self.next_index: dict[str, int] = {}
        self.made = 0

    def grow(self, journeys: int) -> None:
        """Go on until the node has at least so many journeys."""
        from milenari.registers import models as table

        there = table.Journey.objects.count()
        wanted = list(self._copies(max(0, journeys - there)))
        for begin in range(0, len(wanted), TOGETHER):
            self._write(wanted[begin : begin + TOGETHER])

    def _copies(self, many: int) -> Iterator[tuple[str, int]]:
        codes = sorted(self.journeys)
        for _ in range(many):
            yield codes[self.made % len(codes)], self.made
            self.made += 1

    def _write(self, copies: Iterable[tuple[str, int]]) -> None:
        from django.db import transaction

        from milenari.journal.models import Entry, Touch

        entries: list[Any] = []
        touches: list[Any] = []
        rows: dict[Any, list[Any]] = {}
        for code, number in copies:
            named = self._renaming(code, number)
            moved = {}
            for entry in self.entries[code]:
                index = self.next_index.get(entry.site, 10_000_000)
                self.next_index[entry.site] = index + 1
                moved[entry.pk] = self.next_entry
                entries.append(Entry(
                    id=self.next_entry, site=entry.site, index=index, act=f"{entry.act}~{number}", action=entry.action,
                    person=entry.person, happened_at=entry.happened_at, written_at=entry.written_at,
                    leaf=number.to_bytes(4, "big") + bytes(entry.leaf)[4:],
                    body=_act(named(bytes(entry.body).decode()), number).encode(),
                ))  # fmt: skip
                self.next_entry += 1
            touches += [
                Touch(subject=named(t.subject), version=t.version, entry_id=moved[t.entry_id])
                for t in self.touches[code]
            ]
            for model, held in self.rows[code]:
                for row in held:
                    told = {name: named(value) if isinstance(value, str) else value for name, value in row.items()}
                    rows.setdefault(model, []).append(model(**{**told, "entry": moved[row["entry"]]}))
        with transaction.atomic():
            Entry.objects.bulk_create(entries, batch_size=TOGETHER)
            Touch.objects.bulk_create(touches, batch_size=TOGETHER)
            for model, many in rows.items():
                model._default_manager.bulk_create(many, batch_size=TOGETHER)

    def _renaming(self, code: str, number: int) -> Any:
        """A function that gives every code of one journey in a text its new name."""
        from milenari.rules.chain import mint

        tail = code.rpartition("-")[2]
        site, coi = code[:3], self.journeys[code].coi
        own = re.compile(rf"\b{site}-([JB])-{tail}\b")
        fresh = mint(site, sha256(str(number).encode()).digest()[:16]) if coi else ""

        def named(text: str) -> str:
            text = own.sub(lambda m: f"{site}-{m[1]}-X{number:05d}", text)
            text = LOT.sub(f"LV-M{number // A_LOT:04d}", text) if number >= A_LOT else text
            return text.replace(coi, fresh) if coi else text

        return named


def _act(text: str, number: int) -> str:
    """The body with the act id of its copy."""
    return re.sub(r'"act":"([^"]+)"', lambda m: f'"act":"{m[1]}~{number}"', text, count=1)
