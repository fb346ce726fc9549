"""The register tables. Every row names its subject and the entry that last changed it.

Written only by journal.fold; database triggers refuse anything else. They can be dropped and rebuilt.
Indexes end in the order of the lists, with and without the site, so that whoever wants the oldest few open
things reads those few and no more.
"""

from __future__ import annotations

from django.db import models

from milenari.registers.casebook_tables import CasebookForm, CasebookPage, CasebookQuery, CasebookValue
from milenari.registers.columns import Register, carried, number, word
from milenari.registers.network_tables import Allotment, Cap, Lease
from milenari.registers.plan_tables import Plan, PlanSlot
from milenari.registers.quality_tables import (
    Change,
    Complaint,
    ComplaintAnswer,
    Escalation,
    EscalationAnswer,
    Notice,
    QualityAgreement,
)
from milenari.registers.safety_tables import AdverseEvent, EventReview, StoppingRule, TrialHold
from milenari.registers.study_tables import (
    Baseline,
    ProtocolConsent,
    ShelfLife,
    Signal,
    StabilityPoint,
    StabilityStudy,
    Study,
    StudyRun,
)
from milenari.registers.trial_tables import Participant, ParticipantConsent, Protocol


class Subject(Register):
    """One row for everything the journal speaks of, for lists and choices."""

    kind = word(30, db_index=True)
    code = word(100, db_index=True)
    site = word()
    state = word(40)
    about = word(160)


class Site(Register):
    code, name, country, zone = word(), word(120), word(), word(40)
    control = models.BooleanField(default=False)
    roles = word(200)


class Authorisation(Register):
    """A dated legal basis of a product at a site."""

    site, number, authority, basis, product = word(), word(), word(120), word(30), word()
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)


class Qualification(Register):
    """A site approved for a product between two days, and since when that is suspended."""

    site, product = word(), word()
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    suspended_on = models.DateField(null=True)


class Annex(Register):
    """Which version of a process a site works under, by one edition of the master file."""

    product, edition, site, process_version = word(), word(), word(), word()
    from_on = models.DateField(null=True)


class Person(Register):
    code, name, site = word(), word(120), word()


class Role(Register):
    person, role, site = word(db_index=True), word(30), word()
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    emergency = word(20)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "role"])]


class Delegation(Register):
    """A Qualified Person named for one product at one site for a period."""

    person, product, site = word(db_index=True), word(), word()
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)


class Training(Register):
    person, procedure, number = word(db_index=True), word(), word()
    until_on = models.DateField(null=True)


class Material(Register):
    code, kind, status, site, unit, maker_lot = word(), word(), word(20), word(), word(20), word(80)
    expires_on = models.DateField(null=True)
    left = number()

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "status", "expires_on"])]


class Equipment(Register):
    code, kind, site = word(), word(), word()
    calibrated_until = models.DateField(null=True)
    retired = models.BooleanField(default=False)


class Campaign(Register):
    code, site, process = word(), word(), word()
    lots = models.IntegerField(default=0)
    opened_at = models.DateTimeField(null=True)


class Lot(Register):
    code, site, campaign, process = word(), word(), word(), word()
    process_version, decision, recalled = word(), word(30), word(2000)
    cell_bank, plasmids = word(), word(300)
    harvested_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)
    volume_ml, titre_tu_per_ml, titre_uncertainty_pct = number(), number(), number()
    titre_method, titre_cell_line = word(120), word()
    containers = models.IntegerField(default=0)
    trail_reviewed = models.BooleanField(default=False)
    unsampled, verdict = word(500), word(20)


class Container(Register):
    code, lot, site, bound_for = word(), word(db_index=True), word(), word()
    allocated_to, journey, spent_in = word(), word(), word(db_index=True)
    custody = word(20)
    volume_ml = number()
    transfer = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "spent_in"]), *carried()]


