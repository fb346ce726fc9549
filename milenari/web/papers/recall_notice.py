"""Recall notice: what one site holds or has used of a recalled lot or batch, and what it must do now.

It shows what the receiving site may see and nothing of any other. EU GMP Part IV section 14 (recall); Part I
chapter 8 (section numbers not re-read).
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.action import Refused
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.wording import vocabulary
from milenari.words import split_subject


def paper(record: Record, name: str, site: str, things: list[str]) -> Paper:
    """The notice to ``site``; ``things`` are the containers, batches and fractions that could concern it."""
    kind, code = split_subject(name)
    recalls = record.entries("recall-lot", "recall-batch")
    if not recalls:
        raise Refused("nothing-recalled", subject=name)
    entry = recalls[-1].entry
    record.attached = recalls[-1:]  # the receiving site gets the recall's own entry and nothing of other sites
    here = [(one, record.sheet(one)) for one in things if record.sheet(one).exists]
    containers = [s for n, s in here if n.startswith("container:") and _concerns(s, site)]
    doses = [s for n, s in here if n.startswith("dose:") and _concerns(s, site)]
    fed = {dose.batch for dose in doses}
    batches = [s for n, s in here if n.startswith("batch:") and (s.owner == site or s.code in fed)]
    shown = [
        b.banner("bad", _("RECALLED."), _("Stop using everything listed here, at once.")),
        b.facts([
            (_("Recalled"), wording.subject_name(name)),
            (_("Reason"), b.said(entry.reason)),
            (_("Recalled at"), wording.instant(entry.happened_at, entry.zone)),
            (_("Signed by"), wording.joined([b.said(entry.name), wording.word(vocabulary.ROLES, entry.role)])),
            (_("Sent to site"), wording.isolated(site)),
            (_("Entry"), wording.isolated(f"{recalls[-1].site}/{recalls[-1].index}")),
        ]),
        b.heading(_("What to do")),
        b.bullets(_orders(bool(containers), bool(batches), bool(doses))),
        *(_containers(record, containers) if kind == "lot" else []),
        *_batches(record, batches),
        *_doses(record, doses),
        b.together(
            b.heading(_("Acknowledgement")),
            b.paragraph(_("Fill in, sign, and return a copy to the sender of this notice.")),
            _acknowledge(kind),
        ),
        b.by_hand([_("Notice received"), _("Everything listed is found and blocked")]),
        *record.source(),
    ]  # fmt: skip
    subject = wording.joined([wording.subject_name(name), b.labelled(_("to site"), site)])
    return Paper("recall-notice", f"{code}-{site}", _("Recall notice"), subject, record.at, record.reference,
                 record.checkpoints, shown, record.files())  # fmt: skip


def _concerns(held: Any, site: str) -> bool:
    return site in (held.owner, held.bound_for, getattr(held, "allocated_to", ""))


def _orders(containers: bool, batches: bool, doses: bool) -> list[Any]:
    orders: list[Any] = []
    if containers:
        orders.append(_("Put the containers into quarantine, under lock. Do not thaw, use, send on or destroy them."))
    if batches:
        orders.append(_("Stop work on the batches listed and put them on hold. Open a deviation for each."))
    if doses:
        orders.append(_("Do not give the fractions that are left. Keep them in quarantine."))
        orders.append(_("Tell the treating physician of each patient who received a fraction, today, and record it."))
    orders.append(_("Send back the acknowledgement below, also when nothing was found."))
    return orders


def _containers(record: Record, containers: list[Any]) -> list[b.Block]:
    rows = []
    for held in containers:
        state: Any = _("blocked by the recall")
        if held.spent_in:
            state = b.labelled(_("spent"), held.spent_in)
        elif held.bound_for:
            state = b.labelled(_("on its way to"), held.bound_for)
        rows.append(b.row(b.line(wording.isolated(held.code), strong=True), wording.number(held.volume_ml, "mL"), state,
                          _empty()))  # fmt: skip
    titles = [(_("Container"), 1.4), (_("Volume"), 0.8), (_("State"), 1.6), (_("Found and blocked (initials)"), 1.4)]
    return [b.heading(_("Containers")), b.table(titles, rows, _("No container of this lot concerns this site."), 8)]


def _empty() -> Any:
    """Room for ink."""
    return [b.line("\u00a0"), b.line("\u00a0")]


def _batches(record: Record, batches: list[Any]) -> list[b.Block]:
    rows = [
        b.row(b.line(wording.isolated(one.code), strong=True), wording.isolated(one.coi),
              wording.word(vocabulary.DECISIONS, one.decision), _empty())
        for one in batches
    ]  # fmt: skip
    titles = [(_("Batch"), 1.4), (_("Chain of identity"), 1.6), (_("Decision"), 1.2),
              (_("Put on hold (initials)"), 1.2)]  # fmt: skip
    return [b.heading(_("Batches")), b.table(titles, rows, _("No batch at this site is affected."), 8)]


def _doses(record: Record, doses: list[Any]) -> list[b.Block]:
    rows = []
    for dose in doses:
        given: Any = _("not given")
        if dose.given_at:
            given = b.labelled(_("given"), wording.instant(dose.given_at, record.zone))
        rows.append(b.row(b.line(wording.isolated(dose.code), strong=True), wording.isolated(dose.coi), given, _empty(),
                          look="" if dose.given_at else "warn"))  # fmt: skip
    titles = [(_("Fraction"), 1.2), (_("Patient, by chain of identity"), 1.6), (_("Given"), 1.4),
              (_("Blocked, or physician told (initials)"), 1.4)]  # fmt: skip
    none = _("No fraction at this site is affected.")
    return [b.heading(_("Fractions and patients")), b.table(titles, rows, none, 8)]


def _acknowledge(kind: str) -> b.Block:
    fields: list[tuple[Any, Any, list[Any], Any]] = []
    if kind == "lot":
        fields += [(_("Containers found and blocked"), "", [], ""), (_("Containers not found"), "", [], "")]
    fields += [(_("Fractions found and blocked"), "", [], ""), (_("Fractions not found"), "", [], ""),
               (_("Patients whose physician was told"), "", [], "")]  # fmt: skip
    return b.by_fields(_("Answer of the site"), fields, [_("Received at, with time zone")])
