"""The analysis of a trial from cases made by hand: counted by hand, lacking where it lacks, the same bytes again."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.exports import burden
from milenari.exports import case as c
from milenari.exports import outcomes as o
from milenari.exports.report import Report, Rules, report
from milenari.exports.report_files import curve_of, files_of, headline
from milenari.exports.study import Taken
from milenari.science.outcome.competing import CumulativeIncidence
from milenari.science.outcome.incidence import Missing, Rates
from milenari.science.outcome.kinetics import Kinetics
from milenari.science.outcome.picture import Waterfall
from milenari.science.outcome.strata import VanElteren
from milenari.science.outcome.terms import Interval
from tests.exports.cases import at, day, died, never_infused, screened, taken, treated

LOSS = (("b-cell-loss", "100"),)


def transplanted(key: str = "EEEE-0005", after: int = 120, remission: bool = True) -> c.Case:
    """In remission since day 28; a transplant, and seen until day 300."""
    return treated(key, transplants=(c.Transplant(day(after), "matched-sibling", remission),), last_known=at(300),
                   b_cells=(c.BCells(Decimal(0), at(28), True), c.BCells(Decimal(200), at(150), False)))  # fmt: skip


def failed(key: str = "FFFF-0006", site: str = "BEY") -> c.Case:
    """No response at day 28; alive at day 60; the product of another site, with a lower viability."""
    low = c.Result("viability", "Viability", "80 %", Decimal(80), "%", "pass", "flow cytometry", at(-2))
    product = c.Product("B1", site, "BAG1", "final", "LV-1", at(-19), at(-10), at(-2), Decimal(90), (low,), "2")
    return treated(key, responses=(c.Response("no-response", at(28)),), b_cells=(), visits=(), last_known=at(60),
                   products=(product,))  # fmt: skip


def sampled(on: int, value: str) -> c.Page:
    """A page of the casebook's form of expansion."""
    taken_at = c.Answer("taken_at", "Taken at", "datetime", "CP", "CPDTC", "", at(on).instant.isoformat())
    copies = c.Answer("copies", "Transgene in blood", "decimal", "GF", "GFORRES", "TRANSGEN", value, "{copies}/100ng")
    return c.Page(f"P/{on}/b-cells/1", str(on), "b-cells", at(on + 1), (taken_at, copies))


def marrow(form: str, on: int, blasts: str, level: str = "", limit: str = "0.01", kind: str = "CR") -> c.Page:
    """A page of disease or response; without a level, residual disease was not found."""
    told = [c.Answer("on", "On", "date", "RS", "RSDTC", "", at(on).on.isoformat()),
            c.Answer("blasts", "Blasts", "decimal", "LB", "LBORRES", "BLASTLE", blasts, "%"),
            c.Answer("mrd", "MRD", "codelist", "CP", "CPORRES", "MRD", "POSITIVE" if level else "NEGATIVE"),
            c.Answer("mrd_level", "Level", "decimal", "CP", "CPORRES", "MRDLVL", level, "%"),
            c.Answer("mrd_limit", "Limit", "decimal", "CP", "CPLLOQ", "", limit, "%"),
            c.Answer("response", "Response", "codelist", "RS", "RSORRES", "OVRLRESP", kind)]  # fmt: skip
    return c.Page(f"P/{on}/{form}/1", str(on), form, at(on + 1), tuple(told))


def bars(made: Report, code: str) -> list[tuple[str, float, str]]:
    answer = made.of(code)[0].answer
    assert isinstance(answer, Waterfall)
    return [(bar.patient, round(bar.value, 6), bar.group) for bar in answer.bars]


