"""Commands about time and shape: shelf-life, linear, anova, describe, endpoints."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import click

from milenari.cli.stats.asked import Lines, chance, grid, number, percent, question
from milenari.cli.stats.table import BadTable, Table

MODELS = {
    "cics": "one common line (cics)",
    "dics": "different intercepts, common slope (dics)",
    "dids": "different intercepts and slopes (dids)",
}
SUCCESS = {"yes": True, "no": False, "": None}


@question("shelf-life", "milenari stats shelf-life potency.csv --lower 95 --error separate --cap refrigerated",
          ("batch", "month", "value"))  # fmt: skip
@click.option("--lower", type=float, help="Lower specification limit.")
@click.option("--upper", type=float, help="Upper specification limit.")
@click.option("--direction", type=click.Choice(["decreasing", "increasing", "either"]), help="Default by the limits.")
@click.option("--error", type=click.Choice(["separate", "pooled"]), required=True,
              help="Whose variation limits a batch with a slope of its own; it changes the answer.")  # fmt: skip
@click.option("--cap", type=click.Choice(["none", "room", "refrigerated", "frozen"]),
              help="How far beyond the data, by storage (ICH Q1E); or state both bounds:")  # fmt: skip
@click.option("--cap-factor", type=float, help="... at most so many times the last month,")
@click.option("--cap-months", type=float, help="... and at most so many months more.")
@click.option("--confidence", type=float, default=0.95, show_default=True)
@click.option("--pooling-level", type=float, default=0.25, show_default=True)
def shelf_life(table: Table, unit: str, lower: float | None, upper: float | None, direction: str | None, error: str,
               cap: str | None, cap_factor: float | None, cap_months: float | None, confidence: float,
               pooling_level: float) -> tuple[Any, Lines]:  # fmt: skip
    """Shelf life by ICH Q1E: poolability, worst batch, confidence limit against the specification."""
    from milenari.science import stability as science

    if (cap is None) == (cap_factor is None or cap_months is None):
        raise BadTable("options-crossed", "Give --cap, or both of --cap-factor and --cap-months.")
    bound = science.CAPS[cap] if cap else science.Cap(float(cap_factor or 0), float(cap_months or 0))
    if lower is None and upper is None:
        raise BadTable("nothing-given", "Give the limit of the specification: --lower for what decreases, --upper for "
                       "what increases, both for what may go either way.")  # fmt: skip
    if direction is None:
        direction = "either" if lower is not None and upper is not None else "increasing" if upper is not None else (
            "decreasing")  # fmt: skip
    rows = zip(table.text("batch"), table.numbers("month"), table.numbers("value"), strict=True)
    made = science.shelf_life([science.Reading(*row) for row in rows], science.Direction(direction), lower, upper,
                              pooled_error=error == "pooled", cap=bound, confidence=confidence,
                              pooling_level=pooling_level)  # fmt: skip
    crossed = "never" if math.isinf(made.crossing) else f"at {number(made.crossing)} months"
    told = {
        "shelf-life": f"Shelf life supported: {made.months} months"
        + (", by the cap on extrapolation." if made.capped else "."),
        "fails-at-start": "No shelf life: at month 0 the confidence limit is already beyond the specification.",
        "insufficient-data": "Insufficient data for a shelf life: " + "; ".join(made.lacking) + ".",
    }[made.verdict]
    return made, [
        told,
        f"Model: {MODELS[made.model]}. The limit is met {crossed}"
        + (f", first by batch {made.worst}" if made.worst else "") + f". Data reach month {number(made.last_month)}.",
        f"Error of different slopes: {error}. Limit: {'two' if direction == 'either' else 'one'}-sided, "
        f"{100 * confidence:g} %.",
        "",
        *grid(["poolability", "F", "df", "p", f"at {pooling_level:g}"],
              [[name, number(t.f), f"{t.df1}, {t.df2}", chance(t.p), "pooled" if t.poolable else "kept apart"]
               for name, t in (("slopes", made.slopes), ("intercepts", made.intercepts))]),
        "",
        *grid(["batch", "n", f"at month 0{unit}", f"per month{unit}", "months to limit"],
              [[b.batch, str(b.n), number(b.intercept), number(b.slope), number(b.crossing)] for b in made.batches]),
        "",
        "Months to the limit by other models: "
        + ", ".join(f"{name} {number(value)}" for name, value in made.crossings.items()) + ".",
    ]  # fmt: skip


@question("linear", "milenari stats linear calibration.csv --degree 1", ("x", "y"))
@click.option("--degree", type=int, default=1, show_default=True)
@click.option("--through-zero", is_flag=True, help="No constant term.")
@click.option("--confidence", type=float, default=0.95, show_default=True)
def linear(table: Table, unit: str, degree: int, through_zero: bool, confidence: float) -> tuple[Any, Lines]:
    """A line or polynomial by least squares (QR)."""
    from milenari.science import linear as science

    x, y = table.numbers("x"), table.numbers("y")
    if through_zero and degree != 1:
        raise BadTable("options-crossed", "--through-zero is for a straight line; leave --degree out.")
    made = (science.least_squares({"x": x}, y, constant=False, confidence=confidence) if through_zero else
            science.polynomial(x, y, degree, confidence))  # fmt: skip
    return made, [
        f"{made.n} rows, residual sd {number(made.sd)}{unit}, R squared {number(made.r_squared, 7)}.",
        "",
        *grid(["coefficient", "value", "se", "lower", "upper", "p"],
              [[c.name, number(c.value, 10), number(c.se), number(c.ci_low), number(c.ci_high), chance(c.p)]
               for c in made.coefficients]),
    ]  # fmt: skip


@question("anova", "milenari stats anova sites.csv --unit %", ("group", "value"))
def anova(table: Table, unit: str) -> tuple[Any, Lines]:
    """One-way analysis of variance."""
    from milenari.science import anova as science

    made = science.one_way(table.numbers("value"), table.text("group"))
    return made, [
        f"F {number(made.f, 10)} with {made.df_between} and {made.df_within} degrees of freedom, p {chance(made.p)}; "
        f"residual sd {number(made.sd)}{unit}.",
        "",
        *grid(["group", "n", "mean"],
              [[g, str(n), number(m)] for g, n, m in zip(made.groups, made.sizes, made.means, strict=True)]),
        "",
        *grid(["source", "df", "sum of squares", "mean square"],
              [["between", str(made.df_between), number(made.ss_between, 10), number(made.ms_between, 10)],
               ["within", str(made.df_within), number(made.ss_within, 10), number(made.ms_within, 10)]]),
    ]  # fmt: skip


@question("describe", "milenari stats describe titre.csv", ("value",))
def describe(table: Table, unit: str) -> tuple[Any, Lines]:
    """Mean, standard deviation and autocorrelation of one column."""
    from milenari.science import anova as science

    made = science.describe(table.numbers("value"))
    return made, [f"{made.n} values, mean {number(made.mean, 12)}{unit}, sd {number(made.sd, 12)}{unit}, "
                  f"correlation of neighbours {number(made.autocorrelation)}."]  # fmt: skip


@question("endpoints", "milenari stats endpoints batches.csv", ("batch", "site"),
          ("viable_cells", "transduction", "successful", "apheresis_at", "infused_at"))  # fmt: skip
@click.option("--confidence", type=float, default=0.95, show_default=True)
def endpoints(table: Table, unit: str, confidence: float) -> tuple[Any, Lines]:
    """End points per site: viable cells, transduction, subsets, successful batches, days apheresis to infusion."""
    from milenari.science import endpoints as science

    known = {"batch", "site", "viable_cells", "transduction", "successful", "apheresis_at", "infused_at", "unit"}
    subsets = [name for name in table.columns if name not in known]
    numbers = {name: table.numbers(name, optional=True) for name in ("viable_cells", "transduction", *subsets)}
    rows = []
    for at, (batch, site) in enumerate(zip(table.text("batch"), table.text("site"), strict=True)):
        rows.append(science.Batch(
            batch, site, numbers["viable_cells"][at], numbers["transduction"][at],
            {name: numbers[name][at] for name in subsets if numbers[name][at] is not None},
            _success(table, at), _instant(table, "apheresis_at", at), _instant(table, "infused_at", at),
        ))  # fmt: skip
    made = science.of_batches(rows, confidence)
    return made, [
        *grid(["site", "successful", "of decided", "share", "exact interval", "undecided"],
              [[s, str(x.successes), str(x.of), percent(x.value), f"{percent(x.ci_low)} to {percent(x.ci_high)}",
                str(made.undecided[s])] for s, x in made.success.items()]),
        "",
        *grid(["end point", "site", "n", "missing", "mean", "mean interval", "median", "least", "most"],
              [[f"{s.quantity} ({s.unit})", s.site, str(s.n), str(s.missing), number(s.mean),
                "-" if s.mean_low is None else f"{number(s.mean_low)} to {number(s.mean_high)}", number(s.median),
                number(s.least), number(s.most)] for s in made.summaries]),
    ]  # fmt: skip


def _success(table: Table, at: int) -> bool | None:
    cell = table.text("successful", optional=True)[at].lower()
    if cell not in SUCCESS:
        table.refuse("not-yes-or-no", table.lines[at], "successful", f"is {cell!r}; it is yes, no, or empty.")
    return SUCCESS[cell]


def _instant(table: Table, column: str, at: int) -> datetime | None:
    cell = table.text(column, optional=True)[at]
    if not cell:
        return None
    try:
        made = datetime.fromisoformat(cell)
    except ValueError:
        made = None
    if made is None or made.tzinfo is None:
        table.refuse("not-an-instant", table.lines[at], column, f"is {cell!r}; write day, time and zone, as in "
                     "2026-01-10T09:00+01:00.")  # fmt: skip
    return made
