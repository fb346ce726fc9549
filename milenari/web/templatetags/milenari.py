"""Filters and parts of pages: times in the site's zone, isolated numbers and codes, limits in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from milenari.rules.specification import Criterion
from milenari.web import addresses, wording
from milenari.web.wording import audit, plan_reasons, vocabulary
from milenari.words import Quantity, subject

register = template.Library()


@register.filter
def when(at: datetime | None, zone: str = "UTC") -> SafeString:
    return wording.instant(at, zone)


@register.filter
def day(on: date | None) -> SafeString:
    return wording.isolated(on.isoformat(), "number") if on else mark_safe(wording.EMPTY)  # noqa: S308


@register.filter
def code(text: Any) -> SafeString:
    return wording.isolated(text) if text not in (None, "") else mark_safe(wording.EMPTY)  # noqa: S308


@register.filter
def num(value: Any, unit: str = "") -> SafeString:
    return wording.number(value, unit)


@register.filter
def share(value: float) -> SafeString:
    """A share of one in percent, to a tenth."""
    return wording.number(round(100 * value, 1), "%")


@register.filter
def unit(text: str) -> str:
    return wording.unit(text)


@register.filter
def qty(value: Any) -> SafeString:
    """A reading or result: a quantity with its unit, a word, or a dash for none."""
    if isinstance(value, Quantity):
        return wording.quantity(value)
    return code(value)


@register.filter
def written(text: str) -> SafeString:
    """An amount kept as text ("7.5 mL"), with its unit as people write it."""
    amount, _blank, of = text.partition(" ")
    return wording.isolated(f"{amount} {wording.unit(of)}".strip(), "number")


@register.filter
def arithmetic(text: str) -> SafeString:
    return wording.arithmetic(text)


@register.filter
def word(text: Any, table: str) -> SafeString:
    return wording.word(getattr(vocabulary, table.upper()), text)


@register.filter
def plan_reason(said: str) -> SafeString:
    return plan_reasons.reason(said)


@register.filter
def title(action: str) -> SafeString:
    return wording.title(action)


@register.filter
def alarm(found: Any) -> SafeString:
    return wording.sentence(vocabulary.ALARMS, found.code, found.facts, "UTC", "", found.code)


@register.filter
def person(text: str, names: Mapping[str, str] | None = None) -> SafeString:
    """A person's printed name with the code, or the code alone where the name is not at hand."""
    if not text:
        return mark_safe(wording.EMPTY)  # noqa: S308
    found = (names or {}).get(text)
    return format_html('<bdi>{}</bdi> <bdi dir="ltr" class="code quiet">{}</bdi>', found, text) if found else code(text)


@register.filter
def get(held: Mapping[str, Any], key: str) -> Any:
    return held.get(key)


@register.filter
def link(text: str, kind: str) -> SafeString:
    """A code of a subject of this kind, linked to its page."""
    if not text:
        return mark_safe(wording.EMPTY)  # noqa: S308
    return format_html('<a href="{}">{}</a>', addresses.of_subject(subject(kind, text)), wording.isolated(text))


@register.filter
def linked(name: str) -> SafeString:
    """A full subject name, worded and linked."""
    return format_html('<a href="{}">{}</a>', addresses.of_subject(name), wording.subject_name(name))


@register.filter
def subject_name(name: str) -> SafeString:
    """A full subject name, worded; for where the link is already at hand."""
    return wording.subject_name(name)


@register.filter
def account_name(name: str) -> SafeString:
    """An account of double entry: a subject, or one of the few that are none."""
    kind = name.partition(":")[0]
    if kind in audit.ACCOUNTS:
        return wording.word(audit.ACCOUNTS, kind)
    return wording.subject_name(name) if kind in vocabulary.KINDS else wording.isolated(name)


@register.filter
def checkup_state(text: str) -> SafeString:
    return wording.word(audit.STATES, text)


@register.filter
def pretty(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)


@register.filter
def limit(found: Any) -> SafeString:
    """A limit in words with isolated numbers: "at least" and the number, never a comparison sign."""
    if isinstance(found, Mapping):
        units = found.get("units") or [""]
        low, high = str(found.get("limit", "")), str(found.get("limit_high", ""))
        found = Criterion(str(found.get("code", "")), "", "", str(found.get("op", "report")), low, high, units[0])
    low, high = _limit(found, found.limit), _limit(found, found.high)
    sentences = {
        "ge": _("at least %(number)s"),
        "gt": _("more than %(number)s"),
        "le": _("at most %(number)s"),
        "lt": _("less than %(number)s"),
        "eq": _("is %(number)s"),
        "between": _("from %(number)s to %(high)s"),
        "report": _("to be reported"),
    }
    return mark_safe(sentences[found.op] % {"number": low, "high": high})  # noqa: S308


def _limit(found: Criterion, text: str) -> SafeString:
    if not text:
        return mark_safe(wording.EMPTY)  # noqa: S308
    return wording.isolated(text) if found.qualitative else wording.isolated(
        f"{text} {wording.unit(found.unit)}".strip(), "number"
    )  # fmt: skip


@register.filter
def bounds(box: Any) -> SafeString | str:
    """What is physically possible in a field, in words; nothing when nothing bounds it."""
    if box.low is None and box.high is None:
        return ""
    low, high = (wording.number(x, box.bound_unit) if x is not None else "" for x in (box.low, box.high))
    if box.low is not None and box.high is not None:
        sentence = _("Possible: from %(low)s to %(high)s.")
    else:
        sentence = _("Possible: at least %(low)s.") if box.high is None else _("Possible: at most %(high)s.")
    return mark_safe(sentence % {"low": low, "high": high})  # noqa: S308


@register.filter
def censored_help(box: Any) -> SafeString:
    """A bound is allowed here; its sign stands in the isolated example, not in the sentence."""
    return mark_safe(  # noqa: S308
        _("A result beyond the method's range is written as a bound, such as %(example)s.")
        % {"example": wording.isolated("<0.5", "number")}
    )


@register.inclusion_tag("web/parts/box.html")
def draw(box: Any) -> dict[str, Any]:
    return {"box": box, "error_id": f"{box.id}_error" if box.error else ""}


@register.inclusion_tag("web/parts/timeline.html")
def timeline(told: Any) -> dict[str, Any]:
    return {"told": told}


@register.inclusion_tag("web/parts/next.html")
def next_buttons(offers: Any) -> dict[str, Any]:
    return {"mine": [o for o in offers if o.mine], "others": [o for o in offers if not o.mine]}


@register.inclusion_tag("web/parts/results.html")
def results(requirements: Any, names: Mapping[str, str], zone: str) -> dict[str, Any]:
    return {"requirements": requirements, "names": names, "zone": zone}


@register.inclusion_tag("web/parts/pager.html")
def pager(paging: Any) -> dict[str, Any]:
    return {"paging": paging}


@register.inclusion_tag("web/parts/column.html")
def column(paging: Any, name: str, text: str) -> dict[str, Any]:
    url, state = paging.sorted_by(name)
    return {"url": url, "state": state, "text": text}


@register.inclusion_tag("web/parts/decision.html")
def decision(text: str, alarm: str = "") -> dict[str, Any]:
    looks = {
        "": "open",
        "conditional": "soft",
        "final": "good",
        "administer": "soft",
        "hold": "warn",
        "run-accepted": "good",
    }
    return {"text": text, "look": "bad" if alarm else looks.get(text, "bad")}
