"""Charts of a trial's analysis: curves of survival and incidence, and a lane per participant, from the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.exports import outcomes as o
from milenari.exports.case import Case
from milenari.exports.report import Figure
from milenari.exports.report_files import curve_of
from milenari.science.outcome.competing import CumulativeIncidence
from milenari.science.outcome.picture import Lane, Waterfall, swimmer
from milenari.web.charts import outcome
from milenari.web.wording import analysis as words

MOST = 60  # lanes in one picture; the table beside has everybody


def survival(figure: Figure) -> SafeString | str:
    """The curve of a figure with numbers at risk; nothing where there is no figure."""
    found = curve_of(figure)
    if found is None:
        return ""
    terms, curve = found
    steps = [outcome.Step(p.time, p.survival or 0.0, p.ci_low, p.ci_high, p.censored > 0) for p in curve.points]
    seen = [p.time for p in curve.points for _one in range(p.events + p.censored)]
    up = _("still in aplasia, in percent") if figure.code == "aplasia" else _("without the event, in percent")
    return outcome.curves([outcome.Line("", 1.0, steps, seen)], _said(figure, up, terms.denominator, terms.clock))


def incidence(figure: Figure) -> SafeString | str:
    """The incidence of the event with what competes."""
    if not isinstance(figure.answer, CumulativeIncidence):
        return ""
    course, terms = figure.answer.courses[0], figure.answer.terms
    leaving = [a - b for a, b in pairwise([*(p.at_risk for p in course.points), 0])]
    steps = [outcome.Step(p.time, p.incidence or 0.0, p.ci_low, p.ci_high, gone > p.events + p.competing)
             for p, gone in zip(course.points, leaving, strict=True)]  # fmt: skip
    seen = [p.time for p, gone in zip(course.points, leaving, strict=True) for _one in range(gone)]
    others = [outcome.Step(p.time, p.of_competing or 0.0, None, None, False) for p in course.points]
    lines = [outcome.Line(str(words.STATUSES["relapse"]), 0.0, steps, seen),
             outcome.Line(_("competing: transplant in remission, death"), 0.0, others, ())]  # fmt: skip
    return outcome.curves(lines, _said(figure, _("with the event, in percent"), terms.denominator, terms.clock))


def waterfall(figure: Figure) -> SafeString | str:
    """A bar per participant, the highest first, coloured by response; site and value stand in the table."""
    if not isinstance(figure.answer, Waterfall):
        return ""
    shown = figure.answer.bars[-MOST:]
    up = _("change in percent") if figure.code == "waterfall-blasts" else _("change in powers of ten")
    rows = [{"patient": bar.patient, "value": bar.value, "group": str(words.RESPONSES.get(bar.group, bar.group))}
            for bar in shown]  # fmt: skip
    title = str(words.FIGURES[figure.code])
    told = _("One bar per participant; the table beside has the same.")
    said = outcome.Said(title, told, _("participant"), up, head=title)
    return outcome.bars(rows, [bar.patient for bar in shown], said)


def _said(figure: Figure, up: str, denominator: str, clock: str) -> outcome.Said:
    who = str(words.DENOMINATORS.get(denominator, denominator))
    title = str(words.FIGURES[figure.code])
    described = _("%(title)s. Who is counted: %(who)s. The table beside has the same in numbers.") % {
        "title": title, "who": who}  # fmt: skip
    across = _("days from: %(clock)s") % {"clock": words.CLOCKS.get(clock, clock)}
    head = _("%(title)s: %(who)s") % {"title": title, "who": who}
    return outcome.Said(title, described, across, up, _("at risk: %(who)s") % {"who": who}, head)


@dataclass(frozen=True)
class Drawn:
    """A lane per participant as picture, with the lanes behind it."""

    picture: SafeString | str
    lanes: tuple[Lane, ...]


def lanes(cases: Iterable[Case]) -> Drawn:
    """Every enrolled participant from enrolment on: apheresis, infusion and what came of it."""
    rows = [row for case in cases if o.enrolled_on(case) is not None for row in _parts(case)]
    if not rows:
        return Drawn("", ())
    made = swimmer([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows], "enrolment")
    shown = made.lanes[:MOST]
    parts = [(lane.patient, part) for lane in shown for part in lane.parts]
    spans = [{"patient": who, "what": str(words.SPANS[p.what]), "from": p.start, "to": p.until}
             for who, p in parts if p.until is not None]  # fmt: skip
    marks = [{"patient": who, "what": str(words.MARKS[p.what]), "at": p.start} for who, p in parts if p.until is None]
    across = _("days from: %(clock)s") % {"clock": words.CLOCKS["enrolment"]}
    said = outcome.Said(_("Course of each participant"), _("One lane per participant; the table beside has the same."),
                        across, "")  # fmt: skip
    picture = outcome.lanes(spans, marks, [lane.patient for lane in shown], said, str(words.MARKS["alive"]))
    return Drawn(picture, made.lanes)


def _parts(case: Case) -> list[tuple[str, str, int, int | None]]:
    """Spans and marks of one participant, in days from enrolment; what was before it is at its start."""
    start, last = o.enrolled_on(case), o.last_on(case)
    assert start is not None
    stops: list[tuple[str, Any]] = [("to-apheresis", o.apheresed_on(case)), ("to-infusion", o.infused_on(case)),
                                    ("after-infusion", last)]  # fmt: skip
    made: list[tuple[str, str, int, int | None]] = []
    begun = 0
    for what, on in stops:
        reached = on is not None
        until = max(begun, ((on if on is not None else last) - start).days)
        made.append((case.key, what, begun, until))
        begun = until
        if not reached:
            break
    marks = [("response", o.responded_on(case))]
    marks += [("relapse", r.at.on) for r in case.relapses] + [("transplant", t.on) for t in case.transplants]
    marks.append((o.open_end(case), case.death.on if case.death else last))
    made += [(case.key, what, max(0, (on - start).days), None) for what, on in marks if on is not None]
    return made
