"""``milenari plan`` and ``milenari simulate``: planning from files, without a node, a database or a network."""

from milenari.cli.plan import comparing, instances, learning, scenarios, simulation, slots, sweeping, vector
from milenari.cli.plan.asked import plan

__all__ = ["comparing", "instances", "learning", "plan", "scenarios", "simulation", "slots", "sweeping", "vector"]