class Journey(Register):
    code, site, process, coi, sex = word(), word(), word(), word(40, db_index=True), word(10)
    station, batch = word(30), word()
    age_months = models.IntegerField(default=0)
    weight_kg = number()
    slot_on = models.DateField(null=True)
    referred_at = models.DateTimeField(null=True)
    infused_at = models.DateTimeField(null=True)
    withdrawn = models.BooleanField(default=False)
    erased = models.BooleanField(default=False)
    died_on = models.DateField(null=True)
    # From when the rules ask for the patient's own consent; empty once it is given or asked no more.
    own_consent_on = models.DateField(null=True)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["site", "station", "referred_at"]),
            models.Index(fields=["-referred_at", "code"]),
            models.Index(fields=["station", "referred_at"]),
            models.Index(fields=["station", "slot_on"]),
            models.Index(fields=["site", "own_consent_on"]),
            models.Index(fields=["site", "station", "withdrawn", "died_on"]),
        ]


class Station(Register):
    """When a journey reached a station, and where."""

    journey, name, site = word(db_index=True), word(30), word()
    at = models.DateTimeField(null=True)


class Outcome(Register):
    """Toxicity grades and events of follow-up, in order."""

    journey, kind, value = word(db_index=True), word(30), word(120)
    at = models.DateTimeField(null=True)


class Visit(Register):
    journey, visit, site = word(db_index=True), word(10), word()
    due_on = models.DateField(null=True)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    seen_on = models.DateField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "seen_on", "to_on"])]


class Collection(Register):
    code, journey, coi, site, used_in, bound_for = word(), word(db_index=True), word(40), word(), word(), word()
    custody = word(20)
    collected_at = models.DateTimeField(null=True)
    labelled_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    use_by = models.DateTimeField(null=True)
    volume_ml, cd3_e6, viability_pct = number(), number(), number()
    transfer = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["site", "used_in", "collected_at"]),
            models.Index(fields=["used_in", "collected_at"]),
            models.Index(fields=["used_in", "use_by"]),
            *carried(),
        ]


class Batch(Register):
    code, site, journey, coi, collection = word(), word(), word(db_index=True), word(40), word()
    process, process_version, edition, authorisation = word(), word(), word(), word()
    container, phase, decision, alarm = word(db_index=True), word(), word(30), word()
    on_hold = word(2000)
    # Phases signed and not verified, tests not sampled, the worst outcome, last step of a supply out of specification.
    awaiting, unsampled, verdict, supply_step = word(300), word(500), word(20), word(20)
    started_at = models.DateTimeField(null=True)
    harvested_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    cells_e6, weight_kg = number(), number()
    steps_done = models.IntegerField(default=0)
    steps_all = models.IntegerField(default=0)
    reconciled = models.BooleanField(default=False)
    trail_reviewed = models.BooleanField(default=False)
    certified = word(20)  # the stage of the newest certificate, while nothing was done after it
    purpose, donation = word(20), word()  # of a qualification run; empty for a patient's batch
    simulated = models.BooleanField(default=False)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["site", "decision", "started_at"]),
            models.Index(fields=["decision", "started_at"]),
        ]


class Step(Register):
    batch, phase, by, verified_by, equipment = word(db_index=True), word(), word(), word(), word()
    at = models.DateTimeField(null=True)


class Result(Register):
    """One attempt at one test beside its criterion; ``amount`` is the number that is compared with the limit."""

    of, test, sample, status, outcome = word(130, db_index=True), word(), word(), word(20), word(20)
    value, method, by, verified_by, arithmetic = word(120), word(120), word(), word(), word(200)
    site, process, journey = word(), word(), word()
    at = models.DateTimeField(null=True)
    sampled_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    attempt = models.IntegerField(default=1)
    superseded = models.BooleanField(default=False)
    amount, comparator = number(), word(2)
    attribute, op, limit, high, unit = word(120), word(10), word(80), word(80), word(30)
    late, per_kg = models.BooleanField(default=False), models.BooleanField(default=False)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["status", "of"]),
            models.Index(fields=["sample"]),
            models.Index(fields=["site", "status", "due_at", "sampled_at"]),
            models.Index(fields=["status", "due_at", "sampled_at"]),
            models.Index(fields=["test", "process", "site", "at"]),
        ]


