"""The demo's four hospitals, played on one machine, then moved to four: each relearns its own log from parcels.

Made once in a process and copied for whoever wants four nodes to play with: tests, and the drills in tests/drills.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from django.test import override_settings

from milenari import demo
from milenari.demo import cast
from milenari.journal import models
from milenari.journal.exchange import charter, outgoing, standing
from tests.exchange.nodes import Node

SITES = ("BCN", "ROM", "BEY", "AMM")
Network = dict[str, Node]


@cache
def _folder() -> Path:
    made = tempfile.mkdtemp(prefix="milenari-network-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


@cache
def workshop() -> Node:
    """One node with all four logs and the whole story, which belongs to a network of four."""
    node = Node(_folder() / "workshop", "all")
    atexit.register(node.close)
    with override_settings(DEMO=True), node:
        demo.prepare(say=lambda line: None)  # founds the network as well
    return node


@cache
def moved() -> Network:
    """Four nodes that know the same, each with its own keys and logins only; not to be changed, but copied."""
    whole = workshop()
    nodes = {site: Node(_folder() / "moved", site) for site in SITES}
    with whole:
        note = charter.notes()[0]
        people = {site: _credentials(site) for site in SITES}
        post = {site: list(outgoing.moving(site)) for site in SITES}
    for site, node in nodes.items():
        atexit.register(node.close)
        (node.home / "keys").mkdir(exist_ok=True)
        for path in (whole.home / "keys").glob(f"{site}.*"):
            shutil.copy(path, node.home / "keys")
        with override_settings(DEMO=True), node:
            _settle(node, note)
            models.Credential.objects.bulk_create(people[site])
        made = node.receive(post[site])
        assert {o.state for o in made} == {"applied"}, [(o.log, o.state, o.refused) for o in made]
    return nodes


def four(folder: Path) -> Network:
    """Four nodes of one's own in a folder; close each when done."""
    return {site: node.copy(folder) for site, node in moved().items()}


def _credentials(site: str) -> list[models.Credential]:
    found = list(models.Credential.objects.filter(person__in=[player.person for player in cast.at(site)]))
    for credential in found:
        credential.pk = None
    return found


def _settle(node: Node, note: str) -> None:
    made = charter.accept(note)
    member = made.require(node.site)
    models.Head.objects.create(site=node.site, own=True, origin=member.origin, verifier_key=member.log)
    standing.set_back(node.site, 1, "default")
