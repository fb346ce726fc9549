"""Words of plans: actions, purposes, fields, closed lists, refusals."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "keep-plan": (_("Keep a plan"), _("Plan kept")),
    "decide-plan": (_("Accept or decline a plan"), _("Plan decided on")),
}
PURPOSES = {
    "keep-plan": _("Keep a plan as advice, with the scenario it was computed from, its method and its proven bound."),
    "decide-plan": _("Accept a plan, so that its slots may be booked and its doses allocated, or decline it."),
}
LABELS = {
    "Plan": pgettext_lazy("field", "Plan"),
    "Kind of plan": _("Kind of plan"),
    "What the plan is for": _("What the plan is for"),
    "Digest of the scenario": _("Digest of the scenario"),
    "The plan": _("The plan"),
    "Replaces the plan": _("Replaces the plan"),
    "Decision on the plan": _("Decision on the plan"),
}
HELPS: dict[str, tuple[Any, dict[str, str]]] = {
    "SHA-256 of the file, 64 signs": (_("digest of the scenario's file"), {}),
    "the accepted plan that this day follows": (_("the accepted plan that this day follows"), {}),
    "the accepted plan that this follows": (_("the accepted plan that this follows"), {}),
}
ROOMS = {"plan": _("Plans")}
KINDS = {"plan": pgettext_lazy("kind", "plan")}
THINGS = {"plan": _("the plan")}
PLAN_KINDS = {
    "slots": _("slots of patients"),
    "allocation": _("allocation of doses"),
    "campaigns": _("vector campaigns"),
}
DECISIONS = {"accepted": pgettext_lazy("plan", "accepted"), "declined": pgettext_lazy("plan", "declined")}
PLAN_STATES = {
    "proposed": pgettext_lazy("plan", "to be decided"),
    **DECISIONS,
    "replaced": pgettext_lazy("plan", "replaced by a newer one"),
}
OPTIONS = {**PLAN_KINDS, **DECISIONS}
BOOKINGS = {
    "open": pgettext_lazy("slot", "not booked"),
    "booked": pgettext_lazy("slot", "booked"),
    "otherwise": pgettext_lazy("slot", "booked for another day"),
    "over": pgettext_lazy("slot", "nobody to be collected any more"),
    "unknown": pgettext_lazy("slot", "journey not known at this node"),
}
GIVEN = {True: pgettext_lazy("dose", "given"), False: pgettext_lazy("dose", "waits")}
PLAN_UNITS = {"weighted-days": _("weighted days"), "EUR": "EUR"}
LISTS = PLAN_KINDS, PLAN_STATES, PLAN_UNITS, BOOKINGS
REFUSALS = {
    "plan-unreadable": _("The plan cannot be read at %(where)s: it %(fault)s. Compute it again, or correct the file."),
    "plan-file-unreadable": _(
        "This file is no answer of a planning run (%(methods)s). Give the file that the planning command wrote with "
        "its option for JSON."
    ),
    "plan-scenario-missing": _("The scenario's file is missing. The plan is kept with the digest of what it rests on."),
    "not-a-digest": _(
        "%(field)s: %(found)s is no digest. Give the scenario's file on the page of plans; the node computes it."
    ),
    "plan-not-in-force": _(
        "The plan %(plan)s cannot be followed: it is %(status)s. Name the plan that was accepted, or none."
    ),
    "not-in-plan": _("The plan %(plan)s gives %(journey)s nothing. Name the plan that does, or none."),
    "plan-of-another-kind": _("The plan %(plan)s is of another kind: %(kind)s. Name one of the right kind."),
    "plan-replaced": _("The plan %(plan)s was replaced by %(by)s already. Plan again from the one in force."),
    "slot-not-of-plan": _(
        "The plan %(plan)s has the collection of %(journey)s on %(expected)s, not on %(slot_on)s. Book that day, or "
        "name no plan and say why."
    ),
    "site-not-of-plan": _("The plan %(plan)s makes this product at %(expected)s, not at %(site)s."),
    "lot-not-of-plan": _("The plan %(plan)s takes vector from the lot %(expected)s, not from %(lot)s."),
}
