"""Anchor: what cannot be undone waits until a mirror holds its entry.

Dispatch, receipt, spending a vector container, release and infusion are sent to the site's mirror inside the
transaction that writes them: no cosignature, no commit. So an entry that somebody has acted upon exists on two disks.
If the commit fails after the mirror has taken the entry, the mirror is ahead: the node is then set back, and takes the
entry back before it writes another (``relearn``).
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

from milenari.journal import clock, models
from milenari.journal.exchange import mirror, standing, succession
from milenari.journal.note import NoteError, VerifierKey, sign_note, split_note, verify_cosignature
from milenari.journal.tiles import MAX_ENTRY_BYTES, decode_bundle, encode_bundle
from milenari.rules.action import Refused

SECONDS = 5


class NoMirror(RuntimeError):
    """The mirror did not take the entry; the code says why and nothing was written."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause = code, cause


def wanted() -> bool:
    """Whether this node anchors: it has a mirror."""
    return bool(settings.MIRROR)


def mirror_key() -> VerifierKey:
    """The public key of this node's mirror, written down when the two were set up."""
    path = Path(settings.HOME) / "keys" / "mirror.vkey"
    try:
        return VerifierKey.parse(path.read_text().strip())
    except (OSError, NoteError) as fault:
        raise NoMirror("mirror-key-missing", str(fault)) from fault


def anchor(site: str, note: str, before: int, size: int, using: str) -> None:
    """Have the mirror hold everything up to this checkpoint; NoMirror when it does not.

    ``before`` is the size without the entries now being written: Refused when the mirror holds more than that,
    because then it holds what this node has lost.
    """
    key = mirror_key()
    here = (settings.HOME, site)
    start = _held.get(here, -1)
    if start < 0 or start > before:
        start = _size(site)
    for _ in range(2):  # another process may have anchored meanwhile
        if start > before:
            raise Refused("node-set-back", site=site, here=before, there=start)
        rows = models.Entry.objects.using(using).filter(site=site, index__gte=start, index__lt=size).order_by("index")
        bundle = encode_bundle(bytes(body) for body in rows.values_list("body", flat=True))
        head = start.to_bytes(8, "big") + len(note.encode()).to_bytes(4, "big") + note.encode()
        status, answer = _call(f"{site}/append", head + bundle)
        if status == 409 and answer.isdigit():
            start = int(answer)
            continue
        if status != 200:
            raise NoMirror("mirror-refused", answer[:200].decode(errors="replace"))
        try:
            verify_cosignature(split_note(note)[0], answer.decode(), key)
        except (NoteError, UnicodeDecodeError) as fault:
            raise NoMirror("mirror-answer-wrong", str(fault)) from fault
        _held[here] = size
        return
    raise NoMirror("mirror-refused", "it was moving while it was asked")


_held: dict[tuple[Path, str], int] = {}
_asked_in_vain: dict[tuple[Path, str], float] = {}
ASK_AGAIN = 60.0


def look_back(site: str, using: str) -> None:
    """Before a process writes its first entry: ask the mirror whether this node has lost some, and set it back if so.

    A mirror that is away stops only what cannot be undone; it is asked again after a minute.
    """
    here = (settings.HOME, site)
    if here in _held or time.monotonic() < _asked_in_vain.get(here, 0.0):
        return
    if not models.Head.objects.using(using).filter(site=site, own=True).exists():
        return  # the door says that it is not here
    try:
        lost(site, using)
        _held[here] = _size(site)
    except NoMirror:
        _asked_in_vain[here] = time.monotonic() + ASK_AGAIN


def _size(site: str, seconds: float = SECONDS) -> int:
    status, answer = _call(f"{site}/size", None, seconds)
    if status != 200 or not answer.isdigit():
        raise NoMirror("mirror-refused", answer[:200].decode(errors="replace"))
    return int(answer)


_asked: dict[str, tuple[float, bool]] = {}
ASKED_AGAIN = 30.0  # seconds; a page does not wait for a dead mirror each time


def answers(site: str) -> bool:
    """Whether the mirror answers for this site; asked at most twice a minute."""
    at, good = _asked.get(site, (-ASKED_AGAIN, False))
    if time.monotonic() - at >= ASKED_AGAIN:
        try:
            good = _size(site, seconds=1) >= 0
        except NoMirror:
            good = False
        _asked[site] = (time.monotonic(), good)
    return good


def lost(site: str, using: str) -> int:
    """Compare with the mirror: how many entries it holds that this node does not. Sets the node back if any."""
    here = models.Head.objects.using(using).get(site=site, own=True).size
    there = _size(site)
    if there > here:
        standing.set_back(site, there, using)
    return max(there - here, 0)


def entries_from(site: str, start: int) -> tuple[str, list[bytes]]:
    """The mirror's last checkpoint of our log and its entries from ``start`` on, as many as travel at once."""
    request = f"{mirror.READ_HEADING}\n{start}\n{clock.now().isoformat()}\n"
    status, answer = _call(f"{site}/entries", sign_note(request, succession.present_log_key(site)).encode())
    if status != 200:
        raise NoMirror("mirror-refused", answer[:200].decode(errors="replace"))
    length = int.from_bytes(answer[:4], "big")
    return answer[4 : 4 + length].decode(), decode_bundle(answer[4 + length :])


def _call(path: str, body: bytes | None, seconds: float = SECONDS) -> tuple[int, bytes]:
    base = settings.MIRROR.rstrip("/")
    asked = urllib.request.Request(f"{base}/{path}", data=body)  # noqa: S310 - settings allow http and https only
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:  # noqa: S310
            return answer.status, answer.read(256 * MAX_ENTRY_BYTES)
    except urllib.error.HTTPError as fault:
        return fault.code, fault.read(4096)
    except (OSError, http.client.HTTPException) as fault:
        raise NoMirror("mirror-unreachable", str(fault)) from fault
