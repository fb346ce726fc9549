"""Access: who is in front of the screen, as what and where, and whose data they may see.

A person sees the sites where a role of theirs holds today; the control site's coordinators and quality
assurance see all. Every page but login and health goes through ``page``, which also turns a refusal into
a page with its sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from milenari.journal import clock
from milenari.registers import questions, sight
from milenari.rules.action import Refused
from milenari.words import Role

# Whoever may see a patient's sealed identity at the treating site.
CLINICAL = (Role.PHYSICIAN, Role.WARD_NURSE, Role.APHERESIS_NURSE, Role.COORDINATOR, Role.INVESTIGATOR)


@dataclass(frozen=True)
class Acting:
    """A logged-in person with the site and role chosen for this session."""

    person: str
    name: str
    site: str
    role: Role
    zone: str
    held: dict[str, list[Role]]
    sites: dict[str, questions.Place]
    sees: frozenset[str] | None  # None: every site

    @property
    def here(self) -> list[Role]:
        return self.held.get(self.site, [])

    @property
    def options(self) -> list[tuple[str, Role]]:
        return [(site, role) for site, roles in self.held.items() for role in roles]

    def may_see(self, site: str) -> bool:
        return self.sees is None or site in self.sees

    def require_sight(self, *sites: str) -> None:
        """Refused unless one of the sites that a subject concerns is one that the person sees."""
        if not any(self.may_see(site) for site in sites):
            raise Refused("page-not-for-you", site=next(iter(sites), ""))

    def knows_identity(self, site: str) -> bool:
        return self.site == site and self.role in CLINICAL

    def audits_identity(self, site: str) -> bool:
        """Who may see who looked at a patient's identity: those who may look, and quality assurance there."""
        return self.knows_identity(site) or (self.site == site and self.role is Role.QA)

    def today(self, now: datetime) -> date:
        """The local date where one acts, which near midnight is not that of UTC."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def zone_of(self, site: str) -> str:
        return self.sites[site].zone if site in self.sites else "UTC"


def acting(request: HttpRequest) -> Acting:
    """Who acts in this session; Refused when the person holds no role anywhere today."""
    found = getattr(request, "_acting", None)
    if found is None:
        found = request._acting = _acting(request)  # type: ignore[attr-defined]
    return found


def _acting(request: HttpRequest) -> Acting:
    person = str(request.user.get_username())
    held = questions.roles_held(person, clock.now())
    if not held:
        raise Refused("no-role-today", person=person)
    site = request.session.get("site", "")
    if site not in held:
        site = next(iter(held))
    role = request.session.get("role", "")
    if role not in held[site]:
        role = held[site][0]
    sites = questions.sites()
    zone = sites[site].zone if site in sites else "UTC"
    sees = sight.seen_by(held, sites)
    return Acting(person, questions.person_name(person), site, Role(role), zone, held, sites, sees)


def choose(request: HttpRequest, site: str, role: str) -> None:
    """Keep another site and role in the session, if the person holds it today."""
    held = questions.roles_held(str(request.user.get_username()), clock.now())
    if role not in held.get(site, ()):
        raise Refused("role-not-held", person=request.user.get_username(), role=role, site=site)
    request.session["site"], request.session["role"] = site, role


class Answered(Exception):
    """The request is answered already, in the midst of signing: what a passkey is to sign goes to the page's script."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__("answered")
        self.answer = answer


View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A page for logged-in persons; a refusal becomes a page that says why and who can help."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        try:
            request.acting = acting(request)  # type: ignore[attr-defined]
            answer = view(request, *args, **more)
        except Answered as answered:
            answer = answered.answer
        except Refused as refused:
            from milenari.web.pages import faults

            answer = faults.refused(request, refused)
        # A shared tablet must not show a patient's page again after logging out.
        add_never_cache_headers(answer)
        return answer

    return login_required(shown)
