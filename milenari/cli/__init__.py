"""The command line: everything a node can do without a browser. Every command has an example and --json."""

from milenari.cli import acts, book, exchange, node, papers
from milenari.cli.frame import main

__all__ = ["acts", "book", "exchange", "main", "node", "papers"]
