"""Wire: two nodes exchange over HTTPS what otherwise travels as files; the same parcels, checked the same way.

The wire decides nothing: who may send and what is true stands in the parcels' own signatures. Only asking for parcels
is signed separately, so that a stranger gets none. One call gives and takes until both sides have confirmed all.

    POST URL/api/exchange/take    a parcel -> what became of it
    POST URL/api/exchange/give    a request signed by the asking site's log key -> its next parcel
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS

from milenari.journal import clock, keys
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import incoming, outgoing, standing
from milenari.journal.exchange.parcel import MOST_FILE
from milenari.journal.exchange.pieces import APPLIED, WAITING, Outcome
from milenari.journal.note import NoteError, VerifierKey, open_note, sign_note, split_note
from milenari.rules.action import Refused

HEADING = "milenari asks for parcels"
ASKED_FOR = timedelta(minutes=5)
ROUNDS = 1_000
SECONDS = 60


@dataclass
class Told:
    """What one exchange did: parcels given and taken, and how each site now stands with the other."""

    given: int = 0
    taken: int = 0
    refused: str = ""


def request(site: str, peer: str) -> bytes:
    """The signed request of one site for the parcels of another."""
    text = f"{HEADING}\n{site}\n{peer}\n{clock.now().isoformat()}\n"
    return sign_note(text, keys.log_key(site)).encode()


def give(asked: bytes, using: str = DEFAULT_DB_ALIAS) -> bytes:
    """The next parcel for the site that asks, after checking that it is that site, and now."""
    charter = charters.require_present(using)
    try:
        heading, site, peer, at = split_note(asked)[0].removesuffix("\n").split("\n")
        member = charter.require(site)
        open_note(asked, VerifierKey.parse(member.log))
        fresh = abs(clock.now() - datetime.fromisoformat(at)) <= ASKED_FOR
        if heading != HEADING or not fresh:
            raise ValueError("it is not a fresh request of this kind")
    except (NoteError, UnicodeDecodeError, TypeError, ValueError) as fault:
        raise Refused("request-not-signed", detail=str(fault)[:200]) from fault
    return next(outgoing.parcels(peer, site, using=using))


def take(parcel: bytes, using: str = DEFAULT_DB_ALIAS) -> list[Outcome]:
    """Check and apply a parcel that came by wire."""
    return incoming.receive([parcel], using)


def exchange(site: str, peer: str, url: str, using: str = DEFAULT_DB_ALIAS) -> Told:
    """Give the peer what it lacks and take what we lack, until nothing is new; Refused when the peer says no."""
    told = Told()
    for _ in range(ROUNDS):
        before = _places(site, peer, using)
        for parcel in outgoing.parcels(site, peer, using=using):
            answer = json.loads(_call(f"{url}/api/exchange/take", parcel))
            told.given += 1
            if answer["state"] in ("refused", "forked"):
                told.refused = answer["code"]
                return told
        for outcome in incoming.receive([_call(f"{url}/api/exchange/give", request(site, peer))], using):
            told.taken += outcome.state == APPLIED
            if outcome.refused is not None and outcome.state != WAITING:
                told.refused = outcome.refused.code
                return told
        if _places(site, peer, using) == before:
            return told
    return told


def _places(site: str, peer: str, using: str) -> tuple[int, int]:
    """How far each holds the other, as far as is proven here."""
    found = next((s for s in standing.standings(using) if s.here == site and s.peer == peer), None)
    if found is None:
        raise Refused("site-not-a-member", site=peer, charter=charters.require_present(using).number)
    return found.they_hold, found.i_hold


def _call(address: str, body: bytes) -> bytes:
    asked = urllib.request.Request(address, data=body)  # noqa: S310 - the command takes http and https only
    asked.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            return bytes(answer.read(MOST_FILE + 1))
    except urllib.error.HTTPError as fault:
        raise Refused("peer-answers-no", status=fault.code, detail=fault.read(300).decode(errors="replace")) from fault
    except (OSError, http.client.HTTPException) as fault:
        raise Refused("peer-unreachable", address=address[:120], detail=str(fault)[:200]) from fault
