"""The register tables of a trial's safety: adverse events with both opinions, stopping rules, looks and holds."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, word


class AdverseEvent(Register):
    """An adverse event as it was told last, with the newest opinion of its site."""

    code, participant, protocol, journey, site, state = word(), word(db_index=True), word(), word(), word(), word(20)
    term, ctcae, scale, outcome, taken = word(300), word(120), word(20), word(30), word(30)
    criteria = word(120)
    product, lymphodepletion, procedure, expectedness = word(20), word(20), word(20), word(20)
    grade = models.IntegerField(null=True)
    tellings = models.IntegerField(default=1)
    serious, assessed, untold = (models.BooleanField(default=False) for _ in range(3))
    begun_on, ended_on = models.DateField(null=True), models.DateField(null=True)
    known_at, told_at, closed_at = (models.DateTimeField(null=True) for _ in range(3))

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["state", "serious", "known_at"]),
            models.Index(fields=["protocol", "state"]),
            models.Index(fields=["site", "state", "known_at"]),
        ]


class EventReview(Register):
    """What the sponsor holds of an adverse event, and when it was reported to the authority."""

    code, site, criteria, receipt, recipient = word(), word(), word(120), word(120), word(120)
    product, lymphodepletion, procedure, expectedness = word(20), word(20), word(20), word(20)
    reports = models.IntegerField(default=0)
    reviewed_at, reported_at = models.DateTimeField(null=True), models.DateTimeField(null=True)


class StoppingRule(Register):
    """A stopping rule with what its newest look found."""

    code, protocol, site, title, level, state = word(), word(db_index=True), word(), word(200), word(), word(20)
    method, set_by = word(120), word()
    n, events = models.IntegerField(default=0), models.IntegerField(default=0)
    reached = models.BooleanField(default=False)
    looks = models.IntegerField(default=0)
    looked_at = models.DateTimeField(null=True)


class TrialHold(Register):
    """One hold on a trial or a dose level of it, in force or lifted."""

    protocol, site, level, rule, why = word(db_index=True), word(), word(), word(), word(2000)
    placed_by, lifted_by, reference, reason = word(), word(), word(200), word(2000)
    number = models.IntegerField(default=0)
    placed_at, lifted_at = models.DateTimeField(null=True), models.DateTimeField(null=True)