class Deviation(Register):
    of, code, what, severity = word(130, db_index=True), word(), word(2000), word(20)
    disposition, closed_by, opened_by = word(40), word(), word()
    opened_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["closed_by", "of"]), models.Index(fields=["closed_by", "opened_at"])]


class Investigation(Register):
    of, test, conclusion, closed_by = word(130, db_index=True), word(), word(30), word()
    opened_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["conclusion", "of"]), models.Index(fields=["conclusion", "opened_at"])]


class Certificate(Register):
    batch, stage, by = word(db_index=True), word(20), word()
    at = models.DateTimeField(null=True)


class Dose(Register):
    code, batch, journey, coi = word(), word(db_index=True), word(db_index=True), word(40)
    site, bound_for, custody = word(), word(), word(20)
    part = models.IntegerField(default=0)
    cells_e6, volume_ml = number(), number()
    decision = word(20)
    use_by = models.DateTimeField(null=True)
    given_at = models.DateTimeField(null=True)
    transfer = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["site", "given_at", "use_by"]),
            models.Index(fields=["given_at", "use_by"]),
            *carried(),
        ]  # fmt: skip


class Attachment(Register):
    """A file kept beside a subject; its bytes are on the node, named by their hash."""

    code, of, item = word(), word(130, db_index=True), word()
    sha256, name, media_type, shows = word(64, db_index=True), word(120), word(40), word(300)
    by, withdrawn = word(), word(2000)
    size = models.IntegerField(default=0)
    at = models.DateTimeField(null=True)


class Label(Register):
    """One numbered label and what became of it; ``account`` is the bag, lot or batch that settles it at a site."""

    code, kind, of, thing, account = word(), word(20), word(130, db_index=True), word(), word(130, db_index=True)
    site, coi, language, size, scheme = word(), word(40, db_index=True), word(10), word(20), word(20)
    status, run = word(20), word(80, db_index=True)
    copy = models.IntegerField(default=1)
    printed_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "status", "printed_at"]), models.Index(fields=["thing", "kind"])]


class Arrival(Register):
    """A box that came before its data: which transfer, by whose proof, where it waits, and what became of it."""

    code, what, from_site, site = word(), word(130), word(), word()
    number = models.IntegerField(default=0)
    of, status, place, seal, intact = word(130), word(30), word(), word(20), word(20)
    booked_by = word()
    booked_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    cosigned = models.IntegerField(default=0)
    released = models.BooleanField(default=False)

    class Meta(Register.Meta):
        indexes = [
            models.Index(fields=["site", "status", "booked_at"]),
            models.Index(fields=["status", "booked_at"]),
            models.Index(fields=["what"]),
        ]


class Posting(Register):
    """Half of a move: what an account received (positive) or gave (negative). Each act sums to zero."""

    account, item, unit, act = word(160, db_index=True), word(130), word(30), word(80)
    amount = number()
    at = models.DateTimeField(null=True)


__all__ = [  # those that other files declare or that others import from here; the rest is above
    "AdverseEvent", "Allotment", "Baseline", "Cap", "CasebookForm", "CasebookPage", "CasebookQuery",
    "CasebookValue", "Change", "Complaint", "ComplaintAnswer", "Escalation", "EscalationAnswer", "EventReview",
    "Lease", "Notice", "Participant", "ParticipantConsent", "Plan", "PlanSlot", "Protocol", "ProtocolConsent",
    "QualityAgreement", "Register", "ShelfLife", "Signal", "StabilityPoint", "StabilityStudy", "StoppingRule",
    "Study", "StudyRun", "TrialHold",
]  # fmt: skip
