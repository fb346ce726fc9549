"""Analysis: the report of a trial as sections of words, pictures and tables, the same for the page and the paper.

Every table says who is counted, from when, what is an event, what ends a time without one and by which interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from milenari.exports import burden
from milenari.exports import report as r
from milenari.exports.report_files import curve_of
from milenari.science.outcome.competing import CumulativeIncidence
from milenari.science.outcome.incidence import Rates
from milenari.science.outcome.kinetics import Kinetics
from milenari.science.outcome.picture import Waterfall
from milenari.science.outcome.strata import VanElteren
from milenari.science.outcome.survival import Median
from milenari.science.outcome.terms import Terms
from milenari.web import wording
from milenari.web.charts import analysis as charts
from milenari.web.wording import analysis as words

NOTHING = "—"
Rows = list[list[Any]]


@dataclass(frozen=True)
class Head:
    title: Any
    figure: bool = False  # a column of numbers
    width: float = 1.0


@dataclass(frozen=True)
class Cell:
    value: Any
    figure: bool
    span: int


@dataclass(frozen=True)
class Table:
    caption: Any
    heads: tuple[Head, ...]
    rows: Rows
    folded: bool = False  # on the page behind its caption: what a picture or another table says already

    @property
    def cells(self) -> list[list[Cell]]:
        """The rows cell by cell; one followed by empty ones, such as a reason, takes their place."""
        made = []
        for row in self.rows:
            filled = [at for at, value in enumerate(row) if value != ""]
            ends = [*filled[1:], len(row)]
            spans = [(at, end - at) for at, end in zip(filled, ends, strict=True)]
            made.append([Cell(row[at], self.heads[at].figure and span == 1, span) for at, span in spans])
        return made


@dataclass(frozen=True)
class Section:
    """One part of the report; ``empty`` is said where there is nothing else."""

    code: str
    title: Any
    lead: Any = ""
    pictures: tuple[SafeString | str, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Any, ...] = ()
    empty: Any = ""


def sections(made: r.Report) -> list[Section]:
    """The whole report."""
    return [
        _counted(made), _responses(made), _waterfalls(made), _survival(made), _relapse(made), _aplasia(made),
        _toxicity(made), _expansion(made), _attributes(made), _lanes(made),
    ]  # fmt: skip


# -- pieces ---------------------------------------------------------------------------------------------


def share(value: float | None) -> SafeString:
    """A probability in percent with one decimal."""
    return wording.isolated(NOTHING) if value is None else wording.isolated(f"{100 * value:.1f} %", "number")


def _percent(confidence: float) -> SafeString:
    """A confidence level as people write it."""
    return wording.isolated(f"{100 * confidence:g} %", "number")


def between(low: float | None, high: float | None, scale: float = 100.0, places: int = 1) -> SafeString:
    """An interval; what is not reached is a dash."""
    if low is None and high is None:
        return wording.isolated(NOTHING)
    ends = [NOTHING if x is None else f"{scale * x:.{places}f}" for x in (low, high)]
    return wording.isolated(" – ".join(ends), "number")


def _days(value: float | None) -> SafeString:
    return wording.isolated(NOTHING) if value is None else wording.number(Decimal(f"{value:g}"))


def _median(found: Median) -> SafeString:
    """A median with its interval, or that it is not reached."""
    if found.value is None:
        return format_html("{}", _("not reached"))
    return format_html("{} ({})", _days(found.value), between(found.ci_low, found.ci_high, 1, 0))


def _who(code: str) -> SafeString:
    return wording.word(words.DENOMINATORS, code)


def _clock(code: str) -> SafeString:
    return wording.word(words.CLOCKS, code)


def _ends(statuses: Iterable[str]) -> SafeString:
    return wording.joined(wording.word(words.STATUSES, one) for one in statuses)


def _lacking(figure: r.Figure) -> SafeString:
    """Not enough data, and why."""
    why = wording.word(words.LACKING, figure.lacking)
    return format_html("{}: {}", _("not enough data"), why)


def _named(figure: r.Figure) -> SafeString:
    """The figure with what was decided differently beside its neighbour."""
    title = wording.word(words.FIGURES, figure.code)
    return format_html("{} ({})", title, wording.word(words.VARIANTS, figure.variant)) if figure.variant else title


def _interval(terms: Terms) -> SafeString:
    return format_html("{} {}", wording.word(words.INTERVALS, terms.interval), _percent(terms.confidence))


def _rules(figures: Iterable[tuple[r.Figure, Terms]]) -> list[Any]:
    """The rules of a table's figures, each figure once."""
    told: dict[str, Any] = {}
    for figure, terms in figures:
        event, competing, censored = (_ends(part) for part in (terms.event, terms.competing, terms.censored))
        said = format_html("{}. {}: {}.", _named(figure), _("Event"), event)
        if terms.competing:
            said = format_html("{} {}: {}.", said, _("Competing"), competing)
        told[said] = format_html("{} {}: {}.", said, _("Ends a time without event"), censored)
    return list(told.values())


