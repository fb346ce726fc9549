"""Transfer: where each site stands on its way to a product, its gaps, the package and what a change of it forces."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers import transfer as registers
from milenari.registers.deadlines import AHEAD
from milenari.rules import package as packages
from milenari.rules import readiness, way
from milenari.rules.action import Book, Refused
from milenari.rules.gap import Gaps
from milenari.web import next_acts, wording
from milenari.web.access import acting, page
from milenari.web.ways import gathered
from milenari.web.wording import transfer as words
from milenari.words import Role

WARN_DAYS = AHEAD["support"]  # how long ahead the page warns of what ends, as Home does
STEPS = ("proposed", *packages.EDGES, "approved")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out


@dataclass(frozen=True)
class Standing:
    """One way as the pages show it."""

    way: way.Qualification
    state: str
    reached: int
    gaps: Gaps
    why: list[Any]
    before: date | None  # the end of a qualification from before the first package

    @property
    def ready(self) -> bool:
        """Whether a patient's batch may be started there today."""
        return not self.why

    @property
    def closed(self) -> int:
        """How many items of the gap assessment have nothing missing any more."""
        return len(self.gaps.items) - len(self.gaps.unclosed())


def _standing(book: Book, code: str, today: date) -> Standing:
    found: way.Qualification = book.sheet(f"qualification:{code}")
    state = way.state_on(book, found, today)
    stands = found.stands_at()
    reached = STEPS.index(stands) if stands in STEPS else 0
    why = list(readiness.reasons(book, found.site, found.product, [today]))
    return Standing(found, state, reached, book.sheet(f"gaps:{code}"), why, readiness.from_before(book, found, today))


