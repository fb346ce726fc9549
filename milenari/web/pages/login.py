"""Login: in by person code, password and second factor; out; and as what one acts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from milenari.journal import person
from milenari.rules.action import Refused
from milenari.web import wording
from milenari.web.access import choose, page


@sensitive_post_parameters()
@never_cache
def log_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("journeys")
    sentence: Any = ""
    typed = request.POST.get("person", "").strip()
    if request.method == "POST":
        try:
            user = authenticate(
                request, person=typed, password=request.POST.get("password", ""),
                second=request.POST.get("second", "").strip(),
            )  # fmt: skip
            if user is not None:
                login(request, user)
                return HttpResponseRedirect(_next(request))
            sentence = wording.refusal(Refused("login-failed", person=typed))
        except Refused as refused:
            sentence = wording.refusal(refused)
    status = 422 if sentence else 200
    shown = {"sentence": sentence, "typed": typed, "next": request.GET.get("next", ""), "logins": _printed()}
    return render(request, "web/login.html", shown, status=status)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe and wanted else "/"


def _printed() -> list[dict[str, str]]:
    """Who of the demo can log in on this node, which everybody may read; nobody on a real one."""
    if not settings.DEMO:
        return []
    try:
        # By name, and only here: the screens do not depend on the demo, they print what a demo node offers.
        logins = import_string("milenari.demo.logins")
    except ImportError:
        return []
    found = list(logins())
    here = person.with_credential(login["person"] for login in found)
    return [login for login in found if login["person"] in here]


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    if request.session.session_key:
        person.end_session(request.session.session_key)
    logout(request)
    return redirect("login")


@require_POST
@page
def act_as(request: HttpRequest) -> HttpResponse:
    site, _, role = request.POST.get("as", "").partition("|")
    choose(request, site, role)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(back if safe and back else "/")
