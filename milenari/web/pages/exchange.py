"""Exchange: per other site what is proven of who holds what, what is on its way, and what has left on which basis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.journal import read as sheets
from milenari.journal.exchange import anchor, foresight, standing, states
from milenari.registers import reliance, transit
from milenari.rules.action import Refused
from milenari.rules.lease import spoken_code
from milenari.web.access import Acting, acting, page
from milenari.web.countdown import Countdown
from milenari.web.paging import Paging
from milenari.web.wording import sharing as words
from milenari.words import Role

PAGE = 25
# Who may see what left the hospital, to whom and on which basis.
TRANSFER_LOG = (Role.QA, Role.QP, Role.COORDINATOR, Role.IT_ADMIN)


# Who answers the telephone when another site asks whether something may be used.
READ_OUT = (Role.QA, Role.QP)


@dataclass(frozen=True)
class Named:
    """One named state as the page shows it."""

    look: str
    name: Any
    sentence: Any
    procedure: str


@dataclass(frozen=True)
class Shown:
    """One peer as the page shows it."""

    peer: states.Peer
    named: list[Named]


@dataclass(frozen=True)
class Ending:
    """Something that ends when nothing more is heard, and what stops then."""

    end: foresight.End
    what: Any
    stops: Any
    clock: Countdown | None


OF_THIS_NODE = ("set-back", "own-skew", "restored")
"""States that are this node's own, whichever peer one looks at: said once, above the peers."""


@dataclass(frozen=True)
class Moved:
    """One line of the transfer log; classes of data that left on the same basis are named together."""

    row: Any
    bases: list[tuple[list[str], dict[str, str]]]


def _named(code: str) -> Named:
    return Named(words.LOOKS[code], *words.STATES[code])


def _shown(peer: states.Peer) -> Shown:
    return Shown(peer, [_named(code) for code in peer.states if code not in OF_THIS_NODE])


def _own(peers: Iterable[states.Peer]) -> list[tuple[str, list[Named]]]:
    """What is to be said of this node's own sites, gravest first."""
    found: dict[str, set[str]] = {}
    for peer in peers:
        found.setdefault(peer.standing.here, set()).update(peer.states)
    told = {site: [_named(code) for code in OF_THIS_NODE if code in codes] for site, codes in found.items()}
    return [(site, named) for site, named in sorted(told.items()) if named]


def _moved(row: Any) -> Moved:
    bases: list[tuple[list[str], dict[str, str]]] = []
    for name, basis in sorted(row.classes.items()):
        same = next((names for names, other in bases if other == basis), None)
        if same is None:
            bases.append(([name], basis))
        else:
            same.append(name)
    return Moved(row, bases)


def _ending(end: foresight.End, now: datetime) -> Ending:
    return Ending(end, *words.ENDS[end.kind], Countdown(end.at, now) if end.at else None)


def endings_of(sites: Iterable[str], kinds: Iterable[str], now: datetime) -> list[Ending]:
    """What presses at these sites of these kinds, for whoever it concerns."""
    return [_ending(end, now) for site in sites for end in foresight.pressing(site) if end.kind in kinds]


def _ours(who: Acting) -> list[str]:
    """The sites of this node that the person sees."""
    return sorted(site for site in standing.own_sites() if who.sees is None or site in who.sees)


@page
def read_out(request: HttpRequest) -> HttpResponse:
    """The code that the releasing site reads out on the telephone, or why it reads out none."""
    who = acting(request)
    if not any(role in READ_OUT for role in who.here):
        raise Refused("page-not-for-you", site=who.site)
    of, site = request.GET.get("of", ""), request.GET.get("site", "")
    choices = reliance.released_here(who.site)
    lease = sheets.sheet(f"lease:{who.site}")
    chosen = of in choices and site in who.sites
    shown = {
        "of": of, "site": site, "choices": choices, "asked": bool(of and site), "now": clock.now(),
        "places": [place for code, place in sorted(who.sites.items()) if code != who.site],
        "reason": lease.reason_withheld(of), "may": chosen and not lease.reason_withheld(of),
        "code": spoken_code(of, site, clock.now().date()) if chosen and not lease.reason_withheld(of) else "",
    }  # fmt: skip
    return render(request, "web/read_out.html", shown)


@page
def exchange(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    number = request.GET.get("page", "1")
    at = int(number) if number.isdecimal() and number != "0" else 1
    may_see_log = any(role in TRANSFER_LOG for role in who.here)
    lines, total = standing.transits((at - 1) * PAGE, PAGE) if may_see_log else ([], 0)
    peers = states.peers()
    shown: dict[str, Any] = {
        "peers": [_shown(peer) for peer in peers],
        "own": _own(peers),
        "endings": [_ending(end, clock.now()) for site in _ours(who) for end in foresight.ends(site)],
        "may_read_out": any(role in READ_OUT for role in who.here),
        "places": who.sites,
        "now": clock.now(),
        "mirrored": anchor.wanted(),
        "mirror_away": anchor.wanted() and not all(anchor.answers(site) for site in _ours(who)),
        "transits": [_moved(row) for row in lines],
        "may_see_log": may_see_log,
        "on_its_way": transit.on_its_way(who.sees),
        "paging": Paging(at, max(1, -(-total // PAGE)), {}),
    }
    return render(request, "web/exchange.html", shown)
