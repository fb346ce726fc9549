"""Words of instruments and rooms: what is done to them again and again, stages, grades."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TASKS = {
    "qualification": _("qualification"),
    "calibration": _("calibration"),
    "cleaning": _("cleaning"),
    "maintenance": _("maintenance"),
    "monitoring": _("monitoring"),
}

OPTIONS = {
    **TASKS,
    "passed": pgettext_lazy("upkeep", "passed"),
    "failed": pgettext_lazy("upkeep", "failed"),
    "A": _("grade A"),
    "B": _("grade B"),
    "C": _("grade C"),
    "D": _("grade D"),
    "CNC": _("controlled, not classified"),
    "IQ": _("installation qualification"),
    "OQ": _("operational qualification"),
    "PQ": _("performance qualification"),
}

STATES = {
    "in-use": _("in use"),
    "soon": _("in use, due soon"),
    "due": pgettext_lazy("upkeep", "due"),
    "blocked": _("blocked"),
    "retired": _("taken out of use"),
}
