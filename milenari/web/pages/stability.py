"""Stability: the points of one study with the lines through them, the limit, and the shelf life before it is signed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from milenari.journal import ask, read
from milenari.journal.fold import DiskBook
from milenari.registers import lasting, studies
from milenari.rules.action import Refused
from milenari.rules.stability import ComputeShelfLife, StabilityStudy
from milenari.web import next_acts, signing, telling, wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import shelf
from milenari.web.pages.studies import figure
from milenari.web.wording import comparing as words

_FRESH = signing.Attempt()


@page
def of(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    _study_of(who, code)
    if request.method != "POST":
        return _draw(request, who, code, {"error": request.GET.get("error", "")}, _FRESH)
    typed = signing.typed_of(request)
    # Computed again from the record; figures that came since the page was drawn are refused by their digest.
    found = lasting.shelf_life(_study_of(who, code), _error(typed))
    whole = dict(typed)
    if found.months is not None:
        made = lasting.as_shelf_life(found)
        whole |= {"study": code, "months": str(made["months"]), "method": made["method"],
                  "detail": json.dumps(made["detail"])}  # fmt: skip
    tried = signing.attempt(lambda: signing.sign(request, ComputeShelfLife, whole, who))
    return signing.after(request, tried.written) if tried.written else _draw(request, who, code, typed, tried)


def _study_of(who: Acting, code: str) -> StabilityStudy:
    found: StabilityStudy = DiskBook().sheet(f"stability:{code}")
    if not found.exists:
        raise Refused("subject-unknown", kind="stability", code=code)
    who.require_sight(found.owner)
    return found


def _error(typed: Mapping[str, str]) -> str:
    return typed["error"] if typed.get("error") in lasting.ERRORS else "separate"


def _draw(request: HttpRequest, who: Acting, code: str, typed: Mapping[str, str],
          tried: signing.Attempt) -> HttpResponse:  # fmt: skip
    study, cls = _study_of(who, code), ComputeShelfLife
    both = {error: lasting.shelf_life(study, error) for error in lasting.ERRORS}
    found = both[_error(typed)]
    part = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code)
    if tried.refused:
        part.blame(tried.refused, sentence)
        if tried.refused.code in ("changed-meanwhile", "act-id-reused"):
            typed = {**typed, "act": "", "seen": ""}
    here, back = {"study": code}, {"back": request.path}
    open_now = [p for p in study.points if not p.verified_by]
    codes = ["record-stability"]
    if study.computed and study.computed[-1].figures == study.figures():
        codes.append("approve-shelf-life")
    shown: dict[str, Any] = {
        "study": study, "found": found, "limit": wording.number(study.limit, study.unit),
        "picture": shelf.points(study, found, wording.unit(study.unit)),
        "verdict": _verdict(found), "facts": _facts(found, study.unit), "lines": _lines(found, study.unit),
        "lacking": found.found.lacking if found.found else (),
        "choices": [(error, words.ERRORS[error], error == found.error, both[error].months) for error in both],
        "next": [next_acts.offer(who, act, shelflife=study.process, **here, **back) for act in codes],
        "verify": [(p, next_acts.offer(who, "verify-stability", sample=p.sample, **here, **back)) for p in open_now],
        "points": sorted(study.points, key=lambda p: (p.lot, p.months, p.sample)),
        "in_force": studies.shelf_life_of(study.process), "signature": part, "sentence": sentence,
        "title": wording.title(cls.code), "against": _against(who, found), "zone": who.zone,
        "act": typed.get("act") or str(uuid.uuid4()), "seen": typed.get("seen") or f"stability:{code}={study.version}",
        "told": telling.tell(read.entries_about(f"stability:{code}"), [f"stability:{code}"]),
    }  # fmt: skip
    return render(request, "web/stability.html", shown, status=tried.status)


def _verdict(found: lasting.Lasting) -> Any:
    if found.found is None:
        why = found.unfit
        return wording.filled(words.unfit(why), {"code": wording.isolated(why.code if why else "")})
    return words.STABILITY_VERDICTS[str(found.found.verdict)]


def _facts(found: lasting.Lasting, unit: str) -> list[tuple[Any, Any]]:
    """What was tested and what decided, as the page lists it."""
    made = found.found
    if made is None:
        return []
    told: list[tuple[Any, Any]] = [
        (_("Model"), words.MODELS[str(made.model)]),
        (_("Equal slopes, p"), figure(made.slopes.p)),
        (_("Equal levels, p"), figure(made.intercepts.p)),
        (_("Limit of the mean meets the specification after"), _months(made.crossing)),
        (_("Last measurement"), _months(made.last_month)),
    ]
    if made.worst:
        told.append((_("Lot that decides"), wording.isolated(made.worst)))
    if made.capped:
        told.append((_("Decided by"), _("how far the plan allows beyond the data")))
    return told


def _months(value: float) -> Any:
    if abs(value) == float("inf"):
        return _("never within these lines")
    return figure(value, "mo")


def _lines(found: lasting.Lasting, unit: str) -> list[tuple[Any, ...]]:
    if found.found is None:
        return []
    return [
        (b.batch, wording.number(b.n), *(figure(v, unit) for v in (b.own_intercept, b.own_slope)), _months(b.crossing))
        for b in found.found.batches
    ]


def _against(who: Acting, found: lasting.Lasting) -> Any:
    """Why this person's act would be refused now, as the rule says it; nothing when it would be taken."""
    if found.months is None:
        return None
    cls = ComputeShelfLife
    act = cls.from_data(lasting.as_shelf_life(found))
    answer = ask.Supposed().ask(act, ask.Asker(who.person, signing.roles_of(cls, {}, who)[1], who.site))
    return wording.refusal(answer, who.zone, cls.code) if isinstance(answer, Refused) else None
