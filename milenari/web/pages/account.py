"""Account: a person's own means of logging in and signing, and what lately happened with them."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from milenari.journal import clock, passkey, person
from milenari.registers import questions
from milenari.rules.action import ACTIONS, Refused
from milenari.web import signing, wording
from milenari.web.access import acting, page
from milenari.web.wording import account as words
from milenari.words import Role

OFFER, MAKING = "offered-factor", "passkey-making"
ANSWER_WITHIN = timedelta(minutes=5)


@page
def account(request: HttpRequest) -> HttpResponse:
    return _draw(request)


def _draw(request: HttpRequest, part: str = "", refused: Refused | None = None) -> HttpResponse:
    """The page; ``part`` names the form that a refusal is about: ``password``, ``factor`` or ``passkey``."""
    who = acting(request)
    offer = request.session.get(OFFER, "")
    waiting = passkey.waiting(who.site) if who.role is Role.IT_ADMIN else []
    shown = {
        "faults": {part: wording.refusal(refused, who.zone)} if refused else {},
        "kind": person.factor_kind(who.person),
        "offer": _offer(who.person, offer) if offer else None,
        "session_ends": person.session_ends(request.session.session_key or "", who.person),
        "passkeys": [(one, _withdraw(who.person, one)) for one in passkey.held(who.person)],
        "waiting": [(code, questions.person_name(code), one, _enrol(code, one)) for code, one in waiting],
        "domain": settings.PASSKEY_DOMAIN,
        "fits": f".{request.get_host().partition(':')[0]}".endswith(f".{settings.PASSKEY_DOMAIN}"),
        "occurrences": [(at, words.OCCURRENCES[kind], kind in words.GRAVE)
                        for at, kind in person.occurrences(who.person)],
    }  # fmt: skip
    return render(request, "web/account.html", shown, status=422 if refused else 200)


def _enrol(code: str, one: passkey.Passkey) -> str:
    return f"{reverse('act', args=['replace-key'])}?{urlencode({'person': code, 'key': one.key, 'back': '/account'})}"


def _withdraw(code: str, one: passkey.Passkey) -> str:
    """Where an enrolled passkey's key is ended in the journal; nothing for one that never signed."""
    query = urlencode({"person": code, "key": one.key, "back": "/account"})
    return f"{reverse('act', args=['withdraw-key'])}?{query}" if one.enrolled else ""


def _offer(code: str, sealed: str) -> dict[str, Any]:
    made = person.offered(code, sealed)
    return {
        "secret": " ".join(made.secret[i : i + 4] for i in range(0, len(made.secret), 4)),
        "qr": _qr(made.uri(code)),
    }


def _qr(uri: str) -> SafeString:
    """The address for an authenticator as a QR code, drawn here: the secret is shown to no other service."""
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(drawn, kind="svg", scale=5, border=3, xmldecl=False, svgns=True, light="#fff",
                                    svgclass="qr", lineclass=None, omitsize=False)  # fmt: skip
    return mark_safe(drawn.getvalue().decode())  # noqa: S308


def _secrets(request: HttpRequest) -> tuple[str, str]:
    return request.POST.get("password", ""), request.POST.get("second", "").strip()


def _still_here(request: HttpRequest) -> None:
    """Every other session of the person has ended with the change; this one goes on, and signs anew."""
    request.user.refresh_from_db()  # type: ignore[union-attr]
    person.end_session(request.session.session_key or "")
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]


@sensitive_post_parameters()
@require_POST
@page
def password(request: HttpRequest) -> HttpResponse:
    new = request.POST.get("new_password", "")
    try:
        if new != request.POST.get("again", ""):
            raise Refused("passwords-differ")
        person.rewrap(acting(request).person, *_secrets(request), new)
    except Refused as refused:
        return _draw(request, "password", refused)
    _still_here(request)
    messages.success(request, _("Your password is changed. Every other session of yours has ended."))
    return redirect("account")


