"""Sighting: how far a node had seen the others' logs when it wrote, so that clocks need not be believed.

A root cannot be guessed: who names the root of another log at n entries wrote after that log had n entries. Two such
entries, one before and one after, put any entry of a log between moments of other sites' clocks (``interval``).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, Refused, Sheet, action, applies, checks, refuse_if, sheet
from milenari.words import CODE, Facts, Meaning, Role

MOST = 1000  # heads in one entry


@sheet("sighting")
class Sighting(Sheet):
    """The newest heads that a node has said it saw; its code is the site's."""

    seen: tuple[tuple[str, int], ...] = ()  # log, entries


@action("record-sighting", roles=(Role.NODE,), meaning=Meaning.PERFORMED)
class RecordSighting(Action):
    """Write down the newest signed heads of other logs that this node holds."""

    sighting: str = f.ref("sighting", label="Site that saw them", touch=True)
    heads: Facts = f.document("Heads seen")


def heads_of(act: RecordSighting) -> Iterator[tuple[str, int, str]]:
    """Each head seen: log, number of entries, root in base64."""
    for log, told in act.heads.items():
        yield log, int(told["size"]), str(told["root"])


@checks(RecordSighting)
def _record(act: RecordSighting, asking: Asking, book: Book) -> None:
    refuse_if(act.sighting != asking.site, "sighting-of-another-site", sighting=act.sighting, site=asking.site)
    if not isinstance(act.heads, dict) or len(act.heads) > MOST or not all(map(_readable, act.heads.items())):
        raise Refused("sighting-unreadable", site=asking.site)
    held: Sighting = book.sheet(act.about)
    before = dict(held.seen)
    for log, size, _ in heads_of(act):
        refuse_if(log == asking.site, "sighting-of-oneself", site=log)
        refuse_if(size <= before.get(log, 0), "sighting-not-newer", log=log, size=size, before=before.get(log, 0))


def _readable(pair: tuple[str, Any]) -> bool:
    log, told = pair
    if not CODE.match(log) or not isinstance(told, dict) or set(told) != {"size", "root"}:
        return False
    try:
        root = b64decode(told["root"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        return False
    return isinstance(told["size"], int) and 0 < told["size"] < 2**53 and len(root) == 32


@applies(RecordSighting, "sighting")
def _(held: Sighting, act: RecordSighting, entry: Entry) -> Sighting:
    newest = {**dict(held.seen), **{log: size for log, size, _ in heads_of(act)}}
    return replace(held, seen=tuple(sorted(newest.items())))
