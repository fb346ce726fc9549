"""Closed lists of qualification runs, comparability, stability and drift, in the reader's language."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CAUSES = {
    "assignable-cause": _("assignable cause"),
    "common-cause": _("common cause, nothing assignable"),
    "measurement": _("measurement, not the process"),
    "data-error": _("error in the data"),
}

PURPOSES = {
    "engineering": _("engineering run"),
    "comparability": _("comparability run"),
    "validation": _("process validation run"),
    "media-fill": _("media fill"),
}

OPTIONS = {
    **PURPOSES,
    **CAUSES,
    "healthy-donor": _("cells of a healthy donor"),
    "split-apheresis": _("part of a split apheresis"),
    "frozen-cells": _("frozen cells"),
    "medium": _("medium only"),
    "accepted": pgettext_lazy("conclusion", "accepted"),
    "failed": pgettext_lazy("conclusion", "failed"),
    "lower": _("not below the limit"),
    "upper": _("not above the limit"),
    "nelson-1984": pgettext_lazy("convention of control charts", "as Nelson published them"),
    "jmp": pgettext_lazy("convention of control charts", "as JMP counts them"),
    "minitab": pgettext_lazy("convention of control charts", "as Minitab counts them"),
}
