"""Words at the bedside: the few very large ones of each verdict, and who is called about it.

What a refusal is not named here is a stop, in the words of ``STOP_OTHERWISE``: a new rule can only be stricter.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.words import Role

GIVE = _("This bag is for this patient.")
GIVE_SENTENCE = _("It may be given, once a second person has scanned wristband and bag too.")
GIVE_NOW = _("Give this bag to this patient now.")
GIVE_NOW_SENTENCE = _("Two persons have scanned wristband and bag, and the rules allow it.")

# Refusals that a person on the ward can put right now; the same bag may then be given.
WAIT = {
    "not-decided": pgettext_lazy("verdict at the bedside", "Wait: a physician decides first"),
    "toxicity-not-graded": pgettext_lazy("verdict at the bedside", "Wait: grade the toxicity first"),
    "interval-too-short": pgettext_lazy("verdict at the bedside", "Wait: too soon after the last infusion"),
    "weight-too-old": pgettext_lazy("verdict at the bedside", "Wait: weigh the patient first"),
    "weight-missing": pgettext_lazy("verdict at the bedside", "Wait: weigh the patient first"),
    "receipt-incomplete": pgettext_lazy("verdict at the bedside", "Wait: the receipt lacks a signature"),
    "not-scanned": pgettext_lazy("verdict at the bedside", "Wait: both persons scan first"),
    "scan-too-old": pgettext_lazy("verdict at the bedside", "Wait: scan wristband and bag again"),
    "coi-unreadable": pgettext_lazy("verdict at the bedside", "Scan the wristband again"),
    "coi-check-wrong": pgettext_lazy("verdict at the bedside", "Scan the wristband again"),
    "label-unreadable": pgettext_lazy("verdict at the bedside", "Scan the bag again"),
    "label-check-wrong": pgettext_lazy("verdict at the bedside", "Scan the bag again"),
    "before-its-cause": pgettext_lazy("verdict at the bedside", "Wait: scan wristband and bag again"),
}

STOP = {
    "another-patient": pgettext_lazy("verdict at the bedside", "STOP: this is not the patient of this bag"),
    "another-bag": pgettext_lazy("verdict at the bedside", "STOP: this is another bag"),
    "label-of-another": pgettext_lazy("verdict at the bedside", "STOP: this is another bag"),
    "already-given": pgettext_lazy("verdict at the bedside", "STOP: this fraction was given already"),
    "batch-recalled": pgettext_lazy("verdict at the bedside", "STOP: this product is recalled"),
    "vector-recalled": pgettext_lazy("verdict at the bedside", "STOP: this product is recalled"),
    "late-result-failed": pgettext_lazy("verdict at the bedside", "STOP: a late test has failed"),
    "not-released": pgettext_lazy("verdict at the bedside", "STOP: this product is not released"),
    "product-expired": pgettext_lazy("verdict at the bedside", "STOP: this product has expired"),
    "toxicity-too-high": pgettext_lazy("verdict at the bedside", "STOP: toxicity is too high"),
    "interval-too-long": pgettext_lazy("verdict at the bedside", "STOP: too long since the last fraction"),
    "fraction-out-of-order": pgettext_lazy("verdict at the bedside", "STOP: another fraction comes first"),
    "held": pgettext_lazy("verdict at the bedside", "STOP: the physician holds this fraction"),
    "damage-not-judged": pgettext_lazy("verdict at the bedside", "STOP: this bag arrived damaged"),
    "consent-missing": pgettext_lazy("verdict at the bedside", "STOP: a consent is missing"),
    "consent-withdrawn": pgettext_lazy("verdict at the bedside", "STOP: consent is withdrawn"),
    "subject-unknown": pgettext_lazy("verdict at the bedside", "STOP: nobody knows this bag"),
    "held-elsewhere": pgettext_lazy("verdict at the bedside", "STOP: this bag belongs to another hospital"),
    "in-transit": pgettext_lazy("verdict at the bedside", "STOP: this bag is not received yet"),
    "role-not-allowed": pgettext_lazy("verdict at the bedside", "STOP: your role does not give fractions"),
}
STOP_OTHERWISE = pgettext_lazy("verdict at the bedside", "STOP: do not give this bag")

# Who is called, by role; the page names the persons of the site who hold it today.
_QUALIFIED = (Role.QP, Role.PHYSICIAN)
CALL = {
    "another-patient": (Role.PHYSICIAN, Role.QA),
    "another-bag": (Role.PHYSICIAN, Role.QA),
    "label-of-another": (Role.PHYSICIAN, Role.QA),
    "already-given": (Role.PHYSICIAN,),
    "batch-recalled": _QUALIFIED,
    "vector-recalled": _QUALIFIED,
    "late-result-failed": _QUALIFIED,
    "not-released": _QUALIFIED,
    "product-expired": _QUALIFIED,
    "subject-unknown": (Role.QA, Role.PHYSICIAN),
    "damage-not-judged": (Role.QA,),
    "in-transit": (Role.QA,),
    "held-elsewhere": (Role.QA,),
    "receipt-incomplete": (Role.WARD_NURSE, Role.QA),
    "interval-too-long": (Role.PHYSICIAN, Role.COORDINATOR),
    "not-scanned": (Role.WARD_NURSE, Role.PHYSICIAN),
    "scan-too-old": (Role.WARD_NURSE, Role.PHYSICIAN),
    "before-its-cause": (Role.WARD_NURSE, Role.PHYSICIAN),
    "role-not-allowed": (Role.WARD_NURSE, Role.PHYSICIAN),
}
CALL_OTHERWISE = (Role.PHYSICIAN,)

# What whoever stands at the bed can do about a verdict: the forms that come back to it.
REMEDIES = {
    "toxicity-not-graded": ("grade-crs", "grade-icans"),
    "weight-too-old": ("record-weight",),
    "weight-missing": ("record-weight",),
    "toxicity-too-high": ("grade-crs", "grade-icans"),
    "consent-missing": ("record-consent",),
}

# -- at the apheresis chair -----------------------------------------------------------------------------

COLLECT_MAY = _("This is the patient. Cells may be collected.")
COLLECT_MAY_SENTENCE = _("Sign when the bag is full, with its code and volume.")
LABEL_FITS = _("This label is for this patient.")
LABEL_FITS_SENTENCE = _("Sign that it is on the bag.")
AT_CHAIR = {
    "another-patient": pgettext_lazy("verdict at the chair", "STOP: wristband and therapy do not fit"),
    "label-of-another": pgettext_lazy("verdict at the chair", "STOP: this label is for another bag"),
    "subject-unknown": pgettext_lazy("verdict at the chair", "STOP: nobody knows this wristband"),
    "coi-missing": pgettext_lazy("verdict at the chair", "STOP: no chain of identity is issued"),
    "consent-missing": pgettext_lazy("verdict at the chair", "STOP: a consent is missing"),
    "consent-withdrawn": pgettext_lazy("verdict at the chair", "STOP: consent is withdrawn"),
    "patient-died": pgettext_lazy("verdict at the chair", "STOP: this patient has died"),
    "site-role-missing": pgettext_lazy("verdict at the chair", "STOP: this hospital may not collect"),
    "held-elsewhere": pgettext_lazy("verdict at the chair", "STOP: another hospital treats this patient"),
    "role-not-allowed": pgettext_lazy("verdict at the chair", "STOP: your role does not collect cells"),
}
AT_CHAIR_OTHERWISE = pgettext_lazy("verdict at the chair", "STOP: do not go on")
