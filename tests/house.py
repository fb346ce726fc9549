"""The house checks itself: sizes, names, roles, refusals and documents, read from the code and compared.

A failure here names the file, the code or the page to repair. An exemption is written down with its reason.
"""

from __future__ import annotations

import ast
import fnmatch
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from milenari import rules
from milenari.rules import fields as f
from milenari.rules.action import ACTIONS, APPLIES, CHECKS, Action, action
from milenari.words import Meaning, Role

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400

# Which page of docs/stations speaks of which files; every action and refusal of the file stands in its page.
PAGES = {
    "every-act": ("rules/action.py", "rules/fields.py"),
    "network-and-people": ("rules/network.py", "rules/people.py"),
    "procedure-and-training": (
        "rules/procedure.py",
        "rules/specification.py",
        "rules/curriculum.py",
        "rules/competence.py",
        "rules/practice.py",
        "rules/training.py",
        "rules/passport.py",
        "journal/passport.py",
        "cli/training.py",
    ),
    "stock": ("rules/stock.py",),
    "equipment": ("rules/equipment.py", "rules/room.py", "rules/upkeep.py", "rules/fitness.py"),
    "transfer": ("rules/package.py", "rules/gap.py", "cli/package.py"),
    "qualification": ("rules/qualification.py", "rules/way.py", "rules/readiness.py"),
    "agreements-and-change": (
        "rules/quality_agreement.py",
        "rules/escalation.py",
        "rules/change.py",
        "rules/impact.py",
        "rules/effect.py",
        "rules/notice.py",
        "rules/complaint.py",
        "rules/partner_audit.py",
    ),
    "regulatory-map": ("rules/regulation.py",),
    "plans": ("rules/plan.py",),
    "casebook": (
        "rules/casebook.py",
        "rules/casebook_form.py",
        "rules/casebook_lock.py",
        "rules/casebook_page.py",
        "rules/casebook_query.py",
        "rules/casebook_value.py",
    ),
    "trial": (
        "rules/protocol.py",
        "rules/protocol_document.py",
        "rules/protocol_boundary.py",
        "rules/protocol_lines.py",
        "journal/protocol_drafts.py",
        "rules/participant.py",
        "rules/enrolment.py",
        "rules/leaving.py",
        "rules/coming_of_age.py",
    ),
    "safety": (
        "rules/safety.py",
        "rules/safety_review.py",
        "rules/adverse_event.py",
        "rules/monitoring.py",
        "rules/hyperinflammation_answer.py",
    ),
    "vector": ("rules/vector.py",),
    "custody": ("rules/custody.py",),
    "arrival": (
        "rules/arrival.py",
        "journal/docket.py",
        "journal/shipment.py",
        "journal/exchange/shipping.py",
        "web/papers/codes.py",
        "web/pages/arrival.py",
    ),
    "referral": ("rules/referral.py", "rules/chain.py"),
    "apheresis": ("rules/apheresis.py",),
    "batch-and-filling": ("rules/batch.py", "rules/filling.py", "rules/hold.py", "rules/qualification_run.py"),
    "testing-and-deviation": ("rules/testing.py", "rules/deviation.py"),
    "release": ("rules/release.py",),
    "infusion": ("rules/infusion.py",),
    "follow-up": (
        "rules/followup.py",
        "rules/transplant.py",
    ),
    "papers": ("rules/form.py", "rules/paper.py"),
    "attachments": ("rules/attachment.py", "journal/attached.py"),
    "stability-and-drift": ("rules/stability.py", "rules/drift.py"),
    "comparability": ("rules/comparability.py", "rules/comparability_report.py"),
    "labels": (
        "rules/label.py",
        "rules/labelling.py",
        "rules/carrier.py",
        "web/labels/check.py",
        "web/labels/draw.py",
        "web/labels/isbt.py",
        "web/labels/tables.py",
        "web/pages/labels.py",
    ),
    "journal": ("journal", "cli"),
    "leases-and-tokens": ("rules/lease.py", "rules/allotment.py", "rules/sighting.py", "rules/interval.py"),
    "exchange": ("rules/exchange.py", "journal/exchange", "cli/exchange.py", "cli/keys.py"),
}
ROLE_WORDS = "everybody but the node"  # what a page may say instead of eleven roles
VERB_ALONE = {
    "dispatch": "what is handed over may be a container, a collection bag or a dose",
    "receive": "the same three; a noun would name only one of them",
}
FORBIDDEN_NAMES = "manager service helper util handler processor misc".split()
# Accepted and kept in the journal, but no sheet needs to remember it; each with its reason.
APPLIES_NOTHING: dict[str, str] = {}
# Where everything is caught on purpose; each with its reason.
BROAD: dict[str, str] = {
    "journal/tend.py": "a chore's failure of whatever kind is noted, logged and shown, and the other chores go on",
}
# A refusal whose code is not written out where it is raised: the code comes from elsewhere, and that is named.
PASSED_ON = {
    ("rules/action.py", "code"): "refuse_if passes on the code it was given",
    ("rules/action.py", "fault.code"): "a BadField of rules/fields.py",
    ("rules/fitness.py", "reason.code"): "a reason raised as the refusal it is; given by reason() elsewhere",
    ("rules/procedure.py", "fault.code"): "a BadField of rules/fields.py",
    ("rules/testing.py", "fault.code"): "a BadField of rules/fields.py",
    ("journal/chores.py", "told.refused"): "what the other node or this one refused in the exchange",
    ("journal/perform.py", "fault.code"): "one of web.wording.NOT_WRITTEN, given by journal/exchange/anchor.py",
    ("journal/perform.py", "_why(fault)"): "one of web.wording.NOT_WRITTEN, checked below",
}

