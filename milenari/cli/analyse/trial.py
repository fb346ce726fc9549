"""The analysis of a whole trial from the record by one command: report, tables and paper of one snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from milenari.cli.analyse.asked import INTERVALS, analyse
from milenari.cli.design.asked import REALS
from milenari.cli.frame import example, fail, json_option, say, wire

if TYPE_CHECKING:
    from milenari.exports.report import Figure, Report


@analyse.command(epilog=example("milenari analyse trial ARI-PED --into interim"))
@click.argument("study")
@click.option("--into", type=click.Path(), default=None, help="A folder that is new or empty; without it only words.")
@click.option("--site", "sites", multiple=True, help="Only participants of this site; can be repeated.")
@click.option("--snapshot", type=click.Path(exists=True, dir_okay=False), default=None,
              help="report.json or manifest.json of an earlier run: the same state of the record again.")  # fmt: skip
@click.option("--interval", type=click.Choice(INTERVALS), default="log-log", show_default=True)
@click.option("--confidence", type=float, default=0.95, show_default=True)
@click.option(
    "--at", type=REALS, default=(91.0, 183.0, 365.0), metavar="T,T,...", help="Days at which curves are told."
)
@click.option("--response-days", type=int, default=91, show_default=True, help="Window of the response.")
@click.option("--missing", type=click.Choice(["failure", "excluded", "refused"]), default="failure", show_default=True,
              help="What a participant without an assessed response is.")  # fmt: skip
@click.option("--b-cells-below", type=float, default=None, help="Aplasia in /uL, instead of the protocol's threshold.")
@click.option("--confirmed", type=int, default=2, show_default=True, help="Samples in a row that are a recovery.")
@click.option("--expansion-days", type=int, default=28, show_default=True, help="Day to which the area is taken.")
@click.option("--in", "language", default="en", show_default=True, help="Language of the paper.")
@json_option
def trial(study: str, into: str | None, sites: tuple[str, ...], snapshot: str | None, interval: str, confidence: float,
          at: tuple[float, ...], response_days: int, missing: str, b_cells_below: float | None, confirmed: int,
          expansion_days: int, language: str, as_json: bool) -> None:  # fmt: skip
    """The analysis of STUDY from the record: response, survival, relapse, toxicity, with report, tables and PDF."""
    wire()
    from django.conf import settings

    from milenari.exports import files, record, report
    from milenari.science.outcome.incidence import Missing
    from milenari.science.outcome.terms import Interval
    from milenari.science.unfit import Unfit

    if language not in dict(settings.LANGUAGES):
        raise click.BadParameter(f"{language} is no language of this node.", param_hint="--in")
    if any(day != int(day) for day in at):
        raise click.BadParameter("Days at which curves are told are whole numbers.", param_hint="--at")
    rules = report.Rules(
        Interval(interval), confidence, tuple(int(day) for day in at), response_days, Missing(missing),
        loss_per_ul=b_cells_below, confirmed=confirmed, expansion_days=expansion_days,
    )  # fmt: skip
    told = files.manifest_of(Path(snapshot).read_bytes()) if snapshot else None
    taken = record.take(study, sites or None, told)
    try:
        made = report.report(taken, rules)
    except Unfit as unfit:
        fail(unfit.code, unfit.sentence, as_json, **unfit.facts)
    lines = [f"{name:12} {many:4}" for name, many in made.denominators]
    lines += ["", *(_line(f) for f in made.figures), "", f"{len(taken.cases)} participants; {taken.snapshot.words}"]
    if into is not None:
        lines += ["", *_written(made, Path(into), language)]
    say(made.told(), as_json, lines)


def _line(figure: Figure) -> str:
    from milenari.exports.report_files import headline

    name = f"{figure.code} {figure.variant}".strip()
    return f"{name:28} {figure.denominator:11} from {figure.clock:10} n {figure.counted:3}  {headline(figure)}"


def _written(made: Report, into: Path, language: str) -> list[str]:
    """The files and the paper in a new folder, with their digests."""
    from django.utils.translation import override

    from milenari.exports.files import File, put
    from milenari.exports.report_files import files_of
    from milenari.web.papers import press, trial_analysis

    with override(language):
        paper = File("report.pdf", press.printed(trial_analysis.paper(made)))
    return [f"{file.digest}  {file.name}" for file in put([*files_of(made), paper], into)]
