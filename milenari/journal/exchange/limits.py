"""Limits of one parcel, so that a small machine can check one in memory; a longer backlog travels as several.

They stand apart because a mirror knows them and nothing else of a node.
"""

from __future__ import annotations

MOST_ENTRIES = 2_000
MOST_BYTES = 16 * 2**20
MOST_WAYBILL = 2**20
MOST_FILE = MOST_BYTES + MOST_WAYBILL + 2**16
