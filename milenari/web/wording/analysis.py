"""Words of the analysis of a trial: figures, who is counted, from when, how a time ends, why there is no figure."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FIGURES = {
    "response": _("Complete response, with or without recovery of blood counts"),
    "mrd": _("Complete response without residual disease"),
    "os": _("Overall survival"),
    "efs": _("Event-free survival"),
    "rfs": _("Relapse-free survival"),
    "relapse": _("Cumulative incidence of relapse"),
    "aplasia": _("Duration of B-cell aplasia"),
    "crs": _("Cytokine release syndrome"),
    "icans": _("Neurotoxicity (ICANS)"),
    "expansion": _("Expansion of CAR-T cells"),
    "waterfall-blasts": _("Best change of blasts in the marrow"),
    "waterfall-mrd": _("Best change of residual disease"),
}
VARIANTS = {
    "transplant-ignored": _("time goes on after a transplant"),
    "transplant-censored": _("ends without event at a transplant in remission"),
    "any-grade": _("of any grade"),
    "severe": _("severe"),
}
DENOMINATORS = {
    "screened": pgettext_lazy("denominator", "screened"),
    "enrolled": pgettext_lazy("denominator", "enrolled"),
    "apheresed": pgettext_lazy("denominator", "apheresed"),
    "infused": pgettext_lazy("denominator", "infused"),
    "evaluable": pgettext_lazy("denominator", "infused, and assessed or the window has closed"),
    "responders": pgettext_lazy("denominator", "with a response"),
    "patients with B-cell aplasia": pgettext_lazy("denominator", "with B-cell aplasia"),
}
CLOCKS = {
    "enrolment": pgettext_lazy("clock", "enrolment"),
    "apheresis": pgettext_lazy("clock", "apheresis"),
    "infusion": pgettext_lazy("clock", "first infusion"),
    "response": pgettext_lazy("clock", "first response"),
    "first sample below the threshold": pgettext_lazy("clock", "first sample below the threshold"),
}
STATUSES = {
    "alive": pgettext_lazy("end of a time", "alive on the last day known"),
    "withdrawn": pgettext_lazy("end of a time", "withdrawn"),
    "ended": pgettext_lazy("end of a time", "participation ended"),
    "death": pgettext_lazy("end of a time", "death"),
    "relapse": pgettext_lazy("end of a time", "relapse"),
    "no-response": pgettext_lazy("end of a time", "no response"),
    "transplant": pgettext_lazy("end of a time", "transplant in remission"),
    "recovered": pgettext_lazy("end of a time", "B cells back"),
    "lasting": pgettext_lazy("end of a time", "still in aplasia at the last sample"),
}
INTERVALS = {"plain": _("plain"), "log": _("log"), "log-log": _("log-log")}
MISSING = {
    "failure": _("counts as no response"),
    "excluded": _("is left out"),
    "refused": _("is refused"),
}
RESPONSES = {
    "mrd-negative-cr": _("complete response, no residual disease found"),
    "cr": _("complete response"),
    "cri": _("complete response with incomplete recovery"),
    "no-response": _("no response"),
    "not-evaluable": _("cannot be evaluated"),
    "not-assessed": _("not assessed in the window"),
}
ATTRIBUTES = {"dose_e6_per_kg": _("Dose infused, million cells per kilogram")}
# Why a figure is not given. What a method says beyond these is shown beside in its own words.
LACKING = {
    "nobody-counted": _("nobody to be counted yet"),
    "no-samples": _("no samples on record"),
    "no-levels": _("no pages with a level before the infusion and one after it"),
    "threshold-not-set": _("the protocol sets no threshold for the loss of B-cell aplasia"),
    "nothing-to-compare": _("no site has products both with and without a response, and values that differ"),
    "too-few": _("too few participants"),
    "constant": _("every value is the same"),
    "no-aplasia": _("nobody was below the threshold"),
}
SPANS = {
    "to-apheresis": _("to apheresis"),
    "to-infusion": _("to infusion"),
    "after-infusion": _("after infusion"),
}
MARKS = {
    "response": pgettext_lazy("mark", "response"),
    "relapse": pgettext_lazy("mark", "relapse"),
    "transplant": pgettext_lazy("mark", "transplant"),
    "death": pgettext_lazy("mark", "death"),
    "withdrawn": pgettext_lazy("mark", "withdrawn"),
    "ended": pgettext_lazy("mark", "ended"),
    "alive": pgettext_lazy("mark", "goes on"),
}
