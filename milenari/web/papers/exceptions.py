"""Exceptions: what deviates, changed, came late or is missing, printed before everything else.

Each of the groups says "none" when there is none: an empty place could be one that nobody looked at.
EU GMP Annex 11, 8.2 (printouts show whether data were changed since entry); Annex 16 (review by exception).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from milenari.web import telling, wording
from milenari.web.papers import blocks as b
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import labels, vocabulary

# What moves on by the work itself; another value in these is the course of things, not a correction.
_MOVING = tuple(labels.STATE[name][0] for name in ("owner", "bound_for", "decision", "status", "alarm", "allocated_to"))
# Up to as many late entries of one minute are listed one by one.
FEW = 4
INTERRUPTIONS = ("hold-batch", "resume-batch", "cancel-dispatch", "open-emergency-access")


def of(record: Record, *tested: Any, missing: Iterable[Any] = ()) -> list[b.Block]:
    """The exceptions of the sheets ``tested`` (batch or lot) and of the record's entries."""
    return [
        b.heading(_("Exceptions")),
        *_deviations(record, tested),
        *_findings(record),
        *_changes(record, tested),
        *_late(record),
        *_missing(missing),
    ]


def _deviations(record: Record, tested: Iterable[Any]) -> list[b.Block]:
    rows = []
    # The last close of each: gone through once, not once for every deviation.
    closes = {e.entry.action.deviation: e.entry for e in record.entries("close-deviation")}
    for sheet in tested:
        for found in sheet.deviations:
            closed = closes.get(found.code)
            judged: list[Any] = [b.line(_("open"), "bad")]
            if closed is not None:
                judged = [wording.word(vocabulary.OPTIONS, found.disposition), b.said(closed.action.root_cause),
                          *record.signed(found.closed_by, closed.happened_at)]  # fmt: skip
            rows.append(
                b.row(
                    b.line(wording.isolated(found.code), strong=True),
                    b.said(wording.word(vocabulary.DEVIATION_KINDS, found.what))
                    if found.what in vocabulary.DEVIATION_KINDS
                    else b.said(found.what),
                    wording.word(vocabulary.OPTIONS, found.severity),
                    record.signed(found.opened_by, found.opened_at),
                    judged, look="" if found.closed_by else "bad",
                )
            )  # fmt: skip
        for found in sheet.investigations:
            shut = [e.entry for e in record.entries("close-investigation") if e.entry.action.test == found.test]
            result: list[Any] = [b.line(_("open"), "bad")]
            if found.conclusion and shut:
                result = [wording.word(vocabulary.OPTIONS, found.conclusion), b.said(shut[-1].reason),
                          *record.signed(found.closed_by, shut[-1].happened_at)]  # fmt: skip
            rows.append(
                b.row(b.line(wording.isolated(found.test), strong=True), _("Investigation of a result"), "—",
                      wording.instant(found.opened_at, record.zone), result, look="" if found.conclusion else "bad")
            )  # fmt: skip
    titles = [(_("Code"), 1), (_("What happened"), 2), (_("Severity"), 0.8), (_("Opened"), 1.2),
              (_("Assessment"), 1.9)]  # fmt: skip
    return [b.heading(_("Deviations and investigations"), 3), b.table(titles, rows, _("No deviation was opened."))]


def _findings(record: Record) -> list[b.Block]:
    rows = []
    for told in record.told:
        entry = told.entry
        shown = [b.line(sentence, "bad" if weight == "grave" else None) for weight, sentence in told.findings]
        if not shown and entry.action.code in INTERRUPTIONS:
            shown = [b.line(b.said(entry.reason))]
        if shown:
            # A whole sentence is no tag: it is printed as text, and the row is marked.
            lines = [{**one, "look": None} for one in shown]
            grave = any(weight == "grave" for weight, _sentence in told.findings)
            rows.append(b.row(wording.instant(entry.happened_at, entry.zone), told.what, lines, record.signer(told),
                              _place(told), look="bad" if grave else ""))  # fmt: skip
    titles = [(_("When"), 0), (_("What was done"), 1.2), (_("What came to light"), 2.9), (_("By"), 1.4),
              (_("Entry"), 0)]  # fmt: skip
    return [
        b.heading(_("Out of limit, interrupted, transcribed from paper or done under special conditions"), 3),
        b.table(titles, rows, _("Nothing came to light.")),
    ]


