"""Studies: the list of comparability and stability studies with what each waits for, and one comparability study."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.journal import read
from milenari.journal.fold import DiskBook
from milenari.registers import comparing, studies
from milenari.registers import models as table
from milenari.rules.action import Book, Refused
from milenari.rules.comparability import ARMS, Study
from milenari.rules.comparability_report import data_of, digest_of_data, unfinished
from milenari.science.passing import Chance
from milenari.web import next_acts, telling, wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import isolate
from milenari.web.charts import study as charts
from milenari.web.paging import Paging, number_of
from milenari.web.wording import comparing as words
from milenari.words import Facts

OPEN = ("open", "drafted", "locked", "reported", "comparable", "not-comparable", "not-enough-data")

OFF = 2  # standard deviations, for which the chance to pass is said in words


@dataclass(frozen=True)
class Waits:
    """What a study waits for, as a code of ``words.WAITS``, with the acts that answer it and at which site."""

    code: str
    acts: tuple[str, ...]
    site: str


@page
def index(request: HttpRequest) -> HttpResponse:
    who, book = acting(request), DiskBook()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "status")}
    status = asked["status"] if asked["status"] in OPEN else ""
    found = studies.comparisons(who.sees, asked["q"], status, number_of(request.GET.get("page", "")))
    lines = [(row, waits_for(book, book.sheet(f"comparability:{row.code}"))) for row in found.rows]
    followed = studies.stabilities(who.sees)
    shown = {
        "lines": [(row, waits, waits is not None and waits.site == who.site) for row, waits in lines],
        "found": found,
        "asked": asked,
        "narrowed": any(asked.values()),
        "states": [(code, words.STATES.get(code, _("not concluded"))) for code in OPEN],
        "paging": Paging(found.page, found.pages, {k: v for k, v in asked.items() if v}),
        "followed": [(row, studies.shelf_life_of(row.process)) for row in followed],
        "signals": studies.open_signals(who.sees),
        "control": _control(who),
        "next": [next_acts.offer(who, "plan-stability")],
    }
    return render(request, "web/studies.html", shown)


def _control(who: Acting) -> bool:
    return who.site in who.sites and who.sites[who.site].control


def waits_for(book: DiskBook, study: Study) -> Waits | None:
    """What the study waits for now; nothing once it has shown comparability or was repeated."""
    if study.outcome:
        if study.outcome == "comparable" or studies.repeated(study.code):
            return None
        return Waits("repeat", (), study.owner) if study.root_cause else Waits(
            "investigate", ("investigate-comparability",), study.owner)  # fmt: skip
    if study.locked_at is None:
        signed = book.sheet(f"protocolconsent:{study.code}/{study.candidate}").digest == study.digest
        return Waits("lock", ("lock-comparability",), study.owner) if signed else Waits(
            "consent", ("consent-protocol",), study.candidate)  # fmt: skip
    if study.reports:
        same = study.reports[-1].data == digest_of_data(data_of(study, book))
        return Waits("conclude", ("conclude-comparability",), study.owner) if same else Waits(
            "report-again", (), study.owner)  # fmt: skip
    least = (study.protocol or {})["least"]
    if any(len(study.counted(arm)) < least[arm] for arm in ARMS):
        return Waits("runs", ("enrol-comparability-run",), study.owner)
    return Waits("finish", (), "") if unfinished(study, book) else Waits("report", (), study.owner)


# -- one study ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One source of variation: how many there were of it, its standard deviation, its share of all variation."""

    name: Any
    levels: SafeString
    sd: SafeString
    share: SafeString


@dataclass(frozen=True)
class Drawn:
    """One attribute as the page shows it."""

    found: comparing.Compared
    attribute: str
    verdict: str
    interval: SafeString | str
    estimate: SafeString | str
    power: SafeString | str
    beside: list[SafeString]
    picture: SafeString | str
    curve: SafeString | str
    effects: SafeString | str
    passing: SafeString | str
    parts: list[Part]

    @property
    def pictures(self) -> list[SafeString | str]:
        """Those that there are, in the order in which they are looked at."""
        return [one for one in (self.picture, self.curve, self.effects, self.passing) if one]


def study_of(who: Acting, book: DiskBook, code: str) -> Study:
    """The study, if there is one and the person sees one of its sites."""
    found: Study = book.sheet(f"comparability:{code}")
    if not found.exists:
        raise Refused("subject-unknown", kind="comparability", code=code)
    who.require_sight(found.owner, found.reference, found.candidate)
    return found


