"""Leaving: on what basis a study's data may be handed to a site, and the note that they were.

The same rule as for parcels: each site whose participants are in the export has agreed to send its clinical and product
data to the receiver, on a legal basis that holds today (GDPR Articles 5(2), 6, 9, 30 and 44 to 49).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from milenari.exports.files import Export
from milenari.journal import clock, ledger, read
from milenari.journal.exchange import standing
from milenari.registers import questions
from milenari.rules.action import Refused
from milenari.rules.exchange import Agreement, agreement_code

CLASSES = ("clinical", "product")
Basis = dict[str, dict[str, Any]]


def today() -> date:
    """The day on which a basis has to hold."""
    return clock.now().date()


def sites_of(export: Export) -> list[str]:
    """Whose participants are in it."""
    return sorted({case.site for case in export.taken.cases})


def require_basis(export: Export, to: str, on: date) -> dict[str, Basis]:
    """Per site the basis of each class; Refused where one is missing. ``to`` empty: it stays on this node.

    A site's own participants need none, nor what stays on the node that writes that site's log.
    """
    if to and to not in questions.sites():
        raise Refused("export-receiver-unknown", site=to)
    receivers = [to] if to else sorted(ledger.own_sites())
    return {site: {} if site in receivers else _basis(site, receivers, on) for site in sites_of(export)}


def _basis(site: str, receivers: list[str], on: date) -> Basis:
    codes = [agreement_code(site, receiver) for receiver in receivers]
    for code in codes:
        agreed: Agreement = read.sheet(f"agreement:{code}")
        bases = {name: agreed.basis_for(name, on) for name in CLASSES}
        if all(bases.values()):
            return {name: {"basis": b.basis, "country": b.country, "to_on": b.to_on.isoformat()}
                    for name, b in bases.items() if b is not None}  # fmt: skip
    raise Refused("export-without-basis", site=site, agreement=codes[0] if codes else site, classes=list(CLASSES))


def hand_over(export: Export, to: str, content: bytes, using: str = DEFAULT_DB_ALIAS) -> dict[str, Basis]:
    """Check the basis and note in the transfer log what left, per site whose data are in it."""
    found = require_basis(export, to, today())
    for site, basis in found.items():
        if to and basis:
            standing.note_handed_over(site, to, content, basis, using)
    return found
