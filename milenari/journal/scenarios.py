"""Scenarios: files of planning that a site keeps on this node, so that plans made from them can be looked at whole.

A scenario is a note beside the book, not a part of it: a plan in the book names it by the SHA-256 of its bytes, and
whoever holds those bytes can show that they are the ones. It is never changed; a corrected one is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from milenari.journal import clock
from milenari.journal.models import Scenario as Row
from milenari.rules.action import Refused
from milenari.science.planning.checking import scenario
from milenari.science.planning.scenario import Scenario
from milenari.science.planning.text import decoded, parsed

LARGEST = 2_000_000  # bytes; the four hospitals' own has a fortieth of it
FORMS = {False: "scenario.json", True: "scenario.yaml"}


@dataclass(frozen=True)
class Kept:
    """A scenario that is kept, without its text."""

    id: int
    digest: str
    site: str
    name: str
    by: str
    kept_at: datetime
    file: str


def read(file: str, raw: bytes) -> tuple[Any, Scenario]:
    """(tree, scenario) of a file's bytes; Unfit names the line or the field that is wrong."""
    tree = parsed(file, decoded(file, raw))
    return tree, scenario(tree)


def keep(site: str, by: str, file: str, raw: bytes) -> Kept:
    """Keep a scenario for a site; the same bytes are kept once. Unfit when it is none, Refused when it is too large."""
    if len(raw) > LARGEST:
        raise Refused("scenario-too-large", size=len(raw), most=LARGEST)
    _, made = read(file, raw)
    told = {"name": made.name[:200], "by": by, "kept_at": clock.now(), "text": raw.decode("utf-8"),
            "yaml": file.lower().endswith((".yaml", ".yml"))}  # fmt: skip
    row, _ = Row.objects.get_or_create(site=site, digest=sha256(raw).hexdigest(), defaults=told)
    return shown(row)


def shown(row: Row) -> Kept:
    """A row as screens show it."""
    return Kept(row.pk, row.digest, row.site, row.name, row.by, row.kept_at, FORMS[row.yaml])


def kept(sees: frozenset[str] | None, words: str = "") -> QuerySet[Row, Row]:
    """The scenarios of these sites (None: of all) without their text, the newest first."""
    found = Row.objects.defer("text").order_by("-id")
    if sees is not None:
        found = found.filter(site__in=sees)
    return found.filter(name__icontains=words) if words else found


def one(number: int, sees: frozenset[str] | None) -> Kept:
    """A scenario by its number; Refused when there is none, or not for this person."""
    row = kept(sees).filter(pk=number).first()
    if row is None:
        raise Refused("scenario-unknown-here", number=number)
    return shown(row)


def of_digest(digest: str) -> Kept | None:
    """The scenario with this digest, whichever site keeps it; who may see it is asked of the plan that names it."""
    row = Row.objects.defer("text").filter(digest=digest).order_by("id").first()
    return shown(row) if row else None


def bytes_of(found: Kept) -> bytes:
    """The bytes as they were given."""
    return Row.objects.values_list("text", flat=True).get(pk=found.id).encode()


def opened(found: Kept) -> tuple[Any, Scenario]:
    """(tree, scenario) of a kept one."""
    return read(found.file, bytes_of(found))
