"""The command behind script/drill."""

from __future__ import annotations

import argparse
import ast
import json
import sys
from pathlib import Path
from typing import Any

from tests.drills import __doc__ as about
from tests.drills.frame import DRILLS, ENGINES, SIZES, play_child, run_apart


def main() -> int:
    made = argparse.ArgumentParser(
        prog="script/drill", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("name", nargs="?", choices=(*DRILLS, "all"), help="which; without one, what there is")
    made.add_argument("--size", choices=SIZES, default="full", help="full (default), or small as in the tests")
    made.add_argument("--seed", type=int, default=0, help="another seed, other chances (default 0)")
    made.add_argument(
        "--number", type=int, default=0, help="of schedules, parcels, rounds or kills, in place of size's"
    )
    made.add_argument("--engine", choices=ENGINES, default="sqlite")
    made.add_argument("--json", action="store_true", help="print one JSON object a drill, one a line")
    made.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = made.parse_args()
    if asked.name is None:
        _list()
        return 0
    if asked.child:
        return play_child(asked.name, asked.size, asked.seed, asked.number)
    passed = True
    for name in DRILLS if asked.name == "all" else (asked.name,):
        told = run_apart(name, asked.size, asked.seed, asked.engine, asked.number)
        passed = passed and told["passed"]
        print(json.dumps(told) if asked.json else _text(told), flush=True)
    return 0 if passed else 1


def _list() -> None:
    for name, number in DRILLS.items():
        source = (Path(__file__).parent / f"{name}.py").read_text()
        first = (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]
        print(f"{number:>3}  {name:12} {first}")


def _text(told: dict[str, Any]) -> str:
    lines = [f"Drill {told['number']}, {told['drill']}: {'passed' if told['passed'] else 'FAILED'} "
             f"({told['size']}, seed {told['seed']}, {told['engine']}, {told['took_s']} s)"]  # fmt: skip
    lines += [f"  {name:44} {value}" for name, value in told["counts"].items()]
    lines += [f"  {name:44} {value} s" for name, value in told["seconds"].items()]
    lines += [f"  BROKEN: {fault}" for fault in told["faults"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
