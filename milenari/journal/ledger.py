"""Ledger: what the logs of this node are at a size of each: origin, number of entries, root, newest writing.

What an export is pinned to. The root of an earlier size is computed from the entries, so that it can be compared with
one that was printed then.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime

from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Head
from milenari.journal.subtrees import Prover

State = tuple[str, str, int, str]
"""Site, origin, size, and root in base64."""


def sizes() -> dict[str, int]:
    """How many entries each log has here now."""
    return {site: int(size) for site, size in Head.objects.filter(size__gt=0).values_list("site", "size")}


def states(wanted: Mapping[str, int] | None = None) -> list[State]:
    """Each log at the size asked for, or as it is; logs without an entry are not named."""
    found = sizes() if wanted is None else wanted
    origins = dict(Head.objects.values_list("site", "origin"))
    return [
        (site, str(origins[site]), size, base64.b64encode(Prover(site).root_at(size)).decode())
        for site, size in sorted(found.items())
    ]


def newest_at(at: Mapping[str, int]) -> datetime | None:
    """When the newest entry within these sizes was written; None where there is none."""
    found = [
        EntryRow.objects.filter(site=site, index__lt=size).order_by("-index").values_list("written_at", flat=True)[0]
        for site, size in at.items()
        if size
    ]
    return max(found, default=None)


def own_sites() -> frozenset[str]:
    """The sites whose logs this node writes itself."""
    return frozenset(Head.objects.filter(own=True).values_list("site", flat=True))
