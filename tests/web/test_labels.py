"""Labels: one object gives text and symbol, both are read back from the picture, and no other way leads to print."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from milenari.journal import clock, read
from milenari.registers import labels as registers
from milenari.registers.models import Posting
from milenari.rules import carrier, chain
from milenari.rules.action import Refused
from milenari.rules.label import LANGUAGES, RESOLUTIONS, sscc
from milenari.web.labels import check, draw, gs1, isbt, picture, sizes, symbols, tables, texts
from milenari.web.labels.content import Content
from tests.web.test_access import text_of
from tests.web.world import JOURNEY, PASSWORD, PIN, World, logged_in, today

SIGNED = {"password": PASSWORD, "second": PIN}
NOON = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
COI = chain.mint("ROM", bytes(range(12)))
EXAMPLES: dict[str, dict[str, Any]] = {
    "collection-bag": {
        "code": "ROM-J-001-A", "coi": COI, "product": "ARI-0001", "volume_ml": "120", "made_at": NOON,
        "use_by": NOON + timedelta(days=1), "storage": "refrigerated",
        "statements": ("autologous-only", "not-for-infusion", "do-not-irradiate", "biohazard"),
    },
    "vector-container": {
        "code": "LV-A3B1-L01-001", "product": "LV-A3B1", "lot": "LV-A3B1-L01", "volume_ml": "6.5",
        "expires_on": date(2028, 1, 31), "storage": "deep-frozen",
        "statements": ("not-for-infusion", "gm-organisms", "biohazard"),
    },
    "product-bag": {
        "code": "ROM-B-001-F2", "coi": COI, "product": "ARI-0001", "batch": "ROM-B-001", "volume_ml": "20",
        "cells_e6": "18.4", "part": 2, "parts": 3, "use_by": NOON, "made_by": "ROM", "storage": "vapour-phase",
        "statements": ("autologous-only", "intravenous", "gm-cells", "do-not-irradiate", "trial-only", "biohazard"),
    },
    "sample-tube": {
        "code": "ROM-B-001-S1", "coi": COI, "product": "ARI-0001", "batch": "ROM-B-001", "made_at": NOON,
        "storage": "refrigerated", "statements": ("not-for-infusion",),
    },
    "shipper": {
        "code": "ROM-J-001-A", "thing": "collection", "transfer": 3, "to_site": "AMM", "storage": "vapour-phase",
        "from_name": "Ospedale pediatrico Immaginario di Roma", "to_name": "مركز الملك الخيالي للسرطان، عمّان",
        "sscc": sscc("0614141", 123), "statements": ("urgent-material", "do-not-irradiate"),
    },
}  # fmt: skip
PLACES = [(kind, size) for kind, fitting in sizes.FOR_KIND.items() for size in fitting]
every_place = pytest.mark.parametrize(("kind", "size"), PLACES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def label(kind: str, size: str = "", **changes: Any) -> Content:
    facts = {
        "kind": kind, "size": size or sizes.FOR_KIND[kind][0], "language": "en", "site": "ROM", "zone": "Europe/Rome",
        "printed_on": date(2026, 11, 24), "serial": carrier.serial_of("ROM", 123), **EXAMPLES[kind], **changes,
    }  # fmt: skip
    said = carrier.Carrier(kind, facts["serial"], facts["code"], facts.get("coi", ""))
    return Content(symbol=carrier.write(said), **facts)


def read_from(content: Content, resolution: str = "standard") -> check.Verdict:
    return check.verdict(content, draw.pictures([content], resolution)[0])


# -- the round trip -------------------------------------------------------------------------------------


@every_language
@every_place
def test_every_label_fits_and_says_again_what_it_was_made_of(kind: str, size: str, language: str) -> None:
    made = label(kind, size, language=language)
    for resolution in ("standard", "fine"):
        found = read_from(made, resolution)
        assert found.good, found.differences
        assert carrier.read(next(x for x in found.read if x.startswith("M1/"))) == made.own


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_the_smallest_label_is_read_at_every_printer(resolution: str) -> None:
    assert read_from(label("vector-container", "vial"), resolution).good


codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,17}", fullmatch=True)
facts = st.fixed_dictionaries(
    {
        "code": codes,
        "serial": st.builds(carrier.serial_of, st.sampled_from(["ROM", "BCN", "AMM"]), st.integers(0, 10**6 - 1)),
        "language": st.sampled_from(LANGUAGES),
        "zone": st.sampled_from(["Europe/Rome", "Asia/Amman", "Asia/Beirut", "America/St_Johns"]),
        "storage": st.sampled_from(sorted(texts.STORAGE)),
        "statements": st.lists(st.sampled_from(sorted(texts.STATEMENTS)), unique=True, max_size=4).map(tuple),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(PLACES), changes=facts, random_bytes=st.binary(min_size=12, max_size=12))
def test_any_content_comes_back_from_its_picture(
    place: tuple[str, str], changes: dict[str, Any], random_bytes: bytes
) -> None:
    kind, size = place
    if EXAMPLES[kind].get("coi"):
        changes = {**changes, "coi": chain.mint("ROM", random_bytes)}
    made = label(kind, size, **changes)
    try:
        found = read_from(made)
    except Refused as refused:
        assert refused.code == "label-text-too-long"
        event("did not fit")
        assume(False)
    assert found.good, found.differences


# -- what is compared -----------------------------------------------------------------------------------


def test_a_picture_of_another_label_is_noticed_and_says_what_differs() -> None:
    made = label("product-bag")
    other = replace(label("product-bag", code="ROM-B-001-F3"), serial=made.serial)
    found = check.verdict(made, draw.pictures([other], "standard")[0])
    assert {(x.field, x.read) for x in found.differences} == {("code", "ROM-B-001-F3")}
    with pytest.raises(Refused) as caught:
        check.require_readable([found])
    assert caught.value.code == "label-read-differently" and caught.value.facts["found"] == "ROM-B-001-F3"
    check.require_readable([read_from(made)])


@pytest.mark.parametrize("change", [{"coi": chain.mint("ROM", bytes(range(40, 52)))}, {"serial": "ROM-L000124-M"}])
def test_another_patient_or_another_number_is_noticed(change: dict[str, str]) -> None:
    made, other = label("product-bag"), label("product-bag", **change)
    assert not check.verdict(made, draw.pictures([other], "standard")[0]).good


def test_a_symbol_that_cannot_be_read_is_no_label() -> None:
    made = label("product-bag")
    png = draw.pictures([made], "standard")[0]
    assert check.verdict(made, png).good
    dots = picture.dots_of(png)
    blank = replace_dots(dots, 0, 0, dots.width, dots.height)
    assert [x.field for x in check.verdict(made, blank).differences] == ["symbol", "symbols"]
    spoiled = replace_dots(dots, 0, 30, dots.width // 4, 90)
    assert not check.verdict(made, spoiled).good
    assert not check.verdict(made, b"not a picture").good


def replace_dots(dots: picture.Dots, x: int, y: int, width: int, height: int) -> bytes:
    """A PNG of the same dots with a white rectangle over some of them, as a worn print head leaves it."""
    import struct
    import zlib

    rows = [bytearray(dots.data[n * dots.width : (n + 1) * dots.width]) for n in range(dots.height)]
    for row in rows[y : y + height]:
        row[x : x + width] = b"\xff" * min(width, dots.width - x)
    packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    head = struct.pack(">IIBBBBB", dots.width, dots.height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def test_a_name_as_long_as_names_are_never_runs_over_the_edge() -> None:
    long = label("shipper", to_name="Centre hospitalier universitaire pédiatrique de l'Île-imaginaire-" * 2)
    assert read_from(long).good
    with pytest.raises(Refused) as caught:
        draw.pictures([label("shipper", to_name="Donaudampfschiff" * 12)], "standard")
    assert caught.value.code == "label-text-too-long" and caught.value.facts["least_pt"] == "8"


def test_nothing_is_drawn_over_the_edge_or_into_the_symbols_rim() -> None:
    for kind, size in PLACES:
        dots = picture.dots_of(draw.pictures([label(kind, size, language="ar")], "standard")[0])
        rows = [dots.data[n * dots.width : (n + 1) * dots.width] for n in range(dots.height)]
        rim = 4  # half a millimetre
        edges = [*rows[:rim], *rows[-rim:], *(row[:rim] for row in rows), *(row[-rim:] for row in rows)]
        assert all(0 not in edge for edge in edges), f"{kind} {size}"


# -- the text -------------------------------------------------------------------------------------------


@every_place
def test_the_text_of_the_sheet_is_that_of_the_object(kind: str, size: str) -> None:
    # Extraction gives Arabic in the order of its glyphs, so the name is a Latin one here.
    made = label(kind, size, to_name="King Imaginary Centre") if kind == "shipper" else label(kind, size)
    text = " ".join(PdfReader(io.BytesIO(draw.sheet([made], "standard"))).pages[0].extract_text().split())
    for line in texts.lines(made):
        assert " ".join(f"{line.caption} {line.value}".split()) in text.replace(" .", "."), line
    assert made.code in text and made.serial in text
    assert made.coi in text


def test_the_sheet_is_of_true_size_with_a_page_for_each_label() -> None:
    made = [label("vector-container", "vial", serial=carrier.serial_of("BCN", n)) for n in range(1, 17)]
    sheet = PdfReader(io.BytesIO(draw.sheet(made, "fine")))
    assert len(sheet.pages) == 16
    assert float(sheet.pages[0].mediabox.width) == pytest.approx(33 / 25.4 * 72, abs=0.1)
    assert draw.sheet(made, "fine") == draw.sheet(made, "fine"), "the same labels are the same bytes"


def test_what_the_law_asks_for_stands_on_the_bag_a_patient_gets() -> None:
    said = " ".join(f"{x.caption} {x.value}{x.tail}" for x in texts.lines(label("product-bag", "bag")))
    for words in ("For autologous use only", "For clinical trial use only", "genetically modified", COI, "−150 °C",
                  "Biological hazard", "2026-11-25 13:30 +0100"):  # fmt: skip
        assert words in said
    small = " ".join(f"{x.caption} {x.value}" for x in texts.lines(label("product-bag", "small-bag")))
    assert "Autologous use only" in small and COI in small and "Biological hazard" in small


def test_a_time_on_a_label_says_its_zone_in_winter_and_summer() -> None:
    summer = label("product-bag", use_by=datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    assert "2026-07-01 14:00 +0200" in [x.value for x in texts.lines(summer)]
    amman = label("product-bag", zone="Asia/Amman")
    assert "2026-11-25 15:30 +0300" in [x.value for x in texts.lines(amman)]


# -- standards ------------------------------------------------------------------------------------------


def test_published_messages_of_isbt_128_are_read() -> None:
    (number,) = isbt.read("=A99991712345600")
    assert number.parts == ("A9999", "17", "123456", "00")
    (product,) = isbt.read("=/A9997AB3456T0123")
    assert product.parts == ("A9997", "AB3456", "T0123")
    assert [x.name for x in isbt.read("=A99991712345600=,000012")] == ["donation-number", "divisions"]
    whole = isbt.read("=+04000=/A9997XYZ100T0479=A99991712345600=,000012=>019031")
    assert [x.name for x in whole] == ["processor-product", "donation-number", "divisions", "expiry-date"]
    assert isbt.day_of(whole[-1].text) == date(2019, 1, 31)
    assert len(isbt.read("=+04035=/A9997XYZ100T0479=,000012=A99991712345600=>019031")) == 4


@pytest.mark.parametrize(
    "text",
    ["=+05000=/A9997XYZ100T0479=A99991712345600=,000012=>019031", "=A999917123456", "=zINVALID_DI_TEST", "", "GARBAGE",
     "=>019366"],
)  # fmt: skip
def test_what_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        isbt.read(text)
    assert caught.value.code == "isbt-unreadable"


def test_the_published_flags_of_a_donation_number_come_out() -> None:
    assert isbt.flags("G123498654321") == "77"
    assert isbt.donation("G123498654321") == "=G12349865432177"


def test_a_structure_behind_a_licence_is_not_guessed() -> None:
    with pytest.raises(Refused) as caught:
        isbt.read("&/A9997SOMETHING")
    assert caught.value.code == "isbt-needs-licence"


def test_a_label_under_licensed_tables_bears_both_symbols() -> None:
    licensed = {"scheme": "isbt-128", "din": "G123498654321H", "product_code": "S1234V00", "product_text": "T CELLS"}
    made = label("collection-bag", "large-bag", **licensed)
    found = read_from(made)
    assert found.good and len(found.read) == 2
    text = next(x for x in found.read if x.startswith("=+03"))
    assert text == symbols.compound_of(made)
    assert [x.name for x in isbt.read(text)] == ["donation-number", "product-code", "expiry-instant"]
    other = replace(made, din="A999917123456" + "9")
    assert [x.field for x in check.verdict(other, draw.pictures([made], "standard")[0]).differences] == ["isbt-128"]


def test_a_shipper_bears_a_container_code_that_the_standards_parser_reads() -> None:
    made = label("shipper")
    found = read_from(made)
    assert found.good and gs1.read_sscc(next(x for x in found.read if not x.startswith("M1/"))) == made.sscc
    assert gs1.read_sscc("(00)106141412345678908") == "106141412345678908"
    assert gs1.read_sscc("(00)106141412345678903") == "", "a wrong check digit is no code"
    other = replace(made, sscc=sscc("0614141", 124))
    assert [x.field for x in check.verdict(other, draw.pictures([made], "standard")[0]).differences] == ["gs1"]


def test_a_site_loads_its_own_tables_and_without_them_nothing_is_guessed(home: Path) -> None:
    assert tables.isbt("ROM") is None and tables.company_prefix("ROM") == ""
    refusals = []
    folder = home / "labels" / "ROM" / "isbt128"
    folder.mkdir(parents=True)
    (folder.parent / "gs1-company-prefix.txt").write_text("0614141\n")
    for name, text in (("facilities.csv", "fin\nG1234\n"), ("products.csv", "code,description\nS1234,T cells\n"),
                       ("version.txt", "2026-1\n")):  # fmt: skip
        with pytest.raises(Refused) as caught:
            tables.require_isbt("ROM")
        refusals.append(caught.value.code)
        (folder / name).write_text(text)
    assert set(refusals) == {"isbt-tables-unreadable"}
    found = tables.require_isbt("ROM")
    assert found.require("G123498654321H", "S1234V00") == "T cells" and found.version == "2026-1"
    assert tables.company_prefix("ROM") == "0614141"
    for din, product, code in (("A999917123456" + "9", "S1234V00", "isbt-facility-unknown"),
                               ("G123498654321H", "S9999V00", "isbt-product-unknown")):  # fmt: skip
        with pytest.raises(Refused) as caught:
            found.require(din, product)
        assert caught.value.code == code
    with pytest.raises(Refused) as caught:
        tables.require_isbt("BEY")
    assert caught.value.code == "isbt-tables-missing"


# -- the pages ------------------------------------------------------------------------------------------

BAG = "collection:ROM-C-1"
PAGE = f"/label/{BAG}"
ACCOUNT = "ROM/collection/ROM-C-1"
CHOSEN = {"kind": "collection-bag", "size": "bag", "language": "it", "storage": "refrigerated", "copies": "2",
          "resolution": "standard"}  # fmt: skip


@pytest.fixture
def bag(world: World) -> World:
    """The child's cells are collected; the bag bears no label."""
    world.do("ROM-NUR", "collect-cells", collection="ROM-C-1", journey=JOURNEY, wristband=world.coi,
             volume={"value": "120", "unit": "mL"})  # fmt: skip
    return world


