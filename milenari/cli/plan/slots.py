"""``milenari plan slots``: a slot for every patient of a scenario, or the reason why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from milenari.cli.plan.asked import Answer, plan, proven, question
from milenari.cli.plan.source import tree_of
from milenari.cli.stats.asked import grid
from milenari.science.unfit import Unfit


@question(plan, "slots", "milenari plan slots network.json --booked confirmed.json")
@click.argument("source", metavar="SCENARIO")
@click.option("--booked", type=click.Path(dir_okay=False), help="Write the scenario with these slots as booked, to be "
              "planned again when something changes.")  # fmt: skip
@click.option("--lock", multiple=True, metavar="PATIENT", help="With --booked: this slot is locked and stays.")
def slots(source: str, booked: str | None, lock: tuple[str, ...], seconds: float, gap: float) -> Answer:
    """Collection, manufacture, testing, release, lymphodepletion and infusion of every patient, with a proven gap; why
    not for whoever cannot be placed. Slots already booked are moved only where that is worth it; locked ones stay."""
    from milenari.science.planning import slots as science
    from milenari.science.planning.checking import scenario

    name, tree = tree_of(source)
    try:
        given = scenario(tree)
    except Unfit as unfit:
        raise Unfit(unfit.code, f"{name}: {unfit.sentence}", file=name, **unfit.facts) from unfit
    made = science.plan(given, seconds, gap)
    if booked:
        _write(booked, tree, made, lock)
    lines = [
        proven(made.status, made.objective, made.bound, made.gap, "weighted days"),
        f"{len(made.placed)} placed, {len(made.unplaced)} not, {len(made.moved)} confirmed slots moved"
        f"{': ' + ', '.join(made.moved) if made.moved else ''}.",
        *(f"A locked slot cannot be kept as it stands: {one}." for one in made.faults),
    ]
    for one in made.unplaced:
        lines += [f"{one.patient} is not placed. Together these leave no way: {'; '.join(one.conflict)}.",
                  *([f"  Nearest: {one.nearest}."] if one.nearest else [])]  # fmt: skip
    if made.placed:
        lines += ["", *grid(["patient", "hospital", "made at", "cells", "collected", "start", "released", "infusion",
                             "lot", "days", ""],
                            [[s.patient, s.hospital, s.site, s.carried, s.collection, s.start, s.released, s.infusion,
                              s.lot, str(s.waited_d), "locked" if s.locked else "kept" if s.kept else ""]
                             for s in made.placed])]  # fmt: skip
    return made, lines


def _write(path: str, tree: Any, made: Any, lock: tuple[str, ...]) -> None:
    given = {slot.patient: slot for slot in made.placed}
    unknown = [code for code in lock if code not in given]
    if unknown:
        raise Unfit("scenario-unknown", f"--lock {unknown[0]}: this patient has no slot in the plan.", given=unknown[0])
    for patient in tree["patients"]:
        slot = given.get(patient["code"])
        if slot is None:
            patient.pop("booked", None)
            continue
        patient["booked"] = {"site": slot.site, "machine": slot.machine, "carried": slot.carried,
                             "collection": slot.collection, "start": slot.start, "infusion": slot.infusion,
                             "locked": slot.locked or slot.patient in lock}  # fmt: skip
    try:
        Path(path).write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except OSError as fault:
        raise Unfit("file-unwritable", f"{path} cannot be written: {fault.strerror}.", file=path) from fault
