"""Pictures of outcomes as SVG files that stand alone, drawn as on the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from milenari.cli.frame import wire
from milenari.cli.stats.table import BadTable

if TYPE_CHECKING:
    from milenari.science.outcome.aplasia import Aplasia
    from milenari.science.outcome.competing import CumulativeIncidence
    from milenari.science.outcome.picture import Swimmer, Waterfall
    from milenari.science.outcome.survival import Curve, KaplanMeier
    from milenari.science.outcome.terms import Terms
    from milenari.web.charts.outcome import Line

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" style="background: #fff" '


def survival(path: str, made: KaplanMeier, unit: str) -> None:
    """Every group's curve."""
    lines = [_survived(c) for c in made.curves]
    _curves(path, lines, "Survival", "without the event, %", made.terms, unit)


def duration(path: str, made: Aplasia) -> None:
    """The curve of B-cell aplasia."""
    _curves(path, [_survived(made.curve)], "B-cell aplasia", "still in aplasia, %", made.terms, "days")


def incidence(path: str, made: CumulativeIncidence, unit: str) -> None:
    """Every group's incidence of the event."""
    charts, lines = _charts(), []
    for c in made.courses:
        leaving = [a - b for a, b in pairwise([*(p.at_risk for p in c.points), 0])]
        steps = [charts.Step(p.time, p.incidence or 0.0, p.ci_low, p.ci_high, gone > p.events + p.competing)
                 for p, gone in zip(c.points, leaving, strict=True)]  # fmt: skip
        seen = _seen(zip([p.time for p in c.points], leaving, strict=True))
        lines.append(charts.Line(c.group, 0.0, steps, seen))
    _curves(path, lines, "Cumulative incidence", "with the event, %", made.terms, unit)


def swimmer(path: str, made: Swimmer, unit: str) -> None:
    """A lane per patient."""
    charts = _charts()
    parts = [(lane.patient, p) for lane in made.lanes for p in lane.parts]
    spans = [
        {"patient": who, "what": p.what, "from": p.start, "to": p.until} for who, p in parts if p.until is not None
    ]
    marks = [{"patient": who, "what": p.what, "at": p.start} for who, p in parts if p.until is None]
    across = f"{unit} from {made.clock}"
    said = charts.Said("Patients", f"{len(made.lanes)} patients, {across}", across, "")
    _write(path, charts.lanes(spans, marks, [lane.patient for lane in made.lanes], said))


def waterfall(path: str, made: Waterfall) -> None:
    """A bar per patient."""
    charts = _charts()
    rows = [{"patient": b.patient, "value": b.value, "group": b.group} for b in made.bars]
    said = charts.Said("Waterfall", f"{len(rows)} patients, highest value first", "patient", made.unit)
    _write(path, charts.bars(rows, [b.patient for b in made.bars], said))


def _charts() -> ModuleType:
    """The room of charts, which stands in Django; no database is opened."""
    wire()
    from milenari.web.charts import outcome

    return outcome


def _survived(curve: Curve) -> Line:
    charts = _charts()
    steps = [charts.Step(p.time, p.survival or 0.0, p.ci_low, p.ci_high, p.censored > 0) for p in curve.points]
    made: Line = charts.Line(curve.group, 1.0, steps, _seen((p.time, p.events + p.censored) for p in curve.points))
    return made


def _seen(leaving: Iterable[tuple[float, int]]) -> list[float]:
    """The time each patient was last seen."""
    return [time for time, how_many in leaving for _ in range(how_many)]


def _curves(path: str, lines: Sequence[Line], title: str, up: str, terms: Terms, unit: str) -> None:
    charts = _charts()
    rules = f"event {', '.join(terms.event)}"
    if terms.competing:
        rules += f"; competing {', '.join(terms.competing)}"
    said = charts.Said(
        title, f"{title} of {terms.denominator}, {rules}; {terms.interval} interval, {100 * terms.confidence:g} %",
        f"{unit} from {terms.clock}", up, f"at risk ({terms.denominator})",
    )  # fmt: skip
    _write(path, charts.curves(lines, said))


def _write(path: str, drawn: str) -> None:
    try:
        Path(path).write_text(drawn.replace("<svg ", HEAD, 1) + "\n", encoding="utf-8")
    except OSError as fault:
        raise BadTable("file-unwritable", f"{path} cannot be written: {fault.strerror}.", file=path) from fault
