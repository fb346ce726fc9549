"""Tokens: the personal keys to the interface that a person makes, sees once, and revokes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from milenari.journal import tokens as held
from milenari.rules.action import Refused
from milenari.web import wording
from milenari.web.access import acting, page
from milenari.web.wording import audit as words

DAYS = (7, 30, 90, 180, 366)


def _drawn(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    who = acting(request)
    everything = held.of_person(who.person)
    shown = {
        "live": [_line(one) for one in everything if one.live],
        "over": [_line(one) for one in everything if not one.live][:10],
        "scopes": [(code, *words.SCOPES[code]) for code in held.SCOPES],
        "days": DAYS, "asked": {"days": held.DAYS, "scopes": [held.READ], "name": ""},
    }  # fmt: skip
    return render(request, "web/tokens.html", shown | more, status=status)


def _line(one: held.Held) -> tuple[held.Held, Any]:
    return one, wording.joined(format_html("{}", words.SCOPES[scope][0]) for scope in one.scopes)


@page
def tokens(request: HttpRequest) -> HttpResponse:
    return _drawn(request)


@require_POST
@page
@sensitive_variables("made")
def make(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once: the answer to this request is the only place where it stands."""
    who = acting(request)
    days = request.POST.get("days", "")
    asked = {
        "name": request.POST.get("name", "")[:200], "scopes": request.POST.getlist("scopes"),
        "days": int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
    }  # fmt: skip
    try:
        made = held.make(who.person, str(asked["name"]), list(asked["scopes"]), int(asked["days"]))  # type: ignore[call-overload]
    except Refused as refused:
        return _drawn(request, 422, asked=asked, sentence=wording.refusal(refused, who.zone),
                      culprit=str(refused.facts.get("field", "")))  # fmt: skip
    return _drawn(request, made=made)


@require_POST
@page
def revoke(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("token", "")
    held.revoke(acting(request).person, int(number) if number.isascii() and number.isdigit() else 0)
    messages.success(request, _("The token is revoked. Whatever still uses it is refused from now on."))
    return redirect("account-tokens")