def test_the_best_change_is_from_the_last_marrow_before_to_the_lowest_after() -> None:
    pages = (marrow("disease", -30, "80", "80"), marrow("disease", -10, "40", "40"), marrow("response", 28, "1", "0.4"),
             marrow("response", 60, "2"), marrow("response", 130, "0.1", "0.001"))  # fmt: skip
    lost = (marrow("disease", -5, "50", "50"), marrow("response", 28, "60", "60", kind="NO-RESPONSE"))
    cleared = (marrow("disease", -5, "0"), marrow("response", 28, "0"))  # nothing to begin with: no bar
    rest = (treated("CCCC-0003"), treated("DDDD-0004", pages=cleared))
    made = report(taken(transplanted(after=120), failed(), *rest))
    assert [f.lacking for f in made.of("waterfall-blasts", "waterfall-mrd")] == ["no-levels"] * 2
    made = report(taken(replace(transplanted(after=120), pages=pages), replace(failed(), pages=lost), *rest))
    assert bars(made, "waterfall-blasts") == [
        ("FFFF-0006", 20.0, "no-response"), ("EEEE-0005", -97.5, "mrd-negative-cr")]  # fmt: skip
    # Day 60: not found down to 0.01 % of what was 40 %; what came after the transplant is not used.
    assert bars(made, "waterfall-mrd") == [
        ("FFFF-0006", round(math.log10(60 / 50), 6), "no-response"),
        ("EEEE-0005", round(math.log10(0.01 / 40), 6), "mrd-negative-cr")]  # fmt: skip
    table = next(f for f in files_of(made) if f.name == "waterfall.csv").content.decode()
    rows = [r for r in csv.DictReader(io.StringIO(table)) if r["figure"] == "waterfall-mrd"]
    assert [(r["participant"], r["site"], r["best_pct"], r["best_is_bound"]) for r in rows] == [
        ("FFFF-0006", "ROM", "60", "False"), ("EEEE-0005", "ROM", "0.01", "True")]  # fmt: skip
    assert headline(made.of("waterfall-blasts")[0]) == "2 participants, best -97.5 % change of blasts in the marrow"


def test_a_relapse_and_the_day_of_infusion_are_no_best_change() -> None:
    pages = (marrow("disease", 0, "40", "40"), marrow("response", 0, "1"), marrow("response", 90, "3", kind="RELAPSE"))
    assert burden.blasts(treated(pages=pages)) is None
    again = burden.blasts(treated(pages=(*pages, marrow("response", 60, "8"))))
    assert again is not None and again.value == -80
    assert burden.blasts(never_infused()) is None and burden.residual(never_infused()) is None


def world() -> Taken:
    made = taken(treated(), died(), never_infused(), screened(), transplanted(), failed())
    return replace(made, study=replace(made.study, parameters=LOSS))


def share(made: Report, code: str, denominator: str) -> tuple[int, int, int]:
    answer = next(f for f in made.of(code) if f.denominator == denominator).answer
    assert isinstance(answer, Rates)
    rate = answer.rates[0]
    return rate.share.successes, rate.share.of, rate.missing


def times(made: Report, code: str, denominator: str, variant: str = "") -> tuple[int, int]:
    figure = next(f for f in made.of(code) if (f.denominator, f.variant) == (denominator, variant))
    found = curve_of(figure)
    assert found is not None
    return found[1].n, found[1].events


def test_who_is_counted_is_counted_by_what_happened() -> None:
    found = dict(report(world()).denominators)
    assert found == {"screened": 6, "enrolled": 5, "apheresed": 5, "infused": 4, "evaluable": 4, "responders": 3}


def test_a_response_is_a_share_of_each_denominator_and_who_was_not_assessed_is_counted() -> None:
    made = report(world())
    assert share(made, "response", "enrolled") == (3, 5, 1)
    assert share(made, "response", "infused") == (3, 4, 0)
    assert share(made, "mrd", "infused") == (2, 4, 0)
    left_out = report(world(), Rules(missing=Missing.EXCLUDED))
    assert share(left_out, "response", "enrolled") == (3, 4, 1)
    refused = report(world(), Rules(missing=Missing.REFUSED)).of("response")[0]
    assert (refused.answer, refused.lacking) == (None, "outcome-missing")


