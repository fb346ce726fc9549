"""The busiest pages at 100, 1,000 and 10,000 journeys: how long, how many queries, how heavy, how soon seen.

The node is the demo's, grown by copying (see benchmarks/crowd.py), served as a hospital serves it. Per page: p95 and
median over HTTP on loopback one after another, the number of queries (counted in this process over the same data),
the bytes of the answer plain and compressed, and of everything it loads but images; and first contentful paint in
Chromium, once with an empty cache. Aims: p95 and queries do not grow with the journeys, a page under 200 kB without
images, first paint under a second.

    python -m benchmarks.pages --engine sqlite --sizes 100,1000
"""

from __future__ import annotations

import gzip
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

from benchmarks.common import parser, run

# Who looks at what; the single journey and batch are originals of the story, with their whole history.
PAGES = {
    "home": ("rom-coordinator", "/"),
    "home of QA": ("bcn-qa", "/"),
    "journeys": ("bcn-qa", "/journeys"),
    "journey": ("rom-physician", "/journey/ROM-J-001"),
    "run": ("rom-operator", "/run/ROM-B-003"),
    "qc": ("rom-analyst", "/qc"),
    "release desk": ("rom-qp", "/release-desk"),
    "lot": ("bcn-qa", "/lot/LV-A3B1-L01"),
    "network": ("bcn-qa", "/network"),
}


def measure(asked: Namespace) -> dict[str, Any]:
    from benchmarks.crowd import Copier
    from milenari import demo

    demo.prepare(lambda line: None)
    crowd = Copier()
    found: dict[str, Any] = {}
    for size in (int(n) for n in asked.sizes.split(",")):
        begin = time.perf_counter()
        crowd.grow(size)
        grown = time.perf_counter() - begin
        with _served() as port:
            cookies = {who: _cookie(who) for who, _ in PAGES.values()}
            pages = {name: _page(port, cookies[who], path, asked.size) for name, (who, path) in PAGES.items()}
            for name, (who, path) in PAGES.items():
                pages[name] |= {"queries": _queries(who, path)}
            if not asked.no_browser:
                for name, paint in _paints(port, cookies).items():
                    pages[name] |= paint
        found[str(size)] = {"seconds_to_grow": grown, "pages": pages}
    return {"sizes": found}


@contextmanager
def _served() -> Iterator[int]:
    """This node under gunicorn, as ``milenari serve`` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The product's own settings: the audit applications of the other benchmarks would add middleware here.
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "milenari.server.settings"}
    words = [sys.executable, "-m", "milenari", "serve", "--port", str(port)]
    node = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        node.terminate()
        node.wait(20)


def _client(who: str) -> Any:
    from django.test import Client

    from milenari import demo

    login = next(one for one in demo.logins() if one["person"] == who)
    client = Client()
    answer = client.post("/login", {"person": who, "password": login["password"], "second": login["pin"]})
    if answer.status_code != 302:
        raise SystemExit(f"{who} cannot log in")
    return client


def _cookie(who: str) -> str:
    return str(_client(who).cookies["sessionid"].value)


def _queries(who: str, path: str) -> int:
    """The queries of one visit, the session's own included."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(who)
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        client.get(path)
    return len(seen)


def _page(port: int, cookie: str, path: str, visits: int) -> dict[str, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times, body = [], b""
    for n in range(visits + 3):
        begin = time.perf_counter()
        line.request("GET", path, headers={"Cookie": f"sessionid={cookie}"})
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        if n >= 3:
            times.append(time.perf_counter() - begin)
    loaded = sum(len(gzip.compress(_loaded(line, part))) for part in _parts(body))
    plain = sum(len(_loaded(line, part)) for part in _parts(body))
    line.close()
    return {
        "ms_median": 1e3 * median(times), "ms_p95": 1e3 * quantiles(times, n=20, method="inclusive")[-1],
        "kb_page": len(body) / 1e3, "kb_page_gzip": len(gzip.compress(body)) / 1e3,
        "kb_all": (len(body) + plain) / 1e3, "kb_all_gzip": (len(gzip.compress(body)) + loaded) / 1e3,
    }  # fmt: skip


def _parts(body: bytes) -> list[str]:
    """Stylesheets and scripts of a page; images do not count."""
    return re.findall(r'(?:<link rel="stylesheet" href|<script src)="([^"]+)"', body.decode())


def _loaded(line: http.client.HTTPConnection, path: str) -> bytes:
    line.request("GET", path)
    return line.getresponse().read()


def _paints(port: int, cookies: dict[str, str]) -> dict[str, dict[str, float]]:
    """First contentful paint of each page in milliseconds, with an empty cache."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found: dict[str, dict[str, float]] = {}
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as play, play.chromium.launch(executable_path=path, args=arguments) as browser:
        for name, (who, address) in PAGES.items():
            context = browser.new_context(base_url=f"http://localhost:{port}")
            context.add_cookies([{"name": "sessionid", "value": cookies[who], "url": f"http://localhost:{port}"}])
            page = context.new_page()
            page.goto(address)
            painted = None
            while painted is None:  # the entry follows the picture by a moment
                painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
            found[name] = {"ms_paint": float(painted)}
            context.close()
    return found


def tell(result: dict[str, Any]) -> str:
    names = ("median", "p95", "queries", "page kB", "all kB", "gzip kB", "paint")
    lines = [f"{'journeys':>8}  {'page':14}" + "".join(f"{name:>9}" for name in names)]
    for size, told in result["sizes"].items():
        for name, page in told["pages"].items():
            lines.append(
                f"{size:>8}  {name:14}{page['ms_median']:>6.0f} ms{page['ms_p95']:>6.0f} ms{page['queries']:>9}"
                f"{page['kb_page']:>9.1f}{page['kb_all']:>9.1f}{page['kb_all_gzip']:>9.1f}"
                f"{page.get('ms_paint', float('nan')):>6.0f} ms"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    made = parser(__doc__ or "", 40, "visits of each page")
    made.add_argument("--sizes", default="100,1000,10000", help="numbers of journeys, growing")
    made.add_argument("--no-browser", action="store_true", help="leave the first paint out")
    sys.exit(run("benchmarks.pages", made.parse_args(), measure, tell))
