"""What every benchmark shares: a fresh node on either engine, medians, and how results are told.

Each engine runs in its own process with its own scratch home, so that nothing of one run helps the next.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ENGINES = ("sqlite", "postgresql")
Measure = Callable[[argparse.Namespace], dict[str, Any]]


def parser(about: str, size: int, size_help: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--size", type=int, default=size, help=f"{size_help} (default {size})")
    made.add_argument("--engine", choices=(*ENGINES, "both"), default="both", help="default both")
    made.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    made.add_argument("--dir", default=None, help="where the scratch databases go (default: TMPDIR)")
    made.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return made


@contextlib.contextmanager
def scratch(engine: str, folder: str | None, **server: str) -> Iterator[dict[str, str]]:
    """The environment of a fresh, empty node on that engine; ``server`` are settings of the PostgreSQL server."""
    home = tempfile.mkdtemp(prefix="milenari-bench-", dir=folder)
    env = {**os.environ, "MILENARI_HOME": home, "MILENARI_DEMO": "1"}
    env["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    env.pop("DATABASE_URL", None)
    try:
        if engine == "postgresql":
            from tests.postgres import postgres

            with postgres(**server) as url:
                yield {**env, "DATABASE_URL": url}
        else:
            yield env
    finally:
        shutil.rmtree(home, ignore_errors=True)


def ready() -> None:
    """In the child: Django on its fresh database, with tables and guard."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)  # then the peers, which point at the users


def run(module: str, asked: argparse.Namespace, measure: Measure, tell: Callable[[dict[str, Any]], str]) -> int:
    """Measure here when we are the child; else start one child for each engine and tell the results."""
    if asked.child:
        ready()
        from milenari.journal.start import engine

        print(json.dumps({"engine": engine(), **measure(asked)}))
        return 0
    about, results = machine(), []
    if not asked.json:
        print(f"{about['at']}  {about['cpus']} CPUs, {about['system']}, Python {about['python']}, code {about['code']}")
    for engine_name in ENGINES if asked.engine == "both" else (asked.engine,):
        with scratch(engine_name, asked.dir, **getattr(asked, "server", {})) as env:
            command = [sys.executable, "-m", module, *sys.argv[1:], "--child"]
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
        if done.returncode:
            return done.returncode
        results.append(json.loads(done.stdout.splitlines()[-1]))
        if not asked.json:
            print(f"\n{results[-1]['engine']}\n{tell(results[-1])}", flush=True)
    if asked.json:
        print(json.dumps({"machine": about, "results": results}, indent=1))
    return 0


def machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "cpus": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "code": revision(),
    }


def revision() -> str:
    """The commit measured, with a + when the tree differs from it; empty outside a checkout."""
    root = Path(__file__).resolve().parent.parent
    git = shutil.which("git")
    if not git:
        return ""
    ask = [git, "-C", str(root), "--no-optional-locks"]
    head = subprocess.run([*ask, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S603
    changed = subprocess.run([*ask, "status", "--porcelain"], capture_output=True, text=True, check=False)  # noqa: S603
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
