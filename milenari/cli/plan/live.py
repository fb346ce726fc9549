"""``milenari plan live``: a scenario with what this node's registers know, and its record for calibration."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click

from milenari.cli.frame import wire
from milenari.cli.plan.asked import Answer, plan, question
from milenari.cli.plan.scenarios import scenario_of
from milenari.cli.plan.source import tree_of
from milenari.cli.stats.asked import grid
from milenari.science.unfit import Unfit


@question(plan, "live", "milenari plan live network.json --out today.json --record record.csv", solver=False)
@click.argument("source", metavar="SCENARIO")
@click.option("--tier", default="", help="Urgency of the patients, which no register holds; else the most frequent.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write the scenario as this node has it today.")
@click.option("--record", type=click.Path(dir_okay=False), help="Write the record that `calibrate` reads.")
def live(source: str, tier: str, out: str | None, record: str | None) -> Answer:
    """Put what this node's registers know into SCENARIO: cell processors and the batches on them, people by role,
    vector lots on the shelf, patients who wait and their slots. All else stays as the file has it. Reads only."""
    wire()
    from milenari.journal import clock, spans
    from milenari.registers import recorded
    from milenari.science.planning.checking import scenario

    _, tree = tree_of(source)
    tiers = [one.code for one in scenario_of(source).process.tiers]
    if tier and tier not in tiers:
        raise Unfit(
            "scenario-unknown", f"The scenario has no urgency {tier}; there are {', '.join(tiers)}.", given=tier
        )
    now = clock.now()
    made = recorded.network(tree, now, tier)
    scenario(made.scenario)
    seen = recorded.observations(tree, now, spans.ways(), spans.releases())
    if out:
        _write(out, json.dumps(made.scenario, indent=1, ensure_ascii=False) + "\n")
    if record:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("field", "value", "over", "of"))
        rows.writerows((s.field, f"{s.value:.12g}", "" if s.over is None else f"{s.over:.12g}", s.of) for s in seen)
        _write(record, text.getvalue())
    told = recorded.Told(method="registers-as-scenario", version="1", reference="docs/planning.md", on=str(now.date()),
                         scenario=made.scenario, observations=tuple(seen), notes=made.notes)  # fmt: skip
    sites = made.scenario["sites"]
    counted = {field: sum(s.field == field for s in seen) for field in dict.fromkeys(s.field for s in seen)}
    return told, [
        f"{made.scenario['name']}: {len(made.scenario['patients'])} patients wait, {len(seen)} observations.",
        "",
        *grid(["site", "machines", "people", "patients"],
              [[s["code"], str(sum(int(m["number"]["value"]) for m in s["machines"])), str(len(s["people"])),
                str(sum(p["hospital"] == s["code"] for p in made.scenario["patients"]))] for s in sites]),
        "",
        *grid(["lot", "doses", "first", "last"], [[x["code"], str(x["doses"]), x["first"], x["last"]]
                                                 for x in made.scenario["vector"]["lots"]]),
        "",
        *(f"{field}: {n} observations" for field, n in counted.items()),
        *([""] if made.notes else []),
        *made.notes,
    ]  # fmt: skip


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as fault:
        raise Unfit("file-unwritable", f"{path} cannot be written: {fault.strerror}.", file=path) from fault
