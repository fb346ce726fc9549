"""Backup: database and attached files in one encrypted file, and a program that says whether it could be restored.

The file is a gzipped tar inside an age file (age-encryption.org/v1). It opens with the box key of the node's site, or
with a further key named in the settings; the keys folder is never in it. Its manifest says how many rows each table
has and the root of every log, so a restore is compared with what was there, with the last roots that other sites have
cosigned, and the whole book is verified in the copy. EU GMP Annex 11, 7.2; draft Annex 11 (2025), 16.

A restored node writes nothing before mirror and other sites were asked what they hold: see ``restore``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pyrage
from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from milenari.journal import clock, keys, models, verify
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import standing
from milenari.journal.note import Checkpoint, split_note
from milenari.rules.action import Refused
from milenari.words import iso

FORMAT = "milenari backup 1"
COPY = "restored"
BESIDE = ("attached", "labels", "places.json", "inbox")
"""What lies beside the database in a node's home and belongs to the record; keys and cookie secret do not."""


@dataclass
class Checked:
    """What a backup holds, and every way in which it is not what it should be."""

    manifest: dict[str, Any]
    faults: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    entries: int = 0

    @property
    def good(self) -> bool:
        return not self.faults


def recipients() -> list[str]:
    """Who can open this node's backups: each of its sites by its box key, and a further key from the settings."""
    own = sorted(standing.own_sites())
    named = [public for site in own if (public := keys.newest(site, "box"))]
    return [*named, *([settings.BACKUP_TO] if settings.BACKUP_TO else [])]


