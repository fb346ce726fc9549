"""Signed notes, checkpoints and cosignatures in the C2SP text formats, with Ed25519.

A *note* is text with signature lines under it (c2sp.org/signed-note). A *checkpoint* is a note
whose text is a log's origin, size and root (c2sp.org/tlog-checkpoint). A *cosignature* is another
party's statement, with a time, that it saw that checkpoint (c2sp.org/tlog-cosignature).

A verifier ignores signatures of keys it does not know: that is how keys rotate and mirrors
cosign without a change of format. Post-quantum types (0x06) are therefore carried, not checked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from milenari.journal.tree import EMPTY_ROOT, HASH_BYTES

ED25519 = 0x01
"""Signature type of a note signed by its author."""
COSIGNATURE = 0x04
"""Signature type of a timestamped Ed25519 cosignature."""
_KINDS = (ED25519, COSIGNATURE)

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
"""Bounds on what a stranger can make us read; C2SP asks for at least 16 signatures."""

_DASH = "\N{EM DASH} "
_LIMIT = 2**63
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)\Z", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """A note, key, checkpoint or cosignature that is malformed or not verified; a sentence."""


def unbase64(text: str, what: str) -> bytes:
    """Bytes of standard padded base64 (RFC 4648 section 4); any other spelling is a NoteError."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NoteError(f"The {what} is not base64.") from None
    if base64.b64encode(data).decode() != text:
        raise NoteError(f"The {what} is not spelled as standard base64.")
    return data


def decimal(text: str, what: str) -> int:
    """An ASCII decimal below 2**63 without sign or leading zeros; otherwise a NoteError."""
    # The length is checked before int(), which refuses long digit strings with its own error.
    if not _NUMBER.match(text) or len(text) > 19 or int(text) >= _LIMIT:
        raise NoteError(f"The {what} {text[:30]!r} is not a decimal number below 2**63.")
    return int(text)


def _check_name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise NoteError(f"The key name {name!r} is empty or has a space, control or plus sign.")
    _check_text(name, "key name")
    return name


def _check_text(text: str, what: str) -> None:
    if _CONTROL.search(text):
        raise NoteError(f"The {what} has a control character other than newline.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoteError(f"The {what} has a lone surrogate, which UTF-8 cannot hold.") from None


def _check_kind(kind: int) -> None:
    if kind not in _KINDS:
        raise NoteError(f"Signature type {kind:#04x} is not Ed25519 (0x01) or cosignature (0x04).")


def _split_key(text: str, what: str) -> tuple[str, str, int, bytes]:
    """Name, key ID (hex), type and 32 key bytes of ``name+id+base64``."""
    name, plus, rest = text.partition("+")
    key_id, plus_too, encoded = rest.partition("+")
    if not plus or not plus_too or not re.fullmatch(r"[0-9a-f]{8}", key_id, re.ASCII):
        raise NoteError(f"The {what} key is not of the form name+8 hex digits+base64.")
    data = unbase64(encoded, f"{what} key")
    if len(data) != 33:
        raise NoteError(f"The {what} key has {len(data)} bytes; a type byte and 32 are expected.")
    return name, key_id, data[0], data[1:]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name: 32 bytes of Ed25519 and the signature type it is used for."""

    name: str
    public_key: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_kind(self.kind)
        if len(self.public_key) != 32:
            raise NoteError(f"An Ed25519 public key has 32 bytes, not {len(self.public_key)}.")

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name, newline, type, public key)."""
        seed = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return hashlib.sha256(seed).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read the ``name+id+base64`` text ("vkey"); NoteError if malformed or the ID is wrong."""
        name, key_id, kind, public = _split_key(text, "verifier")
        key = cls(name, public, kind)
        if key.key_id.hex() != key_id:
            raise NoteError(f"The verifier key of {name} says ID {key_id}, not {key.key_id.hex()}.")
        return key

    @classmethod
    def of(cls, key: VerifierKey | str) -> VerifierKey:
        """The key itself, or the one its text encodes."""
        return key if isinstance(key, VerifierKey) else cls.parse(key)

    def encode(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def accepts(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (64 bytes, RFC 8032) is this key's over ``message``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A signer: name, 32-byte Ed25519 seed (RFC 8032) and signature type. Never shown by repr."""

    name: str
    seed: bytes = field(repr=False)
    kind: int = ED25519
    verifier: VerifierKey = field(init=False, repr=False, compare=False)
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.seed) != 32:
            raise NoteError(f"An Ed25519 seed has 32 bytes, not {len(self.seed)}.")
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        public = VerifierKey(self.name, private.public_key().public_bytes_raw(), self.kind)
        object.__setattr__(self, "_private", private)
        object.__setattr__(self, "verifier", public)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, kind: int = ED25519) -> NoteKey:
        """The signer of a 32-byte seed; the seed is the secret."""
        return cls(name, seed, kind)

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """Read the ``PRIVATE+KEY+name+id+base64`` text; NoteError, never quoting the secret."""
        prefix = "PRIVATE+KEY+"
        if not text.startswith(prefix):
            raise NoteError("A private key's text starts with PRIVATE+KEY+.")
        name, key_id, kind, seed = _split_key(text.removeprefix(prefix), "private")
        key = cls(name, seed, kind)
        if key.verifier.key_id.hex() != key_id:
            raise NoteError(f"The private key of {name} carries the wrong key ID.")
        return key

    def encode(self) -> str:
        """The text form, which holds the secret."""
        material = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{material}"

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over ``message``."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: key name, 4-byte key ID, and the bytes after it."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line without its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise NoteError("A signature line is not: em dash, key name, base64.")
        data = unbase64(encoded, "signature")
        if len(data) < 5:
            raise NoteError("A signature line holds no signature.")
        return cls(_check_name(name), data[:4], data[4:])

    def is_by(self, key: VerifierKey) -> bool:
        """Whether this line claims to be by ``key`` (same name and key ID)."""
        return self.name == key.name and self.key_id == key.key_id


