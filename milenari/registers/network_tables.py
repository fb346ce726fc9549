"""The register tables of what needs more than one site: leases, caps on a trial and the enrolment tokens under them."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, word


class Lease(Register):
    """A site's newest word that its log holds every recall it knows of, and for how long that serves elsewhere."""

    site, withheld = word(), word(2000)
    granted_at = models.DateTimeField(null=True)
    hours = models.IntegerField(default=0)


class Cap(Register):
    """How many a trial may take in at one dose level, and how many of them are promised."""

    code, site, trial, level = word(), word(), word(), word()
    most = models.IntegerField(default=0)
    committed = models.IntegerField(default=0)


class Allotment(Register):
    """Enrolment tokens in the hands of one site."""

    code, cap, trial, level, issuer, site, state = word(), word(), word(), word(), word(), word(), word(20)
    left = models.IntegerField(default=0)
    expires_on = models.DateField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "state", "expires_on"])]
