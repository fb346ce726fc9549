"""Bytes an entry costs on the wire, by how many travel together, and what another compressor would gain.

The entries are those of the demo's story: every station of the therapy, each signed by its person. A parcel is what
``milenari send`` makes: waybill, signatures, checkpoint, compressed entries. The peers compress the same bundle: zlib
at level 9, as parcels use it, and zstd at level 3, at 19, and at 3 with a dictionary of other entries of the story.
An entry holds at least 64 bytes of signature and 16 of act id that no compressor can shrink.
"""

from __future__ import annotations

import sys
import time
import zlib
from argparse import Namespace
from collections.abc import Callable
from statistics import mean
from typing import Any

from benchmarks.common import parser, run

SIZES = (1, 10, 100, 500, 2_000)
INCOMPRESSIBLE = 64 + 16


def measure(asked: Namespace) -> dict[str, Any]:
    import zstandard

    from milenari import demo
    from milenari.journal.models import Entry
    from milenari.journal.tiles import encode_bundle

    demo.prepare(say=lambda line: None)
    bodies = [bytes(b) for b in Entry.objects.order_by("id").values_list("body", flat=True)]
    known, fresh = bodies[: len(bodies) // 2], bodies[len(bodies) // 2 :]
    trained = zstandard.train_dictionary(64 * 1024, known)
    ways: dict[str, Callable[[bytes], bytes]] = {
        "plain": lambda data: data,
        "zlib 9, as used": lambda data: zlib.compress(data, 9),
        "zstd 3": zstandard.ZstdCompressor(level=3).compress,
        "zstd 19": zstandard.ZstdCompressor(level=19).compress,
        "zstd 3, dictionary": zstandard.ZstdCompressor(level=3, dict_data=trained).compress,
    }
    table: dict[str, dict[int, float]] = {}
    speed: dict[str, float] = {}
    for name, squeeze in ways.items():
        begin, through = time.process_time(), 0
        table[name] = {}
        for size in SIZES:
            if size > len(fresh):
                continue
            cuts = [fresh[at : at + size] for at in range(0, len(fresh) - size + 1, max(size, len(fresh) // 20))]
            bundles = [encode_bundle(cut) for cut in cuts]
            through += sum(map(len, bundles))
            table[name][size] = mean(len(squeeze(bundle)) / size for bundle in bundles)
        speed[name] = through / 1e6 / max(1e-9, time.process_time() - begin)
    return {
        "entries": len(bodies),
        "bytes_per_entry": table,
        "mb_per_second": speed,
        "outside_of_a_parcel": _outside(),
        "ratio": {"zstd 3 to zlib 9": {n: table["zstd 3"][n] / table["zlib 9, as used"][n] for n in table["zstd 3"]}},
    }


def _outside() -> float:
    """Bytes of a parcel before its entries: waybill with checkpoint, bases, what the sender holds of others."""
    from django.conf import settings

    from milenari.journal import keys
    from milenari.journal.exchange import charter, outgoing, parcel, succession

    settings.DEMO = True
    sites = ("BCN", "ROM", "BEY", "AMM")
    note = charter.propose([succession.member_here(site) for site in sites], 3)
    for site in sites:
        note = charter.sign(note, keys.root_key(site))
    charter.accept(note)
    lengths = []
    for data in outgoing.moving("ROM"):
        start = len(parcel.MAGIC)
        lengths.append(start + 4 + int.from_bytes(data[start : start + 4], "big"))
    return mean(lengths)


def tell(result: dict[str, Any]) -> str:
    sizes = list(result["bytes_per_entry"]["plain"])
    lines = [f"{'entries together':<22}" + "".join(f"{size:>8}" for size in sizes) + "   MB/s"]
    for name, row in result["bytes_per_entry"].items():
        speed = "" if name == "plain" else f"{result['mb_per_second'][name]:>7.0f}"
        lines.append(f"{name:<22}" + "".join(f"{row[size]:>8.0f}" for size in sizes) + speed)
    gain = ", ".join(f"{n}: {1 - x:.0%}" for n, x in result["ratio"]["zstd 3 to zlib 9"].items())
    lines.append(f"bytes that zstd 3 saves against zlib 9, by entries together: {gain}")
    return "\n".join(
        [*lines, f"and once a parcel: {result['outside_of_a_parcel']:.0f} bytes of waybill, not compressed"]
    )


def main() -> int:
    return run("benchmarks.wire", parser(__doc__ or "", 0, "not used: the story is as long as it is").parse_args(),
               measure, tell)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
