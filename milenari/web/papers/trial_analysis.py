"""Analysis of a trial on paper: the sections of the page with their curves, and the figures attached as files.

A function of its snapshot and its rules: the date is that of the newest entry, the reference a digest of the logs.
"""

from __future__ import annotations

from hashlib import sha256

from django.utils.translation import gettext as _

from milenari.exports.report import Report
from milenari.exports.report_files import files_of
from milenari.exports.study import Snapshot
from milenari.web import analysis, wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import File, Paper

WIDE, NARROW = 150, 78  # millimetres of a picture alone, and of one of two beside each other


def paper(made: Report) -> Paper:
    """The report in the reader's language."""
    study, taken = made.taken.study, made.taken
    shown = [
        b.facts([
            (_("Protocol"), wording.isolated(study.code)),
            (_("Version of the protocol"), wording.isolated(study.version)),
            (_("Participants"), wording.number(len(taken.cases))),
            (_("Newest entry written"), wording.instant(taken.snapshot.written_at, "UTC")),
        ], 2),
        *([b.banner("warn", _("Some of these participants are simulated."))] if taken.simulated else []),
    ]  # fmt: skip
    for section in analysis.sections(made):
        shown += _section(section)
    shown += source(taken.snapshot)
    return Paper(
        "trial-analysis", study.code, _("Analysis of the trial"), wording.isolated(study.code),
        taken.snapshot.written_at, reference_of(taken.snapshot), checkpoints_of(taken.snapshot), shown, attached(made),
    )  # fmt: skip


def _section(section: analysis.Section) -> list[b.Block]:
    made: list[b.Block] = [b.heading(section.title)]
    made += [b.paragraph(section.lead)] if section.lead else []
    if section.empty:
        return [b.together(*made, b.banner("soft", section.empty))]
    pictures = [str(one) for one in section.pictures]
    if len(pictures) > 1:
        made += [b.pictures(pictures[at : at + 2], NARROW) for at in range(0, len(pictures), 2)]
    else:
        made += [b.picture(one, WIDE) for one in pictures]
    for table in section.tables:
        heads = [(head.title, head.width) for head in table.heads]
        made += [b.heading(table.caption, 3), b.table(heads, [b.row(*row) for row in table.rows], size=7.2)]
    return made + [b.paragraph(note) for note in section.notes]


def attached(made: Report) -> tuple[File, ...]:
    """The figures as data."""
    return tuple(
        File(one.name, one.content, "application/json" if one.name.endswith("json") else "text/csv",
             f"Analysis of {made.taken.study.code}: {one.name}")
        for one in files_of(made)
    )  # fmt: skip


def reference_of(snapshot: Snapshot) -> str:
    """A short name of the state of the logs: the same for the same snapshot, and for no other."""
    return sha256(snapshot.words.encode()).hexdigest()[:12]


def checkpoints_of(snapshot: Snapshot) -> str:
    """The unsigned text of each log's checkpoint, as other papers carry it in their code."""
    return "\n".join(f"{log.origin}\n{log.size}\n{log.root}" for log in snapshot.logs)


def source(snapshot: Snapshot) -> list[b.Block]:
    """The state of every log that was read."""
    rows = [b.row(wording.isolated(log.origin), wording.number(log.size), b.line(wording.isolated(log.root)))
            for log in snapshot.logs]  # fmt: skip
    titles = [(_("Log"), 1.3), (_("Entries"), 0), (_("Root of the checkpoint"), 2.6)]
    said = _("Made from the logs up to these checkpoints. The same checkpoints give the same paper, byte for byte.")
    return [b.together(b.heading(_("Source of this paper")), b.paragraph(said), b.table(titles, rows, size=7.2))]
