"""Commands that write a study's record for others: SDTM, ODM, CSV, FHIR, worksheet, follow-up, analysis set."""

from __future__ import annotations

from pathlib import Path

import click

from milenari.cli.frame import example, json_option, main, say, wire

FORMATS = ("sdtm", "odm", "csv", "fhir", "ebmt", "follow-up", "analysis")


@main.command(epilog=example("milenari export sdtm ARI-0001 --into exported"))
@click.argument("format", type=click.Choice(FORMATS), metavar="|".join(FORMATS))
@click.argument("study")
@click.option("--into", required=True, type=click.Path(), help="A folder that is new or empty.")
@click.option("--for", "receiver", default="", help="The site it is handed to; by default it stays on this node.")
@click.option("--site", "sites", multiple=True, help="Only participants of this site; can be repeated.")
@click.option("--snapshot", type=click.Path(exists=True, dir_okay=False), default=None,
              help="manifest.json of an earlier export: the same state of the record again.")  # fmt: skip
@json_option
def export(format: str, study: str, into: str, receiver: str, sites: tuple[str, ...], snapshot: str | None,
           as_json: bool) -> None:  # fmt: skip
    """Write the record of STUDY in one format, checked against its schema, with a manifest of digests."""
    wire()
    from milenari.exports import files, leaving, record

    told = files.manifest_of(Path(snapshot).read_bytes()) if snapshot else None
    taken = record.take(study, sites or None, told)
    made = files.make(taken, format)
    leaving.require_basis(made, receiver, leaving.today())
    written = files.write(made, Path(into))
    leaving.hand_over(made, receiver, files.zipped(made))
    rows = [{"name": f.name, "records": f.records, "bytes": len(f.content), "sha256": f.digest} for f in written]
    checks = [{"judge": v.judge, "of": v.of, "passed": v.passed, "problems": list(v.problems)} for v in made.verdicts]
    lines = [f"{f.digest}  {f.records:6}  {f.name}" for f in written]
    lines += [f"{'passed' if v.passed else 'FAILED'}  {v.judge}  {v.of}" for v in made.verdicts]
    lines += [f"    {problem}" for v in made.verdicts for problem in v.problems]
    lines.append(f"{len(taken.cases)} participants, {len(written)} files in {into}; {made.taken.snapshot.words}")
    say({"files": rows, "checks": checks, "participants": len(taken.cases), "snapshot": taken.snapshot.told()},
        as_json, lines)  # fmt: skip
    if not made.passed:
        raise SystemExit(1)
