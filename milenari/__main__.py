"""``python -m milenari``: the command line."""

from milenari.cli import main

main()
