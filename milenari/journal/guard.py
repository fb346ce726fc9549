"""Guard: database triggers that refuse to change the journal, and any register row without a newer entry.

They stop forgetting, not malice: whoever owns the database can drop them, which the start-up check and
``verify`` report. SQLite drops triggers when Django rebuilds a table, so they are put back after every
migration. Draft EU GMP Annex 11, 12.3 (the trail cannot be switched off).
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections

FIXED = ("journal_entry", "journal_touch", "journal_reading", "journal_charter", "journal_fork")
SAY_FIXED = "the journal is never changed or deleted: write a new entry"
SAY_HEAD = "a log only grows"
SAY_ROW = "a register row changes only with a newer entry about its subject"


def register_tables() -> list[str]:
    """The database tables of all registers, sorted."""
    return sorted(m._meta.db_table for m in apps.get_app_config("registers").get_models())


def _sqlite() -> dict[str, str]:
    made: dict[str, str] = {}
    for table in FIXED:
        for event in ("update", "delete"):
            name = f"guard_{table}_{event}"
            made[name] = (
                f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{SAY_FIXED}'); END"
            )
    # A log is deleted as little as an entry; the present size never falls back.
    made["guard_head_delete"] = (
        f"CREATE TRIGGER guard_head_delete BEFORE DELETE ON journal_head BEGIN SELECT RAISE(ABORT, '{SAY_HEAD}'); END"
    )
    made["guard_head_update"] = (
        "CREATE TRIGGER guard_head_update BEFORE UPDATE ON journal_head WHEN NEW.size <= OLD.size OR "
        "NEW.site <> OLD.site OR NEW.origin <> OLD.origin OR NEW.verifier_key <> OLD.verifier_key "
        f"BEGIN SELECT RAISE(ABORT, '{SAY_HEAD}'); END"
    )
    about = "EXISTS (SELECT 1 FROM journal_touch t WHERE t.entry_id = NEW.entry AND t.subject = NEW.subject)"
    for table in register_tables():
        made[f"guard_{table}_insert"] = (
            f"CREATE TRIGGER guard_{table}_insert BEFORE INSERT ON {table} "
            f"WHEN NOT {about} BEGIN SELECT RAISE(ABORT, '{SAY_ROW}'); END"
        )
        made[f"guard_{table}_update"] = (
            f"CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON {table} "
            f"WHEN NEW.entry <= OLD.entry OR NEW.key <> OLD.key OR NEW.subject <> OLD.subject OR NOT {about} "
            f"BEGIN SELECT RAISE(ABORT, '{SAY_ROW}'); END"
        )
        made[f"guard_{table}_delete"] = (
            f"CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{SAY_ROW}'); END"
        )
    return made


_PG_FUNCTIONS = """
CREATE OR REPLACE FUNCTION milenari_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'SAY_FIXED'; END $$;
CREATE OR REPLACE FUNCTION milenari_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR NEW.size <= OLD.size OR NEW.site <> OLD.site OR NEW.origin <> OLD.origin
     OR NEW.verifier_key <> OLD.verifier_key THEN RAISE EXCEPTION 'SAY_HEAD'; END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION milenari_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION 'SAY_ROW'; END IF;
  IF TG_OP = 'UPDATE' AND (NEW.entry <= OLD.entry OR NEW.key <> OLD.key OR NEW.subject <> OLD.subject)
    THEN RAISE EXCEPTION 'SAY_ROW'; END IF;
  IF NOT EXISTS (SELECT 1 FROM journal_touch t WHERE t.entry_id = NEW.entry AND t.subject = NEW.subject)
    THEN RAISE EXCEPTION 'SAY_ROW'; END IF;
  RETURN NEW;
END $$;
"""
for _mark, _sentence in (("SAY_FIXED", SAY_FIXED), ("SAY_HEAD", SAY_HEAD), ("SAY_ROW", SAY_ROW)):
    _PG_FUNCTIONS = _PG_FUNCTIONS.replace(_mark, _sentence)


def _postgresql() -> dict[str, str]:
    made: dict[str, str] = {}
    for table in FIXED:
        made[f"guard_{table}"] = (
            f"CREATE TRIGGER guard_{table} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION milenari_fixed()"
        )
        made[f"guard_{table}_truncate"] = (
            f"CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION milenari_fixed()"
        )
    made["guard_head"] = (
        "CREATE TRIGGER guard_head BEFORE UPDATE OR DELETE ON journal_head "
        "FOR EACH ROW EXECUTE FUNCTION milenari_head()"
    )
    made["guard_head_truncate"] = (
        "CREATE TRIGGER guard_head_truncate BEFORE TRUNCATE ON journal_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION milenari_head()"
    )
    for table in register_tables():
        made[f"guard_{table}"] = (
            f"CREATE TRIGGER guard_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION milenari_row()"
        )
        made[f"guard_{table}_truncate"] = (
            f"CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION milenari_row()"
        )
    return made


def wanted(using: str = DEFAULT_DB_ALIAS) -> dict[str, str]:
    """Every trigger that has to stand, by name, with the statement that makes it."""
    return _sqlite() if connections[using].vendor == "sqlite" else _postgresql()


def _standing(using: str) -> dict[str, str]:
    """Triggers that stand and are enabled: name -> definition (SQLite) or function (PostgreSQL)."""
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_%%'")
        else:
            cursor.execute(
                "SELECT t.tgname, p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE t.tgname LIKE 'guard_%%' AND t.tgenabled <> 'D' "
                "AND c.relnamespace = current_schema::regnamespace"
            )
        return dict(cursor.fetchall())


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Names of triggers that are absent, disabled or not what they should be."""
    standing = _standing(using)
    sqlite = connections[using].vendor == "sqlite"
    gone = []
    for name, statement in wanted(using).items():
        held = standing.get(name)
        if held is None or (sqlite and held != statement) or (not sqlite and not statement.endswith(f"{held}()")):
            gone.append(name)
    return gone


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put every trigger in place; one that stands is replaced, so an older text does not survive."""
    connection = connections[using]
    standing = _standing(using)
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(_PG_FUNCTIONS)
        for name, statement in wanted(using).items():
            if name in standing and connection.vendor == "sqlite":
                if standing[name] == statement:
                    continue
                cursor.execute(f"DROP TRIGGER {name}")
            if connection.vendor != "sqlite":
                table = statement.split(" ON ")[1].split(" ")[0]
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            cursor.execute(statement)


def after_migrate(sender: Any, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Django's post_migrate: once both rooms' tables are there, the guard is put (back) in place."""
    if sender.label not in ("journal", "registers"):
        return
    tables = set(connections[using].introspection.table_names())
    if tables.issuperset({*FIXED, "journal_head", *register_tables()}):
        install(using)
