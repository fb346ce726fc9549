"""Vocabulary: the closed lists of the house (roles, stations, decisions...) in the reader's language.

A word may mean different things in different lists ("conditional" of a stage and of a release), so each
list is its own dictionary. Codes that no list knows are shown as they are, isolated.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.web.wording import (
    agreements,
    arrival,
    casebook,
    clinical,
    comparing,
    competence,
    keeping,
    planning,
    printing,
    safety,
    scenario,
    sharing,
    studies,
    tending,
    transfer,
    trial,
)
from milenari.web.wording.kinds import KINDS as KINDS  # templates look every list up here
from milenari.web.wording.things import THINGS as THINGS

ROLES = {
    "operator": _("operator"),
    "qc-analyst": _("quality control analyst"),
    "qa": _("quality assurance"),
    "qp": _("Qualified Person"),
    "vector-manager": _("vector manager"),
    "apheresis-nurse": _("apheresis nurse"),
    "ward-nurse": _("ward nurse"),
    "physician": _("physician"),
    "trainer": _("trainer"),
    "coordinator": _("coordinator"),
    "transfer-lead": _("transfer lead"),
    "it-admin": _("IT administrator"),
    "investigator": _("investigator"),
    "data-manager": _("data manager"),
    "statistician": _("statistician"),
    "node": _("the node itself"),
}

MEANINGS = {
    "performed": _("I did this as recorded here."),
    "verified": _("I checked what another person did, and it is as recorded."),
    "reviewed": _("I reviewed the record up to its newest entry."),
    "approved": _("I approve this."),
    "qp-certified": _("I certify as Qualified Person that this was made and tested as authorised."),
    "released": _("I release this for use."),
    "rejected": _("I reject this: it may not be used."),
}

MEANING_WORDS = {
    "performed": pgettext_lazy("meaning of a signature", "performed"),
    "verified": pgettext_lazy("meaning of a signature", "verified"),
    "reviewed": pgettext_lazy("meaning of a signature", "reviewed"),
    "approved": pgettext_lazy("meaning of a signature", "approved"),
    "qp-certified": pgettext_lazy("meaning of a signature", "certified by the Qualified Person"),
    "released": pgettext_lazy("meaning of a signature", "released"),
    "rejected": pgettext_lazy("meaning of a signature", "rejected"),
}

# In the order in which a therapy passes through them.
STATIONS = {
    "referred": pgettext_lazy("station", "Referred"),
    "consented": pgettext_lazy("station", "Consented"),
    "eligible": pgettext_lazy("station", "Eligible"),
    "identified": pgettext_lazy("station", "Identified"),
    "slot-booked": pgettext_lazy("station", "Slot booked"),
    "collected": pgettext_lazy("station", "Collected"),
    "manufacture-started": pgettext_lazy("station", "In manufacture"),
    "released": pgettext_lazy("station", "Released"),
    "infused": pgettext_lazy("station", "Infused"),
    "response": pgettext_lazy("station", "Response assessed"),
    "followed": pgettext_lazy("station", "In follow-up"),
    "relapsed": pgettext_lazy("station", "Relapsed"),
    "withdrawn": pgettext_lazy("station", "Consent withdrawn"),
    "died": pgettext_lazy("station", "Died"),
}
EXPECTED_STATIONS = tuple(STATIONS)[:11]

DECISIONS = {
    "": pgettext_lazy("decision", "not decided"),
    "conditional": pgettext_lazy("decision", "conditionally released"),
    "final": pgettext_lazy("decision", "released"),
    "rejected": pgettext_lazy("decision", "rejected"),
    "recalled": pgettext_lazy("decision", "recalled"),
    "out-of-specification": pgettext_lazy("decision", "supplied out of specification"),
    "comparable": pgettext_lazy("decision", "comparable"),
    "not-comparable": pgettext_lazy("decision", "not comparable"),
    "not-enough-data": pgettext_lazy("decision", "not enough data to conclude"),
    "run-accepted": pgettext_lazy("decision", "qualification run accepted"),
    "run-failed": pgettext_lazy("decision", "qualification run failed"),
    "administer": pgettext_lazy("decision", "to be given"),
    "hold": pgettext_lazy("decision", "held"),
}

OUTCOMES = {
    "pass": pgettext_lazy("outcome of a test", "passes"),
    "fail": pgettext_lazy("outcome of a test", "fails"),
    "undecided": pgettext_lazy("outcome of a test", "cannot be decided"),
    "missing": pgettext_lazy("outcome of a test", "no verified result"),
    "": pgettext_lazy("outcome of a test", "no result yet"),
}

STATUSES = {
    "pending": pgettext_lazy("status", "pending"),
    "recorded": pgettext_lazy("status", "recorded, not verified"),
    "verified": pgettext_lazy("status", "verified"),
    "quarantined": pgettext_lazy("status", "in quarantine"),
    "released": pgettext_lazy("status", "released"),
    "rejected": pgettext_lazy("status", "rejected"),
    "running": pgettext_lazy("status", "running"),
    "approved": pgettext_lazy("status", "approved"),
    "open": pgettext_lazy("status", "open"),
    "drafted": pgettext_lazy("status", "drafted"),
    "locked": pgettext_lazy("status", "protocol locked"),
    "reported": pgettext_lazy("status", "reported"),
    **printing.STATES,
    **arrival.STATES,
}

# Stations of the work, as the actions are grouped: one for each file of milenari/rules.
ROOMS = {
    **sharing.ROOMS,
    "referral": _("Referral and consent"),
    "apheresis": _("Apheresis"),
    "vector": _("Vector"),
    "custody": _("Transport and custody"),
    "arrival": _("Arrivals by form"),
    "batch": _("Manufacture"),
    "hold": _("Holds"),
    "comparability": _("Comparability studies"),
    "comparability_report": _("Comparability reports"),
    "stability": _("Stability"),
    "drift": _("Drift of processes"),
    "qualification_run": _("Qualification runs"),
    "form": _("Paper forms"),
    "filling": _("Harvest and filling"),
    "testing": _("Quality control"),
    "deviation": _("Deviations"),
    "attachment": _("Attached files"),
    "release": _("Review and release"),
    "label": _("Labels"),
    "infusion": _("Infusion"),
    "followup": _("Follow-up"),
    "transplant": _("Transplant after the infusion"),
    "stock": _("Materials"),
    "upkeep": _("Upkeep"),
    "equipment": _("Equipment"),
    "room": _("Rooms and clearance"),
    "curriculum": _("Curricula"),
    "passport": _("Training passports"),
    "training": _("Training"),
    "people": _("People and roles"),
    "procedure": _("Processes and master file"),
    "network": _("Sites and countries"),
    **transfer.ROOMS,
    **agreements.ROOMS,
    **planning.ROOMS,
    **casebook.ROOMS,
    **trial.ROOMS,
    **safety.ROOMS,
    "exchange": _("Exchange between sites"),
}

SITE_ROLES = {
    "vector": _("vector manufacture"),
    "apheresis": _("apheresis"),
    "manufacture": _("manufacture"),
    "qc": _("quality control"),
    "infusion": _("infusion"),
    "storage": _("storage"),
    "control": _("control site"),
}

DATA_CLASSES = {
    "operations": _("operations: sites, recipes, stock, agreements"),
    "personnel": _("personnel: persons, roles, training"),
    "vector": _("vector lots"),
    "product": _("product: cells, batches, tests, release, custody"),
    "clinical": _("clinical: coded course of a therapy"),
}

CHORE_STATES, TRANSIT_WAYS, TRANSIT_STATES = tending.CHORE_STATES, tending.TRANSIT_WAYS, tending.TRANSIT_STATES

TASKS, ITEM_KINDS = keeping.TASKS, competence.ITEM_KINDS
OPTIONS = {
    **arrival.OPTIONS,
    **transfer.OPTIONS,
    **{k: v for k, v in agreements.OPTIONS.items() if k not in transfer.OPTIONS},
    **studies.OPTIONS,
    **planning.OPTIONS,
    **trial.OPTIONS,
    **safety.OPTIONS,
    **DATA_CLASSES,
    **keeping.OPTIONS,
    **printing.OPTIONS,
    "image/jpeg": _("photograph or picture (JPEG)"),
    "image/png": _("picture (PNG)"),
    "image/webp": _("picture (WebP)"),
    "application/pdf": _("PDF document"),
    "text/plain": _("plain text"),
    "mia": _("manufacturing authorisation"),
    "mia-imp": _("manufacturing authorisation for trials"),
    "hospital-exemption": _("hospital exemption"),
    "trial": _("clinical trial"),
    "poc-licence": _("point-of-care licence"),
    "registration": _("registration"),
    "import": _("import permit"),
    "export": _("export permit"),
    "intact": _("intact"),
    "damaged": _("damaged"),
    "usable": _("usable"),
    "unusable": _("never to be used"),
    "laboratory-error": _("laboratory error proven"),
    "confirmed": _("result confirmed"),
    "issued": _("issued, not accounted for"),
    "entered": _("its steps are entered"),
    "unused": _("not used"),
    "lost": _("lost"),
    "female": _("female"),
    "male": _("male"),
    "unknown": _("unknown"),
    "guardian-consent": _("guardian's consent"),
    "child-assent": _("child's assent"),
    "own-consent": _("the patient's own consent"),
    "minor": _("minor"),
    "major": _("major"),
    "critical": _("critical"),
    "no-impact": _("no impact on the product"),
    "acceptable-with-justification": _("acceptable with justification"),
    "batch-affected": _("the product is affected"),
    "conditional": _("conditional, late results pending"),
    "final": _("final"),
    "administer": _("give the fraction"),
    "hold": _("hold the fraction"),
    "none": _("none"),
    **clinical.OPTIONS,
    "quarantined": STATUSES["quarantined"],
    "released": STATUSES["released"],
    "rejected": STATUSES["rejected"],
}

OUTCOME_KINDS = {
    "CRS": _("cytokine release syndrome, grade"),
    "ICANS": _("neurotoxicity, grade"),
    "response": _("response"),
    "b-cells": _("B cells"),
    "relapse": _("relapse"),
    "transplant": _("transplant"),
    "death": _("death"),
}

SUPPLY_STEPS = {
    "requested": _("requested by the physician"),
    "evaluated": _("risk evaluated by the manufacturer"),
    "accepted": _("risk accepted by the physician"),
}

CODED_VALUES = {
    "quantity": _("a number, with a point for decimals, such as %(example)s"),
    "count": _("a whole number"),
    "on": _("a date"),
    "at": _("a date and time"),
    "flag": _("yes or no"),
    "ref": _("the full name of a subject, such as %(example)s"),
    "document": _("a document of words and whole numbers; decimals stand in quotation marks"),
    "zone": _("the name of a time zone, such as %(example)s"),
    "readings": _("readings with their units"),
    "codes": _("codes separated by blanks"),
    "text": _("text without blanks at its ends"),
    "code": _("a code without blanks"),
    "choice": _("one of the options"),
    "new": _("a code without blanks"),
}
EXAMPLES = {"quantity": "92.1", "ref": "batch:ROM-B-26-001", "zone": "Europe/Rome"}
YES, NO = _("yes"), _("no")
COUNTRIES = {"ES": _("Spain"), "IT": _("Italy"), "JO": _("Jordan"), "LB": _("Lebanon")}

ALARMS = {
    "died": _("The patient died on %(on)s."),
    "withdrawn": _("Consent is withdrawn."),
    "late-result": _("Late result of %(test)s failed in batch %(batch)s."),
    "recalled": _("Batch %(batch)s is recalled."),
    "lot-recalled": _("Vector lot %(lot)s of this therapy is recalled."),
    "on-hold": _("Batch %(batch)s is on hold."),
    "investigation": _("Batch %(batch)s has an open investigation."),
    "deviation": _("Batch %(batch)s has an open deviation."),
}

YES_NO = {"yes": YES, "no": NO}
STATES = {**DECISIONS, **STATUSES}
# What a deviation says when the platform opened it; a person's own words are shown as they are.
DEVIATION_KINDS = {
    "out-of-limit": _("A reading outside its limit"),
    "hold-time-exceeded": _("A phase begun later than allowed"),
}

BEDSIDE_STEPS = {
    "decide-fraction": pgettext_lazy("step at the bedside", "Physician decides"),
    "scan-bedside": pgettext_lazy("step at the bedside", "First scan"),
    "confirm-bedside": pgettext_lazy("step at the bedside", "Second person scans"),
    "administer-fraction": pgettext_lazy("step at the bedside", "Given"),
}

RECALL_REASONS = {
    "containers": pgettext_lazy("why a site is told of a recall", "containers of it"),
    "batches": pgettext_lazy("why a site is told of a recall", "a batch made with it"),
    "fractions": pgettext_lazy("why a site is told of a recall", "fractions that are not given"),
    "patients": pgettext_lazy("why a site is told of a recall", "a patient who received it"),
}

EDGES, RESTS, SECTIONS, CHANGES = transfer.EDGES, transfer.RESTS, transfer.SECTIONS, transfer.CHANGES
GAPS, RISKS = transfer.GAPS, transfer.RISKS
EXTENTS, STANDS = transfer.EXTENTS, transfer.STANDS
GATES = transfer.GATES
READ = transfer.READ
PAGE_STATES, CASEBOOK_QUERIES, TURNS = casebook.PAGE_STATES, casebook.QUERY_STATES, casebook.TURNS
MISSING, ITEM_TYPES, YES_OR_NO = casebook.MISSING, casebook.ITEM_TYPES, casebook.YES_NO
STANDINGS = casebook.STANDINGS
PLAN_KINDS, PLAN_STATES, PLAN_UNITS, BOOKINGS = planning.LISTS
TRIAL_STATES, TRIAL_LOSSES, TRIAL_GOES_ON = trial.STATES, trial.LOSSES, trial.GOES_ON
TRIAL_CRITERIA, TRIAL_ANCHORS, TRIAL_CONDITIONS = trial.CRITERIA, trial.ANCHORS, trial.CONDITIONS
TRIAL_PARTS, TRIAL_DUE, TRIAL_DUE_STATES = trial.PARTS, trial.DUE, trial.DUE_STATES
TRIAL_VISIT_STATES, DRAFT_STATES = trial.VISIT_STATES, trial.DRAFT_STATES
PLAN_TASKS, PLAN_CARRIED, PLAN_BASES, RUN_KINDS, RUN_STATES, SIMULATED = scenario.LISTS
RELATEDNESS, EXPECTEDNESS = safety.RELATEDNESS, safety.EXPECTEDNESS
EVENT_OUTCOMES, MEASURES, EVENT_CLASSES = safety.EVENT_OUTCOMES, safety.MEASURES, safety.EVENT_CLASSES
CRITERIA, EVENT_STATES, CLOCK_KINDS = safety.CRITERIA, safety.EVENT_STATES, safety.CLOCK_KINDS
CLOCK_STATES, ELEMENTS, COUNTS = safety.CLOCK_STATES, safety.ELEMENTS, safety.COUNTS
DEATHS, SAFETY_TABS, REPORTS = safety.DEATHS, safety.SAFETY_TABS, safety.REPORTS
STOPPING_EVENTS = safety.STOPPING_EVENTS
STUDY_STATES, STUDY_LOOKS, STUDY_DESIGNS = comparing.STATES, comparing.LOOKS, comparing.DESIGNS
STUDY_CRITERIA, STUDY_SCALES, STUDY_ARMS = comparing.CRITERIA, comparing.SCALES, comparing.ARMS
STUDY_VERDICTS, STUDY_WAITS, STABILITY_STATES = comparing.VERDICTS, comparing.WAITS, comparing.STABILITY_STATES
DRIFT_PATTERNS, DRIFT_CAUSES = comparing.PATTERNS, studies.CAUSES
RELATIONS, MATTERS, TERMS, AREAS = agreements.RELATIONS, agreements.MATTERS, agreements.TERMS, agreements.AREAS
ESCALATION_STATES, NOTICE_STATES = agreements.ESCALATION_STATES, agreements.NOTICE_STATES
COMPLAINT_STATES, AGREEMENT_STATES = agreements.COMPLAINT_STATES, agreements.AGREEMENT_STATES
CHANGE_STATES, CHANGE_KINDS, YES_NO = agreements.CHANGE_STATES, agreements.CHANGE_KINDS, agreements.YES_NO
CONSENTS, EFFECTS, WAITS = agreements.CONSENTS, agreements.EFFECTS, agreements.WAITS
