"""``milenari plan calculate``: a run begun on screen, under its number. Pages start it; nobody has to."""

from __future__ import annotations

import os
import sys

import click

from milenari.cli.frame import example, json_option, say, wire
from milenari.cli.plan.asked import plan


@plan.command(hidden=True, epilog=example("milenari plan calculate 12"))
@click.argument("number", type=int)
@json_option
def calculate(number: int, as_json: bool) -> None:
    """Compute a planning run begun on screen; what it finds or why it does not is kept under its number."""
    wire()
    from milenari.journal import calculations

    ended = calculations.work(number)
    say({"run": number, "ended": ended}, as_json, [])
    sys.stdout.flush()
    os._exit(0)  # a solver that was told to stop is still at work in its thread, and ends with the process
