"""Time and leases between four real nodes: bounds follow from named heads, wrong clocks are flagged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from milenari.journal import clock, models
from milenari.journal.exchange import bounds, charter, foresight, renewal, states, succession
from milenari.journal.exchange.standing import Standing
from milenari.journal.models import Credential
from milenari.journal.perform import Written
from milenari.rules.action import Refused
from tests.exchange.nodes import Node, charter_of
from tests.exchange.test_exchange import exchange, material

Network = dict[str, Node]


class Clocks:
    """The true time, and by how much a node's clock is off."""

    def __init__(self, monkeypatch: Any) -> None:
        self.true, self.patch = clock.now(), monkeypatch
        self.off: dict[str, timedelta] = {}

    @contextmanager
    def at(self, node: Node) -> Iterator[Node]:
        with self.patch.context() as patched:
            patched.setattr(clock, "now", lambda: self.true + self.off.get(node.site, timedelta()))
            yield node

    def later(self, **span: float) -> None:
        self.true += timedelta(**span)

    def round(self, nodes: Network) -> None:
        """Everybody meets everybody, before and after all write down what they saw."""
        for _ in range(2):
            for one, two in permutations(nodes, 2):
                with self.at(nodes[one]):
                    parcels = nodes[one].send(nodes[two])
                with self.at(nodes[two]):
                    assert {o.state for o in nodes[two].receive(parcels)} <= {"applied", "repeated", "waiting"}
            for node in nodes.values():
                with self.at(node), node:
                    renewal.renew(node.site, anyway=True)


@pytest.fixture
def clocks(monkeypatch: Any) -> Clocks:
    return Clocks(monkeypatch)


def written(clocks: Clocks, node: Node, number: int) -> tuple[Written, datetime]:
    with clocks.at(node):
        told = {"kind": "TexMACS", "maker_lot": f"L{number}", "amount": {"value": "5", "unit": "mL"}}
        made = node.do(
            "operator", "receive-material", material=f"{node.site}-T{number}", expires_on="2030-01-01", **told
        )
    return made, clocks.true


def page(node: Node, post: str, path: str) -> str:
    with node:
        client = Client()
        client.force_login(Credential.objects.get(person=f"{node.site.lower()}-{post}"))
        answer = client.get(path)
        assert answer.status_code == 200, answer.content.decode()[:500]
        return answer.content.decode()


def test_an_entry_is_bounded_by_three_other_clocks_at_every_node(network: Network, clocks: Clocks) -> None:
    rom = network["ROM"]
    clocks.round(network)
    clocks.later(hours=3)
    made, true = written(clocks, rom, 1)
    with rom:
        assert bounds.bounds_of("ROM", made.index).not_after is None, "nobody has heard of it"
    clocks.later(hours=3)
    clocks.round(network)
    for node in network.values():
        with node:
            found = bounds.bounds_of("ROM", made.index)
            assert found.not_before is not None and found.not_after is not None, node.site
            assert found.not_before <= true <= found.not_after
            assert found.not_after - found.not_before <= timedelta(hours=6, minutes=10)
            assert bounds.skewed() == {} and node.report().sound
    told = page(rom, "qa", f"/entry/{made.entry.act}")
    assert "not before" in told and "not after" in told and "clock skew" not in told


@pytest.mark.parametrize("days", [-7, 7])
def test_a_clock_off_by_a_week_is_flagged_everywhere_and_no_entry_is_lost(
    network: Network, clocks: Clocks, days: int
) -> None:
    """Set back, the node itself refuses to write (its log is ahead of it); so the wrong clock begins before."""
    rom, bcn = network["ROM"], network["BCN"]
    clocks.later(days=30)
    clocks.off["ROM"] = timedelta(days=days)
    clocks.round(network)
    clocks.later(hours=3)
    made, true = written(clocks, rom, 1)
    clocks.round(network)
    for node in network.values():
        with node:
            found = bounds.bounds_of("ROM", made.index)
            assert found.not_before is not None and found.not_after is not None
            assert found.not_before <= true <= found.not_after, "the true time is inside"
            kinds = dict(models.Skew.objects.filter(site="ROM").values_list("index", "kind"))
            assert kinds.get(made.index) == ("early" if days < 0 else "late")
            assert set(bounds.skewed()) == {"ROM"}, "no honest site is blamed"
            assert models.Entry.objects.filter(site="ROM", index=made.index).exists()
    assert "clock skew" in page(bcn, "qa", f"/entry/{made.entry.act}")
    assert "clock skew" in page(bcn, "qa", "/exchange") and f"ROM/{made.index}" in page(bcn, "qa", "/audit/clocks")
    assert "clock skew here" in page(rom, "it", "/exchange")


def test_a_claim_within_a_silence_longer_than_its_error_is_no_contradiction(network: Network, clocks: Clocks) -> None:
    """What nobody's clock excludes is not flagged: the bounds say how much is known, and that is ten days wide."""
    rom = network["ROM"]
    clocks.later(days=30)
    clocks.round(network)
    clocks.later(days=10)
    clocks.off["ROM"] = timedelta(days=-7)
    made, true = written(clocks, rom, 1)
    clocks.round(network)
    with network["BCN"]:
        found = bounds.bounds_of("ROM", made.index)
        assert found.not_before is not None and found.not_after is not None
        assert found.not_before <= made.entry.written_at <= true <= found.not_after
        assert found.not_after - found.not_before >= timedelta(days=10)
        assert not models.Skew.objects.filter(site="ROM", index=made.index).exists()


