"""Comparability report: what was computed from which data, what follows by the locked protocol, and who concludes.

A rule computes no statistics. It collects the data of every enrolled run from the batches themselves, so that a report
on other figures is refused, and it compares intervals with the margins that were locked, so that no report can say more
than its figures do. "Not enough data" is an outcome of its own. Governing requirements: as in ``comparability``.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.batch import Batch
from milenari.rules.comparability import ARMS, Reported, Study, locked
from milenari.rules.network import control_site
from milenari.rules.specification import compared
from milenari.words import Facts, Meaning, Quantity, Role, plain

VERDICTS = ("met", "not-met", "not-enough-data", "reported")
LINE_KEYS = {"test", "method", "low", "high", "estimate", "verdict", "n_reference", "n_candidate", "detail"}
Data = dict[str, dict[str, list[tuple[str, str, str]]]]  # test -> arm -> (batch, pair, number)


# -- actions --------------------------------------------------------------------------------------------


@action("report-comparability", roles=(Role.QA,), meaning=Meaning.PERFORMED)
class ReportComparability(Action):
    """Record what was computed from the enrolled runs: an interval and a verdict for each attribute."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)
    figures: str = f.text("Digest of the figures", longest=64)
    lines: list[Facts] = f.document("Lines of the report")


@action("conclude-comparability", roles=(Role.QA, Role.QP), meaning=Meaning.APPROVED)
class ConcludeComparability(Action):
    """Approve the report; its outcome is what the figures say by the locked protocol."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)


@action("investigate-comparability", roles=(Role.QA,), meaning=Meaning.APPROVED)
class InvestigateComparability(Action):
    """State why a study did not show comparability and what was changed, before it is repeated."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)
    root_cause: str = f.text("Root cause")
    corrected: str = f.text("What was changed")


# -- the data of a study --------------------------------------------------------------------------------


def data_of(study: Study, book: Book) -> Data:
    """The verified numbers of every counted run, attribute by attribute; a run without one is left out there."""
    found: Data = {row["test"]: {arm: [] for arm in ARMS} for row in study.attributes}
    for arm in ARMS:
        for run in study.counted(arm):
            batch: Batch = book.sheet(f"batch:{run.batch}")
            for test, arms in found.items():
                result, criterion = batch.result(test), batch.criterion(test)
                if result is None or criterion is None or result.status != "verified":
                    continue
                # A bound such as <0.5 is no number: nothing is computed from it, and the count shows it.
                if isinstance(result.value, Quantity) and not result.value.comparator:
                    number, _ = compared(criterion, result.value, batch.weight_kg)
                    arms[arm].append((run.batch, run.pair, plain(number)))
    return found


def digest_of_data(data: Data) -> str:
    """SHA-256 over the data in their order; a report names it, so that it speaks of these figures and no others."""
    lines = [f"{test}|{arm}|{'|'.join(point)}" for test, arms in data.items() for arm in ARMS for point in arms[arm]]
    return sha256("\n".join(lines).encode()).hexdigest()


def unfinished(study: Study, book: Book) -> list[str]:
    """Counted runs that are not concluded or released yet."""
    runs = [*study.counted("reference"), *study.counted("candidate")]
    return [run.batch for run in runs if not book.sheet(f"batch:{run.batch}").decision]


def too_few(study: Study, arms: dict[str, list[tuple[str, str, str]]]) -> bool:
    """Whether an attribute has fewer figures than the protocol asks; in pairs, fewer whole pairs."""
    least: dict[str, int] = (study.protocol or {})["least"]
    if (study.protocol or {})["design"] == "paired":
        whole = {pair for _, pair, _ in arms["reference"]} & {pair for _, pair, _ in arms["candidate"]}
        return len(whole) < max(least.values())
    return any(len(arms[arm]) < least[arm] for arm in ARMS)


def verdict_of(row: Facts, line: Facts, arms: dict[str, list[tuple[str, str, str]]], few: bool) -> str:
    """What the figures of one line say by the protocol's criterion for it.

    Equivalence: the interval (confidence 1 - 2 alpha) inside both margins is met; wholly beyond one is not met;
    anything between leaves it open. Quality range: every candidate figure inside is met, any outside is not.
    """
    if row["criterion"] == "report":
        return "reported"
    if few or line.get("low") is None or line.get("high") is None:
        return "not-enough-data"
    low, high = Decimal(line["low"]), Decimal(line["high"])
    if row["criterion"] == "quality-range":
        return "met" if all(low <= Decimal(n) <= high for _, _, n in arms["candidate"]) else "not-met"
    least, most = Decimal(row["low"]), Decimal(row["high"])
    if least < low and high < most:
        return "met"
    return "not-met" if high < least or low > most else "not-enough-data"


