"""Wording: codes into whole sentences of the reader's language, with every fact isolated.

A fact (code, number, unit, time) is wrapped in ``<bdi>`` so that right-to-left text cannot tear it apart
or mirror it. Nothing here decides anything: a rule gives a code and facts, this room gives words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from milenari.rules.action import ACTIONS as CLASSES
from milenari.rules.action import Refused
from milenari.web.wording import (
    actions,
    agreements,
    arrival,
    casebook,
    casebook_forms,
    exports,
    findings,
    keeping,
    labels,
    plan_designs,
    planning,
    printing,
    protocol_draft,
    purposes,
    refusals,
    refusals_access,
    refusals_agreement,
    refusals_casebook,
    refusals_comparability,
    refusals_competence,
    refusals_exchange,
    refusals_label,
    refusals_therapy,
    refusals_transfer,
    refusals_trial,
    safety,
    scenario,
    scenario_rows,
    sharing,
    tending,
    transfer,
    trial,
    vocabulary,
)
from milenari.words import Quantity, plain, split_subject

REFUSALS: dict[str, Any] = {
    **refusals.FIELDS, **refusals.SUBJECTS, **refusals.PEOPLE, **refusals.JOURNAL, **refusals.NETWORK,
    **refusals_access.TOKENS, **refusals_access.INTERFACE, **refusals_access.BOOK,
    **refusals_therapy.VECTOR, **refusals_therapy.CUSTODY, **refusals_therapy.REFERRAL,
    **refusals_therapy.COLLECTION, **refusals_therapy.MANUFACTURE, **refusals_therapy.PAPER, **refusals_therapy.TESTING,
    **refusals_therapy.FILES, **refusals_therapy.RELEASE, **refusals_therapy.INFUSION, **refusals_therapy.FOLLOW_UP,
    **refusals_exchange.AGREEMENTS, **refusals_exchange.CHARTER, **refusals_exchange.PARCELS,
    **refusals_exchange.WIRE, **refusals_exchange.RESTORED, **tending.REFUSALS,
    **sharing.REFUSALS,
    **refusals_comparability.COMPARABILITY, **refusals_comparability.STABILITY, **refusals_comparability.DRIFT,
    **refusals_competence.UPKEEP, **refusals_competence.ROOMS, **refusals_competence.TRAINING,
    **refusals_transfer.PACKAGE, **refusals_transfer.GAPS, **refusals_transfer.WAY, **refusals_transfer.EVIDENCE,
    **refusals_transfer.LAW,
    **refusals_agreement.AGREEMENT, **refusals_agreement.ESCALATION, **refusals_agreement.NOTICE,
    **refusals_agreement.CHANGE, **planning.REFUSALS, **scenario.REFUSALS, **scenario_rows.REFUSALS, **safety.REFUSALS,
    **plan_designs.REFUSALS,
    **refusals_casebook.REFUSALS,
    **refusals_competence.PASSPORTS,
    **refusals_trial.PROTOCOL, **protocol_draft.REFUSALS, **refusals_trial.PARTICIPANT,
    **arrival.REFUSALS, **exports.REFUSALS,
    **refusals_label.SCANS, **refusals_label.PRINTING, **refusals_label.STANDARDS,
}  # fmt: skip
NOT_WRITTEN = refusals.NOT_WRITTEN
FINDINGS = {**casebook.FINDINGS, **findings.FINDINGS, **refusals_agreement.FINDINGS, **trial.FINDINGS}
UNKNOWN_REFUSAL = _("This was refused for a reason that has no words yet (%(code)s). Please tell IT.")
UNKNOWN_FINDING = _("A finding without words yet: %(code)s.")
SEPARATOR = _(", ")
EMPTY = "—"


class _Facts(dict):
    """The facts of a sentence; one that the rule did not give is shown as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return EMPTY


def isolated(value: Any, kind: str = "code") -> SafeString:
    """A code, number or unit that keeps its own direction inside any text."""
    return format_html('<bdi dir="ltr" class="{}">{}</bdi>', kind, value)


def word(table: dict[str, Any], code: Any) -> SafeString:
    """The translated word of a closed list, or the code itself, isolated."""
    found = table.get(str(code))
    return conditional_escape(str(found)) if found is not None else isolated(code)


def unit(code: str) -> str:
    """A UCUM unit as people write it; the pure number has none."""
    return _WRITTEN.get(code, code.replace("{", "").replace("}", ""))