def _changes(record: Record, tested: Iterable[Any]) -> list[b.Block]:
    rows = []
    for told in record.told:
        for change in told.changes:
            if change.label in _MOVING:
                continue
            rows.append(_changed(record, told, [b.line(change.label, strong=True), b.line(change.subject, quiet=True)],
                                 change.old, change.new))  # fmt: skip
    for sheet in tested:
        for old in sheet.superseded:
            new = sheet.result(old.test)
            told_again = _retest(record, old.test)
            if told_again is None:
                continue
            value = tags.qty(new.value) if new and new.value is not None else _("test repeated, no result yet")
            rows.append(_changed(record, told_again, [b.line(_("Result"), strong=True), wording.isolated(old.test)],
                                 tags.qty(old.value), value))  # fmt: skip
    titles = [(_("Value"), 1.3), (_("Was"), 1), (_("Is now"), 1), (_("Why"), 1.7), (_("Changed by"), 1.5),
              (_("Entry"), 0)]  # fmt: skip
    none = _("No value was changed.")
    return [b.heading(_("Values changed after their first entry"), 3), b.table(titles, rows, none)]


def _changed(record: Record, told: telling.Told, what: Any, old: Any, new: Any) -> b.Block:
    entry = told.entry
    return b.row(what, b.line(old), b.line(new, strong=True), b.said(entry.reason) or told.what,
                 [*record.signer(told), wording.instant(entry.happened_at, entry.zone)], _place(told))  # fmt: skip


def _retest(record: Record, test: str) -> telling.Told | None:
    """The entry that let a test be repeated."""
    for told in record.told:
        act = told.entry.action
        if act.code == "close-investigation" and act.test == test and act.conclusion == "laboratory-error":
            return told
    return None


def _late(record: Record) -> list[b.Block]:
    """Late entries; many that were written in the same minute are one row, and each is marked in the list below."""
    late = [told for told in record.told if told.written_later]
    rows = []
    for _minute, group in groupby(late, key=lambda told: f"{told.entry.written_at:%Y-%m-%d %H:%M}"):
        found = list(group)
        if len(found) > FEW:
            rows.append(_together(found))
            continue
        for told in found:
            entry = told.entry
            rows.append(b.row(told.what, wording.instant(entry.happened_at, entry.zone),
                              wording.instant(entry.written_at, entry.zone), b.said(entry.reason),
                              record.signer(told), _place(told)))  # fmt: skip
    titles = [(_("What was done"), 1.4), (_("Happened at"), 0), (_("Written at"), 0), (_("Reason"), 1),
              (_("By"), 1.8), (_("Entry"), 0)]  # fmt: skip
    return [b.heading(_("Written down later than it happened"), 3),
            b.table(titles, rows, _("Everything was written down when it happened."))]  # fmt: skip


def _together(found: list[telling.Told]) -> b.Block:
    first, last = found[0], found[-1]
    number = wording.number(len(found))
    names = list(dict.fromkeys(told.entry.name for told in found))
    return b.row(
        b.filled(_("%(number)s entries, each marked in the list of signatures"), number=number),
        [wording.instant(first.entry.happened_at, first.entry.zone),
         wording.instant(last.entry.happened_at, last.entry.zone)],
        wording.instant(last.entry.written_at, last.entry.zone), "—",
        wording.joined(b.said(name) for name in names), [_place(first), _place(last)],
    )  # fmt: skip


def _missing(missing: Iterable[Any]) -> list[b.Block]:
    found = list(missing)
    shown = b.bullets(found) if found else b.paragraph(_("Nothing is missing."), "quiet")
    return [b.heading(_("Missing"), 3), shown]


def _place(told: telling.Told) -> Any:
    return wording.isolated(f"{told.seen.site}/{told.seen.index}")
