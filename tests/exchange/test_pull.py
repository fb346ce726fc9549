"""A published log is pulled with the checks of a parcel, and only under an agreement for every class of data."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings

from milenari.demo import teller
from milenari.journal import read
from milenari.journal.exchange import pull
from milenari.journal.perform import perform_all
from milenari.journal.tiles import WIDTH, entries_path
from milenari.rules.action import Refused
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import material

Network = dict[str, Node]


@pytest.fixture
def published(network: Network, tmp_path: Path) -> Path:
    material(network["ROM"], 1)
    return publish(network["ROM"], tmp_path / "tiles")


def publish(node: Node, folder: Path) -> Path:
    with node:
        read.write_tiles(node.site, str(folder))
    return folder


def test_what_is_new_is_taken_and_confirmed(network: Network, published: Path) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    with bcn:
        assert pull.pull("ROM", str(published)).state == "applied"
        assert pull.pull("ROM", str(published)).state == "repeated"
    assert bcn.root("ROM") == rom.root("ROM") and bcn.report().sound
    rom.receive(bcn.send(rom))
    assert rom.standing("BCN").they_hold == rom.root("ROM")[0]


def test_it_goes_on_from_a_partial_bundle(network: Network, published: Path) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    with bcn:
        pull.pull("ROM", str(published))
    material(rom, 2)
    publish(rom, published)
    with bcn:
        assert pull.pull("ROM", str(published)).state == "applied"
    assert bcn.root("ROM") == rom.root("ROM")


def test_altered_tiles_change_nothing(network: Network, published: Path) -> None:
    bcn = network["BCN"]
    before = bcn.root("ROM")
    newest = max(
        (p for p in (published / "tile" / "entries").rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime
    )
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with bcn, pytest.raises(Refused, match="parcel-checkpoint"):
        pull.pull("ROM", str(published))
    newest.unlink()
    with bcn, pytest.raises(Refused, match="tiles-missing"):
        pull.pull("ROM", str(published))
    assert bcn.root("ROM") == before


def test_another_log_under_its_name_is_refused(network: Network, tmp_path: Path) -> None:
    material(network["BEY"], 1)
    other = publish(network["BEY"], tmp_path / "bey")
    with network["BCN"], pytest.raises(Refused, match="parcel-checkpoint"):
        pull.pull("ROM", str(other))


def test_without_an_agreement_for_every_class_nothing_is_taken(
    network: Network, published: Path, monkeypatch: Any
) -> None:
    from milenari.rules import exchange

    monkeypatch.setitem(exchange.CLASSES, "genome", ["vector"])  # a class that no agreement names
    with network["BCN"], pytest.raises(Refused, match="tiles-without-basis"):
        pull.pull("ROM", str(published))


class Links:
    """A folder served over HTTP by a link that breaks: ``cuts`` of the answers end in their middle."""

    def __init__(self, folder: Path, packed: bool = False) -> None:
        self.asked: list[str] = []
        self.cuts: dict[str, int] = {}
        links = self

        class Served(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                links.asked.append(self.path)
                file = folder / self.path.removeprefix("/")
                if not file.is_file():
                    self.send_error(404)
                    return
                body = gzip.compress(file.read_bytes()) if packed else file.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                if packed:
                    self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                left = links.cuts.get(self.path, 0)
                links.cuts[self.path] = left - 1
                self.wfile.write(body[: len(body) // 2] if left > 0 else body)

            def log_message(self, *said: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def bundles(self) -> list[str]:
        return [path.removeprefix("/tile/entries/") for path in self.asked if "/entries/" in path]


@pytest.fixture
def long(network: Network, tmp_path: Path, monkeypatch: Any) -> Path:
    """Rome's log published with two whole bundles and a part of a third."""
    rom = network["ROM"]
    missing = 2 * WIDTH + 9 - rom.root("ROM")[0]
    with rom:
        told = teller.Teller({}, lambda line: None)
        facts = {"kind": "TexMACS", "amount": {"value": "5", "unit": "mL"}, "expires_on": "2030-01-01"}
        perform_all([
            teller.request(told, "rom-operator", "ROM", "receive-material",
                           {**facts, "material": f"ROM-Y{n}", "maker_lot": f"L{n}"}, "")
            for n in range(missing)
        ])  # fmt: skip
    monkeypatch.setattr(pull.time, "sleep", lambda seconds: None)
    return publish(rom, tmp_path / "long")


def test_a_pull_that_is_cut_goes_on_where_it_stopped(network: Network, long: Path) -> None:
    """The second bundle breaks off twice, then the third for good; on another day only the third is asked for."""
    rom, bcn = network["ROM"], network["BCN"]
    links, told = Links(long), []
    third = f"/{entries_path(2, 9)}"
    links.cuts = {f"/{entries_path(1)}": 2, third: 10**6}
    before = bcn.root("ROM")
    with bcn, pytest.raises(Refused, match="peer-unreachable"):
        pull.pull("ROM", links.address)
    assert bcn.root("ROM") == before, "a part of it was applied"
    assert Counter(links.bundles()) == {"001": 3, "002.p/9": pull.ATTEMPTS}  # the first is held already
    links.asked.clear()
    links.cuts.clear()
    with bcn:
        assert pull.pull("ROM", links.address, progress=lambda *at: told.append(at)).state == "applied"
        assert not list((Path(settings.HOME) / "pulled").iterdir())
    assert links.bundles() == ["002.p/9"]
    size = rom.root("ROM")[0]
    assert [there for _, there in told] == [size] * 2 and told[-1][0] == size
    assert bcn.root("ROM") == rom.root("ROM") and bcn.report().sound


def test_bundles_kept_from_a_cut_pull_are_not_believed(network: Network, long: Path) -> None:
    """What another put into the folder, or a server gave before it was repaired, is found by the root and dropped."""
    rom, bcn = network["ROM"], network["BCN"]
    links = Links(long)
    with bcn:
        kept = pull.Bundles("ROM", links.address)
        whole = (long / entries_path(1)).read_bytes()
        kept.keep(1, whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(Refused, match="parcel-checkpoint"):
            pull.pull("ROM", links.address)
        assert kept.load(1) is None and "001" not in links.bundles()
        assert pull.pull("ROM", links.address).state == "applied"
    assert bcn.root("ROM") == rom.root("ROM")


def test_what_a_server_packs_is_unpacked_and_a_bomb_is_not(network: Network, long: Path, monkeypatch: Any) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    with bcn:
        assert pull.pull("ROM", Links(long, packed=True).address).state == "applied"
    assert bcn.root("ROM") == rom.root("ROM")
    bomb = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = bomb.compress(bytes(50_000_000)) + bomb.flush()
    assert len(pull._unpacked(packed, "gzip", 1000)) == 1001
    with pytest.raises(Refused, match="parcel-damaged"):
        pull._unpacked(b"no gzip", "gzip", 1000)
