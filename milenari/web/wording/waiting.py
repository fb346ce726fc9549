"""Waiting: why something waits, what a deadline is of, and what the figures of the home count, in whole sentences."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.web.wording import safety

# By the action that would move it on.
WHY = {
    **safety.WHY,
    "settle-arrival": _("The box is here and its data have not come. Find out why, and settle it."),
    "receive": _("It was sent here and its arrival is not recorded."),
    "witness-dispatch": _("A second person has to sign that it leaves."),
    "witness-receipt": _("A second person has to sign that it arrived."),
    "judge-damage": _("It arrived damaged. Nobody may use it before it is judged."),
    "record-consent": _("Consent is not recorded yet."),
    "confirm-eligibility": _("Eligibility is not confirmed yet."),
    "issue-coi": _("The chain of identity is not issued. Nothing may be collected before."),
    "book-slot": _("No collection day is booked."),
    "collect-cells": _("The collection day is booked and no cells are collected."),
    "label-bag": _("The label on the bag is not checked against the wristband."),
    "count-cells": _("The collected cells are not counted."),
    "accept-collection": _("The bag is labelled and counted. The clean room has not taken it in."),
    "close-qualification-run": _("A qualification run is tested and waits for its conclusion."),
    "start-batch": _("The cells are in the clean room and no batch is started."),
    "sign-step": _("The next phase is not signed."),
    "verify-step": _("A second person has to verify the phase before the batch goes on."),
    "harvest-batch": _("All phases are signed. The harvest is not recorded."),
    "fill-batch": _("The product is harvested and not filled."),
    "reconcile-batch": _("The fractions are filled. Cells and materials are not reconciled."),
    "resume-batch": _("The batch is on hold. It goes on when quality assurance says so."),
    "take-sample": _("Tests of the specification have no sample."),
    "record-result": _("The sample is taken and the result is not entered."),
    "verify-result": _("A second person has to verify the result."),
    "close-investigation": _("A result failed and its investigation is open."),
    "close-deviation": _("The deviation is open."),
    "review-trail": _("The record changed since it was last reviewed."),
    "certify-batch": _("Everything is in. The Qualified Person has not certified."),
    "release-batch": _("The batch is certified and not released."),
    "inform-physician": _("A late result failed. The treating physician has to be told."),
    "request-oos-supply": _("A requirement failed. The physician may ask for supply, or the batch is rejected."),
    "evaluate-oos-risk": _("Supply out of specification is requested. The manufacturer evaluates the risk."),
    "accept-oos-risk": _("The risk is evaluated. The physician accepts it or not."),
    "supply-oos": _("The risk is accepted. The Qualified Person supplies the batch or rejects it."),
    "decide-fraction": _("The fraction is released. The physician has not decided to give it."),
    "held": _("The physician holds the fraction, and decides again when the patient has recovered."),
    "administer-fraction": _("The fraction is to be given and is not given."),
    "judge-material": _("The lot is in quarantine."),
    "harvest-vector": _("The campaign is open and no lot is harvested."),
    "fill-lot": _("The vector is harvested and not filled into containers."),
    "record-titre": _("The lot has no titre. Nothing can be dosed without it."),
    "release-lot": _("Every test passes and the trail is reviewed. The lot is not released."),
    "reject-lot": _("A requirement failed. The lot cannot be released."),
    "comment-emergency-access": _("Somebody acted under emergency access. Quality assurance comments on it."),
}

# What runs out. A sentence with the thing's own link beside it.
DEADLINES = {
    "slot": pgettext_lazy("deadline", "collection day"),
    "collection": pgettext_lazy("deadline", "hold time of the collected cells"),
    "dose": pgettext_lazy("deadline", "expiry of the released fraction"),
    "result": pgettext_lazy("deadline", "test result due"),
    "visit": pgettext_lazy("deadline", "follow-up visit, end of its window"),
    "consent": pgettext_lazy("deadline", "own consent needed on coming of age"),
    "lot": pgettext_lazy("deadline", "expiry of the vector"),
    "material": pgettext_lazy("deadline", "expiry of the material"),
    "equipment": pgettext_lazy("deadline", "end of the calibration"),
    "training": pgettext_lazy("deadline", "end of the training"),
    "role": pgettext_lazy("deadline", "end of the role"),
    "quality-agreement": pgettext_lazy("deadline", "end of the quality agreement"),
    "support": pgettext_lazy("deadline", "the readiness of the site rests on it"),
    "qualified": pgettext_lazy("deadline", "end of the qualification of the site"),
}

FIGURES = {
    "patients": pgettext_lazy("figure", "Patients before manufacture"),
    "in_manufacture": pgettext_lazy("figure", "Patients waiting for their product"),
    "in_process": pgettext_lazy("figure", "Batches not decided"),
    "on_hold": pgettext_lazy("figure", "Batches on hold"),
    "to_release": pgettext_lazy("figure", "Batches ready for review"),
    "pending_results": pgettext_lazy("figure", "Results pending or to verify"),
    "open_deviations": pgettext_lazy("figure", "Open deviations of batches"),
    "quarantined": pgettext_lazy("figure", "Material lots in quarantine"),
    "vector_free": pgettext_lazy("figure", "Vector containers free"),
    "vector_reserved": pgettext_lazy("figure", "Vector containers reserved"),
    "people": pgettext_lazy("figure", "People with a role"),
    "participants": pgettext_lazy("figure", "Participants of trials"),
    "casebook_queries": pgettext_lazy("figure", "Queries to answer or close"),
    "adverse_events": pgettext_lazy("figure", "Adverse events that are open"),
}

INTERVALS = {
    "referral-collection": _("referral to collection"),
    "collection-start": _("collection to start of the batch"),
    "start-harvest": _("start of the batch to harvest"),
    "harvest-release": _("harvest to release"),
    "collection-infusion": _("collection to first infusion"),
}
