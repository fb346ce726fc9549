"""Carrier: what the symbol on a label says, written and read back; no actions.

The house's own scheme, version 1, for every site that has not loaded licensed tables of another one::

    M1/P/ROM-L000123-K/ROM-B-001-F2/MLNROM7K3F9TQW2HXMC/8
    |  | |             |            |                   check character over all before it
    |  | |             |            chain of identity without dashes, or nothing
    |  | |             code of the thing the label is for
    |  | number of this one label, with its own check character
    |  kind of label
    scheme and version

Check characters are ISO/IEC 7064 MOD 37-2, as in ISBT 128 donation numbers. The whole fits into a field that takes
a scanned code. A label names nobody: only codes stand on it (Regulation (EU) 2016/679, Art. 5(1)(c)).
"""

from __future__ import annotations

from dataclasses import dataclass

from milenari.rules.action import Refused, refuse_if
from milenari.rules.chain import ALPHABET, check_character, same_patient
from milenari.words import CODE

SCHEME = "M1"
KINDS = {
    "collection-bag": "C",
    "vector-container": "V",
    "product-bag": "P",
    "sample-tube": "S",
    "shipper": "T",
}
_OF_LETTER = {letter: kind for kind, letter in KINDS.items()}
LONGEST = 60  # what a field for a scanned code takes


@dataclass(frozen=True)
class Carrier:
    """What a symbol of the house's own scheme says; ``coi`` is empty where no patient is concerned."""

    kind: str
    serial: str
    code: str
    coi: str


def check_of(text: str) -> str:
    """The MOD 37-2 check character over the letters and digits of a text; case and separators do not count."""
    return check_character("".join(sign for sign in text.upper() if sign in ALPHABET[:36]))


def serial_of(site: str, number: int) -> str:
    """The number of one label, ``ROM-L000123-K``: the site, a running number, a check character."""
    body = f"{site}-L{number:06d}"
    return f"{body}-{check_of(body)}"


def write(said: Carrier) -> str:
    """The text of a symbol; refused when it is longer than a scanned field takes (60 characters)."""
    coi = said.coi.replace("-", "")
    body = "/".join((SCHEME, KINDS[said.kind], said.serial, said.code, coi))
    text = f"{body}/{check_of(body)}"
    refuse_if(len(text) > LONGEST, "label-code-too-long", code=said.code, found=len(text), longest=LONGEST)
    return text


def read(text: str) -> Carrier | None:
    """What a scanned text says; nothing if it is not of this scheme, refused if it is and is damaged."""
    text = text.strip()
    if not text.startswith(f"{SCHEME}/"):
        return None
    parts = text.split("/")
    # The code in the middle may itself hold slashes; everything around it has a fixed place.
    if len(parts) < 6 or parts[1] not in _OF_LETTER or not CODE.match("/".join(parts[3:-2])):
        raise Refused("label-unreadable", scanned=text[:80])
    kind, serial, code, coi, check = parts[1], parts[2], "/".join(parts[3:-2]), parts[-2], parts[-1]
    refuse_if(check_of(text[: text.rindex("/")]) != check, "label-check-wrong", scanned=text)
    refuse_if(len(serial) < 10 or check_of(serial[:-1]) != serial[-1], "label-check-wrong", scanned=text)
    return Carrier(_OF_LETTER[kind], serial, code, _dashed(coi, text))


def _dashed(coi: str, text: str) -> str:
    if not coi:
        return ""
    refuse_if(not coi.startswith("MLN") or len(coi) < 17, "label-unreadable", scanned=text[:80])
    site, body, check = coi[3:-13], coi[-13:-1], coi[-1]
    return f"MLN-{site}-{body[:4]}-{body[4:8]}-{body[8:]}-{check}"


def require_label(scanned: str, coi: str, code: str, *kinds: str) -> Carrier | None:
    """Refuse the scan of a label that is another patient's, another thing's, or of another kind.

    A label without our symbol carries the chain of identity alone; then only that is compared.
    """
    said = read(scanned)
    same_patient(coi, said.coi if said else scanned, "bag label")
    if said is not None:
        other = said.code != code or said.kind not in kinds
        refuse_if(other, "label-of-another", scanned=said.code, expected=code, label=said.serial)
    return said


def thing_scanned(scanned: str) -> str:
    """The code of the thing whose label was scanned; a bare code stands for itself."""
    said = read(scanned)
    return said.code if said else scanned
