"""Serve: the pages by gunicorn, one process and some threads, as one SQLite file wants it."""

from __future__ import annotations

from threading import Thread
from typing import Any

from gunicorn.app.base import BaseApplication


class _Node(BaseApplication):
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, in the worker: the drawing engine starts here, beside it, since it may not cross a fork."""
        from milenari.server.wsgi import application
        from milenari.web.charts import warm

        Thread(target=warm, daemon=True).start()
        return application


class _Bare(_Node):
    """Any other small application, with nothing of the node in it."""

    def __init__(self, application: Any, options: dict[str, Any]) -> None:
        self.application = application
        super().__init__(options)

    def load(self) -> Any:
        return self.application


def run_app(application: Any, host: str, port: int) -> None:
    """Serve a small WSGI application by one worker and one thread, until stopped."""
    _Bare(application, {"bind": f"{host}:{port}", "workers": 1, "loglevel": "warning", "timeout": 60}).run()


def run(host: str, port: int, threads: int) -> None:
    """Serve until stopped. Raises ImproperlyConfigured when the node is not sound."""
    from milenari.journal.start import require_sound_node

    require_sound_node()
    _Node({"bind": f"{host}:{port}", "workers": 1, "threads": threads, "worker_class": "gthread",
           "loglevel": "warning", "timeout": 120}).run()  # fmt: skip
