"""``milenari stats``: every example runs, JSON is whole, bad input is refused with file, line, column and a way out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from milenari.cli import main
from milenari.cli.stats import stats, table
from milenari.cli.stats.examples import EXAMPLES

OPTIONS = {
    "tost": ["--margin", "-3", "3"], "quality-range": [], "capability": ["--lower", "8", "--upper", "20"],
    "shelf-life": ["--lower", "95", "--error", "separate", "--cap", "room"], "hierarchy": ["--reference", "BCN"],
    "drift": ["--series", "BCN flow"],
}  # fmt: skip


def run(*words: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, ["stats", *words], input=given)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_example_is_printed_and_answered_in_words_and_json(name: str) -> None:
    shown = run(name, "--example")
    assert shown.exit_code == 0 and shown.output == EXAMPLES[name]
    words = run(name, "-", *OPTIONS.get(name, []), given=shown.output)
    assert words.exit_code == 0, words.output
    assert "Method: " in words.output and "Reference: " in words.output
    answered = run(name, "-", *OPTIONS.get(name, []), "--json", given=shown.output)
    made = json.loads(answered.output)
    assert made["method"] and made["version"] and made["reference"]


@pytest.mark.parametrize("name", sorted(stats.commands))
def test_every_command_has_an_example_and_json(name: str) -> None:
    shown = run(name, "--help")
    assert f"milenari stats {name}" in shown.output and "--json" in shown.output
    assert name == "power" or name in EXAMPLES


def test_the_published_shelf_life_from_the_command_line() -> None:
    made = json.loads(run("shelf-life", "-", *OPTIONS["shelf-life"], "--json", given=EXAMPLES["shelf-life"]).output)
    assert (made["months"], made["model"]) == (25, "cics")
    assert made["crossing"] == pytest.approx(25.9957631, abs=1e-6)


def test_summary_input_needs_no_file() -> None:
    made = run(
        "tost", "--margin", "-0.6", "0.6", "--estimate", "0.1646667", "--se", "0.1357514", "--df", "14", "--json"
    )
    assert json.loads(made.output)["p"] == pytest.approx(0.0031669, abs=1e-6)
    made = run("capability", "--mean", "16", "--sd", "2", "--n", "50", "--lower", "8", "--upper", "20")
    assert "0.6667" in made.output
    made = run("power", "--cv", "0.25", "--ratio", "--n", "12", "--margin", "0.8", "1.25", "--json")
    assert 0 < json.loads(made.output)["power"] < 1


@pytest.mark.parametrize(
    ("code", "said", "given"),
    [
        ("file-empty", "standard input is empty", ""),
        ("no-rows", "no rows", "batch,month,value\n"),
        ("wrong-header", "line 1: no column month", "batch,monat,value\na,1,2\n"),
        ("wrong-separator", "semicolons", "batch;month;value\na;1;2\n"),
        ("column-twice", "value names two columns", "batch,month,value,value\na,1,2,3\n"),
        ("not-a-number", "line 3, column 3 (value) is 'high'", "batch,month,value\na,0,5\na,1,high\n"),
        ("not-a-number", "Write the number alone", "batch,month,value\na,0,95 %\n"),
        ("decimal-comma", "Write a point: 97.1", 'batch,month,value\na,0,"97,1"\n'),
        ("row-uneven", "line 2: 4 cells", "batch,month,value\na,0,97,1\n"),
        ("cell-empty", "line 2, column 2 (month) has no number", "batch,month,value\na,,97.1\n"),
        ("cell-empty", "line 3, column 3 (value) has no number (NaN)", "batch,month,value\na,0,1\na,1,NaN\n"),
        ("cell-empty", "column 1 (batch) is empty", "batch,month,value\n,0,97.1\n"),
        ("not-a-number", "'inf'", "batch,month,value\na,0,inf\n"),
        ("bound-only", "only a bound", "batch,month,value\na,0,<0.5\n"),
        ("units-mixed", "line 3, column 4 (unit) says TU/mL", "batch,month,value,unit\na,0,5,%\na,1,6,TU/mL\n"),
        ("one-batch", "All results are of batch a", "batch,month,value\na,0,5\na,1,4\na,2,3.2\n"),
        ("constant", "every value is 5", "batch,month,value\na,0,5\na,1,5\nb,0,5\nb,1,5\n"),
        ("one-month", "Batch b has results of one month only", "batch,month,value\na,0,5\na,1,4\nb,3,4\nb,3,3\n"),
        ("month-negative", "line 3", "batch,month,value\na,0,5\na,-1,4\n"),
        ("not-csv", "line 2: not CSV", 'batch,month,value\n"a,0,5\n'),
        ("cell-empty", "line 3: the row is empty", "batch,month,value\na,0,5\n,,\na,6,4\n"),
        ("not-utf8", "line 2: not UTF-8", b"batch,month,value\n\xff,0,5\n"),
    ],
)
def test_bad_input_is_refused_with_place_and_way_out(code: str, said: str, given: str | bytes) -> None:
    made = run("shelf-life", "-", *OPTIONS["shelf-life"], "--json", given=given)
    refused = json.loads(made.output)
    assert made.exit_code == 1
    assert (refused["refused"], said in refused["sentence"]) == (code, True), refused
    assert "standard input" in refused["sentence"]


@pytest.mark.parametrize(
    ("code", "words", "given"),
    [
        ("file-unreadable", ["tolerance", "no-such-file.csv"], ""),
        ("nothing-given", ["tost", "--margin", "-1", "1"], ""),
        ("margin-unfit", ["tost", "-", "--margin", "1", "2"], EXAMPLES["tost"]),
        ("no-spread", ["capability", "--mean", "1", "--sd", "-1", "--n", "9", "--lower", "0"], ""),
        ("no-limit", ["capability", "-"], EXAMPLES["capability"]),
        ("options-crossed", ["ewma", "-", "--centre", "50"], EXAMPLES["ewma"]),
        ("baseline-unfit", ["ewma", "-", "--baseline", "3"], EXAMPLES["ewma"]),
        ("column-unknown", ["tolerance", "-", "--column", "x=y"], EXAMPLES["tolerance"]),
        ("units-mixed", ["tolerance", "-", "--unit", "mL"], EXAMPLES["tolerance"]),
        ("group-missing", ["quality-range", "-", "--tested", "ROM"], EXAMPLES["quality-range"]),
        ("group-missing", ["proportion", "-", "--compare", "BCN", "XXX"], EXAMPLES["proportion"]),
        ("site-twice", ["proportion", "-"], "site,successful,of\nBCN,1,2\nBCN,1,2\n"),
        ("not-a-count", ["proportion", "-"], "site,successful,of\nBCN,1.5,2\n"),
        ("more-than-all", ["proportion", "-"], "site,successful,of\nBCN,3,2\n"),
        ("not-an-instant", ["endpoints", "-"], "batch,site,apheresis_at\nB,BCN,2026-01-10 09:00\n"),
        ("not-yes-or-no", ["endpoints", "-"], "batch,site,successful\nB,BCN,maybe\n"),
        ("options-crossed", ["shelf-life", "-", "--lower", "95", "--error", "pooled"], EXAMPLES["shelf-life"]),
        ("nothing-given", ["shelf-life", "-", "--error", "pooled", "--cap", "none"], EXAMPLES["shelf-life"]),
        (
            "limit-missing",
            ["shelf-life", "-", "--error", "pooled", "--cap", "none", "--upper", "95", "--direction", "decreasing"],
            EXAMPLES["shelf-life"],
        ),
        ("options-crossed", ["tolerance", "-", "--tested", "3", "--ranks"], EXAMPLES["tolerance"]),
        ("not-a-count", ["tolerance", "-", "--tested", "-3"], EXAMPLES["tolerance"]),
        ("one-site", ["hierarchy", "-", "--reference", "XXX"], EXAMPLES["hierarchy"]),
        (
            "level-missing",
            ["hierarchy", "-", "--reference", "BCN"],
            "value,site,donor\n1,BCN,\n2,ROM,D1\n3,BCN,D1\n4,ROM,D2\n",
        ),
        ("cell-empty", ["tost", "-", "--margin", "-5", "5"], "first,second\n1,2\n2,\n"),
        ("not-positive", ["tost", "-", "--margin", "0.8", "1.25", "--ratio"], "first,second\n1,2\n0,3\n2,2.5\n"),
        ("constant", ["control-chart", "-"], "value\n" + "1\n" * 9),
        ("limits-crossed", ["capability", "-", "--lower", "20", "--upper", "8"], EXAMPLES["capability"]),
        ("too-few", ["linear", "-"], "x,y\n1,2\n2,3\n"),
        ("one-group", ["anova", "-"], "group,value\na,1\na,2\na,3\n"),
    ],
)
def test_other_commands_refuse_too(code: str, words: list[str], given: str) -> None:
    made = run(*words, "--json", given=given)
    assert made.exit_code == 1 and json.loads(made.output)["refused"] == code, made.output


# The column of measured numbers of each command, and what each says to a number that never changes.
MEASURED = {"tost": "second", "proportion": "successful", "linear": "y", "endpoints": "viable_cells"}
COUNTED = {"proportion", "endpoints"}  # counts and tallies: equal numbers and a single row have an answer
MISSING = {"endpoints"}  # batches in process: what is not known yet is counted as missing


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in EXAMPLES[name].splitlines() if not line.startswith("#")))


def refused(name: str, rows: list[dict[str, str]]) -> tuple[str, str]:
    text = "".join(",".join(cells) + "\n" for cells in [list(rows[0]), *(row.values() for row in rows)])
    made = run(name, "-", *OPTIONS.get(name, []), "--json", given=text)
    assert made.exit_code == 1, (name, text, made.output)
    told = json.loads(made.output)
    return told["refused"], told["sentence"]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_command_refuses_text_mixed_units_and_holes_with_their_place(name: str) -> None:
    column, rows = MEASURED.get(name, "value"), rows_of(name)
    place = f"line {len(rows) + 1}, column {list(rows[0]).index(column) + 1} ({column})"
    code, said = refused(name, [*rows[:-1], {**rows[-1], column: "high"}])
    assert code == "not-a-number" and f"{place} is 'high'" in said
    united = [{**row, "unit": "%"} for row in rows]
    code, said = refused(name, [*united[:-1], {**united[-1], "unit": "mL"}])
    assert code == "units-mixed" and f"line {len(rows) + 1}" in said and "says mL while line 2 says %" in said
    if name not in MISSING:
        code, said = refused(name, [rows[0], {**rows[1], column: ""}, *rows[2:]])
        assert code == "cell-empty" and "line 3" in said and "not guessed" in said


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - COUNTED))
def test_every_command_refuses_what_never_changes_and_what_is_one_row(name: str) -> None:
    column, rows = MEASURED.get(name, "value"), rows_of(name)
    same = [{**row, column: rows[0][column]} for row in rows]
    if name == "tost":
        same = [{**row, "first": rows[0][column]} for row in same]
    assert refused(name, same)[0] == "constant"
    code, said = refused(name, rows[:1])
    assert code == ("group-missing" if name == "quality-range" else "too-few") and said


def test_empty_lines_at_the_end_of_a_file_are_no_missing_results() -> None:
    for text in ("value\n1\n2\n4\n\n\n", "value,remark\n1,a\n2,b\n\n4,c\n,\n"):
        assert "3 values" in run("describe", "-", given=text).output


def test_what_is_beside_a_verdict_is_told_too() -> None:
    """The operating characteristic of a tolerance interval; what donors and lots add, and which of them is left out."""
    made = json.loads(run("tolerance", "-", "--tested", "4", "--json", given=EXAMPLES["tolerance"]).output)
    assert made["curve"][0]["passes"] > made["curve"][-1]["passes"] and "all within" in run(
        "tolerance", "-", "--tested", "4", given=EXAMPLES["tolerance"]).output  # fmt: skip
    told = run("hierarchy", "-", "--reference", "BCN", given=EXAMPLES["hierarchy"]).output
    assert "donor D1" in told and "lot V1" in told and "not in the model" not in told
    few = "value,site,donor,lot\n" + "".join(f"{n}.{n},{s},D{n},V1\n" for n in range(4) for s in ("BCN", "ROM"))
    said = run("hierarchy", "-", "--reference", "BCN", given=few.replace("0.0,ROM", "0.3,ROM")).output
    assert "The lot is not in the model: all rows have the same one." in said


def test_a_command_without_a_file_at_a_terminal_says_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("describe")
    assert "standard input is empty" in made.output  # piped, it is read
    monkeypatch.setattr("milenari.cli.stats.asked.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    asked = run("describe", "--json")
    assert asked.exit_code == 1 and "milenari stats describe --example" in json.loads(asked.output)["sentence"]


def test_files_beyond_the_bound_are_refused_unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(table, "LARGEST", 1000)
    monkeypatch.setattr(table, "MOST_ROWS", 20)
    large, long = tmp_path / "large.csv", tmp_path / "long.csv"
    large.write_text("value\n" + "12345.678\n" * 200)
    long.write_text("value\n" + "1\n" * 21)
    assert json.loads(run("describe", str(large), "--json").output)["refused"] == "file-too-large"
    assert json.loads(run("describe", str(long), "--json").output)["refused"] == "too-many-rows"


def test_comments_byte_order_mark_renamed_and_spare_columns_are_fine() -> None:
    text = "\ufeff# from the balance\nPotency,Remark\n1,a\n\n2,b\n4,c\n"
    made = run("describe", "-", "--column", "value=potency", "--unit", "%", given=text)
    assert made.exit_code == 0 and "3 values" in made.output and "%" in made.output


def test_numbers_are_loaded_only_where_they_are_used() -> None:
    """The web server and the other commands start without SciPy; with the room's files NumPy alone comes along."""
    code = (
        "import sys, pkgutil, importlib, milenari.science as room, milenari.cli\n"
        "assert not {'numpy', 'scipy'} & set(sys.modules), 'the command line loads numbers at start'\n"
        "names = [m.name for m in pkgutil.walk_packages(room.__path__, 'milenari.science.')]\n"
        "names = [n for n in names if '.planning.' not in n]  # simulations are compiled by Numba, which brings SciPy\n"
        "[importlib.import_module(n) for n in names]\n"
        "assert not {'scipy', 'pandas', 'statsmodels'} & set(sys.modules), 'the room loads SciPy at import'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
