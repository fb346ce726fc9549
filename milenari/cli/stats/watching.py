"""Commands that watch a process: control-chart, ewma, cusum, drift, capability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from milenari.cli.frame import Command
from milenari.cli.stats.asked import Lines, grid, number, question
from milenari.cli.stats.table import BadTable, Table

CONVENTIONS = click.Choice(["nelson", "jmp", "minitab", "western-electric"])


def baselined(function: Command) -> Command:
    """The options that say what the values are judged against."""
    options: list[Callable[[Command], Command]] = [
        click.option("--baseline", type=int, help="How many of the first values make the baseline; default all."),
        click.option("--centre", type=float, help="Stated centre, with --sigma."),
        click.option("--sigma", type=float, help="Stated sigma, with --centre."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _base(table: Table, first: int | None, centre: float | None, sigma: float | None) -> Any:
    from milenari.science import baseline

    if (centre is None) != (sigma is None) or (centre is not None and first is not None):
        raise BadTable("options-crossed", "Give --centre together with --sigma, or --baseline, or none of them.")
    if centre is not None and sigma is not None:
        return baseline.stated(centre, sigma)
    values = table.numbers("value")
    if first is not None and not baseline.FEWEST <= first <= len(values):
        raise BadTable("baseline-unfit", f"--baseline {first}: it takes at least {baseline.FEWEST} values and there "
                       f"are {len(values)}.")  # fmt: skip
    return baseline.of_values(values[:first])


def _keys(table: Table) -> list[str]:
    return table.text("key") if table.has("key") else [str(at + 1) for at in range(len(table))]


def _rested(base: Any, unit: str) -> str:
    on = f"{base.n} values" if base.n else "stated numbers"
    early = " That is few: limits are provisional." if base.provisional else ""
    return f"Baseline from {on}: centre {number(base.centre)}{unit}, sigma {number(base.sigma)}{unit}.{early}"


def _signals(found: Any) -> Lines:
    if not found.signals:
        return ["No signal."]
    return grid(["test", "first", "last", "results", "id"],
                [[s.test, s.first, s.last, str(s.count), s.id] for s in found.signals])  # fmt: skip


@question("control-chart", "milenari stats control-chart titre.csv --convention minitab", ("value",), ("key",))
@baselined
@click.option("--convention", type=CONVENTIONS, default="nelson", show_default=True, help="Whose count of points.")
def control_chart(table: Table, unit: str, baseline: int | None, centre: float | None, sigma: float | None,
                  convention: str) -> tuple[Any, Lines]:  # fmt: skip
    """Individuals and moving range with Nelson's rules. Values in time order."""
    from milenari.science import individuals, nelson

    base = _base(table, baseline, centre, sigma)
    made = individuals.chart(_keys(table), table.numbers("value"), base, nelson.Convention(convention))
    return made, [
        _rested(base, unit),
        f"Control limits {number(made.low)} to {number(made.high)}{unit}; moving range {number(made.mean_range)}, "
        f"upper limit {number(made.range_high)}{unit}.",
        *([f"Moving range above its limit at {', '.join(made.ranges_outside)}."] if made.ranges_outside else []),
        "",
        *_signals(made.drift),
    ]


@question("ewma", "milenari stats ewma titre.csv --weight 0.3 --centre 50 --sigma 2.0539", ("value",), ("key",))
@baselined
@click.option("--weight", type=float, default=0.2, show_default=True)
@click.option("--reach", type=float, default=3.0, show_default=True, help="Limits, in sigma of the average.")
@click.option("--settled", is_flag=True, help="Constant limits from the first value on, as in the NIST handbook.")
def ewma(table: Table, unit: str, baseline: int | None, centre: float | None, sigma: float | None, weight: float,
         reach: float, settled: bool) -> tuple[Any, Lines]:  # fmt: skip
    """Exponentially weighted moving average chart. Values in time order."""
    from milenari.science import ewma as science

    base = _base(table, baseline, centre, sigma)
    made, keys = science.chart(table.numbers("value"), base, weight, reach, settled), _keys(table)
    return made, [
        _rested(base, unit),
        f"Limits at the last value {number(made.low[-1])} to {number(made.high[-1])}{unit}; last average "
        f"{number(made.averages[-1])}{unit}.",
        f"Outside at {', '.join(keys[k] for k in made.outside)}." if made.outside else "No average is outside.",
        "",
        *grid(["result", "average", "lower", "upper"],
              [[k, number(z), number(lo), number(hi)]
               for k, z, lo, hi in zip(keys, made.averages, made.low, made.high, strict=True)]),
    ]  # fmt: skip


