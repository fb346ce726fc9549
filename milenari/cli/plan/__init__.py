"""``milenari plan`` and ``milenari simulate``: planning from files; only `plan live` reads a node."""

from milenari.cli.plan import (
    calculating,
    comparing,
    instances,
    learning,
    live,
    scenarios,
    simulation,
    slots,
    sweeping,
    vector,
)
from milenari.cli.plan.asked import plan

__all__ = [
    "calculating",
    "comparing",
    "instances",
    "learning",
    "live",
    "plan",
    "scenarios",
    "simulation",
    "slots",
    "sweeping",
    "vector",
]
