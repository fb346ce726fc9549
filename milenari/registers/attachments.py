"""Attachments: the questions about files kept beside a subject."""

from __future__ import annotations

from milenari.registers import models as table


def attachment(code: str) -> table.Attachment | None:
    return table.Attachment.objects.filter(code=code).first()


def attachments_of(*names: str) -> list[table.Attachment]:
    """Every file beside these subjects, withdrawn ones too, oldest first."""
    return list(table.Attachment.objects.filter(of__in=names).order_by("at", "key"))


def still_needed(sha256: str) -> bool:
    """Whether a file that is not withdrawn has these bytes."""
    return table.Attachment.objects.filter(sha256=sha256, withdrawn="").exists()
