"""Agreement: whether several nodes hold one record: roots, registers row for row, custody, and nothing done twice."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.apps import apps

from milenari.journal import models, verify
from milenari.registers.models import Posting
from tests.drills.frame import Found
from tests.exchange.network import SITES, Network
from tests.exchange.nodes import Node

CARRIED = ("container:", "collection:", "dose:")


def roots(nodes: Network) -> dict[str, set[tuple[int, str]]]:
    return {log: {node.root(log) for node in nodes.values()} for log in SITES}


def converged(nodes: Network) -> bool:
    return all(len(found) == 1 for found in roots(nodes).values())


def registers(node: Node) -> str:
    """A digest of every register row; the entry is named by site and number, since its place differs by node."""
    digest = sha256()
    with node:
        place = {pk: f"{site}/{index}" for pk, site, index in models.Entry.objects.values_list("pk", "site", "index")}
        for table in sorted(apps.get_app_config("registers").get_models(), key=lambda m: m._meta.db_table):
            for row in table._default_manager.order_by("key").values():
                told = {k: place[v] if k == "entry" else _plain(v) for k, v in row.items() if k != "id"}
                digest.update(repr((table.__name__, sorted(told.items()))).encode())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def check(nodes: Network, found: Found, rebuilt: bool = True, whole: bool = True) -> None:
    """Keep as faults whatever the nodes disagree about, or what their common record says twice.

    The roots and registers of all are compared; the book is verified and rebuilt at every node, or, where ``whole``
    is not asked for, at the first of them.
    """
    found.check(converged(nodes), f"the logs differ: { {k: len(v) for k, v in roots(nodes).items()} }")
    looked = list(nodes.items()) if whole else list(nodes.items())[:1]
    for site, node in looked:
        report = node.report()
        found.check(report.sound, f"the book of {site} does not verify: {[str(f) for f in report.faults[:2]]}")
    digests = {site: registers(node) for site, node in nodes.items()}
    found.check(len(set(digests.values())) == 1, f"the registers differ: {digests}")
    if rebuilt:
        for site, node in looked:
            with node:
                verify.rebuild()
            found.check(registers(node) == digests[site], f"the registers of {site} are others after a rebuild")
    custody(nodes["BCN"], found)


def custody(node: Node, found: Found) -> None:
    """Sums of what is carried: zero over all accounts, and in at most one place; transfers numbered once each way."""
    totals: dict[tuple[str, str], Decimal] = {}
    with node:
        for account, item, amount in Posting.objects.filter(unit="1").values_list("account", "item", "amount"):
            if not item.startswith(CARRIED):
                continue
            totals[item, account] = totals.get((item, account), Decimal(0)) + Decimal(amount)
        turns = _transfers()
    for item in {item for item, _ in totals}:
        each = {account: total for (i, account), total in totals.items() if i == item and total}
        there = [account for account, total in each.items() if account != "world"]
        good = sum(each.values()) == 0 and len(there) <= 1 and all(each[a] == 1 for a in there)
        found.check(good, f"custody of {item} does not come out: {each}")
    for (what, turn, kind), number in turns.items():
        found.check(number == 1, f"{kind} number {turn} of {what} was done {number} times")


def _transfers() -> dict[tuple[str, int, str], int]:
    """How often each transfer number of a thing left, was received, or the thing was spent."""
    from milenari.journal import fold

    counted: dict[tuple[str, int, str], int] = {}
    rows = models.Entry.objects.filter(action__in=("dispatch", "witness-dispatch", "receive", "spend-container"))
    for body in rows.order_by("pk").values_list("body", flat=True):
        entry = fold.entry_from(bytes(body))
        if entry.action.code == "receive":
            key = (entry.action.what, entry.action.transfer, "receipt")
        elif entry.action.code == "spend-container":
            key = (entry.action.container, 0, "spending")
        elif entry.given["leaves"]:
            key = (entry.action.what, entry.given["transfer"], "departure")
        else:
            continue
        counted[key] = counted.get(key, 0) + 1
    return counted
