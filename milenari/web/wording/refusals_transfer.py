"""Refusals on a receiving site's way: package, gaps, stages, earlier evidence, regulatory map."""

from django.utils.translation import gettext_lazy as _

PACKAGE = {
    "package-unreadable": _("The transfer package cannot be read at %(where)s: it %(fault)s. Correct the document."),
    "package-version-unknown": _("The transfer package %(package)s has no version %(number)s. Check the number."),
    "package-not-in-force": _(
        "No version of the transfer package %(package)s counts yet on that day. Quality assurance of the control site "
        "approves one, or the day on which it counts is awaited."
    ),
}

GAPS = {
    "way-code-wrong": _("This is kept under the code %(expected)s, not %(found)s: the site, a full stop, the product."),
    "gap-item-unknown": _("The gap assessment %(gaps)s has no item %(item)s. Items are written section, slash, code."),
    "gap-without-measure": _(
        "Something is missing for %(item)s, so somebody has to close it. Please fill in: %(fields)s."
    ),
    "gap-not-assessed": _("Nobody has assessed %(item)s yet, so there is nothing to close."),
    "gap-closed": _("For %(item)s nothing is missing any more: it is closed already."),
    "gaps-not-opened": _(
        "%(site)s has no gap assessment under version %(number)s of the transfer package of %(product)s. Its transfer "
        "lead or quality assurance opens it, or takes it over to that version."
    ),
    "gaps-not-assessed": _(
        "%(site)s has not assessed these items of the transfer package: %(items)s. Its transfer lead or quality "
        "assurance assesses them."
    ),
    "gaps-not-closed": _(
        "At %(site)s these gaps are open: %(items)s. Quality assurance there closes each on evidence before the site "
        "is approved."
    ),
}

WAY = {
    "edge-not-passed": _(
        "%(site)s has not passed the stage %(edge)s of its way to %(product)s. Quality assurance of the control site "
        "lets it pass on named evidence."
    ),
    "edge-out-of-order": _("Before %(edge)s comes %(next)s. The stages of a way are passed in their order."),
    "edge-expired": _(
        "What was approved for %(site)s at the stage %(edge)s was valid until %(until_on)s. Quality assurance of the "
        "control site looks at the evidence again and passes the stage anew."
    ),
    "edge-outdated": _(
        "%(site)s passed the stage %(edge)s under version %(number)s of the transfer package; version %(current)s "
        "counts now and changed %(items)s. The site shows this again, then the control site passes the stage anew."
    ),
    "site-withdrawn": _(
        "The qualification of %(site)s for %(product)s was withdrawn. Only a new way leads back: the control site "
        "proposes it."
    ),
    "equipment-need-open": _(
        "The package asks for %(need)s (kind %(kind)s), and no instrument of %(site)s of that kind is named. Name one, "
        "or have earlier evidence accepted for it."
    ),
    "support-lapsed": _(
        "%(subject)s at %(site)s held up the stage %(edge)s and does so no more (calibrated until %(until_on)s). "
        "Quality assurance there records a calibration, or the stage is passed with another instrument."
    ),
    "training-need-open": _(
        "At %(site)s %(found)s of the %(needed)s named people needed are trained on version %(number)s of "
        "%(procedure)s. A trainer there trains more, or the stage is passed with others."
    ),
    "runs-missing": _(
        "%(site)s shows %(found)s of the %(needed)s engineering runs needed. The clean room there makes them, or "
        "earlier evidence is accepted for them."
    ),
    "run-of-another": _(
        "Batch %(batch)s was made at %(site)s for %(product)s under version %(number)s; that is no run for this stage."
    ),
    "run-not-concluded": _(
        "Batch %(batch)s is no engineering run that has reached its end. Quality assurance of its site concludes it."
    ),
    "run-not-accepted": _(
        "Run %(batch)s was concluded as failed. It is no evidence that the site can make the product."
    ),
    "report-missing": _(
        "No comparability report is named for %(site)s and %(product)s. Name the report, or have earlier evidence "
        "accepted."
    ),
    "report-not-comparable": _("The comparability report %(report)s does not conclude that the product is comparable."),
    "report-not-of-run": _("The file %(attachment)s is not attached to a qualification run of this site and product."),
    "report-withdrawn": _(
        "The report %(attachment)s was withdrawn. The stage comparability runs is passed anew with another."
    ),
    "evidence-of-no-use": _(
        "%(found)s is no evidence for the stage %(edge)s. What can be named there, as kind, colon and code: %(kinds)s."
    ),
}

EVIDENCE = {
    "extent-and-needs": _(
        "Evidence offered in part says which needs of the stage it covers, and evidence offered as a whole names none "
        "(offered: %(extent)s)."
    ),
    "need-unknown": _("The stage %(edge)s has no such need: %(found)s. Its needs are: %(known)s."),
    "evidence-withdrawn": _("The evidence %(evidence)s was taken back by its site: %(reason)s"),
    "evidence-of-another": _("The evidence %(evidence)s speaks of %(site)s and %(product)s, not of this way."),
    "beyond-the-offer": _(
        "The site offers %(evidence)s until %(until_on)s. It cannot be accepted for longer than that."
    ),
    "more-than-offered": _("The site offers %(evidence)s for %(offered)s only. Name no more than these."),
}

LAW = {
    "map-of-another-country": _(
        "%(site)s is not in %(country)s. The map of a country is kept by its own sites or by the control site."
    ),
    "map-unreadable": _("The regulatory map cannot be read at %(where)s: it %(fault)s. Correct the document."),
    "requirement-unknown": _("The regulatory map of %(country)s has no requirement %(item)s. Check the code."),
    "requirement-without-evidence": _("To call %(item)s met, say on what evidence: a number, a letter, a decision."),
    "no-regulatory-map": _(
        "No regulatory map of %(country)s is known here, so nobody can say what %(site)s needs to go live. Quality "
        "assurance of a site there enters it."
    ),
    "requirement-not-met": _(
        "%(country)s asks for this before a patient is treated: %(requirement)s (%(item)s: %(state)s, valid to "
        "%(to_on)s). Quality assurance states it as met when it is."
    ),
    "permit-missing": _(
        "%(subject)s cannot cross the border: %(country)s asks for %(requirement)s (%(item)s: %(state)s). Quality "
        "assurance of that country states the permit in the regulatory map as soon as there is one."
    ),
}
