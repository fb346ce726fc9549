"""Words of training: kinds of items, how a person stands, what a new version changes."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ITEM_KINDS = {
    "read": _("read and understood"),
    "e-learning": _("e-learning"),
    "supervised-runs": _("supervised runs"),
    "observation": _("direct observation"),
    "media-fill": _("media fill"),
    "assessment": _("assessment"),
}

# How somebody stands: a sign and a word, never the colour alone.
STANDINGS = {
    "trained": ("\u2713", pgettext_lazy("training", "trained")),
    "ends": ("!", pgettext_lazy("training", "ends soon")),
    "partly": ("\u25d0", pgettext_lazy("training", "partly shown")),
    "inactive": ("\u2759\u2759", pgettext_lazy("training", "too long without practice")),
    "none": ("\u2717", pgettext_lazy("training", "not trained")),
    "not-asked": ("\u2013", pgettext_lazy("training", "not asked of these roles")),
}
LOOKS = {"trained": "good", "ends": "warn", "partly": "warn", "inactive": "bad", "none": "bad", "not-asked": "open"}

CHANGES = {
    "carries-over": pgettext_lazy("item of a curriculum", "carries over"),
    "again": pgettext_lazy("item of a curriculum", "to be shown again"),
    "new": pgettext_lazy("item of a curriculum", "new"),
    "dropped": pgettext_lazy("item of a curriculum", "no longer asked"),
}

PASSPORT_STATES = {
    "good": pgettext_lazy("item of a passport", "proven and in force"),
    "expired": pgettext_lazy("item of a passport", "ran out"),
    "revoked": pgettext_lazy("item of a passport", "withdrawn by the issuing site"),
    "not-passed": pgettext_lazy("item of a passport", "not passed"),
}
