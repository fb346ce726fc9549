"""Signing: the signature part of a form, and what is done with it when the form is sent.

Any page may carry a form for any action: it shows ``parts/signature.html`` over a ``Signature`` and either
sends itself to ``/do/<code>`` or calls ``sign``. A second person signs on the same device by ``second_person``
with a ceremony of their own, and nobody is logged out for it (21 CFR 11.50, 11.200(a)(1), 11.300(d)).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from milenari.journal import clock, keys, passkey, person, referral, sealed
from milenari.journal.perform import NotWritten, Request, Written, perform_all
from milenari.journal.sign import PasskeyPen, Pen
from milenari.rules.action import Action, Refused
from milenari.rules.fields import subjects_of
from milenari.rules.referral import ReferPatient
from milenari.web import addresses, wording
from milenari.web.access import Acting, Answered
from milenari.web.forms import ActionForm, Box
from milenari.web.wording import labels, vocabulary
from milenari.words import Role

FIRST, SECOND = "", "second."
SECRETS = ("password", "second", "second.password", "second.factor")
# What the browser adds when an authenticator has signed; never drawn again, since it signs one proposal only.
PROPOSAL, ASSERTION = "passkey.proposal", ("client_data", "authenticator_data", "sig")


# -- drawing --------------------------------------------------------------------------------------------


@dataclass
class Signature:
    """What the signature part of a form draws: who signs what as what, and which proofs are asked for.

    ``prefix`` stands before every field name and id: ``second.`` when a second person signs on this device.
    """

    cls: type[Action]
    who: Acting
    prefix: str
    title: SafeString
    meaning: Any
    roles: list[Role]
    role: Role | None
    others: list[Role]
    person: Box
    password: Box
    factor: Box
    needs_second: bool
    back: str = ""
    passkeys: Sequence[passkey.Passkey] = ()
    """Those with which the person can sign; empty where one signature stands for several acts."""
    any_passkey: bool = False
    """Whether to offer a passkey to somebody whose code is only typed here."""

    @property
    def boxes(self) -> dict[str, Box]:
        """The boxes by the names that a refusal blames: ``person``, ``password``, ``second``."""
        return {"person": self.person, "password": self.password, "second": self.factor}

    def blame(self, refused: Refused, sentence: SafeString | str) -> str:
        """Put a refusal about the signature itself at its box; returns that box's id, or nothing."""
        name = _BLAMED.get(refused.code, "")
        if not name or (name == "person" and not self.prefix):
            return ""
        box = self.boxes[name]
        box.error = sentence
        return box.id


_BLAMED = {
    "login-failed": "password",
    "login-locked": "password",
    "second-factor-needed": "second",
    "second-person-is-first": "person",
    "no-passkey": "password",
    "passkey-not-used": "password",
}


def signature(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], who: Acting) -> Signature:
    """The signature part for the person in front of the screen."""
    roles, role = roles_of(cls, typed, who)
    common = labels.COMMON
    asked = not person.in_session(request.session.session_key or "", who.person)
    return Signature(
        cls, who, FIRST, wording.title(cls.code), vocabulary.MEANINGS[str(cls.meaning)], roles, role,
        [r for r in cls.roles if r is not Role.NODE],
        Box("person", "code", "", value=who.person), Box("password", "password", common["password"]),
        Box("second", "second", common["second"]), asked, back_of(request, typed), passkey.usable(who.person),
    )  # fmt: skip


def second_signature(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], who: Acting) -> Signature:
    """The signature part for somebody else at the same device: their code, password and second factor."""
    common = labels.COMMON
    code = typed.get("second.person", "").strip()
    asked = not (code and person.in_session(_session(request, code, SECOND), code))
    roles: list[Role] = [r for r in cls.roles if r is not Role.NODE]
    chosen = typed.get("second.role", "")
    return Signature(
        cls, who, SECOND, wording.title(cls.code), vocabulary.MEANINGS[str(cls.meaning)], roles,
        Role(chosen) if chosen in roles else None, roles,
        Box("second.person", "code", "", value=code), Box("second.password", "password", common["password"]),
        Box("second.factor", "second", common["second"]), asked, back_of(request, typed),
        any_passkey=passkey.anybody(),
    )  # fmt: skip


