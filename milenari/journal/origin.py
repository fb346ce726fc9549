"""Origin: from which entry a datum on a screen comes, and one page of a long history.

Asked by index alone, without reading the entries' bytes, so that the work does not grow with the history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from milenari.journal import fold
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Touch
from milenari.journal.read import Seen, seen_of
from milenari.rules.action import blank, fold_in

PAGE = 25
LONGEST_FOLD = 400


def acts_about(subjects: Iterable[str], actions: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Act ids by subject and action, in the order of the entries: which act set which datum."""
    rows = Touch.objects.filter(subject__in=list(subjects), entry__action__in=list(actions))
    found: dict[tuple[str, str], list[str]] = {}
    for subject, action, act in rows.order_by("entry_id").values_list("subject", "entry__action", "entry__act"):
        found.setdefault((subject, action), []).append(act)
    return found


def acts_at(positions: Iterable[int]) -> dict[int, str]:
    """The act id of the entry at each position: a register row names the position that last changed it."""
    return dict(EntryRow.objects.filter(pk__in=set(positions)).values_list("pk", "act"))


def entries_of(subjects: Iterable[str], actions: Collection[str]) -> list[Seen]:
    """The entries of these actions about these subjects, oldest first."""
    touched = Touch.objects.filter(subject__in=list(subjects)).values("entry")
    return [seen_of(row) for row in EntryRow.objects.filter(pk__in=touched, action__in=list(actions)).order_by("id")]


@dataclass(frozen=True)
class History:
    """One page of the entries about some subjects, newest first, and where it stands."""

    entries: list[Seen]
    total: int
    page: int
    pages: int


def history(subjects: Iterable[str], page: int = 1, actions: Collection[str] = (), most: int = PAGE) -> History:
    """A page of what happened to these subjects, newest first; ``actions`` narrows it."""
    touched = Touch.objects.filter(subject__in=list(subjects)).values("entry")
    found = EntryRow.objects.filter(pk__in=touched)
    if actions:
        found = found.filter(action__in=list(actions))
    total = found.count()
    pages = max(1, -(-total // most))
    page = min(max(1, page), pages)
    rows = found.order_by("-happened_at", "-id")[(page - 1) * most : page * most]
    return History([seen_of(row) for row in rows], total, page, pages)


def between(entries: Collection[Seen], subjects: Collection[str]) -> list[Seen]:
    """Entries that are not among these and touch one of the subjects between two of them: they happened at another time
    than their place in the book says, because they were written down late."""
    spans: dict[str, list[int]] = {}
    for seen in entries:
        for name, version in seen.entry.subjects:
            if name in subjects:
                spans.setdefault(name, []).append(version)
    gaps = {name: set(range(min(held), max(held))) - set(held) for name, held in spans.items()}
    gaps = {name: missing for name, missing in gaps.items() if 0 < len(missing) <= LONGEST_FOLD}
    if not gaps:
        return []
    asked = reduce(or_, (Q(subject=name, version__in=missing) for name, missing in gaps.items()))
    here = {seen.position for seen in entries}
    rows = EntryRow.objects.filter(pk__in=Touch.objects.filter(asked).values("entry"))
    return [seen for seen in map(seen_of, rows) if seen.position not in here]


def states_before(entries: Iterable[Seen], subjects: Collection[str], most: int = LONGEST_FOLD) -> dict[str, Any]:
    """The sheet of each subject as it was before the first of these entries that touches it, in one question.

    A subject with more than ``most`` earlier entries is left out: what changed it stands on the entry's own page.
    """
    first: dict[str, int] = {}
    for seen in entries:
        for name, version in seen.entry.subjects:
            if name in subjects:
                first[name] = min(version, first.get(name, version))
    states = {name: blank(name) for name, version in first.items() if version <= most}
    if not states:
        return {}
    asked = reduce(or_, (Q(subject=name, version__lt=first[name]) for name in states))
    rows = Touch.objects.filter(asked).order_by("subject", "version").values_list("subject", "entry__body")
    for name, body in rows:
        states[name] = fold_in(states[name], name, fold.entry_from(bytes(body)))
    return states
