"""Reach: everything that came out of a lot or batch, by name, for recalls."""

from __future__ import annotations

from milenari.registers import models as table
from milenari.words import split_subject, subject


def reached(name: str) -> list[str]:
    """Containers of a lot, the batches they went into and their fractions; of a batch, its fractions."""
    kind, code = split_subject(name)
    containers, batches = [], [code]
    if kind == "lot":
        containers = list(table.Container.objects.filter(lot=code).order_by("code").values_list("code", flat=True))
        found = table.Batch.objects.filter(container__in=containers).order_by("code")
        batches = list(found.values_list("code", flat=True))
    doses = table.Dose.objects.filter(batch__in=batches).order_by("batch", "part").values_list("code", flat=True)
    return [
        *(subject("container", one) for one in containers),
        *(subject("batch", one) for one in batches),
        *(subject("dose", one) for one in doses),
    ]


def sites_reached(name: str) -> list[str]:
    """The sites that hold, await or made something of what came out of a lot or batch, sorted."""
    names = reached(name)
    found: set[str] = set()
    for model in (table.Container, table.Dose):
        for row in model.objects.filter(subject__in=names).values("site", "bound_for"):
            found |= {row["site"], row["bound_for"]}
    promised = table.Container.objects.filter(subject__in=names).values_list("allocated_to", flat=True)
    found |= set(promised) | set(table.Batch.objects.filter(subject__in=names).values_list("site", flat=True))
    return sorted(found - {""})


def forms_of(batch: str) -> list[table.Subject]:
    """The numbered paper forms issued for a batch, oldest first."""
    return list(table.Subject.objects.filter(kind="form", about=batch).order_by("code"))
