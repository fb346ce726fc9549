"""``milenari analyse``: outcomes of a trial from a CSV file without a node, or of a whole trial from the record."""

from milenari.cli.analyse import attributes, grades, samples, shares, timed, trial
from milenari.cli.analyse.asked import analyse

__all__ = ["analyse", "attributes", "grades", "samples", "shares", "timed", "trial"]
