"""The frame of ``milenari design``: the group, lists of numbers as options, and how a path stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from milenari.cli.frame import Command, example, main
from milenari.cli.stats import asked
from milenari.cli.stats.table import BadTable

EXAMPLES = {
    "mtd": """\
# one row per dose: patients treated, with a dose-limiting toxicity (made up)
dose,treated,toxic
1,3,0
2,6,1
3,9,3
4,3,3
""",
    "crm": """\
# one row per patient: dose, and 1 for a dose-limiting toxicity (made up)
dose,toxic
1,0
1,0
1,0
2,0
2,0
2,0
3,1
3,0
3,0
""",
}


@main.group(epilog=example("milenari design simon --p0 0.2 --p1 0.4 --alpha 0.05 --beta 0.2"))
def design() -> None:
    """Sizes, doses and stopping rules of early-phase trials. Methods and limits: docs/trial-numbers.md."""


question: Callable[..., Callable[[Command], Command]] = partial(asked.question, group=design, examples=EXAMPLES)


class Numbers(click.ParamType[Any]):
    """A list such as 0.05,0.12,0.3; with ``whole`` also a range such as 1-30."""

    name = "numbers"

    def __init__(self, whole: bool = False):
        self.whole = whole

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        made: list[Any] = []
        for part in value.split(","):
            low, dash, high = part.strip().partition("-")
            try:
                if self.whole and dash:
                    made += range(int(low), min(int(high), 10_000) + 1)
                else:
                    made.append(int(part) if self.whole else float(part))
            except ValueError:
                say = "whole numbers such as 5,10,15 or 1-30" if self.whole else "numbers such as 0.05,0.12,0.3"
                self.fail(f"{part.strip()!r} is not a number; write {say}.", param, ctx)
        return tuple(made)


REALS, WHOLES = Numbers(), Numbers(whole=True)


def rated(function: Command) -> Command:
    """The option that names true rates."""
    return click.option("--rates", type=REALS, default=(), metavar="P,P,...",
                        help="True rates at which the properties are printed.")(function)  # fmt: skip


def standing(path: str, doses: int, rules: Any, method: str, version: str, reference: str) -> tuple[Any, list[str]]:
    """Where a path of cohorts has led, and what that is in words."""
    from milenari.science.design import escalation

    treated, toxic, current = escalation.counted(path, doses)
    advice = rules.advise(treated, toxic, current) if any(treated) else None
    gone = escalation.eliminated(treated, toxic, rules.decisions) if hasattr(rules, "decisions") else ()
    made = escalation.Standing(
        method=method, version=version, reference=reference, path=path, treated=treated, toxic=toxic, eliminated=gone,
        current=current, next_dose=advice.dose if advice else 1, going_on=advice.going_on if advice else True,
        decision=advice.decision if advice else escalation.Decision.STAY,
    )  # fmt: skip
    return made, [told(made.next_dose, made.going_on), *_gone(gone), "",
                  *asked.grid(["dose", "patients", "toxicities"],
                              [[str(k + 1), str(n), str(y)] for k, (n, y) in
                               enumerate(zip(treated, toxic, strict=True))])]  # fmt: skip


def told(dose: int | None, going_on: bool) -> str:
    if going_on:
        return f"Next cohort at dose {dose}."
    return "Stop: no dose is safe enough." if dose is None else f"Stop: dose {dose} is taken."


def _gone(doses: Sequence[int]) -> list[str]:
    return [f"Left for good: dose {', '.join(map(str, doses))}."] if doses else []


def either(path: str | None, doses: int | None) -> bool:
    """Whether a path was asked about; with one, the number of doses is needed."""
    if path is None:
        return False
    if doses is None:
        raise BadTable("nothing-given", "A path needs the number of doses: --doses 5.")
    return True
