"""Refusals about labels: why not, and who can do what about it."""

from django.utils.translation import gettext_lazy as _

SCANS = {
    "label-unreadable": _("%(scanned)s is not a whole label. Scan it again; print a new label if it is damaged."),
    "label-check-wrong": _(
        "%(scanned)s does not check: a sign is missing or wrong. Scan it again instead of typing it."
    ),
    "label-of-another": _(
        "Label %(label)s is for %(scanned)s, but %(expected)s was expected. Stop, and find out which thing this is."
    ),
    "label-forged": _(
        "Label %(label)s was printed for %(expected)s, but this one says %(scanned)s. Do not use it; tell quality "
        "assurance."
    ),
    "label-not-open": _("Label %(label)s is %(status)s already. Use another one, or print a new one with a reason."),
    "label-scanned-twice": _("Label %(label)s was scanned twice. Every label has its own number."),
    "labels-open": _(
        "Labels of %(of)s are not accounted for: %(count)s, such as %(labels)s. Record each as used, destroyed or "
        "returned."
    ),
}

PRINTING = {
    "label-code-too-long": _(
        "The symbol for %(code)s would hold %(found)s signs, and at most %(longest)s can be scanned into a field. "
        "Choose shorter codes."
    ),
    "label-kind-not-for": _("There is no %(option)s for %(of)s. Choose another kind of label."),
    "labels-too-many": _("%(found)s labels at once are too many; at most %(longest)s. Print them in parts."),
    "label-language-not-allowed": _(
        "In %(country)s this label is written in %(languages)s, not in %(language)s. Choose the language; quality "
        "assurance sets the rules of a country."
    ),
    "label-account-wrong": _("These labels belong to account %(expected)s, not to %(account)s. Open the page again."),
    "label-not-read-back": _(
        "The labels of %(of)s were not read back as they would be printed now, so nothing may be printed. Look at the "
        "preview again and sign it."
    ),
    "label-read-differently": _(
        "Label %(label)s must not be printed: read back from its picture, %(differing)s says %(found)s instead of "
        "%(expected)s. Tell IT."
    ),
    "label-text-too-long": _(
        "The text for %(code)s does not fit on this size, even in the smallest letters allowed (%(least_pt)s pt). "
        "Choose a larger label."
    ),
    "reprint-needs-reason": _(
        "Labels were printed before for %(codes)s. Say in the reason why they are printed again."
    ),
    "nothing-to-label": _("There is nothing here of %(of)s that takes a %(option)s. It is used, given or elsewhere."),
    "label-sheet-closed": _(
        "The sheet of these labels can be fetched for %(minutes)s minutes after signing. Print again, with a reason."
    ),
    "company-prefix-unreadable": _("%(found)s is not a company prefix: digits only. IT corrects it beside the node."),
}

STANDARDS = {
    "isbt-facts-missing": _(
        "A label of the standard for %(of)s needs a donation identification number and a product code. Enter both."
    ),
    "isbt-product-unreadable": _("%(found)s is not a product code of the standard. Scan it from the site's own list."),
    "isbt-unreadable": _("%(scanned)s is not a whole message of the standard. Scan it again."),
    "isbt-needs-licence": _(
        "Structure %(structure)s is described in a licensed document and cannot be read here. Scan the house's own "
        "symbol."
    ),
    "isbt-tables-missing": _(
        "Site %(site)s has not loaded the licensed tables, so what a product code means is not known here. Use the "
        "house's own scheme, or ask IT to load the site's tables."
    ),
    "isbt-tables-unreadable": _(
        "The licensed tables of site %(site)s cannot be read (%(fault)s). IT repairs the files."
    ),
    "isbt-facility-unknown": _("Facility %(found)s is not one of this site's own. Check the donation number."),
    "isbt-product-unknown": _(
        "Product code %(found)s is not in the site's tables (%(version)s). Check it, or ask IT for newer tables."
    ),
}
