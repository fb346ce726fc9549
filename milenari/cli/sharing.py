"""Commands for what a node says in its own name, and for the times that entries claim."""

from __future__ import annotations

import sys

import click

from milenari.cli.frame import example, json_option, main, say, wire


@main.command(epilog=example("milenari renew ROM"))
@click.argument("site")
@click.option("--now", "anyway", is_flag=True, help="Even if half of the lease is not over yet.")
@json_option
def renew(site: str, anyway: bool, as_json: bool) -> None:
    """State in the node's name that SITE's log holds every recall it knows of; write down what was seen of others."""
    wire()
    from milenari.journal.exchange import renewal

    told = renewal.renew(site, anyway=anyway)
    until = f"{told.until:%Y-%m-%d %H:%M}Z" if told.until else "-"
    lines = [
        f"{'Renewed: the' if told.lease else 'The'} word of {site} on recalls is good until {until}.",
        "What was seen of other logs is written down." if told.sighting else "Nothing new was seen of other logs.",
    ]
    say(vars(told), as_json, lines)


@main.command(epilog=example("milenari clocks"))
@json_option
def clocks(as_json: bool) -> None:
    """Look at every claimed time of every log; list those that other sites' clocks exclude."""
    wire()
    from milenari.journal import read
    from milenari.journal.exchange import bounds

    logs = [log["site"] for log in read.logs()]
    for log in logs:
        bounds.examine(log)
    found, total = bounds.outside(None, 0, 1000)
    lines = [
        f"{one.site}/{one.index} {one.action}: {one.kind}, claims {one.claimed:%Y-%m-%d %H:%M}Z, proven "
        f"{one.not_before or 'open'} to {one.not_after or 'open'}"
        for one in found
    ]
    say({"outside": [vars(one) for one in found], "total": total}, as_json,
        lines or [f"No claim of {', '.join(logs) or 'any log'} lies outside its bounds."])  # fmt: skip
    sys.exit(1 if total else 0)
