"""Export desk: which studies can be exported, one export with its files and the judges' verdicts, and its download.

Making an export writes nothing. Downloading one for another site is noted in the transfer log with its basis.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.exports import files, leaving, record, variables
from milenari.exports.judges import Verdict
from milenari.exports.study import Taken
from milenari.registers import exporting
from milenari.rules.action import Refused
from milenari.web import wording
from milenari.web.access import Acting, acting, page
from milenari.web.wording import exports as words
from milenari.words import Role

# Who may take a study's record out of the screens: those who answer for data or its analysis.
EXPORTERS = (Role.QA, Role.COORDINATOR, Role.INVESTIGATOR, Role.DATA_MANAGER, Role.STATISTICIAN)
# Who took what: the files themselves say nothing of it, since the same snapshot has to give the same bytes.
_taken = logging.getLogger("milenari.exports")


def require_exporter(who: Acting) -> None:
    if who.role not in EXPORTERS:
        raise Refused("export-not-for-role", role=who.role, roles=list(EXPORTERS))


@page
def desk(request: HttpRequest) -> HttpResponse:
    """The studies that have participants at the sites one sees, each with its formats."""
    who = acting(request)
    require_exporter(who)
    shown = {"studies": exporting.studies(who.sees), "formats": list(words.FORMATS.items())}
    return render(request, "web/exports.html", shown)


@page
def one(request: HttpRequest, study: str, format: str) -> HttpResponse:
    """One export made now: files, digests, verdicts. Posted, the same snapshot again as a zip."""
    who = acting(request)
    require_exporter(who)
    told, refused, status = snapshot_of(request), "", 200
    made = files.make(record.take(study, who.sees, told), format)
    if request.method == "POST":
        try:
            return _download(who, made, request.POST.get("for", ""))
        except Refused as fault:
            refused, status = wording.refusal(fault, who.zone), 422
    title, purpose = words.FORMATS[format]
    shown: dict[str, Any] = {
        "made": made, "study": study, "title": title, "purpose": purpose, "refused": refused,
        "judged": _judged(made), "zone": who.zone,
        "files": [f for f in made.everything()], "left_out": _left_out(made.taken),
        "absent": _absent(made),
        "snapshot": json.dumps(made.taken.snapshot.told()), "failed": sum(not v.passed for v in made.verdicts),
        "sites": [place for _, place in sorted(who.sites.items())],
        "chosen": request.POST.get("for", ""), "formats": list(words.FORMATS.items()), "format": format,
    }  # fmt: skip
    return render(request, "web/export.html", shown, status=status)


@dataclass(frozen=True)
class Judged:
    """What one judge said: the files that passed together, each that failed with its problems."""

    judge: Any
    passed: tuple[str, ...]
    failed: tuple[Verdict, ...]


def _judged(made: files.Export) -> list[Judged]:
    judges = dict.fromkeys(v.judge for v in made.verdicts)
    return [
        Judged(words.JUDGES[judge], tuple(v.of for v in made.verdicts if v.judge == judge and v.passed),
               tuple(v for v in made.verdicts if v.judge == judge and not v.passed))
        for judge in judges
    ]  # fmt: skip


def _left_out(taken: Taken) -> list[tuple[Any, int]]:
    return [(words.LEFT_OUT[why], many) for why, many in taken.left_out]


def _absent(made: files.Export) -> list[tuple[str, str]]:
    """The datasets of the standard that are not in an export by dataset, because nothing for them is on record."""
    if made.format not in ("sdtm", "csv"):
        return []
    present = {file.name.partition(".")[0] for file in made.files}
    return [(name, label) for name, label in variables.every() if name.lower() not in present]


def snapshot_of(request: HttpRequest) -> dict[str, Any] | None:
    """The snapshot that was on screen, so that what is downloaded is what was looked at."""
    text = request.POST.get("snapshot", "")
    return files.manifest_of(json.dumps({"snapshot": _read(text)}).encode()) if text else None


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as fault:
        raise Refused("snapshot-unreadable", detail=str(fault)) from fault


def _download(who: Acting, made: files.Export, to: str) -> HttpResponse:
    content = files.zipped(made)
    leaving.hand_over(made, to, content)
    digest = sha256(content).hexdigest()
    _taken.info("export %s by %s at %s for %s, sha256 %s", made.name, who.person, who.site, to or "here", digest)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{made.name}.zip"'
    return answer