@question("cusum", "milenari stats cusum titre.csv --baseline 20 --k 0.5 --h 5", ("value",), ("key",))
@baselined
@click.option("--k", type=float, default=0.5, show_default=True, help="Slack, in sigma.")
@click.option("--h", type=float, default=5.0, show_default=True, help="Decision interval, in sigma.")
def cusum(table: Table, unit: str, baseline: int | None, centre: float | None, sigma: float | None, k: float,
          h: float) -> tuple[Any, Lines]:  # fmt: skip
    """Cumulative sum chart, up and down. Values in time order."""
    from milenari.science import cusum as science

    base = _base(table, baseline, centre, sigma)
    made, keys = science.chart(table.numbers("value"), base, k, h), _keys(table)
    told = [f"{word} since {keys[at[0]]}; the sum had left zero at {keys[made.began[at[0]]]}."
            for word, at in (("Upward signal", made.above), ("Downward signal", made.below)) if at]  # fmt: skip
    return made, [
        _rested(base, unit),
        f"Decision interval {number(made.decision)}{unit}, slack {number(made.slack)}{unit}.",
        *(told or ["No signal."]),
        "",
        *grid(["result", "upper sum", "lower sum"],
              [[key, number(up), number(down)] for key, up, down in zip(keys, made.upper, made.lower, strict=True)]),
    ]  # fmt: skip


@question("drift", "milenari stats drift titre.csv --series 'ROM viability' --baseline 20", ("key", "value"))
@baselined
@click.option("--series", required=True, help="Name of the series; part of every signal's identity.")
@click.option("--convention", type=CONVENTIONS, default="nelson", show_default=True)
def drift(table: Table, unit: str, baseline: int | None, centre: float | None, sigma: float | None, series: str,
          convention: str) -> tuple[Any, Lines]:  # fmt: skip
    """All signals of Nelson's rules, EWMA and CUSUM, each with an id that stays the same when results are added."""
    from milenari.science import drift as science
    from milenari.science import nelson

    base = _base(table, baseline, centre, sigma)
    results = [science.Result(key, value) for key, value in zip(_keys(table), table.numbers("value"), strict=True)]
    made = science.signals(series, results, base, science.Watch(nelson.Convention(convention)))
    return made, [_rested(base, unit), "", *_signals(made)]


@question("capability", "milenari stats capability titre.csv --lower 8 --upper 20", ("value",), file_needed=False)
@click.option("--lower", type=float, help="Lower specification limit.")
@click.option("--upper", type=float, help="Upper specification limit.")
@click.option("--confidence", type=float, default=0.95, show_default=True)
@click.option("--mean", type=float, help="Summary input instead of a file: mean,")
@click.option("--sd", type=float, help="... standard deviation,")
@click.option("--n", type=int, help="... and number of values.")
def capability(table: Table | None, unit: str, lower: float | None, upper: float | None, confidence: float,
               mean: float | None, sd: float | None, n: int | None) -> tuple[Any, Lines]:  # fmt: skip
    """Cp, Cpk, Pp and Ppk with intervals. Values in time order."""
    from milenari.science import capability as science

    if table is not None:
        made = science.of_values(table.numbers("value"), lower, upper, confidence)
    elif mean is None or sd is None or n is None:
        raise BadTable("nothing-given", "Give a FILE (- for standard input), or all of --mean, --sd and --n.")
    else:
        made = science.of_summary(mean, sd, n, lower, upper, confidence)
    rows = [(name, getattr(made, name.lower())) for name in ("Cp", "Cpk", "Pp", "Ppk")]
    return made, [
        f"{made.n} values, mean {number(made.mean)}{unit}, overall sd {number(made.sd)}{unit}"
        + (f", short-term sd {number(made.sd_within)}{unit}." if made.sd_within else "."),
        *([f"{made.outside} of them are outside the limits."] if made.outside else []),
        *([f"Fewer than {science.SETTLED} values: provisional."] if made.provisional else []),
        "",
        *grid(["index", "value", "lower", "upper"],
              [[name, number(x.value, 4), number(x.ci_low, 4), number(x.ci_high, 4)] for name, x in rows if x]),
    ]  # fmt: skip
