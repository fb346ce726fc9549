"""Pages of studies: what waits for whom, a protocol as lines, figures against margins, and nothing typed by hand."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from milenari.journal import clock, read, watch
from milenari.journal.fold import DiskBook
from milenari.registers import drifting, programme, studies
from milenari.registers import models as table
from milenari.rules.action import Refused
from milenari.rules.stability import months_after
from milenari.web.pages import studies as pages
from milenari.web.pages import study_draft, study_report
from tests.registers.test_comparing import PAIRS, runs, studied
from tests.registers.test_lasting import followed
from tests.web.stage import client_of, do, secrets
from tests.web.test_access import text_of

PRODUCT = "ARI-0001"
TYPED = {
    "study": "C-TEST-9", "product": PRODUCT, "reference": "ROM", "candidate": "BEY", "design": "paired",
    "condition": "Split apheresis, one vector lot", "least.reference": "3", "least.candidate": "3",
    "criterion.viability_pct": "tost", "low.viability_pct": "-10", "high.viability_pct": "10",
    "scale.viability_pct": "difference", "alpha.viability_pct": "0.05",
    "rationale.viability_pct": "half way to the limit",
    "criterion.cd3_pct": "quality-range", "k.cd3_pct": "3", "rationale.cd3_pct": "spread of lots",
    "criterion.vcn": "report",
}  # fmt: skip


def drafted() -> Any:
    """The control site's quality assurance fills in the lines and signs."""
    answer = client_of("bcn-qa").post("/studies/draft", {**TYPED, "act": "draft-1", "seen": "", **secrets("bcn-qa")})
    assert answer.status_code == 302, text_of(answer)
    return DiskBook().sheet("comparability:C-TEST-9")


def test_a_protocol_is_filled_in_as_lines_and_signed_by_both_sites_without_typing_a_digest(story: None) -> None:
    first = table.Study.objects.exclude(repeats="").order_by("code").first()
    assert first is not None  # what was repeated waits for nothing more
    assert pages.waits_for(DiskBook(), DiskBook().sheet(f"comparability:{first.repeats}")) is None
    assert "No study matches" in text_of(client_of("bcn-qa").get("/studies?q=C-TEST-9"))
    form = client_of("bcn-qa").get(f"/studies/draft?product={PRODUCT}").content.decode()
    assert 'name="criterion.viability_pct"' in form and 'name="rationale.viability_pct"' in form
    study = drafted()
    assert [row["test"] for row in study.attributes] == ["cd3_pct", "viability_pct", "vcn"]
    assert study.attributes[1]["low"] == "-10" and study.attributes[2] == {
        "test": "vcn", "criterion": "report", "unit": "{copies}/{cell}",
    }  # fmt: skip
    listed = text_of(client_of("bey-qa").get("/studies"))
    assert "C-TEST-9" in listed and "The candidate site reads the protocol and signs it" in listed
    page = client_of("bey-qa").get("/study/C-TEST-9")
    assert study.digest in page.content.decode() and "consent-protocol?" in page.content.decode()
    link = page.content.decode().split('href="/do/consent-protocol?')[1].split('"')[0].replace("&amp;", "&")
    signed = client_of("bey-qa").get(f"/do/consent-protocol?{link}").content.decode()
    assert study.digest in signed
    do("bey-qa", "consent-protocol", consent="C-TEST-9/BEY", study="C-TEST-9", digest=study.digest)
    waits = pages.waits_for(DiskBook(), DiskBook().sheet("comparability:C-TEST-9"))
    assert waits is not None and (waits.code, waits.site) == ("lock", "BCN")
    assert "locks the protocol that both sites" in text_of(client_of("bcn-qa").get("/study/C-TEST-9"))