# -- sections -------------------------------------------------------------------------------------------


def _counted(made: r.Report) -> Section:
    heads = (Head(_("Who is counted"), width=2), Head(_("Participants"), True, 0.7))
    rows = [[_who(name), wording.number(many)] for name, many in made.denominators]
    lead = _("Times run from enrolment and from apheresis (intention to treat), and from the first infusion.")
    return Section("counted", _("Who is counted"), lead, tables=(Table(_("Denominators"), heads, rows),))


def _responses(made: r.Report) -> Section:
    heads = (Head(_("Figure"), width=2), Head(_("Who is counted"), width=1.8),
             Head(pgettext("share", "With"), True, 0.6), Head(pgettext("share", "Of"), True, 0.6),
             Head(_("Not assessed"), True, 0.8), Head(_("Share"), True, 0.8),
             Head(_("Exact interval, in percent"), True, 1.1))  # fmt: skip
    rules = made.rules
    note = wording.filled(
        _("By day %(days)s after the first infusion; who was not assessed by then %(missing)s. Interval: %(level)s, "
          "Clopper and Pearson."),
        {"days": wording.number(rules.response_days), "missing": wording.word(words.MISSING, rules.missing),
         "level": _percent(rules.confidence)},
    )  # fmt: skip
    return Section("response", _("Response"), tables=(Table(_("Response and residual disease"), heads,
                   [_share_row(f, 7) for f in made.of("response", "mrd")]),), notes=(note,))  # fmt: skip


def _share_row(figure: r.Figure, width: int) -> list[Any]:
    begin: list[Any] = [_named(figure), _who(figure.denominator)]
    if not isinstance(figure.answer, Rates):
        return [*begin, _lacking(figure), *[""] * (width - 3)]
    rate = figure.answer.rates[0]
    return [*begin, wording.number(rate.share.successes), wording.number(rate.share.of), wording.number(rate.missing),
            share(rate.share.value), between(rate.share.ci_low, rate.share.ci_high)]  # fmt: skip


def _waterfalls(made: r.Report) -> Section:
    figures, title = made.of(*r.WATERFALLS), _("Best change of disease")
    sites = {case.key: case.site for case in made.taken.cases}
    heads = (Head(_("Participant"), width=1.6), Head(_("Site"), width=0.7), Head(_("Response"), width=2),
             Head(_("Before, in percent"), True), Head(_("Lowest after, in percent"), True),
             Head(_("Change"), True))  # fmt: skip
    tables, lacking = [], []
    for f in figures:
        if not isinstance(f.answer, Waterfall):
            lacking.append(format_html("{}: {}.", _named(f), _lacking(f)))
            continue
        found = {case.key: change for case, change in burden.changes(made.taken.cases, f.code)}
        rows: Rows = []
        for bar in f.answer.bars:
            change = found[bar.patient]
            bound = "≤ " if change.best.bound else ""
            lowest = wording.isolated(f"{bound}{wording.figures(change.best.value)}", "number")
            rows.append([wording.isolated(bar.patient), wording.isolated(sites[bar.patient]),
                         wording.word(words.RESPONSES, bar.group), wording.number(change.before.value), lowest,
                         wording.isolated(f"{bar.value:.1f}" if f.code == "waterfall-blasts" else f"{bar.value:.2f}",
                                          "number")])  # fmt: skip
        tables.append(Table(_named(f), heads, rows, folded=True))
    if not tables:
        return Section("waterfall", title, empty=wording.joined(lacking))
    note = _("From the last marrow before the infusion to the lowest after it, until a relapse or a transplant; blasts "
             "in percent of what they were, residual disease in powers of ten. What was not found counts at the "
             "sensitivity that was reached.")  # fmt: skip
    return Section("waterfall", title, pictures=tuple(p for f in figures if (p := charts.waterfall(f))),
                   tables=tuple(tables), notes=(note, *lacking))  # fmt: skip


def _survival(made: r.Report) -> Section:
    figures = made.of("os", "efs", "rfs")
    drawn = [f for f in figures if f.denominator in ("enrolled", "infused", "responders")
             and f.variant != "transplant-censored"]  # fmt: skip
    notes = [
        *_rules([(f, found[0]) for f in figures if (found := curve_of(f))]),
        wording.filled(_("Kaplan and Meier; interval: %(interval)s. Median follow-up by the reverse curve. No response "
                         "counts at the start of the clock; who was not infused has no response to be assessed."),
                       {"interval": _level(made)}),
    ]  # fmt: skip
    return Section("survival", _("Survival"), pictures=tuple(p for f in drawn if (p := charts.survival(f))),
                   tables=(_medians(figures), _at(figures)), notes=tuple(notes))  # fmt: skip


