"""Words of comparisons: designs, what is measured, what fails, refusals."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS = {
    "designs": _("designs side by side"),
    "tornado": _("one figure after another"),
    "heat": _("two figures together"),
}
MEASURES = {
    "days": _("Days from referral to infusion"),
    "lost": _("Share lost while waiting"),
    "infused": _("Share infused"),
    "waited": _("Share who wait for vector"),
    "cost": _("EUR for a patient infused"),
}
TROUBLES = {
    "power": pgettext_lazy("outage", "power of a site"),
    "staff": pgettext_lazy("outage", "people of a site"),
    "machine": pgettext_lazy("outage", "machines of a site"),
    "courier": pgettext_lazy("outage", "courier of a lane"),
    "border": pgettext_lazy("outage", "border"),
}
DESIGNS = {
    "home": pgettext_lazy("design", "decentralised"),
    "central": pgettext_lazy("design", "central"),
    "hubs": pgettext_lazy("design", "hub and spoke"),
    "other": pgettext_lazy("design", "other scenario"),
}
WORSE = pgettext_lazy("design", "with outages")
LISTS = KINDS, MEASURES, TROUBLES, DESIGNS
LABELS = {
    "every": _("Days between"),
    "lasts": _("Days it lasts"),
    "failing": _("Percent of campaigns that fail"),
}
REFUSALS = {
    "comparison-alone": _(
        "One design has nothing to be compared with. Choose a central site, hubs or another scenario."
    ),
    "comparison-days": _("%(field)s: say days above zero, at most %(most)s, for each outage that is chosen."),
    "comparison-nothing-varied": _("Nothing is varied. Choose a figure with a low and a high value, at most %(most)s."),
    "comparison-range": _("%(field)s: the low value %(low)s is not below the high value %(high)s."),
    "comparison-values": _("Say from one value to %(most)s for each of the two figures, with blanks between them."),
    "comparison-not-a-number": _("%(field)s: %(found)s is no number. Write it with a point for decimals."),
}
