"""Findings: what an accepted act brought to light, as whole sentences."""

from django.utils.translation import gettext_lazy as _

from milenari.web.wording import arrival, safety, sharing

FINDINGS = {
    **arrival.FINDINGS,
    **sharing.FINDINGS,
    **safety.FINDINGS,
    "excluded-after-results": _("Batch %(batch)s was taken out of the comparison after results were known: %(tests)s."),
    "training-ends": _("Training of %(person)s on %(procedure)s, version %(number)s, ends on %(until_on)s."),
    "upkeep-soon": _("%(task)s of %(subject)s is due on %(due_on)s."),
    "upkeep-failed": _(
        "%(task)s of %(subject)s did not pass. It is blocked until quality assurance lifts that; open a deviation on "
        "what was made with it since it last passed."
    ),
    "assessment-failed": _("%(item)s was not passed: %(found)s of %(needed)s %(unit)s needed. It can be repeated."),
    "under-emergency-access": _("Done under emergency access as %(role)s; quality assurance reviews and comments it."),
    "emergency-access-opened": _(
        "Emergency access as %(role)s is open for %(hours)s hours. Everything done under it is marked; quality "
        "assurance reviews it."
    ),
    "out-of-limit": _(
        "Reading %(reading)s of phase %(phase)s was %(found)s, outside its limit. Deviation %(deviation)s was "
        "opened; quality assurance assesses it."
    ),
    "transcribed-from-paper": _(
        "Phase %(phase)s was entered from paper form %(form)s. A second person compares it with the form before the "
        "batch goes on."
    ),
    "form-not-issued-here": _(
        "Phase %(phase)s was written on form %(form)s, which this node did not issue. Quality assurance looks at the "
        "form when it reviews the record."
    ),
    "hold-time-exceeded": _(
        "Phase %(phase)s began %(hours)s hours after the one before it; %(allowed)s are allowed. Deviation "
        "%(deviation)s was opened; quality assurance assesses it."
    ),
    "form-lost": _(
        "Paper form %(form)s of batch %(batch)s is lost. Open a deviation; quality assurance decides what it means."
    ),
    "received-damaged": _(
        "%(subject)s arrived damaged. Open a deviation on its batch or lot; quality assurance decides."
    ),
    "severe-toxicity": _(
        "Severe toxicity: %(scale)s of grade %(grade)s. The physician on duty and the sponsor must know."
    ),
    "visit-outside-window": _("Visit %(visit)s lies outside its window from %(from)s to %(to)s."),
    "fraction-held": _("Fraction %(dose)s is held; a physician decides again before it is given."),
    "not-conforming-product": _(
        "Batch %(batch)s does not conform to its specification; it is given on the physician's request."
    ),
    "weight-jump": _("The weight went from %(before)s to %(now)s since the last weighing. Please weigh again."),
    "released-with-pending": _(
        "Released while results are pending: %(requirements)s. The release becomes final when they pass."
    ),
    "recall": _(
        "Recalled: everything not yet used is blocked from now on. Look at the trace for the patients reached."
    ),
    "supplied-out-of-specification": _(
        "Supplied out of specification: %(requirements)s. The authority must be notified by %(notify_authority_by)s."
    ),
    "out-of-specification": _(
        "Test %(test)s is out of specification (%(arithmetic)s). An investigation is open; quality assurance "
        "concludes it."
    ),
    "out-of-limit-at-entry": _(
        "The result of %(test)s (%(arithmetic)s) does not meet its limit as entered. Check it; a second person "
        "verifies it."
    ),
    "labels-reprinted": _("Labels of %(of)s were printed again: %(count)s."),
    "late-positive": _(
        "Test %(test)s failed after release. Fractions not yet given are stopped; tell the treating physician and "
        "record it."
    ),
    "edge-on-simulated-run": _(
        "The edge %(edge)s rests on runs whose figures were drawn and not measured (%(batches)s): a rehearsal, no "
        "evidence for patients."
    ),
    "shelf-life-simulated": _(
        "The shelf life of study %(study)s rests on figures that were drawn and not measured: a rehearsal, no evidence "
        "for patients."
    ),
}
