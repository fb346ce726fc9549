"""Door: who calls, what their token opens, how often, and with which words they may ask.

A caller is a person with a token. They see what that person sees on a screen today, by the same questions,
and within the token's scopes; acts are signed apart from it (decision 10).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from milenari.journal import clock, tokens
from milenari.registers import questions, sight
from milenari.rules.action import Refused
from milenari.words import Role

RATE = "600/m"  # calls for each token
WRONG, WRONG_SECONDS = 20, 300  # wrong tokens from one address, before it has to wait
DEEPEST = 40


@dataclass(frozen=True)
class Caller:
    """The person behind a token, and what they see today."""

    bearer: tokens.Bearer
    name: str
    held: dict[str, list[Role]]
    places: dict[str, questions.Place]
    sees: frozenset[str] | None

    @property
    def person(self) -> str:
        return self.bearer.person

    def may_see(self, site: str) -> bool:
        return self.sees is None or site in self.sees

    def require_sight(self, name: str, *also: str) -> None:
        """Refused unless the subject is one that the person sees."""
        if not sight.may_see(name, self.sees, *also):
            raise Refused("page-not-for-you", site=next(iter(also), ""))

    def require_site(self, site: str) -> None:
        if site not in self.places:
            raise Refused("subject-unknown", kind="site", code=site)
        if not self.may_see(site):
            raise Refused("page-not-for-you", site=site)

    def zone_of(self, site: str) -> str:
        return self.places[site].zone if site in self.places else "UTC"


class PersonalToken(HttpBearer):
    """``Authorization: Bearer mil_...``"""

    def __call__(self, request: HttpRequest) -> Caller:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text.strip():
            raise Refused("token-missing")
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        try:
            bearer = tokens.bearer(token)
        except Refused as refused:
            _count_wrong(request)
            raise refused
        held = questions.roles_held(bearer.person, clock.now())
        if not held:
            raise Refused("no-role-today", person=bearer.person)
        places = questions.sites()
        return Caller(bearer, questions.person_name(bearer.person), held, places, sight.seen_by(held, places))


def _count_wrong(request: HttpRequest) -> None:
    """Slow down whoever tries many wrong tokens; a right one is never held up by it."""
    name = f"milenari-wrong-token-{request.META.get('REMOTE_ADDR', '')}"
    cache.add(name, 0, WRONG_SECONDS)
    if cache.incr(name) > WRONG:
        raise Refused("too-many-requests", seconds=WRONG_SECONDS)


class TokenRate(SimpleRateThrottle):
    """So many calls for each token and minute."""

    scope = "token"

    def get_cache_key(self, request: HttpRequest) -> str | None:
        caller = getattr(request, "auth", None)
        return f"milenari-token-{caller.bearer.token}" if isinstance(caller, Caller) else None


def caller_of(request: HttpRequest) -> Caller:
    """Who calls; known on every operation of this interface."""
    found: Caller = request.auth  # type: ignore[attr-defined]
    return found


View = Callable[..., Any]


def needs(scope: str) -> Callable[[View], View]:
    """Let an operation be called only with this scope and only with parameters that it knows.

    A misspelt filter that is silently ignored would return everything and look like an answer.
    """

    def guard(view: View) -> View:
        signature = inspect.signature(view, eval_str=True)
        known = set(signature.parameters) - {"request"}

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **more: Any) -> Any:
            caller = caller_of(request)
            if scope not in caller.bearer.scopes:
                raise Refused("scope-missing", scope=scope, name=caller.bearer.name)
            for name in request.GET:
                if name not in known:
                    raise Refused("parameter-unknown", field=name[:80])
            require_readable({**more, **request.GET.dict()})
            return view(request, *args, **more)

        # Read where the operation was written: its annotations name what this file does not know.
        guarded.__signature__ = signature  # type: ignore[attr-defined]
        return guarded

    return guard


def require_readable(value: Any, place: str = "", depth: int = 0) -> None:
    """Refuse what no entry can hold exactly: floats, broken characters, boxes in boxes without end."""
    if depth > DEEPEST:
        raise Refused("request-unreadable", field=place, fault="too many levels inside one another")
    if isinstance(value, float):
        raise Refused("number-not-exact", field=place, found=repr(value))
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
        raise Refused("request-unreadable", field=place, fault="a character that is none")
    if isinstance(value, dict):
        for key, item in value.items():
            require_readable(str(key), place, depth + 1)
            require_readable(item, f"{place}.{key}".strip(".")[:120], depth + 1)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            require_readable(item, f"{place}.{number}".strip(".")[:120], depth + 1)


def encrypted(request: HttpRequest) -> bool:
    """Whether secrets in this request were hidden from the network: TLS, or the same machine."""
    return request.is_secure() or request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1")
