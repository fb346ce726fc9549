"""Command for shares of patients: rate."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.analyse.asked import ALL, DENOMINATORS, NAMES, confident, kept, labels, limits, question
from milenari.cli.stats.asked import Lines, grid, percent
from milenari.cli.stats.table import Table

MISSING = {
    "failure": "A patient without an outcome counts as one without it.",
    "excluded": "Patients without an outcome are left out of the share.",
    "refused": "Every patient has an outcome.",
}


@question("rate", "milenari analyse rate patients.csv --success CR,CRi --denominator enrolled --denominator infused "
          "--missing failure", ("outcome",), DENOMINATORS)  # fmt: skip
@click.option("--success", type=NAMES, required=True, metavar="OUTCOME,...", help="Outcomes that count.")
@click.option("--denominator", type=click.Choice([*DENOMINATORS, ALL]), multiple=True, required=True,
              help="Who is counted, by the column of that name with yes or no; all is every row. May be repeated.",
              )  # fmt: skip
@click.option("--missing", type=click.Choice(list(MISSING)), default="refused", show_default=True,
              help="What a patient without an outcome is.")  # fmt: skip
@click.option("--by", help="Column that makes groups.")
@click.option("--interval", type=click.Choice(["exact", "wilson"]), default="exact", show_default=True)
@confident
def rate(table: Table, unit: str, success: tuple[str, ...], denominator: tuple[str, ...], missing: str, by: str | None,
         interval: str, confidence: float) -> tuple[Any, Lines]:  # fmt: skip
    """Shares with an outcome, such as response or a grade of CRS, over each denominator."""
    from milenari.science.outcome import incidence

    everybody = range(len(table))
    counted = {}
    for name in dict.fromkeys(denominator):
        chosen = set(kept(table, name))
        counted[name] = [at in chosen for at in everybody]
    made = incidence.rates(table.columns["outcome"], success, counted, labels(table, by, everybody),
                           incidence.Missing(missing), interval, confidence)  # fmt: skip
    return made, [
        *grid(["denominator", *([by] if by else []), "with", "of", "share", f"{interval} {100 * confidence:g} %, %"],
              [[r.denominator, *([r.group] if by else []), str(r.share.successes), str(r.share.of),
                percent(r.share.value), limits(r.share.ci_low, r.share.ci_high)] for r in made.rates]),
        "",
        *grid(["denominator", *([by] if by else []), "patients", "missing", "recorded"],
              [[r.denominator, *([r.group] if by else []), str(r.patients), str(r.missing),
                ", ".join(f"{o} {k}" for o, k in r.recorded.items())] for r in made.rates]),
        "",
        f"Counts: {', '.join(success)}. {MISSING[missing]}",
    ]  # fmt: skip
