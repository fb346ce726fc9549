"""Words of planning scenarios and of the runs over them: parts, fields, refusals."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.web.wording import plan_designs

BASES = {
    "published": pgettext_lazy("figure", "published"),
    "assumed": pgettext_lazy("figure", "assumed"),
    "calibrated": pgettext_lazy("figure", "fitted to a record"),
}
SHAPES = {
    "fixed": _("fixed"),
    "uniform": _("uniform, from a to b"),
    "exponential": _("exponential, mean a"),
    "lognormal": _("log-normal, median a, variation b"),
    "gamma": _("gamma, mean a, variation b"),
}
PARTS = {
    "choices": _("Choices of whoever plans"),
    "sites": pgettext_lazy("scenario", "Site"),
    "lanes": _("Lanes"),
    "assays": _("Tests of the product"),
    "vector": _("Vector"),
    "process": _("Steps of a therapy"),
    "costs": _("Costs"),
    "outages": _("Outages at random"),
}
FIELDS = {
    "name": _("Name of the scenario"),
    "starts_on": _("First day"),
    "horizon": _("Length of the plan in days"),
    "retry_reserve": _("Keep room for batches that fail (true or false)"),
    "unplaced": _("Weight of a patient without a slot, in days"),
    "moved": _("Weight of a confirmed slot that moves, in days"),
    "eur_per_day": _("EUR that one day is worth"),
    "start_window": _("Days within which manufacture starts"),
    "bed_wait": _("Days that an infusion may wait for a bed"),
    "weight": _("Weight of the urgency"),
    "referrals": _("Referrals"),
    "collections": _("Collections at most"),
    "beds": _("Beds"),
    "tests": _("Batches the laboratory takes"),
    "failure": _("Share of batches that fail"),
    "number": _("Machines of this kind"),
    "batches": _("Batches in the room at a time"),
    "transit": _("Transit, as it varies"),
    "planned": _("Days that plans reckon with"),
    "cost": _("Cost"),
    "duration": _("Duration, as it varies"),
    "work": _("Work in the laboratory"),
    "volume": _("Volume of a campaign"),
    "titre": _("Titre"),
    "recovery": _("Recovery"),
    "retained": _("Share kept for tests"),
    "dose": _("Vector for one patient"),
    "rejection": _("Share of lots rejected"),
    "campaign": _("Length of a campaign"),
    "release": _("From harvest to release"),
    "shelf_life": _("Shelf life"),
    "campaign_cost": _("Cost of a campaign"),
    "litre_cost": _("Cost of a litre"),
    "most_litres": _("Largest campaign"),
    "other_demand": _("Doses used elsewhere"),
    "share": _("Share of referrals"),
    "loss_42d": _("Share who die in six weeks of waiting"),
    "to_collection": _("From referral to collection"),
    "fresh_hold": _("Fresh cells are held"),
    "freezing": _("Freezing takes"),
    "frozen_hold": _("Frozen cells are held"),
    "manufacture": _("Manufacture, as it varies"),
    "manufacture_planned": _("Manufacture that plans reckon with"),
    "changeover": _("Machine and room after a batch"),
    "releasing": _("Release takes"),
    "product_hold": _("A released product is held"),
    "lymphodepletion": _("Lymphodepletion"),
    "rest": _("Rest before the infusion"),
    "bed": _("Bed after the infusion"),
    "due": _("From referral to infusion at most"),
    "attempts": _("Batches tried for one patient"),
    "recollection": _("Share who can be collected again"),
    "batch": _("A batch"),
    "collection": _("A collection"),
    "bed_day": _("A day in bed"),
    "machine_year": _("A machine for a year"),
    "room_year": _("A room for a year"),
    "loss": _("Weight of a lost patient"),
    "every": _("From one mending to the next failure"),
    "lasts": _("How long it lasts"),
    "lost": _("Share lost of what is under way"),
}
CARRIED = {
    "fresh": pgettext_lazy("carried", "fresh cells"),
    "frozen": pgettext_lazy("carried", "frozen cells"),
    "product": pgettext_lazy("carried", "product"),
}
TASKS = {
    "apheresis": pgettext_lazy("task", "collection"),
    "manufacture": pgettext_lazy("task", "manufacture"),
    "qc": pgettext_lazy("task", "testing"),
    "release": pgettext_lazy("task", "release"),
}
SIMULATED = {
    "referred": _("Patients referred"),
    "infused": _("Patients infused"),
    "infused_share": _("Share infused"),
    "lost_waiting_share": _("Share lost while waiting"),
    "given_up_share": _("Share given up after failed batches"),
    "to_infusion_d": _("Days from referral to infusion"),
    "vein_to_vein_d": _("Days from collection to infusion"),
    "machine_wait_d": _("Days of waiting for a machine"),
    "bed_wait_d": _("Days of waiting for a bed"),
    "vector_waited_share": _("Share who wait for vector"),
    "vector_wait_d": _("Days of waiting for vector"),
    "stock_out_d": _("Days without vector on the shelf"),
    "stock_out_probability": _("Probability that vector runs out"),
    "doses_used": _("Doses used"),
    "doses_expired": _("Doses expired"),
    "lots_made": _("Lots made"),
    "lots_rejected": _("Lots rejected"),
    "other_short": _("Doses that were missing elsewhere"),
    "cost_per_infused_eur": _("EUR for a patient infused"),
}
RUN_KINDS = {"slots": _("slots of patients"), "simulate": _("simulation"), **plan_designs.KINDS}
RUN_STATES = {
    "running": pgettext_lazy("run", "running"),
    "stopping": pgettext_lazy("run", "being stopped"),
    "stopped": pgettext_lazy("run", "stopped"),
    "gone": pgettext_lazy("run", "broke off"),
    "failed": pgettext_lazy("run", "without an answer"),
    "done": pgettext_lazy("run", "done"),
}
LISTS = TASKS, CARRIED, BASES, RUN_KINDS, RUN_STATES, SIMULATED
REFUSALS = {
    "scenario-too-large": _(
        "The scenario's file has %(size)s bytes; at most %(most)s are kept. Take out what is not needed."
    ),
    "scenario-unknown-here": _(
        "No scenario %(number)s is kept at this node for a site that you see. Look at the list of scenarios."
    ),
    "planning-not-yours": _(
        "Scenarios and runs are made by coordinators and vector managers. You act as %(role)s; change the role, or ask "
        "one of them."
    ),
    "calculation-unknown": _(
        "No run %(number)s is known at this node for a site that you see. Look at the list of runs."
    ),
    "calculation-bounds": _("%(field)s: say a whole number from %(least)s to %(most)s."),
    "calculations-running": _(
        "As many runs as may be at once are running: %(number)s. Wait until one has ended, or stop one."
    ),
    "plan-scenario-not-here": _(
        "The scenario of the plan %(plan)s is not kept at this node, or it is no plan of slots, so no other day can be "
        "tried. Give the scenario's file to the scenarios."
    ),
    "calculation-without-plan": _("The run %(number)s has no plan to keep: its state is %(state)s."),
}
