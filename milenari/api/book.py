"""Book: entries with their bytes and proofs, the logs they stand in, and when the book was last verified."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime

from milenari.api import shapes as s
from milenari.api.asking import Code, Limit, Named, Offset, Text, answers, page
from milenari.api.door import caller_of, needs
from milenari.journal import checkups, evidence, read, search, tokens
from milenari.registers import questions, ranges
from milenari.rules.action import Refused
from milenari.words import split_subject

router = Router(tags=["book"])
Act = Named
Sort = Literal["written", "-written", "happened", "-happened", "who", "-who", "what", "-what", "site", "-site"]
Since = Annotated[AwareDatetime | None, Query(description="an instant with its zone")]


def entry_shape(seen: read.Seen) -> dict[str, Any]:
    entry = seen.entry
    return {
        "log": f"{seen.site}/{seen.index}", "site": seen.site, "index": seen.index, "leaf_sha256": seen.leaf,
        "act": entry.act, "action": entry.action.code, "by": entry.by, "name": entry.name, "role": str(entry.role),
        "meaning": str(entry.meaning), "happened_at": entry.happened_at, "written_at": entry.written_at,
        "reason": entry.reason, "subjects": versions(entry), "findings": findings(entry), "entry": seen.data,
    }  # fmt: skip


def versions(entry: Any) -> list[dict[str, Any]]:
    return [{"name": name, "version": version} for name, version in entry.subjects]


def findings(entry: Any) -> list[dict[str, Any]]:
    return [{"code": found.code, "facts": found.facts} for found in entry.findings]


@router.get("/entries", response=answers(s.Page[s.EntryShape]), operation_id="entries")
@needs(tokens.AUDIT)
def entries(
    request: HttpRequest,
    who: Text = "", action: Code = "", about: Code = "", site: Code = "", role: Code = "", meaning: Code = "",
    reason: Text = "", finding: Code = "", late: bool = False,
    happened_from: Since = None, happened_to: Since = None, written_from: Since = None, written_to: Since = None,
    sort: Sort = "-written", offset: Offset = 0, limit: Limit = 25,
) -> Any:  # fmt: skip
    """Entries by who, what, about what, when and why.

    ``about`` is a subject (``batch:ROM-B-1``) or a part of a code; ``finding`` a code or ``any``; ``late`` those
    written more than five minutes after they happened. Role, meaning, reason and finding are read from the
    entries themselves: without a first day they reach back 366 days.
    """
    wanted = search.Wanted(
        caller_of(request).sees, ranges.persons_like(who) if who else None, action,
        ranges.subjects_like(about) if about else None, site, role, meaning, reason, finding, late,
        _at(happened_from), _at(happened_to), _at(written_from), _at(written_to), sort,
    )  # fmt: skip
    hits = search.find(wanted, offset, limit)
    return page(ranges.Range([entry_shape(seen) for seen in hits.seen], hits.total), offset, limit)


def _at(value: datetime | None) -> datetime | None:
    return value


def _found(request: HttpRequest, act: str) -> read.Seen:
    seen = read.entry_of_act(act)
    caller_of(request).require_sight(seen.entry.about, seen.site)
    return seen


TEXT = {"responses": {"200": {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}}
BYTES = {"responses": {"200": {"description": "OK", "content": {"application/octet-stream": {"schema": {
    "type": "string", "format": "binary"}}}}}}  # fmt: skip


@router.get("/entries/{path:act}/proof", response=answers(None, 404), openapi_extra=TEXT, operation_id="entry_proof")
@needs(tokens.AUDIT)
def proof(request: HttpRequest, act: Act) -> HttpResponse:
    """The text proof (c2sp.org/tlog-proof@v1): it is checked offline with the log's public key alone."""
    return HttpResponse(read.proof_of(_found(request, act)), content_type="text/plain; charset=utf-8")


@router.get("/entries/{path:act}/bytes", response=answers(None, 404), openapi_extra=BYTES, operation_id="entry_bytes")
@needs(tokens.AUDIT)
def body(request: HttpRequest, act: Act) -> HttpResponse:
    """The exact bytes that were signed and hashed (RFC 8785)."""
    return HttpResponse(_found(request, act).body, content_type="application/octet-stream")


@router.get("/entries/{path:act}/checks", response=answers(list[s.CheckedShape], 404), operation_id="entry_checks")
@needs(tokens.AUDIT)
def checks(request: HttpRequest, act: Act) -> Any:
    """Bytes, hash, signature and place in the signed log of one entry, checked now."""
    return evidence.examine(_found(request, act))


@router.get("/entries/{path:act}", response=answers(s.EntryShape, 404), operation_id="entry")
@needs(tokens.AUDIT)
def entry(request: HttpRequest, act: Act) -> Any:
    """One entry by its act id or by SITE/index."""
    return entry_shape(_found(request, act))


@router.get("/subjects/{path:name}/entries", response=answers(s.Page[s.EntryShape], 404),
            operation_id="subject_entries")  # fmt: skip
@needs(tokens.AUDIT)
def history(request: HttpRequest, name: Named, offset: Offset = 0, limit: Limit = 25) -> Any:
    """Everything written about one subject, in the order of its versions."""
    row = questions.subject(name)
    kind, code = split_subject(name)
    if row is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    caller = caller_of(request)
    caller.require_sight(name, row.site)
    wanted = search.Wanted(caller.sees, subjects=(name,), sort="written")
    hits = search.find(wanted, offset, limit)
    return page(ranges.Range([entry_shape(seen) for seen in hits.seen], hits.total), offset, limit)


@router.get("/logs", response=answers(list[s.LogShape]), operation_id="logs")
@needs(tokens.AUDIT)
def logs(request: HttpRequest) -> Any:
    """The logs this node keeps, each with its public key and signed checkpoint."""
    return [
        {"site": log["site"], "origin": log["origin"], "entries": log["size"], "verifier_key": log["verifier_key"],
         "checkpoint": log["checkpoint"], "written_at": log["written_at"]}
        for log in read.logs()
    ]  # fmt: skip


@router.get("/logs/{site}/checkpoint", response=answers(None, 404), openapi_extra=TEXT, operation_id="checkpoint")
@needs(tokens.AUDIT)
def checkpoint(request: HttpRequest, site: Named) -> HttpResponse:
    """The signed checkpoint as a C2SP note: whoever keeps it can prove later that the log was not rewritten."""
    found = next((log for log in read.logs() if log["site"] == site), None)
    if found is None:
        raise Refused("subject-unknown", kind="site", code=site)
    return HttpResponse(found["checkpoint"], content_type="text/plain; charset=utf-8")


@router.get("/verification", response=answers(s.VerificationShape), operation_id="verification")
@needs(tokens.AUDIT)
def verification(request: HttpRequest) -> Any:
    """When the whole book was last verified, by whom, and with what result."""
    return {"last_whole": checkups.last_whole(), "lately": checkups.lately()}
