"""GS1: the element string of a serial shipping container code, and what a scanner makes of it.

GS1 General Specifications: application identifier 00, 18 digits, check digit modulo 10. "Distribution and Shipping of
Biologicals" (GS1 with ICCBBA, 2021) puts the SSCC on the shipper and leaves the ids inside to the despatch advice.
"""

from __future__ import annotations

from biip import ParseError
from biip.gs1_messages import GS1Message


def element_string(sscc: str) -> str:
    """How the code is given to the encoder and printed below it: the identifier in brackets."""
    return f"(00){sscc}"


def read_sscc(text: str) -> str:
    """The container code in a scanned text, its check digit verified; empty when there is none."""
    try:
        message = GS1Message.parse_hri(text) if text.startswith("(") else GS1Message.parse(text)
    except ParseError:
        return ""
    found = message.element_strings.get(ai="00")
    return found.sscc.value if found is not None and found.sscc is not None else ""
