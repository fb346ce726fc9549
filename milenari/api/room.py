"""Room: the interface put together, with its addresses and its description."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from milenari.api import acting, asking, book, exchange, problem, training
from milenari.api.door import RATE, PersonalToken, TokenRate
from milenari.rules.action import Refused

ABOUT = """JSON over the same actions and questions that the screens use. Reading needs a personal token; doing needs
a signature of its own for every act, since a token is no signature. Every number with a point is a text, every instant
is UTC, every refusal has a stable code and a sentence in the language of Accept-Language (en, es, ca, it, fr, ar)."""


class Interface(NinjaAPI):
    """Nothing that it answers may be kept by a browser or proxy."""

    def create_response(self, request: HttpRequest, data: Any, *args: Any, **more: Any) -> HttpResponse:
        made = super().create_response(request, data, *args, **more)
        made["Cache-Control"] = "no-store"
        return made

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        made = super().create_temporal_response(request)
        made["Cache-Control"] = "no-store"
        return made


api = Interface(
    title="milenari", version="1", description=ABOUT, docs_url=None, openapi_url=None,
    auth=PersonalToken(), throttle=[TokenRate(RATE)], urls_namespace="api",
)  # fmt: skip
for part in (asking.router, training.router, acting.router, book.router):
    api.add_router("", part)
problem.install(api)


def description() -> dict[str, Any]:
    """The OpenAPI document: the same for everybody, with nothing of any site in it."""
    return dict(OpenAPISchema(api, "api/"))


def openapi(request: HttpRequest) -> HttpResponse:
    return api.create_response(request, description(), status=200)


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problem.answer(api, request, Refused("address-unknown", address=rest[:120]), 404)


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("exchange/charters", exchange.charters, name="exchange-charters"),
    path("exchange/take", exchange.take, name="exchange-take"),
    path("exchange/give", exchange.give, name="exchange-give"),
    path("", api.urls),
    re_path(r"^(?P<rest>[\s\S]*)\Z", nowhere),  # also an address with a line end in it
]
