"""The floor: what the bare writes of a signed journal cost when nobody decides anything.

Not a journal and not a peer. It answers one question: how fast could any signed act be on this machine, if rule,
folded state, canonical bytes, triggers and registers' indexes cost nothing? What is left is what no signed,
chained, indexed act can do without, in raw SQL over the driver, with Django out of the way:

  lock the log's head and read it; ask whether the act id was used; ask for the subject's newest version; sign
  the entry and the checkpoint (two real Ed25519 signatures, of fixed bytes); write the entry, its index, one
  register row and the head; commit as durably as the product does.

The tables have primary keys and the unique constraints that the journal's promises rest on, and nothing else. On
PostgreSQL all writes are one server-side function with kept plans, and the act is two journeys.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

_TABLES = """
CREATE TABLE floor_head (site text PRIMARY KEY, size bigint, frontier {bytes}, checkpoint text);
CREATE TABLE floor_entry (id {serial}, site text, place bigint, act text UNIQUE, leaf {bytes}, body {bytes},
  UNIQUE (site, place));
CREATE TABLE floor_touch (subject text, version bigint, entry bigint, PRIMARY KEY (subject, version));
CREATE TABLE floor_equipment (key text PRIMARY KEY, subject text, entry bigint, kind text, site text,
  calibrated_until date);
INSERT INTO floor_head VALUES ('ROM', 0, NULL, '');
"""
_FUNCTION = """
CREATE FUNCTION floor_write(subject_ text, act_ text, place_ bigint, leaf_ bytea, body_ bytea, frontier_ bytea,
  checkpoint_ text, until_ date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  INSERT INTO floor_entry (site, place, act, leaf, body) VALUES ('ROM', place_, act_, leaf_, body_) RETURNING id INTO n;
  INSERT INTO floor_touch VALUES (subject_, 1, n);
  INSERT INTO floor_equipment VALUES (subject_, subject_, n, 'centrifuge', 'ROM', until_);
  UPDATE floor_head SET size = place_, frontier = frontier_, checkpoint = checkpoint_ WHERE site = 'ROM';
  RETURN n;
END $$
"""
_QUESTIONS = (
    "SELECT size, frontier FROM floor_head WHERE site = 'ROM'",
    "SELECT id FROM floor_entry WHERE act = {}",
    "SELECT version, entry FROM floor_touch WHERE subject = {} ORDER BY version DESC LIMIT 1",
)
BODY = b"x" * 900  # about what the entry of a registered instrument has


def floor(until: date) -> Callable[[str], None]:
    """Make the bare tables; returns the insert of one row under a code."""
    made = {"bytes": "bytea", "serial": "bigserial PRIMARY KEY"}
    if connection.vendor == "sqlite":
        made = {"bytes": "blob", "serial": "integer PRIMARY KEY"}
    with connection.cursor() as cursor:
        for statement in filter(str.strip, _TABLES.format(**made).split(";\n")):
            cursor.execute(statement)
        if connection.vendor != "sqlite":
            cursor.execute(_FUNCTION)
    key, place = Ed25519PrivateKey.generate(), iter(range(1, 10**9))

    def insert(code: str) -> None:
        body = BODY + key.sign(BODY)
        leaf = hashlib.sha256(body).digest()
        note = key.sign(leaf).hex()
        given = [f"equipment:{code}", str(uuid.uuid4()), next(place), leaf, body, leaf * 8, note, until]
        (_sqlite if connection.vendor == "sqlite" else _postgresql)(given)

    return insert


def _sqlite(given: list[Any]) -> None:
    subject, act, place, leaf, body, frontier, note, until = given
    cursor = connection.connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    for question, asked in zip(_QUESTIONS, ([], [act], [subject]), strict=True):
        cursor.execute(question.format("?"), asked).fetchall()
    cursor.execute(
        "INSERT INTO floor_entry (site, place, act, leaf, body) VALUES ('ROM', ?, ?, ?, ?)", [place, act, leaf, body]
    )
    entry = cursor.lastrowid
    cursor.execute("INSERT INTO floor_touch VALUES (?, 1, ?)", [subject, entry])
    cursor.execute(
        "INSERT INTO floor_equipment VALUES (?, ?, ?, 'centrifuge', 'ROM', ?)", [subject, subject, entry, str(until)]
    )
    cursor.execute(
        "UPDATE floor_head SET size = ?, frontier = ?, checkpoint = ? WHERE site = 'ROM'", [place, frontier, note]
    )
    cursor.execute("COMMIT")


def _postgresql(given: list[Any]) -> None:
    raw = connection.connection
    head, earlier, newest = (question.format("%s") for question in _QUESTIONS)
    with raw.pipeline():
        raw.execute("BEGIN", prepare=True)
        raw.execute(head + " FOR UPDATE", prepare=True)
        raw.execute(earlier, [given[1]], prepare=True)
        raw.execute(newest, [given[0]], prepare=True)
    with raw.pipeline():
        raw.execute("SELECT floor_write(%s, %s, %s, %s, %s, %s, %s, %s)", given, prepare=True)
        raw.execute("COMMIT", prepare=True)