_WRITTEN = {
    "1": "", "Cel": "°C", "mo": "mo", "10*6": "×10⁶", "10*6/kg": "×10⁶/kg", "10*6/mL": "×10⁶/mL", "10*9/L": "×10⁹/L",
    "[EU]/mL": "EU/mL", "[IU]": "IU", "[IU]/mL": "IU/mL", "[pH]": "pH", "uL": "µL", "/uL": "/µL",
    "mg/m2": "mg/m²", "mm[Hg]": "mmHg",
}  # fmt: skip


def number(value: Any, of: str = "") -> SafeString:
    """A number with its unit, isolated; big powers of ten are written as such."""
    if value is None or value == "":
        return mark_safe(EMPTY)  # noqa: S308
    text = figures(value) if isinstance(value, (Decimal, int, float)) else str(value)
    return isolated(f"{text} {unit(of)}".strip(), "number")


def figures(value: Any) -> str:
    """Digits as people read them: no trailing zeros, thin groups, powers of ten from a million up."""
    found = Decimal(str(value)).normalize()
    if abs(found) < 1_000_000:
        return f"{found:,f}".replace(",", "\u202f")
    mantissa, power = f"{found:.3e}".split("e")
    return f"{Decimal(mantissa).normalize():f} × 10{str(int(power)).translate(RAISED)}"


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def quantity(value: Quantity) -> SafeString:
    """A quantity; a bound such as "below 0.5" keeps its sign inside the isolated part."""
    sign = {"<=": "≤", ">=": "≥"}.get(value.comparator, value.comparator)
    return isolated(f"{sign}{plain(value.value)} {unit(value.unit)}".strip(), "number")


def arithmetic(text: str) -> SafeString:
    """A calculation as the rule recorded it, with units as people write them."""
    return isolated(re.sub(r"10\*(\d)", lambda m: "×10" + m[1].translate(RAISED), text), "number")


def instant(at: datetime | None, zone: str = "UTC") -> SafeString:
    """Site-local time with its zone; the UTC instant is in the title and for machines."""
    if at is None:
        return mark_safe(EMPTY)  # noqa: S308
    local, utc = at.astimezone(ZoneInfo(zone or "UTC")), at.astimezone(ZoneInfo("UTC"))
    return format_html(
        '<time datetime="{}" title="{} UTC"><bdi dir="ltr">{} <span class="zone">{}</span></bdi></time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"), utc.strftime("%Y-%m-%d %H:%M:%S"), local.strftime("%Y-%m-%d %H:%M"),
        local.tzname(),
    )  # fmt: skip


def subject_name(name: str) -> SafeString:
    kind, code = split_subject(name)
    if not code:
        return isolated(name)
    return format_html("{} {}", word(vocabulary.KINDS, kind), isolated(code))


def joined(items: Iterable[SafeString]) -> SafeString:
    return mark_safe(conditional_escape(str(SEPARATOR)).join(items))  # noqa: S308


def fact(key: str, value: Any, zone: str, action: str = "") -> SafeString:
    """One fact of a sentence: worded where a list has a word for it, isolated otherwise."""
    if key == "decision" and value == "":
        return word(vocabulary.DECISIONS, value)
    if value is None or value == "":
        return mark_safe(EMPTY)  # noqa: S308
    if isinstance(value, datetime):
        return instant(value, zone)
    if isinstance(value, date):
        return isolated(value.isoformat(), "number")
    if isinstance(value, (list, tuple, set)):
        return joined([fact(key.rstrip("s"), item, zone, action) for item in value]) or mark_safe(EMPTY)  # noqa: S308
    if key in _SUBJECT_KEYS and ":" in str(value):
        return subject_name(str(value))
    if key == "field":
        return field_label(action, str(value))
    if key == "arithmetic":
        return arithmetic(str(value))
    if key == "unit":
        return isolated(unit(str(value)) or "1", "number")
    if key == "action":
        return title(str(value))
    if key == "kind" and str(value) in vocabulary.CODED_VALUES:
        example = isolated(vocabulary.EXAMPLES.get(str(value), ""))
        return _filled(vocabulary.CODED_VALUES[str(value)], {"example": example})
    if key == "says" and (told := casebook_forms.spoken(str(value))) != value:
        return format_html("<bdi>{}</bdi>", told)
    if key in ("fault", "detail", "where", "says"):
        return format_html('<bdi lang="en">{}</bdi>', value)
    if key in ("reason", "requirement", "why"):
        return format_html("<bdi>{}</bdi>", value)
    if key in ("notify_authority_by", "due_at"):
        return instant(datetime.fromisoformat(str(value)), zone)
    table: Any = _TABLES.get(key)
    if key == "role":
        table = vocabulary.ROLES if str(value) in vocabulary.ROLES else vocabulary.SITE_ROLES
    return word(table, value) if table else isolated(value)


