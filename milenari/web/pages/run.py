"""Run: a batch on a tablet in the clean room, one task at a time, scanned first and signed on the same page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from milenari.journal import ask, clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import bench, questions, reach
from milenari.rules import filling
from milenari.rules.action import ACTIONS, Action, Refused
from milenari.rules.form import ISSUED
from milenari.web import running, signing, wording, workplace
from milenari.web.access import Acting, acting, page
from milenari.web.forms import ActionForm, Box, at_fault
from milenari.web.judging import Judged, judged_phase
from milenari.web.running import Supply, Task
from milenari.web.wording import labels
from milenari.words import Facts

# What this page signs; everything else about a batch has a page of its own.
SIGNED_HERE = (
    "clear-line", "confirm-clearance", "consume-material", "spend-container", "sign-step", "verify-step", "hold-batch",
    "resume-batch", "open-deviation", "harvest-batch", "fill-batch", "reconcile-batch",
)  # fmt: skip
# The page can show one of these instead of the task that is next.
INSTEAD = ("hold-batch", "open-deviation")
CANNOT = "cannot"
HIDDEN = ("batch", "phase", "of")
SCANNED = ("what", "equipment", "room", "material", "container", "paper")
LATER = ("happened_at", "reason", "paper")
# A rule asked beforehand, with nothing filled in yet, may answer that something is not filled in.
NOT_YET = (
    "equipment-not-scanned",
    "room-not-scanned",
    "not-cleared",
    "reading-missing",
    "field-missing",
    "paper-form-differs",
    "reason-missing",
    "cells-unaccounted",
)
# What somebody who is not logged in may sign here, and the answers after which it cannot be who is.
BY_ANOTHER = ("confirm-clearance", "verify-step", "reconcile-batch", "resume-batch")
NEVER_ME = ("own-work", "role-not-held", "role-not-allowed", "untrained")
_FRESH = signing.Attempt()


@dataclass
class Bench:
    """The form of one task as the template draws it."""

    task: Task
    cls: type[Action]
    act: str
    seen: str
    present: str
    hidden: dict[str, str]
    boxes: list[Box]
    later: list[Box]
    signature: signing.Signature
    beside: bool
    purpose: Any
    title: Any
    expected: Supply | None = None
    compared: Judged | None = None
    warned: SafeString | str = ""
    sentence: SafeString | str = ""
    culprit: str = ""
    changed: bool = False
    open_later: bool = False
    two_ways: bool = False


@page
def run(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    row = questions.batch(code)
    if row is None:
        raise Refused("subject-unknown", kind="batch", code=code)
    who.require_sight(row.site, *questions.sites_of(row.subject))
    if request.method == "POST":
        return _sign(request, who, row)
    return _draw(request, who, row, {k: str(v) for k, v in request.GET.items()})


# -- signing --------------------------------------------------------------------------------------------


def _sign(request: HttpRequest, who: Acting, row: Any) -> HttpResponse:
    typed = signing.typed_of(request)
    cls = ACTIONS.get(typed.get("do", ""))
    if cls is None or cls.code not in SIGNED_HERE:
        raise Http404
    by = signing.second_person if typed.get("beside") and cls.code in BY_ANOTHER else signing.sign
    tried = signing.attempt(lambda: by(request, cls, _meant(cls, typed, row), who))
    if tried.written is None:
        return _draw(request, who, row, typed, tried)
    signing.tell(request, tried.written)
    return HttpResponseRedirect(reverse("run", args=[row.code]))


def _meant(cls: type[Action], typed: Mapping[str, str], row: Any) -> dict[str, str]:
    """What was typed, about this batch and no other."""
    meant = dict(typed)
    for name in ("batch", "of"):
        if name in cls.fields:
            meant[name] = row.subject if name == "of" else row.code
    return meant


# -- drawing --------------------------------------------------------------------------------------------


def _draw(request: HttpRequest, who: Acting, row: Any, typed: dict[str, str],
          tried: signing.Attempt = _FRESH) -> HttpResponse:  # fmt: skip
    sheet = read.sheet(row.subject)
    now = clock.now()
    due = running.tasks(sheet, workplace.clearing(sheet, sheet.next_phase(), row.site))
    show = typed.get("do") or typed.get("show", "")
    task = Task(show, about=row.code) if show in INSTEAD and not sheet.decision else due[0] if due else None
    bag = questions.collection(row.collection)
    form = _bench(request, who, row, sheet, task, typed) if task else None
    told = tried.sentence(who.zone, typed.get("do", ""))
    if form is not None and told and typed.get("task") == task.name:  # type: ignore[union-attr]
        _blame(form, tried, told)
        told = ""
    stations = running.stations(sheet)
    here = next((n for n, s in enumerate(stations, 1) if s.state in (running.NOW, running.CHECK)), 0)
    shown = {
        "row": row, "sheet": sheet, "form": form, "due": due, "cannot": show == CANNOT,
        "station": stations[here - 1] if here else None, "here": here, "stations": stations,
        "first": len(stations) - len([s for s in stations if s.state != running.DONE]) + 1,
        "unfinished": [s for s in stations if s.state != running.DONE],
        "clocks": running.clocks(sheet, bag.use_by if bag else None, now, _good_until(sheet, who.zone_of(row.site))),
        "now": now,
        "zone": who.zone_of(row.site), "elsewhere": who.site != row.site,
        "names": questions.names_of([s.by for s in sheet.steps]),
        "lacking": _lacking(sheet, row.site, who, now) if show == CANNOT else [],
        "instead": task is not None and task.code in INSTEAD, "told": told,
    }  # fmt: skip
    return render(request, "web/run.html", shown, status=tried.status)


def _good_until(sheet: Any, zone: str) -> datetime | None:
    return filling.good_until(DiskBook(), sheet, sheet.harvested_at, zone) if sheet.harvested_at else None


def _bench(request: HttpRequest, who: Acting, row: Any, sheet: Any, task: Task, typed: dict[str, str]) -> Bench:
    cls = ACTIONS[task.code]
    mine = typed.get("task") == task.name  # what was typed is kept for the same task only
    held = dict(typed) if mine else {k: v for k, v in typed.items() if k == "beside"}
    held["batch"], held["phase"] = row.code, task.phase
    if "of" in cls.fields:
        held["of"] = row.subject
    today = clock.now().astimezone(ZoneInfo(who.zone_of(row.site))).date()
    supply = _known(cls, row, sheet, task, held, today)
    rooms = workplace.rooms_for(sheet, phase, row.site, today) if cls.code == "sign-step" and (
        phase := _phase(sheet, task)).get("room") else None  # fmt: skip
    if rooms is not None:
        held.setdefault("room", rooms.first)
    form = ActionForm(cls, who, held)
    found = {box.name: box for box in form.boxes()}
    _narrow(found, supply, task)
    if rooms is not None:
        _offer(found["room"], rooms)
    later = [*(found.pop(name) for name in ("paper",) if name in found and cls.code == "sign-step"),
             Box("happened_at", "at", labels.COMMON["happened_at"], required=False, value=held.get("happened_at", ""),
                 zone=who.zone, twice=held.get("happened_at.which") is not None)]  # fmt: skip
    for box in later:
        if box.name == "paper":
            box.options = [(f.code, "") for f in reach.forms_of(row.code) if f.state == ISSUED]
    reason = Box("reason", "text", labels.COMMON["reason"], required=cls.needs_reason, value=held.get("reason", ""),
                 longest=2000)  # fmt: skip
    boxes = [box for name, box in found.items() if name not in HIDDEN]
    compared = judged_phase(sheet, task.phase) if cls.code == "verify-step" else None
    if cls.code == "verify-step":
        boxes = [box for box in boxes if box.name != "paper" or (compared and compared.done.paper)]
        for box in boxes:
            box.value = held.get("paper", "")
    boxes.sort(key=lambda box: box.name not in SCANNED)
    (boxes if cls.needs_reason else later).append(reason)
    answer, present = _asked(cls, who, row, task), f"{row.subject}={sheet.version}"
    beside = cls.code in BY_ANOTHER and _beside(held, mine, answer)
    drawn = signing.second_signature if beside else signing.signature
    return Bench(
        task, cls, (held.get("act", "") if mine else "") or str(uuid.uuid4()),
        (held.get("seen", "") if mine else "") or present, present,
        {"do": cls.code, "task": task.name, **{name: held[name] for name in HIDDEN if name in cls.fields}},
        boxes, later, drawn(request, cls, held, who), beside, wording.purpose(cls.code), wording.title(cls.code),
        supply, compared, "" if beside or answer is None else wording.refusal(answer, who.zone, cls.code),
        open_later=any(held.get(name) for name in LATER),
        two_ways=cls.code in BY_ANOTHER and (answer is None or answer.code not in NEVER_ME),
    )  # fmt: skip


def _beside(held: Mapping[str, str], mine: bool, answer: Refused | None) -> bool:
    """Whether the form is for another person at this device: as chosen, or because it cannot be this one."""
    if mine or "beside" in held:
        return held.get("beside", "") == "1"
    return answer is not None and answer.code in NEVER_ME


def _asked(cls: type[Action], who: Acting, row: Any, task: Task) -> Refused | None:
    """What the rule would say to this person now, before anything is filled in; nothing if it would go on."""
    known = {"batch": row.code, "phase": task.phase}
    if cls.code == "reconcile-batch":
        known |= {name: {"value": "0", "unit": "10*6"} for name in ("sampled", "retained", "discarded")}
    elif cls.code == "confirm-clearance":
        known["what"] = task.about
    elif cls.code not in ("sign-step", "verify-step", "resume-batch"):
        return None
    action = cls.from_data({name: value for name, value in known.items() if name in cls.fields})
    asker = ask.Asker(who.person, signing.roles_of(cls, {}, who)[1], who.site)
    answer = ask.Supposed().ask(action, asker, reason="asked beforehand")
    return answer if isinstance(answer, Refused) and answer.code not in NOT_YET else None


def _known(cls: type[Action], row: Any, sheet: Any, task: Task, held: dict[str, str], today: Any) -> Supply | None:
    """Fill in what the node knows already, never over what was typed; a vector container is always scanned."""
    supply = None
    if cls.code == "consume-material":
        supply = running.lots_for(task.about, row.site, today)
        held.setdefault("material", supply.first)
    elif cls.code == "spend-container":
        supply = running.containers_for(row.journey, row.site)
    elif cls.code == "sign-step" and (kind := _phase(sheet, task).get("equipment")):
        supply = running.equipment_for(sheet, kind, row.site, today)
        held.setdefault("equipment", supply.first)
    elif cls.code == "clear-line":
        supply = workplace.to_clear(sheet, _phase(sheet, task), task.about, row.site, today)
        held.setdefault("what", supply.first)
    elif cls.code == "confirm-clearance":
        supply = Supply(task.about, "", [(task.about, "")])
        held.setdefault("what", supply.first)
    elif cls.code == "open-deviation":
        taken = {d.code for d in sheet.deviations}
        held.setdefault("deviation", next(c for n in range(1, 1000) if (c := f"D-{row.code}-{n}") not in taken))
    return supply


def _phase(sheet: Any, task: Task) -> Facts:
    return next((p for p in sheet.phases if p["code"] == task.phase), {})


def _narrow(found: dict[str, Box], supply: Supply | None, task: Task) -> None:
    """Offer only what fits this phase, and ask for nothing that the phase does not use."""
    for name in SCANNED:
        if name in found:
            found[name].scan = True
    if task.code == "sign-step":
        inside = found.pop("readings").inside
        if supply is None:
            found.pop("equipment")
        found |= {box.name: box for box in inside}
    if supply is None:
        return
    for name in ("material", "container", "equipment", "what"):
        if name in found:
            _offer(found[name], supply)
    if "amount" in found and supply.unit:
        found["amount"].options = [(supply.unit, wording.unit(supply.unit))]
        found["amount"].unit = supply.unit


def _offer(box: Box, supply: Supply) -> None:
    """Only what fits may be chosen, and something has to be."""
    box.choices, box.required = [], True
    box.options = [(code, about) for code, about in supply.offered]


def _blame(form: Bench, tried: signing.Attempt, sentence: SafeString | str) -> None:
    form.sentence = sentence
    refused = tried.refused
    if refused is None:
        return
    boxes = {b.name: b for box in [*form.boxes, *form.later] for b in (box, *box.inside)}
    form.culprit = form.signature.blame(refused, sentence)
    name = "" if form.culprit else at_fault(refused, boxes)
    if name:
        boxes[name].error = sentence
        boxes[name].twice = boxes[name].twice or refused.code == "local-time-twice"
        form.culprit = boxes[name].id
    form.open_later = form.open_later or any(box.error for box in form.later)
    if refused.code == "act-id-reused":
        form.act = str(uuid.uuid4())
    if refused.code == "changed-meanwhile":
        # The person has now been told; what they sign next is over the present state.
        form.changed, form.seen = True, form.present


def _lacking(sheet: Any, site: str, who: Acting, now: Any) -> list[Any]:
    """For each thing the phase needs and the bench does not have: the class, and the lots nobody may use."""
    phase = sheet.next_phase() or {}
    today = now.astimezone(ZoneInfo(who.zone_of(site))).date()
    found: list[tuple[str, str, list[Any]]] = []
    for kind in phase.get("materials", ()):
        if not bench.usable_lots(kind, site, today):
            found.append(("material", kind, bench.unusable_lots(kind, site, today)))
    kind = phase.get("equipment")
    if kind:
        here = running.instruments(kind, site, today)
        if not any(thing.state.fit for thing in here):
            found.append(("equipment", kind, here))
    if phase.get("room") and not workplace.rooms_for(sheet, phase, site, today).offered:
        found.append(("room", phase["room"], []))
    if phase.get("vector") and not sheet.container and not bench.containers_here(sheet.journey, site):
        found.append(("container", "", []))
    return found
