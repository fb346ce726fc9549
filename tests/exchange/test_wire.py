"""Two nodes over the wire: one call brings both in step; a stranger gets nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from milenari.journal.exchange import wire
from milenari.rules.action import Refused
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import hand_over, material

Network = dict[str, Node]


@pytest.fixture
def line(network: Network, monkeypatch: Any) -> Network:
    """Addresses are site codes; what is posted there arrives at that site's node."""

    def call(address: str, body: bytes) -> bytes:
        site, _, path = address.partition("/")
        with network[site]:
            answer = Client().post(f"/{path}", body, content_type="application/octet-stream")
            if answer.status_code >= 400 and path.endswith("give"):
                raise Refused("peer-answers-no", status=answer.status_code, detail=answer.content.decode())
            return bytes(answer.content)

    monkeypatch.setattr(wire, "_call", call)
    return network


def exchange(network: Network, site: str, peer: str) -> wire.Told:
    with network[site]:
        return wire.exchange(site, peer, peer)


def test_one_call_brings_both_in_step(line: Network) -> None:
    bcn, rom = line["BCN"], line["ROM"]
    material(rom, 1)
    hand_over(bcn, "ROM")
    told = exchange(line, "ROM", "BCN")
    assert told.taken >= 1 and not told.refused
    assert rom.standing("BCN").synced and bcn.standing("ROM").synced
    assert rom.report().sound and bcn.report().sound


def test_a_second_call_has_nothing_to_do(line: Network) -> None:
    exchange(line, "ROM", "BCN")
    assert exchange(line, "ROM", "BCN") == wire.Told(given=1, taken=0)


def test_a_stranger_is_given_nothing(line: Network) -> None:
    rom, bcn = line["ROM"], line["BCN"]
    with rom:
        good = wire.request("ROM", "BCN")
    for bad in (b"", good.replace(b"\nROM\n", b"\nAMM\n"), good[:-4], good.replace(b"asks", b"begs")):
        with bcn:
            answer = Client().post("/api/exchange/give", bad, content_type="application/octet-stream")
            assert answer.status_code == 403, bad
    with bcn:
        assert Client().post("/api/exchange/give", good, content_type="application/octet-stream").status_code == 200


def test_an_old_request_is_not_answered(line: Network, monkeypatch: Any) -> None:
    from datetime import timedelta

    from milenari.journal import clock

    with line["ROM"]:
        asked = wire.request("ROM", "BCN")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=6))
    with line["BCN"], pytest.raises(Refused, match="request-not-signed"):
        wire.give(asked)


def test_what_is_no_parcel_is_refused_and_changes_nothing(line: Network) -> None:
    before = line["BCN"].root("ROM")
    with line["BCN"]:
        answer = Client().post("/api/exchange/take", b"rubbish", content_type="application/octet-stream")
    assert answer.status_code == 422 and answer.json()["code"] == "parcel-unreadable"
    assert line["BCN"].root("ROM") == before
