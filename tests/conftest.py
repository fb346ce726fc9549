"""What every test shares: the browser, the two databases, and how hypothesis searches."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright._impl._driver import compute_driver_executable

CI = os.environ.get("CI") == "true"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ON_POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")

# Playwright keeps an event loop in the main thread, which Django takes for an async view at the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if CI else "desk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser_type_launch_args" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("postgres") and not ON_POSTGRES:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: python -m tests.postgres -- pytest ..."))
        if item.get_closest_marker("once") and ON_POSTGRES:
            item.add_marker(pytest.mark.skip(reason="asks nothing of the database that SQLite did not answer"))


def why_no_browser() -> str:
    if not Path(CHROMIUM).exists():
        return f"no Chromium at {CHROMIUM} (apt install chromium, or set CHROMIUM)"
    driver = subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True, text=True)
    if driver.returncode:
        return f"Playwright's driver does not start (apt install libatomic1): {driver.stderr.strip()}"
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own Chromium, silent on the network, in place of the one Playwright would download."""
    if reason := why_no_browser():
        pytest.fail(reason) if CI else pytest.skip(reason)
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}


@pytest.fixture(autouse=True)
def _emptied_after_commit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test with a committed database be cleared: the guard refuses even Django's flush.

    The guard has no switch, so it is taken down with the triggers' own names, as its owner could; the flush
    that follows ends with post_migrate, which puts every trigger back.
    """
    if not {"live_server", "transactional_db"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from django.db import connection

    from milenari.journal import guard

    with connection.cursor() as cursor:
        for name, statement in guard.wanted().items():
            table = "" if connection.vendor == "sqlite" else " ON " + statement.split(" ON ")[1].split(" ")[0]
            cursor.execute(f"DROP TRIGGER {name}{table}")