def _level(made: r.Report) -> SafeString:
    return format_html("{} {}", wording.word(words.INTERVALS, made.rules.interval), _percent(made.rules.confidence))


def _medians(figures: Sequence[r.Figure]) -> Table:
    heads = (Head(_("Figure"), width=2.4), Head(_("Who is counted"), width=1.2), Head(_("Counted from"), width=1.1),
             Head(_("Participants"), True, 0.9), Head(_("Events"), True, 0.7), Head(_("Median, days"), True, 1.2),
             Head(_("Median follow-up, days"), True, 1.2))  # fmt: skip
    rows: Rows = []
    for f in figures:
        found, begin = curve_of(f), [_named(f), _who(f.denominator), _clock(f.clock), wording.number(f.counted)]
        if found is None:
            rows.append([*begin, _lacking(f), "", ""])
            continue
        curve = found[1]
        rows.append([*begin, wording.number(curve.events), _median(curve.median), _median(curve.follow_up)])
    return Table(_("Medians"), heads, rows)


def _at(figures: Sequence[r.Figure]) -> Table:
    heads = (Head(_("Figure"), width=2.4), Head(_("Who is counted"), width=1.2), Head(_("Counted from"), width=1.1),
             Head(_("Day"), True, 0.6), Head(_("At risk"), True, 0.7), Head(_("Without the event"), True, 1),
             Head(_("Interval, in percent"), True, 1.1))  # fmt: skip
    rows = [
        [_named(f), _who(f.denominator), _clock(f.clock), _days(p.time), wording.number(p.at_risk), share(p.survival),
         between(p.ci_low, p.ci_high)]
        for f in figures if (found := curve_of(f)) for p in found[1].at if p.survival is not None
    ]  # fmt: skip
    return Table(_("By day"), heads, rows, folded=True)


def _relapse(made: r.Report) -> Section:
    figure = made.of("relapse")[0]
    if not isinstance(figure.answer, CumulativeIncidence):
        return Section("relapse", words.FIGURES["relapse"], empty=_lacking(figure))
    course, terms = figure.answer.courses[0], figure.answer.terms
    heads = (Head(_("Day")), Head(_("At risk"), True), Head(_("Relapse"), True), Head(_("Interval, in percent"), True),
             Head(_("Competing"), True))  # fmt: skip
    rows = [[_days(p.time), wording.number(p.at_risk), share(p.incidence), between(p.ci_low, p.ci_high),
             share(p.of_competing)] for p in course.at if p.incidence is not None]  # fmt: skip
    told = wording.filled(
        _("Counted: %(counted)s, from the first response. Relapses %(events)s; competing %(competing)s."),
        {"counted": wording.number(course.n), "events": wording.number(course.events),
         "competing": wording.number(course.competing)},
    )  # fmt: skip
    how = format_html("{} {}: {}.", _("Aalen and Johansen, variance by Aalen."), _("Interval"), _interval(terms))
    return Section("relapse", words.FIGURES["relapse"], told, (charts.incidence(figure),),
                   (Table(_("By day"), heads, rows, folded=True),), (*_rules([(figure, terms)]), how))  # fmt: skip


def _aplasia(made: r.Report) -> Section:
    figure = made.of("aplasia")[0]
    found, threshold = curve_of(figure), r.loss(made.taken, made.rules)
    if found is None:
        return Section("aplasia", words.FIGURES["aplasia"], empty=_lacking(figure))
    note = wording.filled(
        _("Aplasia: below %(threshold)s. Back: %(confirmed)s samples in a row at or above it. Samples after a relapse "
          "or a transplant are not used."),
        {"threshold": wording.number(Decimal(f"{threshold:g}"), "/uL"),
         "confirmed": wording.number(made.rules.confirmed)},
    )  # fmt: skip
    how = format_html("{}: {}.", _("Interval"), _interval(found[0]))
    return Section("aplasia", words.FIGURES["aplasia"], "", (charts.survival(figure),),
                   (_medians([figure]), _at([figure])), (*_rules([(figure, found[0])]), note, how))  # fmt: skip


