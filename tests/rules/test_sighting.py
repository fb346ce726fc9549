"""Sightings: a node names the heads of other logs that it saw, each time newer ones, and never its own."""

from base64 import b64encode

import pytest

from milenari.rules.sighting import RecordSighting
from tests.rules.cast import network, node

ROOT = b64encode(bytes(32)).decode()


def see(**sizes):
    heads = {log: {"size": size, "root": ROOT} for log, size in sizes.items()}
    return RecordSighting(sighting="ROM", heads=heads)


def test_a_node_names_newer_heads_only():
    book = network()
    book.do(see(BCN=5, BEY=3), **node("ROM"))
    book.refused("sighting-not-newer", see(BCN=5), **node("ROM"))
    book.do(see(BCN=6), **node("ROM"))
    assert book.sheet("sighting:ROM").seen == (("BCN", 6), ("BEY", 3))


def test_a_node_speaks_for_itself_of_others():
    book = network()
    book.refused("sighting-of-another-site", see(AMM=1), **node("BCN"))
    book.refused("sighting-of-oneself", see(ROM=1), **node("ROM"))
    book.refused("role-not-allowed", see(BCN=1), "qa")
    book.do(see(BCN=1), **node("ROM"))


@pytest.mark.parametrize(
    "told",
    [
        {"size": 0, "root": ROOT}, {"size": "5", "root": ROOT}, {"size": 5}, {"size": 5, "root": "AAAA"},
        {"size": 5, "root": "not base64"}, {"size": 5, "root": 7}, {"size": 5, "root": ROOT, "more": 1}, "5",
    ],
)  # fmt: skip
def test_a_head_that_is_none_is_refused(told):
    book = network()
    book.refused("sighting-unreadable", RecordSighting(sighting="ROM", heads={"BCN": told}), **node("ROM"))
    book.do(RecordSighting(sighting="ROM", heads={"BCN": {"size": 5, "root": ROOT}}), **node("ROM"))
