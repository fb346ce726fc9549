"""Every code that a rule, the journal or a page can give has words, and no word is without a code."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from milenari import rules
from milenari.rules.action import ACTIONS, Refused
from milenari.rules.specification import OPS, Criterion
from milenari.web import wording
from milenari.web.templatetags.milenari import limit
from milenari.web.wording import actions, labels, purposes, vocabulary
from milenari.words import Meaning, Quantity, Role

pytestmark = pytest.mark.once

rules.load()
ROOT = Path(wording.__file__).parents[2]
PLACES = {"Refused": 0, "BadField": 0, "refuse_if": 1, "NotWritten": 0, "NoMirror": 0, "Finding": 0, "reason": 0}
# Codes computed where they are raised: each is one of the codes listed beside it.
COMPUTED = {"oos-not-requested", "oos-not-evaluated", "oos-not-accepted"}
DISKS = {"disk-full", "read-only", "busy", "disk-fault", "database"}


def calls() -> Iterator[tuple[str, str, list[str]]]:
    """Every place that gives a code: which call, which code, which facts."""
    for room in ("rules", "journal", "exports", "web", "api"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                at = PLACES.get(name)
                if at is None or len(node.args) <= at:
                    continue
                given = node.args[at]
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield name, given.value, [k.arg or "" for k in node.keywords]


CALLS = list(calls())
REFUSED = {code for name, code, _ in CALLS if name in ("Refused", "BadField", "refuse_if", "reason")} | COMPUTED
UNWRITTEN = {code for name, code, _ in CALLS if name in ("NotWritten", "NoMirror")} | DISKS | {"key-missing"}
FOUND = {code for name, code, _ in CALLS if name == "Finding"}


def test_every_refusal_has_a_sentence_and_no_sentence_is_dead() -> None:
    assert REFUSED - set(wording.REFUSALS) == set()
    assert set(wording.REFUSALS) - REFUSED == set()


def test_every_finding_and_every_failure_to_write_has_a_sentence() -> None:
    assert set(wording.FINDINGS) == FOUND
    assert set(wording.NOT_WRITTEN) == UNWRITTEN


def test_a_sentence_uses_only_facts_that_some_rule_gives() -> None:
    given: dict[str, set[str]] = {}
    for name, code, facts in CALLS:
        if name in ("Refused", "BadField", "refuse_if", "reason"):
            given.setdefault(code, set()).update(facts)
    for code in COMPUTED:
        given[code] = {"batch"}
    wrong = {
        code: asked - given[code]
        for code, template in wording.REFUSALS.items()
        if (asked := used(template)) - given[code]
    }
    assert wrong == {}


def used(template: Any) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", str(template)))


def everything_translatable() -> Iterator[str]:
    for table in (
        wording.REFUSALS,
        wording.FINDINGS,
        wording.NOT_WRITTEN,
        purposes.PURPOSES,
        labels.LABELS,
        labels.COMMON,
    ):
        yield from (str(text) for text in table.values())
    yield from (
        str(template) for template, _ in [*labels.MARKED.values(), *labels.HELPS.values(), *labels.STATE.values()]
    )
    yield from (str(text) for pair in actions.ACTIONS.values() for text in pair)
    for name, table in vars(vocabulary).items():
        if name.isupper() and isinstance(table, dict) and name != "EXAMPLES":
            yield from (str(text) for text in table.values())
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        source = path.read_text()
        yield from re.findall(r"{% trans \"(.*?)\"", source)
        yield from re.findall(r"{% blocktrans.*?%}(.*?){% endblocktrans %}", source, re.S)


def test_no_number_and_no_comparison_sign_stands_in_a_translatable_text() -> None:
    wrong = []
    for text in everything_translatable():
        bare = re.sub(r"%\(\w+\)s|{{.*?}}|<bdi[^>]*>|</bdi>|{% plural %}", "", text)
        if re.search(r"[0-9<>≤≥=]", bare):
            wrong.append(text)
    assert wrong == []


def test_every_action_has_a_name_before_and_after_and_a_purpose() -> None:
    assert set(actions.ACTIONS) == set(ACTIONS) == set(purposes.PURPOSES)
    rooms = {cls.__module__.rpartition(".")[2] for cls in ACTIONS.values()}
    assert rooms == set(vocabulary.ROOMS)


@pytest.mark.parametrize("code", sorted(ACTIONS))
def test_every_field_label_help_and_option_has_words(code: str) -> None:
    for name, spec in ACTIONS[code].fields.items():
        assert spec.label in labels.LABELS or spec.label in labels.MARKED, f"{code}.{name}: {spec.label}"
        assert not spec.help or spec.help in labels.HELPS, f"{code}.{name}: {spec.help}"
        table = vocabulary.ROLES if name in ("granted", "ended") else vocabulary.OPTIONS
        assert spec.kind != "choice" or set(spec.of) <= set(table), f"{code}.{name}: {spec.of}"
        assert spec.kind in {*vocabulary.CODED_VALUES, "quantity", "readings"}


def test_no_label_is_dead() -> None:
    declared = {spec.label for cls in ACTIONS.values() for spec in cls.fields.values()}
    assert {*labels.LABELS, *labels.MARKED} == declared


def test_every_role_and_meaning_has_words() -> None:
    assert set(vocabulary.ROLES) == {str(r) for r in Role}
    assert set(vocabulary.MEANINGS) == set(vocabulary.MEANING_WORDS) == {str(m) for m in Meaning}


def test_a_fact_is_isolated_and_escaped() -> None:
    told = wording.refusal(Refused("subject-unknown", kind="batch", code="<b>X</b>"))
    assert '<bdi dir="ltr" class="code">&lt;b&gt;X&lt;/b&gt;</bdi>' in told and "<b>" not in told


def test_a_fact_that_the_rule_did_not_give_is_a_dash_and_an_unknown_code_is_named() -> None:
    assert "—" in wording.refusal(Refused("subject-unknown"))
    assert "never-heard-of" in wording.refusal(Refused("never-heard-of"))


def test_facts_are_worded_by_what_they_are() -> None:
    told = wording.refusal(Refused("role-not-allowed", role=Role.QP, roles=["qa", "physician"], action="sign-step"))
    assert "Qualified Person" in told and "physician" in told and "qp" not in told
    late = wording.refusal(
        Refused("hold-time-over", collection="C1", use_by=datetime(2026, 7, 1, 8, tzinfo=UTC)), "Europe/Rome"
    )
    assert "2026-07-01 10:00" in late and "CEST" in late and 'title="2026-07-01 08:00:00 UTC"' in late
    assert "2026-01-31" in wording.refusal(Refused("expiry-passed", expires_on=date(2026, 1, 31)))


@pytest.mark.parametrize("op", OPS)
def test_a_limit_is_words_and_an_isolated_number(op: str) -> None:
    drawn = limit(Criterion("t", "a", "m", op, "negative" if op == "eq" else "70", "90", "%"))
    assert not set(re.sub(r"<[^>]+>", "", drawn)) & set("<>≤≥=")
    assert op == "report" or "<bdi" in drawn


@pytest.mark.parametrize(
    ("value", "shown"),
    [("20.500", "20.5"), ("0", "0"), ("12500", "12\u202f500"), ("150000000", "1.5 × 10⁸"), ("0.00010", "0.0001")],
)
def test_a_number_is_written_as_people_read_it(value: str, shown: str) -> None:
    assert wording.figures(Decimal(value)) == shown


def test_a_bound_keeps_its_sign_inside_the_isolated_number() -> None:
    assert wording.quantity(Quantity.parse("<=0.5", "[EU]/mL")) == '<bdi dir="ltr" class="number">≤0.5 EU/mL</bdi>'


def test_placeholders_are_plain_names() -> None:
    for text in everything_translatable():
        assert all(set(name) <= set(string.ascii_lowercase + "_") for name in used(text))


def test_sentences_survive_a_language_without_translations() -> None:
    with translation.override("ar"):
        assert "<bdi" in wording.refusal(Refused("coi-check-wrong", coi="MLN-ROM-7K3F"))


def test_every_cause_and_every_scanned_thing_has_words() -> None:
    """``after(..., "harvest")``, ``cause=...`` and ``same_patient(..., "wristband")`` name things in sentences."""
    said = re.compile(r'(?:after|same_patient)\((?:[^()]|\([^()]*\))*?"([a-z][a-z ]*)"\)|(?:cause|what)="([^"]+)"')
    named = {
        one or other
        for path in (Path(rules.__file__).parent).glob("*.py")
        for one, other in said.findall(path.read_text())
    }
    assert {"harvest", "wristband", "withdrawal", "second scan"} <= named
    assert named <= set(vocabulary.THINGS), named - set(vocabulary.THINGS)