def send(client: Client, **typed: Any) -> Any:
    return client.post(PAGE, {**CHOSEN, **SIGNED, **typed})


def test_a_bag_without_a_label_waits_until_one_is_printed(bag: World) -> None:
    client = logged_in("ROM-NUR")
    assert PAGE in client.get("/labels").content.decode()
    answer = send(client)
    assert answer.status_code == 302, text_of(answer)
    assert PAGE not in client.get("/labels").content.decode()
    found = registers.account(ACCOUNT)
    assert found is not None and found.printed == 2 and found.counts["open"] == 2 and not found.settled


def test_a_preview_is_read_back_is_a_specimen_and_writes_nothing(bag: World) -> None:
    client = logged_in("ROM-NUR")
    shown = text_of(client.get(PAGE, CHOSEN))
    assert "Read back by software: as it should be" in shown and bag.coi in shown
    drawn = client.get(f"/label-picture/{BAG}", CHOSEN)
    assert drawn["Content-Type"] == "image/png"
    clean = draw.pictures([label("collection-bag", "bag")], "standard")[0]
    assert picture.dots_of(drawn.content).width == picture.dots_of(clean).width
    assert registers.account(ACCOUNT) is None


def test_nothing_is_printed_while_something_is_not_chosen(bag: World) -> None:
    client = logged_in("ROM-NUR")
    answer = send(client, storage="nowhere")
    assert answer.status_code == 422 and "Nothing was printed" in text_of(answer)
    assert registers.account(ACCOUNT) is None