def roles_of(cls: type[Action], typed: Mapping[str, str], who: Acting) -> tuple[list[Role], Role]:
    """The roles in which the person may sign this action here, and the one they sign in."""
    roles = [role for role in who.here if role in cls.roles]
    asked = typed.get("role", "")
    role = Role(asked) if asked in roles else who.role if who.role in roles or not roles else roles[0]
    return roles, role


# -- signing --------------------------------------------------------------------------------------------


def typed_of(request: HttpRequest) -> dict[str, str]:
    """What was typed, without the secrets: they are never drawn again."""
    return {name: str(value) for name, value in request.POST.items() if name not in SECRETS and "passkey" not in name}


def sign(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], who: Acting) -> Written:
    """Sign what was typed as the person in front of the screen; raises Refused, NotWritten or KeyMissing."""
    return _send(request, cls, typed, who, who.person, roles_of(cls, typed, who)[1], FIRST)


def sign_all(request: HttpRequest, acts: Sequence[tuple[Action, str, str]], typed: Mapping[str, str],
             who: Acting) -> list[Written]:  # fmt: skip
    """Sign several acts of one kind at once, each its own entry with its own id, all kept or none.

    ``acts`` holds for each the action, its act id and the versions seen; raises what ``sign`` raises.
    """
    if "passkey" in request.POST:
        # A passkey signs the bytes of one entry; several at once are signed with the password.
        raise Refused("no-passkey", person=who.person)
    cls = type(acts[0][0])
    happened_at = ActionForm(cls, who, typed).happened_at()
    role, pen = roles_of(cls, typed, who)[1], _password_pen(request, who.person, FIRST)
    reason = typed.get("reason", "")
    return perform_all(
        [
            Request(act, pen, who.site, role, one, happened_at, reason, seen(versions, act))
            for act, one, versions in acts
        ]
    )


def second_person(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], who: Acting) -> Written:
    """Sign as somebody else at this device, at the same site, in a role that they hold there.

    Fields ``second.person``, ``second.password``, ``second.factor`` and, if chosen, ``second.role``; with
    ``second.act`` and ``second.seen`` where one form holds the acts of both. Who is logged in stays so. The
    second factor is asked for unless this person signed beside this session within the ceremony's limits;
    attempts are counted as at the login. Raises what ``sign`` raises, and ``second-person-is-first``.
    """
    signer, role, own = _second(cls, typed, who)
    return _send(request, cls, {**typed, **own}, who, signer, role, SECOND)


def _second(cls: type[Action], typed: Mapping[str, str], who: Acting) -> tuple[str, Role | None, dict[str, str]]:
    """Who the second person is, the role they chose if any, and the act id and versions that are theirs."""
    other = typed.get("second.person", "").strip()
    if other == who.person:
        raise Refused("second-person-is-first", person=other)
    asked = typed.get("second.role", "")
    role = Role(asked) if asked in cls.roles and asked != Role.NODE else None
    return other, role, {name: typed[SECOND + name] for name in ("act", "seen") if SECOND + name in typed}


def _send(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], who: Acting, signer: str,
          role: Role | None, prefix: str) -> Written:  # fmt: skip
    token = request.POST.get(PROPOSAL, "")
    if "passkey" in request.POST and not token:
        _propose(request, cls, typed, who, signer, role)
    salt = bytes.fromhex(passkey.proposal(signer, token)["salt"]) if token else None
    asked = _asked(cls, typed, who, None, role, salt)
    asked = replace(asked, pen=_pen(request, signer, prefix))
    try:
        return referral.refer(asked, typed, salt) if cls is ReferPatient else perform_all([asked])[0]
    except Refused as refused:
        if refused.code == "signature-invalid":
            person.note(signer, "passkey-failed")
        raise


def _propose(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], who: Acting, signer: str,
             role: Role | None) -> NoReturn:  # fmt: skip
    """Tell the page's script what a passkey is to sign; nothing is written, and what the rule refuses is refused.

    After a refusal the script sends the form once more as it is, so that the page itself says why.
    """
    salt = os.urandom(32)
    asked = _asked(cls, typed, who, passkey.blank(signer, request.POST["passkey"]), role, salt)
    answer = passkey.ask(asked, {"salt": salt.hex()})
    if "passkey.ask" not in request.POST:
        raise Refused("passkey-not-used", person=signer)
    raise Answered(JsonResponse(answer))