def split_note(note: str | bytes) -> tuple[str, list[Signature]]:
    """Text (with its final newline) and signature lines, nothing verified; strict in form."""
    if isinstance(note, bytes):
        try:
            note = note.decode()
        except UnicodeDecodeError:
            raise NoteError("The note is not UTF-8.") from None
    _check_text(note, "note")
    if len(note.encode()) > MAX_NOTE_BYTES:
        raise NoteError(f"The note is longer than {MAX_NOTE_BYTES} bytes.")
    blank = note.rfind("\n\n")
    if blank < 0 or not note.endswith("\n"):
        raise NoteError("The note has no blank line before its signatures, or is cut short.")
    lines = note[blank + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"The note has more than {MAX_SIGNATURES} signatures.")
    return note[: blank + 1], [Signature.parse(line) for line in lines]


def sign_note(text: str, *keys: NoteKey) -> str:
    """The note of ``text`` (ending in newline) signed by each key, in order. Deterministic."""
    if not text.endswith("\n"):
        raise NoteError("The text of a note must end in a newline.")
    if not keys:
        raise NoteError("A note needs at least one key to sign it.")
    _check_text(text, "text")
    lines = []
    for key in keys:
        if key.kind != ED25519:
            raise NoteError(f"The key of {key.name} cosigns checkpoints; it does not sign notes.")
        lines.append(Signature(key.name, key.verifier.key_id, key.sign(text.encode())).line())
    return _join(text, lines)


def add_signatures(note: str, *lines: str) -> str:
    """The note with more signature lines (such as cosignatures); ones it has are not repeated."""
    text, signatures = split_note(note)
    kept = [signature.line() for signature in signatures]
    kept += [Signature.parse(line.removesuffix("\n")).line() for line in lines]
    return _join(text, list(dict.fromkeys(kept)))


