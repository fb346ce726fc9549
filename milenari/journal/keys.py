"""Keys: each site's log, vault, witness, root and box key, kept as files outside the database.

Whoever owns the database therefore cannot sign a checkpoint. A key that is replaced stays beside the new one, which
gets the next number (``ROM.log.key``, ``ROM.log.2.key``): which of them signs what, the network's charter says
(journal/exchange/succession.py), so nothing is moved when a charter comes into force. Losing the files is a named
procedure, see docs/procedures/key-loss.md.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import pyrage
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


KINDS = ("log", "root", "witness", "box")
"""What a charter says of a site's keys: who signs its log, its charters, its cosignatures, and opens its parcels."""


def make_log_key(site: str) -> NoteKey:
    """Create a site's keys; refuses to replace a log key, since that would orphan its log.

    The log key is made last: what an interrupted attempt has made before it is kept by the next one.
    """
    if files(site, "log"):
        raise FileExistsError(f"{site} has a log key already: {files(site, 'log')[0]}")
    if not (folder() / f"{site}.vault.key").exists():
        _write(folder() / f"{site}.vault.key", os.urandom(32).hex())
    for kind in ("witness", "root", "box", "log"):
        if not files(site, kind):
            _write(folder() / f"{site}.{kind}.key", _fresh(site, kind))
    return log_key(site)


def _fresh(site: str, kind: str) -> str:
    """A new secret of a kind, as its file has it."""
    if kind == "box":
        return str(pyrage.x25519.Identity.generate())
    if kind == "log":
        return NoteKey.from_seed(origin_of(site), os.urandom(32)).encode()
    name = f"{NETWORK}/{site}/{kind}"
    return NoteKey.from_seed(name, os.urandom(32), *([COSIGNATURE] if kind == "witness" else [])).encode()


def files(site: str, kind: str) -> list[Path]:
    """The files with every key of a kind that this node has for a site, the first one first."""
    first, numbered = folder() / f"{site}.{kind}.key", folder().glob(f"{site}.{kind}.*.key")
    later = sorted((int(n), path) for path in numbered if (n := path.name.split(".")[-2]).isdigit())
    return [*([first] if first.exists() else []), *(path for _, path in later)]


def make_next(site: str, kind: str) -> None:
    """Put a new key of a kind beside the ones that are there; it signs nothing before a charter names it."""
    held = files(site, kind)
    number = int(held[-1].name.split(".")[-2]) + 1 if len(held) > 1 else 2
    name = f"{site}.{kind}.{number}.key" if held else f"{site}.{kind}.key"
    _write(folder() / name, _fresh(site, kind))


def public_of(path: Path, kind: str) -> str:
    """The public half of the key in a file, as a charter names it."""
    text = _read(path, f"the {kind} key")
    if kind == "box":
        return str(pyrage.x25519.Identity.from_str(text).to_public())
    return NoteKey.parse(text).verifier.encode()


def newest(site: str, kind: str) -> str:
    """The public half of the newest key of a kind; empty when this node has none."""
    held = files(site, kind)
    return public_of(held[-1], kind) if held else ""


def log_key(site: str, public: str = "") -> NoteKey:
    """The signing key of a site's log with this public half, or its first; KeyMissing when no file holds it."""
    return _log_key(str(settings.HOME), site, public)


@lru_cache(maxsize=512)
def _log_key(home: str, site: str, public: str) -> NoteKey:
    # Read once: every act signs a checkpoint with it. ``home`` keeps two nodes in one process apart.
    return _note_key(site, "log", public)


def _note_key(site: str, kind: str, public: str) -> NoteKey:
    if not public:
        return NoteKey.parse(_read(folder() / f"{site}.{kind}.key", f"the {kind} key of {site}"))
    unreadable = None
    for path in reversed(files(site, kind)):
        try:
            key = NoteKey.parse(_read(path, f"the {kind} key of {site}"))
        except KeyMissing as fault:
            unreadable = fault
            continue
        if key.verifier.encode() == public:
            return key
    raise unreadable or KeyMissing(f"the {kind} key of {site} that the charter names is in no file here")


def witness_key(site: str, public: str = "") -> NoteKey:
    """The key by which a site says that it holds another's log; KeyMissing when its file cannot be read."""
    return _note_key(site, "witness", public)


def root_key(site: str, public: str = "") -> NoteKey:
    """The key that signs for the site in network charters. Its file belongs in a sealed envelope, not on the node."""
    return _note_key(site, "root", public)


def close_box(recipient: str, data: bytes) -> bytes:
    """Encrypt for whoever holds the box key with this public half (age, X25519); ValueError when it is none."""
    try:
        return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(recipient)]))
    except pyrage.RecipientError as fault:
        raise ValueError(f"{recipient[:80]!r} is no public box key: {fault}") from fault


def open_box(site: str, data: bytes) -> bytes:
    """Decrypt what was closed for any box key this site ever had; ValueError when none of them opens it."""
    held = [pyrage.x25519.Identity.from_str(_read(path, f"the box key of {site}")) for path in files(site, "box")]
    if not held:
        raise KeyMissing(f"the box key of {site} is in no file here")
    try:
        return bytes(pyrage.decrypt(data, held[::-1]))
    except pyrage.DecryptError as fault:
        raise ValueError(f"no box key of {site} opens it: {fault}") from fault


def node_pen(site: str, public: str = "") -> Pen:
    """The node's own pen, for founding acts only; its key is the site's log key."""
    private = Ed25519PrivateKey.from_private_bytes(log_key(site, public).seed)
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
