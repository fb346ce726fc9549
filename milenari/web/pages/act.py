"""Act: the one page on which any action is filled in, signed and sent through the one door."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString

from milenari.journal import clock, keys, person, read, sealed
from milenari.journal.perform import NotWritten, Written, perform
from milenari.registers import questions
from milenari.rules.action import ACTIONS, Action, Refused
from milenari.rules.chain import mint
from milenari.web import addresses, fraction, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import ActionForm, Box, at_fault
from milenari.web.wording import labels, vocabulary
from milenari.words import Role, split_subject

IDENTITY = ("family_name", "given_name", "born_on", "hospital_number")


@dataclass
class Sheet:
    """Everything the template draws of one form."""

    cls: type[Action]
    form: ActionForm
    acting: Acting
    boxes: list[Box]
    identity: list[Box]
    happened_at: Box
    reason: Box
    password: Box
    second: Box
    act: str
    seen: str
    roles: list[Role]
    role: Role
    needs_second: bool
    sentence: SafeString | str = ""
    culprit: str = ""
    title: Any = ""
    purpose: Any = ""
    meaning: Any = ""
    others: list[Role] = field(default_factory=list)


@page
def act(request: HttpRequest, code: str) -> HttpResponse:
    cls = ACTIONS.get(code)
    if cls is None or (Role.NODE in cls.roles and len(cls.roles) == 1):
        raise Http404
    if request.method != "POST":
        return _draw(request, cls, _fresh(request, cls))
    return _sign(request, cls)


# -- drawing --------------------------------------------------------------------------------------------


def _fresh(request: HttpRequest, cls: type[Action]) -> dict[str, str]:
    """What stands in a form before anybody typed: the address's query, and what the node proposes."""
    typed = {name: str(value) for name, value in request.GET.items() if name in cls.fields or name.endswith(".unit")}
    who = acting(request)
    form = ActionForm(cls, who, typed)
    if cls.code == "issue-coi":
        typed.setdefault("coi", mint(who.site, os.urandom(16)))
    if cls.code == "sign-step" and (batch := form.batch()) and (phase := batch.next_phase()):
        typed.setdefault("phase", phase["code"])
    if cls.code == "open-emergency-access":
        typed.setdefault("person", who.person)
    if cls.code == "receive" and (found := typed.get("what", "")) and ":" in found:
        typed.setdefault("transfer", str(getattr(read.sheet(found), "transfer", "") or ""))
    if cls.code == "start-batch":
        typed.setdefault("process_version", _version_in_force(typed.get("journey", ""), who.site))
    typed["act"] = str(uuid.uuid4())
    typed["seen"] = _versions(form)
    return typed


def _version_in_force(journey: str, site: str) -> str:
    found = questions.journey(journey) if journey else None
    if found is None:
        return ""
    edition = read.sheet(f"masterfile:{found.journey.process}").effective(clock.now().date())
    return dict(edition.annexes).get(site, "") if edition else ""


def _versions(form: ActionForm) -> str:
    """The subjects named so far, each with the version the person has before their eyes."""
    held = [(name, read.sheet(name).version) for name in form.subjects() if split_subject(name)[0] != "roll"]
    return " ".join(f"{name}={version}" for name, version in held if version)


def _sheet(request: HttpRequest, cls: type[Action], typed: Mapping[str, str]) -> Sheet:
    who = acting(request)
    form = ActionForm(cls, who, typed)
    roles = [role for role in who.here if role in cls.roles]
    asked = typed.get("role", "")
    role = Role(asked) if asked in roles else who.role if who.role in roles or not roles else roles[0]
    common = labels.COMMON
    return Sheet(
        cls, form, who, form.boxes(),
        _identity(typed) if cls.code == "refer-patient" else [],
        Box("happened_at", "at", common["happened_at"], required=False, value=typed.get("happened_at", ""),
            zone=who.zone, twice=typed.get("happened_at.which") is not None),
        Box("reason", "text", common["reason"], required=cls.needs_reason, value=typed.get("reason", ""), longest=2000),
        Box("password", "password", common["password"]), Box("second", "second", common["second"]),
        typed.get("act", "") or str(uuid.uuid4()), typed.get("seen", ""), roles, role,
        not person.in_session(request.session.session_key or "", who.person),
        title=wording.title(cls.code), purpose=wording.purpose(cls.code),
        meaning=vocabulary.MEANINGS[str(cls.meaning)], others=[r for r in cls.roles if r is not Role.NODE],
    )  # fmt: skip


def _identity(typed: Mapping[str, str]) -> list[Box]:
    return [
        Box(name, "on" if name == "born_on" else "text", labels.COMMON[name], value=typed.get(name, ""), longest=120)
        for name in IDENTITY
    ]