@page
def one(request: HttpRequest, code: str) -> HttpResponse:
    who, book = acting(request), DiskBook()
    study = study_of(who, book, code)
    found = comparing.comparison(study, book)
    waits = waits_for(book, study)
    back = {"back": request.path}
    consent = studies.consent_of(code, study.candidate)
    shown = {
        "study": study,
        "protocol": study.protocol,
        "names": attribute_names(book, study.product),
        "found": found,
        "waits": waits,
        "consent": consent,
        "consented": consent is not None and consent.digest == study.digest,
        "margins": charts.margins(found, words.VERDICTS),
        "drawn": [drawn(study, one, attribute_names(book, study.product)) for one in found.attributes],
        "arms": [(arm, getattr(study, arm), _runs(who, study, arm)) for arm in ARMS],
        "least": [(arm, (study.protocol or {})["least"][arm], len(study.counted(arm))) for arm in ARMS],
        "offered": _offered(who, study, back) if study.locked_at and not study.reports and not study.outcome else [],
        "next": [next_acts.offer(who, act, **_filled(act, study), **back) for act in (waits.acts if waits else ())],
        "may_report": waits is not None and waits.code in ("report", "report-again", "conclude") and not found.waiting,
        "last": study.reports[-1] if study.reports else None,
        "zone": who.zone,
        "told": telling.tell(read.entries_about(f"comparability:{code}"), [f"comparability:{code}"]),
    }
    return render(request, "web/study.html", shown)


def attribute_names(book: Book, product: str) -> dict[str, str]:
    """The attributes of the product's specification in force, by their tests."""
    version = book.sheet(f"process:{product}").current()
    rows = (version.recipe if version else {}).get("specification", [])
    return {row["test"]: row.get("attribute", row["test"]) for row in rows}


def _filled(act: str, study: Study) -> dict[str, str]:
    """What the form of an act needs, so that nobody types a digest."""
    here = {"study": study.code}
    if act == "consent-protocol":
        return {**here, "consent": f"{study.code}/{study.candidate}", "digest": study.digest}
    return here


def _runs(who: Acting, study: Study, arm: str) -> list[tuple[Any, table.Batch | None, Any]]:
    rows = studies.runs_of(study.code)
    made = []
    for run in study.runs:
        if run.arm != arm:
            continue
        offer = None
        if study.locked_at and not study.outcome and not run.excluded:
            offer = next_acts.offer(who, "exclude-comparability-run", study=study.code, batch=run.batch)
        made.append((run, rows.get(run.batch), offer))
    return made


def _offered(who: Acting, study: Study, back: dict[str, str]) -> list[tuple[table.Batch, Any]]:
    rows = studies.runs_offered(study.code, study.product, (study.reference, study.candidate))
    return [(row, next_acts.offer(who, "enrol-comparability-run", study=study.code, batch=row.code, **back))
            for row in rows]  # fmt: skip


# -- in words -------------------------------------------------------------------------------------------


def drawn(study: Study, one: comparing.Compared, names: dict[str, str]) -> Drawn:
    """One attribute in words and pictures."""
    unit = wording.unit(one.row["unit"])
    name = names.get(one.test, one.test)
    axis = f"{name} ({isolate(unit)})" if unit else name
    sites = {"reference": study.reference, "candidate": study.candidate}
    ratio = one.row.get("scale") == "ratio"
    model = one.hierarchy
    curves = [(words.WITHIN["quality-range"], one.range.curve)] if one.range is not None else []
    if one.tolerance is not None:
        curves.append((words.WITHIN["tolerance"], one.tolerance.curve))
    return Drawn(
        one, name, one.verdict, interval_in_words(one.row, one.line), _estimate(one), power_in_words(one),
        beside_in_words(one), charts.figures(one, sites, axis, name),
        charts.power_curve(one.power) if one.power is not None else "",
        charts.effects(model, ratio, _("ratio") if ratio else axis, words.FACTORS) if model is not None else "",
        charts.passing(curves), _parts(one),
    )  # fmt: skip


def _parts(one: comparing.Compared) -> list[Part]:
    """The mixed model's sources of variation; on a ratio scale the deviation is of logarithms and has no unit."""
    if one.hierarchy is None:
        return []
    return [Part(words.FACTORS[c.name], wording.number(c.levels), figure(c.sd, _unit_of(one.row)),
                 figure(100 * c.share, "%")) for c in one.hierarchy.components]  # fmt: skip


def figure(value: Any, unit: str = "") -> SafeString:
    """A computed number to four significant digits."""
    return wording.number(Decimal(charts.short(value)), unit)


def _unit_of(row: Facts) -> str:
    return "" if row.get("scale") == "ratio" else str(row["unit"])


def interval_in_words(row: Facts, line: Facts) -> SafeString | str:
    """The interval or range of a line; empty where there is none."""
    if line.get("low") is None or line.get("high") is None:
        return ""
    ends = {"low": figure(line["low"], _unit_of(row)), "high": figure(line["high"], _unit_of(row))}
    return wording.filled(_("from %(low)s to %(high)s"), ends)


def margin_in_words(row: Facts) -> SafeString | str:
    """The margin of a protocol's row as a sentence."""
    if row["criterion"] == "report":
        return wording.filled(words.CRITERIA["report"], {})
    if row["criterion"] == "quality-range":
        template = _("every candidate batch within the reference mean and %(k)s standard deviations to either side")
        return wording.filled(template, {"k": wording.number(row["k"])})
    ends = {"low": wording.number(row["low"], _unit_of(row)), "high": wording.number(row["high"], _unit_of(row)),
            "alpha": wording.number(row["alpha"]), "scale": words.SCALES[row["scale"]]}  # fmt: skip
    return wording.filled(_("between %(low)s and %(high)s; %(scale)s; error %(alpha)s on each side"), ends)


