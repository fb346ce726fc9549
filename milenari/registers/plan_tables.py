"""The register tables of plans: what was advised, what was decided, and the slots of it."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, word


class Plan(Register):
    """A plan as it was kept; ``state`` is proposed, accepted, declined or replaced."""

    code, site, kind, title, method = word(), word(), word(20), word(200), word(120)
    state, scenario, replaces, replaced_by = word(20), word(64), word(), word()
    kept_by, decided_by = word(), word()
    lines, left = models.IntegerField(default=0), models.IntegerField(default=0)
    kept_at, decided_at = models.DateTimeField(null=True), models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["state", "kept_at"])]


class PlanSlot(Register):
    """One patient's days in a plan of slots."""

    plan, journey, hospital, site = word(db_index=True), word(db_index=True), word(), word()
    machine, lot = word(), word()
    collection, start, end, released, infusion = (models.DateField(null=True) for _ in range(5))
