"""Each format against the schema of its standard, with one file spoilt per judge; the same bytes; read back whole."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from milenari.exports import case as c
from milenari.exports import files, judges
from milenari.exports.analysis import analysis
from milenari.exports.ebmt import MISSING, ebmt
from milenari.exports.sdtm import sdtm
from milenari.rules.action import Refused
from tests.exports import cases

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


@pytest.fixture(scope="module")
def made() -> dict[str, files.Export]:
    return {name: files.make(cases.taken(), name) for name in files.FORMATS}


def content(export: files.Export, name: str) -> bytes:
    return next(f.content for f in export.files if f.name == name)


def test_every_format_passes_every_judge(made: dict[str, files.Export]) -> None:
    told = [(name, v) for name, export in made.items() for v in export.verdicts if not v.passed]
    assert told == [] and all(export.verdicts for export in made.values())


def test_the_same_snapshot_gives_the_same_bytes(made: dict[str, files.Export]) -> None:
    for name in ("sdtm", "fhir", "analysis"):
        assert files.zipped(made[name]) == files.zipped(files.make(cases.taken(), name))


# -- each judge bites ------------------------------------------------------------------------------------


def test_a_define_that_says_a_wrong_word_is_refused(made: dict[str, files.Export]) -> None:
    good = content(made["sdtm"], "define.xml")
    assert judges.define("define.xml", good).passed
    wrong = ((b'IsReferenceData="Yes"', b'IsReferenceData="Maybe"'), (b'def:Context="Other" ', b""), (b"</ODM>", b""),
             (b' def:Structure="', b' def:Shape="'))  # fmt: skip
    for old, new in wrong:
        assert old in good and not judges.define("define.xml", good.replace(old, new, 1)).passed, new


def test_an_odm_with_an_element_out_of_place_is_refused(made: dict[str, files.Export]) -> None:
    good = content(made["odm"], "odm.xml")
    assert judges.odm("odm.xml", good).passed
    assert not judges.odm("odm.xml", good.replace(b'FileType="Snapshot"', b'FileType="Photograph"', 1)).passed


def spoilt(told: dict[str, object]) -> list[dict[str, object]]:
    columns, rows = told["columns"], told["rows"]
    assert isinstance(columns, list) and isinstance(rows, list)
    return [
        {**told, "records": len(rows) + 1},
        {**told, "datasetJSONVersion": "1.0.0"},
        {**told, "colour": "red"},
        {key: value for key, value in told.items() if key != "label"},
        {**told, "columns": [{**columns[0], "dataType": "text"}, *columns[1:]]},
        {**told, "rows": [rows[0][:-1], *rows[1:]]},
        {**told, "rows": [[7, *rows[0][1:]], *rows[1:]]},
    ]


def test_a_dataset_that_contradicts_itself_is_refused(made: dict[str, files.Export]) -> None:
    good = content(made["sdtm"], "ex.json")
    assert judges.dataset_json("ex.json", good).passed
    for told in spoilt(json.loads(good)):
        assert not judges.dataset_json("ex.json", json.dumps(told).encode()).passed
    assert not judges.dataset_json("ex.json", b"{").passed and not judges.dataset_json("ex.json", b"[]").passed


def test_a_bundle_with_a_foreign_field_or_a_lost_reference_is_refused(made: dict[str, files.Export]) -> None:
    good = content(made["fhir"], "bundle.json")
    told = json.loads(good)
    kinds = {entry["resource"]["resourceType"] for entry in told["entry"]}
    assert {"ResearchStudy", "ResearchSubject", "Patient", "BiologicallyDerivedProduct", "Procedure", "Observation",
            "AdverseEvent"} <= kinds  # fmt: skip
    assert judges.fhir("bundle.json", good).passed
    told["entry"][0]["resource"]["colour"] = "red"
    assert not judges.fhir("bundle.json", json.dumps(told).encode()).passed
    lost = {
        **json.loads(good),
        "entry": [e for e in json.loads(good)["entry"] if e["resource"]["resourceType"] != "Patient"],
    }
    assert not judges.fhir("bundle.json", json.dumps(lost).encode()).passed


def test_a_patient_resource_has_no_name_and_no_birth_date(made: dict[str, files.Export]) -> None:
    told = json.loads(content(made["fhir"], "bundle.json"))
    patients = [e["resource"] for e in told["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert {key for p in patients for key in p} == {"resourceType", "identifier", "gender", "managingOrganization"}


# -- read back -------------------------------------------------------------------------------------------


def test_what_was_written_as_odm_is_read_back_the_same(made: dict[str, files.Export]) -> None:
    back = rows_of(content(made["odm"], "odm.xml"))
    for dataset in sdtm(cases.taken()).datasets:
        if not dataset.reference and dataset.name != "RELREC":
            assert sorted(back.get(dataset.name, []), key=str) == sorted(dataset.dicts(), key=str), dataset.name


def test_the_tables_hold_every_row_and_the_dictionary_every_column(made: dict[str, files.Export]) -> None:
    found = sdtm(cases.taken())
    told = list(csv.DictReader(io.StringIO(content(made["csv"], "dictionary.csv").decode())))
    assert [(r["dataset"], r["variable"]) for r in told] == [(d.name, n) for d in found.datasets for n in d.names]
    for dataset in found.datasets:
        table = list(csv.DictReader(io.StringIO(content(made["csv"], f"{dataset.name.lower()}.csv").decode())))
        assert len(table) == len(dataset.rows) and tuple(table[0]) == dataset.names


def test_the_manifest_names_every_file_with_its_digest(made: dict[str, files.Export], tmp_path: Path) -> None:
    written = files.write(made["sdtm"], tmp_path / "new")
    told = json.loads((tmp_path / "new" / files.MANIFEST).read_text())
    assert {f["name"]: f["sha256"] for f in told["files"]} == {
        f.name: f.digest for f in written if f.name != files.MANIFEST
    }
    assert files.manifest_of((tmp_path / "new" / files.MANIFEST).read_bytes()) == cases.taken().snapshot.told()
    with zipfile.ZipFile(io.BytesIO(files.zipped(made["sdtm"]))) as packed:
        assert {Path(n).name for n in packed.namelist()} == {f.name for f in written}


def test_a_folder_that_holds_something_is_left_alone(made: dict[str, files.Export], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused) as refused:
        files.write(made["ebmt"], tmp_path)
    assert refused.value.code == "export-folder-not-empty" and [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert files.write(made["ebmt"], tmp_path / "empty")


def test_a_file_that_is_no_manifest_and_a_format_that_is_none_are_refused() -> None:
    for text in (b"", b"{}", b'{"snapshot": 3}'):
        with pytest.raises(Refused) as refused:
            files.manifest_of(text)
        assert refused.value.code == "snapshot-unreadable"
    with pytest.raises(Refused) as unknown:
        files.make(cases.taken(), "xpt")
    assert unknown.value.code == "export-format-unknown"


# -- worksheet and analysis set --------------------------------------------------------------------------


def test_the_worksheet_says_what_it_does_not_know() -> None:
    rows = ebmt(cases.taken()).datasets[0].dicts()
    people = {r["participant"] for r in rows}
    assert people == {cases.treated().key, cases.died().key}
    missing = {(r["section"], r["field"]) for r in rows if r["mark"] == "not-recorded"}
    assert missing == set(MISSING) and all(r["value"] is None for r in rows if r["mark"] == "not-recorded")
    alive = {r["participant"]: r["value"] for r in rows if r["field"] == "Alive"}
    assert alive == {cases.treated().key: "yes", cases.died().key: "no"}


def test_the_worksheet_tells_a_transplant_by_day_one_hundred_and_no_later_one() -> None:
    one = c.Transplant(cases.day(60), "haploidentical", True)
    late = c.Transplant(cases.day(150), "cord-blood", True)

    def fields(*transplants: c.Transplant) -> dict[str, str]:
        rows = ebmt(cases.taken(cases.treated(transplants=transplants))).datasets[0].dicts()
        return {str(r["field"]): str(r["value"] or "") for r in rows if "ransplant" in str(r["field"])}

    assert fields(one, late) == {
        "Transplant after the infusion": "yes", "Transplant: date": cases.day(60).isoformat(),
        "Transplant: donor": "haploidentical", "Transplant: state of the disease": "in remission",
    }  # fmt: skip
    assert fields(late)["Transplant after the infusion"] == "none recorded" and not fields(late)["Transplant: date"]


def test_the_analysis_set_has_everybody_and_counts_from_the_named_event() -> None:
    rows = {str(r["participant"]): r for r in analysis(cases.taken()).datasets[0].dicts()}
    assert len(rows) == 4
    one, lost, never = rows[cases.treated().key], rows[cases.died().key], rows[cases.never_infused().key]
    assert (one["fractions"], one["dose_e6_per_kg"], one["cells_e6"]) == (3, Decimal("1.000000"), Decimal(20))
    assert (one["mrd_negative"], one["crs_grade"], one["icans_grade"], one["efs_event"]) == (1, 2, 0, 0)
    assert (one["apheresis_to_infusion_d"], one["os_d"], one["b_cell_recovery_d"]) == (20, 200, 200)
    assert (lost["efs_d"], lost["efs_event"], lost["os_d"], lost["died"]) == (60, 1, 90, 1)
    assert (lost["relapse_d"], lost["relapse_cause"], lost["crs_grade"]) == (32, 1, None)
    assert (never["infused"], never["efs_d"], never["apheresed"], never["responded"]) == (0, None, 1, None)


def test_the_script_beside_the_set_reads_it_and_notices_a_changed_file(
    made: dict[str, files.Export], tmp_path: Path
) -> None:
    files.write(made["analysis"], tmp_path / "set")
    words = [sys.executable, str(tmp_path / "set" / "read_analysis.py"), str(tmp_path / "set")]
    good = subprocess.run(words, capture_output=True, text=True, check=False)
    assert good.returncode == 0 and re.search(r"^4 participants, 2 infused, 2 responded$", good.stdout, re.M), (
        good.stderr
    )
    table = tmp_path / "set" / "participants.csv"
    table.write_bytes(table.read_bytes().replace(b"ROM", b"BCN", 1))
    assert subprocess.run(words, capture_output=True, text=True, check=False).returncode != 0


def rows_of(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The rows of every dataset in such a file, with numbers as numbers: what was written, read again."""
    # Nothing outside the file is read, whatever it names.
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    kinds, names = {}, {}
    for item in root.iter(f"{ODM}ItemDef"):
        kinds[item.attrib["OID"]], names[item.attrib["OID"]] = item.attrib["DataType"], item.attrib["Name"]
    groups = {g.attrib["OID"]: (g.attrib["Name"], [r.attrib["ItemOID"] for r in g.iter(f"{ODM}ItemRef")])
              for g in root.iter(f"{ODM}ItemGroupDef")}  # fmt: skip
    found: dict[str, list[dict[str, Any]]] = {}
    for data in root.iter(f"{ODM}ItemGroupData"):
        name, oids = groups[data.attrib["ItemGroupOID"]]
        row: dict[str, Any] = {names[oid]: None for oid in oids}
        for item in data.iter(f"{ODM}ItemData"):
            oid = item.attrib["ItemOID"]
            row[names[oid]] = _read(kinds[oid], item.attrib["Value"])
        found.setdefault(name, []).append(row)
    return found


def _read(kind: str, text: str) -> int | str | Decimal:
    if kind == "integer":
        return int(text)
    if kind == "float":
        try:
            return Decimal(text)
        except InvalidOperation as fault:
            raise ValueError(f"{text!r} is no number") from fault
    return text
