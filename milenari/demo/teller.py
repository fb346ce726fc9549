"""Teller: how a story is told. Scenes of signed acts, each scene one transaction through the one door.

Act ids are made from the scene's name and the act's number, so a loading that was interrupted is taken up
where it stopped; dates count back from the day of the first loading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from milenari.demo import cast
from milenari.journal import clock, keys, perform, read, sealed
from milenari.journal.sign import Pen
from milenari.rules.action import ACTIONS, Refused
from milenari.words import Role

ZONES = {"BCN": "Europe/Madrid", "ROM": "Europe/Rome", "BEY": "Asia/Beirut", "AMM": "Asia/Amman"}
PREFIX = "demo-"
FIRST = f"{PREFIX}founding-001"
PAGE = 500


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever is done inside is undone at the end."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


class StoryBroken(RuntimeError):
    """The story cannot go on: which act was refused and why, in one sentence."""


def told() -> dict[str, datetime]:
    """The acts of the story that this node's book already holds, with when they were written."""
    found: dict[str, datetime] = {}
    offset = 0
    while True:
        page, total = read.search(offset=offset, limit=PAGE)
        found |= {seen.act: seen.entry.written_at for seen in page if seen.act.startswith(PREFIX)}
        offset += PAGE
        if offset >= total:
            return found


class Teller:
    """Holds the pens, the day from which all dates count, and what has been told already."""

    def __init__(self, held: dict[str, datetime], say: Callable[[str], object]) -> None:
        self.held = set(held)
        self.start = held.get(FIRST) or clock.now()
        self.say = say
        self._pens: dict[str, Pen] = {}

    def pen(self, person: str) -> Pen:
        if person not in self._pens:
            site = person.removeprefix("node-")
            made = keys.node_pen(site) if person != site else cast.pen(cast.CAST[person])
            self._pens[person] = made
        return self._pens[person]

    def scene(self, name: str, site: str, days_ago: int, hour: int = 8, minute: int = 0) -> Scene:
        return Scene(self, name, site, days_ago, hour, minute)

    def day(self, site: str, days_ago: int) -> str:
        """A local date, counted back from the day of loading (negative: ahead)."""
        local = self.start.astimezone(ZoneInfo(ZONES[site]))
        return (local.date() - timedelta(days=days_ago)).isoformat()


class Scene:
    """Consecutive acts at one site; kept all together when the scene ends, or not at all."""

    def __init__(self, teller: Teller, name: str, site: str, days_ago: int, hour: int, minute: int) -> None:
        self.teller, self.name, self.site = teller, name, site
        self.number = 0
        self.requests: list[perform.Request] = []
        self.at(days_ago, hour, minute)

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None:
            self.keep()

    def at(self, days_ago: int, hour: int = 8, minute: int = 0) -> Scene:
        """Move to a day and local hour; later acts follow in steps of a few minutes."""
        zone = ZoneInfo(ZONES[self.site])
        day = self.teller.start.astimezone(zone) - timedelta(days=days_ago)
        self.now = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.days_ago = days_ago
        return self

    def day(self, days_ago: int | None = None) -> str:
        return self.teller.day(self.site, self.days_ago if days_ago is None else days_ago)

    def wait(self, minutes: int) -> Scene:
        self.now += timedelta(minutes=minutes)
        return self

    def told(self) -> bool:
        """Whether the act that comes next is in the book already, so that nothing need be worked out for it."""
        return f"{PREFIX}{self.name}-{self.number + 1:03d}" in self.teller.held

    def do(self, post: str, code: str, reason: str = "", **data: Any) -> None:
        """One act by whoever holds a post at the scene's site, or by its node."""
        here = self.site
        self.number += 1
        act = f"{PREFIX}{self.name}-{self.number:03d}"
        happened_at = min(self.now, self.teller.start)
        self.wait(3)
        if act in self.teller.held:
            return
        person = f"node-{here}" if post == "node" else f"{here.lower()}-{post}"
        made = request(self.teller, person, here, code, data, reason)
        self.requests.append(_stamped(made, act, happened_at))

    def refer(self, post: str, journey: str, identity: sealed.Identity, **data: Any) -> None:
        """Seal a fictional identity and refer the patient under its commitment."""
        commitment = "held"
        if not self.told():
            sealed.discard(journey)  # of a loading that stopped between sealing and referring
            commitment = sealed.keep(self.site, journey, identity)
        months = identity.age_months(self.now.date())
        self.do(post, "refer-patient", journey=journey, age_months=months, commitment=commitment, **data)

    def keep(self) -> None:
        asked, self.requests = self.requests, []
        if not asked:
            return
        try:
            perform.perform_all(asked)
        except Refused as refused:
            raise StoryBroken(_which(asked, refused)) from refused
        self.teller.held.update(x.act for x in asked)


def request(
    teller: Teller, person: str, site: str, code: str, data: dict[str, Any], reason: str = ""
) -> perform.Request:
    """An act asked for by one of the cast, in the first of the action's roles that the person holds."""
    kind = ACTIONS[code]
    if person.startswith("node-"):
        role = Role.NODE
    else:
        held = cast.CAST[person].roles
        role = next((r for r in kind.roles if r in held), held[0])
    return perform.Request(kind.from_data(data), teller.pen(person), site, role, reason=reason)


def _stamped(asked: perform.Request, act: str, happened_at: datetime) -> perform.Request:
    return perform.Request(asked.action, asked.pen, asked.site, asked.role, act, happened_at, asked.reason)


def _which(asked: list[perform.Request], refused: Refused) -> str:
    """Nothing of the scene was kept; tell its acts one by one to name the first that is refused."""
    with rolled_back():
        for one in asked:
            try:
                perform.perform_all([one])
            except Refused as again:
                return f"{one.act} ({one.action.code} by {one.pen.person}) was refused: {again}"
    return f"a scene was refused: {refused}"