_SUBJECT_KEYS = ("subject", "of")
_TABLES = {
    "what": vocabulary.THINGS, "cause": vocabulary.THINGS, "decision": vocabulary.DECISIONS,
    "stage": vocabulary.OPTIONS, "consent": vocabulary.OPTIONS, "status": vocabulary.STATUSES,
    "kind": vocabulary.KINDS, "test": {"dose": vocabulary.THINGS["dose"]}, "granted": vocabulary.ROLES,
    "option": vocabulary.OPTIONS, "language": printing.LANGUAGES, "size": printing.SIZES,
    "task": keeping.TASKS,
    "differing": {**printing.DIFFERING, **arrival.DIFFERING}, "booked": arrival.CONDITIONS, "found": arrival.CONDITIONS,
    "page_state": casebook.PAGE_STATES, "query_state": casebook.QUERY_STATES, "item_type": casebook.ITEM_TYPES,
    "edge": transfer.EDGES, "next": transfer.EDGES, "state": transfer.STANDS,
    "extent": transfer.EXTENTS, "stands": agreements.CHANGE_STATES, "area": agreements.AREAS,
    "counts": safety.COUNTS, "relation": agreements.RELATIONS, "term": agreements.TERMS, "duty": agreements.MATTERS,
}  # fmt: skip


def _filled(template: Any, facts: dict[str, Any]) -> SafeString:
    return mark_safe(conditional_escape(str(template)) % _Facts(facts))  # noqa: S308


def filled(template: Any, facts: dict[str, Any]) -> SafeString:
    """A sentence with facts that are worded and isolated already."""
    return _filled(template, {key: conditional_escape(value) for key, value in facts.items()})


def said(text: Any) -> SafeString:
    """What a person wrote, in its own direction."""
    return format_html('<bdi class="said">{}</bdi>', text)


def sentence(table: dict[str, Any], code: str, facts: dict[str, Any], zone: str, action: str, other: Any) -> SafeString:
    worded = {key: fact(key, value, zone, action) for key, value in facts.items()}
    return _filled(table.get(code, other), {"code": isolated(code), **worded})


def refusal(refused: Refused, zone: str = "UTC", action: str = "") -> SafeString:
    """Why not, and who can do what about it."""
    return sentence(REFUSALS, refused.code, refused.facts, zone, action, UNKNOWN_REFUSAL)


def not_written(code: str) -> SafeString:
    return conditional_escape(str(NOT_WRITTEN.get(code, NOT_WRITTEN["database"])))


def finding(code: str, facts: dict[str, Any], zone: str = "UTC") -> SafeString:
    return sentence(FINDINGS, code, facts, zone, "", UNKNOWN_FINDING)


def title(code: str) -> SafeString:
    """What a person does: "Sign a step"."""
    found = actions.ACTIONS.get(code)
    return conditional_escape(str(found[0])) if found else isolated(code)


def done(code: str) -> SafeString:
    """What was done: "Step signed"."""
    found = actions.ACTIONS.get(code)
    return conditional_escape(str(found[1])) if found else isolated(code)


def purpose(code: str) -> SafeString:
    found = purposes.PURPOSES.get(code)
    return conditional_escape(str(found)) if found else mark_safe("")


def label(text: str) -> SafeString:
    """A field's label by the English one that the rule declares."""
    if text in labels.MARKED:
        template, facts = labels.MARKED[text]
        return _filled(template, {key: isolated(value) for key, value in facts.items()})
    found = labels.LABELS.get(text)
    return conditional_escape(str(found)) if found is not None else isolated(text)


def field_label(action: str, name: str) -> SafeString:
    """The label of one field of one action, of a common field, or the code of a reading as it is."""
    cls = CLASSES.get(action)
    if cls and name in cls.fields:
        return label(cls.fields[name].label)
    return word(labels.COMMON, name)


def help_text(text: str) -> SafeString:
    if not text:
        return mark_safe("")
    template, facts = labels.HELPS.get(text, (text, {}))
    return _filled(template, {key: isolated(value) for key, value in facts.items()})