def test_a_protocol_that_decides_nothing_is_refused_at_its_line_and_what_was_typed_stays(story: None) -> None:
    wrong = {**TYPED, "low.viability_pct": "1", "act": "draft-2", "seen": "", **secrets("bcn-qa")}
    answer = client_of("bcn-qa").post("/studies/draft", wrong)
    assert answer.status_code == 422 and "margins do not enclose equality" in text_of(answer)
    source = answer.content.decode()
    assert '<tr class="alarmed">' in source and "half way to the limit" in source
    assert not DiskBook().sheet("comparability:C-TEST-9").exists
    assert client_of("rom-qa").post("/studies/draft", {**TYPED, "act": "d3", **secrets("rom-qa")}).status_code == 422


def test_looking_keeps_what_was_typed_and_signs_nothing(story: None) -> None:
    answer = client_of("bcn-qa").post("/studies/draft", {**TYPED, "look": "1"})
    assert answer.status_code == 200 and "half way to the limit" in answer.content.decode()
    assert not DiskBook().sheet("comparability:C-TEST-9").exists


def test_the_form_of_a_draft_is_the_protocol_again(story: None) -> None:
    study = drafted()
    criteria = study_draft._criteria(DiskBook(), PRODUCT)
    again = study_draft.protocol_of(study_draft._of_study(study), criteria)
    assert again == study.protocol
    changed = client_of("bcn-qa").get("/studies/draft?study=C-TEST-9").content.decode()
    assert "readonly" in changed and "half way to the limit" in changed