def open_note(note: str | bytes, *verifier_keys: VerifierKey) -> tuple[str, list[str]]:
    """The note's text and the names of the given keys that signed it, in the note's order.

    Signatures of other keys are ignored. Raises NoteError when a given key's signature is bad,
    when none of them signed, or when the note is malformed: never use the text then.
    """
    for key in verifier_keys:
        if key.kind != ED25519:
            raise NoteError(f"The key of {key.name} cosigns; read it with verify_cosignatures.")
    text, signatures = split_note(note)
    names: list[str] = []
    for signature in signatures:
        for key in verifier_keys:
            if signature.is_by(key):
                if not key.accepts(text.encode(), signature.value):
                    raise NoteError(f"The signature of {key.name} on the note is wrong.")
                names.append(key.name)
    if not names:
        wanted = ", ".join(key.name for key in verifier_keys) or "no key was given"
        raise NoteError(f"The note is not signed by a known key ({wanted}).")
    return text, list(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: unique origin, number of entries, 32-byte root. c2sp.org/tlog-checkpoint.

    ``extensions`` are a foreign log's further lines, kept so that the body stays what was signed.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise NoteError("A checkpoint's origin or extension line is empty or is not one.")
            _check_text(line, "checkpoint")
        if not 0 <= self.size < _LIMIT:
            raise NoteError(f"The checkpoint size {self.size} is not between 0 and 2**63 - 1.")
        if len(self.root) != HASH_BYTES:
            raise NoteError(f"The checkpoint root has {len(self.root)} bytes; it must have 32.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise NoteError("The checkpoint is of size 0 yet its root is not the empty tree's.")

    def body(self) -> str:
        """The note text: origin, size, root in base64, extension lines; each with a newline."""
        root = base64.b64encode(self.root).decode()
        return "\n".join((self.origin, str(self.size), root, *self.extensions)) + "\n"

    @classmethod
    def parse(cls, body: str) -> Checkpoint:
        """Read a body strictly: ``Checkpoint.parse(body).body() == body``, or NoteError."""
        lines = body.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise NoteError("A checkpoint has three lines, each ending in a newline.")
        origin, size, root, *extensions = lines[:-1]
        root_bytes = unbase64(root, "checkpoint root")
        return cls(origin, decimal(size, "checkpoint size"), root_bytes, tuple(extensions))


def open_checkpoint(note: str | bytes, key: VerifierKey | str, origin: str | None = None) -> Checkpoint:
    """The checkpoint signed by the log's ``key``; NoteError if it is not, or of another log.

    ``origin`` is the log's origin line; when not given, the key's name (as C2SP recommends).
    """
    key = VerifierKey.of(key)
    checkpoint = Checkpoint.parse(open_note(note, key)[0])
    expected = key.name if origin is None else origin
    if checkpoint.origin != expected:
        raise NoteError(f"The checkpoint is of log {checkpoint.origin}, not of {expected}.")
    return checkpoint


def cosign(body: str, key: NoteKey, at: int) -> str:
    """The signature line (no newline) by which ``key`` states it saw this checkpoint body.

    ``at`` is POSIX seconds. The caller has checked consistency with what it saw before: that is
    the statement. Source: c2sp.org/tlog-cosignature, Ed25519.
    """
    if key.kind != COSIGNATURE:
        raise NoteError(f"The key of {key.name} is not a cosigning key (type 0x04).")
    value = at.to_bytes(8, "big") if 0 <= at < _LIMIT else b""
    if not value:
        raise NoteError(f"The cosignature time {at} is not POSIX seconds.")
    signature = key.sign(_cosigned(body, at))
    return Signature(key.name, key.verifier.key_id, value + signature).line()


def verify_cosignature(body: str, line: str, key: VerifierKey) -> int:
    """The POSIX seconds at which ``key`` cosigned this checkpoint body; NoteError if it did not."""
    return _cosigned_at(body, Signature.parse(line.removesuffix("\n")), key)


def verify_cosignatures(note: str | bytes, *verifier_keys: VerifierKey) -> dict[str, int]:
    """Name of each given key that cosigned the checkpoint note -> POSIX seconds (the latest).

    Other lines are ignored; a given key's bad cosignature raises NoteError. May be empty.
    """
    body, signatures = split_note(note)
    times: dict[str, int] = {}
    for signature in signatures:
        for key in verifier_keys:
            if signature.is_by(key):
                at = _cosigned_at(body, signature, key)
                times[key.name] = max(at, times.get(key.name, at))
    return times


def _cosigned_at(body: str, signature: Signature, key: VerifierKey) -> int:
    if key.kind != COSIGNATURE or not signature.is_by(key):
        raise NoteError(f"The line by {signature.name} is not a cosignature of {key.name}.")
    at = int.from_bytes(signature.value[:8], "big")
    good = len(signature.value) == 72 and at < _LIMIT
    if not good or not key.accepts(_cosigned(body, at), signature.value[8:]):
        raise NoteError(f"The cosignature of {key.name} is wrong for this checkpoint.")
    return at


def _cosigned(body: str, at: int) -> bytes:
    Checkpoint.parse(body)  # a cosignature speaks of checkpoints only
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def _join(text: str, lines: list[str]) -> str:
    note = text + "\n" + "".join(line + "\n" for line in lines)
    if len(lines) > MAX_SIGNATURES or len(note.encode()) > MAX_NOTE_BYTES:
        raise NoteError("The note would be longer than verifiers accept.")
    return note
