"""Report: the analysis of a trial from a snapshot, figure by figure, each with who is counted and by which rules.

Every number comes from `science/outcome`, which is checked against R and other libraries; here participants become
times, statuses and groups, nothing more. A figure that the record cannot carry says so and why; none is left out and
none is invented. The same snapshot under the same rules gives the same report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from milenari.exports import burden
from milenari.exports import outcomes as o
from milenari.exports.analysis import RESPONDED
from milenari.exports.case import Case
from milenari.exports.study import Taken
from milenari.science.computed import Computed
from milenari.science.outcome import aplasia, competing, course, incidence, kinetics, picture, strata, survival
from milenari.science.outcome.terms import Interval, Terms
from milenari.science.unfit import Unfit

FORMAT = "milenari trial analysis 1"
SCALES = ("CRS", "ICANS")
LOSS = "b-cell-loss"  # the protocol's threshold in /uL
NEVER = "never-graded"


@dataclass(frozen=True)
class Rules:
    """What is decided before any number: printed with every figure that rests on it."""

    interval: Interval = Interval.LOG_LOG
    confidence: float = 0.95
    at: tuple[int, ...] = (91, 183, 365)  # days at which curves are told
    response_days: int = 91  # window of the response after the first infusion
    missing: incidence.Missing = incidence.Missing.FAILURE
    share: str = "exact"
    variance: competing.Variance = competing.Variance.AALEN
    confirmed: int = 2  # samples in a row that are a recovery of B cells
    loss_per_ul: float | None = None  # instead of the protocol's threshold
    expansion_days: int = 28
    expansion_limit: float = 0.0  # of quantification, copies per 100 ng
    severe: int = 3

    def told(self) -> dict[str, Any]:
        """As JSON holds it, numbers as decimal text."""
        return {
            "interval": str(self.interval), "confidence": f"{self.confidence:g}", "at_days": list(self.at),
            "response_days": self.response_days, "missing_response": str(self.missing), "share_interval": self.share,
            "incidence_variance": str(self.variance), "recovery_samples": self.confirmed,
            "b_cell_loss_per_ul": None if self.loss_per_ul is None else f"{self.loss_per_ul:g}",
            "expansion_days": self.expansion_days, "expansion_limit": f"{self.expansion_limit:g}",
            "severe_grade": self.severe,
        }  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One figure, or why there is none: ``lacking`` is a code of its own, ``why`` the method's sentence."""

    code: str
    denominator: str
    clock: str
    counted: int
    variant: str = ""  # what was decided differently from the figure of the same code beside it
    answer: Computed | None = None
    lacking: str = ""
    why: str = ""

    def told(self) -> dict[str, Any]:
        return {
            "figure": self.code, "variant": self.variant, "denominator": self.denominator, "clock": self.clock,
            "counted": self.counted, "answer": self.answer.reading() if self.answer else None,
            "not_enough_data": {"code": self.lacking, "why": self.why} if self.lacking else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Report:
    """The analysis: who is counted where, figure by figure, and the times it was made from."""

    taken: Taken
    rules: Rules
    denominators: tuple[tuple[str, int], ...]
    figures: tuple[Figure, ...]
    times: tuple[dict[str, Any], ...] = field(default_factory=tuple)

    def of(self, *codes: str) -> list[Figure]:
        return [f for f in self.figures if f.code in codes]

    def told(self) -> dict[str, Any]:
        study, taken = self.taken.study, self.taken
        return {
            "report": FORMAT, "study": study.code, "title": study.title, "protocol_version": study.version,
            "snapshot": taken.snapshot.told(), "simulated": taken.simulated, "left_out": dict(taken.left_out),
            "rules": self.rules.told(), "denominators": dict(self.denominators),
            "figures": [f.told() for f in self.figures], "participants": list(self.times),
        }  # fmt: skip


def report(taken: Taken, rules: Rules | None = None) -> Report:
    """The analysis of a study as of its snapshot."""
    rules = rules or Rules()
    today = taken.snapshot.written_at.date()
    return Report(
        taken, rules, _denominators(taken, rules, today),
        (
            *_responses(taken, rules, today), *_waterfalls(taken, rules), *_survivals(taken, rules),
            *_incidences(taken, rules), _aplasia(taken, rules), *_toxicity(taken, rules), _expansion(taken, rules),
            *_attributes(taken, rules),
        ),
        tuple(_times(case, rules) for case in taken.cases),
    )  # fmt: skip


def _denominators(taken: Taken, rules: Rules, today: date) -> tuple[tuple[str, int], ...]:
    counts = [("screened", len(taken.cases))]
    counts += [(name, len(o.counted(taken, name))) for name in ("enrolled", "apheresed", "infused")]
    counts += [("evaluable", sum(o.assessed(case, rules.response_days, today) for case in taken.cases))]
    return (*counts, ("responders", len(o.counted(taken, "responders"))))


def _figure(code: str, denominator: str, clock: str, counted: int, made: Callable[[], Computed],
            variant: str = "") -> Figure:  # fmt: skip
    """The figure, or the method's own word why the data do not carry it."""
    if counted == 0:
        return Figure(code, denominator, clock, 0, variant, lacking="nobody-counted")
    try:
        return Figure(code, denominator, clock, counted, variant, made())
    except Unfit as unfit:
        return Figure(code, denominator, clock, counted, variant, lacking=unfit.code, why=unfit.sentence)


# -- response -------------------------------------------------------------------------------------------


def _responses(taken: Taken, rules: Rules, today: date) -> list[Figure]:
    """Share with a response, and with one without residual disease, over each denominator, missing ones counted."""
    made = []
    for code, success in (("response", RESPONDED), ("mrd", ("mrd-negative-cr",))):
        for name in ("enrolled", "apheresed", "infused", "evaluable"):
            cases = [c for c in taken.cases if o.assessed(c, rules.response_days, today)] if name == "evaluable" \
                else o.counted(taken, name)  # fmt: skip
            told = [best.response if (best := o.best_by(c, rules.response_days)) else "" for c in cases]
            made.append(_figure(code, name, "infusion", len(cases),
                                _shared(told, success, name, rules.missing, rules)))  # fmt: skip
    return made


def _shared(told: Sequence[str], success: Sequence[str], denominator: str, missing: incidence.Missing,
            rules: Rules) -> Callable[[], Computed]:  # fmt: skip
    """The share of one denominator, to be asked for."""
    return lambda: incidence.rates(told, success, {denominator: [True] * len(told)}, missing=missing,
                                   interval=rules.share, confidence=rules.confidence)  # fmt: skip


WATERFALLS = {"waterfall-blasts": "% change of blasts in the marrow", "waterfall-mrd": "log10 of change of MRD"}
NOT_ASSESSED = "not-assessed"


def _waterfalls(taken: Taken, rules: Rules) -> list[Figure]:
    """A bar for each infused participant with a level before and after; who has none is counted by the difference."""
    infused = o.counted(taken, "infused")
    return [_waterfall(code, unit, burden.changes(infused, code), rules) for code, unit in WATERFALLS.items()]


def _waterfall(code: str, unit: str, found: list[tuple[Case, burden.Change]], rules: Rules) -> Figure:
    if not found:
        return Figure(code, "infused", "infusion", 0, lacking="no-levels")
    best = [o.best_by(case, rules.response_days) for case, _ in found]
    return _figure(code, "infused", "infusion", len(found), lambda: picture.waterfall(
        [case.key for case, _ in found], [change.value for _, change in found],
        [one.response if one else NOT_ASSESSED for one in best], unit))  # fmt: skip


# -- times ----------------------------------------------------------------------------------------------

BOTH = (("enrolled", "enrolment"), ("apheresed", "apheresis"), ("infused", "infusion"))
OPEN = (o.ALIVE, o.WITHDRAWN, o.ENDED)


def _survivals(taken: Taken, rules: Rules) -> list[Figure]:
    """OS and EFS from both clocks and from the infusion, EFS and RFS with and without an end at a transplant."""
    made = []
    for name, clock in BOTH:
        cases = o.counted(taken, name)
        times = [t for c in cases if (t := o.survival(c, clock))]
        made.append(_curve("os", name, clock, times, (o.DEATH,), OPEN, rules))
    lost = (o.NO_RESPONSE, o.RELAPSE, o.DEATH)
    for ends, variant in ((False, "transplant-ignored"), (True, "transplant-censored")):
        kept = (*OPEN, o.TRANSPLANT) if ends else OPEN
        for name, clock in BOTH:
            cases = o.counted(taken, name)
            times = [t for c in cases if (t := o.event_free(c, clock, rules.response_days, ends))]
            made.append(_curve("efs", name, clock, times, lost, kept, rules, variant))
        times = [t for c in o.counted(taken, "responders") if (t := o.relapse_free(c, ends))]
        made.append(_curve("rfs", "responders", "response", times, (o.RELAPSE, o.DEATH), kept, rules, variant))
    return made


def _curve(code: str, denominator: str, clock: str, times: Sequence[o.Time], event: tuple[str, ...],
           censored: tuple[str, ...], rules: Rules, variant: str = "") -> Figure:  # fmt: skip
    terms = Terms(denominator, clock, event, (), censored, rules.interval, rules.confidence)
    return _figure(code, denominator, clock, len(times), lambda: survival.kaplan_meier(
        course.courses([t.days for t in times], [t.status for t in times], terms), terms, rules.at),
        variant)  # fmt: skip


def _incidences(taken: Taken, rules: Rules) -> list[Figure]:
    """Relapse, with a transplant in remission and death without relapse competing."""
    times = [t for c in o.counted(taken, "responders") if (t := o.relapse_free(c, True))]
    terms = Terms("responders", "response", (o.RELAPSE,), (o.TRANSPLANT, o.DEATH), OPEN, rules.interval,
                  rules.confidence)  # fmt: skip
    return [_figure("relapse", "responders", "response", len(times), lambda: competing.cumulative_incidence(
        course.courses([t.days for t in times], [t.status for t in times], terms), terms, rules.at,
        rules.variance))]  # fmt: skip


# -- samples --------------------------------------------------------------------------------------------


def loss(taken: Taken, rules: Rules) -> float | None:
    """The threshold of B-cell aplasia: the one asked for, else the protocol's; None where neither is."""
    told = dict(taken.study.parameters).get(LOSS)
    return rules.loss_per_ul if rules.loss_per_ul is not None else float(told) if told is not None else None


def _aplasia(taken: Taken, rules: Rules) -> Figure:
    infused = o.counted(taken, "infused")
    rows = [row for case in infused for row in o.b_cells(case)]
    threshold, many = loss(taken, rules), len({row[0] for row in rows})
    if threshold is None:
        return Figure("aplasia", "infused", "infusion", many, lacking="threshold-not-set")
    if not rows:
        return Figure("aplasia", "infused", "infusion", 0, lacking="no-samples")
    return _figure("aplasia", "infused", "infusion", many, lambda: aplasia.aplasia(
        [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], "/uL", threshold, rules.confirmed,
        rules.interval, rules.confidence, rules.at))  # fmt: skip


def _expansion(taken: Taken, rules: Rules) -> Figure:
    rows = [row for case in o.counted(taken, "infused") for row in o.copies(case)]
    if not rows:
        return Figure("expansion", "infused", "infusion", 0, lacking="no-samples")
    return _figure("expansion", "infused", "infusion", len({r[0] for r in rows}), lambda: kinetics.kinetics(
        [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], "{copies}/100ng", rules.expansion_days,
        limit=rules.expansion_limit))  # fmt: skip


# -- toxicity -------------------------------------------------------------------------------------------


def _toxicity(taken: Taken, rules: Rules) -> list[Figure]:
    """Gravest grade of each infused participant: any, and severe. Who was never graded is counted beside, not as 0."""
    infused = o.counted(taken, "infused")
    made = []
    for scale in SCALES:
        told = ["" if (worst := case.worst(scale)) is None else f"grade-{worst}" for case in infused]
        for begin, variant in ((1, "any-grade"), (rules.severe, "severe")):
            success = tuple(f"grade-{grade}" for grade in range(begin, 6))
            asked = _shared(told, success, "infused", incidence.Missing.EXCLUDED, rules)
            made.append(_figure(scale.lower(), "infused", "infusion", len(infused), asked, variant))
    return made


# -- product against outcome ------------------------------------------------------------------------------


def _attributes(taken: Taken, rules: Rules) -> list[Figure]:
    """Each attribute of the product that was infused first against response, within the sites that made it."""
    judged = [c for c in o.counted(taken, "infused") if o.best_by(c, rules.response_days)]
    found: dict[str, list[tuple[float, bool, str]]] = {}
    for case in judged:
        best, batch = o.best_by(case, rules.response_days), case.given[0].batch
        product = next((p for p in case.products if p.code == batch), None)
        if best is None or product is None:
            continue
        values = {r.test: r.number for r in product.results if r.number is not None}
        per_kg = [f.per_kg_e6 for f in case.given if f.per_kg_e6 is not None]
        if per_kg and len(per_kg) == len(case.given):
            values["dose_e6_per_kg"] = sum(per_kg[1:], per_kg[0])
        for name, value in values.items():
            found.setdefault(name, []).append((float(value), best.response in RESPONDED, product.site))
    if not found:
        return [Figure("attribute", "infused", "infusion", 0, lacking="nobody-counted")]
    return [
        _figure("attribute", "infused", "infusion", len(rows), _compared(rows), name)
        for name, rows in sorted(found.items())
    ]


def _compared(rows: Sequence[tuple[float, bool, str]]) -> Callable[[], Computed]:
    """The comparison of one attribute, to be asked for."""
    return lambda: strata.van_elteren([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


# -- participants -----------------------------------------------------------------------------------------


def _times(case: Case, rules: Rules) -> dict[str, Any]:
    """What the figures were made from, one participant a row; days, never dates."""
    best = o.best_by(case, rules.response_days)
    row: dict[str, Any] = {"participant": case.key, "site": case.site, "response": best.response if best else ""}
    for name, clock in BOTH:
        made = {"os": o.survival(case, clock), "efs": o.event_free(case, clock, rules.response_days, False),
                "efs_transplant": o.event_free(case, clock, rules.response_days, True)}  # fmt: skip
        for code, told in made.items():
            row[f"{code}_{name}_d"] = told.days if told else None
            row[f"{code}_{name}_status"] = told.status if told else ""
    ended = o.relapse_free(case, True)
    row |= {"relapse_d": ended.days if ended else None, "relapse_status": ended.status if ended else ""}
    return row | {scale.lower(): case.worst(scale) for scale in SCALES}
