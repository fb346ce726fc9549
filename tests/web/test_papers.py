"""Papers: the same bytes each time, exceptions first, data attached and provable, and nobody's name."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from pypdf import PdfReader

from milenari.journal import attached, clock, extract, read
from milenari.rules.action import Refused
from milenari.web.papers import fonts, press, shelf
from milenari.web.papers.runs import direction, runs, text_of
from milenari.web.wording import isolated, number
from tests.web import world as worlds

pytestmark = pytest.mark.once

BATCH = "batch:ROM-B-1"


def made(kind: str, name: str, language: str = "en", **more: str) -> tuple[press.Paper, bytes]:
    with override(language):
        paper = shelf.KINDS[kind].make(shelf.Wanted(shelf.full_name(kind, name), **more))
        return paper, press.printed(paper)


def text(content: bytes) -> str:
    found = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return " ".join(found.replace("\u200b", "").replace("\u202f", " ").split())


def said(paper: press.Paper) -> str:
    """Every word of a paper in the order in which it is printed, before it is set."""

    def walk(value: Any) -> list[str]:
        if isinstance(value, dict):
            if "t" in value or "mark" in value or "br" in value:
                return [text_of([value])]
            return [part for key, one in value.items() if key not in ("svg", "k", "look") for part in walk(one)]
        if isinstance(value, list):
            if (
                value
                and all(
                    isinstance(one, str) or set(one) & {"t", "mark", "br"}
                    for one in value
                    if isinstance(one, (str, dict))
                )
                and not any(isinstance(one, list) for one in value)
            ):
                return [text_of(value)]
            return [part for one in value for part in walk(one)]
        return [value] if isinstance(value, str) else []

    return "\n".join(walk(paper.blocks))


def files(content: bytes) -> dict[str, bytes]:
    return {name: found[0] for name, found in PdfReader(io.BytesIO(content)).attachments.items()}


def keys() -> dict[str, str]:
    return {log["site"]: log["verifier_key"] for log in read.logs()}


def sign_first(world: worlds.World, viability: str = "95", **more: Any) -> Any:
    """The first phase, with a reading that is in or out of its limit."""
    readings = {}
    phase = read.sheet(BATCH).phases[0]
    for one in phase["readings"]:
        if one.get("options"):
            readings[one["code"]] = one["options"][0]
        else:
            readings[one["code"]] = {"value": viability, "unit": one["units"][0]}
    data = {"batch": "ROM-B-1", "phase": phase["code"], "readings": readings}
    if phase.get("equipment"):
        data["equipment"] = "PRO-1"
    return world.do("ROM-OP", "sign-step", **data, **more)


# -- the press --------------------------------------------------------------------------------------------


def test_the_same_record_prints_the_same_bytes_here_and_in_another_process(batch_world: worlds.World):
    paper, first = made("batch-record", BATCH)
    assert made("batch-record", BATCH)[1] == first
    code = (
        "import sys, json\nfrom datetime import datetime\nfrom milenari.web.papers import press\n"
        "import django\nfrom django.conf import settings\nsettings.configure(USE_I18N=False)\ndjango.setup()\n"
        "told = json.load(sys.stdin)\ntold['at'] = datetime.fromisoformat(told['at'])\n"
        "told['files'] = [press.File(f['name'], f['content'].encode(), f['mime'], f['description'], f['relationship'])"
        " for f in told['files']]\n"
        "sys.stdout.buffer.write(press.printed(press.Paper(**told)))"
    )
    told = {**paper.__dict__, "at": paper.at.isoformat(), "name": str(paper.name), "subject": str(paper.subject),
            "files": [{**f.__dict__, "content": f.content.decode()} for f in paper.files]}  # fmt: skip
    told["subject"] = paper.code
    with override("en"):
        here = press.printed(press.Paper(**{**paper.__dict__, "subject": paper.code}))
    there = subprocess.run([sys.executable, "-c", code], input=json.dumps(told).encode(), capture_output=True,
                           check=True, cwd="/")  # fmt: skip
    assert there.stdout == here


def test_a_paper_stays_the_same_when_unrelated_entries_are_written(batch_world: worlds.World):
    first = made("batch-record", BATCH)[1]
    batch_world.do("ROM-OP", "receive-material", material="OTHER-1", kind="CD4-BEADS", maker_lot="M9",
                   amount={"value": "1", "unit": "mL"}, expires_on=str(worlds.today(90)))  # fmt: skip
    assert made("batch-record", BATCH)[1] == first


def test_a_paper_as_of_an_earlier_entry_is_the_paper_of_that_time(batch_world: worlds.World):
    paper, before = made("batch-record", BATCH)
    sign_first(batch_world)
    assert made("batch-record", BATCH)[1] != before
    assert made("batch-record", BATCH, at=paper.reference)[1] == before


def test_it_is_pdf_a_3a_and_pdf_ua_with_every_font_inside(batch_world: worlds.World):
    for language in ("en", "ar"):
        reader = PdfReader(io.BytesIO(made("batch-record", BATCH, language)[1]))
        assert reader.xmp_metadata is not None
        xmp = bytes(reader.trailer["/Root"]["/Metadata"].get_object().get_data()).decode()
        assert "pdfaid:part>3<" in xmp and "pdfaid:conformance>A<" in xmp
        assert "pdfuaid:part>1<" in xmp
        assert reader.trailer["/Root"]["/Lang"] == language
        for page in reader.pages:
            for font in page["/Resources"]["/Font"].values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                held = inner["/FontDescriptor"].get_object()
                assert {"/FontFile2", "/FontFile3"} & set(held)
                assert "Noto" in str(inner["/BaseFont"])


def test_a_letter_without_a_glyph_and_a_turning_control_are_printed_as_their_code_point():
    assert fonts.printable("中 \u202e x") == "[U+4E2D] [U+202E] x"
    for sign in "≤≥×⁶µ°—éñçàßءبت":
        assert fonts.printable(sign) == sign


def test_unusual_letters_in_a_reason_do_not_stop_the_printing(batch_world: worlds.World):
    batch_world.do("ROM-QA", "open-deviation", of=BATCH, deviation="D-1", what="中文 \U0001f600 <b>&", severity="minor")
    assert "[U+4E2D]" in text(made("batch-record", BATCH)[1])


# -- runs ---------------------------------------------------------------------------------------------------


def test_what_the_screens_isolate_is_isolated_on_paper():
    (code,) = runs(isolated("ROM-B-1"))
    assert code == {"t": "ROM-B-1", "dir": "ltr", "whole": True}
    assert runs("plain") == ["plain"]
    assert runs(number("5", "mL"))[0]["t"] == "5 mL"
    assert direction("عربي") == "rtl" and direction("12 abc") == "ltr"


def test_text_that_is_not_markup_is_never_read_as_markup():
    assert text_of(runs("<bdi>a & b</bdi>")) == "<bdi>a & b</bdi>"


# -- exceptions first ---------------------------------------------------------------------------------------

NONE = ("No deviation was opened.", "No value was changed.", "Everything was written down when it happened.")


def test_a_record_without_exceptions_says_so_in_each_group(batch_world: worlds.World):
    words = text(made("batch-record", BATCH)[1])
    for sentence in NONE:
        assert sentence in words


def test_exceptions_come_before_the_steps_and_name_what_happened(batch_world: worlds.World):
    world = batch_world
    earlier = clock.now() - timedelta(seconds=1)
    sign_first(world, viability="10")
    paper, content = made("batch-record", BATCH)
    words = text(content)
    assert words.index("Exceptions") < words.index("D-P1-viability") < words.index("Signatures")
    assert "outside its limit" in words and NONE[0] not in words
    assert earlier < paper.at


def test_a_late_entry_shows_both_times(batch_world: worlds.World, monkeypatch: pytest.MonkeyPatch):
    past = clock.now() + timedelta(hours=1)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=3))
    batch_world.do("ROM-QA", "hold-batch", batch="ROM-B-1", reason="power cut", happened_at=past)
    words = text(made("batch-record", BATCH)[1])
    assert NONE[2] not in words
    assert "power cut" in words
    assert "Written down later than it happened" in words


def test_a_changed_value_shows_old_and_new_who_and_why(world: worlds.World):
    world.do("ROM-PHY", "record-weight", journey=worlds.JOURNEY, weight={"value": "21.5", "unit": "kg"},
             on=str(worlds.today()), reason="weighed again before collection")  # fmt: skip
    words = text(made("dossier", worlds.JOURNEY)[1])
    place = words.index("Values changed after their first entry")
    changed = words[place : words.index("Written down later", place)]
    for part in ("20 kg", "21.5 kg", "weighed again before collection", "Lucia De Santis", "ROM-PHY"):
        assert part in changed


# -- limits -------------------------------------------------------------------------------------------------


def test_a_limit_is_words_and_the_same_number_in_every_language(batch_world: worlds.World):
    papers = {language: made("batch-record", BATCH, language)[0] for language in ("en", "es", "ca", "it", "fr", "ar")}
    phases = read.sheet(BATCH).phases
    limits = [one["limit"] for phase in phases for one in phase["readings"] if one.get("op") in ("ge", "le")]
    assert limits
    for paper in papers.values():
        shown = said(paper)
        assert not [sign for sign in "<>≤≥" if sign in shown.replace("<0.5", "")]
        for limit in limits:
            assert limit in shown


def test_in_arabic_every_number_and_code_has_its_own_direction(batch_world: worlds.World):
    paper = made("batch-record", BATCH, "ar")[0]
    assert paper.rtl

    worded = {"text", "runs", "items", "rows", "cells", "columns", "title", "blocks", "empty"}

    def plain(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, list):
            return [part for one in value for part in plain(one)]
        if isinstance(value, dict) and "t" not in value:
            return [part for key in worded & set(value) for part in plain(value[key])]
        return []

    assert not [part for part in plain(paper.blocks) if any(sign.isdigit() for sign in part)]


# -- the data inside ------------------------------------------------------------------------------------------


def test_the_attached_entries_prove_themselves_with_nothing_but_the_logs_keys(batch_world: worlds.World):
    content = made("batch-record", BATCH)[1]
    held = files(content)
    proven = extract.check(held["entries.jsonl"], held["signers.jsonl"], held["proofs.json"], keys())
    bodies = {one.body for one in read.entries_about(BATCH)}
    assert {*held["entries.jsonl"].splitlines()} == bodies
    assert len(proven) == len(bodies)
    words = text(content)
    for name, data in held.items():
        assert name in words
        assert sha256(data).hexdigest() in words.replace(" ", "")


def test_a_changed_byte_in_the_attached_entries_is_found(batch_world: worlds.World):
    held = files(made("batch-record", BATCH)[1])
    forged = held["entries.jsonl"].replace(b'"ROM-B-1"', b'"ROM-B-2"', 1)
    with pytest.raises(extract.ExtractError):
        extract.check(forged, held["signers.jsonl"], held["proofs.json"], keys())


def test_the_logs_key_is_not_taken_from_the_extract_itself(batch_world: worlds.World):
    held = files(made("batch-record", BATCH)[1])
    other = {**keys(), "ROM": keys()["BCN"]}
    with pytest.raises(extract.ExtractError):
        extract.check(held["entries.jsonl"], held["signers.jsonl"], held["proofs.json"], other)


def test_a_signer_whose_enrolment_is_left_out_is_not_believed(batch_world: worlds.World):
    held = files(made("batch-record", BATCH)[1])
    told = json.loads(held["proofs.json"])
    fewer = {**told, "signers": []}
    with pytest.raises(extract.ExtractError, match="not this person"):
        extract.check(held["entries.jsonl"], b"", json.dumps(fewer).encode(), keys())


def test_the_checkpoint_signed_again_is_the_one_the_log_issued(batch_world: worlds.World):
    seen = read.entries_about(BATCH)[-1:]
    found = extract.extract(seen)
    head = next(log for log in read.logs() if log["site"] == "ROM")
    rom = next(log for log in found.logs if log.site == "ROM")
    assert rom.size == head["size"] and rom.checkpoint == head["checkpoint"]
    assert found.faults == ()


def test_a_log_that_is_not_what_its_checkpoint_says_is_printed_as_such(
    batch_world: worlds.World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(extract, "_root", lambda checkpoint: b"other")
    assert "THE RECORD DOES NOT VERIFY" in text(made("batch-record", BATCH)[1])


def test_every_signature_is_listed_with_name_meaning_role_and_time(batch_world: worlds.World):
    words = text(made("batch-record", BATCH)[1])
    listed = words[words.rindex("Signatures") :]
    for part in ("Marco Bellini", "ROM-OP", "operator", "performed", "Batch started", "ROM/"):
        assert part in listed


# -- certificates --------------------------------------------------------------------------------------------


def test_what_nobody_certified_is_not_called_a_certificate(batch_world: worlds.World):
    paper, content = made("certificate", BATCH)
    assert paper.name == "Report of results, not certified"
    assert "NOT CERTIFIED." in text(content)
    with pytest.raises(Refused) as caught:
        made("qp-certificate", BATCH)
    assert caught.value.code == "not-certified"


# -- numbered forms ------------------------------------------------------------------------------------------


def issue(world: worlds.World, form: str = "ROM-B-1-P1") -> None:
    world.do("ROM-OP", "issue-paper-form", form=form, batch="ROM-B-1", reason="planned power cut")


def test_a_form_has_every_step_left_with_limits_units_boxes_and_its_number(batch_world: worlds.World):
    issue(batch_world)
    paper, content = made("paper-form", "form:ROM-B-1-P1")
    words = text(content)
    for phase in read.sheet(BATCH).phases:
        assert phase["code"] in words
    assert "ROM-B-1-P1" in words and "Performed by: name and signature" in words
    assert "at least 70 %" in words
    steps = [block for block in paper.blocks if block["k"] == "form" and block["svg"]]
    assert len(steps) == len(read.sheet(BATCH).phases)


def test_a_form_stays_as_it_was_issued_and_says_when_it_is_accounted_for(batch_world: worlds.World):
    issue(batch_world)
    sign_first(batch_world)
    assert "P1" in text(made("paper-form", "form:ROM-B-1-P1")[1])
    batch_world.do("ROM-QA", "settle-paper-form", form="ROM-B-1-P1", fate="unused")
    assert "Do not write on it" in text(made("paper-form", "form:ROM-B-1-P1")[1])


def test_an_unsettled_form_is_missing_in_the_batch_record(batch_world: worlds.World):
    issue(batch_world)
    assert "Paper forms not accounted for: ROM-B-1-P1" in text(made("batch-record", BATCH)[1])
    batch_world.do("ROM-QA", "settle-paper-form", form="ROM-B-1-P1", fate="unused")
    assert "Paper forms not accounted for" not in text(made("batch-record", BATCH)[1])


# -- pages ---------------------------------------------------------------------------------------------------


def test_the_list_of_papers_offers_each_and_a_form_to_issue(batch_world: worlds.World):
    client = worlds.logged_in("ROM-OP")
    page = client.get(f"/papers/{BATCH}").content.decode()
    for kind in ("batch-record", "certificate"):
        assert f"/paper/{kind}/{BATCH}" in page
    assert "once a Qualified Person has certified" in page and f"/paper/qp-certificate/{BATCH}" not in page
    assert "once it is recalled" in page and f"/paper/recall-notice/{BATCH}" not in page
    assert "issue-paper-form" in page


def test_a_paper_is_a_pdf_with_a_telling_name_in_the_language_asked_for(batch_world: worlds.World):
    client = worlds.logged_in("ROM-OP")
    answer = client.get(f"/paper/batch-record/{BATCH}?in=ar&save=yes")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith('attachment; filename="batch-record_ROM-B-1_ROM-')
    assert answer["Content-Disposition"].endswith('_ar.pdf"')
    assert answer.content == made("batch-record", BATCH, "ar")[1]
    assert client.get(f"/paper/batch-record/{BATCH}?in=xx").status_code == 422
    assert client.get("/paper/shopping-list/x").status_code == 422


def test_papers_are_refused_to_who_does_not_see_the_site(batch_world: worlds.World):
    batch_world.do("BCN-QA", "grant-role", person="BCN-VEC", granted="vector-manager", at_site="BCN",
                   from_on=str(worlds.today()))  # fmt: skip
    client = worlds.logged_in("BCN-VEC")
    for address in (f"/papers/{BATCH}", f"/paper/batch-record/{BATCH}", f"/paper/certificate/{BATCH}",
                    f"/paper/dossier/{worlds.JOURNEY}"):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 403
        assert "pdf" not in answer["Content-Type"]


def test_who_printed_what_is_in_the_nodes_log(batch_world: worlds.World, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO", logger="milenari.papers"):
        answer = worlds.logged_in("ROM-OP").get(f"/paper/batch-record/{BATCH}")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "milenari.papers"]
    assert "ROM-OP" in line and sha256(answer.content).hexdigest() in line


def test_no_paper_names_the_child(batch_world: worlds.World):
    for kind, name in (("dossier", worlds.JOURNEY), ("batch-record", BATCH), ("certificate", BATCH)):
        content = made(kind, name)[1]
        everything = text(content) + b"".join(files(content).values()).decode()
        for secret in ("Immaginaria", "Giulia", "FICT-1"):
            assert secret not in everything


# -- size ------------------------------------------------------------------------------------------------------


def test_the_queries_of_a_paper_do_not_grow_with_the_record(
    batch_world: worlds.World, django_assert_max_num_queries: Any
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        made("batch-record", BATCH)
    for turn in range(10):
        batch_world.do("ROM-QA", "open-deviation", of=BATCH, deviation=f"D-{turn}", what="seen", severity="minor")
    with CaptureQueriesContext(connection) as many:
        made("batch-record", BATCH)
    assert len(many) <= len(few) + 2  # one signer more


def test_the_fonts_travel_with_their_licence():
    assert (fonts.FOLDER / "OFL.txt").read_text().count("SIL Open Font License")
    assert {p.suffix for p in Path(fonts.FOLDER).iterdir()} == {".ttf", ".txt"}


# -- attachments, and steps from paper ---------------------------------------------------------------------------

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def attach(world: worlds.World) -> attached.Kept:
    kept = attached.keep(PICTURE)
    world.do("ROM-OP", "attach-file", of=BATCH, attachment="ROM-A-1", sha256=kept.sha256, name="bag.png",
             media_type=kept.media_type, size=kept.size, shows="the bag after thawing")  # fmt: skip
    return kept


def test_an_attached_photograph_is_inside_with_its_hash_until_it_is_withdrawn(batch_world: worlds.World):
    kept = attach(batch_world)
    content = made("batch-record", BATCH)[1]
    assert files(content)["attachment-ROM-A-1.png"] == PICTURE
    assert kept.sha256 in text(content).replace(" ", "")
    batch_world.do("ROM-QA", "withdraw-file", attachment="ROM-A-1", reason="shows a name")
    after = made("batch-record", BATCH)[1]
    assert not [name for name in files(after) if name.startswith("attachment")]


def test_a_photograph_that_is_not_on_the_node_any_more_is_said_to_be_missing(batch_world: worlds.World):
    kept = attach(batch_world)
    for path in [path for path in attached.folder().rglob("*") if path.is_file()]:
        path.unlink()
    words = text(made("batch-record", BATCH)[1])
    assert "not on this node" in words and kept.sha256 in words.replace(" ", "")


def test_a_step_from_paper_is_marked_with_its_form(batch_world: worlds.World, monkeypatch: pytest.MonkeyPatch):
    issue(batch_world)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=3))
    sign_first(batch_world, paper="ROM-B-1-P1", happened_at=real() + timedelta(hours=1), reason="power cut")
    words = text(made("batch-record", BATCH)[1])
    assert "Paper form: ROM-B-1-P1" in words
    assert "was entered from paper form ROM-B-1-P1" in words
    assert "Steps that a second person has not verified: P1" in words


# -- logs of other nodes -----------------------------------------------------------------------------------------


def test_entries_of_a_mirrored_log_are_proven_by_the_checkpoint_that_its_own_node_signed(
    batch_world: worlds.World, home: Path, monkeypatch: pytest.MonkeyPatch
):
    from milenari.journal import keys as key_files
    from milenari.journal.models import Head, Mark

    head = Head.objects.get(site="ROM")
    (home / "keys" / "ROM.log.key").unlink()
    key_files._log_key.cache_clear()
    assert extract.extract(read.entries_about(BATCH)[:3]).faults  # its own log, and nothing to sign with
    Mark.objects.create(site="ROM", size=head.size, note=head.checkpoint, seen_at=clock.now())
    # The guard lets no head be changed back into a mirror's, so it is only read as one.
    monkeypatch.setattr(Head, "own", property(lambda head: head.site != "ROM", lambda head, value: None))
    found = extract.extract(read.entries_about(BATCH)[:3])
    assert found.faults == ()
    (rom,) = [log for log in found.logs if log.site == "ROM"]
    assert (rom.size, rom.checkpoint) == (head.size, head.checkpoint)