def outcome_of(verdicts: list[str]) -> str:
    """All met: comparable; any not met: not comparable; else there are not enough data to conclude."""
    if "not-met" in verdicts:
        return "not-comparable"
    return "not-enough-data" if "not-enough-data" in verdicts else "comparable"


# -- checks ---------------------------------------------------------------------------------------------


@checks(ReportComparability)
def _report(act: ReportComparability, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    study = locked(book, act.about)
    waiting = unfinished(study, book)
    refuse_if(waiting, "runs-unfinished", study=act.study, batches=waiting)
    data = data_of(study, book)
    refuse_if(act.figures != digest_of_data(data), "report-of-other-data", study=act.study)
    lines = {str(line.get("test")): line for line in act.lines if isinstance(line, dict)}
    expected = [row["test"] for row in study.attributes]
    complete = list(lines) == expected and len(act.lines) == len(expected)
    refuse_if(not complete, "report-incomplete", study=act.study, expected=expected, found=list(lines))
    verdicts = []
    for row in study.attributes:
        line, arms = lines[row["test"]], data[row["test"]]
        _readable(line, row["test"])
        true = verdict_of(row, line, arms, too_few(study, arms))
        refuse_if(
            line["verdict"] != true, "verdict-not-of-figures", test=row["test"], found=line["verdict"], expected=true
        )
        verdicts.append(true)
    points = {test: {arm: [list(p) for p in arms[arm]] for arm in ARMS} for test, arms in data.items()}
    return Accepted(given={"outcome": outcome_of(verdicts), "points": points})


def _readable(line: Facts, test: str) -> None:
    good = not set(line) - LINE_KEYS and line.get("method") and line.get("verdict") in VERDICTS
    refuse_if(not good, "report-line-unreadable", test=test, fault="needs method and verdict and may have "
              + ", ".join(sorted(LINE_KEYS)))  # fmt: skip
    try:
        ends = [Decimal(line[key]) for key in ("low", "high") if line.get(key) is not None]
    except (InvalidOperation, TypeError, ValueError) as fault:
        raise Refused("report-line-unreadable", test=test, fault="low or high is no decimal") from fault
    good = all(end.is_finite() for end in ends) and ends == sorted(ends)
    refuse_if(not good, "report-line-unreadable", test=test, fault="low and high are no interval")


@checks(ConcludeComparability)
def _conclude(act: ConcludeComparability, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    study = locked(book, act.about)
    refuse_if(not study.reports, "comparability-not-reported", study=act.study)
    last = study.reports[-1]
    refuse_if(last.by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, last.at, "report")
    # What came to light since the report has to be in it.
    refuse_if(last.data != digest_of_data(data_of(study, book)), "report-of-other-data", study=act.study)
    return Accepted(given={"outcome": last.outcome})


@checks(InvestigateComparability)
def _investigate(act: InvestigateComparability, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    study: Study = known(book, act.about)
    failed = study.outcome in ("not-comparable", "not-enough-data")
    refuse_if(not failed, "nothing-to-investigate", study=act.study)
    refuse_if(study.root_cause, "already-investigated", study=act.study)
    after(asking.happened_at, study.concluded_at, "conclusion")


def shown_comparable(book: Book, study: str, product: str, site: str) -> Study:
    """The study, if it has shown that this site makes this product comparably; Refused otherwise."""
    found: Study = known(book, f"comparability:{study}")
    fits = found.product == product and found.candidate == site
    refuse_if(not fits, "comparability-of-another", study=study, product=found.product, site=found.candidate)
    refuse_if(found.outcome != "comparable", "not-shown-comparable", study=study, outcome=found.status)
    return found


# -- applies --------------------------------------------------------------------------------------------


@applies(ReportComparability, "comparability")
def _(study: Study, act: ReportComparability, entry: Entry) -> Study:
    made = Reported(tuple(act.lines), act.figures, entry.by, entry.happened_at, entry.given["outcome"])
    return replace(study, reports=(*study.reports, made))


@applies(ConcludeComparability, "comparability")
def _(study: Study, act: ConcludeComparability, entry: Entry) -> Study:
    return replace(study, outcome=entry.given["outcome"], concluded_at=entry.happened_at, concluded_by=entry.by)


@applies(InvestigateComparability, "comparability")
def _(study: Study, act: InvestigateComparability, entry: Entry) -> Study:
    return replace(study, root_cause=act.root_cause, corrected=act.corrected)
