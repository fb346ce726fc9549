"""Words of the alert of hyperinflammation: criteria with their numbers, judgements, the act that answers it."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.rules.hyperinflammation import Reason

ACTIONS = {
    "answer-iec-hs-alert": (_("Answer an alert of hyperinflammation"), _("Alert of hyperinflammation answered")),
}
PURPOSES = {
    "answer-iec-hs-alert": _(
        "Say what is made of an alert: it is the syndrome, with its grade; it has another cause; or it is watched."
    ),
}
LABELS = {
    "Page on which the rise began": _("Page on which the rise began"),
    "Judgement of the alert": _("Judgement of the alert"),
    "Grade of IEC-HS": _("Grade of the HLH-like syndrome (IEC-HS)"),
}
HELPS: dict[str, tuple[Any, dict[str, str]]] = {"study number": (_("study number"), {})}
ROOMS = {"hyperinflammation_answer": _("Alerts of hyperinflammation")}
KINDS = {"hyperinflammation": pgettext_lazy("kind", "alerts of hyperinflammation")}
THINGS = {"sample": _("the sample")}
OPTIONS = {
    "iec-hs": _("HLH-like syndrome after the cells (IEC-HS)"),
    "another-cause": _("another cause explains the values"),
    "watched": _("watched, not judged yet"),
}
WHY = {
    "answer-iec-hs-alert": _(
        "Ferritin and other values of the casebook ask whether this is the HLH-like syndrome. A physician judges it."
    ),
}
REFUSALS = {
    "no-alert-stands": _(
        "The casebook of %(participant)s gives no alert for a rise that began on the page %(page)s. The safety desk "
        "lists those that it gives."
    ),
    "grade-and-judgement-differ": _(
        "A grade is given when it is judged to be the HLH-like syndrome, and only then. Correct one of the two."
    ),
}
# Criteria, each with the numbers that a reader checks it by.
CRITERIA = {
    "ferritin-upper": _(
        "Ferritin %(value)s: more than %(times)s times the laboratory's upper limit of normal, %(reference)s."
    ),
    "ferritin-baseline": _(
        "Ferritin %(value)s: more than %(times)s times the value before the infusion, %(reference)s."
    ),
    "ferritin-rising": _("Ferritin rises rapidly: from %(before)s to %(value)s within %(days)s days."),
    "transaminases": _(
        "Transaminases at %(value)s times the upper limit of normal: more than %(times)s times that limit, or times "
        "the value before the infusion."
    ),
    "fibrinogen": _("Fibrinogen %(value)s: below %(limit)s."),
    "haemophagocytosis": _("Haemophagocytosis was seen."),
}
CYTOPENIAS = {
    "new": _("%(lineage)s %(value)s: newly below %(limit)s."),
    "worse": _("%(lineage)s %(value)s: below %(limit)s, and lower than in the count before."),
    "refractory": _("%(lineage)s %(value)s: below %(limit)s in spite of treatment."),
}
LINEAGES = {"neutrophils": _("Neutrophils"), "platelets": _("Platelets"), "haemoglobin": _("Haemoglobin")}
LIMITS = {
    "iec-hs-ferritin-times": _("Ferritin, times the upper limit or the baseline, more than"),
    "iec-hs-rise-times": _("A rapid rise of ferritin, times, from"),
    "iec-hs-rise-days": _("within days of the earlier value"),
    "iec-hs-transaminases-times": _("Transaminases, times the upper limit or the baseline, more than"),
    "iec-hs-fibrinogen": _("Fibrinogen, below"),
    "iec-hs-neutrophils": _("Neutrophils, below"),
    "iec-hs-platelets": _("Platelets, below"),
    "iec-hs-haemoglobin": _("Haemoglobin, below"),
    "iec-hs-together-days": _("Values belong together within days"),
    "iec-hs-further": _("Criteria needed besides ferritin"),
}
UNITS = {"ferritin": "ng/mL", "fibrinogen": "g/L"}


def told(reason: Reason) -> SafeString:
    """A criterion that is met, as a sentence with its numbers."""
    from milenari.web import wording

    unit = reason.facts.get("unit") or UNITS.get(reason.criterion, "")
    measured = ("value", "reference", "before", "limit")
    facts: dict[str, Any] = {
        name: wording.number(value, unit if name in measured else "")
        for name, value in reason.facts.items() if name != "unit"
    }  # fmt: skip
    if reason.criterion != "cytopenia":
        return wording.filled(CRITERIA[reason.code], facts)
    _cytopenia, lineage, how = reason.code.split("-")
    return wording.filled(CYTOPENIAS[how], {**facts, "lineage": LINEAGES[lineage]})
