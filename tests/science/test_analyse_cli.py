"""``milenari analyse``: answers in words and JSON, terms with every figure, pictures, refusals with a way out."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from milenari.cli import main
from milenari.cli.analyse import analyse
from milenari.cli.analyse.examples import EXAMPLES

TIMED = "--censored alive --denominator infused --clock infusion"
ASKED = {
    "km": f"- --event relapse,death,transplant {TIMED} --at 6,12",
    "cif": f"- --event relapse --competing death,transplant {TIMED} --at 6,12",
    "rate": "- --success CR,CRi --denominator enrolled --denominator infused --missing failure",
    "attribute": "- --attribute viability --stratum site --test van-elteren --success CR,CRi --denominator infused",
    "aplasia": "- --threshold 100 --confirmed 2 --at 90,180",
    "kinetics": "- --until 28 --limit 50",
    "icaht": "-",
    "ctcae": "--analyte neutrophils --value 0.4 --lower-limit 1.8 --unit 10*9/L",
    "swimmer": "- --clock infusion",
    "waterfall": "- --by product",
}


def run(name: str, words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["analyse", name, *shlex.split(words)], input=given or EXAMPLES.get(name, ""))


@pytest.mark.parametrize("name", sorted(set(analyse.commands) - {"trial"}))  # that one reads a record, not a file
def test_every_command_answers_in_words_and_json(name: str) -> None:
    words = run(name, ASKED[name])
    assert words.exit_code == 0, words.output
    assert "Method: " in words.output and "Reference: " in words.output
    made = json.loads(run(name, ASKED[name] + " --json").output)
    assert made["method"] and made["version"]
    helped = run(name, "--help").output
    assert f"milenari analyse {name}" in helped and "--json" in helped
    if name in EXAMPLES:
        assert run(name, "--example").output == EXAMPLES[name]


def test_a_figure_is_printed_with_denominator_rules_clock_and_interval() -> None:
    for kind in ("plain", "log", "log-log"):
        made = run("cif", f"{ASKED['cif']} --interval {kind} --confidence 0.9").output
        assert ("Denominator: infused, 14 of 16 rows. Event: relapse; competing: death, transplant; censored: alive."
                in made)  # fmt: skip
        assert f"Clock: from infusion, in months. Interval: {kind}, 90 %." in made
        terms = json.loads(run("cif", f"{ASKED['cif']} --interval {kind} --json").output)["terms"]
        assert terms == {"denominator": "infused", "clock": "infusion", "event": ["relapse"],
                         "competing": ["death", "transplant"], "censored": ["alive"], "interval": kind,
                         "confidence": 0.95}  # fmt: skip


@pytest.mark.parametrize("left_out", ["--event", "--censored", "--denominator", "--clock"])
def test_a_term_has_no_default(left_out: str) -> None:
    words = shlex.split(ASKED["km"])
    at = words.index(left_out)
    assert run("km", shlex.join([*words[:at], *words[at + 2 :]])).exit_code == 2


def test_enrolment_and_infusion_are_two_clocks_and_two_denominators() -> None:
    infused = json.loads(run("km", ASKED["km"] + " --json").output)
    asked = ASKED["km"].replace("--clock infusion", "--clock enrolment").replace("infused", "enrolled")
    enrolled = json.loads(run("km", asked + " --json").output)
    assert (infused["curves"][0]["n"], enrolled["curves"][0]["n"]) == (14, 16)
    assert (infused["terms"]["clock"], enrolled["terms"]["clock"]) == ("infusion", "enrolment")
    assert enrolled["curves"][0]["longest"] == pytest.approx(25.2)


def test_the_same_file_gives_the_same_bytes_whatever_the_order_of_its_rows() -> None:
    first, *rest = EXAMPLES["cif"].splitlines()[1:]
    asked = ASKED["cif"] + " --by product --stratum site --json"
    told = {run("cif", asked, "\n".join([first, *rows]) + "\n").output for rows in (rest, rest[::-1], sorted(rest)[3:]
                                                                                  + sorted(rest)[:3])}  # fmt: skip
    assert len(told) == 1


@pytest.mark.parametrize("test", ["cmh --cut 85 --success CR,CRi", "log-rank --cut 85 --event relapse --censored alive "
                                  "--clock infusion"])  # fmt: skip
def test_an_attribute_is_compared_within_sites(test: str) -> None:
    made = run("attribute", f"- --attribute viability --stratum site --denominator infused --test {test}")
    assert made.exit_code == 0, made.output
    assert "12 of 12 rows" in made.output and ("3 strata" in made.output)


def test_counts_become_grades() -> None:
    """By hand: P01 is at or below 500 on days 6 to 20 (15 days), at or below 100 on days 10 to 18 (9 days); P02 on days
    7 and 11, three days apart; P06 from day 0 to its end on day 12."""
    made = json.loads(run("icaht", "- --json").output)["patients"]
    told = [(p["patient"], p["early"]["grade"], p["early"]["unknown"], p["late"]["grade"]) for p in made]
    assert told == [("P01", 3, 0, 1), ("P02", 1, 13, None), ("P06", 4, 0, None)]
    assert "at least 1" in run("icaht", "-").output
    assert "Grade 4 by CTCAE 5.0: neutrophils 0.4" in run("ctcae", ASKED["ctcae"]).output
    assert "Grade 3 by CTCAE 6.0" in run("ctcae", ASKED["ctcae"] + " --edition 6.0").output


@pytest.mark.parametrize("name", ["km", "cif", "aplasia", "swimmer", "waterfall"])
def test_a_picture_stands_alone(name: str, tmp_path: Path) -> None:
    grouped = " --by product" if name in ("km", "cif") else ""
    for path in (tmp_path / "one.svg", tmp_path / "two.svg"):
        made = run(name, f"{ASKED[name]}{grouped} --svg {path}")
        assert made.exit_code == 0, made.output
    drawn = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "two.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and "<script" not in drawn
    said = " ".join(root.itertext())
    assert {"km": "at risk (infused)", "cif": "competing death, transplant", "aplasia": "still in aplasia, %",
            "swimmer": "months from infusion", "waterfall": "% change"}[name] in said  # fmt: skip
    assert "nan" not in drawn.lower().replace("finance", "")


def changed(name: str, old: str, new: str) -> str:
    assert old in EXAMPLES[name]
    return EXAMPLES[name].replace(old, new)


@pytest.mark.parametrize(
    ("code", "name", "words", "given"),
    [
        ("status-unknown", "km", ASKED["km"].replace(",transplant", ""), None),
        ("rules-crossed", "cif", ASKED["cif"].replace("death,", "relapse,"), None),
        ("wrong-header", "km", ASKED["km"].replace("infused", "apheresed"), None),
        ("wrong-header", "km", ASKED["km"].replace("--clock infusion", "--clock apheresis"), None),
        ("wrong-header", "km", ASKED["km"] + " --by colour", None),
        ("unit-missing", "km", ASKED["km"], "status,infused,from_infusion\nalive,yes,3\n"),
        ("not-yes-or-no", "km", ASKED["km"], changed("km", "P01,Rome,fresh,yes,yes", "P01,Rome,fresh,yes,maybe")),
        ("cell-empty", "km", ASKED["km"], changed("km", "relapse,7.4,6.1", "relapse,7.4,")),
        ("negative-time", "km", ASKED["km"], changed("km", "relapse,7.4,6.1", "relapse,7.4,-6.1")),
        ("no-rows", "km", ASKED["km"], "status,infused,from_infusion,unit\nalive,no,3,months\n"),
        ("not-a-share", "km", ASKED["km"] + " --confidence 95", None),
        ("outcome-missing", "rate", "- --success CR --denominator enrolled", None),
        ("options-crossed", "attribute", ASKED["attribute"] + " --cut 85", None),
        ("options-crossed", "attribute", ASKED["attribute"] + " --event relapse", None),
        ("options-crossed", "attribute", ASKED["attribute"] + " --corrected", None),
        ("options-crossed", "attribute", ASKED["attribute"].replace("van-elteren", "log-rank --cut 85"), None),
        ("not-a-number", "attribute", ASKED["attribute"], changed("attribute", "Rome,91", "Rome,high")),
        ("no-aplasia", "aplasia", "- --threshold 0.5 --confirmed 2", "patient,day,value,unit\nP,28,3,/uL\n"),
        ("bound-only", "kinetics", ASKED["kinetics"], changed("kinetics", "P06,7,40", "P06,7,<50")),
        ("sample-twice", "kinetics", ASKED["kinetics"], changed("kinetics", "P01,3,", "P01,0,")),
        ("span-unfit", "swimmer", ASKED["swimmer"], changed("swimmer", "remission,1,24", "remission,1,0.5")),
        ("unit-differs", "icaht", "- --kind platelets", None),
        ("span-unfit", "icaht", "-", changed("icaht", "P06,6,100,12", "P06,6,100,13")),
        ("edition-missing", "ctcae", ASKED["ctcae"] + " --edition 4.0", None),
        ("file-unwritable", "waterfall", "- --svg /no/such/place.svg", None),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_a_code_and_a_sentence(code: str, name: str, words: str, given: str | None) -> None:
    made = run(name, words + " --json", given)
    told = json.loads(made.output)
    assert (made.exit_code, told["refused"]) == (1, code), told
    assert told["sentence"].endswith(".")


def test_a_refusal_names_the_line_of_the_file_though_rows_before_it_are_not_counted() -> None:
    made = run("km", ASKED["km"], changed("km", "alive,19.3,18.1", "alive,19.3,-18.1"))
    assert made.exit_code == 1 and "line 7:" in made.stderr  # P05; P04 above it was never infused
