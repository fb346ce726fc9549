"""Labels: what waits for one, how the accounts stand, and where one label is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from milenari.registers import models as table
from milenari.registers.questions import PAGE, Sites
from milenari.words import split_subject, subject

STATES = ("open", "used", "destroyed", "returned")


@dataclass(frozen=True)
class Unlabelled:
    """Something here that has no label printed here yet, with the kind of label it takes."""

    subject: str
    kind: str
    since: datetime | None
    journey: str = ""


@dataclass(frozen=True)
class Account:
    """The labels of one bag, lot or batch at one site: printed is what the four states sum to."""

    code: str
    of: str
    site: str
    counts: dict[str, int]
    reprinted: int
    newest: datetime | None

    @property
    def printed(self) -> int:
        return sum(self.counts.values())

    @property
    def settled(self) -> bool:
        return not self.counts["open"]


def unlabelled(site: str, most: int = PAGE) -> list[Unlabelled]:
    """What is at a site and has no label printed there: bags, filled batches, filled lots; oldest first.

    At most ``most`` of each; four questions to the database however much there is.
    """
    bag = table.Label.objects.filter(thing=OuterRef("code"), kind="collection-bag", site=site)
    bags = table.Collection.objects.filter(~Exists(bag), site=site, bound_for="", used_in="", accepted_at=None)
    product = table.Label.objects.filter(thing=OuterRef("code"), kind="product-bag", site=site)
    doses = table.Dose.objects.filter(~Exists(product), site=site, bound_for="", given_at=None)
    vector = table.Label.objects.filter(thing=OuterRef("code"), kind="vector-container", site=site)
    held = table.Container.objects.filter(~Exists(vector), site=site, bound_for="", spent_in="")
    # A container from elsewhere came with its label; a lot's own site labels what it fills.
    lots = table.Lot.objects.filter(site=site, recalled="", code__in=held.values("lot")).exclude(decision="rejected")
    found = [
        Unlabelled(subject("collection", row.code), "collection-bag", row.collected_at, row.journey)
        for row in bags.order_by("collected_at", "code")[:most]
    ]
    batches = table.Batch.objects.filter(site=site, code__in=doses.values("batch"))
    batches = batches.exclude(decision__in=("rejected", "recalled"))
    found += [
        Unlabelled(subject("batch", row.code), "product-bag", row.harvested_at, row.journey)
        for row in batches.order_by("harvested_at", "code")[:most]
    ]
    found += [
        Unlabelled(subject("lot", row.code), "vector-container", row.harvested_at)
        for row in lots.order_by("harvested_at", "code")[:most]
    ]
    return sorted(found, key=lambda x: (x.since is None, x.since.timestamp() if x.since else 0, x.subject))


def accounts(sites: Sites, text: str = "", page: int = 1, only: str = "") -> tuple[list[Account], int, int]:
    """One page of the label accounts that match, the newest print first: rows, how many in all, pages.

    ``only`` is "open" for the accounts that do not come to zero yet.
    """
    found = table.Label.objects.all()
    if sites is not None:
        found = found.filter(site__in=list(sites))
    if text := text.strip():
        found = found.filter(
            Q(account__icontains=text) | Q(thing__icontains=text) | Q(coi__icontains=text) | Q(code__iexact=text)
        )
    if only == "open":
        found = found.filter(account__in=found.filter(status="open").values("account"))
    grouped = found.values("account").annotate(newest=Max("printed_at")).order_by("-newest", "account")
    total = grouped.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    names = [row["account"] for row in grouped[(page - 1) * PAGE : page * PAGE]]
    held = {account.code: account for account in _accounts(names)}
    return [held[name] for name in names if name in held], total, pages


def account(code: str) -> Account | None:
    """One account, or nothing where no label was printed."""
    return next(iter(_accounts([code])), None)


def accounts_of(names: Iterable[str]) -> list[Account]:
    """The accounts that settle these bags, lots or batches, at whichever site."""
    wanted = Q()
    for name in names:
        kind, code = split_subject(name)
        wanted |= Q(account__endswith=f"/{kind}/{code}")
    if not wanted:
        return []
    codes = table.Label.objects.filter(wanted).values_list("account", flat=True).distinct()
    return _accounts(sorted(codes))


def _accounts(codes: Collection[str]) -> list[Account]:
    counted: dict[str, dict[str, int]] = {code: dict.fromkeys(STATES, 0) for code in codes}
    newest: dict[str, datetime | None] = {}
    again: dict[str, int] = {}
    rows = table.Label.objects.filter(account__in=list(codes)).values("account", "status")
    for row in rows.annotate(count=Count("key"), newest=Max("printed_at"), again=Count("key", filter=Q(copy__gt=1))):
        code = row["account"]
        counted[code][row["status"]] = row["count"]
        newest[code] = max((x for x in (newest.get(code), row["newest"]) if x), default=None)
        again[code] = again.get(code, 0) + row["again"]
    made = []
    for code in codes:
        if code in newest:
            site, kind, of = code.split("/", 2)
            made.append(Account(code, subject(kind, of), site, counted[code], again[code], newest[code]))
    return made


def labels_of(account: str, page: int = 1) -> tuple[list[table.Label], int, int]:
    """One page of the labels on an account, the newest first: rows, how many in all, pages."""
    found = table.Label.objects.filter(account=account).order_by(F("printed_at").desc(), "code")
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    return list(found[(page - 1) * PAGE : page * PAGE]), total, pages


def label(code: str) -> table.Label | None:
    """One label by its number."""
    return table.Label.objects.filter(code=code).first()


def printed_for(name: str) -> int:
    """How many labels were printed for a subject by name, at any site."""
    return table.Label.objects.filter(of=name).count()


__all__ = ["STATES", "Account", "Unlabelled", "account", "accounts", "accounts_of", "label", "labels_of",
           "printed_for", "unlabelled"]  # fmt: skip
