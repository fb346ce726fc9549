"""Keys: each site's log, vault, witness and root key, kept as files outside the database.

Whoever owns the database therefore cannot sign a checkpoint. Losing the files is a named procedure, see
docs/stations/journal.md.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from milenari.journal.note import COSIGNATURE, NoteKey
from milenari.journal.sign import Pen


class KeyMissing(RuntimeError):
    """A key file that this node needs is not there or cannot be read; the sentence says which."""


NETWORK = "milenari.example"


def folder() -> Path:
    """Where the key files of this node are."""
    return Path(settings.HOME) / "keys"


def origin_of(site: str, incarnation: int = 1) -> str:
    """The log's name: site and incarnation, so that a restored node cannot continue an old log unseen."""
    return f"{NETWORK}/{site}/journal/{incarnation}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text().strip()
    except OSError as fault:
        raise KeyMissing(f"{what} cannot be read from {path.name}: {fault.strerror}") from fault


def make_log_key(site: str) -> NoteKey:
    """Create a site's log key; refuses to replace one, since that would orphan its log."""
    key = NoteKey.from_seed(origin_of(site), os.urandom(32))
    _write(folder() / f"{site}.log.key", key.encode())
    _write(folder() / f"{site}.vault.key", os.urandom(32).hex())
    _write(folder() / f"{site}.witness.key", NoteKey.from_seed(f"{NETWORK}/{site}/witness", os.urandom(32),
                                                              COSIGNATURE).encode())  # fmt: skip
    _write(folder() / f"{site}.root.key", NoteKey.from_seed(f"{NETWORK}/{site}/root", os.urandom(32)).encode())
    return key


def log_key(site: str) -> NoteKey:
    """The signing key of a site's log; KeyMissing when its file cannot be read."""
    return _log_key(str(settings.HOME), site)


@lru_cache(maxsize=512)
def _log_key(home: str, site: str) -> NoteKey:
    # Read once: every act signs a checkpoint with it. ``home`` keeps two nodes in one process apart.
    return NoteKey.parse(_read(folder() / f"{site}.log.key", f"the log key of {site}"))


def witness_key(site: str) -> NoteKey:
    """The key by which a site says that it holds another's log; KeyMissing when its file cannot be read."""
    return NoteKey.parse(_read(folder() / f"{site}.witness.key", f"the witness key of {site}"))


def root_key(site: str) -> NoteKey:
    """The key that signs for the site in network charters. Its file belongs in a sealed envelope, not on the node."""
    return NoteKey.parse(_read(folder() / f"{site}.root.key", f"the root key of {site}"))


def node_pen(site: str) -> Pen:
    """The node's own pen, for founding acts only; its key is the site's log key."""
    private = Ed25519PrivateKey.from_private_bytes(log_key(site).seed)
    return Pen(person=f"node-{site}", private=private, components=("log-key",))


def seal(site: str, data: bytes, context: str) -> bytes:
    """Encrypt a small secret of this node (a patient's key, a second factor) under its vault key."""
    nonce = os.urandom(12)
    return nonce + _vault(site).encrypt(nonce, data, context.encode())


def unseal(site: str, sealed: bytes, context: str) -> bytes:
    """Decrypt what ``seal`` made; cryptography.InvalidTag when it was altered or moved."""
    return _vault(site).decrypt(bytes(sealed[:12]), bytes(sealed[12:]), context.encode())


def _vault(site: str) -> AESGCM:
    return AESGCM(bytes.fromhex(_read(folder() / f"{site}.vault.key", f"the vault key of {site}")))
