"""Problem: every no of the interface in one shape, with a stable code and a sentence in the reader's language.

The words themselves live with the screens; the server room gives them to this one at start (decision 10).
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError
from pydantic import Field

from milenari.journal import clock, keys
from milenari.journal.perform import NotWritten
from milenari.rules.action import Refused
from milenari.words import Facts, to_plain


class Words(Protocol):
    """Codes into plain text of the active language."""

    def refusal(self, refused: Refused, action: str) -> str: ...

    def title(self, action: str) -> str: ...


STATUS = {
    "token-missing": 401, "token-unknown": 401, "token-revoked": 401, "token-expired": 401,
    "scope-missing": 403, "page-not-for-you": 403, "no-role-today": 403, "role-not-held": 403,
    "needs-encryption": 403, "login-failed": 403,
    "address-unknown": 404, "action-unknown": 404,
    "changed-meanwhile": 409, "act-id-reused": 409,
    "login-locked": 429, "too-many-requests": 429,
}  # fmt: skip
# Not found when something was asked for by its address; a refusal like any other when an act names it.
MISSING = {"subject-unknown", "entry-unknown"}
KEY_MISSING = "key-missing"


class Problem(Schema):
    """Why not: a stable code, the sentence for people, the facts in it, and the field at fault if there is one."""

    code: str = Field(examples=["reading-wrong-unit"])
    sentence: str
    facts: dict[str, Any] = {}
    field: str = ""


_words: list[Words] = []


def speak_with(words: Words) -> None:
    """Take what words a refusal and the name of an action in the active language, as plain text."""
    _words[:] = [words]


def sentence(refused: Refused, action: str = "") -> str:
    """The refusal as people read it."""
    return _words[0].refusal(refused, action) if _words else str(refused)


def title(action: str) -> str:
    """The name of an action as people read it."""
    return _words[0].title(action) if _words else action


def status_of(refused: Refused, reading: bool) -> int:
    """The HTTP status of a refusal; ``reading`` when something was only asked for."""
    if reading and refused.code in MISSING:
        return 404
    return STATUS.get(refused.code, 422)


def answer(api: NinjaAPI, request: HttpRequest, refused: Refused, status: int = 0, action: str = "") -> HttpResponse:
    """The response to a refusal, with Retry-After or WWW-Authenticate where the status asks for it."""
    status = status or status_of(refused, request.method in ("GET", "HEAD"))
    facts = to_plain(refused.facts)
    told = {"code": refused.code, "sentence": sentence(refused, action), "facts": facts,
            "field": str(facts.get("field", ""))}  # fmt: skip
    made = api.create_response(request, told, status=status)
    if status == 401:
        made["WWW-Authenticate"] = 'Bearer realm="milenari"'
    if status == 429:
        made["Retry-After"] = str(_seconds(refused.facts))
    return made


def _seconds(facts: Facts) -> int:
    until = facts.get("until")
    if isinstance(until, datetime):
        return max(1, math.ceil((until - clock.now()).total_seconds()))
    return int(facts.get("seconds", 60))


def install(api: NinjaAPI) -> None:
    """Turn every fault that a caller can meet into a problem; our own faults stay Django's to report."""

    @api.exception_handler(Refused)
    def _refused(request: HttpRequest, fault: Refused) -> HttpResponse:
        return answer(api, request, fault, action=getattr(request, "action_code", ""))

    @api.exception_handler(NotWritten)
    def _not_written(request: HttpRequest, fault: NotWritten) -> HttpResponse:
        return answer(api, request, Refused(fault.code), 503)

    @api.exception_handler(keys.KeyMissing)
    def _key_missing(request: HttpRequest, fault: keys.KeyMissing) -> HttpResponse:
        return answer(api, request, Refused(KEY_MISSING), 503)

    @api.exception_handler(Throttled)
    def _throttled(request: HttpRequest, fault: Throttled) -> HttpResponse:
        return answer(api, request, Refused("too-many-requests", seconds=math.ceil(fault.wait or 1)), 429)

    @api.exception_handler(ValidationError)
    def _unreadable(request: HttpRequest, fault: ValidationError) -> HttpResponse:
        first = fault.errors[0] if fault.errors else {}
        where = ".".join(str(part) for part in first.get("loc", ())[1:])
        return answer(api, request, Refused("request-unreadable", field=where, fault=str(first.get("msg", ""))), 422)

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, fault: HttpError) -> HttpResponse:
        refused = Refused("request-unreadable", field="", fault=str(fault))
        return answer(api, request, refused, 422 if fault.status_code == 400 else fault.status_code)
