"""script/core-check: what is missing is said, answers are counted, and planted errors are found where the engine is.

With MILENARI_CORE_ENV naming an environment of Python 3.12 with cdisc-rules-engine 0.17.1, the engine itself is asked.
The rules of these tests are written for them; CDISC's own are not copied here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from milenari.exports.dataset_json import dataset_json
from milenari.exports.sdtm import sdtm
from tests.exports import cases

SCRIPT = Path(__file__).resolve().parents[2] / "script" / "core-check"
RULES = Path(__file__).parent / "rules"
ENGINE = os.environ.get("MILENARI_CORE_ENV", "")


@pytest.fixture(scope="module")
def core() -> ModuleType:
    loader = SourceFileLoader("core_check", str(SCRIPT))
    spec = spec_from_loader("core_check", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def study(into: Path) -> Path:
    """The invented study with an adverse event, as Dataset-JSON."""
    one = replace(cases.treated(), events=(cases.event(),))
    taken = cases.taken(one, cases.died(), cases.never_infused(), cases.screened())
    into.mkdir()
    for dataset in sdtm(taken).datasets:
        (into / f"{dataset.name.lower()}.json").write_bytes(dataset_json(dataset, taken.snapshot))
    return into


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False)


def stub(folder: Path, answer: str) -> Path:
    """An environment whose Python says of itself what the test wants."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho '{answer}'\n")
    python.chmod(0o755)
    return folder


def test_an_environment_that_is_not_there_is_said(tmp_path: Path) -> None:
    told = run("--engine", str(tmp_path / "none"), "--rules", str(RULES))
    assert told.returncode == 2 and "there is no environment" in told.stderr


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ('[[3, 11], "0.17.1"]', "needs Python 3.12"),
        ('[[3, 12], "0.9.2"]', "has 0.9.2"),
        ('[[3, 12], ""]', "has none"),
    ],
)
def test_an_engine_of_another_kind_is_said(tmp_path: Path, answer: str, words: str) -> None:
    told = run("--engine", str(stub(tmp_path / "env", answer)), "--rules", str(RULES))
    assert told.returncode == 2 and words in told.stderr


def test_a_folder_without_rules_or_without_data_is_said(tmp_path: Path) -> None:
    engine = str(stub(tmp_path / "env", '[[3, 12], "0.17.1"]'))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no rules" in run("--engine", engine, "--rules", str(empty)).stderr
    told = run("--engine", engine, "--rules", str(RULES), "--data", str(empty))
    assert told.returncode == 2 and "holds no Dataset-JSON" in told.stderr


def answers() -> list[dict[str, Any]]:
    issue = {"dataset": "AE", "count": 2, "message": "wrong", "values": ["a", "b"]}
    return [
        {"rule": "R-1", "state": "passed", "why": [], "issues": []},
        {"rule": "R-2", "state": "failed", "why": [], "issues": [issue]},
        {"rule": "R-3", "state": "skipped", "why": ["Outside scope"], "issues": []},
    ]


def asked(**more: Any) -> argparse.Namespace:
    return argparse.Namespace(json=True, library=None, **more)


def test_answers_are_counted_and_an_issue_ends_with_one(core: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert core.say(answers(), {}, asked()) == 1
    told = json.loads(capsys.readouterr().out)
    counted = {key: told[key] for key in ("rules", "ran", "passed", "failed", "error", "skipped", "unexplained")}
    assert counted == {"rules": 3, "ran": 2, "passed": 1, "failed": 1, "error": 0, "skipped": 1, "unexplained": 1}
    assert told["skipped_because"] == {"Outside scope": 1}


def test_an_explained_issue_stays_visible_and_ends_with_nought(core: ModuleType, tmp_path: Path) -> None:
    known = tmp_path / "known.csv"
    known.write_text("rule,dataset,reason\nR-2,AE,the guide says so\nR-9,AE,\n")
    told = core.explained(known)
    assert told == {("R-2", "AE"): "the guide says so"}
    found = answers()
    assert core.say(found, told, asked()) == 0 and found[1]["issues"][0]["explained"] == "the guide says so"
    assert core.say(answers(), {("R-2", "DM"): "of another dataset"}, asked()) == 1


def test_a_rule_that_could_not_run_is_no_pass(core: ModuleType) -> None:
    assert core.say([{"rule": "R-4", "state": "error", "why": ["KeyError"], "issues": []}], {}, asked()) == 1
    assert core.say(answers()[:1], {}, asked()) == 0


# -- with the engine -------------------------------------------------------------------------------------

with_engine = pytest.mark.skipif(not ENGINE, reason="MILENARI_CORE_ENV names no environment of the rules engine")


def planted(name: str, column: str, value: Any) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        told = json.loads((folder / name).read_text())
        place = [c["name"] for c in told["columns"]].index(column)
        told["rows"][0][place] = value
        (folder / name).write_text(json.dumps(told))

    return plant


@with_engine
def test_the_invented_study_passes_and_each_planted_error_is_found(tmp_path: Path) -> None:
    words = ["--engine", ENGINE, "--rules", str(RULES), "--json", "--data"]
    good = run(*words, str(study(tmp_path / "good")))
    told = json.loads(good.stdout)
    assert (good.returncode, told["rules"], told["passed"], told["failed"], told["skipped"]) == (0, 4, 3, 0, 1)
    folder = study(tmp_path / "bad")
    for plant in (planted("ae.json", "AESER", "N"), planted("ec.json", "ECSTDY", 9),
                  planted("dm.json", "RFXENDTC", "2026-01-01")):  # fmt: skip
        plant(folder)
    bad = run(*words, str(folder))
    found = {r["rule"]: {i["dataset"] for i in r["issues"]} for r in json.loads(bad.stdout)["each"] if r["issues"]}
    assert bad.returncode == 1
    assert found == {"MIL-000001": {"AE"}, "MIL-000002": {"EC"}, "MIL-000003": {"DM"}}