def _toxicity(made: r.Report) -> Section:
    figures = made.of("crs", "icans")
    heads = (Head(_("Scale")), *(Head(wording.number(n), True, 0.5) for n in range(6)), Head(_("never graded"), True))
    rows: Rows = []
    for f in figures:
        if f.variant == "any-grade" and isinstance(f.answer, Rates):
            rate = f.answer.rates[0]
            counts = [wording.number(rate.recorded.get(f"grade-{n}", 0)) for n in range(6)]
            rows.append([wording.word(words.FIGURES, f.code), *counts, wording.number(rate.missing)])
    table = (Table(_("Gravest grade of each infused participant"), heads, rows),) if rows else ()
    shares = (Head(_("Figure"), width=2), Head(_("Who is counted"), width=1.2),
              Head(pgettext("share", "With"), True, 0.6), Head(pgettext("share", "Of"), True, 0.6),
              Head(_("never graded"), True, 0.8), Head(_("Share"), True, 0.8),
              Head(_("Exact interval, in percent"), True, 1.1))  # fmt: skip
    note = wording.filled(_("Severe: from grade %(grade)s. Who was never graded is not counted as without it."),
                          {"grade": wording.number(made.rules.severe)})  # fmt: skip
    return Section("toxicity", _("Toxicity"), tables=(*table, Table(_("Incidence"), shares,
                   [_share_row(f, 7) for f in figures])), notes=(note,))  # fmt: skip


def _expansion(made: r.Report) -> Section:
    figure = made.of("expansion")[0]
    if not isinstance(figure.answer, Kinetics):
        return Section("expansion", words.FIGURES["expansion"], empty=_lacking(figure))
    found = figure.answer
    heads = (Head(_("Participant"), width=1.6), Head(_("Samples"), True), Head(_("Peak"), True),
             Head(_("Day of the peak"), True), Head(_("Area under the curve"), True))  # fmt: skip
    rows = [[wording.isolated(e.patient), wording.number(e.samples), _days(e.c_max), _days(e.t_max), _days(e.auc)]
            for e in found.patients]  # fmt: skip
    note = wording.filled(_("Peak in %(unit)s; area by trapezoids to day %(until)s, in %(area)s. An area that was not "
                            "sampled from the infusion to that day is not given."),
                          {"unit": wording.isolated(wording.unit(found.unit)), "until": _days(found.until),
                           "area": wording.isolated(wording.unit(found.auc_unit))})  # fmt: skip
    return Section("expansion", words.FIGURES["expansion"], tables=(Table(_("Expansion"), heads, rows),),
                   notes=(note,))  # fmt: skip


def _attributes(made: r.Report) -> Section:
    heads = (Head(_("Attribute of the product"), width=1.8), Head(_("Participants"), True),
             Head(_("Sites compared"), True), Head(wording.isolated("z"), True, 0.7),
             Head(wording.isolated("p"), True, 0.7), Head(_("Remark"), width=2))  # fmt: skip
    names = {x.test: x.attribute for case in made.taken.cases for p in case.products for x in p.results if x.attribute}
    rows: Rows = []
    for f in made.of("attribute"):
        if not f.variant:
            return Section("attributes", _("Product against response"), empty=_lacking(f))
        name = wording.word(words.ATTRIBUTES, f.variant)
        if f.variant in names:  # what the specification calls it; several tests may be of one attribute
            name = format_html("{} ({})", wording.said(names[f.variant]), wording.isolated(f.variant))
        if isinstance(f.answer, VanElteren):
            rows.append([name, wording.number(f.counted), wording.number(f.answer.used),
                         wording.isolated(f"{f.answer.z:.2f}", "number"),
                         wording.isolated(f"{f.answer.p:.3f}", "number"), ""])  # fmt: skip
        else:
            rows.append([name, wording.number(f.counted), NOTHING, NOTHING, NOTHING, _lacking(f)])
    note = _("Van Elteren's test, the making site as stratum; above zero, values are higher with a response. Not "
             "corrected for the number of attributes: it points out what to look at, and proves nothing.")  # fmt: skip
    return Section("attributes", _("Product against response"), tables=(Table(_("Attributes"), heads, rows),),
                   notes=(note,))  # fmt: skip


def _lanes(made: r.Report) -> Section:
    drawn = charts.lanes(made.taken.cases)
    if not drawn.lanes:
        return Section("lanes", _("Course of each participant"), empty=_("Nobody is enrolled yet."))
    marks = list(words.MARKS)
    heads = (Head(_("Participant"), width=1.8), Head(_("To apheresis"), True), Head(_("To infusion"), True),
             *(Head(words.MARKS[mark], True) for mark in marks))  # fmt: skip
    rows: Rows = []
    for lane in drawn.lanes:
        ends = {p.what: p.until for p in lane.parts if p.until is not None}
        apheresis = ends.get("to-apheresis") if "to-infusion" in ends else None
        infusion = ends.get("to-infusion") if "after-infusion" in ends else None
        seen = {p.what: p.start for p in lane.parts if p.until is None}
        rows.append([wording.isolated(lane.patient), _days(apheresis), _days(infusion),
                     *(_days(seen.get(mark)) for mark in marks)])  # fmt: skip
    lead = _("One lane per enrolled participant, in days from enrolment.")
    return Section("lanes", _("Course of each participant"), lead, (drawn.picture,),
                   (Table(_("The same in numbers"), heads, rows, folded=True),))  # fmt: skip