@sensitive_post_parameters()
@require_POST
@page
def factor(request: HttpRequest) -> HttpResponse:
    """Offer a new authenticator; it counts once a code of it was typed."""
    try:
        _made, sealed = person.offer_factor(acting(request).person, *_secrets(request))
    except Refused as refused:
        return _draw(request, "factor", refused)
    request.session[OFFER] = sealed
    return redirect(reverse("account") + "#factor")


@sensitive_post_parameters()
@require_POST
@page
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the offered authenticator, or leave everything as it was."""
    offer = request.session.get(OFFER, "")
    if "leave" in request.POST or not offer:
        request.session.pop(OFFER, None)
        return redirect("account")
    try:
        person.take_factor(acting(request).person, offer, request.POST.get("code", ""))
    except Refused as refused:
        return _draw(request, "factor", refused)
    del request.session[OFFER]
    _still_here(request)
    messages.success(
        request, _("The new authenticator is your second factor from now on; the old one is not any more.")
    )
    return redirect("account")


@require_POST
@page
def end(request: HttpRequest) -> HttpResponse:
    """End the signing session: the next signature asks for both components again."""
    person.end_session(request.session.session_key or "")
    messages.success(request, _("The signing session has ended. The next signature asks for the second factor again."))
    return redirect("account")


@sensitive_post_parameters()
@require_POST
@page
def begin_passkey(request: HttpRequest) -> HttpResponse:
    """What the browser asks an authenticator for, once both components said that it is really this person."""
    who = acting(request)
    try:
        person.check(who.person, *_secrets(request))
        options, state = passkey.begin(who.person, who.name)
    except Refused as refused:
        return _told(refused)
    request.session[MAKING] = {"state": state, "until": (clock.now() + ANSWER_WITHIN).isoformat()}
    return JsonResponse(options)


@sensitive_post_parameters()
@require_POST
@page
def make_passkey(request: HttpRequest) -> HttpResponse:
    """Take on what the authenticator made in answer to ``begin_passkey``."""
    who = acting(request)
    asked = request.session.pop(MAKING, None)
    try:
        if asked is None or clock.now() > datetime.fromisoformat(asked["until"]):
            raise Refused("passkey-not-made", person=who.person, detail="nothing was asked for")
        try:
            answer = json.loads(request.POST.get("answer", ""))
        except json.JSONDecodeError as fault:
            raise Refused("passkey-not-made", person=who.person, detail="no answer") from fault
        passkey.complete(who.person, asked["state"], answer, request.POST.get("label", ""))
    except Refused as refused:
        return _draw(request, "passkey", refused)
    messages.success(request, _("The passkey is made. It signs once an IT administrator has enrolled its key."))
    return redirect(reverse("account") + "#passkeys")


def _told(refused: Refused) -> JsonResponse:
    """A refusal for the script on the page: the code, and the sentence as plain text."""
    return JsonResponse({"code": refused.code, "sentence": strip_tags(wording.refusal(refused))}, status=422)


@require_POST
@page
def change_passkey(request: HttpRequest) -> HttpResponse:
    """Rename a passkey, or take it off this node."""
    code, which = acting(request).person, request.POST.get("passkey", "")
    try:
        if "remove" in request.POST:
            passkey.forget(code, which)
            messages.success(request, _("The passkey is removed: this node does not ask for it any more."))
        else:
            passkey.rename(code, which, request.POST.get("label", ""))
            messages.success(request, _("The passkey has its new name."))
    except Refused as refused:
        return _draw(request, "passkey", refused)
    return redirect(reverse("account") + "#passkeys")


@sensitive_post_parameters()
@require_POST
@page
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """What a passkey is to sign for the form of this action as it is filled in; nothing is written."""
    cls = ACTIONS.get(code)
    if cls is None:
        raise Http404
    try:
        return JsonResponse(signing.propose(request, cls, signing.typed_of(request), acting(request)))
    except Refused as refused:
        return _told(refused)
