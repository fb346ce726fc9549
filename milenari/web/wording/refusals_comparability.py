"""Wording of refusals in comparability and stability studies and in the assessment of drift."""

from django.utils.translation import gettext_lazy as _

COMPARABILITY = {
    "comparability-protocol-unreadable": _(
        "The protocol cannot be used: %(where)s %(fault)s. Correct that place and send it again."
    ),
    "comparability-locked": _(
        "The protocol of study %(study)s is locked and cannot change. Another protocol is another study."
    ),
    "comparability-with-itself": _("Site %(site)s cannot be compared with itself. Choose another candidate site."),
    "comparability-not-locked": _(
        "The protocol of study %(study)s is not locked. Both sites sign it and quality assurance locks it first."
    ),
    "comparability-reported": _("Study %(study)s is reported; no run is taken in any more."),
    "comparability-not-reported": _("Study %(study)s has no report to conclude. Quality assurance reports it first."),
    "comparability-not-investigated": _(
        "Study %(study)s did not show comparability and is not investigated. It is investigated before it is repeated."
    ),
    "comparability-of-another": _("Study %(study)s is about product %(product)s at site %(site)s, not about this one."),
    "not-shown-comparable": _("Study %(study)s does not show comparability: %(outcome)s."),
    "nothing-to-repeat": _("Study %(study)s is not concluded, or was comparable: there is nothing to repeat."),
    "nothing-to-investigate": _("Study %(study)s is not concluded, or was comparable: nothing is to be investigated."),
    "already-investigated": _("Study %(study)s is investigated already."),
    "not-the-candidate-site": _("Site %(expected)s signs as candidate site, not %(site)s."),
    "protocol-changed": _(
        "The protocol of study %(study)s is not the one you read: it was changed since. Read it again before you sign."
    ),
    "protocol-not-consented": _("Site %(site)s has not signed the protocol of study %(study)s as it stands now."),
    "run-of-another-arm": _(
        "Batch %(batch)s was made at %(site)s or of another product. Expected is a batch of: %(expected)s."
    ),
    "run-enrolled-already": _("Batch %(batch)s is in study %(study)s already."),
    "run-not-enrolled": _("Batch %(batch)s is not in study %(study)s, or was taken out."),
    "too-many-runs": _("A study takes at most %(most)s runs."),
    "results-seen": _(
        "Results of batch %(batch)s are known already: %(tests)s. "
        "A run is taken in before its results, so that none is chosen for its figures."
    ),
    "pair-missing": _("Batch %(batch)s names no donation, and this study compares halves of one donation."),
    "pair-complete": _("Another run of this site has donation %(pair)s already; batch %(batch)s would be a second."),
    "runs-unfinished": _(
        "Runs of study %(study)s are not concluded: %(batches)s. They are concluded or taken out before the report."
    ),
    "report-of-other-data": _(
        "The report of study %(study)s was computed from other figures than the record holds now. Compute it again."
    ),
    "report-incomplete": _(
        "The report of study %(study)s has to have one line for each attribute: %(expected)s. Found: %(found)s."
    ),
    "report-line-unreadable": _("The line of %(test)s cannot be read: %(fault)s."),
    "verdict-not-of-figures": _(
        "The line of %(test)s says %(found)s, and its figures say %(expected)s by the locked protocol."
    ),
}

STABILITY = {
    "lot-named-twice": _("Lots are named twice: %(lots)s. Name each once."),
    "lot-not-in-study": _("Lot %(lot)s is not in this study. It follows: %(lots)s."),
    "too-many-points": _("A study takes at most %(most)s measurements."),
    "points-unverified": _(
        "Measurements of study %(study)s are not verified: %(samples)s. A second person verifies them first."
    ),
    "no-points": _("Study %(study)s has no verified measurement yet."),
    "shelf-life-of-other-data": _(
        "The shelf life of study %(study)s was computed from other measurements than stand there now. Compute it again."
    ),
    "shelf-life-beyond-data": _(
        "A shelf life of %(months)s months is more than this study can carry: it has data up to month %(longest)s and "
        "may say at most %(most)s months."
    ),
    "shelf-life-of-another": _("The study is of process %(expected)s, not of %(process)s."),
    "no-shelf-life": _("No shelf life is computed in study %(study)s yet."),
    "expiry-beyond-shelf-life": _(
        "An expiry of %(expires_on)s is beyond the shelf life of %(months)s months. The last day possible is %(last)s."
    ),
}

DRIFT = {
    "baseline-without-spread": _("Series %(series)s has no spread to judge by. Take batches that differ."),
    "batch-of-another-series": _("Batch %(batch)s does not belong to series %(series)s."),
    "signal-open-already": _("Signal %(signal)s was opened already."),
}
