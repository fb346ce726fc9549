"""Telling: entries as a timeline draws them, with what each changed from what to what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from milenari.journal.read import Seen
from milenari.rules.action import Finding, blank, fold_in
from milenari.rules.fields import Spec
from milenari.web import wording
from milenari.web.wording import labels, vocabulary
from milenari.words import Quantity, Role, split_subject

# An entry written this much later than it is said to have happened shows both times.
NOTEWORTHY_DELAY = timedelta(minutes=5)
SHORT = 120
GRAVE = (
    "out-of-specification", "late-positive", "severe-toxicity", "recall", "supplied-out-of-specification",
    "not-conforming-product", "received-damaged",
)  # fmt: skip


@dataclass(frozen=True)
class Detail:
    label: Any
    value: Any
    long: bool = False


@dataclass(frozen=True)
class Change:
    subject: SafeString
    label: Any
    old: Any
    new: Any


@dataclass(frozen=True)
class Told:
    """One entry, worded."""

    seen: Seen
    summary: list[Detail]
    details: list[Detail]
    changes: list[Change]
    findings: list[tuple[str, SafeString]]
    written_later: bool

    @property
    def entry(self) -> Any:
        return self.seen.entry

    @property
    def what(self) -> SafeString:
        return wording.done(self.entry.action.code)

    @property
    def role(self) -> SafeString:
        return wording.word(vocabulary.ROLES, self.entry.role)

    @property
    def meaning(self) -> SafeString:
        return wording.word(vocabulary.MEANING_WORDS, self.entry.meaning)

    @property
    def by_node(self) -> bool:
        return bool(self.entry.role is Role.NODE)


def tell(seen: Iterable[Seen], about: Iterable[str] = (), before: dict[str, Any] | None = None,
         between: Iterable[Seen] = ()) -> list[Told]:  # fmt: skip
    """Entries in the order in which they happened; ``about`` are subjects the page itself is about.

    ``before`` are the sheets of subjects as they were before these entries, where earlier ones are not among them;
    ``between`` are entries that are not told, and without which it would not be known what the others changed.
    """
    found = sorted(seen, key=lambda s: s.position)
    changes = _changes(sorted([*found, *between], key=lambda s: s.position), before or {})
    told = [_told(one, set(about), changes[one.position]) for one in found]
    return sorted(told, key=lambda t: (t.entry.happened_at, t.seen.position))


def _told(one: Seen, about: set[str], changes: list[Change]) -> Told:
    entry = one.entry
    details = [
        Detail(wording.label(spec.label), *_value(spec, name, getattr(entry.action, name), entry.zone))
        for name, spec in entry.action.fields.items()
        if getattr(entry.action, name) not in (None, "", (), False)
    ]
    named = {split_subject(name)[1] for name in about} | about
    shown = [
        detail
        for (name, spec), detail in zip(
            [(n, s) for n, s in entry.action.fields.items() if getattr(entry.action, n) not in (None, "", (), False)],
            details,
            strict=True,
        )
        if not detail.long and str(getattr(entry.action, name)) not in named and name != "commitment"
    ]
    findings = [(_weight(f), wording.finding(f.code, f.facts, entry.zone)) for f in entry.findings]
    late = entry.written_at - entry.happened_at > NOTEWORTHY_DELAY
    return Told(one, shown, details, changes, findings, late)


def _weight(found: Finding) -> str:
    return "grave" if found.code in GRAVE else "notable"


def _value(spec: Spec, name: str, value: Any, zone: str) -> tuple[Any, bool]:
    """A field's value as a person reads it, and whether it is too long for one line."""
    if isinstance(value, Quantity):
        return wording.quantity(value), False
    if isinstance(value, datetime):
        return wording.instant(value, zone), False
    if isinstance(value, date):
        return wording.isolated(value.isoformat(), "number"), False
    if spec.kind == "flag":
        return vocabulary.YES, False
    if spec.kind == "choice":
        table = vocabulary.ROLES if name in ("granted", "ended") else vocabulary.OPTIONS
        return wording.word(table, value), False
    if spec.kind == "readings":
        pairs = [format_html("{} {}", wording.isolated(code), _reading(reading)) for code, reading in value]
        return wording.joined(pairs), len(pairs) > 4
    if spec.kind == "document":
        return value, True
    if name == "site_roles":
        return wording.joined(wording.word(vocabulary.SITE_ROLES, code) for code in value), False
    if spec.kind == "codes":
        return wording.joined(wording.isolated(code) for code in value), len(value) > 6
    if spec.kind == "ref" and len(spec.of) > 1:
        return wording.subject_name(value), False
    if spec.kind == "text":
        return format_html('<bdi class="said">{}</bdi>', value), len(str(value)) > SHORT
    return wording.isolated(value), False


def _reading(value: Any) -> SafeString:
    return wording.quantity(value) if isinstance(value, Quantity) else wording.isolated(value)


# -- before and after -----------------------------------------------------------------------------------


def _changes(found: list[Seen], known: dict[str, Any]) -> dict[int, list[Change]]:
    """For each entry what it changed that had another value before, folded from ``known`` and these entries alone."""
    states = dict(known)
    changed: dict[int, list[Change]] = {}
    for one in found:
        lines = changed.setdefault(one.position, [])
        for name, version in one.entry.subjects:
            before = states.get(name, blank(name))
            if version != before.version + 1:
                continue  # its earlier entries are not among these, so nothing can be said about before
            states[name] = after = fold_in(before, name, one.entry)
            if before.exists:
                lines += differences(name, before, after, one.entry.zone)
    return changed


def differences(name: str, before: Any, after: Any, zone: str, whole: bool = False) -> list[Change]:
    """What differs between two states of a subject; ``whole``: also what had no value before."""
    lines = []
    for column in dataclasses.fields(after):
        if column.name not in labels.STATE:
            continue
        old, new = getattr(before, column.name), getattr(after, column.name)
        if old == new or (not whole and old in (None, "", False, Decimal(0))):
            continue
        label, unit = labels.STATE[column.name]
        lines.append(Change(wording.subject_name(name), label, _plain(old, unit, zone), _plain(new, unit, zone)))
    return lines


def _plain(value: Any, unit: str, zone: str) -> Any:
    if isinstance(value, Decimal):
        return wording.number(value, unit)
    if isinstance(value, datetime):
        return wording.instant(value, zone)
    if isinstance(value, date):
        return wording.isolated(value.isoformat(), "number")
    if isinstance(value, bool):
        return vocabulary.YES if value else vocabulary.NO
    if value in vocabulary.DECISIONS:
        return wording.word(vocabulary.DECISIONS, value)
    if value in vocabulary.STATUSES:
        return wording.word(vocabulary.STATUSES, value)
    return wording.isolated(value) if value else wording.EMPTY
