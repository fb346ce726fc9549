"""Analysis of a trial on screen: figures, curves and lanes from a snapshot, and the same as files or as a paper.

What is downloaded is what was looked at: the form carries the snapshot that is on the page.
"""

from __future__ import annotations

import json
import logging
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override

from milenari.exports import files, record, report, report_files
from milenari.rules.action import Refused
from milenari.web import analysis as parts
from milenari.web.access import acting, page
from milenari.web.pages.exports import require_exporter, snapshot_of
from milenari.web.papers import press, trial_analysis

# Who took what: the files themselves say nothing of it, since the same snapshot has to give the same bytes.
_taken = logging.getLogger("milenari.exports")
ANALYSIS, PAPER = "analysis", "paper"


@page
def analysis(request: HttpRequest, code: str) -> HttpResponse:
    """The analysis now; posted, that of the snapshot on screen as a zip of its files or as a PDF."""
    who = acting(request)
    require_exporter(who)
    taken = record.take(code, who.sees, snapshot_of(request))
    made = report.report(taken)
    if request.method == "POST":
        wanted = request.POST.get("form", "")
        if wanted == PAPER:
            answer = _paper(made, request.POST.get("in", "") or get_language() or settings.LANGUAGE_CODE)
        else:
            answer = _zip(made)
        digest = sha256(answer.content).hexdigest()
        _taken.info("analysis %s by %s at %s, sha256 %s", code, who.person, who.site, digest)
        return answer
    shown = {
        "code": code, "made": made, "sections": parts.sections(made), "zone": who.zone,
        "narrowed": who.sees is not None, "snapshot": json.dumps(taken.snapshot.told()), "chosen": get_language(),
    }  # fmt: skip
    return render(request, "web/trial_analysis.html", shown)


def _paper(made: report.Report, language: str) -> HttpResponse:
    if language not in dict(settings.LANGUAGES):
        raise Refused("language-unknown", found=language)
    with override(language):
        paper = trial_analysis.paper(made)
        answer = HttpResponse(press.printed(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{paper.file_name}"'
    return answer


def _zip(made: report.Report) -> HttpResponse:
    packed = files.Export(ANALYSIS, made.taken, tuple(report_files.files_of(made)), ())
    answer = HttpResponse(files.zipped(packed), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{packed.name}-report.zip"'
    return answer
