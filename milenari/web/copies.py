"""Copies: entries found in the book as files for others, streamed a few at a time.

A table for reading (CSV), the exact canonical bytes (JSON lines), or these with a proof for each entry and
what is needed to check them (zip). 21 CFR 11.10(b): accurate and complete copies, human readable and
electronic. No name of a patient can be in them: none is in an entry.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from milenari.journal import read, search
from milenari.journal.read import Seen
from milenari.journal.subtrees import Prover
from milenari.words import iso

COLUMNS = (
    "log", "act", "action", "happened_at_utc", "written_at_utc", "written_after_s", "zone", "site", "person", "name",
    "role", "meaning", "reason", "subjects", "findings", "data_json", "signature_kind", "signature_components",
    "signature_key", "leaf_sha256",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
README = """Copy of signed entries
======================

entries.jsonl     one entry a line: the exact bytes that were signed and hashed (canonical JSON, RFC 8785)
entries.csv       the same entries as a table (UTF-8 with byte order mark, comma, CRLF)
proofs/           one proof for each entry, named SITE-INDEX.tlog-proof (c2sp.org/tlog-proof@v1)
checkpoints/      the signed checkpoint of each log that the proofs lead to
keys/             the public key of each log, as this node states it

How to check
------------
A proof holds the entry itself, the hashes from it to the root of its site's log, and the signed checkpoint. It needs
no network and no trust in whoever gave you this file; it does need the log's public key from a source you trust, such
as the site's quality assurance, a published copy, or an earlier inspection. Compare it with the file in keys/.

    milenari verify-proof proofs/ROM-17.tlog-proof --key keys/ROM.key

Each line of entries.jsonl is byte for byte the entry inside the proof of the same number:
leaf hash = SHA-256(0x00 || line without its line end).

What is here is what the person who made this copy may see, and what was asked for: a selection proves that each of
its entries is genuine, not that nothing was left out. For completeness verify the whole log.

In entries.csv a cell that would begin with = + - @ has an apostrophe before it, so that no spreadsheet takes it for a
formula; the exact text is in entries.jsonl. Instants are UTC. data_json holds the fields of the act.
"""


def _cell(text: Any) -> str:
    found = str(text)
    return f"'{found}" if found.startswith(FORMULA) else found


def row(seen: Seen) -> list[str]:
    """One entry as cells, in the order of COLUMNS."""
    entry, data = seen.entry, seen.data
    late = round((entry.written_at - entry.happened_at).total_seconds())
    cells = (
        f"{seen.site}/{seen.index}", entry.act, entry.action.code, iso(entry.happened_at), iso(entry.written_at),
        max(0, late), entry.zone, entry.site, entry.by, entry.name, entry.role, entry.meaning, entry.reason,
        " ".join(f"{name}#{version}" for name, version in entry.subjects),
        " ".join(found.code for found in entry.findings), read.text_of(data["data"]), seen.signature.get("kind", ""),
        " ".join(seen.signature.get("components", ())), seen.signature.get("key", ""), seen.leaf,
    )  # fmt: skip
    return [_cell(cell) for cell in cells]


def _line(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def table(wanted: search.Wanted, upto: int) -> Iterator[bytes]:
    """CSV: one row an entry, oldest first, up to the position ``upto``."""
    yield (BOM + _line(COLUMNS)).encode()
    for seen in search.each(wanted, upto):
        yield _line(row(seen)).encode()


def lines(wanted: search.Wanted, upto: int) -> Iterator[bytes]:
    """JSON lines: the exact bytes of each entry and a line end."""
    for seen in search.each(wanted, upto):
        yield seen.body + b"\n"


class _Sink(io.RawIOBase):
    """Where a zip is written that is sent on at once: it keeps only what has not been taken yet."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += bytes(data)
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self.held)
        self.held.clear()
        return taken


def bundle(wanted: search.Wanted, upto: int) -> Iterator[bytes]:
    """A zip of everything: the entries twice, a proof for each, checkpoints, keys and how to check."""
    sink = _Sink()
    provers: dict[str, Prover] = {}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("README.txt", README)
        for name, parts in (("entries.jsonl", lines), ("entries.csv", table)):
            with made.open(name, "w") as member:
                for part in parts(wanted, upto):
                    member.write(part)
                    if sink.held:
                        yield sink.take()
        for seen in search.each(wanted, upto):
            if seen.site not in provers:
                provers[seen.site] = Prover(seen.site)
            prover = provers[seen.site]
            if seen.index < prover.size:
                made.writestr(f"proofs/{seen.site}-{seen.index}.tlog-proof", prover.proof(seen.body, seen.index))
            yield sink.take()
        keys = {log["site"]: log["verifier_key"] for log in read.logs()}
        for site, prover in sorted(provers.items()):
            made.writestr(f"checkpoints/{site}.checkpoint", prover.checkpoint)
            made.writestr(f"keys/{site}.key", keys[site] + "\n")
    yield sink.take()


FORMS = {
    "csv": (table, "text/csv; charset=utf-8", "entries.csv"),
    "jsonl": (lines, "application/x-ndjson", "entries.jsonl"),
    "zip": (bundle, "application/zip", "entries-with-proofs.zip"),
}
