"""The page from the memory stick: opened as a file, with the network's keys inside, it accepts what is true only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fido2.cose import ES256, ES384, RS256, EdDSA
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from milenari.journal import docket as dockets
from milenari.journal import shipment as reading
from milenari.journal import sign
from milenari.journal.exchange.members import follow
from milenari.journal.note import NoteKey
from milenari.journal.tree import ProofError
from milenari.web import verifier
from tests.journal import shipped
from tests.journal.authenticator import FLAG, Authenticator

LANGUAGES = {"en": ("Proven", "NOT PROVEN", "ltr"), "ar": ("مُثبَت", "غير مُثبَت", "rtl")}


@pytest.fixture(params=LANGUAGES)
def opened(page: Page, tmp_path: Path, request: Any) -> Iterator[tuple[Page, str]]:
    """The page as a file, in a browser that reaches nothing."""
    page.context.set_offline(True)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    path = tmp_path / "verifier.html"
    path.write_text(verifier.page(shipped.founded()[0]), encoding="utf-8")
    page.goto(f"{path.as_uri()}#{request.param}")
    yield page, request.param
    assert not faults


def scanned(page: Page, text: str, charters: str = "") -> Any:
    if charters:
        page.locator("summary").click()
        page.locator("#charter").fill(charters)
    page.locator("#proof").fill(text)
    page.locator("#check").click()
    return page.locator("#answer")


def refused(opened: tuple[Page, str], code: str, text: str, charters: str = "") -> str:
    page, language = opened
    answer = scanned(page, text, charters)
    expect(answer).to_have_attribute("data-state", code)
    expect(answer.locator(".verdict.bad")).to_contain_text(LANGUAGES[language][1])
    sentence = reading_texts()[language]["no"][code]
    assert sentence.partition("{")[0].strip() in answer.inner_text() and "{" not in answer.inner_text()
    return str(answer.inner_text())


def test_a_good_proof_is_accepted_and_says_what_it_proves(opened: tuple[Page, str]) -> None:
    page, language = opened
    assert page.locator("html").get_attribute("dir") == LANGUAGES[language][2]
    answer = scanned(page, shipped.shipment())
    expect(answer).to_have_attribute("data-state", "proven")
    expect(answer.locator(".verdict.good")).to_contain_text(LANGUAGES[language][0])
    told = answer.inner_text()
    for part in (shipped.WHAT, "BCN (ES)", "ROM (IT)", "BCN/12 / 20", "SH-12", shipped.LOT, "Marc Vector",
                 "سليم Qualitat",
                 "Núria Qualificada", "AMM", "BEY", "2026-11-23 07:12 UTC"):  # fmt: skip
        assert part in told, part
    assert answer.locator(".warn").count() == 0 and answer.locator(".verdict.bad").count() == 0


def test_a_changed_entry_is_refused(opened: tuple[Page, str]) -> None:
    assert "BCN" in refused(opened, "signature", shipped.flipped())


def test_a_wrong_key_is_refused(opened: tuple[Page, str]) -> None:
    forged = NoteKey.from_seed(shipped.key("BCN", "journal/1").name, bytes(32))
    assert "BCN" in refused(opened, "wrong-key", shipped.shipment(log=forged))


def test_a_log_of_nobody_in_the_network_is_refused(opened: tuple[Page, str]) -> None:
    assert "PAR" in refused(opened, "stranger", shipped.shipment(log=shipped.key("PAR", "journal/1")))


def test_a_cut_proof_is_refused(opened: tuple[Page, str]) -> None:
    good = shipped.shipment().split("\n")
    refused(opened, "unreadable", good[0][:-30])
    refused(opened, "mark", good[0][:-31] + ":")


def test_a_key_taken_back_is_refused_by_place(opened: tuple[Page, str]) -> None:
    assert "BCN" in refused(opened, "revoked", shipped.shipment(), shipped.rotated(15))
    page, _ = opened
    page.locator("#charter").fill(shipped.rotated(20))
    expect(page.locator("#answer")).to_have_attribute("data-state", "proven")


def test_charters_without_enough_signatures_are_no_keys(opened: tuple[Page, str]) -> None:
    few = "".join(line + "\n" for line in shipped.founded()[0].splitlines()[:-1])
    refused(opened, "charter-signature", shipped.shipment(), few)


def test_parts_are_waited_for_and_a_foreign_one_is_named(opened: tuple[Page, str]) -> None:
    page, _ = opened
    made = dockets.codes(shipped.docket([11, 12]).docket, 300)
    answer = scanned(page, "\n".join(made[:-1]))
    expect(answer).to_have_attribute("data-state", "missing")
    expect(answer.locator(".verdict.warn")).to_contain_text(f"{len(made)}/{len(made)}")
    page.locator("#proof").fill("\r\n".join(made))
    expect(answer).to_have_attribute("data-state", "proven")
    refused(opened, "other-shipment", "\n".join([*made, *shipped.docket([3]).codes]))
    refused(opened, "one-shipment", "\n".join(shipped.docket([5]).codes))


def test_what_is_not_cosigned_or_not_released_says_so(opened: tuple[Page, str]) -> None:
    page, language = opened
    answer = scanned(page, "\n".join(shipped.docket([11, 12], cosigners=()).codes))
    expect(answer).to_have_attribute("data-state", "proven")
    texts = reading_texts()[language]["page"]
    assert texts["not-cosigned"] in answer.inner_text() and texts["no-release"] in answer.inner_text()


def reading_texts() -> Any:
    return verifier.texts()


@pytest.mark.parametrize("kind", [ES256, EdDSA, RS256, ES384], ids=lambda kind: str(kind.__name__))
def test_a_passkeys_signature_is_checked(opened: tuple[Page, str], kind: Any) -> None:
    """What the page reads as the program does; a kind of key that it does not know it names as not checked."""
    page, language = opened
    made = shipped.by_passkey(Authenticator("node.bcn.example", "https://node.bcn.example", kind))
    assert reading.check(made, follow(shipped.founded()[0])).entries
    answer = scanned(page, "\n".join(dockets.codes(made)))
    expect(answer).to_have_attribute("data-state", "proven")
    texts = reading_texts()[language]["page"]
    expect(answer.locator("td small")).to_have_text(texts["by-passkey-unread" if kind is ES384 else "by-passkey"])


@pytest.mark.parametrize("how", ["another entry", "holder not verified", "another relying party", "another key", "bit"])
def test_a_wrong_signature_by_passkey_is_refused(opened: tuple[Page, str], how: str) -> None:
    device, other = Authenticator("node.bcn.example"), Authenticator("node.bcn.example")
    made = {
        "another entry": lambda: shipped.by_passkey(device, of={**shipped.witness(), "reason": "of another"}),
        "holder not verified": lambda: shipped.by_passkey(device, flags=FLAG.UP),
        "another relying party": lambda: shipped.by_passkey(device, key=device.key.replace("bcn", "rom")),
        "another key": lambda: shipped.by_passkey(device, key=other.key),
        "bit": lambda: shipped.by_passkey(device, sig=flipped(device)),
    }[how]()
    with pytest.raises(ProofError, match="not signed as it should be"):
        reading.check(made, follow(shipped.founded()[0]))
    assert "سليم" in refused(opened, "person", "\n".join(dockets.codes(made)))


def flipped(device: Authenticator) -> str:
    """A signature of that device over the entry, its last bit turned."""
    entry = json.loads(shipped.by_passkey(device).entries[1].body)
    value = bytearray(sign.unb64(entry["signature"]["sig"]))
    value[-1] ^= 1
    return sign.b64(bytes(value))


@pytest.mark.parametrize("language", verifier.LANGUAGES)
def test_the_page_speaks_the_browsers_language_and_any_other_on_request(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "verifier.html"
    path.write_text(verifier.page(shipped.founded()[0]), encoding="utf-8")
    context = browser.new_context(locale={"en": "en-GB", "ar": "ar-LB"}.get(language, f"{language}-XX"), offline=True)
    page, texts = context.new_page(), reading_texts()
    page.goto(path.as_uri())
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h2").nth(1)).to_have_text(texts[language]["page"]["scan"])
    other = "fr" if language == "ar" else "ar"
    scanned(page, shipped.shipment())
    page.locator("#language").select_option(other)
    expect(page.locator("#answer .verdict")).to_contain_text(texts[other]["page"]["proven"])
    expect(page.locator("html")).to_have_attribute("dir", texts[other]["dir"])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", other)
    context.close()


DETECTOR = """
  globalThis.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect(source) {
      globalThis.looked = source.constructor.name;
      return CODES.map((rawValue) => ({ rawValue }));
    }
  };
  navigator.mediaDevices.getUserMedia = async () => {
    if (REFUSED) throw new DOMException("no", "NotAllowedError");
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").fillRect(0, 0, 9, 9);
    return (globalThis.stream = canvas.captureStream(5));
  };
