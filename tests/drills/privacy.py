"""Privacy: of thousands of treated children no byte that leaves the hospital names one, in any shape.

Rome refers, consents, identifies and collects invented children. Then everything that leaves the node is searched, each
way out by itself: parcels as sent, what its receivers' databases hold of it, tiles, what the mirror was
sent, answers of the interface to other sites' people, proofs and papers that travel, the transfer log. The search is
shown to see: every shape planted in every one of these texts is found, and a name typed into a reason is found in the
parcel. Lastly the codes: the chain of identity says nothing about the hospital number, and a commitment is tied to
nobody once the salt is gone.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist

from django.core.cache import cache
from django.test import Client, override_settings

from milenari.demo.teller import Teller, request
from milenari.journal import models, perform, read, sealed, tokens
from milenari.journal.exchange import anchor, parcel, standing
from milenari.journal.sealed import Identity
from milenari.rules.action import Refused
from milenari.web.papers import press, shelf
from tests.drills.children import Watch, child, wanted
from tests.drills.frame import Asked, Found
from tests.exchange import network
from tests.exchange.network import Network
from tests.exchange.nodes import Node
from tests.exchange.test_mirror import Box
from tests.scenarios.test_privacy import Haystack, _text, everything, treat

TOGETHER = 200
PLANTED = 400
PAPERS, LOOKED_AT = 3, 12  # papers are printed, and single journeys asked for, of so many children
SIGNIFICANT = 0.001


def drill(asked: Asked) -> Found:
    found, chance = Found(), random.Random(asked.seed)
    nodes = network.four(asked.folder)
    rome = nodes["ROM"]
    many = asked.of(40, 10_000)
    children = {number: child(number) for number in range(many)}
    journeys: dict[int, str] = {}
    texts: dict[str, list[str]] = {}
    box = Box(asked.folder / "mirror", rome)
    try:
        with override_settings(MIRROR=f"http://127.0.0.1:{box.port}"), found.timed("children treated and sent"):
            for begin in range(0, many, TOGETHER):
                some = dict(list(children.items())[begin : begin + TOGETHER])
                with rome, listening(texts):
                    teller = Teller({}, lambda line: None)
                    journeys |= {number: treat(teller, number, identity) for number, identity in some.items()}
                    mirror_all(rome)
                send(nodes, texts)
                asked.say(f"{begin + len(some)} of {many} children")
    finally:
        box.off()
    with found.timed("what leaves, gathered"):
        gather(nodes, asked.folder, journeys, texts)
    with found.timed("searched"):
        watch = Watch(children)
        for way, parts in texts.items():
            search(way, "\n".join(parts), children, watch, found, chance)
            asked.say(f"searched: {way}")
    found.counts |= {"children": many, "shapes searched for": sum(len(wanted(c)) for c in children.values())}
    typed(nodes, children, found)
    codes(rome, children, journeys, found)
    for node in nodes.values():
        node.close()
    return found


# -- ways out ---------------------------------------------------------------------------------------------


class listening:
    """Keeps every byte that goes to the mirror."""

    def __init__(self, texts: dict[str, list[str]]) -> None:
        self.kept, self.call = texts.setdefault("mirror", []), anchor._call

    def __enter__(self) -> None:
        def heard(path: str, body: bytes | None, *more: float) -> tuple[int, bytes]:
            self.kept.append(path + "\n" + _text(body or b""))
            return self.call(path, body, *more)

        anchor._call = heard

    def __exit__(self, *told: object) -> None:
        anchor._call = self.call


def mirror_all(rome: Node) -> None:
    """What an anchored act sends: everything that the mirror does not have yet."""
    head = models.Head.objects.get(site="ROM")
    anchor._held.clear()
    anchor.anchor("ROM", head.checkpoint, head.size, head.size, "default")


def send(nodes: Network, texts: dict[str, list[str]]) -> None:
    for to in ("BCN", "BEY", "AMM"):
        for data in nodes["ROM"].send(nodes[to]):
            bill = parcel.waybill_of(data)
            texts.setdefault("parcels", []).append(_text(data) + bill.body())
            made = nodes[to].receive([data])
            if made[0].state != "applied":
                raise RuntimeError(f"a parcel for {to} was {made[0].state}: {made[0].refused}")
        nodes["ROM"].receive(nodes[to].send(nodes["ROM"]))


def gather(nodes: Network, folder: Path, journeys: dict[int, str], texts: dict[str, list[str]]) -> None:
    """The receivers' databases (parcels opened), tiles, transfer log, proofs, papers, and what the interface says."""
    for to in ("BCN", "BEY", "AMM"):
        with nodes[to]:
            texts[f"database of {to}"] = [everything(folder / "nothing")]
    with nodes["ROM"]:
        read.write_tiles("ROM", str(folder / "tiles"))
        texts["tiles"] = [_text(p.read_bytes()) for p in sorted((folder / "tiles").rglob("*")) if p.is_file()]
        texts["transfer log"] = [str(list(models.Transit.objects.values()))]
        looked = list(journeys.values())[:: max(1, len(journeys) // LOOKED_AT)]
        page = [seen for code in looked for seen in read.entries_about(f"journey:{code}")]
        texts["proofs"] = [read.proof_of(seen) for seen in page]
        texts["papers"] = [text for code in looked[:PAPERS] for text in papers(code)]
    with nodes["BCN"]:
        texts["interface"] = list(answers("bcn-coordinator", looked))


def papers(journey: str) -> Iterator[str]:
    """The papers about a journey and its bag: their text and every file inside them."""
    import pypdf

    for name in (f"journey:{journey}", f"collection:{journey}-A"):
        for kind in shelf.kinds_for(name):
            try:
                data = press.printed(kind.make(shelf.Wanted(name, "", "")))
            except Refused:
                continue
            pdf = pypdf.PdfReader(io.BytesIO(data))
            yield "\n".join(page.extract_text() for page in pdf.pages)
            for held in pdf.attachments.values():
                yield from (_text(one) for one in held)


def answers(post: str, journeys: list[str]) -> Iterator[str]:
    """What the interface tells the coordinator of another site."""
    from milenari.demo import cast

    token = tokens.make(cast.CAST[post].person, "drill", tokens.SCOPES)
    paths = ["sites", "journeys", "batches", "lots", "containers", "results", "waiting?site=BCN", "entries", "logs"]
    paths += [f"journeys/{code}" for code in journeys] + [f"subjects/journey:{c}/entries" for c in journeys]
    for path in paths:
        cache.clear()  # its rate limit is not what is looked at
        said = Client().get(f"/api/{path}", headers={"Authorization": f"Bearer {token}"})
        if said.status_code != 200:
            raise RuntimeError(f"the interface answers {path} with {said.status_code}: nothing of it was searched")
        yield f"{path} {said.content.decode()}"


# -- the search, and that it sees -------------------------------------------------------------------------


def search(
    way: str, text: str, children: dict[int, Identity], watch: Watch, found: Found, chance: random.Random
) -> None:
    found.check(text.strip(), f"nothing at all was gathered of: {way}")
    hits = list(watch.leaks(text))
    found.counts[f"{way}: characters"] = len(text)
    found.check(not hits, f"{way} names children: {[(n, needle[:12]) for n, needle in hits[:3]]}")
    missed = 0
    for number in chance.choices(list(children), k=PLANTED):
        needle = chance.choice(sorted(wanted(children[number])))
        around = text[(at := chance.randrange(max(1, len(text) - 200))) : at + 200]
        missed += not Haystack(f"{around[:100]} {needle} {around[100:]}").holds(needle)
    found.count("leaks planted", PLANTED)
    found.check(not missed, f"{missed} of {PLANTED} leaks planted in {way} were not found")


def typed(nodes: Network, children: dict[int, Identity], found: Found) -> None:
    """A name that somebody types into a reason does leave, and is found: the search is not blind to parcels."""
    rome, bcn, number = nodes["ROM"], nodes["BCN"], len(children) + 1
    named = child(number)
    with rome:
        teller = Teller({}, lambda line: None)
        data = {"journey": treat(teller, number, named)}
        reason = f"Mother of {named.given_name.lower()} called"
        perform.perform_all([request(teller, "rom-physician", "ROM", "withdraw-consent", data, reason)])
    bcn.receive(rome.send(bcn))
    with bcn:
        seen = {n for n, _ in Watch({**children, number: named}).leaks(everything(Path("nothing")))}
    found.check(seen == {number}, f"a typed name was to be found, and only that: {seen}")


# -- codes and commitments --------------------------------------------------------------------------------


def codes(rome: Node, children: dict[int, Identity], journeys: dict[int, str], found: Found) -> None:
    with rome:
        cois = {n: str(read.sheet(f"journey:{code}").coi) for n, code in journeys.items()}
        found.check(len(set(cois.values())) == len(cois), "a chain of identity was given twice")
        worst = independence(cois, children)
        found.counts["coi and hospital number, least p"] = f"{worst:.4f}"
        found.check(worst > SIGNIFICANT, "the chain of identity depends on the hospital number")
        numbers = {n: int.from_bytes(c.hospital_number.encode()[-3:], "big") for n, c in children.items()}
        found.check(independence({n: f"{x:024b}" for n, x in numbers.items()}, children) < SIGNIFICANT,
                    "the test of independence does not see a code made of the hospital number")  # fmt: skip
        looked = list(journeys)[:LOOKED_AT]
        salts = [unlinked(journeys[number], children[number], found) for number in looked]
        text = everything(Path("nothing"))
        left = [salt for salt in salts if salt in text or salt.upper() in text]
        found.check(not left, f"{len(left)} destroyed salts are still on the node")
        found.check(standing.own_sites() == {"ROM"}, "this is not Rome's node")


def independence(codes_: dict[int, str], children: dict[int, Identity]) -> float:
    """Least p of all pairs of a place in the code and a bit of the hospital number's end, Bonferroni-corrected.

    Chi-square with one degree of freedom on each 2 by 2 table (is the sign in the upper half of the alphabet here, is
    the bit set there), through the normal distribution, since its square root is standard normal.
    """
    tails = {n: int.from_bytes(c.hospital_number.encode()[-3:], "big") for n, c in children.items()}
    length = min(map(len, codes_.values()))
    least, pairs = 1.0, 0
    for place in range(length):
        signs = sorted({code[place] for code in codes_.values()})
        if len(signs) < 2:
            continue
        upper = set(signs[len(signs) // 2 :])
        for bit in range(24):
            table = [[0, 0], [0, 0]]
            for n, code in codes_.items():
                table[code[place] in upper][tails[n] >> bit & 1] += 1
            (a, b), (c, d) = table
            margins = (a + b) * (c + d) * (a + c) * (b + d)
            if margins:
                pairs += 1
                root = abs(a * d - b * c) * (len(codes_) / margins) ** 0.5
                least = min(least, 2 * (1 - NormalDist().cdf(root)))
    return min(1.0, least * pairs)


def unlinked(journey: str, identity: Identity, found: Found) -> str:
    """The salt, which is destroyed: with it the commitment proves the child, without it nothing on the node does."""
    kept = read.sheet(f"journey:{journey}").commitment
    row = models.Sealed.objects.get(journey=journey)
    salt = bytes.fromhex(str(sealed._open(row)["salt"]))
    found.check(sealed.commitment(salt, identity) == kept, "the commitment is not that of the child and its salt")
    found.check(sealed.commitment(bytes(32), identity) != kept, "another salt gives the same commitment")
    sealed.forget(journey)
    found.check(not sealed.proves(journey, kept), "an erased identity is still proved")
    found.count("commitments without salt")
    return salt.hex()
