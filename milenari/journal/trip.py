"""Trip: several statements in one journey to the database.

On PostgreSQL each journey costs more than most of the statements it carries. One after another they run
exactly as if sent alone, so each sees what was committed before it began, also by whoever held a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections

Statement = tuple[str, Sequence[Any]]
Rows = list[tuple[Any, ...]]


def trip(using: str, *statements: Statement) -> list[Rows]:
    """The rows of each statement, in order; empty for one that returns none."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not getattr(connection.features, "uses_server_side_binding", False):
            cursor.execute("; ".join(sql for sql, _ in statements), [x for _, given in statements for x in given])
            answers = [cursor.fetchall() if cursor.description else []]
            while cursor.nextset():
                answers.append(cursor.fetchall() if cursor.description else [])
            return answers
        answers = []
        for sql, given in statements:
            cursor.execute(sql, given)
            answers.append(cursor.fetchall() if cursor.description else [])
        return answers
