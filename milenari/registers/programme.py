"""Programme: the end points by which a network of sites is judged, from the record of each batch.

Those of the published precedent (HOVON 161): viable cells, transduction, subsets, share of successful batches, days
from apheresis to infusion. Patients' batches only; figures that were drawn and not measured are in none of them.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Min, Q

from milenari.registers import models as table
from milenari.science import endpoints
from milenari.words import split_subject

GOOD, BAD = ("final",), ("rejected", "recalled", "out-of-specification")
SUBSET = re.compile(r"^cd[0-9]+[a-z0-9_]*_pct$")
MOST = 5000  # batches of one product that are looked at: the newest
INTERVAL = ("apheresis", "infusion")


def products() -> list[str]:
    """The processes of which a patient's batch was ever started."""
    found = table.Batch.objects.filter(purpose="").values_list("process", flat=True).distinct()
    return sorted(found)


def batches(process: str, first: datetime | None = None, after: datetime | None = None) -> list[endpoints.Batch]:
    """Every patient's batch of a product started in a span of time, as the end points take it.

    A conditionally released batch is undecided: a late result may still fail it.
    """
    found = table.Batch.objects.filter(process=process, purpose="", simulated=False)
    if first is not None:
        found = found.filter(started_at__gte=first)
    if after is not None:
        found = found.filter(started_at__lt=after)
    rows = list(found.order_by("-started_at", "code")[:MOST])
    codes = [row.code for row in rows]
    measured = _measured([row.subject for row in rows])
    taken = dict(
        table.Collection.objects.filter(code__in=[row.collection for row in rows]).values_list("code", "collected_at")
    )
    given = dict(
        table.Dose.objects.filter(batch__in=codes, given_at__isnull=False)
        .values_list("batch")
        .annotate(Min("given_at"))
    )
    return [
        endpoints.Batch(
            row.code, row.site, _cells(row),
            measured.get(row.code, {}).get("transduction"),
            {name: value for name, value in measured.get(row.code, {}).items() if name != "transduction"},
            True if row.decision in GOOD else False if row.decision in BAD else None,
            taken.get(row.collection), given.get(row.code),
        )
        for row in rows
    ]  # fmt: skip


def _cells(row: table.Batch) -> Decimal | None:
    """Viable cells at harvest; before it, nobody has counted any."""
    counted: Decimal | None = row.cells_e6
    return None if counted is None or row.harvested_at is None else counted * 1_000_000


def _measured(names: list[str]) -> dict[str, dict[str, Decimal]]:
    """Verified transduction and subsets of each batch; a test is transduction where its attribute says so."""
    found = table.Result.objects.filter(
        Q(test__startswith="cd") | Q(attribute__icontains="transduction"), of__in=names, status="verified",
        superseded=False, comparator="", amount__isnull=False, unit="%",
    ).values_list("of", "test", "attribute", "amount")  # fmt: skip
    made: dict[str, dict[str, Decimal]] = {}
    for of, test, attribute, amount in found:
        name = "transduction" if "transduction" in attribute.lower() else test if SUBSET.match(test) else ""
        if name:
            made.setdefault(split_subject(of)[1], {})[name] = amount
    return made


def end_points(process: str, **span: Any) -> endpoints.Endpoints:
    """All end points of all sites; Unfit where the record contradicts itself."""
    return endpoints.of_batches(batches(process, **span), 0.95, *INTERVAL)
