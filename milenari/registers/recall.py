"""Recall: everything that a vector lot or a batch has reached, and what of it can still be stopped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from milenari.registers import models as table


@dataclass(frozen=True)
class Made:
    """One batch that is reached, the therapy it is part of, and its fractions; lists in order of fraction."""

    batch: table.Batch
    journey: table.Journey | None
    given: tuple[table.Dose, ...]
    waiting: tuple[table.Dose, ...]


@dataclass(frozen=True)
class Reach:
    """What a recall concerns: unspent containers, batches, their patients, and the fractions not yet given."""

    containers: tuple[table.Container, ...]
    batches: tuple[Made, ...]

    @property
    def patients(self) -> list[Made]:
        """Batches of which at least one fraction was given."""
        return [made for made in self.batches if made.given]

    @property
    def waiting(self) -> list[table.Dose]:
        """Fractions that nobody has given: a recall stops them."""
        return [dose for made in self.batches for dose in made.waiting]

    @property
    def sites(self) -> dict[str, set[str]]:
        """Every site concerned, with why: it holds or awaits containers, made a batch, holds fractions, treats."""
        found: dict[str, set[str]] = {}

        def add(site: str, why: str) -> None:
            if site:
                found.setdefault(site, set()).add(why)

        for held in self.containers:
            add(held.site, "containers")
            add(held.bound_for, "containers")
        for made in self.batches:
            add(made.batch.site, "batches")
            for dose in made.waiting:
                add(dose.site, "fractions")
                add(dose.bound_for, "fractions")
            if made.given and made.journey is not None:
                add(made.journey.site, "patients")
        return dict(sorted(found.items()))


def of_lot(code: str) -> Reach:
    """What the recall of a vector lot reaches."""
    held = list(table.Container.objects.filter(lot=code).order_by("code"))
    spent = [c.spent_in for c in held if c.spent_in]
    return Reach(tuple(c for c in held if not c.spent_in), _made(spent))


def of_batch(code: str) -> Reach:
    """What the recall of one batch reaches."""
    return Reach((), _made([code]))


def _made(codes: Collection[str]) -> tuple[Made, ...]:
    batches = list(table.Batch.objects.filter(code__in=codes).order_by("code"))
    journeys = {j.code: j for j in table.Journey.objects.filter(code__in=[b.journey for b in batches])}
    doses: dict[str, list[table.Dose]] = {}
    for dose in table.Dose.objects.filter(batch__in=[b.code for b in batches]).order_by("batch", "part"):
        doses.setdefault(dose.batch, []).append(dose)
    return tuple(
        Made(
            batch, journeys.get(batch.journey),
            tuple(d for d in doses.get(batch.code, ()) if d.given_at),
            tuple(d for d in doses.get(batch.code, ()) if not d.given_at),
        )
        for batch in batches
    )  # fmt: skip
