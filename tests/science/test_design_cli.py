"""``milenari design``: answers in words and JSON, published numbers from the command line, refusals with a way out."""

from __future__ import annotations

import json
import shlex

import pytest
from click.testing import CliRunner, Result

from milenari.cli import main
from milenari.cli.design import design
from milenari.cli.design.asked import EXAMPLES

ASKED = {
    "simon": "--p0 0.2 --p1 0.4 --alpha 0.05 --beta 0.2",
    "two-stage": "--r1 3 --n1 13 --r 12 --n 43 --rates 0.2,0.4",
    "fleming": "--p0 0.2 --p1 0.4 --alpha 0.05 --beta 0.2",
    "events": "--hr 0.5 --alpha 0.025 --power 0.8 --survival 0.4 --time 12 --accrual 24 --follow-up 12",
    "one-arm": "--hr 0.57 --survival 0.53 --time 3 --accrual 5 --follow-up 3 --alpha 0.05 --power 0.8",
    "boin": "--target 0.3",
    "interval": "--kind keyboard --target 0.3",
    "three-plus-three": "--path '1NNN 2NNT' --doses 4",
    "crm": "- --skeleton 0.05,0.12,0.25,0.4 --target 0.25",
    "skeleton": "--target 0.25 --half-width 0.05 --prior-mtd 3 --doses 5",
    "mtd": "- --target 0.3",
    "dose-trials": "--design boin --target 0.3 --true 0.05,0.12,0.3 --seed 1 --trials 200",
    "toxicity": "--p0 0.2 --alpha 0.05 --looks 1-30 --rates 0.2,0.4",
    "predictive": "--n 23 --responses 16 --n-max 40 --prior 0.6 0.4 --p0 0.6 --theta-t 0.9",
    "futility": "--looks 10-35 --n-max 36 --prior 0.2 0.8 --p0 0.2 --theta-t 0.922 --theta-l 0.001 --rates 0.2,0.4",
}


def run(name: str, words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["design", name, *shlex.split(words)], input=given)


@pytest.mark.parametrize("name", sorted(design.commands))
def test_every_command_answers_in_words_and_json(name: str) -> None:
    given = EXAMPLES.get(name, "")
    words = run(name, ASKED[name], given)
    assert words.exit_code == 0, words.output
    assert "Method: " in words.output and "Reference: " in words.output
    made = json.loads(run(name, ASKED[name] + " --json", given).output)
    assert made["method"] and made["version"] and "10." in made["reference"]
    helped = run(name, "--help").output
    assert f"milenari design {name}" in helped and "--json" in helped
    if given:
        assert run(name, "--example").output == given


def test_published_numbers_from_the_command_line() -> None:
    simon = json.loads(run("simon", ASKED["simon"] + " --json").output)
    assert [simon["optimal"][k] for k in ("r1", "n1", "r", "n")] == [3, 13, 12, 43]
    assert [simon["minimax"][k] for k in ("r1", "n1", "r", "n")] == [4, 18, 10, 33]
    assert json.loads(run("predictive", ASKED["predictive"] + " --json").output)["predictive"] == pytest.approx(
        0.5655588975, abs=1e-9
    )
    assert "0.236491" in run("boin", ASKED["boin"]).output


def test_a_path_is_told_in_words() -> None:
    assert "Next cohort at dose 2." in run("boin", "--target 0.3 --path '1NNN 2NNN 3NTT' --doses 5").output
    stopped = run("interval", "--kind mtpi --target 0.3 --path '1TTT' --doses 5").output
    assert "Stop: no dose is safe enough." in stopped and "Left for good: dose 1, 2, 3, 4, 5." in stopped
    assert "Stop: dose 1 is taken." in run("three-plus-three", "--path '1NNN 2NTT' --doses 4").output
    begun = json.loads(run("boin", "--target 0.3 --path '' --doses 5 --json").output)
    assert (begun["next_dose"], begun["going_on"]) == (1, True)


def test_the_same_seed_gives_the_same_bytes_and_no_seed_is_exact() -> None:
    asked = ASKED["dose-trials"] + " --json"
    assert run("dose-trials", asked).output == run("dose-trials", asked).output
    exact = run("dose-trials", "--design three-plus-three --true 0.05,0.2,0.4").output
    assert "Exact: every path is added up." in exact


@pytest.mark.parametrize(
    ("code", "name", "words", "given"),
    [
        ("rates-crossed", "simon", "--p0 0.4 --p1 0.2 --alpha 0.05 --beta 0.2", ""),
        ("not-a-share", "simon", "--p0 0.2 --p1 0.4 --alpha 5 --beta 0.2", ""),
        ("no-design", "fleming", "--p0 0.2 --p1 0.21 --alpha 0.05 --beta 0.2", ""),
        ("nothing-given", "two-stage", "--r1 3 --n1 13 --r 12 --n 43", ""),
        ("nothing-given", "boin", "--target 0.3 --path 1NNN", ""),
        ("nothing-given", "events", "--hr 0.5 --alpha 0.025 --power 0.8 --survival 0.4", ""),
        ("path-unreadable", "boin", "--target 0.3 --path 1NX --doses 3", ""),
        ("nothing-given", "dose-trials", "--design boin --true 0.1,0.2", ""),
        ("options-crossed", "dose-trials", "--design boin --target 0.3 --true 0.1,0.2 --skeleton 0.1,0.2", ""),
        ("options-crossed", "dose-trials", "--design boin --target 0.3 --true 0.1,0.2 --de-escalate", ""),
        ("options-crossed", "toxicity", "--p0 0.2 --looks 1-30", ""),
        ("file-empty", "mtd", "- --target 0.3", ""),
        ("no-rows", "mtd", "- --target 0.3", "treated,toxic\n"),
        ("wrong-header", "mtd", "- --target 0.3", "n,toxic\n3,1\n"),
        ("not-a-number", "mtd", "- --target 0.3", "treated,toxic\nthree,1\n"),
        ("not-a-count", "mtd", "- --target 0.3", "treated,toxic\n-3,1\n"),
        ("not-a-count", "mtd", "- --target 0.3", "treated,toxic\n3,0.5\n"),
        ("more-than-all", "mtd", "- --target 0.3", "treated,toxic\n3,4\n"),
        ("path-unreadable", "crm", "- --skeleton 0.1,0.2 --target 0.2", "dose,toxic\n3,0\n"),
        ("path-unreadable", "crm", "- --skeleton 0.1,0.2 --target 0.2", "dose,toxic\n1,2\n"),
        ("not-rising", "crm", "- --skeleton 0.2,0.1 --target 0.2", "dose,toxic\n1,0\n"),
    ],
)
def test_bad_questions_are_refused_with_a_code_and_a_sentence(code: str, name: str, words: str, given: str) -> None:
    made = run(name, words + " --json", given)
    told = json.loads(made.output)
    assert (made.exit_code, told["refused"]) == (1, code), told
    assert told["sentence"].endswith(".")


def test_a_list_that_is_no_list_is_named() -> None:
    made = run("two-stage", "--r1 3 --n1 13 --r 12 --n 43 --rates 0.2;0.4".replace(";", "\\;"))
    assert made.exit_code == 2 and "is not a number" in made.output
