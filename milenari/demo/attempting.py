"""Attempting: what a forbidden act of the demo is made of, and what brings it about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TODAY = "today"  # in an act's data: the local day on which the story was loaded


@dataclass(frozen=True)
class Act:
    """One act by one of the cast; at their own site or that of its batch, if no other is named."""

    person: str
    code: str
    data: dict[str, Any]
    reason: str = ""
    site: str = ""


@dataclass(frozen=True)
class Attempt:
    """A forbidden act, the code it must be refused with, and allowed acts that come before it."""

    what: str
    expected: str
    act: Act
    prelude: tuple[Act, ...] = ()
