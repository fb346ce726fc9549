"""Safety desk: adverse events with what each is and the report owed next; one event, with what its report lacks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import hyperinflammation, safety
from milenari.rules import adverse_event, case_report, safety_duty
from milenari.rules.action import Refused
from milenari.rules.adverse_event import AdverseEvent, EventReview
from milenari.rules.hyperinflammation import limits_for
from milenari.web import addresses, next_acts, telling
from milenari.web.access import Acting, acting, page
from milenari.web.charts import toxicity
from milenari.web.countdown import Countdown
from milenari.web.paging import Paging, number_of
from milenari.web.wording import hyperinflammation as alerting
from milenari.web.wording import safety as words
from milenari.words import Role

PAGE = 25
CONCERNED = (Role.INVESTIGATOR, Role.PHYSICIAN, Role.COORDINATOR, Role.DATA_MANAGER, Role.QA)


@page
def desk(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "tab")}
    tab = asked["tab"] if asked["tab"] in safety.TABS else "open"
    found = safety.lines(DiskBook(), now, who.sees, asked["q"], tab)
    number, pages = number_of(request.GET.get("page", "1")), max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    shown = {
        "lines": [
            (line, who.zone_of(line.row.site), _countdown(line.clock, now))
            for line in found[(number - 1) * PAGE : number * PAGE]
        ],
        "total": len(found), "late": sum(line.late for line in found), "asked": asked, "tab": tab,
        "tabs": [(code, words.SAFETY_TABS[code]) for code in safety.TABS], "narrowed": bool(asked["q"]),
        "most": safety.MOST, "cut": len(found) >= safety.MOST,
        "paging": Paging(number, pages, {k: v for k, v in {**asked, "tab": tab}.items() if v}),
        "next": [next_acts.offer(who, "report-adverse-event")],
        "alerts": _alerts(who),
    }  # fmt: skip
    return render(request, "web/safety.html", shown)


def _alerts(who: Acting) -> list[dict[str, Any]]:
    """Alerts of hyperinflammation in words, each with the thresholds it was judged by and the act that answers it."""
    book = DiskBook()
    return [
        {
            "raised": one, "zone": who.zone_of(one.site), "reasons": [alerting.told(r) for r in one.alert.reasons],
            "limits": [(alerting.LIMITS[name], limit) for name, limit in limits_for(book, one.participant).items()],
            "page": addresses.of_subject(f"casebook-page:{one.alert.page}"),
            "next": [next_acts.offer(who, hyperinflammation.ANSWER, alert=one.participant, begun=one.alert.begun,
                                     back=reverse("safety") + "#iec-hs")] if who.site == one.site else [],
        }
        for one in hyperinflammation.raised(book, who.sees)
    ]  # fmt: skip


def _countdown(found: Any, now: datetime) -> Countdown | None:
    return Countdown(found.due_at, now) if found is not None and found.done_at is None else None


@page
def event(request: HttpRequest, code: str) -> HttpResponse:
    who, now, book = acting(request), clock.now(), DiskBook()
    found: AdverseEvent = book.sheet(f"adverseevent:{code}")
    if not found.exists:
        raise Refused("subject-unknown", kind="adverseevent", code=code)
    who.require_sight(found.owner)
    review: EventReview = book.sheet(f"eventreview:{code}")
    sponsor, zone = safety.sponsor()
    standing = adverse_event.standing_of(found, review)
    clocks = adverse_event.clocks_of(found, review, zone)
    journey = book.sheet(f"journey:{found.journey}") if found.journey else None
    lacking = case_report.missing(adverse_event.elements_of(found, review, book, {}))
    asked_in_report = ("case-number", "worldwide-number", "sender", "trial-number", "narrative")
    shown = {
        "event": found, "now": found.now, "zone": who.zone_of(found.owner), "review": review, "sponsor": sponsor,
        "kind": safety_duty.classify(standing), "standing": standing, "agents": safety_duty.AGENTS,
        "opinions": _opinions(found, review), "back": request.path,
        "clocks": [(c, c.state(now), _countdown(c, now)) for c in clocks],
        "lacking": [e for e in lacking if e.name not in asked_in_report],
        "in_report": [e for e in lacking if e.name in asked_in_report],
        "reportable": case_report.reportable(standing), "sponsor_zone": zone,
        "days": toxicity.strip(journey.grades, min((i.at for i in journey.infusions), default=None),
                               who.zone_of(found.owner)) if journey else "",
        "next": _offers(who, found, review, sponsor, request.path),
        "told": telling.tell(read.entries_about(f"adverseevent:{code}") + read.entries_about(f"eventreview:{code}"),
                             [f"adverseevent:{code}", f"eventreview:{code}"]),
    }  # fmt: skip
    return render(request, "web/safety_event.html", shown)


def _opinions(found: AdverseEvent, review: EventReview) -> list[Any]:
    """The newest opinion of either side, beside what stands."""
    sides = [("site", found.opinions), ("sponsor", review.opinions)]
    return [(side, opinions[-1]) for side, opinions in sides if opinions]


def _offers(who: Acting, found: AdverseEvent, review: EventReview, sponsor: str, back: str) -> list[Any]:
    """What may sensibly be done next, where one acts: at the site about its event, at the sponsor about its review."""
    code, offers = found.code, []
    if who.site == found.owner:
        offers += [next_acts.offer(who, "assess-adverse-event", event=code, back=back)]
        if found.untold:
            offers.insert(0, next_acts.offer(who, "notify-sponsor", event=code, back=back))
        offers.append(next_acts.offer(who, "amend-adverse-event", event=code, back=back, **_filled(found)))
        if not found.closed_by:
            offers.append(next_acts.offer(who, "close-adverse-event", event=code, back=back))
    if who.site == sponsor:
        offers.append(next_acts.offer(who, "review-adverse-event", review=code, back=back))
        if review.opinions and adverse_event.class_of(found, review) in safety_duty.OPEN:
            kind = "follow-up" if review.reports else "initial"
            offers.append(next_acts.offer(who, "submit-susar-report", review=code, kind=kind, back=back))
    return offers


def _filled(found: AdverseEvent) -> dict[str, str]:
    """An amendment begins with what is told now; since when the news is known is for the person to say."""
    now = found.now
    names = "term begun_on ended_on scale ctcae ctcae_version outcome taken meddra"
    told = {name: str(getattr(now, name) or "") for name in names.split()}
    told["grade"] = "" if now.scale or now.grade is None else str(now.grade)
    return {**told, **{criterion.replace("-", "_"): "on" for criterion in now.criteria}}


def owed_reports(who: Acting, now: datetime) -> list[safety.Owed]:
    """For Home: reports to the sponsor and to the authority that are owed by the site one acts at."""
    if who.role not in CONCERNED:
        return []
    return safety.owed(DiskBook(), now, None if who.sees is None else [who.site])
