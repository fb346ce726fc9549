"""Local: what of a site never travels with its log, in one piece: logins and sealed identities.

For moving a site to a node of its own. The file is as secret as the database: it opens with the site's vault key,
which has to move beside it, and with nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from milenari.journal import models

LOGIN = ("person", "password", "wrapped_key", "second_factor", "passkeys", "demo", "is_active")
IDENTITY = ("journey", "site", "wrapped_key", "ciphertext")


def pack(site: str, persons: Iterable[str], using: str = DEFAULT_DB_ALIAS) -> dict[str, Any]:
    """The logins of these persons and the site's sealed identities, ready for JSON."""
    logins = models.Credential.objects.using(using).filter(person__in=list(persons))
    sealed = models.Sealed.objects.using(using).filter(site=site, erased_at=None)
    return {
        "site": site,
        "logins": [{name: _plain(getattr(row, name)) for name in LOGIN} for row in logins.order_by("person")],
        "sealed": [{name: _plain(getattr(row, name)) for name in IDENTITY} for row in sealed.order_by("journey")],
    }


def unpack(data: dict[str, Any], using: str = DEFAULT_DB_ALIAS) -> None:
    """Put them into this node's tables; IntegrityError, and nothing kept, when one is here already."""
    with transaction.atomic(using=using):
        for row in data["logins"]:
            models.Credential.objects.using(using).create(**{n: _read(n, row[n]) for n in LOGIN})
        for row in data["sealed"]:
            models.Sealed.objects.using(using).create(**{n: _read(n, row[n]) for n in IDENTITY})


def _plain(value: Any) -> Any:
    return base64.b64encode(bytes(value)).decode() if isinstance(value, bytes | memoryview) else value


def _read(name: str, value: Any) -> Any:
    return base64.b64decode(value) if name in ("wrapped_key", "ciphertext") else value
