"""Study draft: a comparability protocol as lines of a form, proposed from the product's specification.

Nobody writes a document: every test of the specification is a line that takes part or not, with its criterion, margin
and rationale. What is proposed is a start and says so; both sites sign what stands in the end.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from milenari.journal.fold import DiskBook
from milenari.registers import comparing, drifting
from milenari.registers import transfer as registers
from milenari.rules.comparability import CRITERIA, DESIGNS, SCALES, DraftComparability, Study
from milenari.rules.specification import Criterion, read_specification
from milenari.science.computed import Unfit
from milenari.web import signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.pages import studies
from milenari.web.wording import comparing as words
from milenari.words import Facts

COLUMNS = ("criterion", "low", "high", "scale", "alpha", "k", "rationale")
PROPOSED = {"criterion": "", "low": "", "high": "", "scale": "difference", "alpha": "0.05", "k": "3", "rationale": ""}
LEAST = "3"
_FRESH = signing.Attempt()


@dataclass(frozen=True)
class Line:
    """One test of the specification as the form has it; ``shows`` says what so many runs could show."""

    test: str
    attribute: str
    unit: str
    limit: Any
    typed: dict[str, str]
    shows: Any
    wrong: bool


@page
def draft(request: HttpRequest) -> HttpResponse:
    who, book = acting(request), DiskBook()
    if request.method != "POST":
        return _draw(request, who, book, _begun(request, who, book), _FRESH)
    typed = signing.typed_of(request)
    if "look" in request.POST:  # another product, or only to see what so many runs could show
        return _draw(request, who, book, typed, _FRESH)
    whole = {**typed, "protocol": json.dumps(protocol_of(typed, _criteria(book, typed.get("product", ""))))}
    tried = signing.attempt(lambda: signing.sign(request, DraftComparability, whole, who))
    return signing.after(request, tried.written) if tried.written else _draw(request, who, book, typed, tried)


def _begun(request: HttpRequest, who: Acting, book: DiskBook) -> dict[str, str]:
    """The form at first: of a draft that is changed, of a study that is repeated, or as proposed."""
    typed = {name: request.GET.get(name, "") for name in ("study", "product", "reference", "candidate", "repeats")}
    if typed["study"]:
        return typed | _of_study(studies.study_of(who, book, typed["study"]))
    if typed["repeats"]:
        before = studies.study_of(who, book, typed["repeats"])
        return typed | _of_study(before) | {"study": "", "repeats": before.code}
    cells = _products(book)
    typed["product"] = typed["product"] or (cells[0] if len(cells) == 1 else "")
    typed |= {"design": "paired", "least.reference": LEAST, "least.candidate": LEAST, "condition": ""}
    for criterion in _criteria(book, typed["product"]):
        typed |= {f"{name}.{criterion.test}": value for name, value in _proposed(criterion).items()}
    return typed


def _of_study(study: Study) -> dict[str, str]:
    """A protocol as the form's fields."""
    made = study.protocol or {}
    typed = {"product": study.product, "reference": study.reference, "candidate": study.candidate,
             "repeats": study.repeats, "design": made["design"], "condition": made["condition"],
             "historical": " ".join(made.get("historical", ())),
             **{f"least.{arm}": str(n) for arm, n in made["least"].items()}}  # fmt: skip
    for row in made["attributes"]:
        typed |= {f"{name}.{row['test']}": str(row.get(name, PROPOSED[name])) for name in COLUMNS}
    return typed


def _proposed(criterion: Criterion) -> dict[str, str]:
    """A start for one test: a number is shown until somebody gives it a margin; a word is left out."""
    return PROPOSED | {"criterion": "" if criterion.qualitative else "report"}


def _products(book: DiskBook) -> list[str]:
    kept = [(code, book.sheet(f"process:{code}").current()) for code in registers.codes("process")]
    return [code for code, version in kept if version and version.recipe.get("kind") == "cell-product"]


def _criteria(book: DiskBook, product: str) -> tuple[Criterion, ...]:
    version = book.sheet(f"process:{product}").current() if product else None
    return read_specification(version.recipe["specification"]) if version else ()