rules.load()


# -- reading the house ----------------------------------------------------------------------------------


def sources() -> list[Path]:
    found = (ROOT / "milenari").rglob("*.py")
    return sorted(p for p in found if "migrations" not in p.parts and "__pycache__" not in p.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "milenari").as_posix()


SOURCES = {name_of(path): path for path in sources()}
every_source = pytest.mark.parametrize("path", SOURCES.values(), ids=SOURCES.keys())
every_action = pytest.mark.parametrize("code", sorted(ACTIONS))
every_page = pytest.mark.parametrize("name", sorted(PAGES))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def page_text(name: str) -> str:
    return (ROOT / "docs" / "stations" / f"{name}.md").read_text()


def page_of(name: str) -> str:
    """The page that has to speak of a source file, or nothing."""
    places = {place: page for page, files in PAGES.items() for place in files}
    nearest = [place for place in places if name == place or name.startswith(f"{place}/")]
    return places[max(nearest, key=len)] if nearest else ""


def raised(path: Path) -> Iterator[tuple[str, bool]]:
    """Every refusal code given in a file, and whether it is written out as a word."""
    positions = {"Refused": 0, "BadField": 0, "NotWritten": 0, "NoMirror": 0, "fail": 0, "refuse_if": 1, "reason": 0}
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        at = positions.get(getattr(node.func, "id", getattr(node.func, "attr", "")))
        if at is None or len(node.args) <= at:
            continue
        given = node.args[at]
        if isinstance(given, ast.Constant):
            yield str(given.value), True
        else:
            yield ast.unparse(given), False


def tracked() -> list[Path]:
    """Every file of the project that is not ignored; without git, every file outside hidden folders."""
    words = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return sorted({ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()})
    walked = (p for p in ROOT.rglob("*") if p.is_file())
    return sorted(p for p in walked if not any(part.startswith(".") for part in p.relative_to(ROOT).parts))


# -- files ----------------------------------------------------------------------------------------------


