"""Exchange: the addresses by which nodes pass parcels over HTTPS. What is in a parcel decides, not who calls.

Anybody may call, so each address has limits of its own: how long a body is, how many a minute from one place, how many
of those that were no good, and how many at once, since each may take a parcel's worth of memory.
"""

from __future__ import annotations

import time
from collections import deque
from threading import BoundedSemaphore, Lock

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from milenari.journal.exchange import wire
from milenari.journal.exchange.limits import MOST_FILE
from milenari.rules.action import Refused

PER_MINUTE = 240
BAD_PER_MINUTE = 10
AT_ONCE = BoundedSemaphore(2)
_seen: dict[tuple[str, str], deque[float]] = {}
_lock = Lock()
PLACES = 5_000


def _over(kind: str, place: str, most: int, add: int = 1) -> bool:
    """Whether more than so many came from one place within a minute; ``add`` counts this one."""
    now = time.monotonic()
    with _lock:
        if len(_seen) > PLACES:
            _seen.clear()
        times = _seen.setdefault((kind, place), deque())
        while times and now - times[0] > 60:
            times.popleft()
        times.extend([now] * add)
        return len(times) > most


def _later(seconds: int = 20) -> HttpResponse:
    return JsonResponse({"state": "later", "code": "too-many"}, status=429, headers={"Retry-After": str(seconds)})


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """A parcel or charter comes in; answers what became of it."""
    place = request.META.get("REMOTE_ADDR", "")
    if _over("bad", place, BAD_PER_MINUTE - 1, add=0) or _over("all", place, PER_MINUTE):
        return _later()
    length = request.headers.get("Content-Length") or ""
    if not length.isdecimal():
        return JsonResponse({"state": "refused", "code": "parcel-unreadable"}, status=411)
    if int(length) > MOST_FILE:
        _over("bad", place, BAD_PER_MINUTE)
        return JsonResponse({"state": "refused", "code": "parcel-unreadable"}, status=413)
    if not AT_ONCE.acquire(blocking=False):
        return _later(2)
    try:
        outcome = wire.take(request.read(MOST_FILE + 1))[0]
    except Refused as refused:
        _over("bad", place, BAD_PER_MINUTE)
        return JsonResponse({"state": "refused", "code": refused.code}, status=409)
    finally:
        AT_ONCE.release()
    if outcome.state == "refused":
        _over("bad", place, BAD_PER_MINUTE)
    code = outcome.refused.code if outcome.refused else ""
    return JsonResponse({"state": outcome.state, "code": code}, status=422 if outcome.state == "refused" else 200)


@csrf_exempt
@require_POST
def charters(request: HttpRequest) -> HttpResponse:
    """The charters after those that the caller has; they are public."""
    if _over("charters", request.META.get("REMOTE_ADDR", ""), PER_MINUTE):
        return _later()
    asked = request.read(20)
    if not asked.isdigit():
        return JsonResponse({"code": "charter-unreadable"}, status=400)
    notes = wire.charters_after(0)
    return JsonResponse({"held": len(notes), "notes": notes[int(asked) :]})


@csrf_exempt
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """The next parcel for the member whose signed request this is."""
    if _over("give", request.META.get("REMOTE_ADDR", ""), PER_MINUTE):
        return _later()
    try:
        parcel = wire.give(request.read(4096))
    except Refused as refused:
        return JsonResponse({"code": refused.code}, status=403)
    return HttpResponse(parcel, content_type="application/octet-stream")
