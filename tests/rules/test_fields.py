"""Fields: what each holds, in which unit, within which physical limits."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from milenari.rules import fields as f
from milenari.rules.apheresis import CollectCells, CountCells
from milenari.rules.batch import SignStep
from milenari.rules.custody import Receive
from milenari.rules.deviation import CloseDeviation
from milenari.rules.fields import Spec, read, write
from milenari.rules.network import FoundSite, SetCountryRules
from milenari.rules.referral import RecordWeight
from milenari.rules.testing import RecordResult, TakeSample
from milenari.words import Quantity
from tests.rules.cast import q, referred, refused, weigh

WEIGHT = {"journey": "J1", "on": "2026-03-02"}


def weight(**value):
    return RecordWeight.from_data({**WEIGHT, "weight": value})


def test_a_good_form_becomes_an_action():
    assert weight(value="20", unit="kg") == weigh()


@pytest.mark.parametrize("raw", ["20", 20, 20.5, {"value": "20"}, {"value": "20", "unit": ""}])
def test_a_reading_without_unit_is_refused(raw):
    refused("reading-without-unit", lambda: RecordWeight.from_data({**WEIGHT, "weight": raw}))


def test_a_unit_that_is_none_and_one_that_is_another_are_refused():
    refused("reading-unit-unknown", lambda: weight(value="20", unit="stone"))
    refused("reading-wrong-unit", lambda: weight(value="20", unit="g"))


@pytest.mark.parametrize("value", ["0.5", "201", "-20", "1e9"])
def test_what_nature_does_not_allow_is_refused(value):
    refused("reading-impossible", lambda: weight(value=value, unit="kg"))


@pytest.mark.parametrize("value", ["", "12,5", "about 20", "NaN", "Infinity", "1e", "<<20", "0x14"])
def test_a_number_that_is_none_is_refused(value):
    refused("field-unreadable", lambda: weight(value=value, unit="kg"))


def test_a_bound_is_refused_where_an_exact_number_is_needed():
    refused("reading-not-exact", lambda: weight(value="<20", unit="kg"))
    refused("reading-not-exact", lambda: weight(value="20", unit="kg", comparator=">="))
    book = referred()
    book.refused("reading-not-exact", RecordWeight(journey="J1", weight=q("<20", "kg"), on=weigh().on), "physician")


def test_a_test_result_may_be_a_bound():
    number = {"value": "0.5", "unit": "[EU]/mL", "comparator": "<="}
    made = RecordResult.from_data({"of": "batch:B1", "test": "ENDO", "number": number, "method": "LAL 2"})
    assert made.number == Quantity(Decimal("0.5"), "[EU]/mL", "<=")


@pytest.mark.parametrize("value", ["1e400", "1e-400", "1" * 40])
def test_a_number_that_decimals_cannot_hold_is_refused(value):
    number = {"value": value, "unit": "1"}
    data = {"of": "batch:B1", "test": "T", "number": number, "method": "M"}
    refused("field-unreadable", lambda: RecordResult.from_data(data))
    step = {"batch": "B1", "phase": "P1", "readings": {"X": number}}
    refused("field-unreadable", lambda: SignStep.from_data(step))


def test_less_than_nothing_and_more_than_everything_are_impossible():
    spec = Spec("quantity", "Share", of=("%",), low=Decimal(0), high=Decimal(100), censored=True)
    for text in ("<0", ">100", "-1", "101"):
        with pytest.raises(f.BadField, match="reading-impossible"):
            read("share", spec, q(text, "%"))
    for text in ("<=0", ">=100", "<100", ">0"):
        assert read("share", spec, q(text, "%")) == q(text, "%")


@pytest.mark.parametrize("raw", ["bag 1", "bág1", "", "-BAG", "A" * 61, "BAG;1", "BAG\n1"])
def test_a_code_that_is_none_is_refused(raw):
    data = {"collection": raw, "journey": "J1", "wristband": "X", "volume": {"value": "9", "unit": "mL"}}
    refused("field-not-a-code" if raw else "field-missing", lambda: CollectCells.from_data(data))


def test_blanks_are_not_an_answer():
    data = {"of": "batch:B1", "deviation": "D1", "root_cause": "   ", "disposition": "no-impact"}
    assert refused("field-missing", lambda: CloseDeviation.from_data(data))["field"] == "root_cause"


def test_a_text_too_long_is_refused():
    data = {"of": "batch:B1", "deviation": "D1", "root_cause": "x" * 2001, "disposition": "no-impact"}
    refused("field-too-long", lambda: CloseDeviation.from_data(data))


def test_a_choice_that_is_no_option_is_refused():
    data = {"what": "dose:B1-F1", "transfer": 1, "intact": "perhaps"}
    refused("field-not-an-option", lambda: Receive.from_data(data))


def test_a_reference_of_the_wrong_kind_is_refused():
    data = {"what": "person:ROM-QA", "transfer": 1, "intact": "intact"}
    refused("field-unreadable", lambda: Receive.from_data(data))


@pytest.mark.parametrize("raw", [True, 1.0, "one", "1.5"])
def test_a_count_that_is_none_is_refused(raw):
    data = {"what": "dose:B1-F1", "transfer": raw, "intact": "intact"}
    refused("field-unreadable", lambda: Receive.from_data(data))


def test_a_count_beyond_its_limits_is_refused():
    data = {"what": "dose:B1-F1", "transfer": 0, "intact": "intact"}
    refused("reading-impossible", lambda: Receive.from_data(data))


@pytest.mark.parametrize("raw", ["2026-13-01", "tomorrow", "02/03/2026"])
def test_a_date_that_is_none_is_refused(raw):
    data = {**WEIGHT, "weight": {"value": "20", "unit": "kg"}, "on": raw}
    refused("field-unreadable", lambda: RecordWeight.from_data(data))


def test_an_instant_without_a_zone_is_refused_and_one_with_it_becomes_utc():
    spec = Spec("at", "When")
    with pytest.raises(f.BadField, match="field-unreadable"):
        read("when", spec, "2026-03-02T08:00")
    assert read("when", spec, "2026-03-02T10:00+02:00") == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_a_flag_is_yes_or_no():
    good = {"site": "ROM", "name": "Rome", "country": "IT", "zone": "Europe/Rome", "from_on": "2026-01-01"}
    assert FoundSite.from_data({**good, "control": "on"}).control
    assert not FoundSite.from_data(good).control
    refused("field-unreadable", lambda: FoundSite.from_data({**good, "control": "perhaps"}))


def test_a_list_of_codes_is_read_from_a_line():
    made = TakeSample.from_data({"of": "lot:V1", "sample": "S1", "tests": "RCL, VCN  ENDO"})
    assert made.tests == ("RCL", "VCN", "ENDO")
    refused("field-not-a-code", lambda: TakeSample.from_data({"of": "lot:V1", "sample": "S", "tests": "a -b"}))


@pytest.mark.parametrize("raw", ["text", {"limit": 0.5}, {"deep": [{"x": 1.5}]}, {1: "one"}])
def test_a_document_holds_no_float_and_only_words_as_keys(raw):
    refused("field-unreadable", lambda: SetCountryRules.from_data({"country": "IT", "rules": raw}))


def test_readings_are_numbers_with_unit_or_words():
    data = {"batch": "B1", "phase": "P1", "readings": {"b": "cloudy", "a": {"value": "1.50", "unit": "%"}}}
    made = SignStep.from_data(data)
    assert made.readings == (("a", q("1.50", "%")), ("b", "cloudy"))
    assert made.data()["readings"] == {"a": {"value": "1.50", "unit": "%"}, "b": "cloudy"}
    for raw in ({"a": 1.5}, {"a": {"value": "1"}}):
        refused("reading-without-unit", lambda raw=raw: SignStep.from_data({**data, "readings": raw}))


def test_large_and_small_numbers_are_written_without_exponent():
    made = CountCells(collection="BAG1", cd3=q("1.5e3", "10*6"), viability=q("98", "%"))
    assert made.data()["cd3"] == {"value": "1500", "unit": "10*6"}
    assert write(Decimal("1E-7")) == "0.0000001"
