"""Columns: what every register table has, and the kinds of column they are made of."""

from __future__ import annotations

from typing import Any

from django.db import models


def word(length: int = 60, **more: Any) -> models.CharField:
    return models.CharField(max_length=length, default="", **more)


def number() -> models.DecimalField:
    return models.DecimalField(max_digits=30, decimal_places=9, null=True)


def carried() -> list[models.Index]:
    """Indexes of what travels: where it is bound for, and what keeps it from being used."""
    return [models.Index(fields=["bound_for"]), models.Index(fields=["site", "custody"])]


class Register(models.Model):
    key = models.CharField(max_length=255, primary_key=True)
    subject = models.CharField(max_length=130, db_index=True)
    entry = models.BigIntegerField()

    class Meta:
        abstract = True
