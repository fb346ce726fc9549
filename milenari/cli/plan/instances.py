"""``milenari plan solve``: a published instance, read as it is, solved with a proven gap."""

from __future__ import annotations

import click

from milenari.cli.plan.asked import Answer, plan, proven, question
from milenari.cli.plan.source import text_of
from milenari.cli.stats.asked import grid


@question(plan, "solve", "milenari plan solve Data200_profileA.dat --facilities 2 --json")
@click.argument("source", metavar="INSTANCE")
@click.option("--facilities", type=int, default=2, show_default=True, help="At most so many are opened.")
@click.option("--first", type=click.IntRange(min=1), help="Only so many patients, in the order of the file.")
def solve(source: str, facilities: int, first: int | None, seconds: float, gap: float) -> Answer:
    """Open facilities and place every patient at least cost: a .dat file of i-SHIPMENT, as published."""
    from milenari.science.planning import ishipment

    name, text = text_of(source)
    made = ishipment.solve(ishipment.instance(text, name, first), facilities, seconds, gap)
    lines = [proven(made.status, made.objective_usd, made.bound_usd, made.gap, "USD")]
    if made.per_therapy_usd is not None:
        lines.append(f"{made.patients} patients, {made.per_therapy_usd:,.2f} USD each; open: {', '.join(made.open)}. "
                     "A facility is paid for the whole horizon; not a price.")  # fmt: skip
    lines += [f"Why: {reason}." for reason in made.reasons]
    lines += [f"Not in the file: {one}." for one in made.assumed]
    if made.placed:
        lines += ["", *grid(["facility", "start", "from", "collected", "patients", "in", "out", "USD"],
                            [[p.facility, str(p.start), p.centre, str(p.collected), str(p.patients), p.mode_in,
                              p.mode_out, f"{p.transport_usd:,.0f}"]
                             for p in sorted(made.placed, key=lambda p: (p.facility, p.start))])]  # fmt: skip
    return made, lines