def test_links_are_made_again_from_the_entries(network: Network, clocks: Clocks) -> None:
    clocks.round(network)
    with network["BCN"]:
        before = sorted(models.Named.objects.values_list("by", "index", "of", "size", "good"))
        assert before and all(good for *_, good in before)
        models.Named.objects.all().delete()
        assert bounds.relink() == len(before)
        assert sorted(models.Named.objects.values_list("by", "index", "of", "size", "good")) == before


def test_a_root_that_is_not_ours_proves_nothing(network: Network, clocks: Clocks) -> None:
    clocks.round(network)
    with network["BCN"]:
        row = models.Named.objects.filter(by="ROM", of="AMM").latest("id")
        other = models.Named.objects.exclude(root=row.root).latest("id").root
        models.Named.objects.filter(pk=row.pk).update(root=other, good=None)
        bounds.settle()
        assert models.Named.objects.get(pk=row.pk).good is False


def test_two_idle_nodes_write_little(network: Network, clocks: Clocks) -> None:
    rom = network["ROM"]
    with clocks.at(rom), rom:
        first = renewal.renew("ROM")
        assert not first.lease and first.sighting
        assert renewal.renew("ROM") == renewal.Renewed("ROM", first.until, False, False)
    clocks.later(hours=40)
    with clocks.at(rom), rom:
        again = renewal.renew("ROM")
        assert again.lease and not again.sighting, "nothing new was seen"
        assert again.until == clocks.true.replace(microsecond=again.until.microsecond) + timedelta(hours=72)
        with pytest.raises(Refused, match="site-not-here"):
            renewal.renew("BCN")


def test_a_node_cut_off_says_what_ends_and_when_and_a_renewal_brings_it_back(network: Network, clocks: Clocks) -> None:
    rom, bcn = network["ROM"], network["BCN"]

    def lease() -> foresight.End:
        with clocks.at(rom), rom:
            return next(end for end in foresight.ends("ROM") if end.kind == "lease" and end.by == "BCN")

    good = lease()
    assert good.look == "good" and good.subject.startswith("lot:") and good.number >= 1
    assert good.at is not None
    clocks.true = good.at - timedelta(hours=5)
    assert lease().look == "warn"
    with clocks.at(rom):
        assert "If nothing more is heard" in page(rom, "operator", "/")
    clocks.true = good.at + timedelta(minutes=1)
    assert lease().look == "bad"
    with clocks.at(rom), rom:
        assert "stale-lease" in next(p for p in states.peers() if p.standing.peer == "BCN").states
    with clocks.at(rom):
        assert "/procedures/stale-lease" in page(rom, "qa", "/exchange")
    with clocks.at(bcn), bcn:
        assert renewal.renew("BCN").lease
    with clocks.at(bcn):
        parcels = bcn.send(rom)
    with clocks.at(rom):
        assert {o.state for o in rom.receive(parcels)} == {"applied"}
    assert lease().look == "good"


def test_no_day_ends_membership_but_a_charter_without_the_site_does(network: Network) -> None:
    amm = network["AMM"]
    with amm:
        last = foresight.ends("AMM")[-1]
        assert (last.kind, last.endless, last.number) == ("charter", True, 1)
        assert not any(end.kind in ("charter", "membership") for end in foresight.pressing("AMM"))
    assert "no day ends it" in page(amm, "qa", "/exchange")
    roots = []
    for site in ("BCN", "ROM", "BEY"):
        with network[site]:
            roots.append(succession.root_key(site))
    with amm:
        members = [member for member in charter.require_present().members if member.site != "AMM"]
        charter.accept(charter_of(members, 2, roots))
        first = foresight.pressing("AMM")[0]
        assert (first.kind, first.endless, first.number) == ("membership", False, 2)
    shown = page(amm, "qa", "/exchange")
    assert "The charter does not name this site any more" in shown and "no day ends it" not in shown
    assert "The charter does not name this site any more" in page(amm, "qa", "/")


def test_a_gap_and_a_site_never_heard_are_named(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    size = rom.root("ROM")[0]
    material(rom, 1)
    between = rom.root("ROM")[0]
    material(rom, 2)
    assert size < between
    bcn.receive(rom.send(bcn, since=between))
    with bcn:
        named = {p.standing.peer: p.states for p in states.peers()}
    assert "gap" in named["ROM"] and named["AMM"][-1] == "unsigned"
    assert "/procedures/gap" in page(bcn, "qa", "/exchange")
    exchange({"ROM": rom, "BCN": bcn}, "ROM", "BCN")
    with bcn:
        assert "gap" not in next(p.states for p in states.peers() if p.standing.peer == "ROM")


def test_never_heard_behind_and_in_step_are_told_apart() -> None:
    def step(they_hold: int, i_hold: int) -> str:
        return states.step(Standing("ROM", "BCN", 5, they_hold, None, i_hold, None, 0, "sound"))

    assert [step(0, 0), step(0, 7), step(4, 7), step(5, 7)] == ["never-heard", "unsigned", "behind", "in-step"]


def test_the_releasing_site_reads_a_code_out_and_none_for_what_is_withheld(network: Network) -> None:
    bcn = network["BCN"]
    address = "/exchange/read-out?of=lot:LV-A3B1-L01&site=ROM"
    assert 'class="code"' in page(bcn, "qp", address) and "serves one container or dose" in page(bcn, "qp", address)
    bcn.do("qa", "withhold-use", "particles seen", lease="BCN", of="lot:LV-A3B1-L01")
    told = page(bcn, "qp", address)
    assert "particles seen" in told and "serves one container or dose" not in told
    recalled = page(bcn, "qp", "/exchange/read-out?of=lot:LV-A3B1-L02&site=ROM")
    assert "Read out nothing" in recalled
    with bcn:
        client = Client()
        client.force_login(Credential.objects.get(person="bcn-vector-manager"))
        assert client.get(address).status_code == 403
