"""Renewal: what a node says in its own name so that others may rely on it: its lease, and what it has seen.

Nobody signs at three in the morning, and a person's signature every night would come to mean nothing. The node knows
what its log holds, so it says that itself, with its log key. A person can at any time withhold a lot from it.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS

from milenari.journal import clock, fold, keys, models
from milenari.journal.exchange import bounds, standing
from milenari.journal.note import Checkpoint, split_note
from milenari.journal.perform import Request, perform_all
from milenari.rules.action import Refused
from milenari.rules.lease import GrantLease, lease_hours
from milenari.rules.sighting import RecordSighting
from milenari.words import Role

SIGHT_EVERY = timedelta(hours=1)
"""How often a node writes down what it has seen, when there is anything new: so two idle nodes write little."""


@dataclass(frozen=True)
class Renewed:
    """What a renewal wrote."""

    site: str
    until: datetime | None
    lease: bool
    sighting: bool


def renew(site: str, *, anyway: bool = False, using: str = DEFAULT_DB_ALIAS) -> Renewed:
    """Renew a site's lease when half of it is over, and write down what was seen; ``anyway`` without waiting."""
    if site not in standing.own_sites(using):
        raise Refused("site-not-here", site=site)
    now, book = clock.now(), fold.DiskBook(using)
    lease, hours = book.sheet(f"lease:{site}"), lease_hours(book, site)
    until = lease.until(hours)
    due = anyway or until is None or until - now <= timedelta(hours=hours) / 2
    heads = _unseen(site, book, using) if anyway or _sighting_due(site, now, using) else {}
    asked = []
    if due:
        asked.append(_by_node(GrantLease(lease=site, hours=hours), site))
    if heads:
        asked.append(_by_node(RecordSighting(sighting=site, heads=heads), site))
    if asked:
        perform_all(asked, using=using)
        bounds.settle(using)
    until = fold.DiskBook(using).sheet(f"lease:{site}").until(hours)
    return Renewed(site, until, due, bool(heads))


def _by_node(action: GrantLease | RecordSighting, site: str) -> Request:
    return Request(action, keys.node_pen(site), site, Role.NODE)


def _sighting_due(site: str, now: datetime, using: str) -> bool:
    asked = models.Entry.objects.using(using).filter(site=site, action=RecordSighting.code).order_by("-index")
    last = asked.values_list("written_at", flat=True).first()
    return last is None or now - last >= SIGHT_EVERY


def _unseen(site: str, book: fold.DiskBook, using: str) -> dict[str, dict[str, object]]:
    """The heads of other nodes' logs that this log has not named yet; a log on this node has this node's clock."""
    before = dict(book.sheet(f"sighting:{site}").seen)
    found: dict[str, dict[str, object]] = {}
    for head in models.Head.objects.using(using).filter(own=False, size__gt=0).order_by("site"):
        if head.size > before.get(head.site, 0):
            root = Checkpoint.parse(split_note(head.checkpoint)[0]).root
            found[head.site] = {"size": head.size, "root": b64encode(root).decode()}
    return found
