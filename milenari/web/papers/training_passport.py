"""Training passport on paper: what a person has shown, for one other site, with its proof as codes.

The codes prove to a node without a link that these entries stand in the log of the issuing site. What counts at the
other site is decided there on the passport file, which proves whose keys signed as well.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from milenari.journal.exchange import shipping
from milenari.journal.tree import ProofError
from milenari.rules.action import Refused
from milenari.rules.people import Evidence, Person, Training
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers import codes
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.words import Quantity


def paper(record: Record, code: str, site: str) -> Paper:
    """The passport of one person for one site, of the entries that a passport carries."""
    person: Person = record.sheet(f"person:{code}")
    if not record.seen:
        raise Refused("passport-empty", person=code)
    shown = [
        b.banner("soft", _("For one other site"), _(
            "What is shown here counts at the other site as far as two persons there accept it. They scan the codes to "
            "see that the entries are genuine, and read the passport file to decide."
        )),
        b.facts([
            (_("Person"), wording.joined([b.said(person.name), wording.isolated(code)])),
            (_("Issued by"), wording.isolated(person.home)), (_("For site"), wording.isolated(site)),
        ]),
        b.heading(_("What was shown")), _items(person), *_codes(record), *record.signatures(), *record.source(),
    ]  # fmt: skip
    subject = wording.joined([b.said(person.name), wording.isolated(site)])
    return Paper("training-passport", code, _("Training passport"), subject, record.at, record.reference,
                 record.checkpoints, shown, record.files())  # fmt: skip


def _items(person: Person) -> b.Block:
    rows = [_whole(one) for one in person.trainings] + [_item(one) for one in person.evidence]
    titles = [(_("Procedure"), 1.3), (_("Item"), 1), (_("Shown on"), 0), (_("Valid until"), 0), (_("Attested by"), 1.1),
              (_("Reference or score"), 1.5)]  # fmt: skip
    return b.table(titles, rows)


def _whole(one: Training) -> b.Block:
    return _row(one.procedure, one.version, _("the whole"), one.on, one.until_on, one.trainer, [], bool(one.withdrawn))


def _item(one: Evidence) -> b.Block:
    told: list[Any] = [b.said(one.reference)] if one.reference else []
    if one.score:
        told.append(b.line(b.labelled_as(_("Score"), wording.quantity(Quantity(Decimal(one.score), "%")))))
    gone = bool(one.withdrawn)
    return _row(one.procedure, one.version, wording.isolated(one.item), one.on, one.until_on, one.by, told, gone)


def _row(procedure: str, version: str, item: Any, on: Any, until: Any, by: str, last: list[Any], gone: bool) -> b.Block:
    if gone:
        last = [*last, b.line(_("withdrawn"), "bad")]
    name = b.after(wording.isolated(procedure), wording.isolated(version))
    return b.row(b.line(name, strong=True), item, tags.day(on), tags.day(until) if until else "", wording.isolated(by),
                 last, look="bad" if gone else "")  # fmt: skip


def _codes(record: Record) -> list[b.Block]:
    head = b.heading(_("Proof for the other site"))
    try:
        made = shipping.proofs_of("passport", record.seen)
    except ProofError as fault:
        return [head, b.banner("bad", _("No proof could be made"), str(fault))]
    sites = sorted({site for one in made for site in one.cosigned})
    said: list[b.Block] = []
    if sites:
        named = wording.joined([wording.isolated(site) for site in sites])
        said.append(b.paragraph(b.labelled_as(_("Cosigned by"), named)))
    return [head, *said, *codes.of_entries(_("Training"), made)]
