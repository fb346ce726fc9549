"""Every paper of the whole story: in order, provable, in two directions, and without anybody's name."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.utils.translation import override
from pypdf import PdfReader

from milenari.demo.teller import Teller, request
from milenari.journal import extract, perform, read, sealed
from milenari.registers import questions, reach
from milenari.rules.action import Refused
from milenari.web.papers import press, shelf

pytestmark = pytest.mark.once

BATCHES = ("ROM-B-001", "ROM-B-003", "BEY-B-001", "BEY-B-002", "AMM-B-DRILL", "AMM-B-H01")
LOST = "LV-A3B1-L02"
# Names of the story that are words too: of its reasons, and of the screens ("intact" in Arabic).
WORDS = ("Drill", "Replay", "Patient", "سليم")


def drawn(kind: str, name: str, language: str = "en", **more: str) -> press.Paper:
    with override(language):
        return shelf.KINDS[kind].make(shelf.Wanted(shelf.full_name(kind, name), **more))


def printed(kind: str, name: str, language: str = "en", **more: str) -> tuple[press.Paper, str, bytes]:
    paper = drawn(kind, name, language, **more)
    with override(language):
        content = press.printed(paper)
    pages = PdfReader(io.BytesIO(content)).pages
    words = " ".join("\n".join(page.extract_text() for page in pages).replace("\u200b", "").split())
    return paper, words, content


def every() -> list[tuple[str, str, dict[str, str]]]:
    """Every paper that the story gives reason to print."""
    found: list[tuple[str, str, dict[str, str]]] = []
    for batch in BATCHES:
        found += [("batch-record", f"batch:{batch}", {}), ("certificate", f"batch:{batch}", {})]
    found += [("qp-certificate", "batch:ROM-B-001", {}), ("certificate", f"lot:{LOST}", {})]
    found += [("dossier", f"journey:{code}", {}) for code in ("ROM-J-001", "BEY-J-002", "AMM-J-DRILL", "ROM-J-002")]
    found += [("transfer-form", "container:LV-A3B1-L01-001", {}), ("transfer-form", "container:LV-A3B1-L01-009", {})]
    found += [("recall-notice", f"lot:{LOST}", {"site": site}) for site in ("AMM", "ROM", "BEY")]
    found.append(("recall-notice", "batch:AMM-B-DRILL", {"site": "AMM"}))
    return found


@pytest.fixture(scope="module")
def names(story: list[str]) -> list[str]:
    """What is sealed about the children of the story."""
    found: list[str] = []
    for line in questions.journeys(None).lines:
        told = sealed.shown_to(line.journey.code, "test") if not line.journey.erased else None
        if told is not None:
            found += [told.family_name, told.given_name, told.hospital_number]
    assert len(found) > 10
    return [name for name in found if name not in WORDS]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_paper_prints_the_same_twice_and_names_no_child(names: list[str], language: str):
    for kind, name, more in every():
        paper = drawn(kind, name, language, **more)
        with override(language):
            first = press.printed(paper)
            assert press.printed(drawn(kind, name, language, **more)) == first, (kind, name)
        # All that the printer gets, before Arabic letters are joined, and all that is attached.
        told = json.dumps(paper.blocks, ensure_ascii=False) + str(paper.subject)
        told += b"".join(file.content for file in paper.files).decode()
        for secret in names:
            assert secret not in told, (kind, name)


def test_every_attached_record_proves_itself(story: list[str]):
    keys = {log["site"]: log["verifier_key"] for log in read.logs()}
    for kind, name, more in every():
        held = {file.name: file.content for file in drawn(kind, name, **more).files}
        proven = extract.check(held["entries.jsonl"], held["signers.jsonl"], held["proofs.json"], keys)
        assert proven, (kind, name)


def test_what_does_not_conform_is_never_headed_certificate(story: list[str]):
    for batch in ("BEY-B-002", "AMM-B-DRILL"):
        paper, words, _content = printed("certificate", f"batch:{batch}")
        assert "Certificate of analysis" not in words
        assert paper.name == "Report of results, not conforming"
        with pytest.raises(Refused, match="not-certified"):
            printed("qp-certificate", f"batch:{batch}")
    assert "OUT OF SPECIFICATION." in printed("certificate", "batch:BEY-B-002")[1]


def test_conditional_and_final_certificates_differ_in_their_first_words(story: list[str]):
    assert "Final certificate" in printed("certificate", "batch:ROM-B-001")[1]
    words = printed("certificate", "batch:BEY-B-001")[1]
    assert "Conditional certificate" in words and "Late results are pending." in words
    assert "Report of results, not certified" in printed("certificate", "batch:ROM-B-003")[1]


def test_a_recall_notice_shows_one_site_and_nothing_of_another(story: list[str]):
    everything = reach.reached(f"lot:{LOST}")
    at = {name: read.sheet(name) for name in everything}
    assert reach.sites_reached(f"lot:{LOST}") == ["AMM", "BCN", "ROM"]
    for site in ("AMM", "ROM"):
        words = printed("recall-notice", f"lot:{LOST}", site=site)[1]
        for name, sheet in at.items():
            here = site in (sheet.owner, sheet.bound_for, getattr(sheet, "allocated_to", ""))
            assert (sheet.code in words) == here, (site, name)
    assert "AMM-B-DRILL" not in printed("recall-notice", f"lot:{LOST}", site="ROM")[1]
    with pytest.raises(Refused, match="nothing-recalled"):
        printed("recall-notice", "lot:LV-A3B1-L01", site="ROM")


def test_a_recall_notice_carries_the_entry_of_the_recall_and_no_other(story: list[str]):
    content = printed("recall-notice", "batch:AMM-B-DRILL", site="AMM")[2]
    held = PdfReader(io.BytesIO(content)).attachments["entries.jsonl"][0]
    assert held.count(b"\n") == 1 and b'"recall-batch"' in held


def test_a_transfer_form_is_open_until_the_receipt(story: list[str]):
    words = printed("transfer-form", "container:LV-A3B1-L01-009")[1]
    assert "On its way" in words and "To be filled in by the receiver" in words
    words = printed("transfer-form", "container:LV-A3B1-L01-001")[1]
    assert "Received" in words and "To be filled in by the receiver" not in words
    with pytest.raises(Refused, match="nothing-dispatched"):
        printed("transfer-form", "container:LV-A3B1-L01-020")


def test_the_same_limit_has_the_same_number_on_every_paper_and_in_both_languages(story: list[str]):
    criteria = read.sheet("batch:ROM-B-001").criteria
    for kind, name in (("batch-record", "batch:ROM-B-001"), ("certificate", "batch:ROM-B-001"),
                       ("dossier", "journey:ROM-J-001")):  # fmt: skip
        english, arabic = (drawn(kind, name, language) for language in ("en", "ar"))
        assert _limits(english) == _limits(arabic)
        assert {c.limit for c in criteria if c.limit and not c.qualitative} <= {n.split()[0] for n in _limits(english)}


def _limits(paper: press.Paper) -> list[str]:
    """The isolated parts of the limits in the tables of results, in order; none may hold a comparison sign."""
    found = []
    for block in paper.blocks:
        if block["k"] != "table" or len(block["columns"]) != 6:
            continue
        for row in block["rows"]:
            if len(row["cells"]) != 6:
                continue
            for run in row["cells"][2][0]["runs"]:
                assert not set(run if isinstance(run, str) else run["t"]) & set("<>≤≥±")
                if isinstance(run, dict) and run["t"][:1].isdigit():
                    found.append(run["t"])
    return found


def test_a_thousand_entries_print(apart: Teller):
    perform.perform_all(
        request(apart, "rom-qa", "ROM", "open-deviation",
                {"of": "batch:ROM-B-003", "deviation": f"D-{n}", "what": "seen", "severity": "minor"})
        for n in range(1000)
    )  # fmt: skip
    paper = drawn("batch-record", "batch:ROM-B-003")
    content = press.printed(paper)
    assert paper.files[0].content.count(b"\n") > 1000 and content.startswith(b"%PDF")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    words = "".join(pages)
    assert all(f"D-{n}" in words for n in range(1000))
    # What spans many pages keeps its titles on each of them.
    spanned = [text for text in pages if "D-5" in text and "Severity" in text]
    assert len(spanned) > 1 and f"of {len(pages)}" in pages[-1]


def test_papers_are_shown_to_who_sees_the_site(story: list[str], client: Any):
    from milenari.journal.models import Credential

    client.force_login(Credential.objects.get(person="rom-operator"))
    assert client.get("/paper/batch-record/batch:ROM-B-001").status_code == 200
    for path in ("/paper/batch-record/batch:BEY-B-001", "/papers/batch:BEY-B-001", "/paper/dossier/BEY-J-001",
                 f"/paper/recall-notice/lot:{LOST}?site=AMM"):  # fmt: skip
        assert client.get(path).status_code == 403, path
    answer = client.get(f"/paper/recall-notice/lot:{LOST}")
    assert answer.status_code == 200 and "ROM" in answer["Content-Disposition"]


def test_the_labels_of_a_batch_are_reconciled_on_its_record(story: list[str]):
    account = read.sheet("labels:AMM/batch/AMM-B-001")
    assert account.printed
    words = printed("batch-record", "batch:AMM-B-001")[1]
    listed = words[words.index("Labels destroyed") - 60 : words.index("Review and release")]
    done = [one for one in read.entries_about("labels:AMM/batch/AMM-B-001") if one.entry.action.code != "print-labels"]
    counted = sum(len(one.entry.given["labels"]) for one in done)
    assert str(account.printed) in listed and str(len(account.open)) in listed
    assert account.printed == counted + len(account.open)
    assert "No label of this batch was printed here." in printed("batch-record", "batch:ROM-B-003")[1]
