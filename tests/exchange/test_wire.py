"""Two nodes over the wire: one call brings both in step; a stranger gets nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from milenari.journal.exchange import charter, wire
from milenari.journal.exchange.parcel import waybill_of
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


def test_an_exchange_that_is_cut_goes_on_where_it_stopped(line: Network, monkeypatch: Any) -> None:
    """Three times the link breaks while a parcel is on its way; every entry crosses all the same, most of them once."""
    rom, bcn = line["ROM"], line["BCN"]
    exchange(line, "ROM", "BCN")
    for number in range(6):
        material(rom, number)
    whole, crossed, cuts = wire._call, [], [2, 3, 5]
    monkeypatch.setattr(wire, "MOST_ENTRIES", 2)
    monkeypatch.setattr(wire, "LEAST", 1)
    monkeypatch.setattr(wire.time, "sleep", lambda seconds: None)

    def breaking(address: str, body: bytes) -> bytes:
        if address.endswith("take") and len(crossed) in cuts:
            cuts.remove(len(crossed))
            raise Refused("peer-unreachable", address=address, detail="cut")
        if address.endswith("take"):
            bill = waybill_of(body)
            crossed.append(range(bill.start, bill.end))
        return whole(address, body)

    monkeypatch.setattr(wire, "_call", breaking)
    told = exchange(line, "ROM", "BCN")
    assert told.cuts == 3 and not told.refused and rom.standing("BCN").synced
    sent = [index for part in crossed for index in part]
    assert len(sent) == len(set(sent)), "an entry was carried twice"
    assert bcn.report().sound


def test_a_link_that_stays_dead_is_said_after_a_few_attempts(line: Network, monkeypatch: Any) -> None:
    calls = []

    def dead(address: str, body: bytes) -> bytes:
        calls.append(address)
        raise Refused("peer-unreachable", address=address, detail="no route")

    monkeypatch.setattr(wire, "_call", dead)
    monkeypatch.setattr(wire.time, "sleep", lambda seconds: None)
    with pytest.raises(Refused, match="peer-unreachable"):
        exchange(line, "ROM", "BCN")
    assert len(calls) == wire.ATTEMPTS


def test_charters_go_ahead_of_parcels_in_both_directions(line: Network) -> None:
    from tests.exchange.test_rotation import next_charter, put_in_force, rotated

    note = next_charter(line, rotated(line, "ROM", "log"), ("BCN", "ROM", "BEY"))
    put_in_force(line, note, "ROM")  # only Rome has heard of it
    material(line["ROM"], 1)
    assert not exchange(line, "ROM", "BCN").refused
    assert not exchange(line, "BEY", "ROM").refused
    for site in ("BCN", "BEY"):
        with line[site]:
            assert charter.require_present().number == 2
    assert line["BEY"].root("ROM") == line["ROM"].root("ROM")


def test_who_sends_rubbish_is_asked_to_wait(line: Network) -> None:
    from milenari.api import exchange as door

    door._seen.clear()
    with line["BCN"]:
        client = Client(REMOTE_ADDR="192.0.2.7")
        answers = [client.post("/api/exchange/take", b"x", content_type="text/plain") for _ in range(11)]
        assert [a.status_code for a in answers] == [422] * 10 + [429] and answers[-1]["Retry-After"]
        other = Client(REMOTE_ADDR="192.0.2.8").post("/api/exchange/take", b"x", content_type="text/plain")
        assert other.status_code == 422
        long = client.post("/api/exchange/take", b"", content_type="text/plain", headers={"Content-Length": str(10**9)})
        assert long.status_code == 429
        large = Client(REMOTE_ADDR="192.0.2.9").post(
            "/api/exchange/take", b"", content_type="text/plain", headers={"Content-Length": str(10**9)}
        )
        assert large.status_code == 413
    door._seen.clear()


def test_only_so_many_parcels_are_in_memory_at_once(line: Network) -> None:
    from milenari.api import exchange as door

    held = [door.AT_ONCE.acquire(blocking=False) for _ in range(2)]
    try:
        with line["BCN"]:
            answer = Client(REMOTE_ADDR="192.0.2.10").post("/api/exchange/take", b"x", content_type="text/plain")
        assert all(held) and answer.status_code == 429
    finally:
        for _ in held:
            door.AT_ONCE.release()
    door._seen.clear()
