"""The frame of ``milenari plan``: the group, limits of time and gap, and how answers and refusals are printed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click

from milenari.cli.frame import Command, example, fail, json_option, main, say
from milenari.science.unfit import Unfit

Lines = list[str]
Answer = tuple[Any, Lines]


@main.group(epilog=example("milenari plan solve Data200_profileA.dat"))
def plan() -> None:
    """Plans of a network with a proven gap, from files. Methods, units and limits: docs/planning.md."""


def question(group: Any, name: str, epilog: str, solver: bool = True, gap: float = 0.0) -> Callable[[Command], Command]:
    """Make a function a command of the group. It gets its options and returns (what was computed, lines to print);
    the time it took is added. What a file or method refuses ends it with exit code 1."""

    def made(function: Command) -> Command:
        @wraps(function)
        def run(as_json: bool, **options: Any) -> None:
            began = time.perf_counter()
            try:
                with _solver_is_silent():
                    computed, lines = function(**options)
            except Unfit as unfit:
                fail(unfit.code, unfit.sentence, as_json, **unfit.facts)
            took = time.perf_counter() - began
            if as_json:
                say({**computed.to_json(), "seconds": round(took, 3)}, True, [])
            else:
                say(None, False, [*lines, "", f"Method: {computed.method}, version {computed.version}; {took:.1f} s. "
                                  f"Reference: {computed.reference}."])  # fmt: skip

        command: Command = json_option(run)
        if solver:
            command = click.option("--gap", type=float, default=gap, show_default=True,
                                   help="Relative gap at which the solver may stop.")(command)  # fmt: skip
            command = click.option("--seconds", type=float, default=60.0, show_default=True,
                                   help="When time is up the best plan is told with its gap.")(command)  # fmt: skip
        added: Command = group.command(name=name, epilog=example(epilog), help=function.__doc__)(command)
        return added

    return made


@contextmanager
def _solver_is_silent() -> Iterator[None]:
    """What the solver's own code writes to standard output goes to standard error, so that JSON stays JSON."""
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        sys.stdout.flush()
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def proven(status: str, objective: float | None, bound: float | None, gap: float | None, unit: str) -> str:
    """How good the plan is known to be, in a sentence."""
    if objective is None:
        if status == "infeasible":
            return "There is no plan: the instance cannot be met."
        return "No plan was found in the time given. Give more with --seconds."
    if status == "optimal" and (gap or 0) < 1e-9:
        return f"Proven best: {objective:,.2f} {unit}."
    if bound is None:
        return f"Best found: {objective:,.2f} {unit}; no bound was found."
    return f"Best found: {objective:,.2f} {unit}; at least {bound:,.2f} is proven, gap {100 * (gap or 0):.3f} %."
