"""Quality: words of the laboratory's and the release desk's screens."""

from django.utils.translation import gettext_lazy as _

# What a sign before a result says; the signs themselves stand in the isolated number only.
BOUNDS = {
    "": _("exactly"),
    "<": _("below"),
    "<=": _("at most"),
    ">": _("above"),
    ">=": _("at least"),
}

VERDICTS = {
    "pass": _("within its limit"),
    "fail": _("outside its limit"),
    "undecided": _("this bound does not decide"),
    "unreadable": _("not a number"),
}

OPEN_STATUSES = {
    "pending": _("to be entered"),
    "recorded": _("to be verified"),
    "overdue": _("overdue"),
}

# What keeps a batch or lot from its next decision, in the order in which it is moved on.
STANDING = {
    "alarm": _("a late result failed"),
    "on-hold": _("on hold"),
    "unfilled": _("to be filled"),
    "unreconciled": _("cells to be accounted for"),
    "untitred": _("titre to be recorded"),
    "unsampled": _("tests without a sample"),
    "investigation": _("investigation open"),
    "deviation": _("deviation open"),
    "failed": _("does not conform: to be decided"),
    "results": _("results to come"),
    "unverified": _("results to be verified"),
    "review": _("trail to be reviewed"),
    "certification": _("to be certified"),
    "release": _("to be released"),
    "late": _("released conditionally, late results to come"),
}

# Why a line stands on the page of exceptions.
EXCEPTIONS = {
    "late": _("Written later than it happened"),
    "changed": _("A value was changed"),
    "finding": _("Came to light"),
    "emergency": _("Under emergency access"),
    "paper": _("Written on paper first"),
    "hold": _("Put on hold"),
    "resumed": _("Hold lifted"),
    "repeated": _("Test repeated"),
    "outside": _("Outside its limit"),
    "undecided": _("Not decided by its bound"),
    "missing": _("Missing"),
    "unverified": _("Not verified yet"),
    "investigation": _("Investigation"),
    "deviation": _("Deviation"),
    "supply": _("Out-of-specification supply"),
    "recalled": _("Recalled"),
    "damaged": _("Arrived damaged"),
    "weight": _("Weight of the patient"),
}
