"""The register tables of trials: protocols, participants, and what each of them signed."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, word


class Protocol(Register):
    """A protocol by its newest version; ``unset`` counts its parameters that are still to be set."""

    code, site, title, phase, product, newest = word(), word(), word(500), word(20), word(), word()
    versions, unset, active = (models.IntegerField(default=0) for _ in range(3))
    opened_at = models.DateTimeField(null=True)


class Participant(Register):
    """A participant; ``state`` is the newest of the states that are acts, ``modes`` what was withdrawn from."""

    code, site, protocol, version, state = word(), word(), word(), word(), word(20)
    cohort, level, journey = word(), word(), word(db_index=True)
    failed_why, ended_why, modes, adult_care = word(30), word(30), word(100), word(120)
    age_months, unanswered = models.IntegerField(default=0), models.IntegerField(default=0)
    screened_on, consented_on, assented_on, eligible_on = (models.DateField(null=True) for _ in range(4))
    enrolled_on, linked_on, failed_on, ended_on = (models.DateField(null=True) for _ in range(4))
    withdrawn_on, adult_care_on = (models.DateField(null=True) for _ in range(2))

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["protocol", "site", "state"]), models.Index(fields=["site", "code"])]


class ParticipantConsent(Register):
    """One signature or word of a participant; ``kind`` is consent or assent, ``said`` the child's word."""

    participant, site, kind, part, form_version = word(db_index=True), word(), word(20), word(), word()
    language, signer, number, said = word(20), word(20), word(), word(10)
    on = models.DateField(null=True)
