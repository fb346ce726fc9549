"""Every catalogue is complete: nothing untranslated, no fact lost, no number or sign inside a translated text."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.template import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.functional import Promise
from django.utils.translation import override

from milenari.web import wording
from milenari.web.wording import actions, findings, labels, purposes, refusals, refusals_therapy, vocabulary

pytestmark = pytest.mark.once

WEB = Path(wording.__file__).parents[1]
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"<[^>]+>")
GETTEXTS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
CONTEXTUAL = {"pgettext", "pgettext_lazy"}
Text = tuple[str | None, str]  # context and msgid


def path(language: str) -> Path:
    return WEB / "locale" / language / "LC_MESSAGES" / "django.po"


@cache
def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(path(language)))


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def bare(text: str) -> str:
    """What is left for a reader when facts and tags are taken out."""
    return TAG.sub("", PLACEHOLDER.sub("", text))


# -- what the code says --------------------------------------------------------------------------------


def in_python() -> Iterator[Text]:
    for source in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            if name in GETTEXTS and given and isinstance(given[0], str):
                yield None, given[0]
            elif name in CONTEXTUAL and isinstance(given[1], str):
                yield str(given[0]), given[1]


def in_templates() -> Iterator[Text]:
    for source in (WEB / "templates").rglob("*.html"):
        nodes = Template(source.read_text()).nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            yield _context(node), str(node.filter_expression.var.literal)
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            yield _context(node), node.render_token_list(node.singular)[0]


def _context(node: TranslateNode | BlockTranslateNode) -> str | None:
    return str(node.message_context.var) if node.message_context else None


@cache
def used() -> frozenset[Text]:
    return frozenset([*in_python(), *in_templates()])


def lazy(value: Any) -> Iterator[str]:
    if isinstance(value, Promise):
        yield str(value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from lazy(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from lazy(one)


def test_no_wording_table_is_overlooked() -> None:
    modules = (wording, actions, findings, labels, purposes, refusals, refusals_therapy, vocabulary)
    with override("en"):
        worded = {text for module in modules for table in vars(module).values() for text in lazy(table)}
        assert {str(wording.REFUSALS["field-missing"]), str(vocabulary.YES)} <= worded
    assert len(worded) > 700
    assert worded - {text for _, text in used()} == set()


def test_no_number_and_no_sign_stands_in_a_text_of_the_code() -> None:
    assert [text for _, text in used() if re.search(r"[\d<>=≤≥±]", bare(text))] == []


# -- what the catalogues say ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_in_the_catalogue(language: str) -> None:
    assert used() - {(entry.msgctxt, entry.msgid) for entry in catalogue(language) if not entry.obsolete} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_fuzzy(language: str) -> None:
    found = catalogue(language)
    assert not found.metadata_is_fuzzy
    assert [e.msgid for e in found if e.fuzzy or (not e.obsolete and not all(form.strip() for form in forms(e)))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_its_facts_and_tags(language: str) -> None:
    wrong = []
    for entry in catalogue(language):
        facts, tags = set(PLACEHOLDER.findall(entry.msgid)), sorted(TAG.findall(entry.msgid))
        for form in filter(None, forms(entry)):
            kept = set(PLACEHOLDER.findall(form)) == facts and sorted(TAG.findall(form)) == tags
            if not kept or ("%" in PLACEHOLDER.sub("", form)):
                wrong.append((entry.msgid, form))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_and_no_sign_stands_in_a_translation(language: str) -> None:
    # \d is every digit there is, Arabic-Indic ones too.
    assert [f for e in catalogue(language) for f in forms(e) if re.search(r"[\d<>=≤≥±]", bare(f))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_complete(language: str) -> None:
    rule = re.fullmatch(
        r"nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*(.+?);?", catalogue(language).metadata["Plural-Forms"]
    )
    assert rule
    chosen = gettext.c2py(rule[2])
    assert {chosen(n) for n in [*range(1000), 10**6, 10**6 + 1]} == set(range(int(rule[1])))
    for entry in catalogue(language):
        assert not entry.msgid_plural or set(entry.msgstr_plural) == set(range(int(rule[1]))), entry.msgid
        assert not entry.msgid_plural or all(entry.msgstr_plural.values()), entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_what_the_text_compiles_to(language: str) -> None:
    said, compiled = catalogue(language), polib.mofile(str(path(language).with_suffix(".mo")))

    def content(found: Any) -> dict[tuple[str | None, str, str], Any]:
        return {(e.msgctxt or None, e.msgid, e.msgid_plural): e.msgstr_plural or e.msgstr for e in found}

    assert content(compiled) == content(said.translated_entries())
    assert compiled.metadata == said.metadata


def test_arabic_is_written_with_its_own_punctuation() -> None:
    assert [f for e in catalogue("ar") for f in forms(e) if re.search(r"[,;?]", bare(f))] == []