def test_a_label_that_reads_differently_is_not_printed(bag: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = logged_in("ROM-NUR")
    real = draw.pictures

    def spoiled(made: Any, *how: Any, **more: Any) -> Any:
        return real([replace(one, symbol=one.symbol.replace("ROM-C-1", "ROM-C-2")) for one in made], *how, **more)

    with monkeypatch.context() as broken:
        broken.setattr(draw, "pictures", spoiled)
        answer = send(client)
    assert answer.status_code == 422
    assert "must not be printed" in text_of(answer) and registers.account(ACCOUNT) is None
    assert send(client).status_code == 302


def test_a_site_with_licensed_tables_prints_both_symbols_and_one_without_is_told(bag: World, home: Path) -> None:
    client = logged_in("ROM-NUR")
    licensed = {"scheme": "isbt-128", "din": "G123498654321H", "product_code": "S1234V00", "size": "large-bag"}
    answer = send(client, **licensed)
    assert answer.status_code == 422 and "has not loaded the licensed tables" in text_of(answer)
    folder = home / "labels" / "ROM" / "isbt128"
    folder.mkdir(parents=True)
    for name, text in (("facilities.csv", "fin\nG1234\n"), ("products.csv", "code,description\nS1234,T cells\n"),
                       ("version.txt", "2026-1\n")):  # fmt: skip
        (folder / name).write_text(text)
    unknown = send(client, **{**licensed, "product_code": "S9999V00"})
    assert unknown.status_code == 422 and "is not in the site" in text_of(unknown)
    shown = text_of(client.get(PAGE, {**CHOSEN, **licensed}))
    assert "Read back by software: as it should be" in shown and "=+03000=G12349865432177" in shown
    assert send(client, **licensed).status_code == 302
    entry = read.entries_about(f"labels:{ACCOUNT}")[0].entry
    assert entry.given["content"]["product_text"] == "T cells"


def test_a_shipper_takes_the_sites_company_prefix(bag: World, home: Path) -> None:
    folder = home / "labels" / "ROM"
    folder.mkdir(parents=True)
    (folder / "gs1-company-prefix.txt").write_text("0614141")
    client = logged_in("ROM-NUR")
    chosen = {"kind": "shipper", "size": "a6", "to_site": "BCN", "storage": "refrigerated", "copies": "1"}
    assert "(00)0061414" in text_of(client.get(PAGE, chosen))
    assert send(client, **chosen).status_code == 302
    made = read.entries_about(f"labels:{ACCOUNT}")[0].entry.given["labels"][0]
    assert made["sscc"].startswith("00614141") and gs1.read_sscc(f"(00){made['sscc']}") == made["sscc"]


def test_the_sheet_is_fetched_for_a_while_by_the_site_alone(bag: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = logged_in("ROM-NUR")
    where = send(client)["Location"]
    act = where.partition("run=")[2]
    assert f"/label-sheet/{act}" in client.get(where).content.decode()
    answer = client.get(f"/label-sheet/{act}")
    assert answer["Content-Type"] == "application/pdf" and len(PdfReader(io.BytesIO(answer.content)).pages) == 2
    assert logged_in("BCN-QA").get(f"/label-sheet/{act}").status_code != 200
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "can be fetched for" in text_of(client.get(f"/label-sheet/{act}"))


def test_printing_again_asks_for_a_reason(bag: World) -> None:
    client = logged_in("ROM-NUR")
    send(client)
    assert "Printed before for this" in text_of(client.get(PAGE, CHOSEN))
    answer = send(client)
    assert answer.status_code == 422 and "Say in the reason" in text_of(answer)
    assert send(client, reason="torn").status_code == 302
    found = registers.account(ACCOUNT)
    assert found is not None and found.printed == 4 and found.reprinted == 3


def test_no_label_knows_a_name(bag: World) -> None:
    client = logged_in("ROM-NUR")
    act = send(client)["Location"].partition("run=")[2]
    sheet = PdfReader(io.BytesIO(client.get(f"/label-sheet/{act}").content))
    printed = " ".join(page.extract_text() for page in sheet.pages)
    stored = str(read.entry_of_act(act).entry.given)
    for secret in ("Immaginaria", "Giulia", "FICT-1"):
        assert secret not in printed and secret not in stored
        assert secret not in client.get(PAGE, CHOSEN).content.decode()


def test_labels_are_used_destroyed_and_returned_by_scan_and_tick(bag: World) -> None:
    client = logged_in("ROM-NUR")
    send(client, copies="3")
    first, second, third = sorted(registers.labels_of(ACCOUNT)[0], key=lambda row: row.code)
    entry = read.entries_about(f"labels:{ACCOUNT}")[0].entry
    symbol = entry.given["labels"][0]["symbol"]
    where = f"/labels/account/{ACCOUNT}"
    assert client.post(where, {"fate": "use-labels", "labels": symbol, **SIGNED}).status_code == 302
    refused = client.post(where, {"fate": "destroy-labels", "label": second.code, **SIGNED})
    assert refused.status_code == 422
    assert client.post(where, {"fate": "destroy-labels", "label": second.code, "reason": "smeared", **SIGNED}
                       ).status_code == 302  # fmt: skip
    again = client.post(where, {"fate": "use-labels", "label": first.code, **SIGNED})
    assert again.status_code == 422 and "already" in text_of(again)
    assert client.post(where, {"fate": "return-labels", "label": third.code, **SIGNED}).status_code == 302
    found = registers.account(ACCOUNT)
    assert found is not None and found.settled and found.counts == {"open": 0, "used": 1, "destroyed": 1, "returned": 1}
    sums: dict[str, Any] = {}
    for line in Posting.objects.filter(item__startswith="label "):
        sums[line.account] = sums.get(line.account, 0) + line.amount
    assert sum(sums.values()) == 0 and sums[f"labels-open:{ACCOUNT}"] == 0
    assert "comes to nought" in text_of(client.get(where))


def test_a_scan_leads_from_the_label_to_its_thing(bag: World) -> None:
    client = logged_in("ROM-NUR")
    send(client, copies="1")
    made = read.entries_about(f"labels:{ACCOUNT}")[0].entry.given["labels"][0]
    for scan in (made["symbol"], made["serial"]):
        answer = client.get("/labels", {"scan": scan})
        assert answer.status_code == 302 and answer["Location"] == f"/label/label:{made['serial']}"
    shown = text_of(client.get(f"/label/label:{made['serial']}"))
    assert "ROM-C-1" in shown and "open" in shown and bag.coi in shown
    damaged = client.get("/labels", {"scan": made["symbol"][:-1] + ("1" if made["symbol"][-1] != "1" else "2")})
    assert damaged.status_code == 422 and "does not check" in text_of(damaged)
    unknown = client.get("/labels", {"scan": carrier.serial_of("ROM", 999)})
    assert unknown.status_code == 422


def test_the_symbol_at_the_chair_uses_the_label(bag: World) -> None:
    client = logged_in("ROM-NUR")
    send(client, copies="1")
    symbol = read.entries_about(f"labels:{ACCOUNT}")[0].entry.given["labels"][0]["symbol"]
    typed = {"collection": "ROM-C-1", "wristband": bag.coi, "label": symbol, **SIGNED}
    wrong = client.post("/do/label-bag", {**typed, "wristband": symbol})
    assert wrong.status_code == 422, "a bag label is no wristband"
    assert client.post("/do/label-bag", typed).status_code == 302
    found = registers.account(ACCOUNT)
    assert found is not None and found.counts["used"] == 1 and found.settled


def test_who_may_not_see_a_patient_sees_no_label_of_theirs(bag: World) -> None:
    send(logged_in("ROM-NUR"))
    other = logged_in("ROM-IT")
    assert other.get("/labels").status_code == 200
    world = bag
    world.do("BCN-QA", "grant-role", person="BCN-VEC", granted="vector-manager", at_site="BCN", from_on=str(today(-1)))
    stranger = logged_in("BCN-VEC")
    for address in (PAGE, f"/labels/account/{ACCOUNT}", f"/label-picture/{BAG}"):
        assert "not for you" in text_of(stranger.get(address)).lower() or stranger.get(address).status_code in (
            403,
            422,
        )
    assert ACCOUNT not in stranger.get("/labels").content.decode()


def test_an_arabic_reader_gets_the_same_pages(bag: World) -> None:
    client = logged_in("ROM-NUR")
    client.cookies["django_language"] = "ar"
    source = client.get(PAGE, CHOSEN).content.decode()
    assert 'dir="rtl"' in source and 'lang="it" dir="ltr"' in source


def test_lists_ask_the_database_a_fixed_number_of_questions(bag: World) -> None:
    client = logged_in("ROM-NUR")
    send(client, copies="1")
    few = questions_of(client)
    for n in range(2, 9):
        bag.do("ROM-NUR", "collect-cells", collection=f"ROM-C-{n}", journey=JOURNEY, wristband=bag.coi,
               volume={"value": "120", "unit": "mL"})  # fmt: skip
    for n in range(2, 5):
        assert client.post(f"/label/collection:ROM-C-{n}", {**CHOSEN, **SIGNED}).status_code == 302
    many = questions_of(client)
    assert few["/labels"] == many["/labels"] and few[f"/labels/account/{ACCOUNT}"] == many[f"/labels/account/{ACCOUNT}"]


def questions_of(client: Client) -> dict[str, int]:
    """How many questions each page asks the database, once what it keeps in memory is there."""
    counted = {}
    for address in ("/labels", f"/labels/account/{ACCOUNT}"):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        counted[address] = len(asked)
    return counted