@page
def transfer(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    today = who.today(clock.now())
    book, found = gathered(registers.codes("qualification"))
    ways = [_standing(book, each.code, today) for each in found]
    kept = [book.sheet(f"package:{code}") for code in registers.codes("package")]
    shown = {
        "ways": ways,
        "steps": [(step, words.EDGES[step]) for step in STEPS],
        "packages": [(p, p.current(today)) for p in kept],
        "overdue": [(s, [i for i in s.gaps.items if i.overdue(today)]) for s in ways],
        "next": [next_acts.offer(who, code) for code in ("propose-site", "approve-package", "open-gaps")],
    }
    return render(request, "web/transfer.html", shown)


@page
def of_site(request: HttpRequest, code: str) -> HttpResponse:
    """May this site start a patient's batch today, and if not, exactly why."""
    who, now = acting(request), clock.now()
    today = who.today(now)
    book, _ = gathered([code])
    if not book.sheet(f"qualification:{code}").exists:
        raise Refused("subject-unknown", kind="qualification", code=code)
    found = _standing(book, code, today)
    site, product = found.way.site, found.way.product
    current = book.sheet(f"package:{product}").current(today)
    ends = readiness.endings(book, found.way, today)
    accepted = [(a, book.sheet(f"evidence:{a.evidence}"), way.lapsed(book, a, today)) for a in found.way.accepted]
    filled = {"qualification": code}
    shown: dict[str, Any] = {
        "found": found,
        "code": code,
        "steps": [(n, step, words.EDGES[step], found.way.last(step)) for n, step in enumerate(STEPS)],
        "why": [wording.refusal(reason, who.zone) for reason in found.why],
        "way_name": f"qualification:{code}",
        "endings": [(e, e.until_on <= today + timedelta(days=WARN_DAYS)) for e in ends],
        "accepted": accepted,
        "current": current,
        "sees": who.may_see(site),
        "reach": registers.reach(site, product, today) if who.may_see(site) else None,
        "next": [
            next_acts.offer(who, "pass-edge", **filled), next_acts.offer(who, "accept-evidence", **filled),
            next_acts.offer(who, "offer-evidence", product=product),
            next_acts.offer(who, "qualify-site", site=site, product=product),
            next_acts.offer(who, "suspend-site", site=site, product=product),
            next_acts.offer(who, "withdraw-site", site=site, product=product),
        ],
    }  # fmt: skip
    return render(request, "web/transfer_site.html", shown)


SHOW = ("open", "overdue", "unassessed", "closed")


@page
def gaps(request: HttpRequest, code: str) -> HttpResponse:
    who, book = acting(request), DiskBook()
    today = who.today(clock.now())
    kept: Gaps = book.sheet(f"gaps:{code}")
    if not kept.exists:
        raise Refused("subject-unknown", kind="gaps", code=code)
    asked = {name: request.GET.get(name, "") for name in ("show", "section", "risk", "q")}
    items = [i for i in kept.items if _fits(i, asked, today)]
    if request.GET.get("form") == "csv":
        return _csv(code, kept, items)
    told = book.sheet(f"package:{kept.product}").find(kept.number)
    sent = {f"{s}/{item['code']}": item for s in packages.SECTIONS for item in told.items(s)} if told else {}
    mine = {Role.QA, Role.TRANSFER_LEAD} & set(who.here) and who.site == kept.site
    shown = {
        "gaps": kept,
        "code": code,
        "items": [(i, sent.get(i.code), i.overdue(today), *_offers(who, code, i)) for i in items],
        "asked": asked,
        "narrowed": any(asked.values()),
        "sections": [(s, words.SECTIONS[s]) for s in packages.SECTIONS],
        "risks": list(words.RISKS.items()),
        "total": len(kept.items),
        "assessed": len(kept.items) - len(kept.unassessed()),
        "closed": len(kept.items) - len(kept.unclosed()),
        "overdue": sum(i.overdue(today) for i in kept.items),
        "mine": bool(mine),
    }
    return render(request, "web/transfer_gaps.html", shown)


def _fits(item: Any, asked: dict[str, str], today: date) -> bool:
    states = {
        "open": item.assessed and not item.closed, "overdue": item.overdue(today), "unassessed": not item.assessed,
        "closed": item.closed,
    }  # fmt: skip
    said = f"{item.code} {item.title} {item.owner} {item.measure}".lower()
    return (
        states.get(asked["show"], True)
        and item.code.startswith(f"{asked['section']}/" if asked["section"] else "")
        and asked["risk"] in ("", item.risk)
        and asked["q"].strip().lower() in said
    )


def _offers(who: Any, code: str, item: Any) -> tuple[Any, Any]:
    """What may be done about one item: assess it, and close it once it is assessed."""
    given = {"gaps": code, "item": item.code}
    assess = next_acts.offer(who, "assess-gap", **given)
    return assess, next_acts.offer(who, "close-gap", **given) if item.assessed and not item.closed else None


COLUMNS = ("code", "title", "sending", "receiving", "gap", "risk", "measure", "owner", "due_on", "assessed_by",
           "assessed_on", "closed_by", "closed_on", "evidence")  # fmt: skip


def _csv(code: str, kept: Gaps, items: list[Any]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="gaps-{code}.csv"'
    writer = csv.writer(answer)
    writer.writerow(("site", "product", "package", *COLUMNS))
    for item in items:
        cells = [str(getattr(item, name) or "") for name in COLUMNS]
        safe = ["'" + cell if cell.startswith(FORMULA) else cell for cell in cells]
        writer.writerow((kept.site, kept.product, kept.number, *safe))
    return answer


@page
def package(request: HttpRequest, code: str) -> HttpResponse:
    """The package, or two versions of it side by side with what the change forces and at which sites."""
    book, today = DiskBook(), acting(request).today(clock.now())
    kept: packages.Package = book.sheet(f"package:{code}")
    if not kept.exists:
        raise Refused("subject-unknown", kind="package", code=code)
    new = kept.find(request.GET.get("new", "")) or kept.versions[-1]
    before = kept.versions.index(new) - 1
    old = kept.find(request.GET.get("old", "")) or kept.versions[max(before, 0)]
    opened = packages.forced(old, new)
    ways = [book.sheet(f"qualification:{c}") for c in registers.codes("qualification")]
    hit = [(w, [e for e in packages.EDGES if e in opened and w.last(e)]) for w in ways if w.product == code]
    shown = {
        "package": kept,
        "old": old,
        "new": new,
        "current": kept.current(today),
        "same": old == new,
        "differences": packages.differences(old, new),
        "opened": [(edge, opened[edge]) for edge in packages.EDGES if edge in opened],
        "hit": hit,
        "sections": [(words.SECTIONS[s], new.items(s)) for s in packages.SECTIONS],
        "runs": [(k, new.runs(k)) for k in packages.COUNTS],
    }
    return render(request, "web/transfer_package.html", shown)