"""


@pytest.mark.parametrize("how", ["camera", "camera refused", "picture", "picture of nothing"])
def test_where_the_browser_reads_codes_a_camera_or_a_picture_is_enough(opened: tuple[Page, str], how: str) -> None:
    """Chromium has the detector on some systems only, so one of the same interface stands in for it here."""
    page, language = opened
    codes = [] if how == "picture of nothing" else ["https://example.org/other", *shipped.shipment().split("\n")]
    page.add_init_script(DETECTOR.replace("CODES", json.dumps(codes)).replace("REFUSED", str("refused" in how).lower()))
    page.reload()
    answer, texts = page.locator("#answer"), reading_texts()[language]["page"]
    expect(page.locator("#cannot")).to_be_hidden()
    if how.startswith("camera"):
        page.locator("#camera").click()
    else:
        picture = Image.new("RGB", (8, 8), "white")
        picture.save(held := BytesIO(), "PNG")
        page.locator("#picture").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": held.getvalue()})
    if how in ("camera", "picture"):
        expect(answer).to_have_attribute("data-state", "proven")
        assert page.evaluate("looked") == {"camera": "HTMLVideoElement", "picture": "ImageBitmap"}[how]
        if how == "camera":
            expect(page.locator("#video")).to_be_hidden()
            assert page.evaluate("stream.getTracks().every((t) => t.readyState === 'ended')")
    else:
        wanted = "camera-refused" if how == "camera refused" else "picture-nothing"
        expect(page.locator("#picture-told")).to_have_text(texts[wanted])
        assert not answer.inner_text()


def test_codes_are_taken_from_a_text_file(opened: tuple[Page, str]) -> None:
    page, _ = opened
    text = shipped.shipment().replace("\n", "\r\n").encode()
    page.locator("#codes-file").set_input_files({"name": "codes.txt", "mimeType": "text/plain", "buffer": text})
    expect(page.locator("#answer")).to_have_attribute("data-state", "proven")


def test_a_browser_without_a_detector_says_in_a_sentence_what_to_do(opened: tuple[Page, str]) -> None:
    page, language = opened
    able = page.evaluate("'BarcodeDetector' in window")
    expect(page.locator("#cannot" if not able else "#pictures")).to_be_visible()
    if not able:
        expect(page.locator("#cannot")).to_have_text(reading_texts()[language]["page"]["no-camera"])


def test_without_keys_nothing_is_proven(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "bare.html"
    path.write_text(verifier.page(), encoding="utf-8")
    page.goto(f"{path.as_uri()}#en")
    refused((page, "en"), "no-charter", shipped.shipment())
    page.locator("#charter-file").set_input_files(
        {"name": "all.charters", "mimeType": "text/plain", "buffer": shipped.founded()[0].encode()}
    )
    expect(page.locator("#answer")).to_have_attribute("data-state", "proven")


def test_the_page_may_load_nothing_and_its_texts_are_whole() -> None:
    text = verifier.page(shipped.founded()[0])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy and "default-src 'none'" in policy[1] and "connect-src 'none'" in policy[1]
    assert "unsafe" not in policy[1] and not re.search(r'(?:src|href)="(?!#)', text)
    texts = reading_texts()
    for held in texts.values():
        for part in ("page", "no", "actions", "stages", "roles", "meanings"):
            assert held[part].keys() == texts["en"][part].keys()
            assert all(held[part].values())
    assert set(texts) == set(verifier.LANGUAGES)
    used = set(re.findall(r'new No\("([a-z-]+)"', text)) | {"revoked", "wrong-key"}
    assert used <= texts["en"]["no"].keys(), used - texts["en"]["no"].keys()


def test_page_and_program_agree_bit_for_bit(page: Page, tmp_path: Path) -> None:
    """Every bit of a docket flipped: the page refuses what the program refuses, and accepts nothing else."""
    path = tmp_path / "verifier.html"
    charters = shipped.founded()[0]
    opened = verifier.page(charters).replace(policy_of(charters), "script-src 'unsafe-inline'")
    path.write_text(opened.replace("draw();\npictures();", "globalThis.verifying = verify;"))
    page.goto(path.as_uri())
    packed = dockets.pack(shipped.docket([11, 12]).docket)
    rule = follow(charters)
    for at in range(0, len(packed) * 8, 97):
        changed = bytearray(packed)
        changed[at // 8] ^= 1 << at % 8
        code = coded(bytes(changed))
        try:
            reading.check(dockets.unpack(bytes(changed)), rule)
            ours = True
        except (ProofError, ValueError):
            ours = False
        theirs = page.evaluate("([c, k]) => verifying(c, k).then(() => true, () => false)", [code, charters])
        assert theirs == ours, f"bit {at}: page {theirs}, program {ours}"


def policy_of(charters: str) -> str:
    found = re.search(r'content="(default-src[^"]+)"', verifier.page(charters))
    assert found
    return found[1]


def coded(data: bytes) -> str:
    return f"MP1:1/1:{sha256(data).hexdigest()[:8].upper()}:{dockets._base45(data)}:"


def test_the_library_is_the_published_one() -> None:
    held = (verifier.PARTS / verifier.LIBRARY).read_bytes()
    assert sha256(held).hexdigest() == "a4f631d1876b5d9e43a86cd71194ca27b5e1451edf4ba4db9a418f40a475569a"
