"""Procedure: master recipes and the master file as versioned data."""

import copy
from datetime import timedelta
from decimal import Decimal

import pytest

from milenari.rules.filling import fraction_cells
from milenari.rules.procedure import ApproveProcess, EffectMasterFile, check_reading, read_recipe
from tests.rules.cast import DAY, accepted, network, q, refused, start
from tests.rules.recipes import PHASES, PROTOCOL, cell_recipe, vector_recipe


def approve(number="2", **changes):
    return ApproveProcess(process="ARI", number=number, title="ARI-0001", recipe=cell_recipe(**changes))


def edition(number="E2", from_on=DAY, **annexes):
    return EffectMasterFile(masterfile="ARI", number=number, annexes=annexes or {"ROM": "2"}, from_on=from_on)


def without(data, key):
    return {k: v for k, v in data.items() if k != key}


def phase(**changes):
    return [{**PHASES[0], **changes}]


def reading(**changes):
    return phase(readings=[{"code": "x", **changes}])


UNREADABLE = {
    "not a mapping": [],
    "no training": without(cell_recipe(), "training"),
    "training without version": cell_recipe(training={"procedure": "SOP"}),
    "unknown kind": cell_recipe(kind="cells"),
    "phases no list": cell_recipe(phases={"P1": {}}),
    "phases a word": vector_recipe(phases=""),
    "dose is no number at all": cell_recipe(protocol={**PROTOCOL, "planned_per_kg": "NaN"}),
    "no phase": cell_recipe(phases=[]),
    "phase no mapping": cell_recipe(phases=["P1"]),
    "phase without code": cell_recipe(phases=phase(code="")),
    "phase twice": cell_recipe(phases=[PHASES[0], PHASES[0]]),
    "unknown phase key": cell_recipe(phases=phase(colour="red")),
    "time no number": cell_recipe(phases=phase(within_h="soon")),
    "materials no list": cell_recipe(phases=phase(materials="BEADS")),
    "reading no mapping": cell_recipe(phases=phase(readings=["x"])),
    "reading without code": cell_recipe(phases=phase(readings=[{"units": ["%"]}])),
    "reading twice": cell_recipe(phases=phase(readings=[{"code": "x"}, {"code": "x"}])),
    "unknown unit": cell_recipe(phases=reading(units=["furlong"])),
    "limit no number": cell_recipe(phases=reading(units=["%"], op="ge", limit="high")),
    "limit missing": cell_recipe(phases=reading(units=["%"], op="ge")),
    "unknown comparison": cell_recipe(phases=reading(units=["%"], op="about", limit="1")),
    "word in order": cell_recipe(phases=reading(op="ge", limit="1")),
    "number by word": cell_recipe(phases=reading(units=["%"], op="eq", limit="1")),
    "bound without end": cell_recipe(phases=reading(units=["%"], op="between", limit="1")),
    "no protocol": without(cell_recipe(), "protocol"),
    "protocol lacks interval": cell_recipe(protocol=without(PROTOCOL, "min_interval_h")),
    "interval no number": cell_recipe(protocol={**PROTOCOL, "min_interval_h": "a day"}),
    "no fractions": cell_recipe(protocol=without(PROTOCOL, "shares_pct")),
    "empty fraction": cell_recipe(protocol={**PROTOCOL, "shares_pct": ["0", "100"]}),
    "shares over 100": cell_recipe(protocol={**PROTOCOL, "shares_pct": ["60", "60"]}),
    "dose no number": cell_recipe(protocol={**PROTOCOL, "planned_per_kg": "some"}),
    "no hold time": without(cell_recipe(), "collection_hold_h"),
    "hold time nought": cell_recipe(collection_hold_h=0),
    "tolerance no number": cell_recipe(reconciliation_tolerance_pct="some"),
}


@pytest.mark.parametrize("recipe", UNREADABLE.values(), ids=UNREADABLE)
def test_a_recipe_that_could_not_be_executed_is_refused_at_approval_not_at_the_bench(recipe):
    refused("recipe-unreadable", lambda: read_recipe(copy.deepcopy(recipe)))