def test_figures_stand_against_their_margins_with_what_such_a_study_can_show(
    story: None, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    book = studied(runs(*PAIRS))
    for room in (pages, study_report):
        monkeypatch.setattr(room, "DiskBook", lambda: book)
    page = client_of("bcn-qa").get("/study/C1")
    shown, source = text_of(page), page.content.decode()
    assert "locked, runs and results to come" in shown and "Everything is there" in shown
    assert "met" in shown and "only differences of more than" in shown and "Pairs: 4" in shown
    assert source.count("<svg") >= 5 and "Intervals against the margins" in shown
    assert 'href="/studies/report/C1"' in source
    report = client_of("bcn-qa").get("/studies/report/C1")
    assert pages.comparing.comparison(book.sheet("comparability:C1"), book).figures in report.content.decode()
    assert "not enough data to conclude" in text_of(report)


def locked_study() -> Any:
    """A protocol with earlier batches of Barcelona, signed by Beirut and locked; Beirut has made no run for it yet."""
    earlier = list(
        table.Batch.objects.filter(site="BCN", process=PRODUCT, purpose="comparability", decision="run-accepted")
        .order_by("code")
        .values_list("code", flat=True)
    )
    assert len(earlier) >= 3
    typed = {**TYPED, "study": "C-TEST-8", "reference": "BCN", "design": "unpaired", "historical": ", ".join(earlier)}
    answer = client_of("bcn-qa").post("/studies/draft", {**typed, "act": "draft-8", "seen": "", **secrets("bcn-qa")})
    assert answer.status_code == 302, text_of(answer)
    digest = DiskBook().sheet("comparability:C-TEST-8").digest
    do("bey-qa", "consent-protocol", consent="C-TEST-8/BEY", study="C-TEST-8", digest=digest)
    do("bcn-qa2", "lock-comparability", study="C-TEST-8")
    return DiskBook().sheet("comparability:C-TEST-8")


def test_a_report_is_signed_from_its_page_over_the_figures_on_the_screen_and_over_no_others(story: None) -> None:
    study = locked_study()
    client, page = client_of("bcn-qa"), "/studies/report/C-TEST-8"
    shown = client.get(page)
    assert "not enough data to conclude" in text_of(shown) and "You cannot sign" not in text_of(shown)
    source = shown.content.decode()
    form = dict(re.findall(r'<input type="hidden" name="(study|figures|act|seen)" value="([^"]*)"', source))
    assert form["figures"] == pages.comparing.comparison(study, DiskBook()).figures
    # Each of these keeps the study as it was: figures of another day, a wrong password, a site that is not the control.
    stale = client.post(page, {**form, "figures": "0" * 64, "act": "report-1", **secrets("bcn-qa")})
    assert stale.status_code == 422 and 'role="alert"' in stale.content.decode()
    wrong = client.post(page, {**form, "act": "report-2", "password": "no", "second": "000000"})
    assert wrong.status_code == 422
    other = client_of("bey-qa").post(page, {**form, "act": "report-3", **secrets("bey-qa")})
    assert other.status_code == 422 and "control" in text_of(other)
    assert not DiskBook().sheet("comparability:C-TEST-8").reports
    signed = client.post(page, {**form, **secrets("bcn-qa")})
    assert signed.status_code == 302, text_of(signed)
    (report,) = DiskBook().sheet("comparability:C-TEST-8").reports
    assert (report.by, report.data, report.outcome) == ("bcn-qa", form["figures"], "not-enough-data")
    assert [line["verdict"] for line in report.lines] == ["not-enough-data", "not-enough-data", "reported"]
    twice = client.post(page, {**form, **secrets("bcn-qa")})
    assert twice.status_code == 302 and len(DiskBook().sheet("comparability:C-TEST-8").reports) == 1
    # Not who reported, but another person of the control site concludes.
    with pytest.raises(Refused, match="own-work"):
        do("bcn-qa", "conclude-comparability", study="C-TEST-8")
    do("bcn-qa2", "conclude-comparability", study="C-TEST-8")
    seen = text_of(client_of("bey-qa").get("/study/C-TEST-8"))
    assert "not enough data to conclude" in seen and "The report that was signed" in seen


def test_site_donor_and_lot_effects_and_the_chance_to_pass_are_drawn_on_the_page_and_on_paper(story: None) -> None:
    study = table.Study.objects.filter(outcome="comparable").order_by("code").first()
    assert study is not None
    book = DiskBook()
    sheet = book.sheet(f"comparability:{study.code}")
    found = pages.comparing.comparison(sheet, book)
    source = client_of("bcn-qa").get(f"/study/{study.code}").content.decode()
    assert "Effects of site, donor and vector lot" in source and "How often a site that is off would pass" in source
    assert "Where the variation comes from" in source and "all runs have the same one" in source
    one = pages.drawn(sheet, found.attributes[0], {})
    assert len(one.pictures) == 4 and [str(part.name) for part in one.parts] == ["donor", "batch and assay"]
    assert all(effect.level in str(one.effects) for effect in found.attributes[0].hierarchy.effects)
    paper = PdfReader(io.BytesIO(client_of("bcn-qa").get(f"/paper/comparability-report/{study.code}").content))
    words = " ".join(p.extract_text() for p in paper.pages)
    assert "Where the variation comes from" in words and "Share of the variation" in words


def test_only_the_sites_of_a_study_see_it(story: None) -> None:
    drafted()
    assert client_of("bey-qa").get("/study/C-TEST-9").status_code == 200
    refused = client_of("amm-qa").get("/study/C-TEST-9")
    assert refused.status_code != 200 or "not shown" in text_of(refused).lower() or "C-TEST-9" not in text_of(refused)
    assert "C-TEST-9" not in text_of(client_of("amm-qa").get("/studies"))


def test_a_shelf_life_is_computed_and_signed_from_the_page(story: None, monkeypatch: pytest.MonkeyPatch) -> None:
    of = [f"LOT-{n}" for n in (1, 2, 3)]
    do("bcn-qa", "plan-stability", study="S-1", process="LV-A3B1", attribute="potency", direction="lower",
       limit={"value": "95", "unit": "%"}, storage="-80 C", lots=of, extrapolate_months=6)  # fmt: skip
    source = followed("b2", "b5", "b7").sheet("stability:S1")
    names = dict(zip(("b2", "b5", "b7"), of, strict=True))
    assert "Nothing is measured yet" in text_of(client_of("bcn-qa").get("/studies/stability/S-1"))
    for p in source.points:
        data = {"study": "S-1", "sample": p.sample}
        do("bcn-analyst", "record-stability", lot=names[p.lot], months={"value": str(p.months), "unit": "mo"},
           value={"value": str(p.value.value), "unit": "%"}, method="HPLC 1", **data)  # fmt: skip
        do("bcn-qa", "verify-stability", **data)
    page = client_of("bcn-qa").get("/studies/stability/S-1")
    assert "A shelf life follows from the points" in text_of(page) and "<svg" in page.content.decode()
    figures = DiskBook().sheet("stability:S-1").figures()
    form = {"error": "separate", "figures": figures, "act": "shelf-1", "seen": "", **secrets("bcn-qa")}
    assert client_of("bcn-qa").post("/studies/stability/S-1", {**form, "figures": "0" * 64}).status_code == 422
    answer = client_of("bcn-qa").post("/studies/stability/S-1", {**form, "act": "shelf-2"})
    assert answer.status_code == 302, text_of(answer)
    assert DiskBook().sheet("stability:S-1").computed[-1].months == 25
    assert table.StabilityStudy.objects.get(key="S-1").computed_months == 25
    assert "shelf life computed, to be approved" in text_of(client_of("bcn-qa").get("/studies"))


def series_of_rome() -> list[drifting.Value]:
    return drifting.values_of("ROM", PRODUCT, "viability_pct")


def test_a_signal_is_opened_by_the_node_once_and_assessed_by_a_person(story: None) -> None:
    (last, *_) = series_of_rome()
    code = f"ROM/{PRODUCT}/viability_pct"
    chart = f"/qc/chart?series={PRODUCT}|viability_pct&site=ROM"
    assert "None yet: nothing of this series is watched" in text_of(client_of("rom-qa").get(chart))
    assert watch.open_signals("ROM") == []
    centre = {"value": str(last.amount + 10), "unit": "%"}
    do("rom-qa", "freeze-baseline", baseline=code, process=PRODUCT, test="viability_pct", centre=centre,
       sigma={"value": "0.01", "unit": "%"}, batches=["ROM-B-003"], convention="nelson-1984", method="stated",
       reason="for the test")  # fmt: skip
    opened = watch.open_signals("ROM")
    assert {one.pattern for one in opened} >= {"nelson-1"} and len({one.signal for one in opened}) == len(opened)
    assert watch.open_signals("ROM") == []  # the second night opens nothing
    assert all(len(one.signal) <= 60 for one in opened)
    shown = text_of(client_of("rom-qa").get("/qc/signals"))
    assert "one batch beyond the control limits" in shown and "Assess a signal of drift" in shown
    assert client_of("rom-qa").get(chart).content.decode().count("<svg") >= 4  # ours besides the page's own
    do("rom-qa", "assess-signal", signal=opened[0].signal, cause="common-cause", finding="nothing changed")
    assert studies.open_signals(["ROM"]) == len(opened) - 1
    assert "common cause" in text_of(client_of("rom-qa").get("/qc/signals?state=assessed"))
    with pytest.raises(Refused):
        do("rom-qa", "raise-signal", **opened[0].as_action())


def test_the_end_points_are_those_of_the_record_and_small_numbers_of_others_are_not_told(story: None) -> None:
    found = programme.end_points(PRODUCT)
    made = table.Batch.objects.filter(process=PRODUCT, purpose="", simulated=False)
    assert sum(s.of for s in found.success.values()) + sum(found.undecided.values()) == made.count()
    rome = next(s for s in found.summaries if s.site == "ROM" and s.quantity == "viable cells")
    assert rome.n == made.filter(site="ROM", harvested_at__isnull=False).count()
    everything = text_of(client_of("bcn-qa").get("/network/endpoints"))
    assert "From apheresis to the first infusion" in everything and "fewer than five" not in everything
    other = text_of(client_of("rom-qa").get("/network/endpoints"))
    assert "fewer than five" in other and "Nothing" not in other.split("End points")[0]


def test_the_quality_review_counts_what_the_record_holds(story: None) -> None:
    year = clock.now().year
    page = text_of(client_of("rom-qa").get(f"/network/review?site=ROM&year={year}"))
    made = table.Batch.objects.filter(site="ROM", purpose="", simulated=False, started_at__year=year)
    assert all(row.code in page for row in made) and "Complaints, returns" in page
    assert client_of("rom-qa").get("/network/review?site=BEY").status_code != 500
    assert "BEY-B-001" not in text_of(client_of("rom-qa").get("/network/review?site=BEY"))
    assert "No batch was started in this year" not in page or not made.exists()


def test_the_protocol_goes_into_the_act_as_one_document() -> None:
    made = study_draft.protocol_of(TYPED, ())
    assert json.loads(json.dumps(made)) == made and made["attributes"] == []
    assert study_draft.protocol_of({"least.reference": "-1"}, ())["least"] == {"reference": 0, "candidate": 0}


def test_reports_and_reviews_are_papers_for_those_who_see_their_site(story: None) -> None:
    drafted()
    early = client_of("bcn-qa").get("/paper/comparability-report/C-TEST-9")
    assert "%PDF" not in early.content[:8].decode("latin-1") and "lock" in text_of(early).lower()
    locked = table.Study.objects.exclude(locked_at=None).order_by("code").first()
    assert locked is not None
    report = client_of("bcn-qa").get(f"/paper/comparability-report/{locked.code}")
    assert report["Content-Type"] == "application/pdf" and report.content[:5] == b"%PDF-"
    assert report.content == client_of("bcn-qa").get(f"/paper/comparability-report/{locked.code}").content
    for site in {"ROM", "BEY", "AMM"} - {locked.reference, locked.candidate}:
        other = client_of(f"{site.lower()}-qa").get(f"/paper/comparability-report/{locked.code}")
        assert other.content[:5] != b"%PDF-"
    assert client_of("rom-qa").get("/paper/quality-review/ROM").content[:5] == b"%PDF-"
    assert client_of("rom-qa").get("/paper/quality-review/BEY").content[:5] != b"%PDF-"


def test_the_storys_frozen_cells_have_a_simulated_shelf_life_that_binds_what_is_filled_after_it(story: None) -> None:
    """Ten months by three simulated lots, signed; the recipe's year counts only for what was filled before that."""
    study = DiskBook().sheet("stability:ST-CELLS-1")
    assert study.simulated and study.approved_months == DiskBook().sheet(f"shelflife:{PRODUCT}").months == 10
    assert all(p.lot.startswith("SIM-") and p.method.startswith("Simulated") for p in study.points)
    assert "simulated: figures are drawn, not measured" in text_of(
        client_of("bcn-qa").get("/studies/stability/ST-CELLS-1")
    )
    (approved,) = [e for e in read.entries_about(f"shelflife:{PRODUCT}") if e.data["action"] == "approve-shelf-life"]
    zones, bound, free = {s.code: ZoneInfo(s.zone) for s in table.Site.objects.all()}, 0, 0
    for dose in table.Dose.objects.all():
        batch = DiskBook().sheet(f"batch:{dose.batch}")
        made = batch.harvested_at
        if batch.process == PRODUCT and batch.filled_at > approved.entry.happened_at:
            zone = zones[batch.owner]
            assert dose.use_by.astimezone(zone).date() == months_after(made.astimezone(zone).date(), 10), dose.code
            bound += 1
        else:
            assert dose.use_by - made == timedelta(hours=8760), dose.code
            free += 1
    assert bound >= 9 and free >= 3


def test_the_network_page_tells_who_failed_was_investigated_and_passed(story: None) -> None:
    source = client_of("bcn-qa").get("/network").content.decode()
    part = source.split('id="compared-title"', 1)[1].split("</section>", 1)[0]
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in part.split("<tr>")[2:]]
    expected = [
        "AMM BCN C-AMM-1 ARI-0001 not comparable investigated simulated",
        "AMM BCN C-AMM-2 repeats C-AMM-1 ARI-0001 comparable simulated",
        "BEY BCN C-BEY-1 ARI-0001 not enough data to conclude investigated simulated",
        "BEY BCN C-BEY-2 repeats C-BEY-1 ARI-0001 comparable simulated",
    ]
    assert rows == expected
    beirut = client_of("bey-qa").get("/network").content.decode()
    assert "C-BEY-2" in beirut and "C-AMM-1" not in beirut
