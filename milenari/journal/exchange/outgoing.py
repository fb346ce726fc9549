"""Outgoing: what one site has not confirmed yet, as parcels for it, each on a legal basis.

A parcel begins where the receiver's own cosignature ends, so nothing has to be remembered of what was sent: lost
parcels are made again, and a repeated one is harmless. Every class of data in it needs an agreement in force; without
one nothing is sent, because a log with holes could not be checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from milenari.journal import clock, fold, models
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import standing, succession
from milenari.journal.exchange.limits import MOST_BYTES, MOST_ENTRIES
from milenari.journal.exchange.parcel import pack, written
from milenari.journal.note import Checkpoint, sign_note
from milenari.journal.tree import Frontier
from milenari.rules.action import ACTIONS, Refused
from milenari.rules.exchange import agreement_code, class_of


def parcels(
    sender: str,
    receiver: str,
    *,
    since: int | None = None,
    relay: bool = False,
    back: bool = False,
    unencrypted: bool = False,
    most: int = MOST_ENTRIES,
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[bytes]:
    """Everything of the sender's log that the receiver has not confirmed, in order; at least one parcel.

    The first carries what the sender holds of others, so that it is worth sending even when nothing is new.
    ``relay`` adds what the sender mirrors of other logs, for a receiver that cannot reach them; ``back`` gives a
    receiver that lost its disk its own log and this one from their beginnings: what it once confirmed is gone too.
    A member whose charter names a box key is always sent encrypted parcels; one without is sent none, unless both
    sides have agreed that the carrier encrypts (``unencrypted``).
    """
    charter = charters.require_present(using)
    if not charter.require(receiver).box and not unencrypted:
        raise Refused("receiver-without-box", site=receiver, charter=charter.number)
    if sender not in standing.own_sites(using):
        raise Refused("site-not-here", site=sender)
    if receiver in standing.own_sites(using):
        raise Refused("parcel-for-another", receiver=receiver)
    for log in (sender, *(_mirrored(receiver, using) if relay else ())):
        start = 0 if back else since if log == sender else None
        yield from _parcels_of(log, sender, receiver, start, charter, using, most)
    if back and models.Head.objects.using(using).filter(site=receiver).exists():
        yield from _parcels_of(receiver, sender, receiver, 0, charter, using)


def moving(site: str, using: str = DEFAULT_DB_ALIAS) -> Iterator[bytes]:
    """Every log of this node, whole, for one of its own sites that moves to a node of its own."""
    charter = charters.require_present(using)
    here = sorted(standing.own_sites(using))
    for log in here:
        sender = log if log != site else next(other for other in here if other != site)
        yield from _parcels_of(log, sender, site, 0, charter, using)


def _mirrored(receiver: str, using: str) -> list[str]:
    heads = models.Head.objects.using(using).filter(own=False, size__gt=0).exclude(site=receiver)
    return list(heads.order_by("site").values_list("site", flat=True))


def _parcels_of(
    log: str, sender: str, receiver: str, since: int | None, charter: charters.Charter, using: str,
    most: int = MOST_ENTRIES,
) -> Iterator[bytes]:  # fmt: skip
    head = models.Head.objects.using(using).get(site=log)
    start = _confirmed(log, receiver, using) if since is None else since
    if start > head.size:
        raise Refused("parcel-gap", log=log, held=head.size, start=start)
    made, tree = False, None
    while start < head.size or (log == sender and not made):
        end, note, tree = _rung(head, start, tree, using, most)
        yield _parcel(log, sender, receiver, start, end, note, charter, using)
        start, made = end, True


def _confirmed(log: str, receiver: str, using: str) -> int:
    said = models.Cosignature.objects.using(using).filter(site=log, by=receiver).values_list("size", flat=True)
    return said.first() or 0


def _rung(
    head: models.Head, start: int, tree: Frontier | None, using: str, most: int
) -> tuple[int, str, Frontier | None]:
    """Where a parcel from ``start`` ends, and the signed checkpoint there: any place of one's own log, else a mark.

    What is signed is computed from the leaves; ``tree``, over those before ``start``, is handed from rung to rung.
    """
    sizes, end, room = _lengths(head.site, start, using), start, MOST_BYTES
    for size in sizes:
        room -= size + 2
        if room < 0 or end - start == most:
            break
        end += 1
    if end == head.size:
        good = succession.checkpoint_of(head, using)
        if good or not head.size:
            return end, good or head.checkpoint, None
    note = charters.newest_note(using)
    if head.own:
        rows = models.Entry.objects.using(using).filter(site=head.site, index__gte=start, index__lt=end)
        leaves = rows.order_by("index").values_list("leaf", flat=True)
        grown = (tree or standing.tree_at(head.site, start, using)).extend(bytes(leaf) for leaf in leaves)
        checkpoint = Checkpoint(head.origin, end, grown.root())
        return end, sign_note(checkpoint.body(), succession.log_key(head.site, end, note)), grown
    member = charters.read(note).require(head.site)
    marks = models.Mark.objects.using(using).filter(site=head.site, size__gt=start, size__lte=end).order_by("-size")
    mark = next((m for m in marks if succession.signed_by(m.note, member.key_for_checkpoint(m.size))), None)
    if mark is None:
        raise Refused("parcel-gap", log=head.site, held=head.size, start=start)
    return mark.size, mark.note, None


def _lengths(log: str, start: int, using: str) -> Iterator[int]:
    asked = models.Entry.objects.using(using).filter(site=log, index__gte=start).order_by("index")
    for body in asked.values_list("body", flat=True)[: MOST_ENTRIES + 1].iterator(500):
        yield len(bytes(body))


def _parcel(
    log: str, sender: str, receiver: str, start: int, end: int, note: str, charter: charters.Charter, using: str
) -> bytes:
    rows = models.Entry.objects.using(using).filter(site=log, index__gte=start, index__lt=end).order_by("index")
    held = list(rows.values_list("action", "body"))
    classes = _classes({code for code, _ in held}, sender, receiver, charter, using)
    made = pack(
        [bytes(body) for _, body in held], succession.present_log_key(sender, using),
        log=log, sender=sender, receiver=receiver, start=start, end=end, checkpoint=note, classes=classes,
        box=charter.require(receiver).box, held=standing.held_by([sender], using), made_at=written(clock.now()),
    )  # fmt: skip
    sent = SimpleNamespace(
        digest=sha256(made).hexdigest(), log=log, sender=receiver, start=start, end=end, length=len(made),
        classes=classes, state="sent", refused=None,
    )  # fmt: skip
    with transaction.atomic(using=using):
        standing.note_transit("sent", sent, using)
    return made


def _classes(
    codes: set[str], sender: str, receiver: str, charter: charters.Charter, using: str
) -> dict[str, dict[str, Any]]:
    """Basis, country and last day of every class of data among these actions; Refused when one has none today."""
    agreement = fold.DiskBook(using).sheet(f"agreement:{agreement_code(sender, receiver)}")
    today, country = clock.now().date(), charter.require(receiver).country
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({class_of(ACTIONS[code]) for code in codes}):
        basis = agreement.basis_for(name, today)
        if basis is None or basis.country != country:
            raise Refused("not-agreed", agreement=agreement_code(sender, receiver), data_class=name)
        found[name] = {"basis": basis.basis, "country": basis.country, "to_on": basis.to_on.isoformat()}
    return found
