"""Spans: how long ways between sites and the release of vector lots took, from the entries that begin and end them.

No register holds a way that has ended or the day a lot was released. Both ends are told by the people who signed them;
the clocks of two sites are two clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from milenari.journal.models import Entry as EntryRow
from milenari.journal.read import Seen, seen_of
from milenari.registers.recorded import Way


def _entries(*actions: str) -> Iterator[Seen]:
    """Entries of these actions in the order in which they are said to have happened."""
    for row in EntryRow.objects.filter(action__in=actions).order_by("happened_at", "id").iterator():
        yield seen_of(row)


def ways() -> list[Way]:
    """Every receipt with the last dispatch of the same thing to that site before it; a dispatch taken back is none."""
    sent: dict[tuple[str, str], tuple[str, datetime]] = {}
    made = []
    for seen in _entries("dispatch", "receive", "cancel-dispatch"):
        action, what, at = seen.data["action"], seen.data["data"]["what"], seen.entry.happened_at
        if action == "dispatch":
            sent[what, seen.data["data"]["to_site"]] = seen.site, at
        elif action == "receive":
            begun = sent.pop((what, seen.site), None)
            if begun:
                made.append(Way(what, begun[0], seen.site, begun[1], at))
        else:
            sent = {key: held for key, held in sent.items() if key[0] != what}
    return made


def releases() -> dict[str, datetime]:
    """When each vector lot was released first."""
    made: dict[str, datetime] = {}
    for seen in _entries("release-lot"):
        made.setdefault(seen.data["data"]["lot"], seen.entry.happened_at)
    return made


__all__ = ["releases", "ways"]
