"""``milenari plan`` and ``milenari simulate``: planning from files, without a node, a database or a network."""

from milenari.cli.plan import instances, scenarios, simulation, slots
from milenari.cli.plan.asked import plan

__all__ = ["instances", "plan", "scenarios", "simulation", "slots"]
