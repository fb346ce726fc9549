"""Relearn: a node that lost entries takes its own log back from its mirror, before it writes another."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, transaction

from milenari.journal import keys, models
from milenari.journal.exchange import anchor, standing, succession
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange.incoming import Receiving
from milenari.journal.exchange.pieces import Outcome, Piece, merge
from milenari.journal.note import Checkpoint, NoteError, open_checkpoint, sign_note
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import Refused


def relearn(site: str, using: str = DEFAULT_DB_ALIAS) -> int:
    """Take this node's own entries back from its mirror; how many. Refused when they do not continue what is here."""
    charter, note = charters.present(using), ""
    bodies: list[bytes] = []
    start = models.Head.objects.using(using).get(site=site, own=True).size
    while anchor.lost(site, using) > len(bodies):
        note, more = anchor.entries_from(site, start + len(bodies))
        bodies += more
        if not more:
            raise Refused("parcel-gap", log=site, held=start, start=start + len(bodies))
    if not bodies:
        standing.relearned(site, using)
        return 0
    with transaction.atomic(using=using):
        made = Receiving(using, charter, {site})
        head = models.Head.objects.using(using).select_for_update().get(site=site)
        frontier = Frontier.from_bytes(bytes(head.frontier)) if head.frontier else Frontier()
        leaves = [leaf_hash(body) for body in bodies]
        checkpoint = _opened(note, site, using)
        if frontier.extend(leaves).root() != checkpoint.root:
            standing.keep_fork(site, start, note, using)
            raise Refused("log-forked", log=site, index=start)
        outcome = Outcome("", log=site, sender=site, start=start, end=checkpoint.size)
        # Signed again: the mirror may have heard the key that a charter has replaced since.
        again = sign_note(checkpoint.body(), succession.log_key(site, checkpoint.size, charters.newest_note(using)))
        piece = Piece(outcome, again, [
            made.read(site, start + n, body, leaf) for n, (body, leaf) in enumerate(zip(bodies, leaves, strict=True))
        ])  # fmt: skip
        order = merge({site: [piece]}, made.versions)
        if not order:
            raise Refused("parcel-waits", log=site, subject=outcome.refused.facts["subject"] if outcome.refused else "")
        made.apply(order)
        standing.relearned(site, using)
    return len(bodies)


def _opened(note: str, site: str, using: str) -> Checkpoint:
    """The mirror's checkpoint, signed by any key that the site's log ever had."""
    member = succession.member_by(charters.newest_note(using), site)
    public = member.every_key() if member else (keys.log_key(site).verifier.encode(),)
    good = next((key for key in public if succession.signed_by(note, key)), None)
    if good is None:
        raise NoteError(f"The mirror's checkpoint is signed by no key that the log of {site} ever had.")
    return open_checkpoint(note, good)
