"""Forging: hostile parcels by somebody with keys: a member whose log key signs waybills, or a thief who signs its log.

Rome is the insider, Barcelona the receiver. Every waybill here carries a good signature of a member, so these parcels
reach the checks behind the first one.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pyrage

from milenari.journal import keys
from milenari.journal.canonical import CanonicalError, canonical
from milenari.journal.exchange import parcel
from milenari.journal.exchange.parcel import Held, Waybill, waybill_of
from milenari.journal.note import Checkpoint, sign_note
from milenari.journal.tiles import encode_bundle
from milenari.journal.tree import Frontier, leaf_hash
from tests.drills.acts import do
from tests.drills.stranger import IDENTITIES, Parcels, closed, plain
from tests.exchange.network import Network

JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**53 - 1, "", "x", "\0", "٣", "2026-99-99", "1e999999", "NaN", "Infinity", "-0", "ROM", [], {},
    [[]], [None], ["world"], {"value": "1e99999", "unit": "mL"}, {"value": "NaN", "unit": "mL"}, {"a": {}}, "a" * 5_000,
    "person:rom-qa", ["a", "b", "c", "d", "e"], [["person:x", 1]], [["person:x", "1"]], [["x", 2**52]],
    "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "Europe/../../etc/passwd", "/etc/localtime", "ed25519:",
)  # fmt: skip


class Forger:
    """Keeps real parcels and makes hostile ones of them."""

    def __init__(self, nodes: Network, chance: random.Random) -> None:
        self.chance, rom, bcn = chance, nodes["ROM"], nodes["BCN"]
        _material(rom, 1)
        self.parcels = Parcels()
        for site, node in nodes.items():
            with node:
                text = keys.files(site, "box")[-1].read_text()
            IDENTITIES.append(pyrage.x25519.Identity.from_str(text.strip()))
        with bcn:
            self.ours = _checkpoint(bcn, "BCN")
        for number in range(2, 6):
            _material(rom, number)
            self.parcels.old += rom.send(bcn)
            bcn.receive(self.parcels.old[-1:])
        self.stale = waybill_of(self.parcels.old[0]).held
        bcn.receive(nodes["AMM"].send(bcn))
        rom.receive(bcn.send(rom))
        # Everything Rome ever wrote, as it could be sent again; what Rome says it holds is known from here on.
        self.parcels.old += rom.send(bcn, since=0)
        bcn.receive(self.parcels.old[-1:])
        self.size = rom.root("ROM")[0]
        for number in range(6, 14):
            _material(rom, number)
        self.honest = rom.send(bcn, since=self.size)[0]
        self.parcels.fresh = [self.honest, *rom.send(bcn, since=self.size - 3), *rom.send(bcn, since=self.size + 2)]
        self.parcels.others = [*rom.send(nodes["AMM"]), *nodes["BEY"].send(rom), *nodes["AMM"].send(nodes["BEY"])]
        with rom:
            self.key, self.witness = keys.log_key("ROM"), keys.witness_key("ROM")
            self.whole = _bodies(rom.send(bcn, since=0))
        with nodes["AMM"]:
            self.other_key = keys.log_key("AMM")
        self.true = waybill_of(self.honest)
        self.bodies = _bodies([self.honest])
        self.others_bills = [waybill_of(one) for one in self.parcels.others]
        self.frontier = Frontier.of(leaf_hash(body) for body in self.whole[: self.size])
        self._kinds: dict[str, Callable[[], bytes]] = {
            name.removeprefix("_k_"): getattr(self, name) for name in dir(self) if name.startswith("_k_")
        }

    def kinds(self) -> list[str]:
        return sorted(self._kinds)

    def make(self, kind: str) -> bytes:
        return self._kinds[kind]()

    def sealed(self, bodies: list[bytes], *, data: bytes | None = None, **told: Any) -> bytes:
        """A parcel whose waybill is signed by Rome, whatever it says."""
        raw = encode_bundle(bodies) if data is None else data
        made = {"size": len(raw), "digest": sha256(raw).hexdigest(), **told}
        return self.signed(replace(self.true, **made), raw)

    def signed(self, bill: Waybill, raw: bytes) -> bytes:
        return closed(sign_note(bill.body(), self.key).encode(), zlib.compress(raw, 1))

    # -- what the waybill says -------------------------------------------------------------------------

    def _k_range_shifted(self) -> bytes:
        by = self.chance.choice((-5, -1, 1, 2, 1_000))
        return self.sealed(self.bodies, start=self.true.start + by, end=self.true.end + by)

    def _k_range_lies(self) -> bytes:
        end = self.true.end + self.chance.choice((-3, -1, 1, 7))
        return self.sealed(self.bodies, end=end)

    def _k_checkpoint_of_before(self) -> bytes:
        return self.sealed(self.bodies, checkpoint=waybill_of(self.chance.choice(self.parcels.old)).checkpoint)

    def _k_checkpoint_of_another_log(self) -> bytes:
        return self.sealed(self.bodies, checkpoint=self.chance.choice([self.others_bills[1].checkpoint, self.ours]))

    def _k_checkpoint_by_another_key(self) -> bytes:
        body = Checkpoint.parse(self.true.checkpoint.split("\n\n")[0] + "\n").body()
        return self.sealed(self.bodies, checkpoint=sign_note(body, self.other_key))

    def _k_checkpoint_is_junk(self) -> bytes:
        return self.sealed(self.bodies, checkpoint=self.chance.choice(("", "x", "\n\n", self.true.checkpoint[:-9])))

    def _k_digest_lies(self) -> bytes:
        told = {"digest": "0" * 64} if self.chance.random() < 0.5 else {"size": self.chance.randrange(2**20)}
        return self.sealed(self.bodies, **told)

    def _k_for_another_log(self) -> bytes:
        return self.sealed(self.bodies, log=self.chance.choice(("AMM", "BEY", "XXX")))

    def _k_our_own_log(self) -> bytes:
        """Says that we have lost entries of ours, with a state that we never signed."""
        end = self.chance.choice((1, 10**4, 2**52))
        note = self.chance.choice((self.true.checkpoint, self.ours))
        return self.sealed(self.bodies, log="BCN", start=max(0, end - len(self.bodies)), end=end, checkpoint=note)

    def _k_basis(self) -> bytes:
        classes = {name: dict(one) for name, one in self.true.classes.items()}
        one = classes[self.chance.choice(sorted(classes))]
        one |= self.chance.choice(({"to_on": "2020-01-01"}, {"country": "IT"}, {"basis": " "}))
        return self.sealed(self.bodies, classes=classes)

    def _k_waybill_of_wrong_types(self) -> bytes:
        """Signed JSON of the right names and the wrong values."""
        data = json.loads(self.true.body().removeprefix(parcel.HEADING))
        name = self.chance.choice(sorted(data))
        data[name] = self.chance.choice(JUNK)
        if name == "classes" and self.chance.random() < 0.7:
            data[name] = {"operations": self.chance.choice(JUNK)}
        if name == "held" and self.chance.random() < 0.7:
            data[name] = [[self.chance.choice(JUNK), self.chance.choice(JUNK)]]
        text = parcel.HEADING + canonical(data).decode() + "\n"
        if text == self.true.body():
            text = parcel.HEADING + "[]\n"
        return closed(sign_note(text, self.key).encode(), zlib.compress(encode_bundle(self.bodies), 1) + b"x")

    # -- what it says that it holds --------------------------------------------------------------------

    def _k_held_is_stale(self) -> bytes:
        """A true statement of long ago, on a parcel that says nothing new."""
        bill = waybill_of(self.parcels.old[0])
        return self.signed(
            replace(bill, held=self.stale, made_at=self.true.made_at), encode_bundle(_bodies([self.parcels.old[0]]))
        )

    def _k_held_line_altered(self) -> bytes:
        held = self.chance.choice(self.true.held)
        line = list(held.line)
        at = self.chance.randrange(4, len(line) - 1)
        line[at] = "A" if line[at] != "A" else "B"
        return self.sealed(
            self.bodies[:0], start=self.true.start, end=self.true.start, held=(Held(held.note, "".join(line)),)
        )

    def _k_held_by_another(self) -> bytes:
        """What Amman's or Beirut's witness signed, said in Rome's name."""
        held = self.chance.choice([h for bill in self.others_bills[1:] for h in bill.held])
        return self.sealed(self.bodies, held=(held,))

    def _k_held_swapped(self) -> bytes:
        one, other = self.chance.sample(list(self.true.held), 2)
        return self.sealed(self.bodies, held=(Held(one.note, other.line),))

    # -- which entries are in it -----------------------------------------------------------------------

    def _k_entry_dropped(self) -> bytes:
        bodies = list(self.bodies)
        del bodies[self.chance.randrange(len(bodies))]
        return self.sealed(bodies, end=self.true.end - self.chance.choice((0, 1)))

    def _k_entry_doubled(self) -> bytes:
        bodies = list(self.bodies)
        bodies.insert(self.chance.randrange(len(bodies)), self.chance.choice(bodies))
        return self.sealed(bodies, end=self.true.end + self.chance.choice((0, 1)))

    def _k_entries_reordered(self) -> bytes:
        bodies = list(self.bodies)
        one, other = self.chance.sample(range(len(bodies)), 2)
        bodies[one], bodies[other] = bodies[other], bodies[one]
        return self.sealed(bodies)

    def _k_entry_altered(self) -> bytes:
        bodies = list(self.bodies)
        at = self.chance.randrange(len(bodies))
        bodies[at] = _bent(bodies[at], self.chance)
        return self.sealed(bodies)

    def _k_past_altered(self) -> bytes:
        """Entries that we hold already, altered, with the new ones behind them under the true state."""
        start = self.chance.randrange(self.size - 50, self.size)
        bodies = [*self.whole[start : self.size], *self.bodies]
        at = self.chance.randrange(self.size - start)
        bodies[at] = _bent(bodies[at], self.chance)
        return self.sealed(bodies, start=start)

    def _k_bundle_framing(self) -> bytes:
        raw = bytearray(encode_bundle(self.bodies))
        raw[self.chance.choice((0, 1, len(self.bodies[0]) + 2))] ^= 1 << self.chance.randrange(8)
        return self.sealed([], data=bytes(raw))

    # -- a thief signs the log itself ------------------------------------------------------------------

    def _grown(self, bodies: list[bytes], **told: Any) -> bytes:
        """Rome's log continued with these bodies under a state that its own key signed."""
        tree = self.frontier.extend(leaf_hash(body) for body in bodies)
        note = sign_note(Checkpoint(self.key.name, tree.size, tree.root()).body(), self.key)
        return self.sealed(bodies, start=self.size, end=tree.size, checkpoint=note, **told)

    def _k_log_of_junk(self) -> bytes:
        """Entries whose fields are something else; the log over them is signed."""
        data = json.loads(self.chance.choice(self.bodies))
        place = data
        while True:
            if isinstance(place, dict) and place:
                name: Any = self.chance.choice(sorted(place))
            elif isinstance(place, list) and place:
                name = self.chance.randrange(len(place))
            else:
                break
            if not isinstance(place[name], (dict, list)) or not place[name] or self.chance.random() < 0.4:
                if self.chance.random() < 0.2:
                    del place[name]
                else:
                    place[name] = self.chance.choice(JUNK)
                break
            place = place[name]
        try:
            made = canonical(data)
        except CanonicalError:
            made = json.dumps(data).encode()[:60_000]
        # What happens to be the same again is a true entry; only a changed one is hostile.
        return self._grown([made if made not in self.bodies else b"{}"])

    def _k_log_of_bytes(self) -> bytes:
        deep = b'{"signature":' + b"[" * 4_000 + b"]" * 4_000 + b"}"
        return self._grown(
            [self.chance.choice((b"", b"{}", b"null", b"[]", deep, b"\xff\xfe", self.chance.randbytes(99)))]
        )

    def _k_log_of_bent_entries(self) -> bytes:
        return self._grown([_bent(self.chance.choice(self.bodies), self.chance)])

    def _k_log_of_old_entries(self) -> bytes:
        """What was done before is done again: the same act once more."""
        return self._grown([self.chance.choice(self.whole[: self.size])])

    def _k_log_of_anothers_action(self) -> bytes:
        """The node speaks in its own name and does what only people may."""
        data = json.loads(self.chance.choice(self.bodies))
        data |= {"role": "node", "by": "node-ROM", "act": f"forged-{self.chance.random()}"}
        data["signature"] |= {"key": "ed25519:AAAA"}
        return self._grown([canonical(data)])


def _bent(body: bytes, chance: random.Random) -> bytes:
    bad = bytearray(body)
    bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
    return bytes(bad)


def _bodies(parcels: list[bytes]) -> list[bytes]:
    return [body for one in parcels for body in parcel.decode_bundle(zlib.decompress(plain(one)))]


def _checkpoint(node: Any, log: str) -> str:
    from milenari.journal import models

    with node:
        return str(models.Head.objects.get(site=log).checkpoint)


def _material(node: Any, number: int) -> None:
    do(node, "operator", "receive-material", material=f"{node.site}-H{number}", kind="TexMACS", maker_lot=f"L{number}",
            amount={"value": "5", "unit": "mL"}, expires_on="2030-01-01")  # fmt: skip
