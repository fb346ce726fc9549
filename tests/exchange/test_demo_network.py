"""The demo's four real nodes: processes, databases and sockets of their own, brought in step over the wire."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from milenari.demo import network

ON_SQLITE = not os.environ.get("DATABASE_URL")
pytestmark = pytest.mark.skipif(not ON_SQLITE, reason="the demo's nodes are SQLite homes")


def free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def peers(home: Path) -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-m", "milenari", "peers", "--json"], env=network._env(home),
                          capture_output=True, text=True, check=True)  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_four_nodes_move_out_serve_and_bring_each_other_in_step(tmp_path: Path) -> None:
    told: list[str] = []
    assert network.make(tmp_path, told.append)
    assert not network.make(tmp_path, told.append), "what is there already is kept"
    assert {one["synced"] for one in peers(tmp_path / "ROM")} == {False}
    ports = {site: free() for site in network.SITES}
    nodes = [
        subprocess.Popen(network._command("serve", "--port", str(port)), env=network._env(tmp_path / site))
        for site, port in ports.items()
    ]
    try:
        for port in ports.values():
            await_answer(f"http://127.0.0.1:{port}/health")
        with urllib.request.urlopen(f"http://127.0.0.1:{ports['AMM']}/login", timeout=30) as answer:
            page = answer.read().decode()
        assert "amm-qa" in page and "rom-qa" not in page, "a node lists who can log in there, nobody else"
        said = list(network.exchange(tmp_path, ports))
        assert said and all(line.endswith("exchanged.") for line in said), said
    finally:
        for node in nodes:
            node.terminate()
            node.wait(timeout=20)
    for site in network.SITES:
        assert {one["synced"] for one in peers(tmp_path / site)} == {True}


def await_answer(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"{address} does not answer")
