"""What SDTM says of casebook pages: results with units and days, what was not done and why, treatments, history."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from milenari.exports import case as c
from milenari.exports.dataset import problems
from milenari.exports.sdtm import sdtm
from milenari.exports.sdtm_casebook import ASKED, FINDINGS
from milenari.exports.variables import codelists, empty, names_of_tests
from milenari.rules.casebook_form import Form, read_form
from tests.exports import cases
from tests.exports.cases import at

FORMS = {
    path.name.removesuffix(".json"): read_form(json.loads(path.read_text(encoding="utf-8")))
    for path in files("milenari.web").joinpath("data", "forms").iterdir()
}


def page(form: str, visit: str = "screening", **values: Any) -> c.Page:
    """A page of a ready form; a value in brackets is a reason why there is none."""
    made = []
    for name, value in values.items():
        item = FORMS[form].item(name)
        assert item is not None, name
        text, missing = ("", value[0]) if isinstance(value, list) else (str(value), "")
        made.append(c.Answer(name, dict(item.label)["en"], item.type, *item.sdtm, text, item.unit, missing))
    return c.Page(f"P/{visit}/{form}/1", visit, form, at(40), tuple(made))


def told(name: str, *pages: c.Page) -> list[dict[str, Any]]:
    found = sdtm(cases.taken(replace(cases.treated(weights=(), b_cells=()), pages=pages)))
    assert [p for d in found.datasets for p in problems(d, found.codelists)] == []
    return [dict(row) for row in found.find(name).dicts()] if found.has(name) else []


def test_a_blood_count_is_a_row_for_each_result_with_unit_and_study_day() -> None:
    count = page("blood-count", taken_at=at(3).instant.isoformat(), haemoglobin="8.20", neutrophils="0.05")
    rows = {row["LBTESTCD"]: row for row in told("LB", count)}
    assert set(rows) == {"HGB", "NEUT"}
    one = rows["HGB"]
    assert (one["LBORRES"], one["LBSTRESC"], one["LBSTRESN"], one["LBORRESU"]) == (
        "8.20",
        "8.2",
        Decimal("8.20"),
        "g/dL",
    )
    assert (one["LBDTC"], one["LBDY"], one["LBSPEC"]) == (at(3).iso, 4, "BLOOD")
    assert one["LBSPID"] == count.code and rows["NEUT"]["LBORRESU"] == "10^9/L"


def test_what_was_not_measured_says_so_and_what_was_not_asked_is_no_row() -> None:
    taken_at = at(3).instant.isoformat()
    rows = told("LB", page("inflammation", taken_at=taken_at, ferritin=["not-done"], crp=["not-applicable"], il6="12"))
    assert [(r["LBTESTCD"], r["LBSTAT"], r["LBREASND"]) for r in rows] == [
        ("FERRITIN", "NOT DONE", "NOT DONE"), ("INTLK6", None, None),
    ]  # fmt: skip


def test_residual_disease_carries_its_limit_and_the_specimen() -> None:
    pages = page("disease", taken_on="2026-02-01", mrd_method="FLOW", mrd="POSITIVE", mrd_level="0.4", mrd_limit="0.01")
    rows = {row["CPTESTCD"]: row for row in told("CP", pages)}
    assert set(rows) == {"MRD", "MRDLVL"} and {r["CPSPEC"] for r in rows.values()} == {"BONE MARROW"}
    assert {r["CPLLOQ"] for r in rows.values()} == {Decimal("0.01")} and rows["MRD"]["CPDTC"] == "2026-02-01"


def test_rows_of_the_record_and_of_the_casebook_are_numbered_as_one() -> None:
    one = page("visit", "M3", seen_on="2026-06-09", how="PERSON", weight="21.5", temperature="36.6", rcl="NEGATIVE")
    found = sdtm(cases.taken(replace(cases.treated(), pages=(one,))))
    rows = found.find("VS").dicts()
    assert [row["VSSEQ"] for row in rows] == [1, 2, 3] and rows[0]["VSSPID"] is None
    assert [row["VSTESTCD"] for row in rows] == ["WEIGHT", "WEIGHT", "TEMP"]
    assert [(r["MBTESTCD"], r["MBORRES"]) for r in found.find("MB").dicts()] == [("RCL", "NEGATIVE")]


def test_a_treatment_is_a_row_and_a_question_about_one_is_a_row_whatever_the_answer() -> None:
    given = page("treatment", drug="Tocilizumab", kind="TOCILIZUMAB", why="CRS", dose="160", route="IV",
                 began_on="2026-03-15", ongoing="yes")  # fmt: skip
    asked = page("crs", on="2026-03-14", tocilizumab="no", steroids="yes")
    rows = {row["CMTRT"]: row for row in told("CM", given, asked) if row["CMPRESP"] is None}
    one = rows["TOCILIZUMAB"]
    assert (one["CMDOSE"], one["CMDOSU"], one["CMROUTE"], one["CMINDC"]) == (Decimal(160), "mg", "INTRAVENOUS", "CRS")
    assert (one["CMENRTPT"], one["CMENTPT"]) == ("ONGOING", given.saved_at.on.isoformat())
    occurred = {r["CMTRT"]: (r["CMOCCUR"], r["CMDTC"]) for r in told("CM", given, asked) if r["CMPRESP"]}
    assert occurred == {"TOCILIZUMAB": ("N", "2026-03-14"), "STEROIDS": ("Y", "2026-03-14")}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"given": "no"}, {("BRIDGING TREATMENT", "N")}),
        ({"given": "yes", "what": "TKI"}, {("BRIDGING TREATMENT", "Y"), ("TKI", None)}),
        ({"given": "yes", "what": "OTHER", "what_other": "Venetoclax"},
         {("BRIDGING TREATMENT", "Y"), ("VENETOCLAX", None)}),
    ],
)  # fmt: skip
def test_bridging_is_named_where_it_was_given(typed: dict[str, str], names: set[tuple[str, str | None]]) -> None:
    rows = told("CM", page("bridging", **typed))
    assert {(row["CMTRT"], row["CMOCCUR"]) for row in rows} == names


def test_history_has_its_lines_of_treatment_beside_it() -> None:
    one = page("history", kind="ALL-TREATMENT", term="Relapse in the marrow", began_on="2024-05-01", ongoing="no",
               ended_on="2024-09-30", lines="3")  # fmt: skip
    row = told("MH", one)[0]
    assert (row["MHTERM"], row["MHCAT"], row["MHENRTPT"]) == ("RELAPSE IN THE MARROW", "ALL TREATMENT", None)
    beside = told("SUPPMH", one)[0]
    assert (beside["QNAM"], beside["QVAL"], beside["IDVARVAL"]) == ("MHLINES", "3", str(row["MHSEQ"]))


# -- every ready form -------------------------------------------------------------------------------------


def every_item() -> list[tuple[str, Form, Any]]:
    return [(name, form, item) for name, form in FORMS.items() for item in form.items if not item.source]


def test_every_result_of_a_ready_form_has_a_named_test_and_a_unit_of_the_list() -> None:
    """One name for a short name, eight letters at most, forty for a name: what SDTM asks of every findings dataset."""
    from milenari.exports.sdtm_casebook import UNITS

    units = set(codelists()["UNIT"].codes) | {""}
    seen = [item for _, _, item in every_item() if item.sdtm[0] in FINDINGS and item.sdtm[1].endswith("ORRES")]
    assert len(seen) > 25
    for item in seen:
        assert (
            item.sdtm[2] in names_of_tests() and len(item.sdtm[2]) <= 8 and len(names_of_tests()[item.sdtm[2]]) <= 40
        ), item.id
        assert UNITS.get(item.unit, item.unit) in units, item.id
    assert len(set(names_of_tests().values())) == len(names_of_tests())


def test_every_question_about_a_treatment_says_what_is_asked_about() -> None:
    asked = {item.id for _, _, item in every_item() if item.sdtm[:2] == ("CM", "CMOCCUR")}
    assert asked and asked <= set(ASKED)


@pytest.mark.parametrize("name", [*FINDINGS, "CM", "MH"])
def test_names_and_labels_are_no_longer_than_a_transport_file_holds(name: str) -> None:
    assert all(len(column.name) <= 8 and len(column.label) <= 40 for column in empty(name).columns)
