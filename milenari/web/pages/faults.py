"""Faults: pages that say in a sentence what went wrong and what to do, never a bare number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from milenari.rules.action import Refused
from milenari.web import wording

STATUS = {
    "page-not-for-you": 403, "no-role-today": 403, "export-not-for-role": 403, "subject-unknown": 404,
    "entry-unknown": 404, "export-empty": 404, "export-format-unknown": 404,
    "scenario-unknown-here": 404, "calculation-unknown": 404, "planning-not-yours": 403,
    "draft-unknown": 404, "protocol-drafting-not-yours": 403,
}  # fmt: skip


def _page(request: HttpRequest, title: str, sentence: Any, status: int) -> HttpResponse:
    return render(request, "web/fault.html", {"title": title, "sentence": sentence}, status=status)


def refused(request: HttpRequest, fault: Refused) -> HttpResponse:
    return _page(request, _("This is not possible"), wording.refusal(fault), STATUS.get(fault.code, 422))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = _("There is no such page on this node. Check the address, or search from the list of journeys.")
    return _page(request, _("Page not found"), sentence, 404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = _("This page is not open to you. Quality assurance of the site can grant roles.")
    return _page(request, _("Not allowed"), sentence, 403)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _(
        "This form does not belong to your present session, so nothing was done. Go back, reload the page and send "
        "it again."
    )
    return _page(request, _("The form is out of date"), sentence, 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = _("The browser sent something this node cannot read, so nothing was done. Reload the page.")
    return _page(request, _("The request cannot be read"), sentence, 400)


def broken(request: HttpRequest) -> HttpResponse:
    """The last resort: a page that asks neither the database nor the session, since either may be the fault."""
    sentence = _(
        "The fault is ours, not yours. Nothing half-done was kept: either your entry is in the record, or nothing "
        "was changed. Look at the list before you send again, and tell IT the time."
    )
    told = {"title": _("The node could not show this page"), "sentence": sentence}
    return HttpResponse(render_to_string("web/broken.html", told), status=500)
