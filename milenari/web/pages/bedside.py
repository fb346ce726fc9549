"""Bedside: scan the wristband, scan the bag, one verdict; decide, sign twice, give.

Built for a ward nurse with a tablet at three in the morning: one thing at a time. Two scans are shown to the
rules before anybody signs; until then they are kept only in the form, sealed with their time.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core import signing as sealing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, read, sealed
from milenari.registers import questions, ward
from milenari.rules.action import ACTIONS, Refused
from milenari.rules.carrier import thing_scanned
from milenari.rules.infusion import SCAN_HOLDS
from milenari.web import addresses, fraction, signing, verdict
from milenari.web.access import Acting, acting, page
from milenari.web.verdict import Verdict
from milenari.web.wording import bedside as words
from milenari.words import Role

SALT = "milenari.bedside.scan"
STEPS = ("decide-fraction", "scan-bedside", "confirm-bedside", "administer-fraction")
AT_SIGNATURE = ("login-failed", "login-locked", "second-factor-needed", "second-person-is-first")


@dataclass
class Desk:
    """Everything that the page draws about one fraction at one moment."""

    who: Acting
    dose: Any
    journey: Any
    batch: Any
    step: str = ""
    verdict: Verdict | None = None
    scan: dict[str, str] = field(default_factory=dict)
    token: str = ""
    sentence: Any = ""
    status: int = 200

    @property
    def name(self) -> str:
        return f"dose:{self.dose.code}"

    @property
    def subject(self) -> str:
        return f"journey:{self.dose.journey}"


@page
def start(request: HttpRequest) -> HttpResponse:
    """Two empty fields, and the fractions that wait at this hospital."""
    who = acting(request)
    if request.method == "POST":
        return _scanned(request, who, "")
    return _start(request, who)


def _start(request: HttpRequest, who: Acting, found: Verdict | None = None, status: int = 200) -> HttpResponse:
    waiting, total = ward.fractions_waiting(who.site)
    shown = {"waiting": waiting, "total": total, "verdict": found, "scan": request.POST, "zone": who.zone,
             "callees": verdict.callees(who, found)}  # fmt: skip
    return render(request, "web/bedside_start.html", shown, status=status)


@page
def of(request: HttpRequest, code: str) -> HttpResponse:
    """One fraction, or the next one of a journey, at its present step."""
    who = acting(request)
    dose = read.sheet(f"dose:{code}")
    if not dose.exists:
        following = ward.next_fraction(code) or ward.next_fraction(questions.journey_by_coi(code))
        if not following:
            raise Refused("subject-unknown", kind="dose", code=code)
        return HttpResponseRedirect(reverse("bedside-of", args=[following]))
    desk = _desk(who, dose)
    if request.method == "POST":
        done = request.POST.get("do", "")
        return _scanned(request, who, code) if done not in STEPS else _signed(request, desk, done)
    return _draw(request, _stand(desk))


def _desk(who: Acting, dose: Any) -> Desk:
    who.require_sight(dose.owner, dose.bound_for, *questions.sites_of(f"dose:{dose.code}"))
    return Desk(who, dose, read.sheet(f"journey:{dose.journey}"), read.sheet(f"batch:{dose.batch}"))


# -- where it stands ------------------------------------------------------------------------------------


def _stand(desk: Desk) -> Desk:
    """The step that is next, and what the rules say before it is done. No step is green before two real scans."""
    dose, who = desk.dose, desk.who
    if dose.given_at is not None:
        desk.step = "given"
    elif dose.decision == "administer" and dose.confirmed_by:
        desk.step, desk.verdict = "administer-fraction", verdict.of_dose(who, dose.code)
    elif dose.decision == "administer" and dose.scanned_at is not None:
        desk.step, desk.verdict = "confirm-bedside", verdict.of_first_scan(who, dose.code)
    else:
        desk.step = "look"
        # Supposing that wristband and bag fit: what else would stop this fraction is said before anybody scans.
        foreseen = verdict.of_scan(who, dose.code, dose.coi, dose.code)
        desk.verdict = None if foreseen.give else foreseen
    if desk.verdict is not None and desk.verdict.code == "scan-too-old":
        desk.step = "look"
    if desk.verdict is not None and desk.verdict.code in ("not-decided", "held"):
        desk.step = "decide-fraction"
        against = verdict.of_decision(who, dose.code, _physician(who))
        desk.verdict = against or desk.verdict
    return desk


def _physician(who: Acting) -> str:
    """In whose name it is asked what stands against a decision: one's own, or a physician's of this hospital."""
    if Role.PHYSICIAN in who.here:
        return who.person
    today = clock.now().astimezone(ZoneInfo(who.zone)).date()
    return next((h.person for h in ward.holders((Role.PHYSICIAN,), [who.site], today, most=1)), "")


def _scanned(request: HttpRequest, who: Acting, code: str) -> HttpResponse:
    """Two scans, looked at by the rules; the bag names the fraction where the page does not."""
    wristband, bag = (request.POST.get(name, "").strip() for name in ("wristband", "bag"))
    if not (wristband and bag):
        return _half(request, who, code)
    try:
        code = code or thing_scanned(bag)
        dose = read.sheet(f"dose:{code}") if code.isascii() and code.isprintable() else None
        if dose is None or not dose.exists:
            raise Refused("subject-unknown", kind="dose", code=code[:60])
        desk = _desk(who, dose)
    except Refused as fault:
        return _start(request, who, verdict.refused(fault, who.zone), 422)
    found = verdict.of_scan(who, dose.code, wristband, bag)
    if not found.give:
        desk.step = "decide-fraction" if found.code in ("not-decided", "held") else "look"
        desk.verdict, desk.status, desk.scan = found, 422, {"wristband": wristband, "bag": bag}
        return _draw(request, desk)
    desk.step, desk.verdict = "scan-bedside", found
    desk.scan = {"wristband": wristband, "bag": bag, "at": clock.now().isoformat(), "by": who.person, "dose": dose.code}
    desk.token = sealing.dumps(desk.scan, salt=SALT)
    return _draw(request, desk)


def _half(request: HttpRequest, who: Acting, code: str) -> HttpResponse:
    """One of the two codes is there: a scanner without JavaScript sends after each; the other field waits."""
    if not code:
        return _start(request, who)
    desk = _desk(who, read.sheet(f"dose:{code}"))
    desk.step, desk.scan = "look", {name: request.POST.get(name, "").strip() for name in ("wristband", "bag")}
    return _draw(request, desk)


# -- signing --------------------------------------------------------------------------------------------


def _signed(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """One of the four acts, signed by whoever is logged in or by somebody beside; back to the same bed."""
    who, cls = desk.who, ACTIONS[code]
    typed = {**signing.typed_of(request), "dose": desk.dose.code, "journey": desk.dose.journey}
    typed.pop("happened_at", None)
    desk.step = code
    if code == "scan-bedside":
        kept = _kept(request, desk)
        if kept is None:
            desk.verdict = verdict.refused(Refused("scan-too-old", dose=desk.dose.code, scanned_at=None), who.zone)
            desk.step, desk.status = "look", 422
            return _draw(request, desk)
        typed |= {"wristband": kept["wristband"], "bag": kept["bag"], "happened_at": kept["at"]}
        desk.verdict = verdict.of_scan(who, desk.dose.code, kept["wristband"], kept["bag"])
    call = signing.second_person if typed.get("beside") else signing.sign
    tried = signing.attempt(lambda: call(request, cls, typed, who))
    if tried.written:
        signing.tell(request, tried.written)
        return HttpResponseRedirect(reverse("bedside-of", args=[desk.dose.code]))
    desk.status, desk.sentence = tried.status, tried.sentence(who.zone, code)
    if tried.refused and tried.refused.code not in AT_SIGNATURE and _about_the_bag(tried.refused):
        desk.verdict, desk.sentence = verdict.refused(tried.refused, who.zone, code), ""
    elif desk.verdict is None:
        desk.verdict = _stand(_desk(who, desk.dose)).verdict
    return _draw(request, desk, typed, tried.refused)


def _about_the_bag(fault: Refused) -> bool:
    """Whether a refusal says something about patient or product, so that it is shown as the verdict."""
    return fault.code in words.WAIT or fault.code in words.STOP


def _kept(request: HttpRequest, desk: Desk) -> dict[str, str] | None:
    """The scans as they were looked at, if they are this person's, this fraction's and not too old."""
    try:
        kept = sealing.loads(request.POST.get("scan", ""), salt=SALT, max_age=SCAN_HOLDS)
    except sealing.BadSignature:
        return None
    desk.scan, desk.token = kept, request.POST.get("scan", "")
    return kept if (kept["by"], kept["dose"]) == (desk.who.person, desk.dose.code) else None


# -- drawing --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """One of the four acts in the row above: done by whom and when, now, or ahead."""

    code: str
    state: str
    by: str = ""
    at: datetime | None = None


def _draw(request: HttpRequest, desk: Desk, typed: dict[str, str] | None = None,
          refused: Refused | None = None) -> HttpResponse:  # fmt: skip
    who, dose, typed = desk.who, desk.dose, typed or {}
    part = None
    if desk.step in STEPS:
        part = _part(request, desk, typed)
        if refused is not None and part is not None:
            part.blame(refused, desk.sentence)
    # The person has now been told; what they sign next is another act, over the present state.
    stale = refused is not None and refused.code in ("changed-meanwhile", "act-id-reused")
    persons = [p for p in (dose.scanned_by, dose.confirmed_by) if p]
    shown = {
        "desk": desk, "dose": dose, "journey": desk.journey, "verdict": desk.verdict, "signature": part,
        "of": len(desk.batch.doses), "fraction": fraction.fraction(dose.code), "zone": who.zone,
        "earlier": fraction.earlier(desk.journey), "marks": _marks(desk), "names": questions.names_of(persons),
        "act": "" if stale else typed.get("act", ""), "seen": "" if stale else typed.get("seen", ""),
        "typed": typed, "callees": verdict.callees(who, desk.verdict), "links": _links(desk),
        "identity": _identity(desk), "following": ward.next_fraction(dose.journey) if dose.given_at else "",
        "holds_until": dose.scanned_at + SCAN_HOLDS if dose.scanned_at and not dose.given_at else None,
    }  # fmt: skip
    shown["act"], shown["seen"] = shown["act"] or str(uuid.uuid4()), shown["seen"] or _seen(desk)
    return render(request, "web/bedside.html", shown, status=desk.status)


def _part(request: HttpRequest, desk: Desk, typed: dict[str, str]) -> signing.Signature:
    """Who signs this step: the person logged in where the rules let them, else somebody beside."""
    who, cls = desk.who, ACTIONS[desk.step]
    mine = any(role in cls.roles for role in who.here)
    if desk.step == "confirm-bedside" and desk.dose.scanned_by == who.person:
        mine = False
    if typed.get("beside") or (not mine and desk.step in ("confirm-bedside", "decide-fraction")):
        return signing.second_signature(request, cls, typed, who)
    return signing.signature(request, cls, typed, who)


def _seen(desk: Desk) -> str:
    return " ".join(f"{n}={s.version}" for n, s in ((desk.name, desk.dose), (desk.subject, desk.journey)))


def _marks(desk: Desk) -> list[Mark]:
    dose = desk.dose
    done = {
        "decide-fraction": ("", dose.decided_at if dose.decision == "administer" else None),
        "scan-bedside": (dose.scanned_by, dose.scanned_at),
        "confirm-bedside": (dose.confirmed_by, dose.confirmed_at),
        "administer-fraction": ("", dose.given_at),
    }
    now = "scan-bedside" if desk.step == "look" else desk.step
    states = {code: "now" if code == now else "done" if at else "ahead" for code, (_, at) in done.items()}
    return [Mark(code, states[code], by, at) for code, (by, at) in done.items()]


def _identity(desk: Desk) -> Any:
    """The name to ask the patient for: only for those who may see it here, and only with nothing against it."""
    row = desk.journey
    shown = desk.step in ("scan-bedside", "confirm-bedside", "administer-fraction") and not row.erased
    fits = desk.verdict is not None and desk.verdict.give
    return sealed.shown_to(row.code, desk.who.person) if shown and fits and desk.who.knows_identity(row.owner) else None


def _links(desk: Desk) -> list[tuple[str, str]]:
    """What can be done about a verdict right here: the form of it, which comes back to this bed."""
    acts = words.REMEDIES.get(desk.verdict.code, ()) if desk.verdict else ()
    back = reverse("bedside-of", args=[desk.dose.code])
    return [(code, addresses.of_action(code, journey=desk.dose.journey, back=back)) for code in acts]
