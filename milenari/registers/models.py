"""The register tables. Every row names its subject and the entry that last changed it.

Written only by journal.fold; database triggers refuse anything else. They can be dropped and rebuilt.
"""

from __future__ import annotations

from typing import Any

from django.db import models


def word(length: int = 60, **more: Any) -> models.CharField:
    return models.CharField(max_length=length, default="", **more)


def number() -> models.DecimalField:
    return models.DecimalField(max_digits=30, decimal_places=9, null=True)


class Register(models.Model):
    key = models.CharField(max_length=255, primary_key=True)
    subject = models.CharField(max_length=130, db_index=True)
    entry = models.BigIntegerField()

    class Meta:
        abstract = True


class Subject(Register):
    """One row for everything the journal speaks of, for lists and choices."""

    kind = word(30, db_index=True)
    code = word(100)
    site = word()
    state = word(40)
    about = word(160)


class Site(Register):
    code, name, country, zone = word(), word(120), word(), word(40)
    control = models.BooleanField(default=False)
    roles = word(200)


class Person(Register):
    code, name, site = word(), word(120), word()


class Role(Register):
    person, role, site = word(db_index=True), word(30), word()
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    emergency = word(20)


class Training(Register):
    person, procedure, number = word(db_index=True), word(), word()
    until_on = models.DateField(null=True)


class Material(Register):
    code, kind, status, site, unit, maker_lot = word(), word(), word(20), word(), word(20), word(80)
    expires_on = models.DateField(null=True)
    left = number()


class Equipment(Register):
    code, kind, site = word(), word(), word()
    calibrated_until = models.DateField(null=True)


class Lot(Register):
    code, site, campaign, process = word(), word(), word(), word()
    process_version, decision, recalled = word(), word(30), word(2000)
    cell_bank, plasmids = word(), word(300)
    harvested_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)
    volume_ml, titre_tu_per_ml, titre_uncertainty_pct = number(), number(), number()
    titre_method, titre_cell_line = word(120), word()
    containers = models.IntegerField(default=0)


class Container(Register):
    code, lot, site, bound_for = word(), word(db_index=True), word(), word()
    allocated_to, journey, spent_in = word(), word(), word(db_index=True)
    volume_ml = number()


class Journey(Register):
    code, site, process, coi, sex = word(), word(), word(), word(40, db_index=True), word(10)
    station, batch = word(30), word()
    age_months = models.IntegerField(default=0)
    weight_kg = number()
    slot_on = models.DateField(null=True)
    referred_at = models.DateTimeField(null=True)
    infused_at = models.DateTimeField(null=True)
    withdrawn = models.BooleanField(default=False)
    erased = models.BooleanField(default=False)
    died_on = models.DateField(null=True)


class Station(Register):
    """When a journey reached a station, and where."""

    journey, name, site = word(db_index=True), word(30), word()
    at = models.DateTimeField(null=True)


class Outcome(Register):
    """Toxicity grades and events of follow-up, in order."""

    journey, kind, value = word(db_index=True), word(30), word(120)
    at = models.DateTimeField(null=True)


class Visit(Register):
    journey, visit = word(db_index=True), word(10)
    due_on = models.DateField(null=True)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    seen_on = models.DateField(null=True)


class Collection(Register):
    code, journey, coi, site, used_in, bound_for = word(), word(), word(40), word(), word(), word()
    collected_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    use_by = models.DateTimeField(null=True)
    volume_ml, cd3_e6, viability_pct = number(), number(), number()


class Batch(Register):
    code, site, journey, coi, collection = word(), word(), word(db_index=True), word(40), word()
    process, process_version, edition, authorisation = word(), word(), word(), word()
    container, phase, decision, alarm = word(db_index=True), word(), word(30), word()
    on_hold = word(2000)
    started_at = models.DateTimeField(null=True)
    harvested_at = models.DateTimeField(null=True)
    cells_e6, weight_kg = number(), number()
    steps_done = models.IntegerField(default=0)
    steps_all = models.IntegerField(default=0)
    reconciled = models.BooleanField(default=False)
    trail_reviewed = models.BooleanField(default=False)


class Step(Register):
    batch, phase, by, verified_by, equipment = word(db_index=True), word(), word(), word(), word()
    at = models.DateTimeField(null=True)


class Result(Register):
    of, test, sample, status, outcome = word(130, db_index=True), word(), word(), word(20), word(20)
    value, method, by, arithmetic = word(120), word(120), word(), word(200)
    at = models.DateTimeField(null=True)
    attempt = models.IntegerField(default=1)


class Deviation(Register):
    of, code, what, severity = word(130, db_index=True), word(), word(2000), word(20)
    disposition, closed_by, opened_by = word(40), word(), word()
    opened_at = models.DateTimeField(null=True)


class Investigation(Register):
    of, test, conclusion, closed_by = word(130, db_index=True), word(), word(30), word()
    opened_at = models.DateTimeField(null=True)


class Certificate(Register):
    batch, stage, by = word(db_index=True), word(20), word()
    at = models.DateTimeField(null=True)


class Dose(Register):
    code, batch, journey, coi, site, bound_for = word(), word(db_index=True), word(), word(40), word(), word()
    part = models.IntegerField(default=0)
    cells_e6, volume_ml = number(), number()
    decision = word(20)
    use_by = models.DateTimeField(null=True)
    given_at = models.DateTimeField(null=True)


class Posting(Register):
    """Half of a move: what an account received (positive) or gave (negative). Each act sums to zero."""

    account, item, unit, act = word(160, db_index=True), word(130), word(30), word(80)
    amount = number()
    at = models.DateTimeField(null=True)
