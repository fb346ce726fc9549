"""Printing: the closed lists of printed labels, in the reader's language."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS = {
    "collection-bag": _("collection bag label"),
    "vector-container": _("vector container label"),
    "product-bag": _("product bag label"),
    "sample-tube": _("sample label"),
    "shipper": _("shipper label"),
}

SIZES = {
    "vial": pgettext_lazy("size of a label", "small vial"),
    "tube": pgettext_lazy("size of a label", "sample tube"),
    "small-bag": pgettext_lazy("size of a label", "small bag"),
    "bag": pgettext_lazy("size of a label", "medium bag"),
    "large-bag": pgettext_lazy("size of a label", "large bag"),
    "a6": pgettext_lazy("size of a label", "shipper"),
}

STORAGE = {
    "vapour-phase": _("vapour of liquid nitrogen"),
    "deep-frozen": _("deep-frozen"),
    "refrigerated": _("refrigerated"),
    "room-temperature": _("room temperature"),
}

# Each in its own language, as in the language choice.
LANGUAGES = {"en": "English", "es": "Español", "ca": "Català", "it": "Italiano", "fr": "Français", "ar": "العربية"}

SCHEMES = {"own": _("house scheme"), "isbt-128": _("scheme of the licensed tables")}

RESOLUTIONS = {
    "standard": pgettext_lazy("dots of a print head", "standard"),
    "fine": pgettext_lazy("dots of a print head", "fine"),
    "finest": pgettext_lazy("dots of a print head", "finest"),
}

STATES = {
    "open": pgettext_lazy("what became of a label", "open"),
    "used": pgettext_lazy("what became of a label", "used"),
    "destroyed": pgettext_lazy("what became of a label", "destroyed"),
    "returned": pgettext_lazy("what became of a label", "returned"),
}

# What may be read otherwise than it was meant.
DIFFERING = {
    "picture": _("the picture itself"),
    "symbols": _("the number of symbols"),
    "symbol": _("the symbol"),
    "kind": _("the kind of label"),
    "serial": _("the number of the label"),
    "code": _("the code"),
    "coi": _("the chain of identity"),
    "isbt-128": _("the symbol of the donation"),
    "gs1": _("the code of the shipper"),
}

OPTIONS = {**KINDS, **SIZES, **STORAGE, **SCHEMES, **RESOLUTIONS, **LANGUAGES}
