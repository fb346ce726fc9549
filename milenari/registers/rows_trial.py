"""Rows of trials. Pure; declared beside ``rows``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milenari.registers import models as table
from milenari.registers.rows import Row, rows_for
from milenari.rules.leaving import unanswered
from milenari.rules.protocol_document import to_be_set


@rows_for("protocol")
def _protocol(code: str, protocol: Any) -> Iterator[Row]:
    newest = protocol.versions[-1]
    values = {name: newest.document[name] for name in ("title", "phase", "product")}
    values |= {"code": code, "site": protocol.owner, "newest": newest.number, "versions": len(protocol.versions)}
    values |= {"unset": len(to_be_set(newest.document)), "opened_at": protocol.versions[0].at}
    yield Row(table.Protocol, code, {**values, "active": sum(1 for a in protocol.activations if a.closed_on is None)})


@rows_for("participant")
def _participant(code: str, found: Any) -> Iterator[Row]:
    names = (
        "protocol cohort level journey failed_why ended_why adult_care age_months screened_on consented_on assented_on "
        "eligible_on enrolled_on linked_on failed_on ended_on adult_care_on"
    )
    values = {name: getattr(found, name) for name in names.split()}
    values |= {"code": code, "site": found.site, "version": found.protocol_version, "state": found.status}
    values |= {"modes": " ".join(one.mode for one in found.withdrawals), "unanswered": unanswered(found)}
    last = found.withdrawals[-1].on if found.withdrawals else None
    yield Row(table.Participant, code, {**values, "withdrawn_on": last})
    for n, one in enumerate(found.consents):
        names = "part form_version language signer number on"
        values = {name: getattr(one, name) for name in names.split()}
        values |= {"participant": code, "site": found.site, "kind": "consent", "said": ""}
        yield Row(table.ParticipantConsent, f"{code}/c{n}", values)
    for n, one in enumerate(found.assents):
        values = {name: getattr(one, name) for name in ("form_version", "language", "on")}
        values |= {"participant": code, "site": found.site, "kind": "assent", "part": one.band, "number": ""}
        values |= {"signer": "participant", "said": "agreed" if one.agreed else "refused"}
        yield Row(table.ParticipantConsent, f"{code}/a{n}", values)
