"""``milenari plan`` and ``milenari simulate``: planning from files, without a node, a database or a network."""

from milenari.cli.plan import comparing, instances, scenarios, simulation, slots, vector
from milenari.cli.plan.asked import plan

__all__ = ["comparing", "instances", "plan", "scenarios", "simulation", "slots", "vector"]