@every_source
def test_a_source_file_stays_under_its_ceiling(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE, f"{name_of(path)} has {lines} lines; split it by noun"


@every_source
def test_no_fault_is_swallowed_and_nothing_is_left_to_do(path: Path) -> None:
    wrong = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            broad = node.type is None or re.search(r"\b(?:Base)?Exception\b", caught)
            if broad and name_of(path) not in BROAD:
                wrong.append(f"line {node.lineno}: except {caught} catches everything; name what may happen")
        called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        if called or (isinstance(node, ast.Name) and node.id == "NotImplementedError"):
            wrong.append(f"line {node.lineno}: {ast.unparse(node)}")
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    wrong += [
        f"line {n}: {line.strip()}" for n, line in enumerate(path.read_text().splitlines(), 1) if marks.search(line)
    ]
    assert not wrong, f"{name_of(path)}: " + "; ".join(wrong)


@every_source
def test_no_file_or_class_has_a_name_that_says_nothing(path: Path) -> None:
    classes = [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    vague = [n for n in (path.stem, *classes) if any(word in n.lower() for word in FORBIDDEN_NAMES)]
    assert not vague, f"{name_of(path)}: {', '.join(vague)}: name the thing, not the framework's role"


@every_source
def test_what_a_room_offers_has_a_docstring(path: Path) -> None:
    if not name_of(path).startswith(("rules/", "journal/")):
        return
    assert ast.get_docstring(tree(path)), f"{name_of(path)} has no docstring"
    public = [n for n in tree(path).body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name[0] != "_"]
    mute = [n.name for n in public if not ast.get_docstring(n)]
    assert not mute, f"{name_of(path)}: no docstring at {', '.join(mute)}"


def test_nothing_names_the_place_where_it_was_written() -> None:
    place = re.compile("/" + "work/")
    address = re.compile(r"https?://([^/\s\"'`)>\]]+)")
    here = re.compile(r"^(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\{[^}]*\}|[\w.-]+\.[a-z]{2,})(:[\d{].*)?$", re.I)
    wrong = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}: {found[0]}" for found in [place.findall(text)] if found]
        wrong += [
            f"{path.relative_to(ROOT)}: {host}" for host in address.findall(text) if not here.match(host.rstrip(".,;:"))
        ]
    assert not wrong, "; ".join(wrong)


def test_editors_and_formatter_agree_on_the_length_of_a_line() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["line-length"]
    told = re.search(r"^max_line_length = (\d+)$", (ROOT / ".editorconfig").read_text(), re.M)
    assert told and int(told[1]) == ruff, ".editorconfig and pyproject.toml (decision 9)"


@pytest.mark.parametrize(
    "name", ["script/demo", "script/test", "script/lint", "script/validation", "script/screenshots", ".ci/run"]
)
def test_the_commands_a_newcomer_is_told_to_run_exist(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK), f"{name} is missing or not executable"


# -- actions --------------------------------------------------------------------------------------------


@every_action
def test_an_action_is_complete(code: str) -> None:
    made = ACTIONS[code]
    assert made.roles and all(isinstance(role, Role) for role in made.roles)
    assert isinstance(made.meaning, Meaning)
    assert made.fields, f"{code} takes no fields"
    assert (made.__doc__ or "").strip().endswith("."), f"{code} needs a docstring of whole sentences"
    assert code in CHECKS, f"{code} has no check"
    applied = any(action_code == code for _, action_code in APPLIES)
    assert applied or code in APPLIES_NOTHING, f"{code} has no apply"


@every_action
def test_an_action_is_a_verb_and_a_noun_and_its_class_says_the_same(code: str) -> None:
    shape = r"[a-z]+" if code in VERB_ALONE else r"[a-z]+(-[a-z]+)+"
    assert re.fullmatch(shape, code), f"{code} is not kebab-case verb-noun"
    assert ACTIONS[code].__name__ == "".join(word.capitalize() for word in code.split("-"))


@every_action
def test_a_page_says_who_does_it_and_what_the_signature_means(code: str) -> None:
    made = ACTIONS[code]
    name = made.__module__.removeprefix("milenari.").replace(".", "/") + ".py"
    where = page_of(name)
    assert where, f"no page of docs/stations speaks of {name}: put it into PAGES"
    rows = [line for line in page_text(where).splitlines() if line.startswith("|") and f"| `{code}` |" in line]
    assert len(rows) == 1, f"docs/stations/{where}.md has {len(rows)} rows for {code}; one is needed"
    _, _, roles, meaning = (cell.strip() for cell in rows[0].strip("|").split("|")[:4])
    everybody = {str(role) for role in Role if role is not Role.NODE}
    told = everybody if roles == ROLE_WORDS else set(roles.split(", "))
    assert told == {str(role) for role in made.roles}, f"{where}.md: roles of {code}"
    assert meaning == str(made.meaning), f"{where}.md: meaning of {code}"


def test_an_action_without_roles_or_meaning_is_an_error_at_import() -> None:
    def declare(**how: Any) -> None:
        class Made(Action):
            """A thing that is never done."""

            what: str = f.code("What")

        action("test-nothing", **how)(Made)

    with pytest.raises(TypeError):
        declare(roles=(), meaning=Meaning.PERFORMED)
    with pytest.raises(TypeError):
        declare(roles=(Role.QA,))
    assert "test-nothing" not in ACTIONS


# -- refusals -------------------------------------------------------------------------------------------


@every_source
def test_every_refusal_of_a_file_stands_in_its_page(path: Path) -> None:
    where = page_of(name_of(path))
    if not where:
        return
    text = page_text(where)
    silent = sorted({code for code, written in raised(path) if written and f"`{code}`" not in text})
    assert not silent, f"docs/stations/{where}.md does not explain: {', '.join(silent)}"


@every_source
def test_a_refusal_has_its_code_written_out(path: Path) -> None:
    name = name_of(path)
    if not page_of(name) or name.startswith("cli/"):
        return
    hidden = [code for code, written in raised(path) if not written and (name, code) not in PASSED_ON]
    assert not hidden, f"{name}: {', '.join(hidden)}: a code that is computed cannot be documented or worded"


def test_what_is_allowed_but_cannot_be_kept_stands_in_the_journals_page() -> None:
    from milenari.web.wording.refusals import NOT_WRITTEN

    assert not [code for code in NOT_WRITTEN if f"`{code}`" not in page_text("journal")]


@every_page
def test_a_page_explains_no_refusal_that_nobody_raises(name: str) -> None:
    from milenari.web.wording.refusals import NOT_WRITTEN

    known = {code for path in SOURCES.values() for code, _ in raised(path)} | {*ACTIONS}
    told = re.findall(r"^\| [^|]*\| `([a-z-]+)` \|", page_text(name), re.M)
    stale = [code for code in told if code not in known and code not in NOT_WRITTEN]
    assert not stale, f"docs/stations/{name}.md explains codes that are gone: {', '.join(stale)}"


# -- documents ------------------------------------------------------------------------------------------


def test_every_station_has_its_page_and_every_page_its_station() -> None:
    held = {path.stem for path in (ROOT / "docs" / "stations").glob("*.md")}
    assert held == set(PAGES)
    files = {name for names in PAGES.values() for name in names}
    assert {f"rules/{station}.py" for station in rules.STATIONS} <= files


@every_source
def test_the_walk_through_the_house_passes_every_file(path: Path) -> None:
    name = name_of(path)
    if name.endswith(("__init__.py", "apps.py")):
        return
    walk = (ROOT / "docs" / "house.md").read_text()
    assert f"`{name}`" in walk, f"docs/house.md does not mention `{name}`: add one line under its room"


def _wanted() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [*project["project"]["optional-dependencies"].values(), *project["dependency-groups"].values()]
    lines = [*project["project"]["dependencies"], *(line for group in groups for line in group)]
    return {re.split(r"[\[<>=!~; ]", line)[0].lower(): line for line in lines}


def test_every_dependency_is_explained_and_every_explanation_has_its_dependency() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text().partition("## System packages")[0]
    rows = re.findall(r"^\| ([^|]+?) \|", text, re.M)
    told = {re.split(r"[ (]", name)[0].lower() for name in rows if name not in ("package", "---")}
    assert told == set(_wanted())


def test_decisions_are_numbered_without_gaps_and_have_their_three_parts() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:5] for path in found] == [f"{n:04}-" for n in range(1, len(found) + 1)]
    for path in found:
        heads = re.findall(r"^## (.+)$", path.read_text(), re.M)
        assert heads[:3] == ["Context", "Decision", "Consequence"], path.name


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if not target.startswith(("http", "mailto:")) and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert not broken, "; ".join(broken)


