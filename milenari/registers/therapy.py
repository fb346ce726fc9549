"""Therapy: what hangs on the batches of one journey."""

from __future__ import annotations

from collections.abc import Iterable

from milenari.registers import models as table


def deviations_of(batches: Iterable[str]) -> list[table.Deviation]:
    """The deviations of these batches, open ones first, then the newest."""
    rows = table.Deviation.objects.filter(of__in=[f"batch:{code}" for code in batches])
    found = list(rows.order_by("-opened_at", "key"))
    return [d for d in found if not d.closed_by] + [d for d in found if d.closed_by]
