"""Safety package on paper: what a data and safety monitoring board reads of a trial, cumulative and by nobody's name.

The trial has no arms to be unblinded between: every table is of all participants, by site and dose level. The tables
are the page's; the paper says up to which checkpoints the record was read, and what the board is asked to answer.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from milenari.exports.study import Snapshot
from milenari.registers import monitoring
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.trial_analysis import WIDE, checkpoints_of, reference_of, source
from milenari.web.wording import vocabulary

NEVER = "—"


def paper(code: str, shown: dict[str, Any], snapshot: Snapshot) -> Paper:
    """The package of a protocol; ``shown`` is what the page shows."""
    made = [
        b.facts([
            (_("Protocol"), wording.isolated(code)), (_("Participants"), wording.number(shown["people"])),
            (_("Infused"), wording.number(shown["infused"])),
            (_("Newest entry written"), wording.instant(snapshot.written_at, "UTC")),
        ], 2),
        b.banner("soft", _("For the data and safety monitoring board."),
                 _("Cumulative since the trial began. There is one arm and nothing is blinded; participants are named "
                   "by their number in the trial.")),
        *([b.banner("warn", _("Only the sites that you see."))] if shown["narrowed"] else []),
        *_places(shown["places"]), *_toxicity(shown["toxicity"]),
        *_tallies(_("Adverse events by term and grade"), shown["tallies"]), *_deaths(shown["deaths"]),
        *_rules(shown["watched"]), *_holds(shown["holds"]), *_listed(shown["listed"], shown["listed_total"]),
        b.heading(_("Advice of the board")),
        b.by_hand([_("The trial goes on unchanged"), _("The trial goes on with changes"), _("The trial stops")]),
        *source(snapshot),
    ]  # fmt: skip
    return Paper("safety-package", code, _("Safety package"), wording.isolated(code), snapshot.written_at,
                 reference_of(snapshot), checkpoints_of(snapshot), made)  # fmt: skip


def _places(places: list[monitoring.Place]) -> list[b.Block]:
    titles = [(_("Site"), 1.0), (_("Dose level"), 1.0), (_("Participants"), 1.0), (_("Infused"), 1.0),
              (_("Adverse events"), 1.0), (_("Serious"), 1.0), (_("Died"), 1.0)]  # fmt: skip
    rows = [
        b.row(wording.isolated(p.site), wording.isolated(p.level or NEVER), wording.number(p.participants),
              wording.number(p.infused), wording.number(p.events), wording.number(p.serious), wording.number(p.died))
        for p in places
    ]  # fmt: skip
    none = _("No participant of this trial is in the record of this node.")
    return [b.heading(_("By site and dose level")), b.table(titles, rows, none)]


def _toxicity(found: list[tuple[str, list[int]]]) -> list[b.Block]:
    titles = [(_("Scale"), 1.5), *((wording.number(n), 0.6) for n in range(5)), (_("never graded"), 1.0)]
    rows = [b.row(wording.isolated(scale), *(wording.number(n) for n in counts)) for scale, counts in found]
    return [b.heading(_("CRS and ICANS, gravest grade of each infused participant")), b.table(titles, rows)]


def _tallies(title: Any, rows: list[monitoring.Tally]) -> list[b.Block]:
    grades = [(wording.number(n), 0.5) for n in monitoring.GRADES]
    titles = [(_("Term"), 2.4), (_("Events"), 0.8), *grades, (_("not graded"), 0.8), (_("Serious"), 0.8),
              (_("Suspected reactions"), 1.0)]  # fmt: skip
    made = [
        b.row(b.said(t.term), wording.number(t.events), *(wording.number(n) for n in t.at()),
              wording.number(t.serious), wording.number(t.related))
        for t in rows
    ]  # fmt: skip
    return [b.heading(title), b.table(titles, made, _("No adverse event is recorded."), size=7.2)]


def _deaths(found: list[monitoring.Death]) -> list[b.Block]:
    titles = [(_("Participant"), 1.6), (_("Date of death"), 1.0), (_("Cause"), 1.4),
              (_("Days after the last infusion"), 1.0)]  # fmt: skip
    rows = [
        b.row(wording.isolated(d.code), wording.isolated(str(d.on), "number"), wording.word(vocabulary.DEATHS, d.cause),
              wording.number(d.days) if d.days is not None else NEVER)
        for d in found
    ]  # fmt: skip
    return [b.heading(_("Deaths")), b.table(titles, rows, _("Nobody has died."))]


def _rules(watched: list[Any]) -> list[b.Block]:
    """Each stopping rule with its boundary and the way so far."""
    made: list[b.Block] = [b.heading(_("Stopping rules"))]
    for one in watched:
        counts = {"n": wording.number(one.count.n), "events": wording.number(one.count.events)}
        told = wording.filled(_("Of %(n)s who count, %(events)s had an event."), counts)
        state = pgettext("stopping rule", "reached") if one.count.reached else pgettext("stopping rule", "not reached")
        parts = [b.heading(b.after(b.said(one.rule.title), wording.isolated(one.rule.code)), 3),
                 b.paragraph(b.after(state, told))]  # fmt: skip
        made.append(b.together(*parts, *([b.picture(str(one.picture), WIDE)] if one.picture else [])))
    return made if watched else [*made, b.paragraph(_("No stopping rule is in force."))]


def _holds(holds: list[Any]) -> list[b.Block]:
    titles = [(_("Why"), 2.0), (_("Dose level"), 0.7), (pgettext("hold", "Placed"), 1.2),
              (pgettext("hold", "Lifted"), 1.2), (_("Reason"), 2.0)]  # fmt: skip
    rows = [
        b.row([b.said(h.why), *([b.line(wording.isolated(h.rule), quiet=True)] if h.rule else [])],
              wording.isolated(h.level) if h.level else _("all"), wording.instant(h.placed_at, "UTC"),
              wording.instant(h.lifted_at, "UTC") if h.lifted_at else b.line(_("on hold"), "bad"),
              [b.said(h.reason), b.line(b.said(h.reference), quiet=True)] if h.lifted_at else NEVER)
        for h, _offer in holds
    ]  # fmt: skip
    return [b.heading(pgettext("trial", "Holds")), b.table(titles, rows, _("The trial was never on hold."), size=7.2)]


def _listed(listed: list[monitoring.Listed], total: int) -> list[b.Block]:
    titles = [(_("Adverse event"), 2.4), (_("Site"), 0.6), (_("What it is"), 1.2), (_("Grade"), 0.6),
              (_("Why it is serious"), 1.8), (_("Began on"), 1.0), (_("Outcome"), 1.2)]  # fmt: skip
    rows = [
        b.row([b.line(wording.isolated(one.row.code), strong=True), b.line(b.said(one.row.term), quiet=True)],
              wording.isolated(one.row.site), wording.word(vocabulary.EVENT_CLASSES, one.kind),
              wording.number(one.row.grade) if one.row.grade else NEVER,
              wording.joined(wording.word(vocabulary.CRITERIA, c) for c in one.row.criteria.split()),
              wording.isolated(str(one.row.begun_on), "number"), wording.word(vocabulary.EVENT_OUTCOMES,
                                                                              one.row.outcome))
        for one in listed
    ]  # fmt: skip
    made = [b.heading(_("Serious adverse events")), b.table(titles, rows, _("No serious adverse event is recorded."),
                                                            size=7.2)]  # fmt: skip
    if total > len(listed):
        cut = wording.filled(
            _("The list is cut; there are %(total)s serious events."), {"total": wording.number(total)}
        )
        made.append(b.banner("bad", cut))
    return made
