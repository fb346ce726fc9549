"""``milenari design``: designs and boundaries of early-phase trials, without a node, a database or a network."""

from milenari.cli.design import doses, monitoring, responses
from milenari.cli.design.asked import design

__all__ = ["design", "doses", "monitoring", "responses"]