def test_a_readable_recipe_is_approved_and_supersedes_the_last():
    book = network()
    book.refused("recipe-unreadable", approve(phases=[]), "qa", site="BCN")
    book.refused("subject-exists", approve("1"), "qa", site="BCN")
    book.do(approve(), "qa", site="BCN")
    process = book.sheet("process:ARI")
    assert process.find("1").superseded_on == DAY and process.current().number == "2"
    assert len(read_recipe(cell_recipe())) == 13 and len(read_recipe(vector_recipe())) == 15


def test_only_the_control_site_approves():
    book = network()
    book.refused("not-the-control-site", approve(), "qa")
    book.refused("not-the-control-site", edition(ROM="1"), "qa")


def test_a_specification_that_cannot_be_read_is_refused():
    book = network()
    book.refused("specification-unreadable", approve(specification=[]), "qa", site="BCN")


def test_an_edition_names_known_sites_and_versions_in_force():
    book = network()
    book.refused("process-version-unknown", edition(), "qa", site="BCN")
    book.refused("annexes-unreadable", EffectMasterFile(
        masterfile="ARI", number="E2", annexes=["ROM"], from_on=DAY), "qa", site="BCN")  # fmt: skip
    book.do(approve(), "qa", site="BCN")
    book.refused("process-version-superseded", edition(ROM="1"), "qa", site="BCN")
    book.refused("subject-unknown", edition(PAR="2"), "qa", site="BCN")
    book.do(edition(), "qa", site="BCN")
    assert dict(book.sheet("masterfile:ARI").effective(DAY).annexes) == {"ROM": "2"}


def test_an_edition_has_a_number_of_its_own_and_is_not_older_than_the_last():
    book = network()
    book.refused("subject-exists", edition("E1", ROM="1"), "qa", site="BCN")
    book.refused("before-its-cause", edition(from_on=DAY - timedelta(days=1), ROM="1"), "qa", site="BCN")


def test_an_edition_is_not_in_force_before_its_day():
    book = accepted()
    book.do(approve(), "qa", site="BCN")
    book.do(edition(from_on=DAY + timedelta(days=1)), "qa", site="BCN")
    book.refused("process-version-not-in-force", start(number="2"), "operator")
    book.later(hours=24).do(start(number="2"), "operator")


def test_be01_fractions_are_10_30_and_60_percent_of_the_planned_dose():
    parts = fraction_cells({"planned_per_kg": "3", "shares_pct": ["10", "30", "60"]}, Decimal(20))
    assert parts == [(Decimal("0.3"), 6), (Decimal("0.9"), 18), (Decimal("1.8"), 36)]


def test_be02_fractions_are_printed_per_kg_and_reach_three_million():
    parts = fraction_cells({"per_kg": ["0.1", "0.3", "0.6", "2.0"]}, Decimal(70))
    assert [cells for _, cells in parts] == [7, 21, 42, 140]
    sums = [sum(dose for dose, _ in parts[: n + 1]) for n in range(4)]
    assert sums == [Decimal("0.1"), Decimal("0.4"), Decimal("1.0"), Decimal("3.0")]


def test_a_reading_is_of_the_kind_its_recipe_defines():
    number, word = PHASES[0]["readings"][0], PHASES[2]["readings"][0]
    refused("reading-without-unit", lambda: check_reading(number, "high"))
    refused("reading-wrong-unit", lambda: check_reading(number, q("9", "d")))
    refused("reading-impossible", lambda: check_reading(number, q("101", "%")))
    refused("result-not-a-word", lambda: check_reading(word, q("9", "%")))
    refused("field-not-an-option", lambda: check_reading(word, "green"))
    assert check_reading(number, q("95", "%")).limit == "70"
    assert check_reading(PHASES[2]["readings"][1], q("5", "ng/mL")) is None
