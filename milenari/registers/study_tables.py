"""The register tables of studies: comparability, stability, shelf life, baselines and signals of drift."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, number, word


class Study(Register):
    """A comparability study and where it stands."""

    code, site, product, reference, candidate = word(), word(), word(), word(), word()
    design, status, outcome, repeats = word(20), word(30), word(30), word()
    digest, drafted_by, locked_by, concluded_by = word(64), word(), word(), word()
    attributes, reports = models.IntegerField(default=0), models.IntegerField(default=0)
    investigated = models.BooleanField(default=False)
    locked_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["status", "code"]),
            models.Index(fields=["candidate", "status"]),
            models.Index(fields=["reference", "status"]),
        ]


class StudyRun(Register):
    """A batch in a comparability study; ``excluded`` says why it was taken out."""

    study, batch, arm, pair, excluded = word(db_index=True), word(db_index=True), word(20), word(), word(2000)
    historical = models.BooleanField(default=False)


class ProtocolConsent(Register):
    """The candidate site's signature under one text of a protocol."""

    study, site, digest, by = word(db_index=True), word(), word(64), word()
    at = models.DateTimeField(null=True)


class StabilityStudy(Register):
    """One attribute of one process, followed under one storage condition."""

    code, site, process, attribute, unit = word(), word(), word(db_index=True), word(), word(30)
    direction, storage, status = word(20), word(120), word(30)
    limit = number()
    lots, points, unverified = (models.IntegerField(default=0) for _ in range(3))
    computed_months, approved_months = models.IntegerField(default=0), models.IntegerField(default=0)


class StabilityPoint(Register):
    """One measurement of one lot after so many months."""

    study, sample, lot, unit, method = word(db_index=True), word(), word(), word(30), word(120)
    by, verified_by = word(), word()
    months, value = number(), number()
    at = models.DateTimeField(null=True)


class ShelfLife(Register):
    """The shelf life in force of a process: the shortest of its studies."""

    process, site = word(), word()
    months = models.IntegerField(default=0)


class Baseline(Register):
    """Centre and sigma against which a series is judged; its code is SITE/PROCESS/TEST."""

    code, site, process, test, unit = word(), word(), word(), word(), word(30)
    convention, method = word(30), word(120)
    centre, sigma = number(), number()
    batches = models.IntegerField(default=0)
    frozen_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "process", "test"])]


class Signal(Register):
    """A pattern that a baseline makes unlikely; ``cause`` is empty while it is open."""

    code, site, baseline, pattern, cause = word(), word(), word(db_index=True), word(30), word(30)
    first, last, assessed_by = word(), word(), word()
    batches = models.IntegerField(default=0)
    raised_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "cause", "raised_at"]), models.Index(fields=["cause", "raised_at"])]