def _draw(request: HttpRequest, cls: type[Action], typed: Mapping[str, str], status: int = 200,
          refused: Refused | None = None, not_written: str = "") -> HttpResponse:  # fmt: skip
    sheet = _sheet(request, cls, typed)
    if refused is not None:
        everything = [*sheet.boxes, *sheet.identity, sheet.happened_at, sheet.reason, sheet.password, sheet.second]
        boxes = {b.name: b for box in everything for b in (box, *box.inside)}
        sheet.sentence = wording.refusal(refused, sheet.acting.zone, cls.code)
        sheet.culprit = at_fault(refused, boxes)
        if sheet.culprit:
            boxes[sheet.culprit].error = sheet.sentence
        if refused.code == "local-time-twice" and sheet.culprit:
            boxes[sheet.culprit].twice = True
        if refused.code == "act-id-reused":
            sheet.act = str(uuid.uuid4())
        if refused.code == "changed-meanwhile":
            # The person has now been told; what they sign next is over the present state.
            sheet.seen = _versions(sheet.form)
    if not_written:
        sheet.sentence = wording.not_written(not_written)
    codes = {"sheet": sheet, "changed": refused.facts.get("subject", "") if refused and refused.code ==
             "changed-meanwhile" else "", "demo_logins": settings.DEMO,
             "fraction": fraction.fraction(typed.get("dose", "")) if "dose" in cls.fields else None}  # fmt: skip
    return render(request, "web/act.html", codes, status=status)


# -- signing --------------------------------------------------------------------------------------------


def _sign(request: HttpRequest, cls: type[Action]) -> HttpResponse:
    typed = {name: str(value) for name, value in request.POST.items() if name not in ("password", "second")}
    try:
        written = _send(request, cls, typed)
    except Refused as refused:
        return _draw(request, cls, typed, 422, refused=refused)
    except NotWritten as fault:
        return _draw(request, cls, typed, 503, not_written=fault.code)
    except keys.KeyMissing:
        return _draw(request, cls, typed, 503, not_written="key-missing")
    except DatabaseError:
        return _draw(request, cls, typed, 503, not_written="database")
    return _after(request, written)


def _send(request: HttpRequest, cls: type[Action], typed: dict[str, str]) -> Written:
    who = acting(request)
    form = ActionForm(cls, who, typed)
    data = form.data()
    happened_at = form.happened_at()
    identity = None
    if cls.code == "refer-patient":
        identity = _read_identity(typed)
        today = (happened_at or clock.now()).date()
        data |= {"age_months": identity.age_months(today), "commitment": "pending"}
        if identity.born_on > today:
            raise Refused("born-in-future", field="born_on")
    action: Any = cls.from_data(data)
    roles = [role for role in who.here if role in cls.roles]
    role = (
        Role(typed["role"]) if typed.get("role") in roles else who.role if who.role in roles or not roles else roles[0]
    )
    pen = person.open_pen(
        who.person, request.POST.get("password", ""), request.POST.get("second", "").strip(),
        session=request.session.session_key or "",
    )  # fmt: skip
    told: dict[str, Any] = {"site": who.site, "role": role, "act": typed.get("act", ""), "happened_at": happened_at,
            "reason": typed.get("reason", ""), "seen": _seen(typed.get("seen", ""), action)}  # fmt: skip
    if identity is None:
        written = perform(action, who.person, pen, **told)
    else:
        written = _refer(cls, data, identity, who, pen, told)
    return written


def _refer(cls: type[Action], data: dict[str, Any], identity: sealed.Identity, who: Acting, pen: Any,
           told: dict[str, Any]) -> Written:  # fmt: skip
    """Seal the identity and write its entry, both or neither; the second of two clicks finds the first."""
    with transaction.atomic():
        try:
            earlier = read.entry_of_act(told["act"])
        except Refused:
            pass
        else:
            if earlier.entry.by != who.person or earlier.entry.action.code != cls.code:
                raise Refused("act-id-reused", act=told["act"], action=cls.code)
            return Written(earlier.entry, earlier.site, earlier.index, earlier.position,
                           bytes.fromhex(earlier.leaf), repeated=True)  # fmt: skip
        commitment = sealed.keep(who.site, str(data["journey"]), identity)
        return perform(cls.from_data({**data, "commitment": commitment}), who.person, pen, **told)


def _read_identity(typed: Mapping[str, str]) -> sealed.Identity:
    family, given, born, number = (typed.get(name, "").strip() for name in IDENTITY)
    if not (family and given and born and number):
        missing = next(name for name in IDENTITY if not typed.get(name, "").strip())
        raise Refused("identity-incomplete", field=missing)
    try:
        return sealed.Identity(family, given, date.fromisoformat(born), number)
    except ValueError as fault:
        raise Refused("field-unreadable", field="born_on", found=born[:80], kind="on") from fault


def _seen(text: str, action: Action) -> tuple[tuple[str, int], ...]:
    """The versions the person saw, of those subjects only that the action really touches."""
    from milenari.rules.fields import subjects_of

    touched = set(subjects_of(action))
    pairs = [part.rpartition("=") for part in text.split()]
    return tuple((name, int(version)) for name, _, version in pairs if name in touched and version.isdigit())


def _after(request: HttpRequest, written: Written) -> HttpResponse:
    entry = written.entry
    code = entry.action.code
    messages.success(request, format_html("{}: {}", wording.done(code), wording.subject_name(entry.about)))
    for found in entry.findings:
        messages.warning(request, wording.finding(found.code, found.facts, entry.zone))
    return HttpResponseRedirect(addresses.of_subject(entry.about))
