"""Every refusal code has a test that provokes it, and every action is whole: roles, meaning, check, apply."""

import ast
from pathlib import Path

import pytest

from milenari import journal, rules
from milenari.rules.action import ACTIONS, APPLIES, CHECKS, SHEETS
from milenari.words import Meaning, Role

rules.load()

HERE = Path(__file__).parent
RULES = Path(rules.__file__).parent
# Where the code stands in a call that refuses.
REFUSING = {"Refused": 0, "BadField": 0, "refuse_if": 1, "reason": 0}
# Passed on from a caught fault or a helper's own argument; each is named where it first arises.
PASSED_ON = {"code", "fault.code", "reason.code"}


def calls(path: Path) -> list[tuple[str, list[ast.expr], int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""), node.args, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def codes_in(folder: Path, names: dict[str, int]) -> dict[str, str]:
    found = {}
    for path in sorted(folder.glob("*.py")):
        for name, args, line in calls(path):
            if name in names and len(args) > names[name]:
                code = args[names[name]]
                value = code.value if isinstance(code, ast.Constant) else ast.unparse(code)
                found.setdefault(str(value), f"{path.name}:{line}")
    return found


# A book may refuse too: a proof is verified by the journal, on behalf of the rule that asks for it.
AT_THE_DOOR = {code for code, at in codes_in(Path(journal.__file__).parent, REFUSING).items() if "shipment.py" in at}
REFUSALS = {code: at for code, at in codes_in(RULES, REFUSING).items() if code not in PASSED_ON}
PROVOKED = codes_in(HERE, {"refused": 0})


def test_refusal_codes_are_written_out_where_they_are_refused():
    odd = {code: at for code, at in REFUSALS.items() if not code.replace("-", "").isalpha() or code != code.lower()}
    assert not odd, "a code that is computed cannot be found, worded or tested"
    assert len(REFUSALS) > 150


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_is_provoked_by_a_test(code):
    assert code in PROVOKED, f"{REFUSALS[code]} refuses with {code!r} and no test in tests/rules provokes it"


def test_no_test_names_a_refusal_that_is_gone():
    written = {code for code in PROVOKED if code.replace("-", "").isalpha() and "-" in code}
    assert written <= set(REFUSALS) | AT_THE_DOOR


@pytest.mark.parametrize("code", sorted(ACTIONS))
def test_every_action_is_whole(code):
    made = ACTIONS[code]
    assert made.code == code and made.roles and all(isinstance(role, Role) for role in made.roles)
    assert isinstance(made.meaning, Meaning)
    assert made.__doc__ and not made.__doc__.startswith(f"{made.__name__}(")
    assert CHECKS[code] and any(action == code for _, action in APPLIES)
    touched = {kind for spec in made.fields.values() if spec.touch for kind in spec.of}
    assert touched, "an action about nothing"
    assert touched <= set(SHEETS)


@pytest.mark.parametrize("code", sorted(ACTIONS))
def test_every_action_is_done_somewhere_in_these_tests(code):
    name = ACTIONS[code].__name__
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("*.py") if path.name != "test_coverage.py"]
    assert any(f"{name}(" in text for text in texts)


@pytest.mark.parametrize("path", sorted(RULES.glob("*.py")), ids=lambda p: p.stem)
def test_a_rules_file_stays_readable_and_knows_no_clock(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 400
    assert "now()" not in text and "today()" not in text and "django" not in text