# -- validation -----------------------------------------------------------------------------------------


def validation() -> Any:
    loader = importlib.machinery.SourceFileLoader("validation", str(ROOT / "script" / "validation"))
    spec = importlib.util.spec_from_loader("validation", loader)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    loader.exec_module(made)
    return made


@cache
def written_tests() -> tuple[str, ...]:
    """Every test function by file and name, without running or importing any."""
    found = []
    for path in [*(ROOT / "tests").rglob("test_*.py"), ROOT / "tests" / "house.py"]:
        for node in ast.walk(tree(path)):
            named = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            machine = isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase")
            if named:
                found.append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
            elif machine:
                found.append(f"{path.relative_to(ROOT).as_posix()}::{ast.unparse(node.targets[0])}::runTest")
    return tuple(found)


REQUIREMENTS = json.loads((ROOT / "docs" / "validation" / "requirements.json").read_text())


@pytest.mark.parametrize("asked", REQUIREMENTS["requirements"], ids=lambda r: r["id"])
def test_a_requirement_is_whole_and_every_test_it_names_exists(asked: dict[str, Any]) -> None:
    validation().require_whole(asked)
    unknown = [code for code in asked["actions"] if code not in ACTIONS]
    assert not unknown, f"{asked['id']}: no action {', '.join(unknown)}"
    untested = [p for p in asked["tests"] if not fnmatch.filter(written_tests(), p)]
    assert not untested, f"{asked['id']}: no test matches {', '.join(untested)}"


def test_requirements_have_ids_of_their_own() -> None:
    ids = [asked["id"] for asked in [*REQUIREMENTS["requirements"], *REQUIREMENTS["open"]]]
    assert len(set(ids)) == len(ids)