def protocol_of(typed: Mapping[str, str], criteria: tuple[Criterion, ...]) -> Facts:
    """The protocol as the rule reads it; a line without a criterion takes no part."""

    def said(name: str) -> str:
        return str(typed.get(name, "")).strip()

    rows: list[Facts] = []
    for one in criteria:
        chosen = said(f"criterion.{one.test}")
        if not chosen:
            continue
        row: Facts = {"test": one.test, "criterion": chosen, "unit": one.unit or "1"}
        wanted = {"tost": ("low", "high", "scale", "alpha"), "quality-range": ("k",)}.get(chosen, ())
        row |= {name: said(f"{name}.{one.test}") for name in wanted}
        if said(f"rationale.{one.test}"):
            row["rationale"] = said(f"rationale.{one.test}")
        rows.append(row)
    least = {arm: int(text) if (text := said(f"least.{arm}")).isdecimal() and len(text) < 4 else 0
             for arm in ("reference", "candidate")}  # fmt: skip
    made: Facts = {"design": said("design"), "condition": said("condition"), "attributes": rows, "least": least}
    if said("historical"):
        made["historical"] = said("historical").replace(",", " ").split()
    return made


def _draw(request: HttpRequest, who: Acting, book: DiskBook, typed: dict[str, str],
          tried: signing.Attempt) -> HttpResponse:  # fmt: skip
    cls = DraftComparability
    part = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code)
    if tried.refused:
        part.blame(tried.refused, sentence)
        if tried.refused.code in ("changed-meanwhile", "act-id-reused"):
            typed = {**typed, "act": "", "seen": ""}
    where = str(tried.refused.facts.get("where", "")) if tried.refused else ""
    criteria = _criteria(book, typed.get("product", ""))
    kept: Study = book.sheet(f"comparability:{typed.get('study', '')}")
    shown: dict[str, Any] = {
        "typed": typed, "lines": [_line(typed, one, where) for one in criteria], "products": _products(book),
        "places": list(who.sites.values()), "designs": [(code, words.DESIGNS[code]) for code in DESIGNS],
        "criteria": [(code, words.CRITERIA[code]) for code in CRITERIA],
        "scales": [(code, words.SCALE_NAMES[code]) for code in SCALES], "kept": kept,
        "least": [(arm, words.ARMS[arm], typed.get(f"least.{arm}", "")) for arm in ("reference", "candidate")],
        "signature": part, "sentence": sentence, "title": wording.title(cls.code),
        "act": typed.get("act") or str(uuid.uuid4()),
        "seen": typed.get("seen") or (f"comparability:{kept.code}={kept.version}" if kept.exists else ""),
        "control": who.site in who.sites and who.sites[who.site].control,
    }  # fmt: skip
    return render(request, "web/study_draft.html", shown, status=tried.status)


def _line(typed: Mapping[str, str], one: Criterion, where: str) -> Line:
    row = {name: str(typed.get(f"{name}.{one.test}", PROPOSED[name])) for name in COLUMNS}
    return Line(one.test, one.attribute, one.unit, one, row, _shows(typed, one, row), where.endswith(f", {one.test}"))


def _shows(typed: Mapping[str, str], one: Criterion, row: dict[str, str]) -> Any:
    """What the least number of runs could show, if they varied as the reference's batches on record do."""
    n = str(typed.get("least.candidate", ""))
    if row["criterion"] != "tost" or not n.isdecimal() or not 1 < int(n) <= 200 or not typed.get("reference"):
        return ""
    values = [v.amount for v in drifting.values_of(typed["reference"], typed.get("product", ""), one.test)]
    try:
        sd = comparing.recorded_sd(row, values, str(typed.get("design", "")))
        found = comparing.planned(row, str(typed.get("design", "")), int(n), sd)
    except (Unfit, ValueError) as why:
        known = isinstance(why, Unfit) and why.code == "too-few"
        return _("Too few batches of the reference are on record to say what so many runs could show.") if known else ""
    unit = "" if found.ratio else one.unit
    facts = {"gap": studies.figure(found.smallest_difference, unit), "n": wording.number(n),
             "power": studies.figure(100 * found.power, "%"), "count": wording.number(len(values))}  # fmt: skip
    template = _("With %(n)s, if they vary as the reference's batches on record do (%(count)s): smallest difference "
                 "%(gap)s, chance of showing equivalence %(power)s.")  # fmt: skip
    return wording.filled(template, facts)
