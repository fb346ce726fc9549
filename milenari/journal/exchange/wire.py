"""Wire: two nodes exchange over HTTPS what otherwise travels as files; the same parcels, checked the same way.

The wire decides nothing: who may send and what is true stands in the parcels' own signatures. Only asking for parcels
is signed separately, so that a stranger gets none. One call gives and takes until both sides have confirmed all.

    POST URL/api/exchange/charters  how many charters the asking node has -> the notes of those after it
    POST URL/api/exchange/take      a parcel, or the next charter -> what became of it
    POST URL/api/exchange/give      a request signed by the asking site's log key -> its next parcel

Each round begins with taking, because the parcel that comes says how far the other side holds ours. So a transfer that
was cut goes on at the parcel at which it stopped, whoever calls, and nothing has to be remembered. When a link keeps
breaking, the next parcels are made smaller. One parcel is in memory at a time.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS

from milenari.journal import clock
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import incoming, members, outgoing, standing, succession
from milenari.journal.exchange.limits import MOST_ENTRIES, MOST_FILE
from milenari.journal.exchange.parcel import waybill_of
from milenari.journal.exchange.pieces import APPLIED, WAITING, Outcome
from milenari.journal.note import NoteError, VerifierKey, open_note, sign_note, split_note
from milenari.rules.action import Refused

HEADING = "milenari asks for parcels"
ASKED_FOR = timedelta(minutes=5)
ROUNDS = 1_000
SECONDS = 60
ATTEMPTS = 5
LEAST = 50  # entries in a parcel, however bad the link
Progress = Callable[["Told"], None]


@dataclass
class Told:
    """What one exchange did: parcels given and taken, and how each site now stands with the other."""

    given: int = 0
    taken: int = 0
    refused: str = ""
    entries: int = field(default=0, compare=False)
    bytes: int = field(default=0, compare=False)
    cuts: int = field(default=0, compare=False)


def request(site: str, peer: str, most: int = MOST_ENTRIES) -> bytes:
    """The signed request of one site for the parcels of another, of at most so many entries."""
    text = f"{HEADING}\n{site}\n{peer}\n{clock.now().isoformat()}\n"
    if most < MOST_ENTRIES:
        text += f"{most}\n"
    return sign_note(text, succession.present_log_key(site)).encode()


def give(asked: bytes, using: str = DEFAULT_DB_ALIAS) -> bytes:
    """The next parcel for the site that asks, after checking that it is that site, and now."""
    charter = charters.require_present(using)
    try:
        heading, site, peer, at, *more = split_note(asked)[0].removesuffix("\n").split("\n")
        most = min(max(int(more[0]), 1), MOST_ENTRIES) if more else MOST_ENTRIES
        member = charter.require(site)
        open_note(asked, VerifierKey.parse(member.log))
        fresh = abs(clock.now() - datetime.fromisoformat(at)) <= ASKED_FOR
        if heading != HEADING or not fresh:
            raise ValueError("it is not a fresh request of this kind")
    except (NoteError, UnicodeDecodeError, TypeError, ValueError) as fault:
        raise Refused("request-not-signed", detail=str(fault)[:200]) from fault
    return next(outgoing.parcels(peer, site, most=most, using=using))


def take(parcel: bytes, using: str = DEFAULT_DB_ALIAS) -> list[Outcome]:
    """Check and apply a parcel that came by wire, or a charter."""
    if parcel.startswith(members.HEADING.encode()):
        try:
            charters.accept(parcel.decode(), using)
        except UnicodeDecodeError as fault:
            raise Refused("charter-unreadable", detail=str(fault)[:200]) from fault
        return [Outcome("", state=APPLIED)]
    return incoming.receive([parcel], using)


def charters_after(number: int, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The charters that a node with so many has not heard of; they are public."""
    return charters.notes(using)[max(number, 0) :]


