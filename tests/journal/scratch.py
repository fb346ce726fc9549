"""A database of its own, on the engine under test, whose transactions are really committed.

Django's rolled-back or flushed test databases cannot show what a crash leaves behind, and the guard refuses
to be flushed. So these tests get a fresh SQLite file, or a fresh database on the server of DATABASE_URL,
which takes the place of the default connection while the test runs, in every thread.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.core.management import call_command
from django.db import connections

ON_POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")


@contextlib.contextmanager
def database(folder: Path) -> Iterator[str]:
    """The default connection leads to a fresh, migrated database, named here; gone again at the end."""
    name = create(folder)
    try:
        with as_default(name):
            yield name
    finally:
        drop(name)


def create(folder: Path, like: str = "") -> str:
    """A fresh, migrated database, or a copy of the one named ``like``; its name, for ``as_default`` and ``drop``."""
    if ON_POSTGRES:
        name = f"scratch_{uuid.uuid4().hex}"
        _admin(f'CREATE DATABASE "{name}" TEMPLATE "{like or _template()}"')
    else:
        name = str(folder / "scratch.sqlite3")
        shutil.copyfile(like or _template(), name)
    return name


def drop(name: str) -> None:
    if ON_POSTGRES:
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def url_of(name: str) -> str:
    """DATABASE_URL by which another process reaches a scratch database."""
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}" if ON_POSTGRES else f"sqlite:///{name}"


@cache
def _template() -> str:
    """Migrated once in a process, then copied."""
    if ON_POSTGRES:
        name = f"template_{uuid.uuid4().hex}"
        _admin(f'CREATE DATABASE "{name}"')
        atexit.register(_admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    else:
        folder = tempfile.mkdtemp(prefix="milenari-scratch-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        name = f"{folder}/template.sqlite3"
    with as_default(name):
        call_command("migrate", verbosity=0)
    return name


def _admin(statement: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def as_default(name: str) -> Iterator[None]:
    before, held = connections.settings["default"], connections["default"]
    connections.settings["default"] = {**before, "NAME": name}
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = held
