"""The register tables of quality agreements, escalations and changes."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, word


class QualityAgreement(Register):
    """What two sites agreed about quality: the newest version, signed or drafted."""

    code, giver, receiver, relation, number, state = word(), word(), word(), word(20), word(), word(20)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    pending = models.BooleanField(default=False)


class Escalation(Register):
    """A deviation that its site told the control site, and until when it was due."""

    code, of, deviation, site, by = word(), word(130), word(), word(), word()
    at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    round = models.IntegerField(default=0)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "at"])]


class EscalationAnswer(Register):
    """What the control site decided about it, and which telling it answers."""

    code, decision, by = word(), word(20), word()
    at = models.DateTimeField(null=True)
    round = models.IntegerField(default=0)


class Notice(Register):
    """A matter that one site told the other of a quality agreement, and until when it was due."""

    code, agreement, matter, of, site, by = word(200), word(), word(20), word(130), word(), word()
    at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["agreement", "matter"])]


class Complaint(Register):
    """A complaint about a batch or lot, the site that answers it, and whether it is closed."""

    code, of, site, answers, agreement, state, by = word(), word(130), word(), word(), word(), word(20), word()
    what = word(2000)
    received_at = models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["state", "received_at"])]


class ComplaintAnswer(Register):
    """What the site that owns a complaint found."""

    code, verdict, by = word(), word(20), word()
    at = models.DateTimeField(null=True)


class Change(Register):
    """A change with the nearest day by which something of it is due; ``sites`` has a blank around each code."""

    code, title, kind, term, state, site, product = (
        word(), word(160), word(20), word(20), word(20), word(), word(),
    )  # fmt: skip
    sites = word(400)
    effective_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    proposed_at = models.DateTimeField(null=True)
    matters = models.IntegerField(default=0)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["state", "due_on"])]
