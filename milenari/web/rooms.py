"""Rooms: the ways through the house on every page, those of the acting role first, and the way back from a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.words import Role

# Address name of a room -> its name in the navigation, in the order of the menu.
ROOMS: dict[str, Any] = {
    "home": pgettext_lazy("room", "Home"),
    "journeys": _("Journeys"),
    "batches": pgettext_lazy("room", "Batches"),
    "bedside": pgettext_lazy("room", "Bedside"),
    "chair": pgettext_lazy("room", "Apheresis chair"),
    "qc": _("Quality control"),
    "release-desk": pgettext_lazy("room", "Release desk"),
    "lots": _("Vector"),
    "labels": pgettext_lazy("room", "Labels"),
    "stock": pgettext_lazy("room", "Stock"),
    "equipment": _("Equipment and rooms"),
    "training": pgettext_lazy("room", "Training"),
    "network": pgettext_lazy("room", "Network"),
    "safety": pgettext_lazy("room", "Safety"),
    "casebooks": pgettext_lazy("room", "Casebooks"),
    "plans": pgettext_lazy("room", "Plans"),
    "trial": pgettext_lazy("room", "Trial"),
    "shipments": pgettext_lazy("room", "Shipments"),
    "transfer": pgettext_lazy("room", "Transfer"),
    "agreements": pgettext_lazy("room", "Quality agreements"),
    "changes": pgettext_lazy("room", "Changes"),
    "exports": pgettext_lazy("room", "Exports"),
    "studies": pgettext_lazy("room", "Studies"),
    "exchange": pgettext_lazy("room", "Exchange"),
    "procedures": _("Procedures"),
    "audit": pgettext_lazy("room", "Audit"),
    "acts": _("What can be done"),
    "status": pgettext_lazy("room", "Status of this node"),
    "account": pgettext_lazy("room", "Account"),
}
# What each role needs at hand; everything else is under "More".
FIRST: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("home", "journeys", "batches", "stock", "lots", "labels"),
    Role.QC_ANALYST: ("home", "qc", "journeys", "lots", "labels"),
    # Every week: release, results, instruments, people, changes. Agreements and protocols are signed once and stand
    # under "More"; what waits under one, a deviation or a study, is on Home.
    Role.QA: ("home", "release-desk", "qc", "equipment", "training", "changes", "audit"),
    Role.QP: ("home", "release-desk", "qc", "journeys", "audit"),
    Role.VECTOR_MANAGER: ("home", "lots", "plans", "network", "stock", "qc", "labels"),
    Role.APHERESIS_NURSE: ("home", "chair", "journeys", "labels"),
    Role.WARD_NURSE: ("home", "bedside", "journeys", "labels"),
    Role.PHYSICIAN: ("home", "journeys", "bedside", "network"),
    Role.TRAINER: ("home", "training", "equipment", "batches"),
    Role.COORDINATOR: ("home", "journeys", "plans", "network", "lots", "changes", "studies"),
    Role.TRANSFER_LEAD: ("home", "transfer", "studies", "network", "training", "equipment"),
    Role.IT_ADMIN: ("home", "status", "audit", "equipment"),
    Role.INVESTIGATOR: ("home", "trial", "casebooks", "safety", "journeys", "bedside"),
    Role.DATA_MANAGER: ("home", "trial", "casebooks", "safety", "exports", "audit"),
    Role.STATISTICIAN: ("home", "trial", "exports", "casebooks", "safety", "studies"),
}
# Pages below a room that do not begin with its name.
BELOW = {
    "journey": "journeys", "batch": "batches", "lot": "lots", "site": "network", "person": "stock", "act": "acts",
    "entry": "audit", "about": "audit", "run": "batches", "campaign": "lots", "recall": "lots",
    "release": "release-desk", "release-late": "release-desk", "release-oos": "release-desk",
    "procedure": "procedures", "study": "studies",
}  # fmt: skip


@dataclass(frozen=True)
class Room:
    code: str
    title: Any
    url: str
    here: bool = False


@cache
def address(code: str) -> str:
    """Where a room is; empty for one that this node does not have."""
    try:
        return reverse(code)
    except NoReverseMatch:
        return ""


def room_of(page: str) -> str:
    """The room a page belongs to, by the name of its address; empty for none."""
    if page in ROOMS:
        return page
    if page in BELOW:
        found = BELOW[page]
        return found if address(found) else "journeys"
    return next((code for code in ROOMS if page.startswith(f"{code}-")), "")


def rooms(role: Role, page: str) -> tuple[list[Room], list[Room]]:
    """The rooms shown first to a role, and the rest."""
    here = room_of(page)
    found = {code: Room(code, title, address(code), code == here) for code, title in ROOMS.items() if address(code)}
    first = [found[code] for code in FIRST.get(role, ("home", "journeys", "network", "acts")) if code in found]
    return first, [room for room in found.values() if room not in first]


def way_back(page: str) -> list[Room]:
    """From home to the room above a page; empty on the pages of the navigation themselves."""
    if page in ROOMS or not page:
        return []
    codes = ["home", room_of(page)]
    return [Room(code, ROOMS[code], address(code)) for code in codes if code and address(code)]
