"""What SDTM says of participants made by hand: days, doses, custody, grades, and the sums that have to come out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.exports import case as c
from milenari.exports.dataset import Column, Dataset, DatasetError, filled, problems
from milenari.exports.sdtm import ALWAYS, sdtm
from milenari.exports.sdtm_findings import episodes
from milenari.exports.variables import codelists, countries, empty
from tests.exports import cases
from tests.exports.cases import at


def rows(name: str, *people: c.Case) -> list[dict[str, object]]:
    found = sdtm(cases.taken(*people))
    return [dict(row) for row in found.find(name).dicts()] if found.has(name) else []


def test_there_is_no_study_day_nought() -> None:
    one = cases.treated()
    first = one.first_given
    assert first is not None
    days = {n: one.day(first.on + timedelta(days=n)) for n in (-2, -1, 0, 1)}
    assert days == {-2: -2, -1: -1, 0: 1, 1: 2}
    assert cases.never_infused().day(first.on) is None


def test_every_dataset_is_what_its_columns_say() -> None:
    found = sdtm(cases.taken())
    assert [p for d in found.datasets for p in problems(d, found.codelists)] == []
    assert set(ALWAYS) <= {d.name for d in found.datasets}


def test_a_fraction_given_is_a_row_and_a_fraction_kept_is_none() -> None:
    given_, kept = cases.treated(), cases.died()
    of_first = [r for r in rows("EX", given_, kept) if str(r["USUBJID"]).endswith(given_.key)]
    assert [r["EXDOSE"] for r in of_first] == [Decimal("0.1"), Decimal("0.3"), Decimal("0.6")]
    assert [r["EXSTDY"] for r in of_first] == [1, 2, 4]
    assert {r["EXLOT"] for r in of_first} == {"B1"} and of_first[0]["EXREFID"] == "B1-F1"
    assert len([r for r in rows("EX", given_, kept) if str(r["USUBJID"]).endswith(kept.key)]) == 1


def test_first_and_last_treatment_of_a_subject_are_those_of_exposure() -> None:
    subject = rows("DM", cases.treated())[0]
    exposure = rows("EX", cases.treated())
    assert subject["RFXSTDTC"] == exposure[0]["EXSTDTC"] and subject["RFXENDTC"] == exposure[-1]["EXENDTC"]


def test_the_date_is_the_one_on_the_wall_of_the_site() -> None:
    late = at(0.6)  # 23:24 in Rome, 22:24 in UTC
    assert (late.iso, late.offset_iso) == ("2026-03-11T00:24:00", "2026-03-11T00:24:00+01:00")


@pytest.mark.parametrize(
    ("person", "arm", "reason"),
    [
        (cases.treated(), "CART", None),
        (cases.never_infused(), None, "ASSIGNED, NOT TREATED"),
        (cases.screened(), None, "NOT ASSIGNED"),
        (replace(cases.screened(), withdrawn_on=at(6).on), None, "SCREEN FAILURE"),
    ],
)
def test_an_arm_that_was_not_received_says_why(person: c.Case, arm: str | None, reason: str | None) -> None:
    row = rows("DM", person)[0]
    assert (row["ACTARMCD"], row["ARMNRS"]) == (arm, reason)


def test_an_episode_lasts_from_the_first_grade_to_the_assessment_without() -> None:
    found = episodes(cases.treated())
    assert [(e.scale, e.worst, e.start, e.end) for e in found] == [("CRS", 2, at(4), at(8))]
    open_ended = replace(cases.treated(), grades=cases.treated().grades[:3])
    assert episodes(open_ended)[0].end is None


def test_episode_and_assessments_find_each_other() -> None:
    events, about = rows("CE", cases.treated()), rows("FA", cases.treated())
    links = {r["CELNKID"] for r in events if r["CELNKID"]}
    assert links == {r["FALNKID"] for r in about if r["FALNKID"]} == {"CRS-1"}
    assert {(r["RDOMAIN"], r["IDVAR"]) for r in rows("RELREC", cases.treated())} >= {
        ("CE", "CELNKID"),
        ("FA", "FALNKID"),
    }


def test_every_specimen_names_a_parent_that_is_there() -> None:
    found = rows("RELSPEC", cases.treated(), cases.died())
    names = {(r["USUBJID"], r["REFID"]) for r in found}
    assert all(r["PARENT"] is None or (r["USUBJID"], r["PARENT"]) in names for r in found)
    assert {r["LEVEL"] for r in found} == {1, 2, 3}


def test_what_is_not_known_is_not_said() -> None:
    """Nothing about CRS of somebody whom nobody assessed; no adverse events where none are on record."""
    assert rows("CE", cases.screened()) == [] and rows("AE", cases.treated()) == []


def test_a_serious_event_says_which_criterion_made_it_so() -> None:
    row = rows("AE", replace(cases.treated(), events=(cases.event(),)))[0]
    assert (row["AESER"], row["AESHOSP"], row["AESDTH"], row["AETOXGR"], row["AESTDY"]) == ("Y", "Y", "N", "3", 6)
    assert (row["AEREL"], row["AEOUT"]) == ("PROBABLE", "RECOVERED/RESOLVED")


def test_no_identity_and_no_birth_date_has_a_place() -> None:
    held = {column for d in sdtm(cases.taken()).datasets for column in d.names}
    assert not held & {"BRTHDTC", "NAME", "INITIALS", "HOSPITAL"}


def test_a_row_with_a_name_that_no_column_has_is_refused() -> None:
    with pytest.raises(DatasetError):
        filled(empty("DM"), [{"STUDYID": "S", "BIRTHDAY": "2018-01-01"}])
    assert filled(empty("DM"), [{"STUDYID": "S", "USUBJID": "S-1"}]).rows


def test_the_checks_of_a_dataset_find_each_fault() -> None:
    columns = (Column("A", "A", key=1), Column("B", "B", "integer"), Column("C", "C", codelist="NY"))
    good = Dataset("X", "X", "EVENTS", "", columns, (("1", 2, "Y"),))
    assert problems(good, codelists()) == []
    for row in ((None, 2, "Y"), ("1", "two", "Y"), ("1", 2, "MAYBE")):
        assert problems(replace(good, rows=(row,)), codelists())
    assert problems(replace(good, rows=(("1", 2, "Y"), ("1", 3, "N"))), codelists())
    with pytest.raises(DatasetError):
        replace(good, rows=(("1",),))


def test_every_country_of_the_table_has_two_letters_and_three() -> None:
    found = countries()
    assert all(len(two) == 2 and len(three) == 3 for two, (three, _) in found.items())
    assert len({three for three, _ in found.values()}) == len(found) and found["IT"][0] == "ITA"


@given(st.permutations(range(4)))
def test_the_order_of_participants_changes_nothing(order: list[int]) -> None:
    people = (cases.treated(), cases.died(), cases.never_infused(), cases.screened())
    assert sdtm(cases.taken(*(people[n] for n in order))) == sdtm(cases.taken(*people))


def test_a_transplant_is_a_procedure_on_its_day() -> None:
    one = cases.treated(transplants=(c.Transplant(at(80).on, "matched-unrelated", True),))
    found = [r for r in rows("PR", one) if r["PRTRT"] != "LEUKAPHERESIS"]
    assert [(r["PRSTDTC"], r["PRSTDY"], r["PRCAT"], r["EPOCH"]) for r in found] == [
        (at(80).on.isoformat(), 81, "MATCHED UNRELATED", "FOLLOW-UP")
    ]
    assert len(rows("PR", cases.treated())) == len(rows("PR", one)) - 1
