"""Reliance: what is kept at a site that another released, and so may recall; tokens in a site's hands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from milenari.registers import models as table

MOST = 500


@dataclass(frozen=True)
class Relied:
    """A lot or batch released elsewhere of which something unused is here, and how many pieces."""

    subject: str
    maker: str
    pieces: int


def relied_on(site: str) -> list[Relied]:
    """What is kept at a site that others released: vector in containers, doses, and the vector inside doses."""
    counted: dict[str, int] = {}
    lots = table.Container.objects.filter(site=site, spent_in="").exclude(lot="").values_list("lot", flat=True)
    for lot in lots[:MOST]:
        counted[f"lot:{lot}"] = counted.get(f"lot:{lot}", 0) + 1
    doses = table.Dose.objects.filter(site=site, given_at=None).values_list("batch", flat=True)
    batches: dict[str, int] = {}
    for batch in doses[:MOST]:
        batches[batch] = batches.get(batch, 0) + 1
    given_up = ("rejected", "recalled")
    made = table.Batch.objects.filter(code__in=list(batches)).exclude(decision__in=given_up)
    held = dict(made.values_list("code", "container"))
    vector = dict(table.Container.objects.filter(code__in=[c for c in held.values() if c]).values_list("code", "lot"))
    for batch, container in held.items():
        counted[f"batch:{batch}"] = batches[batch]
        if container in vector:
            lot = f"lot:{vector[container]}"
            counted[lot] = counted.get(lot, 0) + batches[batch]
    return [one for one in _elsewhere(counted) if one.maker != site]


def _elsewhere(counted: dict[str, int]) -> Iterator[Relied]:
    lots = [name.removeprefix("lot:") for name in counted if name.startswith("lot:")]
    batches = [name.removeprefix("batch:") for name in counted if name.startswith("batch:")]
    for code, maker in table.Lot.objects.filter(code__in=lots, recalled="").values_list("code", "site"):
        yield Relied(f"lot:{code}", maker, counted[f"lot:{code}"])
    for code, maker in table.Batch.objects.filter(code__in=batches).values_list("code", "site"):
        yield Relied(f"batch:{code}", maker, counted[f"batch:{code}"])


def released_here(site: str) -> list[str]:
    """The lots and batches that a site released and did not recall, newest first."""
    lots = table.Lot.objects.filter(site=site, decision="final", recalled="").order_by("-entry")
    batches = table.Batch.objects.filter(site=site, decision__in=("conditional", "final", "out-of-specification"))
    found = [f"lot:{code}" for code in lots.values_list("code", flat=True)[:MOST]]
    return found + [f"batch:{code}" for code in batches.order_by("-entry").values_list("code", flat=True)[:MOST]]


@dataclass(frozen=True)
class Tokens:
    """Enrolment tokens in a site's hands."""

    allotment: str
    left: int
    expires_on: date | None


def tokens_held(site: str) -> list[Tokens]:
    """What a site holds of enrolment tokens, those that end first first."""
    rows = table.Allotment.objects.filter(site=site, state="held", left__gt=0).order_by("expires_on", "code")
    return [Tokens(row.code, row.left, row.expires_on) for row in rows[:MOST]]


def ending_delegations(site: str, until: date) -> list[tuple[str, str, date | None]]:
    """Qualified Persons whose naming at a site ends by a day: person, product, last day."""
    rows = table.Delegation.objects.filter(site=site, to_on__lte=until).order_by("to_on")
    return list(rows.values_list("person", "product", "to_on")[:MOST])
