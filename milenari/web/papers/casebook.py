"""Casebook on paper: every page of one participant, with its state, values, queries and what stood there before.

Values and signatures are those of the record as of the paper's place in the log; the entries are attached.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from milenari.rules.casebook_form import Form
from milenari.rules.casebook_page import Casebook, CasebookPage
from milenari.web import casebook_entry, wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import casebook as words


def paper(record: Record, participant: str) -> Paper:
    """The whole casebook; its record is about the casebook and all of its pages."""
    whole: Casebook = record.sheet(f"casebook:{participant}")
    pages: list[CasebookPage] = [record.sheet(f"casebook-page:{code}") for code in whole.pages]
    record.look_at(*(f"casebook-form:{page.form}" for page in pages))
    shown = [
        b.facts([
            (pgettext("room", "Casebook"), wording.isolated(participant)), (_("Site"), wording.isolated(whole.owner)),
            (pgettext("casebook", "Pages"), tags.num(len(pages))),
            (_("State"), wording.word(words.PAGE_STATES, whole.status)),
        ]),
        *(block for page in pages for block in _page(record, page)), *record.signatures(), *record.source(),
    ]  # fmt: skip
    return Paper("casebook", participant, pgettext("room", "Casebook"), wording.isolated(participant), record.at,
                 record.reference, record.checkpoints, shown, record.files())  # fmt: skip


def _page(record: Record, page: CasebookPage) -> list[b.Block]:
    form: Form = record.sheet(f"casebook-form:{page.form}").form(page.number)
    when = tags.when(page.signed_at, record.zone) if page.signed_at else wording.EMPTY
    by = wording.isolated(page.signed_by) if page.signed_by else ""
    rows = [_item(record, page, form, item) for item in form.items if item.id in page.kept]
    made = [
        b.heading(b.said(casebook_entry.in_words(form.title).text)),
        b.facts([
            (_("Visit"), wording.isolated(page.visit)), (pgettext("field", "Repeat"), tags.num(page.repeat)),
            (_("Version of the form"), tags.num(page.number)),
            (_("State"), wording.word(words.PAGE_STATES, page.state)),
            (_("Signed by the investigator"), b.after(when, by)),
        ]),
        b.table([(_("Item"), 1.4), (pgettext("casebook", "Entered"), 1.2), (_("When and by whom"), 0), (_("Why"), 1)],
                rows),
    ]  # fmt: skip
    if page.queries:
        asked = [_query(record, form, page, number) for number in range(len(page.queries))]
        made.append(b.table([(pgettext("room", "Queries"), 1), (_("State"), 0), (_("When and by whom"), 2)], asked))
    return made


def _item(record: Record, page: CasebookPage, form: Form, item: Any) -> b.Block:
    """What stands in an item now, and below it what stood there before."""
    history = page.history(item.id)
    last = history[-1] if history else None
    before = [b.line(casebook_entry.shown(form, item, one.before, record.zone), quiet=True)
              for one in history if one.before is not None]  # fmt: skip
    value = casebook_entry.shown(form, item, page.kept[item.id], record.zone)
    who = [tags.when(last.at, record.zone), b.line(wording.isolated(last.by), quiet=True)] if last else ""
    why = b.said(last.reason) if last and last.reason else ""
    return b.row(
        b.line(b.said(casebook_entry.in_words(item.label).text), strong=True), [b.line(value), *before], who, why
    )


def _query(record: Record, form: Form, page: CasebookPage, place: int) -> b.Block:
    query = page.queries[place]
    item = form.item(query.item)
    label = casebook_entry.in_words(item.label).text if item is not None else query.item
    turns: list[Any] = []
    for said in query.thread:
        turns.append(b.line(wording.joined([wording.word(words.TURNS, said.word), tags.when(said.at, record.zone),
                                            wording.isolated(said.by)]), quiet=True))  # fmt: skip
        turns += [b.said(said.text)] if said.text else []
    return b.row(b.line(b.said(label), strong=True), wording.word(words.QUERY_STATES, query.state), turns)
