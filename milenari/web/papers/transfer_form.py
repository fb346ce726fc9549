"""Transfer form: what travels with a bag, fraction or container, and what the receiver signs for.

ISO 21973:2020 (transport of cells for therapeutic use; table of contents only); Directive (EU) 2016/1214 and the
country's own rule of how many signatures each end needs.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.action import Refused
from milenari.rules.custody import Dispatch, _signatures
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers import codes
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import vocabulary
from milenari.words import split_subject


def paper(record: Record, name: str) -> Paper:
    """The form of the newest dispatch of this thing; Refused when it was never dispatched."""
    sent = record.entries(Dispatch.code)
    if not sent:
        raise Refused("nothing-dispatched", subject=name)
    kind, code = split_subject(name)
    held = record.sheet(name)
    entry = sent[-1].entry
    sender, receiver, transfer = entry.site, entry.action.to_site, entry.given["transfer"]
    arrived = [e.entry for e in record.entries("receive") if e.entry.action.transfer == transfer]
    record.look_at(f"site:{sender}", f"site:{receiver}")
    record.look_at(*(f"country:{record.sheet(f'site:{site}').country}" for site in (sender, receiver)))
    shown = [_state(held, arrived), _what(record, kind, code, held, entry, transfer), *_given(record, sent[-1].index)]
    if arrived:
        shown += _arrival(record, arrived[-1])
    else:
        shown += _to_fill(receiver, _signatures(record, receiver, "receipt"))
    if held.bound_for:
        shown += codes.blocks(name, transfer, record.upto)
    shown += record.source()
    return Paper("transfer-form", code, _("Transfer form"), wording.subject_name(name), record.at, record.reference,
                 record.checkpoints, shown, record.files())  # fmt: skip


def _state(held: Any, arrived: list[Any]) -> b.Block:
    if arrived:
        damaged = arrived[-1].action.intact == "damaged"
        return b.banner("bad" if damaged else "good", _("Arrived damaged") if damaged else _("Received"))
    if held.bound_for:
        return b.banner("soft", _("On its way"), _("The receiver signs below and books the receipt on arrival."))
    if held.sending_to:
        return b.banner("warn", _("Not complete"), _("A second signature on the dispatch is missing; it has not left."))
    return b.banner("warn", _("Taken back"), _("This dispatch was taken back. Do not use this form."))


def _what(record: Record, kind: str, code: str, held: Any, entry: Any, transfer: int) -> b.Block:
    items = [
        (_("What"), wording.subject_name(f"{kind}:{code}")),
        (_("Transfer number"), wording.number(transfer)),
        (_("From"), _site(record, entry.site)),
        (_("To site"), _site(record, entry.action.to_site)),
        (_("Shipper and logger"), wording.isolated(entry.action.shipper or "—")),
        (_("Dispatched"), wording.instant(entry.happened_at, entry.zone)),
    ]
    if getattr(held, "coi", ""):
        items.append((_("Chain of identity"), wording.isolated(held.coi)))
    if getattr(held, "lot", ""):
        items.append((_("Vector lot"), wording.isolated(held.lot)))
    if getattr(held, "batch", ""):
        items.append((_("Batch"), wording.isolated(held.batch)))
    if getattr(held, "volume_ml", None):
        items.append((_("Volume"), wording.number(held.volume_ml, "mL")))
    use_by = held.use_by() if callable(getattr(held, "use_by", None)) else getattr(held, "use_by", None)
    if use_by:
        items.append((_("To be used by"), wording.instant(use_by, record.zone)))
    return b.facts(items)


def _site(record: Record, code: str) -> Any:
    return b.after(b.said(record.sheet(f"site:{code}").name or code), wording.isolated(code))


def _given(record: Record, since: int) -> list[b.Block]:
    """The signatures given on this dispatch so far."""
    rows = []
    for told in record.told:
        entry = told.entry
        if entry.action.code in ("dispatch", "witness-dispatch", "cancel-dispatch") and told.seen.index >= since:
            rows.append(b.row(told.what, told.meaning, record.signer(told),
                              wording.instant(entry.happened_at, entry.zone)))  # fmt: skip
    titles = [(_("What"), 1.5), (_("Meaning"), 1), (_("Signed by"), 1.6), (_("When"), 0)]
    return [b.heading(_("Signatures of the sender")), b.table(titles, rows)]


def _arrival(record: Record, entry: Any) -> list[b.Block]:
    act = entry.action
    items = [
        (_("Received"), wording.instant(entry.happened_at, entry.zone)),
        (_("Condition"), wording.word(vocabulary.OPTIONS, act.intact)),
        (_("Warmest logged"), tags.qty(act.temperature)),
    ]
    rows = []
    for told in record.told:
        if told.entry.action.code in ("receive", "witness-receipt") and told.entry.happened_at >= entry.happened_at:
            when = wording.instant(told.entry.happened_at, told.entry.zone)
            rows.append(b.row(told.what, told.meaning, record.signer(told), when))
    titles = [(_("What"), 1.5), (_("Meaning"), 1), (_("Signed by"), 1.6), (_("When"), 0)]
    return [b.heading(_("Receipt")), b.facts(items), b.table(titles, rows)]


def _to_fill(receiver: str, signatures: int) -> list[b.Block]:
    """The part that the receiver fills in by hand; what is written here is then booked on the screen."""
    rows = [_("Received, inspected and scanned")]
    if signatures > 1:
        rows.append(_("Second person at the receipt"))
    fields: list[tuple[Any, Any, list[Any], Any]] = [
        (
            _("Condition"),
            "",
            [wording.word(vocabulary.OPTIONS, "intact"), wording.word(vocabulary.OPTIONS, "damaged")],
            "",
        ),
        (_("Warmest logged"), "", [], wording.isolated(wording.unit("Cel"))),
        (_("Number of the logger"), "", [], ""),
        (_("Number of the seal"), "", [], ""),
        (_("Seal unbroken"), "", [vocabulary.YES, vocabulary.NO], ""),
    ]
    made = b.by_fields(b.after(_("On arrival at the receiving site"), wording.isolated(receiver)), fields,
                       [_("Received at, with time zone")])  # fmt: skip
    return [b.heading(_("To be filled in by the receiver")), made, b.by_hand(rows)]
