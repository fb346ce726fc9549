"""Forms that come with the platform are asked in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils.translation import override

from milenari.rules.action import Refused
from milenari.rules.casebook_form import Told, read_form
from milenari.web import wording
from milenari.web.casebook_entry import Words, in_words
from milenari.web.pages.casebooks import ORDER, READY
from milenari.web.wording import casebook_forms as words
from tests.web.casebook import definition

pytestmark = pytest.mark.once
EVERY = words.TEXTS | words.ELSEWHERE.keys() | words.MARKED.keys() | words.CODES


def told(definition_: Any) -> Iterator[Told]:
    form = read_form(definition_)
    yield form.title
    for item in form.items:
        yield from (one for one in (item.label, item.help, item.section) if one)
    for _, options in form.codelists:
        yield from (said for _, said in options)
    yield from (check.says for check in form.checks)


def test_every_word_of_the_forms_is_offered_for_translation_and_nothing_else() -> None:
    assert {path.stem for path in READY.glob("*.json")} == set(ORDER)
    found = {dict(one)["en"] for form in ORDER for one in told(definition(form))}
    assert found - EVERY == set() and EVERY - found == set()


def test_a_word_is_the_forms_own_or_the_catalogues_or_english() -> None:
    with override("ar"):
        assert in_words((("en", "Apheresis"),)) == Words("الفصادة", "ar")
        assert in_words((("ar", "الجمع"), ("en", "Apheresis"))) == Words("الجمع", "ar")
        assert in_words((("en", "A question of this hospital alone"),)).lang == "en"
    with override("en"):
        assert {in_words((("en", text),)) for text in EVERY} == {Words(text, "en") for text in EVERY}


def test_a_code_within_a_text_is_isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "gettext", lambda text: text.replace("Interleukin", "إنترلوكين"))
    assert words.spoken("Interleukin 6") == "إنترلوكين \u20666\u2069"


def test_what_a_check_says_is_said_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    says = "The end lies before the beginning."
    refused = Refused("check-not-passed", field="ended_on", item="ended_on", check="order", says=says)
    assert f'<bdi lang="en">{says}</bdi>' in wording.refusal(refused)
    monkeypatch.setattr(words, "gettext", lambda text: "La fine precede l'inizio." if text == says else text)
    assert "<bdi>La fine precede l&#x27;inizio.</bdi>" in wording.refusal(refused)
