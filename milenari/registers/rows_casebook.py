"""Rows of the casebook. Pure; declared beside ``rows``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milenari.registers import models as table
from milenari.registers.rows import Row, rows_for
from milenari.rules.casebook_form import read_form


@rows_for("casebook-form")
def _form(code: str, kept: Any) -> Iterator[Row]:
    form = read_form(kept.versions[-1][0])
    values = {"code": code, "site": kept.owner, "title": dict(form.title)["en"], "newest": kept.newest}
    yield Row(table.CasebookForm, code, {**values, "items": len(form.items), "repeats": form.repeats})


@rows_for("casebook-page")
def _page(code: str, page: Any) -> Iterator[Row]:
    place = {"site": page.owner} | {n: getattr(page, n) for n in ("protocol", "participant", "visit", "form")}
    states = [query.state for query in page.queries]
    own = {name: getattr(page, name) for name in "number repeat state signed_by saved_at signed_at locked_at".split()}
    counts = {"filled": len(page.kept), "verified": len(page.verified), "queries_open": states.count("open"),
              "queries_answered": states.count("answered")}  # fmt: skip
    yield Row(table.CasebookPage, code, {"code": code, **place, **own, **counts})
    for query in page.queries:
        first, last = query.thread[0], query.thread[-1]
        values = {"number": query.number, "item": query.item, "check_code": query.check, "state": query.state,
                  "asked": first.text, "said": last.text, "raised_by": first.by, "raised_at": first.at,
                  "turned_at": last.at}  # fmt: skip
        yield Row(table.CasebookQuery, f"{code}/{query.number}", {"page": code, **place, **values})
    # A row never disappears: an item that was emptied keeps its row, with nothing in it.
    ever = dict.fromkeys([*page.kept, *(change.item for change in page.changes)])
    for item in ever:
        held = page.kept.get(item, {})
        values = {"item": item, "value": held.get("value", ""), "unit": held.get("unit", ""),
                  "missing": held.get("missing", ""), "from_record": item in dict(page.recorded)}  # fmt: skip
        where = {"page": code, "number": page.number, "repeat": page.repeat, **place}
        yield Row(table.CasebookValue, f"{code}/{item}", {**where, **values})
