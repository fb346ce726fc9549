"""Product quality review: one site's year, counted from the record, for quality assurance to judge and sign by hand.

EU GMP chapter 1, 1.10 (clause recalled, not re-read). Counted from the registers as they stand when it is printed; the
entries of the year's batches are attached with their proofs.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.registers import yearly
from milenari.web import wording
from milenari.web.pages import programme
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.wording import comparing, vocabulary
from milenari.web.wording import yearly as words


def paper(record: Record, found: yearly.Year) -> Paper:
    """The review of one site and year."""
    code = f"{found.site}.{found.year}"
    shown = [
        b.banner("soft", _("Generated from the record."), _("It is no judgement: quality assurance reads it, adds what "
                                                           "the record does not hold, and signs below.")),
        b.facts(programme.lines_of(found), 2),
        *_batches(record, found), *_tested(found), *_events(found),
        b.heading(_("What this record does not hold")), b.paragraph(words.NOT_HELD),
        b.by_hand([_("Reviewed by quality assurance"), _("Approved")]),
        *record.source(),
    ]  # fmt: skip
    subject = wording.joined([wording.isolated(found.site), wording.isolated(found.year)])
    return Paper("quality-review", code, _("Product quality review"), subject, record.at, record.reference,
                 record.checkpoints, shown, record.files())  # fmt: skip


def _batches(record: Record, found: yearly.Year) -> list[b.Block]:
    rows = [
        b.row(b.line(wording.isolated(row.code), strong=True), wording.isolated(f"{row.process} {row.process_version}"),
              wording.word(vocabulary.OPTIONS, row.purpose) if row.purpose else "",
              wording.instant(row.started_at, record.zone), wording.word(vocabulary.DECISIONS, row.decision))
        for row in (*found.batches, *found.runs)
    ]  # fmt: skip
    titles = [(_("Batch"), 1.2), (_("Process"), 1.2), (_("Purpose of the run"), 1.2), (_("Started"), 1.4),
              (_("Decision"), 1.2)]  # fmt: skip
    return [b.heading(_("Batches")), b.table(titles, rows, _("No batch was started in this year."))]


def _tested(found: yearly.Year) -> list[b.Block]:
    rows = [
        b.row([b.line(wording.isolated(t.test), strong=True), b.line(b.said(t.attribute), quiet=True)],
              wording.number(t.results), wording.number(t.failed), programme.capability_in_words(t),
              look="bad" if t.failed else "")
        for t in found.tested
    ]  # fmt: skip
    titles = [(_("Test"), 1.5), (_("Results"), 0.7), (_("Out of specification"), 0.9), (_("Capability"), 2)]
    return [b.heading(_("Attributes")), b.table(titles, rows, _("No result was verified in this year."))]


def _events(found: yearly.Year) -> list[b.Block]:
    """Each list of what happened, or that there was none."""
    lists: list[tuple[Any, list[Any]]] = [
        (_("Deviations"), [_three(wording.subject_name(d.of), wording.isolated(d.code), b.said(d.what))
                           for d in found.deviations]),
        (_("Out of specification"), [_three(wording.subject_name(r.of), wording.isolated(r.test), b.said(r.value))
                                     for r in found.out_of_specification]),
        (_("Investigations"), [b.after(wording.subject_name(i.of), wording.isolated(i.test))
                               for i in found.investigations]),
        (_("Recalls"), [wording.subject_name(name) for name in found.recalled]),
        (_("Changes"), [_three(wording.isolated(a.product), wording.isolated(a.process_version),
                               wording.isolated(str(a.from_on), "number")) for a in found.changes]),
        (_("Vector lots used"), [b.after(wording.isolated(lot), wording.number(n)) for lot, n in found.vector]),
        (_("Calibration overdue"), [
            b.after(wording.isolated(e.code), wording.isolated(str(e.calibrated_until), "number"))
            for e in found.overdue
        ]),
        (_("Training that has ended"), [_three(wording.isolated(t.person), wording.isolated(t.procedure),
                                               wording.isolated(str(t.until_on), "number")) for t in found.lapsed]),
        (_("Signals of drift"), [_three(wording.isolated(s.baseline), wording.word(comparing.PATTERNS, s.pattern),
                                        wording.word(vocabulary.DRIFT_CAUSES, s.cause or "open"))
                                 for s in found.signals]),
    ]  # fmt: skip
    return [b.together(b.heading(title, 3), b.bullets(items or [_("none")])) for title, items in lists]


def _three(first: Any, second: Any, third: Any) -> Any:
    return b.after(b.after(first, second), third)
