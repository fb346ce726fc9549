"""One equipment list three times: without history, with django-simple-history, with django-auditlog.

The columns are those of milenari's equipment register without what only milenari needs (subject, entry).
"""

from __future__ import annotations

from auditlog.registry import auditlog
from django.db import models
from simple_history.models import HistoricalRecords


class Equipment(models.Model):
    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=60, default="")
    site = models.CharField(max_length=60, default="")
    calibrated_until = models.DateField(null=True)

    class Meta:
        abstract = True


class Plain(Equipment):
    """Nobody remembers who changed what: the reference for what the database itself costs."""


class WithHistory(Equipment):
    history = HistoricalRecords()


class WithAuditlog(Equipment):
    pass


auditlog.register(WithAuditlog)
