"""``milenari stats``: numbers from a CSV file, without a node, a database or a network."""

from milenari.cli.stats import comparing, lasting, watching
from milenari.cli.stats.asked import stats

__all__ = ["comparing", "lasting", "stats", "watching"]
