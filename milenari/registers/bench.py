"""Bench: the questions of somebody who is making a batch: which lot, instrument or container is fit for use here."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from milenari.registers import models as table
from milenari.registers.questions import MOST_CHOICES


def usable_lots(kind: str, site: str, today: date) -> list[table.Material]:
    """Released lots of a class at a site with something left and not expired, first to expire first."""
    found = table.Material.objects.filter(kind=kind, site=site, status="released", left__gt=0)
    return list(found.filter(expires_on__gte=today).order_by("expires_on", "code")[:MOST_CHOICES])


def unusable_lots(kind: str, site: str, today: date) -> list[table.Material]:
    """Lots of a class at a site that nobody may use now: quarantined, rejected, expired or empty."""
    found = table.Material.objects.filter(kind=kind, site=site)
    wrong = ~Q(status="released") | Q(left__lte=0) | Q(expires_on__lt=today)
    return list(found.filter(wrong).order_by("expires_on", "code")[:MOST_CHOICES])


def equipment_here(kind: str, site: str) -> list[table.Equipment]:
    """Instruments of a class at a site that are not retired; whether one is fit for use the rule says."""
    found = table.Equipment.objects.filter(kind=kind, site=site, retired=False)
    return list(found.order_by("code")[:MOST_CHOICES])


def containers_here(journey: str, site: str) -> list[table.Container]:
    """Unspent vector containers at a site that are for this journey, or for nobody by name; its own first."""
    found = table.Container.objects.filter(site=site, spent_in="", bound_for="", journey__in=("", journey))
    return list(found.order_by("-journey", "code")[:MOST_CHOICES])
