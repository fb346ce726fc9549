"""What the planning benchmarks share: processor seconds of one piece of work, and how their tables are told."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from typing import Any


def timed(work: Callable[..., Any], *given: Any) -> tuple[Any, float]:
    """(answer, processor seconds of this thread)."""
    began = time.thread_time()
    made = work(*given)
    return made, time.thread_time() - began


def parser(about: str | None) -> argparse.ArgumentParser:
    """The options of every one of them."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return made


def told(found: Mapping[str, Mapping[str, Any]], as_json: bool) -> None:
    """Print works with their rows, as a table or as one JSON object."""
    if as_json:
        print(json.dumps(found))
        return
    wide = max((len(said) for rows in found.values() for said in rows), default=0)
    for name, rows in found.items():
        print(name)
        for said, value in rows.items():
            print(
                f"  {said:<{wide}} {value:,.6g}" if isinstance(value, float) else f"  {said:<{wide}} {value}",
                flush=True,
            )
