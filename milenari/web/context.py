"""What every page knows: the node it is on, who acts, in which language, and the ways to other pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from milenari.rules.action import Refused
from milenari.web import rooms
from milenari.web.access import acting


def node(request: HttpRequest) -> dict[str, Any]:
    who = _acting(request)
    page = request.resolver_match.url_name or "" if request.resolver_match else ""
    first, more = rooms.rooms(who.role, page) if who else ([], [])
    return {
        "demo": settings.DEMO,
        "acting": who,
        "languages": _languages(),
        "rooms_first": first,
        "rooms_more": more,
        "way_back": rooms.way_back(page) if who else [],
    }


def _acting(request: HttpRequest) -> Any:
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return None
    try:
        return acting(request)
    except Refused:
        return None


def _languages() -> list[dict[str, Any]]:
    return [{"code": code, "name": name, "bidi": get_language_info(code)["bidi"]} for code, name in settings.LANGUAGES]
