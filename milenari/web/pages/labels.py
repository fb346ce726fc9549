"""Labels: what waits for one, the preview that is read back before it is signed, and the sheet for the printer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from milenari.journal import clock, read
from milenari.registers import labels as registers
from milenari.registers import questions
from milenari.rules import carrier, label, labelling
from milenari.rules.action import ACTIONS, Refused
from milenari.web import addresses, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import Box
from milenari.web.labels import check, draw, printing, sizes, symbols, tables, texts
from milenari.web.labels.content import Content, contents
from milenari.web.paging import Paging
from milenari.web.wording import labels as field_labels
from milenari.web.wording import printing as words
from milenari.words import split_subject

NETWORK_WIDE = ("lot", "container")
# After that a sheet is printed again only with a signed reason: a sheet in a drawer is a pile of uncounted labels.
SHEET_OPEN = timedelta(minutes=30)
SHOWN = 5  # pictures in a preview; every label is read back, however many there are
PX_PER_MM = 96 / 25.4


@page
def labels(request: HttpRequest) -> HttpResponse:
    """What is here without a label, a box to scan one, and every account with what it still owes."""
    who = acting(request)
    scan, refused = request.GET.get("scan", "").strip(), None
    if scan:
        try:
            return redirect("labels-for", f"label:{_number(scan)}")
        except Refused as fault:
            refused = wording.refusal(fault, who.zone)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "only")}
    number = request.GET.get("page", "1")
    wanted = int(number) if number.isdecimal() else 1
    rows, total, pages = registers.accounts(who.sees, asked["q"], wanted, asked["only"])
    shown = {
        "waiting": registers.unlabelled(who.site),
        "accounts": rows,
        "total": total,
        "asked": asked,
        "narrowed": any(asked.values()),
        "kinds": words.KINDS,
        "paging": Paging(min(max(1, wanted), pages), pages, {k: v for k, v in asked.items() if v}),
        "scan": scan,
        "sentence": refused,
    }
    return render(request, "web/labels.html", shown, status=422 if refused else 200)


def _number(scan: str) -> str:
    """The number of a scanned label, known on this node."""
    said = carrier.read(scan)
    found = said.serial if said else scan
    if registers.label(found) is None:
        raise Refused("subject-unknown", kind="label", code=found)
    return found


def require_sight(who: Acting, name: str) -> None:
    """Refused unless the person may see what a label is for."""
    kind, code = split_subject(name)
    if questions.subject(name) is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    if kind not in NETWORK_WIDE:
        who.require_sight(*sorted(questions.sites_of(name)))


@page
def label_for(request: HttpRequest, name: str) -> HttpResponse:
    """The labels of one thing before they are printed; under ``label:<number>`` one label and its fate."""
    who = acting(request)
    kind, code = split_subject(name)
    if kind == "label":
        return _one(request, who, code)
    if kind not in labelling.KINDS_FOR:
        raise Http404
    require_sight(who, name)
    posted = request.method == "POST"
    typed = signing.typed_of(request) if posted else {key: str(value) for key, value in request.GET.items()}
    if posted:
        return _sign(request, who, name, typed)
    return _draw(request, who, name, typed)


def _one(request: HttpRequest, who: Acting, code: str) -> HttpResponse:
    row = registers.label(code)
    if row is None:
        raise Refused("subject-unknown", kind="label", code=code)
    require_sight(who, row.of)
    shown = {
        "label": row,
        "account": registers.account(row.account),
        "zone": who.zone_of(row.site),
        "kind": words.KINDS[row.kind],
        "size": words.SIZES[row.size],
        "tongue": words.LANGUAGES[row.language],
        "state": words.STATES[row.status],
    }
    return render(request, "web/label_one.html", shown)


# -- preview and signature ------------------------------------------------------------------------------


def _draw(request: HttpRequest, who: Acting, name: str, typed: Mapping[str, str],
          tried: signing.Attempt | None = None, job: printing.Job | None = None) -> HttpResponse:  # fmt: skip
    cls = ACTIONS["print-labels"]
    if job is None:
        job = printing.plan(printing.choose(name, typed, who), who)
        job = printing.read_back(_first_of_each(job))
    signature = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code) if tried else ""
    if tried and tried.refused:
        signature.blame(tried.refused, sentence)
    size = sizes.SIZES[job.chosen["size"]]
    shown = {
        "name": name,
        "back": addresses.of_subject(name),
        "job": job,
        "boxes": _boxes(job, who),
        "signature": signature,
        "sentence": sentence,
        "hindrance": wording.refusal(job.refused, who.zone, cls.code) if job.refused else "",
        "act": typed.get("act", "") or str(uuid.uuid4()),
        "reason": Box("reason", "text", field_labels.COMMON["reason"], required=False, value=typed.get("reason", ""),
                      longest=2000),
        "hidden": {key: value for key, value in job.chosen.items() if value},
        "previews": [_preview(job, one) for one in job.content[:SHOWN]],
        "more": max(0, len(job.content) - SHOWN),
        "how_many": len(job.given.get("labels", ())),
        "width": size.width,
        "height": size.height,
        "least_pt": size.least_pt,
        "tongue": words.LANGUAGES[job.chosen["language"]],
        "rtl": job.chosen["language"] == "ar",
        "printed": registers.printed_for(name),
        "isbt": _isbt_state(who),
    }  # fmt: skip
    return render(request, "web/label_print.html", shown, status=tried.status if tried else 200)


def _first_of_each(job: printing.Job) -> printing.Job:
    """For the preview one label of each thing: copies differ in their number alone, and printing reads them all."""
    job.content = list({one.code: one for one in reversed(job.content)}.values())[::-1]
    return job


def _preview(job: printing.Job, one: Content) -> dict[str, Any]:
    size, checked = sizes.SIZES[one.size], {x.content.serial: x for x in job.verdicts}
    found = checked.get(one.serial)
    return {
        "content": one,
        "verdict": found,
        "differences": [{"part": words.DIFFERING.get(x.field, x.field), "said": x} for x in found.differences]
        if found else (),
        "lines": texts.lines(one),
        "symbols": symbols.symbols(one),
        "width": round(size.width * PX_PER_MM),
        "height": round(size.height * PX_PER_MM),
        "large": round(size.width * PX_PER_MM * (1 if one.size == "a6" else 2)),
        "tall": round(size.height * PX_PER_MM * (1 if one.size == "a6" else 2)),
    }  # fmt: skip


def _boxes(job: printing.Job, who: Acting) -> list[Box]:
    chosen, fields = job.chosen, label.PrintLabels.fields
    of_kind = split_subject(job.of)[0]

    def choice(name: str, options: Mapping[str, Any]) -> Box:
        return Box(name, "choice", wording.label(fields[name].label), value=chosen[name], options=list(options.items()))

    kinds = {code: words.KINDS[code] for code in labelling.KINDS_FOR[of_kind]}
    fitting = {code: f"{words.SIZES[code]} ({_measure(code)})" for code in sizes.FOR_KIND[chosen["kind"]]}
    dots = {code: f"{word} ({_whole(f'{sizes.DPI[code]:.0f} dpi')})" for code, word in words.RESOLUTIONS.items()}
    made = [
        choice("kind", kinds), choice("size", fitting),
        choice("language", {code: words.LANGUAGES[code] for code in job.languages}),
        choice("storage", {code: f"{word} ({_whole(texts.LIMITS[code])})" for code, word in words.STORAGE.items()}),
        choice("resolution", dots),
        Box("copies", "count", wording.label(fields["copies"].label), value=chosen["copies"], low=1, high=50),
        Box("biohazard", "flag", wording.label(fields["biohazard"].label), value=chosen["biohazard"]),
    ]  # fmt: skip
    if chosen["kind"] == "sample-tube":
        made.append(Box("sample", "code", wording.label(fields["sample"].label), value=chosen["sample"], scan=True))
    if chosen["kind"] == "shipper":
        places = {code: f"{code} · {place.name}" for code, place in who.sites.items() if code != who.site}
        made.append(choice("to_site", places))
    if chosen["kind"] in ("collection-bag", "product-bag") and tables.isbt(who.site) is not None:
        made.append(choice("scheme", words.SCHEMES))
        made += [
            Box(name, "code", wording.label(fields[name].label), required=False, value=chosen[name], scan=True)
            for name in ("din", "product_code")
        ]
    return made


def _measure(code: str) -> str:
    size = sizes.SIZES[code]
    return _whole(f"{size.width:g} × {size.height:g} mm")


def _whole(told: str) -> str:
    """A number with its unit that reads from left to right in an option too, where no tag can isolate it."""
    return f"\u2066{told}\u2069"


def _isbt_state(who: Acting) -> str:
    """Which licensed tables this site has loaded; empty for none."""
    found = tables.isbt(who.site)
    return found.version if found else ""


def _sign(request: HttpRequest, who: Acting, name: str, typed: dict[str, str]) -> HttpResponse:
    job = printing.read_back(printing.plan(printing.choose(name, typed, who), who))
    if job.refused is None:
        try:
            check.require_readable(job.verdicts)
        except Refused as refused:
            job.refused = refused
    if job.refused is not None:
        return _draw(request, who, name, typed, signing.Attempt(refused=job.refused), job)
    cls = ACTIONS["print-labels"]
    told = {**typed, **printing.signable(job)}
    tried = signing.attempt(lambda: signing.sign(request, cls, told, who))
    if tried.written is None:
        return _draw(request, who, name, typed, tried)
    signing.tell(request, tried.written)
    return HttpResponseRedirect(f"{reverse('labels-account', args=[job.account])}?run={tried.written.entry.act}")


@page
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """One label of the preview as a picture that says it is none: a specimen, at the printer's dots."""
    who = acting(request)
    if split_subject(name)[0] not in labelling.KINDS_FOR:
        raise Http404
    require_sight(who, name)
    typed = {key: str(value) for key, value in request.GET.items()}
    job = printing.plan(printing.choose(name, typed, who), who)
    if job.refused is not None:
        raise job.refused
    found = next((one for one in job.content if one.code == request.GET.get("code", one.code)), None)
    if found is None:
        raise Http404
    drawn = draw.pictures([found], job.chosen["resolution"], specimen=True)[0]
    return HttpResponse(drawn, content_type="image/png")


@page
def sheet(request: HttpRequest, act: str) -> HttpResponse:
    """The labels of a signed act as a PDF at their true size, for a while; read back once more before it leaves."""
    who = acting(request)
    seen = read.entry_of_act(act)
    entry = seen.entry
    if entry.action.code != "print-labels":
        raise Http404
    who.require_sight(entry.site)
    open_for = int(SHEET_OPEN.total_seconds() // 60)
    if clock.now() - entry.written_at > SHEET_OPEN or entry.site != who.site:
        raise Refused("label-sheet-closed", minutes=open_for)
    made, resolution = contents(entry.given), str(getattr(entry.action, "resolution", "standard"))
    drawn = draw.pictures(made, resolution)
    check.require_readable([check.verdict(one, png) for one, png in zip(made, drawn, strict=True)])
    answer = HttpResponse(draw.sheet(made, resolution), content_type="application/pdf")
    first = made[0].serial
    answer["Content-Disposition"] = f'attachment; filename="labels-{first}.pdf"'
    return answer