def test_who_was_infused_too_lately_is_not_evaluable_yet() -> None:
    late = treated("GGGG-0007", responses=())
    made = world()
    early = replace(made, cases=(*made.cases, late), snapshot=replace(made.snapshot, written_at=at(40).instant))
    assert dict(report(early).denominators)["evaluable"] == 4
    assert dict(report(replace(early, snapshot=made.snapshot)).denominators)["evaluable"] == 5


def test_survival_runs_from_both_clocks_and_from_the_infusion() -> None:
    made = report(world())
    assert times(made, "os", "enrolled") == (5, 1)
    assert times(made, "os", "apheresed") == (5, 1)
    assert times(made, "os", "infused") == (4, 1)
    one = died()
    days = [found.days for clock in ("enrolment", "apheresis", "infusion") if (found := o.survival(one, clock))]
    assert days == [125, 111, 90]


def test_event_free_survival_is_told_with_and_without_an_end_at_a_transplant() -> None:
    made = report(world())
    assert times(made, "efs", "infused", "transplant-ignored") == (4, 2)
    one = transplanted()
    going, ended = (o.event_free(one, "infusion", 91, ends) for ends in (False, True))
    assert going == o.Time(one.key, 300, o.ALIVE)
    assert ended == o.Time(one.key, 120, o.TRANSPLANT)
    assert o.event_free(failed(), "enrolment", 91, False) == o.Time("FFFF-0006", 0, o.NO_RESPONSE)


def test_a_transplant_in_remission_competes_with_relapse_and_another_does_not() -> None:
    figure = report(world()).of("relapse")[0]
    assert isinstance(figure.answer, CumulativeIncidence)
    course = figure.answer.courses[0]
    assert (course.n, course.events, course.competing) == (3, 1, 1)
    assert figure.answer.terms.competing == ("transplant", "death")
    other = transplanted(remission=False)
    assert o.relapse_free(other, True) == o.Time(other.key, 272, o.ALIVE)


def test_aplasia_ends_at_the_transplant_and_needs_a_threshold() -> None:
    assert [row[1] for row in o.b_cells(transplanted())] == [Decimal("28.0000")]
    found = report(world()).of("aplasia")[0]
    assert (found.lacking, found.counted) == ("", 2)
    unset = replace(world(), study=replace(world().study, parameters=()))
    assert report(unset).of("aplasia")[0].lacking == "threshold-not-set"
    assert report(unset, Rules(loss_per_ul=10)).of("aplasia")[0].answer is not None


def test_toxicity_is_told_by_gravest_grade_and_never_graded_is_not_nought() -> None:
    made = report(world())
    crs = next(f for f in made.of("crs") if f.variant == "any-grade")
    assert isinstance(crs.answer, Rates)
    rate = crs.answer.rates[0]
    assert (rate.recorded, rate.missing, rate.share.successes, rate.share.of) == ({"grade-2": 3}, 1, 3, 3)
    icans = next(f for f in made.of("icans") if f.variant == "severe")
    assert isinstance(icans.answer, Rates)
    assert (icans.answer.rates[0].share.successes, icans.answer.rates[0].share.of) == (1, 4)


def test_expansion_is_told_where_samples_are_and_said_to_lack_where_not() -> None:
    assert report(world()).of("expansion")[0].lacking == "no-samples"
    curve = ((0, "0"), (7, "700"), (14, "350"), (28, "0"))
    one = treated(pages=tuple(sampled(on, value) for on, value in curve))
    figure = report(taken(one)).of("expansion")[0]
    assert isinstance(figure.answer, Kinetics)
    found = figure.answer.patients[0]
    # trapezoids by hand: 7*700/2 + 7*(700+350)/2 + 14*350/2
    assert (found.c_max, found.t_max, found.auc) == (700.0, 7.0, 2450.0 + 3675.0 + 2450.0)


