"""The program on a machine that knows nothing but the charters: what it accepts, prints and refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import segno
from click.testing import CliRunner, Result
from PIL import Image

from milenari.cli import main
from milenari.journal import docket as dockets
from milenari.journal import pictures
from milenari.journal.note import NoteKey
from milenari.journal.tree import ProofError
from tests.journal import shipped


@pytest.fixture
def charters(tmp_path: Path) -> str:
    path = tmp_path / "all.charters"
    path.write_text(shipped.founded()[0], encoding="utf-8")
    return str(path)


def verified(charters: str, *contents: bytes | str, **how: Any) -> Result:
    folder = Path(charters).parent
    names = []
    for n, content in enumerate(contents):
        path = folder / f"given-{n}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        names.append(str(path))
    return CliRunner().invoke(main, ["verify-proof", *names, "--charters", charters, *how.get("more", ())])


def picture(text: str, form: str = "PNG", turn: float = 0) -> bytes:
    out = io.BytesIO()
    segno.make(text, error="m", mode="alphanumeric", micro=False).save(out, kind="png", scale=4, border=6)
    made = Image.open(out).convert("L").rotate(turn, expand=True, fillcolor=255)
    saved = io.BytesIO()
    made.save(saved, form)
    return saved.getvalue()


def test_it_prints_what_was_dispatched_to_whom_and_who_signed(charters: str) -> None:
    made = verified(charters, shipped.shipment())
    assert made.exit_code == 0, made.output
    for part in ("container:LV-1-007, transfer 1, from BCN (ES) to ROM (IT)", "BCN/12", "Marc Vector", "verified",
                 "released", "cosigned by AMM", "Release of lot:LV-1: proven", "quarantine only"):  # fmt: skip
        assert part in made.output, part


def test_it_says_what_is_not_cosigned_and_not_released(charters: str) -> None:
    made = verified(charters, "\n".join(shipped.docket([11, 12], cosigners=()).codes))
    assert made.exit_code == 0
    assert "NOT COSIGNED YET" in made.output and "NOT PROVEN by these codes" in made.output


@pytest.mark.parametrize(("form", "turn"), [("PNG", 0), ("JPEG", 7), ("WEBP", -15)])
def test_it_reads_photographs(charters: str, form: str, turn: float) -> None:
    made = verified(charters, *[picture(code, form, turn) for code in shipped.shipment().split("\n")])
    assert made.exit_code == 0 and "transfer 1" in made.output, made.output


def test_it_reads_bytes_and_c2sp_texts_too(charters: str) -> None:
    docket = shipped.docket([11, 12]).docket
    made = verified(charters, dockets.pack(docket), more=("--json",))
    assert made.exit_code == 0 and json.loads(made.output)["dispatches"][0]["to_site"] == "ROM"
    one = verified(charters, docket.proofs()[0])
    assert one.exit_code == 1 and "has not left" in one.output, "the first of two signatures alone is no dispatch"
    release = verified(charters, shipped.docket([5]).docket.proofs()[0])
    assert release.exit_code == 0 and "release-lot" in release.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (shipped.flipped(), "signature"),
        (shipped.shipment(log=NoteKey.from_seed(shipped.key("BCN", "journal/1").name, bytes(32))), "known key"),
        (shipped.shipment(log=shipped.key("PAR", "journal/1")), "no member"),
        (shipped.shipment()[:-50], "not a whole code"),
        ("", "no code"),
        (b"%PDF-1.7", "Photograph"),
        (b"\x89PNG nothing", "no picture"),
        (b"\xff\xfe\x00", "decode"),
        (b"\x01", "cut short"),
    ],
)
def test_it_ends_with_a_sentence_and_one_when_anything_is_wrong(charters: str, content: Any, told: str) -> None:
    good = verified(charters, shipped.shipment())
    assert good.exit_code == 0
    made = verified(charters, content)
    assert made.exit_code == 1 and isinstance(made.exception, SystemExit), made.exception
    assert told in made.output and "Not proven: " in made.output, made.output


def test_an_earlier_key_counts_only_below_its_end(charters: str) -> None:
    Path(charters).write_text(shipped.rotated(20), encoding="utf-8")
    assert verified(charters, shipped.shipment()).exit_code == 0
    Path(charters).write_text(shipped.rotated(15), encoding="utf-8")
    made = verified(charters, shipped.shipment())
    assert made.exit_code == 1 and "was replaced" in made.output


def test_charters_that_are_not_signed_by_enough_prove_nothing(charters: str) -> None:
    text = shipped.rotated(20)
    Path(charters).write_text("".join(line + "\n" for line in text.splitlines()[:-1]), encoding="utf-8")
    made = verified(charters, shipped.shipment())
    assert made.exit_code == 1 and "charter-signatures" in made.output


def test_a_picture_without_a_code_and_one_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.new("L", (300, 300), 255).save(out, "PNG")
    with pytest.raises(ProofError, match="No code"):
        pictures.codes_in(out.getvalue())
    monkeypatch.setattr(pictures, "MOST_DOTS", 100)
    with pytest.raises(ProofError, match="more than"):
        pictures.codes_in(out.getvalue())


def test_a_proof_of_a_log_of_a_million_entries_fits_one_code() -> None:
    """At most 2,331 bytes (QR version 40, error correction M, ISO/IEC 18004), with twenty hashes a proof."""
    docket = shipped.docket([11, 12], size=1 << 16).docket
    data = dockets.pack(docket)
    grown = len(data) + 4 * 32  # four more levels to a million; both proofs share all but the lowest
    assert len({node for one in docket.entries for node in one.hashes}) <= 19 and grown <= 2331
    assert len(dockets.codes(docket)) == 1
