"""From the record itself: what was signed is what leaves, earlier states come again, nothing leaves without a basis."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from milenari.exports import files, leaving, record
from milenari.exports.sdtm import sdtm
from milenari.journal import clock, ledger, read
from milenari.journal.exchange import standing
from milenari.registers import exporting
from milenari.registers import models as table
from milenari.rules.action import Refused
from tests.web import test_safety as safety
from tests.web.stage import client_of, do, story, told

__all__ = ["story", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
STUDY = "ARI-0001"


def test_every_fraction_that_was_given_is_exported_with_its_cells() -> None:
    found = record.take(STUDY)
    given = table.Dose.objects.exclude(given_at=None)
    told_ = {f.code: f for case in found.cases for f in case.given}
    assert set(told_) == set(given.values_list("code", flat=True)) and told_
    for dose in given:
        assert told_[dose.code].cells_e6 == dose.cells_e6
        per_kg_e6 = told_[dose.code].per_kg_e6
        assert told_[dose.code].given_at is not None and per_kg_e6 is not None and per_kg_e6 > Decimal(0)


def test_everybody_referred_is_there_once_and_nobody_is_named() -> None:
    found = record.take(STUDY)
    journeys = table.Journey.objects.filter(process=STUDY, erased=False)
    assert len({case.key for case in found.cases}) == len(found.cases) == journeys.count()
    text = b"".join(f.content for name in files.FORMATS for f in files.make(found, name).everything())
    codes = [j.coi for j in journeys if j.coi] + [read.sheet(j.subject).commitment for j in journeys]
    assert codes and not [code for code in codes if code.encode() in text]


def test_an_erased_participant_is_left_out_and_counted() -> None:
    journey = table.Journey.objects.filter(process=STUDY, site="ROM").order_by("code")[0]
    before = record.take(STUDY)
    do("rom-qa", "erase-identity", reason="asked for by the family", journey=journey.code)
    after = record.take(STUDY)
    assert len(after.cases) == len(before.cases) - 1 and dict(after.left_out) == {"erased": 1}


def test_an_earlier_state_is_made_again_byte_for_byte() -> None:
    earlier = files.make(record.take(STUDY), "sdtm")
    manifest = files.manifest_of(earlier.manifest())
    journey = table.Journey.objects.filter(process=STUDY, site="ROM").exclude(infused_at=None)[0]
    do("rom-physician", "record-response", journey=journey.code, response="cri", sensitivity="flow")
    now = files.make(record.take(STUDY), "sdtm")
    again = files.make(record.take(STUDY, told=manifest), "sdtm")
    assert files.zipped(again) == files.zipped(earlier) != files.zipped(now)


def test_a_snapshot_that_is_not_of_these_logs_is_refused() -> None:
    good = record.snapshot(STUDY).told()
    assert record.snapshot(STUDY, good).told() == good
    first = good["logs"][0]

    def changed(**log: Any) -> dict[str, Any]:
        return {**good, "logs": [{**first, **log}, *good["logs"][1:]]}

    wrong = {
        "snapshot-other-log": changed(root="AAAA"),
        "snapshot-not-held": changed(size=first["size"] + 1),
        "snapshot-of-another-study": {**good, "study": "OTHER"},
        "snapshot-unreadable": {**good, "logs": [{"site": "ROM"}]},
    }
    for code, told_ in wrong.items():
        with pytest.raises(Refused) as refused:
            record.snapshot(STUDY, told_)
        assert refused.value.code == code


def test_the_root_of_an_earlier_size_is_the_one_that_was_signed_then() -> None:
    now = {site: (size, root) for site, _, size, root in ledger.states()}
    size, root = now["ROM"]
    do("rom-qa", "erase-identity", reason="asked for", journey=table.Journey.objects.filter(site="ROM")[0].code)
    assert [state[3] for state in ledger.states({"ROM": size})] == [root]
    assert dict(ledger.sizes())["ROM"] > size


def test_a_study_that_nobody_is_in_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        record.take("NOTHING")
    assert refused.value.code == "export-empty"
    assert [s.code for s in exporting.studies(["ROM"]) if s.code == STUDY]


def test_a_participant_of_a_protocol_leaves_under_the_study_number_with_events() -> None:
    safety.trial()
    safety.reported()
    found = record.take(safety.TRIAL)
    rows = {d.name: d.dicts() for d in sdtm(found).datasets}
    assert [case.key for case in found.cases] == [safety.WHO]
    assert (rows["DM"][0]["USUBJID"], rows["DM"][0]["ARMNRS"], rows["DM"][0]["COUNTRY"]) == (
        safety.WHO, "NOT ASSIGNED", "ITA",
    )  # fmt: skip
    assert (rows["AE"][0]["AESPID"], rows["AE"][0]["AESER"], rows["AE"][0]["AESHOSP"]) == (safety.EVENT, "Y", "Y")
    assert {row["IECAT"] for row in rows["TI"]} == {"INCLUSION", "EXCLUSION"}
    assert {row["IETESTCD"] for row in rows["TI"] if len(str(row["IETESTCD"])) > 8} == set()
    made = [files.make(found, name) for name in files.FORMATS]
    assert [v for export in made for v in export.verdicts if not v.passed] == []


# -- what leaves -----------------------------------------------------------------------------------------


def end_agreements() -> None:
    today = clock.now().date()
    for data_class in leaving.CLASSES:
        do("rom-qa", "end-exchange", reason="ended", agreement="ROM-BCN", data_class=data_class,
           last_on=str(today - timedelta(days=1)))  # fmt: skip


def test_another_site_gets_it_only_on_a_basis_that_holds_today() -> None:
    made = files.make(record.take(STUDY, ["ROM"]), "csv")
    before = standing.transits(0, 1)[1]
    found = leaving.hand_over(made, "BCN", files.zipped(made))
    assert set(found["ROM"]) == set(leaving.CLASSES) and standing.transits(0, 1)[1] == before + 1
    end_agreements()
    with pytest.raises(Refused) as refused:
        leaving.hand_over(made, "BCN", files.zipped(made))
    assert refused.value.code == "export-without-basis" and standing.transits(0, 1)[1] == before + 1
    assert leaving.require_basis(made, "", leaving.today()) == {"ROM": {}}  # on its own node it stays
    assert leaving.require_basis(made, "ROM", leaving.today()) == {"ROM": {}}  # and its own site needs none


def test_a_receiver_outside_the_network_is_refused() -> None:
    made = files.make(record.take(STUDY, ["ROM"]), "csv")
    with pytest.raises(Refused) as refused:
        leaving.hand_over(made, "EMA", b"")
    assert refused.value.code == "export-receiver-unknown"


def test_the_command_writes_files_says_what_and_refuses_a_folder_in_use(tmp_path: Path) -> None:
    from milenari.cli import main

    run = CliRunner()
    words = ["export", "analysis", STUDY, "--into", str(tmp_path / "out"), "--json"]
    first = run.invoke(main, words)
    told_ = json.loads(first.output)
    assert first.exit_code == 0 and told_["participants"] == table.Journey.objects.filter(process=STUDY).count()
    assert {f["name"] for f in told_["files"]} == {p.name for p in (tmp_path / "out").iterdir()}
    second = run.invoke(main, words)
    assert second.exit_code == 1 and json.loads(second.output)["refused"] == "export-folder-not-empty"
    third = run.invoke(main, ["export", "analysis", STUDY, "--into", str(tmp_path / "again"),
                              "--snapshot", str(tmp_path / "out" / "manifest.json")])  # fmt: skip
    assert third.exit_code == 0
    assert (tmp_path / "again" / "participants.csv").read_bytes() == (
        tmp_path / "out" / "participants.csv"
    ).read_bytes()


# -- the desk --------------------------------------------------------------------------------------------


def test_the_desk_shows_the_verdicts_and_gives_what_it_showed() -> None:
    client = client_of("rom-qa")
    assert STUDY in client.get("/exports").content.decode()
    page = client.get(f"/exports/{STUDY}/sdtm")
    text = page.content.decode()
    assert page.status_code == 200 and "define.xml" in text and "Define-XML schema" in text
    snapshot = page.context["snapshot"]
    answer = client.post(f"/exports/{STUDY}/sdtm", {"snapshot": snapshot, "for": ""})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        manifest = json.loads(packed.read(f"{STUDY}-sdtm/manifest.json"))
    assert manifest["snapshot"] == json.loads(snapshot)
    digests = {f["name"]: f["sha256"] for f in manifest["files"]}
    assert all(digest in text for digest in digests.values())


def test_one_sees_and_exports_the_participants_of_ones_own_sites_only() -> None:
    page = client_of("rom-qa").get(f"/exports/{STUDY}/analysis")
    assert {case.site for case in page.context["made"].taken.cases} == {"ROM"}
    whole = client_of("bcn-qa").get(f"/exports/{STUDY}/analysis")
    assert {case.site for case in whole.context["made"].taken.cases} > {"ROM"}


def test_a_role_that_does_not_answer_for_data_is_refused() -> None:
    for path in ("/exports", f"/exports/{STUDY}/sdtm"):
        answer = client_of("rom-operator").get(path)
        assert answer.status_code == 403 and "You act as" in answer.content.decode()
    assert client_of("rom-qa").get("/exports").status_code == 200


def test_a_snapshot_that_was_tampered_with_is_refused_on_the_page() -> None:
    client = client_of("rom-qa")
    answer = client.post(f"/exports/{STUDY}/csv", {"snapshot": "{", "for": ""})
    assert answer.status_code >= 400 and "no snapshot of an earlier export" in answer.content.decode()


def test_what_the_casebook_holds_is_exported_with_the_page_it_stands_on() -> None:
    found = record.take("ARI-PED")
    told_ = {(page.code, a.item): a.text for case in found.cases for page in case.pages for a in page.answers}
    pages = table.CasebookPage.objects.filter(protocol="ARI-PED")
    assert {code for code, _ in told_} <= set(pages.values_list("code", flat=True)) and told_
    typed = table.CasebookValue.objects.filter(protocol="ARI-PED", from_record=False).exclude(value="")
    assert {(v.page, v.item): v.value for v in typed} == {key: text for key, text in told_.items() if text}
    laboratory = sdtm(found).find("LB").dicts()
    assert laboratory and {row["LBSPID"] for row in laboratory} <= {code for code, _ in told_}
    assert all(v.passed for name in ("sdtm", "odm", "csv") for v in files.make(found, name).verdicts)
