"""Words of the pages of studies: states, criteria, verdicts, what a study waits for, why a number is not there."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES = {
    "drafted": pgettext_lazy("study", "drafted"),
    "locked": pgettext_lazy("study", "locked, runs and results to come"),
    "reported": pgettext_lazy("study", "reported, to be concluded"),
    "comparable": pgettext_lazy("study", "comparable"),
    "not-comparable": pgettext_lazy("study", "not comparable"),
    "not-enough-data": pgettext_lazy("study", "not enough data to conclude"),
    "running": pgettext_lazy("study", "running"),
    "approved": pgettext_lazy("study", "shelf life in force"),
}
STABILITY_STATES = {**STATES, "reported": pgettext_lazy("study", "shelf life computed, to be approved")}
LOOKS = {
    "comparable": "good", "approved": "good", "not-comparable": "bad", "not-enough-data": "warn", "reported": "soft",
    "locked": "soft",
}  # fmt: skip
DESIGNS = {
    "paired": _("paired: both sites make cells of the same donation"),
    "unpaired": _("unpaired: each site makes cells of its own donors"),
}
CRITERIA = {
    "tost": pgettext_lazy("criterion", "equivalence of means"),
    "quality-range": pgettext_lazy("criterion", "quality range of the reference"),
    "report": pgettext_lazy("criterion", "shown without a verdict"),
}
SCALE_NAMES = {"difference": pgettext_lazy("scale", "difference"), "ratio": pgettext_lazy("scale", "ratio")}
SCALES = {"difference": _("difference, candidate minus reference"), "ratio": _("ratio, candidate over reference")}
ARMS = {"reference": pgettext_lazy("arm of a study", "reference"),
        "candidate": pgettext_lazy("arm of a study", "candidate")}  # fmt: skip
VERDICTS = {
    "met": pgettext_lazy("verdict", "met"),
    "not-met": pgettext_lazy("verdict", "not met"),
    "not-enough-data": pgettext_lazy("verdict", "not enough data to conclude"),
    "reported": pgettext_lazy("verdict", "no verdict asked"),
}
FACTORS = {
    "site": pgettext_lazy("source of variation", "site"),
    "donor": pgettext_lazy("source of variation", "donor"),
    "lot": pgettext_lazy("source of variation", "vector lot"),
    "residual": pgettext_lazy("source of variation", "batch and assay"),
}
LEFT_OUT = {
    "not-recorded": _("Not in the model because it is not recorded for every run: %(factor)s."),
    "one-level": _("Not in the model because all runs have the same one, so that it cannot be told apart: %(factor)s."),
    "own-level": _("Not in the model because every run has its own, so that it cannot be told apart: %(factor)s."),
}
WITHIN = {
    "quality-range": pgettext_lazy("criterion", "quality range"),
    "tolerance": pgettext_lazy("criterion", "tolerance interval"),
}
VERDICT_LOOKS = {"met": "good", "not-met": "bad", "not-enough-data": "warn", "reported": "open"}
WAITS = {
    "consent": _("The candidate site reads the protocol and signs it."),
    "lock": _(
        "Another person of the control site's quality assurance locks the protocol that both sites stand behind."
    ),
    "runs": _("More runs are made and taken in before any of their results is known."),
    "finish": _("Runs that were taken in are tested and concluded."),
    "report": _("Everything is there: the report can be computed and signed."),
    "report-again": _("Figures changed since the report: it has to be computed again."),
    "conclude": _("Another person of the control site concludes the study on the report."),
    "investigate": _("The study did not show comparability: the cause is stated before it is repeated."),
    "repeat": _("The cause is stated; a new study that names this one may be drafted."),
}
UNFIT = {
    "too-few": _("There are too few figures to compute this."),
    "constant": _("The figures never differ, so there is no variation to judge by; record more decimals or more runs."),
    "not-positive": _("A ratio needs figures above zero, and one is not."),
    "one-site": _("Only one of the sites has figures."),
    "one-batch": _("All results are of one lot; poolability compares several."),
    "one-month": _("A lot has results of one month only; a line needs two."),
    "out-of-reach": _("No margin however wide would be met with the wanted power."),
    "pairs-incomplete": _("Halves of donations are missing."),
    "level-missing": _("Donor or vector lot is not recorded for every run."),
    "sites-alike": _("The sites cannot be told apart in these figures."),
    "limit-missing": _("The limit is missing."),
    "no-limit": _("The specification has no limit for this test."),
    "no-spread": _("There is no variation to judge by."),
    "error-unknown": _("Say first whether the lots share one error."),
    "no-shelf-life": _("No shelf life follows from these points."),
    "times-crossed": _("Of one batch the infusion stands before the apheresis; the times have to be corrected."),
}
UNFIT_OTHER = _("This could not be computed (%(code)s).")
PATTERNS = {
    "nelson-1": _("one batch beyond the control limits"),
    "nelson-2": _("a long run on one side of the centre"),
    "nelson-3": _("a long run rising or falling"),
    "nelson-4": _("a long run going up and down in turn"),
    "nelson-5": _("neighbours far on one side"),
    "nelson-6": _("neighbours somewhat on one side"),
    "nelson-7": _("a long run close to the centre"),
    "nelson-8": _("a long run away from the centre on both sides"),
    "ewma-high": _("weighted average above its limit"),
    "ewma-low": _("weighted average below its limit"),
    "cusum-high": _("cumulative sum upwards above its limit"),
    "cusum-low": _("cumulative sum downwards above its limit"),
}
MODELS = {
    "dids": _("a line of its own for each lot"),
    "dics": _("one slope, a level of its own for each lot"),
    "cics": _("one line for all lots"),
}
ERRORS = {"separate": _("each lot its own error"), "pooled": _("one error shared by all lots")}
STABILITY_VERDICTS = {
    "shelf-life": _("A shelf life follows from the points."),
    "fails-at-start": _("The limit of the mean meets the specification at the start already: there is no shelf life."),
    "insufficient-data": _("There are not enough lots or months for a shelf life. Estimates for each lot are shown."),
}
ENDPOINTS = {
    "viable cells": _("Viable cells at harvest"),
    "transduction": _("Transduction"),
    "apheresis to infusion": _("From apheresis to the first infusion"),
}


def unfit(why: Any) -> Any:
    """Why something could not be computed, as a template and its code."""
    return UNFIT.get(why.code, UNFIT_OTHER)
