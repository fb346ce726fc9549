"""Start: what must hold before a node serves anybody."""

from __future__ import annotations

import sqlite3

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from milenari.journal import guard, keys, person
from milenari.journal.models import Head


def faults() -> list[str]:
    """Sentences saying why this node may not serve; empty when it may."""
    try:
        gone = guard.missing()
        heads = list(Head.objects.filter(own=True).values_list("site", flat=True))
        demo = person.demo_credentials()
    except DatabaseError as fault:
        return [f"The database cannot be read ({str(fault).splitlines()[0]}). Run: milenari migrate"]
    found = []
    if gone:
        found.append(
            f"{len(gone)} guard trigger(s) are missing, first {gone[0]}. Find out who dropped them, run "
            "milenari verify, then milenari migrate to put them back."
        )
    if demo and not settings.DEMO:
        found.append(
            f"{demo} demo credential(s) with a printed PIN exist. A real node does not start with them: use a "
            "fresh MILENARI_HOME."
        )
    for site in heads:
        try:
            keys.log_key(site)
        except keys.KeyMissing as fault:
            found.append(f"{fault}. Restore the keys folder from its sealed copy.")
    return found


def require_sound_node() -> None:
    """Raise ImproperlyConfigured with every fault in words when this node may not serve."""
    found = faults()
    if found:
        raise ImproperlyConfigured("This node does not start. " + " ".join(found))


def engine() -> str:
    """The database engine and version in one line, for the status page and the start-up message."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version} ({settings.SQLITE_JOURNAL} journal, synchronous FULL)"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"
