"""The page on exchange: says what is proven, to whom, and what is on its way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client

from milenari.journal.models import Credential
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import exchange, hand_over, material
from tests.journal.conftest import found_node

Network = dict[str, Node]


def page(node: Node, post: str) -> str:
    with node:
        client = Client()
        client.force_login(Credential.objects.get(person=f"{node.site.lower()}-{post}"))
        answer = client.get("/exchange")
        assert answer.status_code == 200
        return answer.content.decode()


def test_in_step_stands_there_only_after_the_other_site_has_signed(network: Network) -> None:
    rom = network["ROM"]
    material(rom, 1)
    assert "in step" not in page(rom, "qa")
    exchange(network, "ROM", "BCN", "ROM")
    seen = page(rom, "qa")
    assert seen.count('<p class="tag good">in step</p>') == 1
    assert "nothing confirmed yet" in seen, "Beirut and Amman have not signed for anything"


def test_a_forked_log_and_a_set_back_node_are_named(network: Network, tmp_path: Path) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    thief = rom.copy(tmp_path / "thief")
    material(rom, 1)
    material(thief, 2)
    exchange(network, "ROM", "BCN")
    assert "forked log" not in page(bcn, "qa")
    bcn.receive(thief.send(bcn))
    assert "forked log" in page(bcn, "qa")
    thief.close()


def test_what_is_on_its_way_is_seen_by_both_ends_and_by_nobody_else(network: Network) -> None:
    hand_over(network["BCN"], "ROM")
    for to in ("ROM", "AMM"):
        exchange(network, "BCN", to)
    assert "LV-A3B1-L01-020" in page(network["ROM"], "operator")
    assert "LV-A3B1-L01-020" not in page(network["AMM"], "operator")


def test_the_transfer_log_with_its_bases_is_for_quality_and_it(network: Network) -> None:
    rom = network["ROM"]
    material(rom, 1)
    exchange(network, "ROM", "BCN")
    assert "GDPR Articles" in page(rom, "qa")
    assert "GDPR Articles" not in page(rom, "operator")


def test_a_node_alone_says_so(tmp_path: Path, db: None, settings: Any, client: Client) -> None:
    settings.HOME, settings.DEMO = tmp_path, True
    found_node()
    client.force_login(Credential.objects.get(person="BCN-QA"))
    assert "exchanges with no other node" in client.get("/exchange").content.decode()
