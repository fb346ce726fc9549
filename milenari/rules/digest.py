"""Digest: the fingerprint of a document by which two sites sign the same words; no actions."""

from __future__ import annotations

from hashlib import sha256
from typing import Any


def digest_of(document: Any) -> str:
    """SHA-256 of a document, by which several sites sign the same one; keys in order, nothing else counts."""
    return sha256(_flat(document).encode()).hexdigest()


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{_flat(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_flat(item) for item in value) + "]"
    return repr(value)
