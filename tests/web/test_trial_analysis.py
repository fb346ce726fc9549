"""The analysis of a trial on screen and as files: the snapshot that was looked at, the same bytes, own participants."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from milenari.cli.frame import main
from milenari.exports import record
from milenari.exports.report import report
from milenari.exports.report_files import files_of
from milenari.journal import clock
from tests.web.stage import client_of, do
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
PAGE = "/trial/analysis/ARI-PED"


def test_the_analysis_is_told_for_its_snapshot_and_downloaded_as_the_same_bytes_later() -> None:
    client = client_of("bcn-statistician")
    shown = client.get(PAGE)
    told = text_of(shown)
    for words in ("Overall survival", "Event-free survival", "Cumulative incidence of relapse", "not enough data",
                  "Clopper and Pearson", "log-log"):  # fmt: skip
        assert words in told, words
    assert "Only the sites that you see" not in told
    assert "identity, transduction" in told and "Best change of blasts" in told  # names, not codes of tests alone
    source = shown.content.decode()
    for section in shown.context["sections"]:  # an index of every part, and a way back from each
        assert f'<a href="#{section.code}">' in source and f'id="{section.code}"' in source
    assert source.count('<a href="#index">') == len(shown.context["sections"])
    assert source.count("<details><summary>") > 6
    empty = {section.code for section in shown.context["sections"] if section.empty}
    assert not empty & {"waterfall", "expansion", "aplasia"}  # the story has samples and marrows of three
    snapshot = shown.context["snapshot"]
    files = client.post(PAGE, {"snapshot": snapshot, "form": "files"})
    paper = client.post(PAGE, {"snapshot": snapshot, "form": "paper"})
    assert paper.content.startswith(b"%PDF") and b"pdfaid:part>3" in paper.content
    do("rom-investigator", "record-contact-attempt", participant="ARI-PED-ROM-001", by="phone", reached=True,
       on=str(clock.now().date()))  # fmt: skip
    assert client.post(PAGE, {"snapshot": snapshot, "form": "files"}).content == files.content
    assert client.post(PAGE, {"snapshot": snapshot, "form": "paper"}).content == paper.content
    with zipfile.ZipFile(io.BytesIO(files.content)) as packed:
        told_ = json.loads(packed.read("ARI-PED-analysis/report.json"))
    assert json.dumps(told_["snapshot"]) == snapshot
    relapse = next(f for f in told_["figures"] if f["figure"] == "relapse")
    assert relapse["answer"]["courses"][0]["competing"] == 1  # the story's transplant in remission


def test_a_hospital_sees_its_own_and_who_may_not_export_sees_nothing() -> None:
    own = client_of("rom-investigator").get(PAGE)
    assert "Only the sites that you see" in text_of(own)
    assert "ARI-PED-ROM-001" in text_of(own) and "ARI-PED-AMM-001" not in text_of(own)
    assert client_of("rom-ward").get(PAGE).status_code == 403
    assert "Analysis" in text_of(client_of("rom-investigator").get("/trial/protocol/ARI-PED"))


def test_the_analysis_of_a_trial_nobody_is_in_is_refused_in_words() -> None:
    answer = client_of("bcn-statistician").get("/trial/analysis/NONE")
    assert answer.status_code in (404, 422) and "Nobody is on record here for" in text_of(answer)


def test_the_report_says_what_its_cases_say() -> None:
    made = report(record.take("ARI-PED"))
    assert dict(made.denominators)["infused"] == sum(1 for case in made.taken.cases if case.given)
    assert {"report.json", "survival.csv"} <= {one.name for one in files_of(made)}


def test_the_boards_package_is_a_paper_of_the_same_tables() -> None:
    client = client_of("bcn-coordinator")
    paper = client.post("/safety/package/ARI-PED")
    assert paper.status_code == 200 and paper.content.startswith(b"%PDF") and b"pdfaid:part>3" in paper.content
    assert client.post("/safety/package/ARI-PED", {"in": "xx"}).status_code in (400, 404, 422)
    assert client_of("rom-investigator").post("/safety/package/NONE").status_code == 404


def test_one_command_writes_the_report_and_the_snapshot_makes_it_again(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    done = CliRunner().invoke(main, ["analyse", "trial", "ARI-PED", "--into", str(first)])
    assert done.exit_code == 0, done.output
    assert "efs transplant-censored" in done.output and "competing 1" in done.output
    told = ["analyse", "trial", "ARI-PED", "--into", str(again), "--snapshot", str(first / "report.json")]
    assert CliRunner().invoke(main, told).exit_code == 0
    names = sorted(path.name for path in first.iterdir())
    assert {"report.json", "report.pdf", "survival.csv"} <= set(names)
    assert [(again / name).read_bytes() == (first / name).read_bytes() for name in names] == [True] * len(names)
    full = CliRunner().invoke(main, told)
    assert full.exit_code == 1 and "export-folder-not-empty" in full.output
    wrong = CliRunner().invoke(main, ["analyse", "trial", "ARI-PED", "--at", "1.5"])
    assert wrong.exit_code == 2 and "whole numbers" in wrong.output
