"""Exchange: the two addresses by which nodes pass parcels over HTTPS. What is in a parcel decides, not who calls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from milenari.journal.exchange import wire
from milenari.journal.exchange.parcel import MOST_FILE
from milenari.rules.action import Refused


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """A parcel comes in; answers what became of it."""
    if int(request.headers.get("Content-Length") or 0) > MOST_FILE:
        return JsonResponse({"state": "refused", "code": "parcel-unreadable"}, status=413)
    try:
        outcome = wire.take(request.read(MOST_FILE + 1))[0]
    except Refused as refused:
        return JsonResponse({"state": "refused", "code": refused.code}, status=409)
    code = outcome.refused.code if outcome.refused else ""
    return JsonResponse({"state": outcome.state, "code": code}, status=422 if outcome.state == "refused" else 200)


@csrf_exempt
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """The next parcel for the member whose signed request this is."""
    try:
        parcel = wire.give(request.read(4096))
    except Refused as refused:
        return JsonResponse({"code": refused.code}, status=403)
    return HttpResponse(parcel, content_type="application/octet-stream")
