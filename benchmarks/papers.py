"""How long a batch record takes to print as its entries grow: gathered and proven, then set as PDF/A.

The node is the demo's with its story; one batch gets minor deviations, each an entry of its own, until it has as many
as asked. Per size: the clock and this process's own time for gathering (entries, folds, signatures, proofs) and for
setting (the typesetter), pages and bytes, and what an entry more costs; the last should not grow with the size.

    python -m benchmarks.papers --engine sqlite --sizes 100,300,1000
"""

from __future__ import annotations

import io
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from benchmarks.common import parser, run

BATCH = "batch:ROM-B-003"


def measure(asked: Namespace) -> dict[str, Any]:
    from pypdf import PdfReader

    from milenari import demo
    from milenari.demo.teller import Teller, request, told
    from milenari.journal import perform, read
    from milenari.web.papers import press, shelf

    demo.prepare(lambda line: None)
    teller = Teller(told(), lambda line: None)
    found: dict[str, Any] = {}
    made = 0
    for size in (int(n) for n in asked.sizes.split(",")):
        more = range(made, made + size - len(read.entries_about(BATCH)))
        acts = [request(teller, "rom-qa", "ROM", "open-deviation",
                        {"of": BATCH, "deviation": f"D-{n}", "what": "seen", "severity": "minor"})
                for n in more]  # fmt: skip
        written, _ = _timed(lambda asked=acts: perform.perform_all(asked))
        made += len(more)
        best: dict[str, Any] = {}
        for _ in range(asked.size):
            gathered, paper = _timed(lambda: shelf.KINDS["batch-record"].make(shelf.Wanted(BATCH)))
            set_, content = _timed(lambda p=paper: press.printed(p))
            if not best or gathered["own"] + set_["own"] < best["gathered"]["own"] + best["set"]["own"]:
                best = {"gathered": gathered, "set": set_}
        pages = len(PdfReader(io.BytesIO(content)).pages)
        found[str(size)] = {
            **best, "written": written, "entries": paper.files[0].content.count(b"\n"), "pages": pages,
            "kb": len(content) / 1e3,
        }  # fmt: skip
    return {"sizes": found}


def _timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    clock, own = time.perf_counter(), time.process_time()
    done = work()
    return {"clock": time.perf_counter() - clock, "own": time.process_time() - own}, done


def tell(result: dict[str, Any]) -> str:
    lines = [f"{'entries':>8}{'pages':>7}{'kB':>8}  {'gathered':>18}{'set':>18}{'all, own':>10}{'an entry more':>15}"]
    before: dict[str, Any] | None = None
    for told in result["sizes"].values():
        whole = told["gathered"]["own"] + told["set"]["own"]
        step = ""
        if before is not None and told["entries"] > before["entries"]:
            less = before["gathered"]["own"] + before["set"]["own"]
            step = f"{1e3 * (whole - less) / (told['entries'] - before['entries']):.1f} ms"
        parts = "".join(f"{told[k]['clock']:>8.2f} s ({told[k]['own']:.2f})" for k in ("gathered", "set"))
        lines.append(f"{told['entries']:>8}{told['pages']:>7}{told['kb']:>8.0f}  {parts}{whole:>8.2f} s{step:>15}")
        before = told
    return "\n".join(lines)


if __name__ == "__main__":
    made = parser(__doc__ or "", 3, "prints of each; the one with the least own time counts")
    made.add_argument("--sizes", default="100,300,1000", help="entries of the record, growing")
    sys.exit(run("benchmarks.papers", made.parse_args(), measure, tell))