def _asked(cls: type[Action], typed: Mapping[str, str], who: Acting, pen: Any, role: Role | None,
           salt: bytes | None) -> Request:  # fmt: skip
    """The act as it is typed; Refused names the field at fault. What a referral seals is only committed to."""
    form = ActionForm(cls, who, typed)
    data = form.data()
    happened_at = form.happened_at()
    if cls is ReferPatient:
        today = (happened_at or clock.now()).date()
        child = referral.identity_of(typed, today)
        commitment = sealed.commitment(salt, child) if salt else "pending"
        data |= {"age_months": child.age_months(today), "commitment": commitment}
    action: Action = cls.from_data(data)
    return Request(action, pen, who.site, role, typed.get("act", ""), happened_at, typed.get("reason", ""),
                   seen(typed.get("seen", ""), action))  # fmt: skip


def _pen(request: HttpRequest, signer: str, prefix: str) -> Pen | PasskeyPen:
    if request.POST.get(PROPOSAL):
        parts = {name: request.POST.get(f"passkey.{name}", "") for name in ASSERTION}
        return passkey.pen(signer, request.POST[PROPOSAL], parts)
    return _password_pen(request, signer, prefix)


def _password_pen(request: HttpRequest, signer: str, prefix: str) -> Pen:
    names = ("second.password", "second.factor") if prefix else ("password", "second")
    password, factor = (request.POST.get(name, "") for name in names)
    return person.open_pen(signer, password, factor.strip(), session=_session(request, signer, prefix))


def _session(request: HttpRequest, signer: str, prefix: str) -> str:
    """The continuous session of a signer: the browser's own, or one kept apart for somebody beside it."""
    own = request.session.session_key or ""
    return person.beside(own, signer) if prefix and own else own


def seen(text: str, action: Action) -> tuple[tuple[str, int], ...]:
    """The versions the person saw, of those subjects only that the action really touches."""
    touched = set(subjects_of(action))
    pairs = [part.rpartition("=") for part in text.split()]
    return tuple((name, int(version)) for name, _, version in pairs if name in touched and version.isdigit())


# -- what came of it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """What came of a signature: the entry, or a refusal, or the code of a fault that kept it from the disk."""

    written: Written | None = None
    refused: Refused | None = None
    not_written: str = ""

    @property
    def status(self) -> int:
        return 422 if self.refused else 503 if self.not_written else 200

    def sentence(self, zone: str, action: str) -> SafeString | str:
        """Why nothing was recorded, in the reader's language; empty when it was."""
        if self.refused:
            return wording.refusal(self.refused, zone, action)
        return wording.not_written(self.not_written) if self.not_written else ""


def attempt(call: Callable[[], Written]) -> Attempt:
    """Run ``sign`` or ``second_person``; every way in which nothing is written becomes a value to draw."""
    try:
        return Attempt(call())
    except Refused as refused:
        return Attempt(refused=refused)
    except NotWritten as fault:
        return Attempt(not_written=fault.code)
    except keys.KeyMissing:
        return Attempt(not_written="key-missing")
    except DatabaseError:
        return Attempt(not_written="database")


def tell(request: HttpRequest, written: Written) -> None:
    """Messages for the next page: what was done, and what came to light by it."""
    entry = written.entry
    messages.success(request, format_html("{}: {}", wording.done(entry.action.code), wording.subject_name(entry.about)))
    for found in entry.findings:
        messages.warning(request, wording.finding(found.code, found.facts, entry.zone))


def after(request: HttpRequest, written: Written) -> HttpResponse:
    """Tell what was done and go back to where the form stood, or to the page of what it was about."""
    tell(request, written)
    back = back_of(request, request.POST)
    return HttpResponseRedirect(back or addresses.of_subject(written.entry.about))


def back_of(request: HttpRequest, typed: Mapping[str, str]) -> str:
    """The internal address to return to, or nothing: an address of another host is dropped."""
    back = str(typed.get("back", "") or request.GET.get("back", ""))
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if safe else ""


__all__ = [
    "FIRST", "SECOND", "Attempt", "Signature", "after", "attempt", "back_of", "roles_of", "second_person",
    "second_signature", "seen", "sign", "sign_all", "signature", "tell", "typed_of",
]  # fmt: skip
