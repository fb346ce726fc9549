"""Status: which node this is, whether its guard stands, and how far its logs go."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from milenari.journal import clock, read, start, tend
from milenari.web.access import page


@page
def status(request: HttpRequest) -> HttpResponse:
    shown = {"engine": start.engine(), "faults": start.faults(), "logs": read.logs(), "now": clock.now(),
             "chores": tend.states() if tend.wanted() else []}  # fmt: skip
    return render(request, "web/status.html", shown)


def health(request: HttpRequest) -> HttpResponse:
    """For machines: whether this node may serve, without saying anything about patients."""
    try:
        sound = not start.faults()
    except DatabaseError:
        sound = False
    return JsonResponse({"sound": sound}, status=200 if sound else 503)
