"""The story, told once for each file of scenarios and taken back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from milenari import demo
from milenari.demo.teller import Teller, rolled_back, told


@pytest.fixture(scope="module")
def story(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """The whole demo network inside one transaction that is never kept; gives what the loader said."""
    said: list[str] = []
    with (
        django_db_blocker.unblock(),
        override_settings(DEMO=True, HOME=tmp_path_factory.mktemp("home")),
    ):
        # SQLite lets tables be dropped and made again (verify.rebuild) only while it does not check foreign
        # keys, and that can be set only outside a transaction.
        connection.ensure_connection()
        connection.disable_constraint_checking()
        try:
            with transaction.atomic():
                assert demo.prepare(said.append)
                yield said
                transaction.set_rollback(True)
        finally:
            connection.enable_constraint_checking()


@pytest.fixture
def apart(story: list[str]) -> Iterator[Teller]:
    """A scene of one's own within the story: whatever is done in it is undone after the test."""
    with rolled_back():
        yield Teller(told(), lambda line: None)