def exchange(
    site: str, peer: str, url: str, *, unencrypted: bool = False, progress: Progress | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Told:  # fmt: skip
    """Take what we lack and give the peer what it lacks, until nothing is new; Refused when the peer says no."""
    told, most = Told(), MOST_ENTRIES
    while True:
        before = _places(site, peer, using)
        try:
            _bring_charters(url, using)
            _rounds(site, peer, url, told, most, unencrypted, progress, using)
            return told
        except Refused as refused:
            if refused.code != "peer-unreachable":
                raise
            told.cuts += 1
            # A link that carried something is worth another attempt; one that did not, only a few.
            moved = _places(site, peer, using) != before
            if told.cuts >= ATTEMPTS and not moved:
                raise
            most = max(most // 2, LEAST)
            time.sleep(min(2.0 ** min(told.cuts, 6), 60))


def _bring_charters(url: str, using: str) -> None:
    """Charters first: what a parcel says is checked by the keys that they name."""
    held = charters.notes(using)
    theirs = json.loads(_call(f"{url}/api/exchange/charters", str(len(held)).encode()))
    for note in theirs["notes"]:
        charters.accept(str(note), using)
    for note in held[int(theirs["held"]) :]:
        _call(f"{url}/api/exchange/take", note.encode())


def _rounds(
    site: str, peer: str, url: str, told: Told, most: int, unencrypted: bool, progress: Progress | None, using: str
) -> None:
    for _ in range(ROUNDS):
        before = _places(site, peer, using)
        answer = _call(f"{url}/api/exchange/give", request(site, peer, most))
        for outcome in incoming.receive([answer], using):
            told.taken += outcome.state == APPLIED
            _moved(told, outcome.end - outcome.start if outcome.state == APPLIED else 0, len(answer), progress)
            if outcome.refused is not None and outcome.state != WAITING:
                told.refused = outcome.refused.code
                return
        for parcel in outgoing.parcels(site, peer, most=most, unencrypted=unencrypted, using=using):
            became = json.loads(_call(f"{url}/api/exchange/take", parcel))
            told.given += 1
            bill = waybill_of(parcel)
            _moved(told, bill.end - bill.start, len(parcel), progress)
            if became["state"] in ("refused", "forked"):
                told.refused = became["code"]
                return
        if _places(site, peer, using) == before:
            return


def _moved(told: Told, entries: int, length: int, progress: Progress | None) -> None:
    told.entries += entries
    told.bytes += length
    if progress is not None:
        progress(told)


def _places(site: str, peer: str, using: str) -> tuple[int, int]:
    """How far each holds the other, as far as is proven here."""
    found = next((s for s in standing.standings(using) if s.here == site and s.peer == peer), None)
    if found is None:
        raise Refused("site-not-a-member", site=peer, charter=charters.require_present(using).number)
    return found.they_hold, found.i_hold


def _call(address: str, body: bytes) -> bytes:
    for _ in range(ROUNDS):
        asked = urllib.request.Request(address, data=body)  # noqa: S310 - the command takes http and https only
        asked.add_header("Content-Type", "application/octet-stream")
        try:
            with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
                return whole(answer)
        except urllib.error.HTTPError as fault:
            wait = fault.headers.get("Retry-After", "")
            if fault.code == 429 and wait.isdecimal():
                time.sleep(min(int(wait), SECONDS))
                continue
            detail = fault.read(300).decode(errors="replace")
            raise Refused("peer-answers-no", status=fault.code, detail=detail) from fault
        except (OSError, http.client.HTTPException) as fault:
            raise Refused("peer-unreachable", address=address[:120], detail=str(fault)[:200]) from fault
    raise Refused("peer-unreachable", address=address[:120], detail="it has asked to wait too often")


def whole(answer: http.client.HTTPResponse, most: int = MOST_FILE) -> bytes:
    """All of an answer, at most one parcel; an answer that was cut short is a broken link and not a bad parcel."""
    data = bytes(answer.read(most + 1))
    stated = answer.headers.get("Content-Length", "")
    if stated.isdecimal() and len(data) < min(int(stated), most + 1):
        raise http.client.IncompleteRead(data, int(stated) - len(data))
    return data
