"""Commands that compare: tost, power, hierarchy, tolerance, quality-range, proportion."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.stats.asked import Lines, chance, grid, number, percent, question
from milenari.cli.stats.table import BadTable, Table

VERDICTS = {
    "equivalent": "Equivalent: the whole interval lies inside the margin.",
    "not-equivalent": "Not equivalent: the whole interval lies outside the margin.",
    "not-enough-data": "Not enough data to conclude: the interval reaches across an end of the margin.",
}
LEFT_OUT = {
    "not-recorded": "there is no such column, or it is empty", "one-level": "all rows have the same one",
    "own-level": "every row has its own, so it cannot be told from the residual",
}  # fmt: skip
DESIGNS = click.Choice(["paired", "welch", "pooled"])


@question("tost", "milenari stats tost pairs.csv --margin -5 5 --unit %", ("first", "second"), ("group", "value"),
          file_needed=False)  # fmt: skip
@click.option("--margin", nargs=2, type=float, required=True, help="Lower and upper end, in the unit of the values.")
@click.option("--ratio", is_flag=True, help="Compare ratios; the margin is two ratios, e.g. 0.8 1.25.")
@click.option("--design", type=DESIGNS, default="paired", show_default=True)
@click.option("--alpha", type=float, default=0.05, show_default=True)
@click.option("--estimate", type=float, help="Summary input instead of a file: the difference,")
@click.option("--se", type=float, help="... its standard error,")
@click.option("--df", type=float, help="... and its degrees of freedom.")
def tost(table: Table | None, unit: str, margin: tuple[float, float], ratio: bool, design: str, alpha: float,
         estimate: float | None, se: float | None, df: float | None) -> tuple[Any, Lines]:  # fmt: skip
    """Two one-sided tests: does the difference of means lie inside a margin? Columns first and second: pairs in rows
    for the paired design; for welch and pooled two independent columns (a cell may be empty)."""
    from milenari.science import equivalence as eq

    agreed = eq.Margin(*margin, ratio=ratio)
    if table is None:
        if estimate is None or se is None or df is None:
            raise BadTable("nothing-given", "Give a FILE (- for standard input), or all of --estimate, --se and --df.")
        made = eq.from_error(estimate, se, df, agreed, alpha, eq.Design(design))
    elif design == "paired":
        made = eq.paired(table.numbers("first"), table.numbers("second"), agreed, alpha)
    else:
        first, second = ([x for x in table.numbers(c, optional=True) if x is not None] for c in ("first", "second"))
        made = eq.unpaired(first, second, agreed, alpha, pooled=design == "pooled")
    what, tail = ("Ratio first / second", "") if ratio else ("Difference first - second", unit)
    return made, [
        VERDICTS[made.outcome],
        f"{what}: {number(made.estimate)}{tail}, {100 * (1 - 2 * alpha):g} % interval {number(made.ci_low)} to "
        f"{number(made.ci_high)}{tail}; margin {number(made.margin_low)} to {number(made.margin_high)}{tail}.",
        "",
        *grid(["test", "t", "df", "p"],
              [["above the lower end", number(made.t_low), number(made.df), chance(made.p_low)],
               ["below the upper end", number(made.t_high), number(made.df), chance(made.p_high)]]),
    ]  # fmt: skip


@question("power", "milenari stats power --design paired --n 6 --sd 4 --margin -5 5", file=False)
@click.option("--design", type=DESIGNS, default="paired", show_default=True)
@click.option("--n", type=int, required=True, help="Pairs, or values in each of two groups.")
@click.option("--sd", type=float, help="Deviation of differences of pairs, or within a group.")
@click.option("--cv", type=float, help="Instead, on the ratio scale: coefficient of variation, e.g. 0.25.")
@click.option("--margin", nargs=2, type=float, required=True)
@click.option("--ratio", is_flag=True, help="The margin is two ratios.")
@click.option("--true", "true_difference", type=float, help="True difference (or ratio); default none.")
@click.option("--alpha", type=float, default=0.05, show_default=True)
@click.option("--target", type=float, default=0.8, show_default=True, help="Power wanted.")
def power(table: None, unit: str, design: str, n: int, sd: float | None, cv: float | None, margin: tuple[float, float],
          ratio: bool, true_difference: float | None, alpha: float, target: float) -> tuple[Any, Lines]:  # fmt: skip
    """What a comparison of N can show: power of TOST, sample size, smallest margin and detectable difference."""
    from milenari.science import power as science
    from milenari.science.equivalence import Design, Margin

    if (sd is None) == (cv is None) or (cv is not None and not ratio):
        raise BadTable("nothing-given", "Give either --sd, or --cv together with --ratio.")
    spread = science.log_sd(cv) if cv is not None else float(sd or 0)
    made = science.of_design(Design(design), n, spread, Margin(*margin, ratio=ratio), true_difference, alpha, target)
    need = (f"{made.enough} per group reach {percent(target)}." if made.enough else
            f"No number of samples up to {science.MOST} per group reaches {percent(target)}.")  # fmt: skip
    return made, [
        f"With {n} {'pairs' if design == 'paired' else 'per group'} equivalence is concluded with probability "
        f"{percent(made.power)} if the true {'ratio' if ratio else 'difference'} is {number(made.true_difference)}.",
        need,
        f"Smallest margin {'(upper ratio)' if ratio else '(plus or minus)'} that this design can show with "
        f"{percent(target)}: {number(made.smallest_margin)}; smallest {'ratio' if ratio else 'difference'} a t test "
        f"would detect: {number(made.smallest_difference)}.",
        "",
        *grid(["n", "power"], [[str(size), percent(p)] for size, p in made.curve]),
    ]


@question(
    "hierarchy", "milenari stats hierarchy runs.csv --reference BCN --unit %", ("value", "site"), ("donor", "lot")
)
@click.option("--reference", required=True, help="The site the others are compared with.")
@click.option("--confidence", type=float, default=0.95, show_default=True)
def hierarchy(table: Table, unit: str, reference: str, confidence: float) -> tuple[Any, Lines]:
    """Sites compared by a mixed model in which donors and vector lots vary too."""
    from milenari.science import hierarchy as science

    rows = zip(table.numbers("value"), table.text("site"), table.text("donor", True), table.text("lot", True),
               strict=True)  # fmt: skip
    made = science.site_differences([science.Made(*row) for row in rows], reference, confidence)
    return made, [
        *(f"{d.site} minus {made.reference_site}: {number(d.difference)}{unit}, {100 * confidence:g} % interval "
          f"{number(d.ci_low)} to {number(d.ci_high)}{unit}." for d in made.differences),
        *(["Not enough data to conclude: " + "; ".join(made.lacking) + "."] if not made.enough else []),
        *(f"The {factor} is not in the model: {LEFT_OUT[why]}." for factor, why in made.left_out.items()),
        "",
        *grid(["site", "n", "difference", "se", "df", "p"],
              [[d.site, str(d.n), number(d.difference), number(d.se), number(d.df), chance(d.p)]
               for d in made.differences]),
        "",
        *grid(["component", "levels", "sd", "variance", "share"],
              [[c.name, str(c.levels), number(c.sd), number(c.variance), percent(c.share)] for c in made.components]),
        *(["", *grid(["effect of", "n", "adds", "error of prediction"],
                     [[f"{e.name} {e.level}", str(e.n), number(e.effect), number(e.se)] for e in made.effects])]
          if made.effects else []),
    ]  # fmt: skip


@question("tolerance", "milenari stats tolerance viability.csv --coverage 0.95 --confidence 0.95", ("value",))
@click.option("--coverage", type=float, default=0.95, show_default=True, help="Share of all future values held.")
@click.option("--confidence", type=float, default=0.95, show_default=True)
@click.option("--side", type=click.Choice(["both", "lower", "upper"]), default="both", show_default=True)
@click.option("--howe", is_flag=True, help="Howe's approximate factor instead of the exact one.")
@click.option("--ranks", is_flag=True, help="No assumption of normality: order statistics.")
@click.option("--tested", type=int, default=0, metavar="N", help="How often N values of another site would lie within.")
def tolerance(table: Table, unit: str, coverage: float, confidence: float, side: str, howe: bool, ranks: bool,
              tested: int) -> tuple[Any, Lines]:  # fmt: skip
    """Limits that hold a share of all future values with a stated confidence."""
    from milenari.science import tolerance as science

    if howe and ranks:
        raise BadTable("options-crossed", "Give --howe or --ranks, not both.")
    if tested and ranks:
        raise BadTable("options-crossed", "Give --tested or --ranks, not both: the chance rests on normal values.")
    values, which = table.numbers("value"), science.Side(side)
    made = (science.by_ranks(values, coverage, confidence, which) if ranks else
            science.normal(values, coverage, confidence, which, howe, tested))  # fmt: skip
    short = made.achieved < confidence
    return made, [
        f"{percent(coverage)} of all values lie between {number(made.low)} and {number(made.high)}{unit}, with "
        f"confidence {percent(made.achieved)}.",
        *([f"That is less than the {percent(confidence)} asked for: {made.needed} values are needed, "
           f"{made.n} are given."] if short else []),
        "",
        *grid(["n", "mean", "sd", "k", "lower", "upper"],
              [[str(made.n), number(made.mean), number(made.sd), number(made.factor), number(made.low),
                number(made.high)]]),
        *(["", f"How often {tested} values of a site with the same sd would all lie within (shift in reference sd"
           f"{'' if side == 'both' else ', towards the limit'}):", "",
           *grid(["shift", "all within"], [[number(c.shift), percent(c.passes)] for c in made.curve])]
          if made.curve else []),
    ]  # fmt: skip


@question("quality-range", "milenari stats quality-range lots.csv --k 3 --share 0.9", ("group", "value"))
@click.option("--reference", default="reference", show_default=True, help="Group the range is made of.")
@click.option("--tested", default="tested", show_default=True, help="Group held against it.")
@click.option("--k", type=float, default=3.0, show_default=True, help="Standard deviations on either side.")
@click.option("--share", type=float, default=0.9, show_default=True, help="Share of tested lots that has to be inside.")
def quality_range(table: Table, unit: str, reference: str, tested: str, k: float, share: float) -> tuple[Any, Lines]:
    """Do enough tested lots lie within mean +- k sd of the reference lots, and what would that prove?"""
    from milenari.science import quality_range as science

    groups, values = table.text("group"), table.numbers("value")
    both = [[v for v, g in zip(values, groups, strict=True) if g == name] for name in (reference, tested)]
    for name, held in zip((reference, tested), both, strict=True):
        if not held:
            raise BadTable("group-missing", f"{table.name}: no row of group {name}; the groups are "
                           f"{', '.join(sorted(set(groups)))}.", file=table.name, group=name)  # fmt: skip
    made = science.quality_range(both[0], both[1], k, share, (1.0, 1.5))
    return made, [
        f"{'Met' if made.met else 'Not met'}: {made.inside} of {made.n_tested} tested lots lie in {number(made.low)} "
        f"to {number(made.high)}{unit}; {made.required} are required.",
        "The criterion by itself controls no error. This is how often it would be met (shift in reference sd):",
        "",
        *grid(["shift", "passes, equal sd", "passes, sd 1.5 times"],
              [[number(a.shift), percent(a.passes), percent(b.passes)]
               for a, b in zip(made.curve[: len(made.curve) // 2], made.curve[len(made.curve) // 2 :], strict=True)]),
    ]  # fmt: skip


@question("proportion", "milenari stats proportion sites.csv --confidence 0.95", ("site", "successful", "of"))
@click.option("--confidence", type=float, default=0.95, show_default=True)
@click.option("--compare", nargs=2, metavar="SITE SITE", help="Also the difference of two sites.")
def proportion(table: Table, unit: str, confidence: float, compare: tuple[str, str] | None) -> tuple[Any, Lines]:
    """Share of successes per site with exact intervals, e.g. successful batches of all decided ones."""
    from milenari.science import proportion as science

    counts: dict[str, tuple[int, int]] = {}
    for at, (site, k, n) in enumerate(zip(table.text("site"), _whole(table, "successful"), _whole(table, "of"),
                                          strict=True)):  # fmt: skip
        if site in counts:
            table.refuse(
                "site-twice", table.lines[at], "site", f"is {site}, which stands above already. Add the two up."
            )
        counts[site] = (k, n)
    shares = science.per_site(counts, confidence)
    lines = grid(["site", "successful", "of", "share", "exact interval"],
                 [[site, str(s.successes), str(s.of), percent(s.value), f"{percent(s.ci_low)} to {percent(s.ci_high)}"]
                  for site, s in shares.items()])  # fmt: skip
    gap = None
    if compare:
        unknown = [site for site in compare if site not in counts]
        if unknown:
            raise BadTable("group-missing", f"{table.name}: no site {unknown[0]}.", file=table.name)
        gap = science.difference(counts[compare[0]], counts[compare[1]], confidence)
        lines += ["", f"{compare[0]} minus {compare[1]}: {100 * gap.difference:.1f} percentage points, interval "
                  f"{100 * gap.ci_low:.1f} to {100 * gap.ci_high:.1f}; Fisher's exact p {chance(gap.p)}."]  # fmt: skip
    return science.SiteShares(method="site-shares", version=science.VERSION, reference=science.REFERENCE,
                              shares=shares, difference=gap), lines  # fmt: skip


def _whole(table: Table, column: str) -> list[int]:
    made = []
    for cell, line in zip(table.numbers(column), table.lines, strict=True):
        if not cell.lstrip("+").isdigit():
            table.refuse("not-a-count", line, column, f"is {cell}; it is a whole number, not negative.")
        made.append(int(cell))
    return made
