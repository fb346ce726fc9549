"""The command line: everything a node can do without a browser. Every command has an example and --json."""

from milenari.cli import (
    acts,
    analyse,
    backup,
    book,
    design,
    exchange,
    export,
    keys,
    node,
    package,
    papers,
    plan,
    sharing,
    shipment,
    site,
    stats,
    training,
)
from milenari.cli.frame import main

__all__ = [
    "acts",
    "analyse",
    "backup",
    "book",
    "design",
    "exchange",
    "export",
    "keys",
    "main",
    "node",
    "package",
    "papers",
    "plan",
    "sharing",
    "shipment",
    "site",
    "stats",
    "training",
]  # fmt: skip
