"""Words of technology transfer: actions, purposes, fields, closed lists of package, gaps, way and regulatory map."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "approve-package": (_("Approve a transfer package"), _("Transfer package approved")),
    "open-gaps": (_("Open a gap assessment"), _("Gap assessment opened")),
    "assess-gap": (_("Assess an item"), _("Item assessed")),
    "close-gap": (_("Close a gap"), _("Gap closed")),
    "propose-site": (_("Propose a site"), _("Site proposed")),
    "offer-evidence": (_("Offer earlier evidence"), _("Earlier evidence offered")),
    "withdraw-evidence": (_("Take evidence back"), _("Evidence taken back")),
    "accept-evidence": (_("Accept earlier evidence"), _("Earlier evidence accepted")),
    "pass-edge": (_("Pass a stage of the way"), _("Stage of the way passed")),
    "withdraw-site": (_("Withdraw a qualification"), _("Qualification withdrawn")),
    "amend-regulatory-map": (_("Amend a regulatory map"), _("Regulatory map amended")),
    "state-requirement": (_("State how a requirement stands"), _("Standing of a requirement stated")),
}

PURPOSES = {
    "approve-package": _("Approve a version of a product's transfer package, with the day from which it counts."),
    "open-gaps": _(
        "Open this site's gap assessment from a version of the transfer package, or take it over to a newer one."
    ),
    "assess-gap": _(
        "State how this site stands on one item: what is here, what is missing, the risk, who closes it and by when."
    ),
    "close-gap": _("Close a gap on the strength of named evidence; not by who assessed it."),
    "propose-site": _("Propose that a site shall make a product: its way to approval begins."),
    "offer-evidence": _(
        "Offer earlier evidence of this site for a stage of its way, in whole or part, with the reason why it counts."
    ),
    "withdraw-evidence": _("Take back evidence that no longer holds; what rested on it rests on nothing from then on."),
    "accept-evidence": _(
        "Accept a site's earlier evidence for a stage as second person, in whole or part, with the reason why."
    ),
    "pass-edge": _("Let a site pass a stage of its way on the strength of named evidence that is checked now."),
    "withdraw-site": _(
        "End a site's qualification for a product for good; only a new way from the beginning leads back."
    ),
    "amend-regulatory-map": _(
        "Enter requirements into a country's regulatory map, or enter them anew as they read now."
    ),
    "state-requirement": _(
        "State how a requirement of the regulatory map stands now, on what evidence and between which days."
    ),
}

LABELS = {
    "Transfer package": _("Transfer package"),
    "Package version": _("Package version"),
    "Content of the package": _("Content of the package"),
    "Counts from": _("Counts from"),
    "Gap assessment": _("Gap assessment"),
    "Item": _("Item"),
    "State at this site": _("State at this site"),
    "Gap": _("Gap"),
    "Risk": _("Risk"),
    "Measure": _("Measure"),
    "Who closes it": _("Who closes it"),
    "Due on": _("Due on"),
    "Way of the site": _("Way of the site"),
    "Evidence code": _("Evidence code"),
    "Extent": _("Extent"),
    "What it covers": _("What it covers"),
    "What it is": _("What it is"),
    "Why it counts": _("Why it counts"),
    "Evidence named": _("Evidence named"),
    "Judgement": _("Judgement"),
    "Regulatory map": _("Regulatory map"),
    "Requirements": _("Requirements"),
    "Requirement": _("Requirement"),
    "State of the requirement": _("State of the requirement"),
}

HELPS = {
    "the code of the product": (_("the code of the product"), {}),
    "site, full stop, product": (_("site, full stop, product"), {}),
    "needs of the stage, if in part": (_("needs of the stage, if in part"), {}),
    "codes such as equipment or batch": (
        _("kind, colon and code of each, such as %(example)s"),
        {"example": "equipment:ROM-P1 batch:ROM-Q-001"},
    ),
    "country code such as IT": (_("country code, such as %(example)s"), {"example": "IT"}),
}

ROOMS = {
    "package": _("Transfer packages"),
    "gap": _("Gap assessment"),
    "qualification": _("Qualification of sites"),
    "regulation": _("Regulatory maps"),
}

KINDS = {
    "package": _("transfer package"),
    "package version": _("version of the transfer package"),
    "gaps": _("gap assessment"),
    "qualification": _("way of a site to a product"),
    "evidence": _("earlier evidence"),
    "regulation": _("regulatory map"),
    "comparability": _("comparability report"),
}

THINGS = {"last package": _("the last version of the package")}

EDGES = {
    "proposed": pgettext_lazy("site", "proposed"),
    "gap-assessed": _("gaps assessed"),
    "equipment-qualified": _("equipment qualified"),
    "staff-trained": _("staff trained"),
    "engineering-runs": _("engineering runs"),
    "comparability-runs": _("comparability runs"),
    "approved": pgettext_lazy("site", "approved"),
    "suspended": pgettext_lazy("site", "suspended"),
    "withdrawn": pgettext_lazy("site", "withdrawn"),
}

# What a site's readiness rests on: the stages of its way, and what is asked of every site.
RESTS = {
    **EDGES,
    "site-qualification": _("qualification of the site"),
    "authorisation": _("authorisation of the site"),
    "go-live": _("requirement of the country before going live"),
}

SECTIONS = {
    "process": _("Process"),
    "parameters": _("Critical process parameters"),
    "attributes": _("Quality attributes"),
    "equipment": _("Equipment"),
    "materials": _("Materials"),
    "methods": _("Analytical methods"),
    "training": _("Training"),
    "acceptance": _("Acceptance criteria"),
    "runs": _("Number of runs"),
}

CHANGES = {"added": _("new"), "removed": _("dropped"), "changed": _("changed")}
GAPS = {"none": pgettext_lazy("gap", "none"), "partial": _("in part"), "full": _("all of it")}
RISKS = {"low": _("low"), "medium": _("medium"), "high": _("high")}
EXTENTS = {"whole": _("in whole"), "part": _("in part")}
STANDS = {
    "open": pgettext_lazy("requirement", "open"),
    "in-progress": pgettext_lazy("requirement", "in progress"),
    "met": pgettext_lazy("requirement", "met"),
    "not-applicable": _("does not apply"),
}
LEGAL_BASES = {
    "hospital-exemption": _("hospital exemption"),
    "clinical-trial": _("clinical trial"),
    "import-export": _("import and export"),
    "gmo": _("genetically modified organisms"),
    "tissue": _("tissues and cells"),
    "health-data": _("health data"),
    "manufacture": _("manufacture"),
}
GATES = {
    "none": _("no gate"),
    "go-live": _("before the first patient"),
    "export": _("leaving the country"),
    "import": _("entering the country"),
}
READ = {
    "source-read": _("source read"),
    "recomputed": _("recomputed"),
    "unverified": _("not verified"),
}
OPTIONS = {**{k: v for k, v in EDGES.items() if k not in ("proposed", "approved", "suspended", "withdrawn")}, **GAPS,
           **RISKS, **EXTENTS, **STANDS}  # fmt: skip
