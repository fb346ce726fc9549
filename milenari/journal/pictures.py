"""Pictures: the codes of a shipping form in a photograph or scan of it."""

from __future__ import annotations

import io
import warnings

import zxingcpp
from PIL import Image, UnidentifiedImageError

from milenari.journal.docket import is_code
from milenari.journal.tree import ProofError

MOST_BYTES = 40_000_000
MOST_DOTS = 120_000_000
"""Larger than any telephone's photograph; more is refused before it is unpacked."""
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")


def is_picture(data: bytes) -> bool:
    """Whether these bytes begin as a PNG, JPEG, GIF, WebP, BMP or TIFF does."""
    return data.startswith(_BEGINNINGS)


def codes_in(data: bytes) -> list[str]:
    """The texts of all shipping codes in a picture; ProofError (a sentence) when there is none to be read."""
    if len(data) > MOST_BYTES:
        raise ProofError(f"The picture has more than {MOST_BYTES} bytes. Take a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as opened:
                grey = opened.convert("L") if opened.width * opened.height <= MOST_DOTS else None
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError):
        raise ProofError("This is no picture that can be opened. Take it again, as PNG or JPEG.") from None
    if grey is None:
        raise ProofError(f"The picture has more than {MOST_DOTS} dots. Take a smaller one.")
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    texts = [code.text.strip() for code in found if is_code(code.text)]
    if not texts:
        raise ProofError("No code of a shipping form was found in the picture. Take it straight, near and sharp.")
    return texts