def _estimate(one: comparing.Compared) -> SafeString | str:
    return figure(one.line["estimate"], _unit_of(one.row)) if one.line.get("estimate") is not None else ""


def power_in_words(one: comparing.Compared) -> SafeString | str:
    """How small a difference so many runs could have shown."""
    if one.power is None:
        return ""
    if one.power.ratio:
        template = _(
            "Pairs, or runs at each site: %(n)s. If they vary as these do, only ratios of more than %(gap)s could "
            "be shown, with a chance of %(target)s; equivalence within this margin had a chance of %(power)s."
        )
    elif one.power.design == "paired":
        template = _(
            "Pairs: %(n)s. If they vary as these do, only differences of more than %(gap)s could be shown, with "
            "a chance of %(target)s; equivalence within this margin had a chance of %(power)s."
        )
    else:
        template = _(
            "Runs at each site: %(n)s. If they vary as these do, only differences of more than %(gap)s could be "
            "shown, with a chance of %(target)s; equivalence within this margin had a chance of %(power)s."
        )
    facts: dict[str, Any] = {
        "n": wording.number(one.power.n), "gap": figure(one.power.smallest_difference, _unit_of(one.row)),
        "target": figure(100 * one.power.target, "%"), "power": figure(100 * one.power.power, "%"),
    }  # fmt: skip
    said = wording.filled(template, facts)
    if one.power.enough is None:
        return said
    template = _("For equivalence that chance is reached from this number on: %(n)s.")
    more = wording.filled(template, {"n": wording.number(one.power.enough)})
    return wording.filled("%(said)s %(more)s", {"said": said, "more": more})


def beside_in_words(one: comparing.Compared) -> list[SafeString]:
    """What no verdict rests on: where reference batches lie, the mixed model, and what could not be computed."""
    said = []
    if one.tolerance is not None:
        low, high = one.tolerance.low, one.tolerance.high
        if one.row.get("scale") == "ratio":
            low, high = charts.exponent(low), charts.exponent(high)
        ends = {"low": figure(low, one.row["unit"]), "high": figure(high, one.row["unit"]),
                "share": figure(100 * one.tolerance.coverage, "%"),
                "sure": figure(100 * one.tolerance.confidence, "%")}  # fmt: skip
        said.append(wording.filled(
            _("Tolerance interval: %(share)s of reference batches lie between %(low)s and %(high)s, with confidence "
              "%(sure)s, if they are normally distributed."), ends))  # fmt: skip
        if one.tolerance.curve:
            said.append(_passes(_("A site that lies %(shift)s standard deviations off would have all its batches "
                                  "within it with a chance of %(chance)s."), one.tolerance.curve))  # fmt: skip
    if one.hierarchy is not None and one.hierarchy.differences:
        said.append(_mixed(one))
        said += [wording.filled(words.LEFT_OUT[why], {"factor": wording.word(words.FACTORS, name)})
                 for name, why in one.hierarchy.left_out.items()]  # fmt: skip
    if one.range is not None and one.range.curve:
        said.append(_passes(_("A site that lies %(shift)s standard deviations off would pass this quality range with a "
                              "chance of %(chance)s."), one.range.curve))  # fmt: skip
    said += [_unfit(part, why) for part, why in one.unfit.items() if part in ("tost", "quality-range")]
    return said


def _passes(template: str, curve: tuple[Chance, ...]) -> SafeString:
    chance = next(c for c in curve if c.shift == OFF)
    return wording.filled(template, {"shift": wording.number(OFF), "chance": figure(100 * chance.passes, "%")})


def _mixed(one: comparing.Compared) -> SafeString:
    found = one.hierarchy
    if found is None:
        raise ValueError("no mixed model")
    between = found.differences[0]
    ends = {"low": between.ci_low, "high": between.ci_high}
    if one.row.get("scale") == "ratio":
        ends = {name: charts.exponent(value) for name, value in ends.items()}
    facts = {name: figure(value, _unit_of(one.row)) for name, value in ends.items()}
    facts["factors"] = wording.joined(
        wording.word(words.FACTORS, c.name) for c in found.components[:-1]
    ) or wording.isolated(wording.EMPTY)
    template = _("Mixed model; sources of variation beside the batch: %(factors)s. Between the sites: from %(low)s to "
                 "%(high)s.")  # fmt: skip
    if not found.enough:
        template = _("Mixed model, on too few values to rest on; sources of variation beside the batch: %(factors)s. "
                     "Between the sites: from %(low)s to %(high)s.")  # fmt: skip
    return wording.filled(template, facts)


def _unfit(part: str, why: Any) -> SafeString:
    return wording.filled(words.unfit(why), {"code": wording.isolated(why.code)})