def make(folder: Path) -> Path:
    """Write a backup into a folder and return its file; nothing is left there when it fails."""
    to = recipients()
    if not to:
        raise Refused("backup-without-key")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"milenari-{clock.now():%Y%m%dT%H%M%SZ}.backup.age"
    part = path.with_suffix(".part")
    with _workroom() as room:
        manifest = _dump(room / "database")
        (room / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
        with tarfile.open(room / "all.tar.gz", "w:gz", compresslevel=6) as tar:
            for name in ("manifest.json", "database"):
                tar.add(room / name, name)
            for name in BESIDE:
                if (Path(settings.HOME) / name).exists():
                    tar.add(Path(settings.HOME) / name, f"beside/{name}")
        try:
            with (room / "all.tar.gz").open("rb") as plain, part.open("wb") as sealed:
                pyrage.encrypt_io(plain, sealed, [pyrage.x25519.Recipient.from_str(one) for one in to])
                sealed.flush()
                os.fsync(sealed.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path


def check(path: Path, identity: Path | None = None) -> Checked:
    """Restore a backup into a database of its own, compare it with its manifest and what others cosigned, drop it."""
    with _opened(path, identity) as room:
        checked = Checked(json.loads((room / "manifest.json").read_text()))
        with _copy(room / "database"):
            _compare(checked)
        return checked


def restore(path: Path, identity: Path | None = None) -> Checked:
    """Put a backup into this empty node, after checking it; Refused when the node is not empty or the file not good.

    What was written after the backup may be held by mirror and other sites. So in a network, or with a mirror, the
    restored sites write nothing before ``relearn`` and ``end_recovery``; what others said before is forgotten, so that
    each of them is asked again.
    """
    if "journal_head" in connections[DEFAULT_DB_ALIAS].introspection.table_names() and models.Head.objects.exists():
        raise Refused("restore-not-empty")
    with _opened(path, identity) as room:
        checked = Checked(json.loads((room / "manifest.json").read_text()))
        with _copy(room / "database"):
            _compare(checked)
        if not checked.good:
            raise Refused("backup-not-good", detail="; ".join(checked.faults)[:300])
        _load(room / "database")
        for place in sorted((room / "beside").glob("*")) if (room / "beside").is_dir() else []:
            (shutil.copytree if place.is_dir() else shutil.copy)(place, Path(settings.HOME) / place.name)
    if charters.present() is not None or settings.MIRROR:
        with transaction.atomic():
            for site in standing.own_sites():
                standing.begin_relearning(site)
    return checked


# -- what is in it ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _workroom() -> Iterator[Path]:
    """A folder in the node's home, on its encrypted disk, for what must not lie about unencrypted; gone afterwards."""
    home = Path(settings.HOME)
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backup-", dir=home) as room:
        yield Path(room)


@contextlib.contextmanager
def _opened(path: Path, identity: Path | None) -> Iterator[Path]:
    with _workroom() as room:
        with path.open("rb") as sealed, (room / "all.tar.gz").open("wb") as plain:
            try:
                pyrage.decrypt_io(sealed, plain, _identities(identity))
            except (pyrage.DecryptError, OSError) as fault:
                raise Refused("backup-not-opened", detail=str(fault)[:200]) from fault
        try:
            with tarfile.open(room / "all.tar.gz") as tar:
                tar.extractall(room, filter="data")
            if json.loads((room / "manifest.json").read_text())["format"] != FORMAT:
                raise ValueError("it is of another format")
        except (tarfile.TarError, OSError, EOFError, KeyError, ValueError) as fault:
            raise Refused("backup-not-opened", detail=str(fault)[:200]) from fault
        yield room


def _identities(identity: Path | None) -> list[Any]:
    places = [identity] if identity else sorted(keys.folder().glob("*.box*.key"))
    lines = [line for place in places for line in place.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-")]
    if not lines:
        raise Refused("backup-not-opened", detail="there is no key here that could open it")
    return [pyrage.x25519.Identity.from_str(line) for line in lines]


def _manifest(using: str, dumped: Path) -> dict[str, Any]:
    with dumped.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return {
        "format": FORMAT, "made_at": iso(clock.now()), "engine": connections[using].vendor, "sha256": digest,
        "rows": _rows(using), "logs": _logs(using),
    }  # fmt: skip


def _rows(using: str) -> dict[str, int]:
    return {m._meta.db_table: m._default_manager.using(using).count() for m in apps.get_models() if m._meta.managed}


def _logs(using: str) -> dict[str, dict[str, Any]]:
    heads = models.Head.objects.using(using).order_by("site")
    return {h.site: {"entries": h.size, "root": standing.root_at(h.site, h.size, using).hex()} for h in heads}


def _compare(checked: Checked) -> None:
    """The restored copy against its manifest, against the cosignatures known here, and against itself."""
    told = checked.manifest
    for table, count in _rows(COPY).items():
        if told["rows"].get(table) != count:
            checked.faults.append(f"table {table} has {count} rows, the manifest says {told['rows'].get(table)}")
    checked.compared.append(f"{len(told['rows'])} tables, {sum(told['rows'].values())} rows")
    logs = _logs(COPY)
    if logs != told["logs"]:
        checked.faults.append("the logs do not end at the roots that the manifest names")
    checked.entries = sum(log["entries"] for log in logs.values())
    for row in _cosigned():
        head = logs.get(row.site)
        if head is None or row.size > head["entries"]:
            continue  # confirmed after this backup was made
        if standing.root_at(row.site, row.size, COPY) != Checkpoint.parse(split_note(row.note)[0]).root:
            checked.faults.append(f"{row.by} has cosigned another root of {row.site} at {row.size} entries")
        checked.compared.append(f"root of {row.site} at entry {row.size} as cosigned by {row.by}")
    checked.faults += [str(fault) for fault in verify.verify(using=COPY).faults[:20]]


def _cosigned() -> list[models.Cosignature]:
    """The newest cosigned roots: those that this node knows, and those in the copy."""
    here = (
        DEFAULT_DB_ALIAS if "journal_cosignature" in connections[DEFAULT_DB_ALIAS].introspection.table_names() else ""
    )
    found = {(row.site, row.by): row for using in (COPY, here) if using
             for row in models.Cosignature.objects.using(using).order_by("site", "by")}  # fmt: skip
    return list(found.values())


# -- the two engines ----------------------------------------------------------------------------------------


def _dump(to: Path) -> dict[str, Any]:
    """Copy the database while people work on, as of one moment, and say what is in the copy."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        source = sqlite3.connect(connection.settings_dict["NAME"], timeout=60)
        with contextlib.closing(source), contextlib.closing(sqlite3.connect(to)) as target:
            source.backup(target, pages=2_000)
        with _copy(to):
            return _manifest(COPY, to)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        _postgres("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={to}")
        return _manifest(DEFAULT_DB_ALIAS, to)


def _load(dumped: Path) -> None:
    """Make the restored copy this node's database."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        connection.close()
        shutil.copyfile(dumped, connection.settings_dict["NAME"])
    else:
        _postgres("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", "--dbname={}", str(dumped))


@contextlib.contextmanager
def _copy(dumped: Path) -> Iterator[None]:
    """The dumped database under the alias ``restored``, apart from the node's own."""
    own = connections[DEFAULT_DB_ALIAS]
    name = str(dumped)
    if own.vendor != "sqlite":
        name = f"restore_test_{os.getpid()}"
        with own.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        _postgres("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(dumped))
    connections.settings[COPY] = {**own.settings_dict, "NAME": name, "CONN_MAX_AGE": 0}
    try:
        yield
    finally:
        connections[COPY].close()
        del connections[COPY]
        del connections.settings[COPY]
        if own.vendor != "sqlite":
            with own.cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _postgres(program: str, *words: str) -> None:
    """Run a program of PostgreSQL against this node's server; Refused with what it said when it fails."""
    told = connections[DEFAULT_DB_ALIAS].settings_dict
    env = {**os.environ, "PGHOST": told["HOST"] or "", "PGPORT": str(told["PORT"] or ""), "PGUSER": told["USER"] or "",
           "PGPASSWORD": told["PASSWORD"] or "", "PGDATABASE": told["NAME"]}  # fmt: skip
    env = {key: value for key, value in env.items() if value or not key.startswith("PG")}
    at = shutil.which(program)
    if at is None:
        raise Refused("backup-tool-missing", tool=program)
    done = subprocess.run(  # noqa: S603 - a fixed program with fixed words
        [at, *(word.format(told["NAME"]) for word in words)], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused("backup-tool-failed", tool=program, detail=done.stderr.strip()[:300])
