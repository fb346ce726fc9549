"""Batch record: everything about one patient's product, exceptions first, with its data attached.

EU GMP Part IV section 6 (batch record), Annex 11 8.1 and 8.2 (printouts); 21 CFR 11.10(b), 11.50.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.form import ISSUED
from milenari.rules.label import DESTROYED, RETURNED, USED, account_of
from milenari.web import wording
from milenari.web.pages.batch import NONCONFORMING
from milenari.web.papers import attachments, exceptions, results
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.papers.steps import steps
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import vocabulary


def about(record_code: str, site: str, doses: list[str]) -> list[str]:
    """The subjects of a batch record: the batch, its fractions, and its account of labels."""
    labels = f"labels:{account_of(site, f'batch:{record_code}')}"
    return [f"batch:{record_code}", *(f"dose:{dose}" for dose in doses), labels]


def paper(record: Record, code: str) -> Paper:
    """The record of a batch as of the newest of its entries."""
    batch = record.sheet(f"batch:{code}")
    used = [lot for _phase, _kind, lot, _amount in batch.consumed]
    equipment = [step.equipment for step in batch.steps if step.equipment]
    others = [*(f"material:{lot}" for lot in used), *(f"equipment:{one}" for one in equipment)]
    record.look_at(*others, f"container:{batch.container}" if batch.container else "")
    container = record.sheet(f"container:{batch.container}") if batch.container else None
    if container is not None and container.lot:
        record.look_at(f"lot:{container.lot}")
    shown = [
        verdict(batch),
        _header(record, batch, container),
        *record.source(),
        *exceptions.of(record, batch, missing=[*missing(batch), *_open_forms(record)]),
        *steps(record, batch),
        *_used(record, batch, container),
        b.heading(_("Results against the specification")),
        results.table(record, batch),
        *_yield(record, batch),
        *_labels(record, batch),
        *decisions(record, batch),
        *record.signatures(),
    ]
    files = (*record.files(), *attachments.files(record))
    shown += attachments.listed(record, files)
    return Paper("batch-record", code, _("Batch record"), wording.isolated(code), record.at, record.reference,
                 record.checkpoints, shown, files)  # fmt: skip


def verdict(batch: Any) -> b.Block:
    """What was decided about the batch; one out of specification never looks like a good one."""
    if batch.decision == "out-of-specification":
        return b.banner("bad", _("OUT OF SPECIFICATION."), _(
            "This batch does not conform. It is supplied on a physician's request to avert an immediate hazard."
        ))  # fmt: skip
    word = wording.word(vocabulary.DECISIONS, batch.decision)
    if batch.alarm:
        late = _("The late result of %(test)s failed. Do not give what is left.")
        return b.banner("bad", word, b.filled(late, test=wording.isolated(batch.alarm)))
    look = "bad" if batch.decision in NONCONFORMING else {"final": "good", "conditional": "warn"}.get(batch.decision)
    text = {
        "": _("Nobody has decided about this batch yet. It may not be given."),
        "conditional": _("Released while late results are pending. The release becomes final when they pass."),
    }.get(batch.decision, "")
    return b.banner(look or "soft", word, text)


def _header(record: Record, batch: Any, container: Any) -> b.Block:
    vector: Any = _("not added yet")
    if container is not None:
        vector = b.after(wording.isolated(batch.container), b.labelled(_("lot"), container.lot))
    return b.facts([
        (_("Product"), wording.isolated(batch.process)),
        (_("Chain of identity"), wording.isolated(batch.coi)),
        (_("Journey"), wording.isolated(batch.journey)),
        (_("Site"), wording.isolated(batch.owner)),
        (_("Process version"), wording.isolated(batch.process_version)),
        (_("Master file edition"), wording.isolated(batch.edition)),
        (_("Authorisation"), wording.isolated(batch.authorisation)),
        (_("Collection bag"), wording.isolated(batch.collection)),
        (_("Vector"), vector),
        (_("Weight for the dose"), wording.number(batch.weight_kg, "kg")),
        (_("Started"), wording.instant(batch.started_at, record.zone)),
        (_("Harvested"), wording.instant(batch.harvested_at, record.zone)),
    ])  # fmt: skip


def missing(batch: Any) -> list[Any]:
    """What the record still lacks, each as a sentence."""
    lacking: list[Any] = []
    undone = [p["code"] for p in batch.phases if p["code"] not in {s.phase for s in batch.steps}]
    if undone:
        lacking.append(b.labelled(_("Steps not done"), ", ".join(undone)))
    waiting = batch.awaiting_verification()
    if waiting:
        lacking.append(b.labelled(_("Steps that a second person has not verified"), ", ".join(waiting)))
    for name, outcome in batch.requirements().items():
        if outcome == "missing":
            lacking.append(b.labelled(_("No verified result"), name))
    if batch.harvested_at and not batch.reconciled:
        lacking.append(_("The cells are not reconciled."))
    if batch.reviewed_version < batch.changed_version:
        lacking.append(_("The audit trail is not reviewed up to its newest entry."))
    return lacking


def _open_forms(record: Record) -> list[Any]:
    """Paper forms that were issued for the batch and of which nobody has said what became of them."""
    names = [one.entry.about for one in record.entries("issue-paper-form")]
    record.look_at(*names)
    unsettled = [record.sheet(name).code for name in names if record.sheet(name).status == ISSUED]
    return [b.labelled(_("Paper forms not accounted for"), ", ".join(unsettled))] if unsettled else []


def _used(record: Record, batch: Any, container: Any) -> list[b.Block]:
    rows = []
    for phase, kind, lot, amount in batch.consumed:
        sheet = record.sheet(f"material:{lot}")
        rows.append(b.row(wording.isolated(phase), wording.isolated(kind), b.line(wording.isolated(lot), strong=True),
                          wording.isolated(sheet.maker_lot), tags.written(amount), tags.day(sheet.expires_on),
                          wording.word(vocabulary.STATUSES, sheet.status)))  # fmt: skip
    if container is not None:
        lot = record.sheet(f"lot:{container.lot}")
        rows.append(b.row("—", _("Vector"), b.line(wording.isolated(batch.container), strong=True),
                          wording.isolated(container.lot), wording.number(container.volume_ml, "mL"),
                          tags.day(lot.expires_on), wording.word(vocabulary.DECISIONS, lot.decision)))  # fmt: skip
    titles = [(_("Phase"), 0.6), (_("Kind"), 1.1), (_("Lot"), 1.3), (_("Maker's lot"), 1.1), (_("Amount"), 0.8),
              (_("Expiry"), 0.85), (_("Status"), 0.9)]  # fmt: skip
    shown = [b.heading(_("Materials and vector")), b.table(titles, rows, _("No material was used."))]
    machines = []
    for code in dict.fromkeys(step.equipment for step in batch.steps if step.equipment):
        sheet = record.sheet(f"equipment:{code}")
        phases = ", ".join(s.phase for s in batch.steps if s.equipment == code)
        machines.append(b.row(b.line(wording.isolated(code), strong=True), wording.isolated(sheet.kind),
                              tags.day(sheet.calibrated_until), wording.isolated(phases)))  # fmt: skip
    heads = [(_("Equipment"), 1.2), (_("Kind"), 1.2), (_("Calibrated until"), 1), (_("Phases"), 2)]
    return [*shown, b.heading(_("Equipment"), 3), b.table(heads, machines, _("No equipment was used."))]


def _yield(record: Record, batch: Any) -> list[b.Block]:
    shown = [b.heading(_("Yield and reconciliation"))]
    done = record.entries("reconcile-batch")
    items: list[tuple[Any, Any]] = [
        (_("Cells harvested"), wording.number(batch.cells_e6, "10*6") if batch.harvested_at else "—")
    ]
    doses = [record.sheet(f"dose:{code}") for code in batch.doses]
    filled = sum((dose.cells_e6 for dose in doses), start=batch.cells_e6 * 0)
    items.append((_("Cells in fractions"), wording.number(filled, "10*6") if doses else "—"))
    if done:
        act = done[-1].entry.action
        items += [(_("Cells in samples"), wording.quantity(act.sampled)),
                  (_("Cells retained"), wording.quantity(act.retained)),
                  (_("Cells discarded"), wording.quantity(act.discarded))]  # fmt: skip
    items.append((_("Cells reconciled"), vocabulary.YES if batch.reconciled else vocabulary.NO))
    rows = [
        b.row(wording.number(dose.part), b.line(wording.isolated(dose.code), strong=True),
              wording.number(dose.cells_e6, "10*6"), _per_kg(dose, batch), wording.number(dose.volume_ml, "mL"),
              wording.instant(dose.use_by, record.zone), wording.word(vocabulary.DECISIONS, dose.decision),
              wording.instant(dose.given_at, record.zone))
        for dose in doses
    ]  # fmt: skip
    titles = [(_("Part"), 0.4), (_("Fraction"), 1.2), (_("Cells"), 0.9), (_("Dose"), 0.9), (_("Volume"), 0.7),
              (_("To be given by"), 1.15), (_("Decision"), 0.8), (_("Given"), 1.15)]  # fmt: skip
    return [*shown, b.facts(items), b.heading(_("Fractions"), 3), b.table(titles, rows, _("Nothing is filled yet."))]


def _per_kg(dose: Any, batch: Any) -> Any:
    if not batch.weight_kg:
        return "—"
    return wording.number(round(dose.cells_e6 / batch.weight_kg, 4), "10*6/kg")


def _labels(record: Record, batch: Any) -> list[b.Block]:
    account = record.sheet(f"labels:{account_of(batch.owner, f'batch:{batch.code}')}")
    shown = [b.heading(_("Labels"))]
    if not account.exists:
        return [*shown, b.paragraph(_("No label of this batch was printed here."), "quiet")]
    counts = {USED: 0, DESTROYED: 0, RETURNED: 0}
    for one in record.entries("use-labels", "destroy-labels", "return-labels"):
        fate = {"use-labels": USED, "destroy-labels": DESTROYED, "return-labels": RETURNED}[one.entry.action.code]
        counts[fate] += len(one.entry.given["labels"])
    return [*shown, b.facts([
        (_("Labels printed"), wording.number(account.printed)), (_("Labels used"), wording.number(counts[USED])),
        (_("Labels destroyed"), wording.number(counts[DESTROYED])),
        (_("Labels returned"), wording.number(counts[RETURNED])),
        (_("Labels not accounted for"), wording.number(len(account.open))),
    ])]  # fmt: skip


def decisions(record: Record, batch: Any) -> list[b.Block]:
    """Review, certificates, release and supply, each with its signature."""
    rows = []
    kinds = ("review-trail", "certify-batch", "release-batch", "reject-batch", "recall-batch", "request-oos-supply",
             "evaluate-oos-risk", "accept-oos-risk", "supply-oos", "inform-physician")  # fmt: skip
    for told in record.told:
        entry = told.entry
        if entry.action.code not in kinds:
            continue
        stage = getattr(entry.action, "stage", "")
        what = [b.line(told.what, strong=True), *([wording.word(vocabulary.OPTIONS, stage)] if stage else [])]
        rows.append(b.row(what, told.meaning, record.signer(told),
                          wording.instant(entry.happened_at, entry.zone), b.said(entry.reason)))  # fmt: skip
    titles = [(_("What"), 1.5), (_("Meaning"), 1), (_("By"), 1.5), (_("When"), 0), (_("Reason"), 1.4)]
    return [b.heading(_("Review and release")), b.table(titles, rows, _("Nothing was reviewed or decided yet."))]
