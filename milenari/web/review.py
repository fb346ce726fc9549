"""Review: what of a record is not as it should be, so that a reviewer reads that first and the rest on demand.

By exception: what deviates, was changed, written late, on paper first or under emergency access, lies outside a
limit, was repeated, or is missing. What a line says comes from the entries and the folded record, nothing is left
out by choice; the whole record stays one click away (EU GMP Annex 16; draft Annex 11, 12.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.rules.specification import PASS
from milenari.web import wording
from milenari.web.telling import Told
from milenari.web.wording import quality as words
from milenari.web.wording import vocabulary

# Told by another line of the list, in full: the result, its investigation, the release itself.
ELSEWHERE = ("out-of-limit-at-entry", "out-of-specification", "released-with-pending", "recall")
# What these change is the way things go, not a value put right.
FLOW = ("dispatch", "witness-dispatch", "receive", "witness-receipt", "certify-batch", "release-batch", "reject-batch",
        "recall-batch", "supply-oos", "decide-fraction", "release-lot", "reject-lot", "recall-lot",
        "allocate-container", "sign-step", "consume-material")  # fmt: skip
KINDS = {"under-emergency-access": "emergency", "transcribed-from-paper": "paper", "form-not-issued-here": "paper",
         "received-damaged": "damaged",
         "weight-jump": "weight", "supplied-out-of-specification": "supply"}  # fmt: skip


@dataclass(frozen=True)
class Exceptional:
    """One line: why it stands here, how grave, in which entry, and whether it is newer than the last review."""

    kind: str
    sentence: SafeString | str
    grave: bool = False
    at: datetime | None = None
    act: str = ""
    fresh: bool = False
    url: str = ""
    inside: tuple[Told, ...] = ()

    @property
    def word(self) -> Any:
        return words.EXCEPTIONS[self.kind]


def last_review(told: Iterable[Told], of: str) -> Told | None:
    """The newest review of this record's trail, or None."""
    found = [t for t in told if t.entry.action.code == "review-trail" and t.entry.about == of]
    return max(found, key=lambda t: t.seen.position) if found else None


def since(told: Iterable[Told], review: Told | None) -> list[Told]:
    """The entries that no review has covered yet."""
    return [t for t in told if review is None or t.seen.position > review.seen.position]


def exceptions(tested: Any, told: list[Told], of: str) -> list[Exceptional]:
    """Every exception of a batch or lot, the grave first, then those no review has seen, then by time."""
    review = last_review(told, of)
    fresh = {t.entry.act for t in since(told, review)}
    found = [*_missing(tested), *_results(tested), *_judged(tested), *_entries(told, fresh, of)]
    return sorted(found, key=lambda e: (not e.grave, not e.fresh, e.at is None, e.at.timestamp() if e.at else 0))


def _say(sentence: str, **facts: Any) -> SafeString:
    return wording.sentence({"": sentence}, "", facts, "UTC", "", sentence)


# -- from the folded record -----------------------------------------------------------------------------


def _missing(tested: Any) -> Iterator[Exceptional]:
    unsampled = [c.test for c in tested.criteria if tested.result(c.test) is None]
    if unsampled:
        yield Exceptional("missing", _say(_("No sample was taken for: %(tests)s."), tests=unsampled), True)
    waiting: tuple[str, ...] = getattr(tested, "awaiting_verification", tuple)()
    if waiting:
        yield Exceptional("unverified", _say(_("Phases that a second person has not verified: %(phases)s."),
                                             phases=list(waiting)), True)  # fmt: skip
    if hasattr(tested, "reconciled") and not tested.reconciled:
        yield Exceptional("missing", _("The cells are not accounted for yet."), True)
    if hasattr(tested, "titre") and tested.titre is None:
        yield Exceptional("missing", _("The lot has no titre yet."), True)
    if getattr(tested, "on_hold", ""):
        yield Exceptional("hold", _say(_("The batch is on hold: %(reason)s."), reason=tested.on_hold), True)


