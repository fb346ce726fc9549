"""``milenari plan calibrate`` and ``milenari plan accrual``: what the record says of figures and of enrolment."""

from __future__ import annotations

import copy
import csv
import datetime as dt
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from milenari.cli.plan.asked import Answer, plan, question
from milenari.cli.plan.scenarios import scenario_of
from milenari.cli.plan.source import text_of, tree_of
from milenari.cli.stats.asked import grid, number, percent
from milenari.science.unfit import Unfit

if TYPE_CHECKING:
    from milenari.science.planning.calibration import Calibration, Observed

COLUMNS = ("field", "value", "over")


@question(plan, "calibrate", "milenari plan calibrate network.json record.csv --out calibrated.json", solver=False)
@click.argument("source", metavar="SCENARIO")
@click.argument("record")
@click.option("--weight", type=float, default=10.0, show_default=True,
              help="So many observations is what was known before worth.")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False), help="Write the scenario with the calibrated figures.")
def calibrate(source: str, record: str, weight: float, out: str | None) -> Answer:
    """Fit figures of a scenario to a record and shrink them towards what was known. RECORD is a CSV file with the
    columns field, value and, for rates a year, over (years): process.to_collection,9.5; sites[0].failure,1;
    sites[0].referrals,7,0.5."""
    from milenari.science.planning import calibration as science
    from milenari.science.planning.checking import scenario

    _, tree = tree_of(source)
    given = scenario_of(source)
    called, text = text_of(record)
    made = science.calibrate(given, _read(called, text), weight)
    if out:
        print_ = hashlib.sha256(text.encode()).hexdigest()[:16]
        written = _with(tree, made, f"{Path(called).name} (SHA-256 {print_}…)")
        scenario(written)
        try:
            Path(out).write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")
        except OSError as fault:
            raise Unfit("file-unwritable", f"{out} cannot be written: {fault.strerror}.", file=out) from fault
    return made, [
        f"{made.scenario}: what was known before counts as {weight:g} observations.",
        "",
        *grid(["field", "shape", "n", "before", "record", "calibrated", "unit", "record's weight", "fit p"],
              [[f.field, f.shape, str(f.observations), _two(f.before_a, f.before_b), _two(f.record_a, f.record_b),
                _two(f.a, f.b), f.unit, percent(f.weight_of_record), number(f.p_value, 2) if f.p_value is not None
                else "too few"] for f in made.fits]),
    ]  # fmt: skip


def _two(a: float, b: float | None) -> str:
    return number(a, 4) if b is None else f"{number(a, 4)}; {number(b, 3)}"


def _read(name: str, text: str) -> dict[str, list[Observed]]:
    from milenari.science.planning.calibration import Observed

    reader = csv.DictReader(io.StringIO(text))
    missing = [one for one in COLUMNS[:2] if one not in (reader.fieldnames or [])]
    if missing:
        raise Unfit("file-unreadable", f"{name} has no column {missing[0]}; the columns are field, value and, for "
                    "rates, over.", file=name)  # fmt: skip
    made: dict[str, list[Observed]] = {}
    for row in reader:
        said = [(row.get(one) or "").strip() for one in COLUMNS]
        try:
            value, over = float(said[1]), float(said[2]) if said[2] else None
        except ValueError as fault:
            raise Unfit("not-a-number", f"{name}, line {reader.line_num}: value {said[1]!r} or over {said[2]!r} is no "
                        "number.", file=name, line=reader.line_num) from fault  # fmt: skip
        made.setdefault(said[0], []).append(Observed(value, over))
    return made


def _with(tree: Any, made: Calibration, record: str) -> Any:
    """The scenario's tree with the calibrated figures and where they come from."""
    from milenari.science.planning.designs import place_of

    written = copy.deepcopy(tree)
    for fit in made.fits:
        place, key = place_of(written, fit.field)
        held = place[key]
        if "shape" in held:
            held["shape"] = fit.shape
            held["a"] = float(f"{fit.a:.6g}")
            if fit.b is not None:
                held["b"] = float(f"{fit.b:.6g}")
        else:
            held["value"] = float(f"{fit.a:.6g}")
        held["basis"] = "calibrated"
        held["source"] = (f"{fit.observations} observations in {record}, shrunk with weight {made.weight:g} towards: "
                          f"{fit.source_before}")  # fmt: skip
    return written


@question(plan, "accrual", "milenari plan accrual network.json --on 2027-01-04 --by 2027-12-31 --wanted 30 "
          "--site BCN 2026-10-01 3 --site ROM 2027-03-01 0", solver=False)  # fmt: skip
@click.argument("source", metavar="SCENARIO")
@click.option("--site", "sites", multiple=True, required=True, metavar="CODE OPENS ENROLLED",
              type=(str, click.DateTime(["%Y-%m-%d"]), int),
              help="A site of the trial, the day it opens or opened, and how many it has enrolled.")  # fmt: skip
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day up to which was counted.")
@click.option("--by", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day that is asked for.")
@click.option("--wanted", type=int, required=True, help="How many patients the trial wants.")
@click.option("--eligible", type=float, default=0.5, show_default=True, help="Share of referrals that enrol (assumed).")
@click.option(
    "--variation",
    type=float,
    default=0.5,
    show_default=True,
    help="How uncertain a site's rate is before it has enrolled anybody: coefficient of variation (assumed).",
)
def accrual(source: str, sites: tuple[tuple[str, dt.datetime, int], ...], on: dt.datetime, by: dt.datetime, wanted: int,
            eligible: float, variation: float) -> Answer:  # fmt: skip
    """Enrolment by site with its uncertainty, and when the trial has the patients it wants; learns from what each site
    has enrolled so far."""
    from milenari.science.planning import accrual as science

    if len({code for code, _, _ in sites}) < len(sites):
        raise Unfit("scenario-twice", "A site is given twice.")
    opened = {code: science.Opened(day.date(), enrolled) for code, day, enrolled in sites}
    made = science.forecast(scenario_of(source), opened, on.date(), by.date(), wanted, eligible, variation)
    days = [("early, 5 %", made.reached_early), ("middle", made.reached_middle), ("late, 95 %", made.reached_late)]
    return made, [
        f"{made.enrolled} enrolled until {made.on}; by {made.by} {number(made.mean, 4)} expected (90 % interval "
        f"{made.low} to {made.high}); all {made.wanted} by then with probability {percent(made.probability)}.",
        "All are there: " + "; ".join(f"{said} {day or 'never'}" for said, day in days) + ".",
        "",
        *grid(["site", "opens", "enrolled", "rate a year", "expected", "90 % interval"],
              [[s.code, s.opens, str(s.enrolled), number(s.rate, 3), number(s.mean, 4), f"{s.low} to {s.high}"]
               for s in made.sites]),
    ]  # fmt: skip
