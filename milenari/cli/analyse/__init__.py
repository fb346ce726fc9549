"""``milenari analyse``: outcomes of a trial from a CSV file, without a node, a database or a network."""

from milenari.cli.analyse import attributes, grades, samples, shares, timed
from milenari.cli.analyse.asked import analyse

__all__ = ["analyse", "attributes", "grades", "samples", "shares", "timed"]
