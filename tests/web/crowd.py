"""A crowd: the register rows of the therapies in a world, many times over, to see whether pages stay as quick.

Nobody signed these rows. The guard is taken down for it inside the test's own transaction, which brings it back.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connection

from milenari.journal import guard
from milenari.registers import models as table

TABLES: tuple[Any, ...] = (
    table.Journey, table.Station, table.Outcome, table.Visit, table.Collection, table.Batch, table.Step, table.Result,
    table.Deviation, table.Investigation, table.Certificate, table.Dose, table.Subject, table.Material, table.Equipment,
)  # fmt: skip


def crowd(number: int, world: int = 0) -> None:
    """Copy every therapy ``number`` times, with codes of its own; ``world`` keeps several crowds apart."""
    with connection.cursor() as cursor:
        for name, statement in guard.wanted().items():
            on = "" if connection.vendor == "sqlite" else " ON " + statement.split(" ON ")[1].split(" ")[0]
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
    own = (table.Journey, table.Material, table.Equipment)
    codes = [code for model in TABLES if hasattr(model, "journey") or model in own
             for code in model.objects.values_list("key", flat=True) if "/" not in code]  # fmt: skip
    codes += [coi for coi in table.Journey.objects.values_list("coi", flat=True) if coi]
    spelled = re.compile("(" + "|".join(sorted(map(re.escape, codes), key=len, reverse=True)) + ")(?![A-Za-z0-9])")
    for model in TABLES:
        rows = [r for r in model.objects.values() if any(isinstance(v, str) and spelled.search(v) for v in r.values())]
        model.objects.bulk_create(
            model(**{name: _again(spelled, value, f"x{world}{n}") for name, value in row.items()})
            for n in range(number) for row in rows
        )  # fmt: skip


def _again(spelled: re.Pattern[str], value: Any, suffix: str) -> Any:
    return spelled.sub(lambda found: found[1] + suffix, value) if isinstance(value, str) else value