def _results(tested: Any) -> Iterator[Exceptional]:
    overall = tested.requirements()
    early = [r.test for r in tested.results if r.status == "pending" and not tested.criterion(r.test).late]
    if early:
        yield Exceptional("missing", _say(_("Results still to come: %(tests)s."), tests=early), True)
    for result in tested.results:
        criterion = tested.criterion(result.test)
        facts = {"test": result.test}
        if result.status == "pending":
            if criterion.late:
                coming = _say(_("The late result of %(test)s is still to come."), **facts)
                yield Exceptional("missing", coming, False, result.due_at)
            continue
        if result.status == "recorded":
            yield Exceptional("unverified", _say(_("The result of %(test)s is not verified by a second person."),
                                                 **facts), True, result.at)  # fmt: skip
        if result.outcome != PASS:
            value = wording.quantity(result.value) if hasattr(result.value, "unit") else wording.isolated(result.value)
            kind = "undecided" if result.outcome == "undecided" else "outside"
            if criterion.group and overall.get(criterion.group) == PASS:
                said = _("Test %(test)s gave %(value)s; its alternative passes, so the requirement is met.")
                yield Exceptional("outside", _valued(said, value, **facts), False, result.at)
            else:
                yield Exceptional(kind, _valued(_("Test %(test)s gave %(value)s."), value, **facts), True, result.at)
    for old in tested.superseded:
        value = wording.quantity(old.value) if hasattr(old.value, "unit") else wording.isolated(old.value)
        said = _("Test %(test)s was repeated after a laboratory error; the superseded result was %(value)s.")
        yield Exceptional("repeated", _valued(said, value, test=old.test), False, old.at)


def _valued(sentence: str, value: SafeString, **facts: Any) -> SafeString:
    worded = {key: wording.isolated(found) for key, found in facts.items()}
    return wording.filled(sentence, {**worded, "value": value})


def _judged(tested: Any) -> Iterator[Exceptional]:
    for deviation in tested.deviations:
        if not deviation.closed_by:
            said = _("Deviation %(code)s is open.")
        elif deviation.disposition == "batch-affected":
            said = _("Deviation %(code)s is closed: the product is affected.")
        else:
            said = _("Deviation %(code)s is closed.")
        grave = not deviation.closed_by or deviation.disposition == "batch-affected"
        what = vocabulary.DEVIATION_KINDS.get(deviation.what, deviation.what)
        sentence = _valued(said + " %(value)s", wording.said(what), code=deviation.code)
        yield Exceptional("deviation", sentence, grave, deviation.opened_at)
    for inquiry in tested.investigations:
        if inquiry.conclusion:
            concluded = _("Investigation of %(test)s, concluded: %(value)s.")
            value = wording.word(vocabulary.OPTIONS, inquiry.conclusion)
            yield Exceptional("investigation", _valued(concluded, value, test=inquiry.test),
                              inquiry.conclusion == "confirmed", inquiry.opened_at)  # fmt: skip
        else:
            yield Exceptional("investigation", _say(_("The investigation of %(test)s is open."), test=inquiry.test),
                              True, inquiry.opened_at)  # fmt: skip
    for step, _by, at in getattr(tested, "supply", ()):
        word = wording.word(vocabulary.SUPPLY_STEPS, step)
        yield Exceptional("supply", _valued(_("Out-of-specification supply: %(value)s."), word), True, at)
    if getattr(tested, "recalled", ""):
        yield Exceptional("recalled", _say(_("Recalled: %(reason)s."), reason=tested.recalled), True)


# -- from the entries -----------------------------------------------------------------------------------


def _entries(told: list[Told], fresh: set[str], of: str) -> Iterator[Exceptional]:
    late = [t for t in told if t.written_later and not t.by_node]
    if late:
        number = wording.isolated(len(late), "number")
        said = _("Entries written later than what they tell of: %(value)s.")
        yield Exceptional("late", _valued(said, number), False, fresh=any(t.entry.act in fresh for t in late),
                          inside=tuple(late))  # fmt: skip
    for line in told:
        entry = line.entry
        common = {"at": entry.happened_at, "act": entry.act, "fresh": entry.act in fresh}
        for change in line.changes if entry.action.code not in FLOW else ():
            facts = {"label": change.label, "subject": change.subject, "old": change.old, "new": change.new}
            sentence = wording.filled(_("%(label)s (%(subject)s): was %(old)s, now %(new)s"), facts)
            yield Exceptional("changed", sentence, False, **common)
        for finding, (weight, sentence) in zip(entry.findings, line.findings, strict=True):
            if finding.code not in ELSEWHERE:
                yield Exceptional(KINDS.get(finding.code, "finding"), sentence, weight == "grave", **common)
        if entry.action.code in ("hold-batch", "resume-batch") and entry.about == of:
            kind = "hold" if entry.action.code == "hold-batch" else "resumed"
            yield Exceptional(kind, wording.said(entry.reason), False, **common)
