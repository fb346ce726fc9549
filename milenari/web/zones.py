"""Zones: what a person types on a site's clock into the instant that is meant, or the question which one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from milenari.rules.action import Refused


def instant(name: str, text: str, zone: str, which: str = "") -> datetime:
    """A local date and time of a site as an instant.

    Refused when the clocks skipped it, or passed it twice and ``which`` ("first" or "second") is not said.
    """
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise Refused("field-unreadable", field=name, found=text[:80], kind="at") from fault
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        if first.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
            raise Refused("local-time-skipped", field=name, found=text)
        if which not in ("first", "second"):
            raise Refused("local-time-twice", field=name, found=text)
    return (second if which == "second" else first).astimezone(UTC)


def local(at: datetime, zone: str) -> str:
    """An instant as an input of type datetime-local holds it."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S")