def test_an_attribute_is_compared_within_the_sites_that_made_the_product() -> None:
    apart = next(f for f in report(world()).of("attribute") if f.variant == "viability")
    assert apart.lacking == "nothing-to-compare"  # each site has one kind of outcome only
    one = replace(world(), cases=(*world().cases, failed("HHHH-0008", "ROM")))
    same = next(f for f in report(one).of("attribute") if f.variant == "viability")
    assert isinstance(same.answer, VanElteren)
    assert same.answer.z > 0


def test_nobody_counted_is_no_figure_and_says_so() -> None:
    made = report(taken(screened()))
    assert {f.lacking for f in made.figures} == {"nobody-counted", "no-samples", "no-levels", "threshold-not-set"}
    assert all(headline(f).startswith("not enough data") for f in made.figures)


def test_the_same_snapshot_gives_the_same_files_byte_for_byte_in_any_order_of_participants() -> None:
    one = files_of(report(world()))
    turned = replace(world(), cases=tuple(reversed(world().cases)))
    by_key = replace(turned, cases=tuple(sorted(turned.cases, key=lambda case: case.key)))
    other = files_of(report(by_key))
    assert [f.name for f in one] == sorted(f.name for f in one)
    assert [(f.name, f.digest) for f in files_of(report(world()))] == [(f.name, f.digest) for f in one]
    straight = files_of(report(replace(world(), cases=tuple(sorted(world().cases, key=lambda case: case.key)))))
    assert [(f.name, f.digest) for f in straight] == [(f.name, f.digest) for f in other]
    changed = files_of(report(world(), Rules(interval=Interval.PLAIN)))
    assert [f.name for f, g in zip(one, changed, strict=True) if f.digest != g.digest] == [
        "curves.csv", "incidence.csv", "medians.csv", "report.json", "survival.csv"]  # fmt: skip


def test_every_figure_carries_its_rules_and_participants_carry_no_date() -> None:
    kept = {f.name: f.content.decode() for f in files_of(report(world()))}
    for name in ("survival.csv", "curves.csv", "incidence.csv", "medians.csv"):
        for row in csv.DictReader(io.StringIO(kept[name])):
            assert row["denominator"] and row["clock"] and row["event"] and row["censored"] and row["interval"], name
    for row in csv.DictReader(io.StringIO(kept["shares.csv"])):
        assert row["denominator"] and row["success"] and row["missing_is"] and row["interval"]
    told = json.loads(kept["report.json"])
    assert told["snapshot"]["logs"] and told["rules"]["interval"] == "log-log"
    assert "2026-03" not in kept["participants.csv"]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["treated", "died", "never", "failed", "transplanted", "screened"]), max_size=7),
       st.booleans(), st.sampled_from(["enrolment", "apheresis", "infusion"]))  # fmt: skip
def test_no_time_is_negative_and_nobody_of_a_denominator_is_lost(kinds: list[str], ends: bool, clock: str) -> None:
    makers: dict[str, Callable[[str], c.Case]] = {
        "treated": treated, "died": died, "never": never_infused, "failed": failed, "transplanted": transplanted,
        "screened": screened,
    }  # fmt: skip
    cases = [makers[kind](f"{number:04d}") for number, kind in enumerate(kinds)]
    for case in cases:
        counted = o.CLOCKS[clock](case) is not None
        for found in (o.survival(case, clock), o.event_free(case, clock, 91, ends)):
            assert (found is not None) == counted
            assert found is None or found.days >= 0
    made = report(taken(*cases)) if cases else None
    if made is not None:
        told = dict(made.denominators)
        assert told["responders"] <= told["infused"] <= told["apheresed"] <= told["screened"]


@pytest.mark.parametrize("changes", [{"interval": Interval.PLAIN}, {"at": (30,)}, {"confirmed": 1}, {"severe": 2}])
def test_a_rule_that_is_changed_is_printed(changes: dict[str, Any]) -> None:
    plain, changed = Rules().told(), Rules(**changes).told()
    assert plain != changed and set(plain) == set(changed)
