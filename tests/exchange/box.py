"""A mirror with a real socket that can be switched off and on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from milenari.journal import keys
from milenari.journal.exchange import mirror
from tests.exchange.nodes import Node


class Quiet(WSGIRequestHandler):
    def log_message(self, *told: Any) -> None:
        pass


class Box:
    """The mirror of one node's site."""

    def __init__(self, folder: Path, node: Node) -> None:
        self.folder, self.site = folder, node.site
        key = mirror.found(folder, f"milenari.example/{node.site}/mirror")
        with node:
            mirror.admit(folder, node.site, keys.log_key(node.site).verifier.encode())
        (node.home / "keys" / "mirror.vkey").write_text(key.verifier.encode())
        self.port = 0
        self.on()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def on(self) -> None:
        self.server = make_server("127.0.0.1", self.port, mirror.opened(self.folder), handler_class=Quiet)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def off(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def size(self) -> int:
        return mirror.opened(self.folder).stores[self.site].size
