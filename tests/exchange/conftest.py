"""The demo's four hospitals, played on one machine, then moved to four: each relearns its own log from parcels."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from milenari import demo
from milenari.demo import cast
from milenari.journal import keys, models
from milenari.journal.exchange import charter, outgoing, standing
from tests.exchange.nodes import Node, charter_of, member_of

SITES = ("BCN", "ROM", "BEY", "AMM")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[Node]:
    """One node with all four logs and the whole story, which belongs to a network of four."""
    from django.conf import settings

    with django_db_blocker.unblock():
        settings.DEMO = True
        node = Node(tmp_path_factory.mktemp("workshop"), "all")
        with node:
            demo.prepare(say=lambda line: None)
            members = [member_of(site) for site in SITES]
            charter.accept(charter_of(members, 3, [keys.root_key(site) for site in SITES]))
        yield node
        node.close()


@pytest.fixture(scope="session")
def moved(workshop: Node, tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[dict[str, Node]]:
    """Four nodes that know the same, each with its own keys and logins only; copied for each test."""
    with django_db_blocker.unblock():
        nodes = {site: Node(tmp_path_factory.mktemp("moved"), site) for site in SITES}
        with workshop:
            note = charter.notes()[0]
            people = {site: _credentials(site) for site in SITES}
            whole = {site: list(outgoing.moving(site)) for site in SITES}
        for site, node in nodes.items():
            for path in (workshop.home / "keys").glob(f"{site}.*"):
                (node.home / "keys").mkdir(exist_ok=True)
                shutil.copy(path, node.home / "keys")
            with node:
                _settle(node, note)
                models.Credential.objects.bulk_create(people[site])
            made = node.receive(whole[site])
            assert {o.state for o in made} == {"applied"}, [(o.log, o.state, o.refused) for o in made]
        yield nodes
        for node in nodes.values():
            node.close()


@pytest.fixture
def network(moved: dict[str, Node], tmp_path: Path, django_db_blocker: Any, settings: Any) -> Iterator[dict[str, Node]]:
    settings.DEMO = True
    with django_db_blocker.unblock():
        nodes = {site: node.copy(tmp_path) for site, node in moved.items()}
        yield nodes
        for node in nodes.values():
            node.close()


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
