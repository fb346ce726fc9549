"""Arrival: a box that comes before its data is booked by its proof, waits, and has to agree with its receipt."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.arrival import RecordArrival, SettleArrival
from milenari.rules.custody import Dispatch, Receive, arrival_of
from milenari.words import CODE, Quantity, iso, split_subject
from tests.rules.book import MemoryBook
from tests.rules.cast import collected, decide_, found, released

BAG, DOSE = "collection:BAG1", "dose:B1-F1"
CODE_OF_BAG = "BEY-C-BAG1"


def told(book: MemoryBook, what: str = BAG, to: str = "BEY", **changed: Any) -> dict[str, Any]:
    """What the verified proof of a dispatch from Rome says."""
    sent = {
        "what": what, "from_site": "ROM", "from_country": "IT", "to_site": to, "to_country": "LB", "transfer": 1,
        "of": "", "shipper": "", "dispatched_at": iso(book.now - timedelta(hours=5)), "act": "sent-1",
        "leaf": "ab" * 32,
        "entry": "ROM/7", "log_size": 9, "signed": [], "cosigned": {"BCN": iso(book.now)},
    }  # fmt: skip
    release = changed.pop("release", [])
    fine = bool(release) and release[-1]["action"].startswith("release")
    return {"dispatch": {**sent, **changed}, "release": release, "released": fine, "digest": "cd" * 32}


def arrive(**changed: Any) -> RecordArrival:
    told: dict[str, Any] = {
        "arrival": CODE_OF_BAG, "what": BAG, "transfer": 1, "proof": "good", "seal": "unbroken", "intact": "intact",
        "place": "Q-1",
    }  # fmt: skip
    return RecordArrival(**{**told, **changed})


def box_at_beirut(**changed: Any) -> MemoryBook:
    """Beirut has a box with a form; that it was dispatched is not known there."""
    book = collected()
    book.site = "BEY"
    book.proofs["good"] = told(book, **changed)
    return book


def receive(**changed: Any) -> Receive:
    return Receive(**{"what": BAG, "transfer": 1, "intact": "intact", **changed})


def with_its_parcel(book: MemoryBook) -> MemoryBook:
    """The parcel comes too: from now on the dispatch is in the book."""
    entry = book.do(Dispatch(what=BAG, to_site="BEY"), "operator", site="ROM")
    assert entry.given == {"transfer": 1, "leaves": True, "of": ""}
    return book


def in_order() -> MemoryBook:
    """Dispatched in Rome, booked by its proof in Beirut before anybody there knew, then the parcel."""
    book = collected()
    sent = book.copy()
    act = sent.do(Dispatch(what=BAG, to_site="BEY"), "operator").act
    book.site = "BEY"
    book.proofs["good"] = told(book, act=act)
    ahead = book.do(arrive(temperature=Quantity(Decimal("7.5"), "Cel")), "operator")
    # The dispatch was written before; here it becomes known after.
    sent.sheets |= {name: book.sheet(name) for name, _ in ahead.subjects}
    sent.proofs, sent.now, sent.site = book.proofs, book.now, "BEY"
    return sent


def test_a_box_is_booked_by_its_proof_and_nothing_changes_hands():
    book = box_at_beirut()
    before = book.sheet(BAG)
    entry = book.do(arrive(), "operator")
    arrival = book.sheet(f"arrival:{CODE_OF_BAG}")
    assert (arrival.status, arrival.number, arrival.from_site, arrival.owner) == ("arrived", 1, "ROM", "BEY")
    assert entry.given["dispatch"]["act"] == "sent-1" and not entry.moves and found(entry) == []
    assert book.sheet(BAG) is before, "custody stays where it was until the parcel and the receipt"


def test_a_proof_that_does_not_fit_is_refused():
    book = box_at_beirut()
    book.refused("proof-refused", arrive(proof="forged"), "operator")
    book.refused("proof-for-another-site", arrive(arrival="AMM-C-BAG1"), "operator", site="AMM")
    book.refused("proof-of-another-thing", arrive(what="collection:BAG2", arrival="BEY-C-BAG2"), "operator")
    book.refused("transfer-number-wrong", arrive(transfer=2), "operator")
    book.refused("arrival-code-wrong", arrive(arrival="BEY-D-BAG1"), "operator")
    book.refused("before-its-cause", arrive(), "operator", at=book.now - timedelta(hours=6))
    for wrong in ({"from_country": "ES"}, {"to_country": "JO"}, {"to_country": ""}):
        box_at_beirut(**wrong).refused("proof-country-differs", arrive(), "operator")
    book.do(arrive(), "operator")


def test_one_shipment_is_booked_once_and_an_old_form_does_not_come_back():
    book = box_at_beirut()
    book.do(arrive(), "operator")
    book.refused("arrival-already-booked", arrive(), "operator")
    book.proofs["next"] = told(book, transfer=3)
    book.refused("arrival-still-open", arrive(transfer=3, proof="next"), "operator")
    book.do(SettleArrival(arrival=CODE_OF_BAG, outcome="never-dispatched"), "qa", reason="Rome says it was a drill")
    book.do(arrive(transfer=3, proof="next"), "operator")
    book.do(SettleArrival(arrival=CODE_OF_BAG, outcome="never-dispatched"), "qa", reason="the same again")
    book.proofs["old"] = told(book, transfer=2)
    book.refused("transfer-number-passed", arrive(transfer=2, proof="old"), "operator")


def test_what_the_parcel_has_told_already_is_received_and_not_booked_by_proof():
    book = with_its_parcel(box_at_beirut())
    book.refused("dispatch-known-here", arrive(), "operator")
    book.do(receive(), "operator")
    book.refused("transfer-number-passed", arrive(), "operator")


def test_the_receipt_closes_the_arrival_it_agrees_with():
    book = in_order()
    assert book.sheet(f"arrival:{CODE_OF_BAG}").status == "arrived"
    warmest = Quantity(Decimal("7.5"), "Cel")
    entry = book.do(receive(temperature=warmest), "operator")
    assert f"arrival:{CODE_OF_BAG}" in dict(entry.subjects)
    assert book.sheet(f"arrival:{CODE_OF_BAG}").status == "received" and book.sheet(BAG).owner == "BEY"
    book.refused("arrival-not-open", SettleArrival(arrival=CODE_OF_BAG, outcome="never-dispatched"), "qa", reason="no")


def test_a_receipt_that_says_otherwise_is_refused_until_quality_assurance_has_settled_it():
    book = in_order()
    colder = receive(temperature=Quantity(Decimal("7.4"), "Cel"))
    assert book.refused("arrival-contradicted", colder, "operator")["differing"] == "warmest"
    assert book.refused("arrival-contradicted", receive(), "operator")["differing"] == "warmest"
    forged = with_its_parcel(box_at_beirut(act="another-act"))
    forged.sheets |= box_at_beirut_booked(act="another-act")
    assert forged.refused("arrival-contradicted", receive(), "operator")["differing"] == "dispatch"
    later = with_its_parcel(box_at_beirut())
    later.sheets |= box_at_beirut_booked("qa", transfer=4)
    assert later.refused("arrival-contradicted", receive(), "operator")["differing"] == "transfer"
    settle = SettleArrival(arrival=CODE_OF_BAG, outcome="came-different")
    later.refused("own-work", settle, "qa", reason="I booked it myself")
    later.refused("transfer-number-wrong", receive(transfer=4), "operator")
    later.do(settle, "qa-2", reason="the form was of an older shipment")
    later.do(receive(), "operator")


def box_at_beirut_booked(who: str = "operator", **changed: Any) -> dict[str, Any]:
    book = box_at_beirut(**changed)
    entry = book.do(arrive(transfer=changed.get("transfer", 1)), who)
    return {name: book.sheet(name) for name, _ in entry.subjects}


def test_what_came_damaged_by_proof_is_not_received_as_intact():
    book = in_order()
    name = f"arrival:{CODE_OF_BAG}"
    damaged = box_at_beirut(act=book.sheet(name).act)
    damaged.do(arrive(intact="damaged", seal="broken"), "operator")
    book.sheets[name] = damaged.sheet(name)
    assert book.refused("arrival-contradicted", receive(), "operator")["differing"] == "condition"
    book.do(receive(intact="damaged"), "operator")
    assert book.sheet(BAG).damaged


def test_what_came_to_light_at_the_door_is_said():
    book = box_at_beirut(cosigned={})
    entry = book.do(arrive(seal="broken", intact="damaged"), "operator")
    assert found(entry) == ["proof-not-cosigned", "arrived-seal-broken", "received-damaged"]
    bare = box_at_beirut(of="batch:B1")
    assert found(bare.do(arrive(), "operator")) == ["arrived-without-release"]
    line = {"action": "release-batch", "by": "ROM-QP"}
    fine = box_at_beirut(of="batch:B1", release=[line])
    assert found(fine.do(arrive(), "operator")) == [] and fine.sheet(f"arrival:{CODE_OF_BAG}").released
    over = box_at_beirut(of="batch:B1", release=[line, {"action": "recall-batch", "by": "ROM-QP"}])
    assert found(over.do(arrive(), "operator")) == ["arrived-not-releasable"]


def test_an_arrival_alone_lets_nobody_use_the_thing():
    book = released()
    book.site = "BEY"
    book.proofs["good"] = told(book, what=DOSE, of="batch:B1")
    book.do(arrive(what=DOSE, arrival="BEY-D-B1-F1"), "operator")
    book.refused("held-elsewhere", decide_(), "physician", site="BEY")


def test_a_dispatch_says_what_releases_the_thing():
    book = released()
    assert book.do(Dispatch(what=DOSE, to_site="BEY"), "operator").given["of"] == "batch:B1"


@given(st.sampled_from(["container", "collection", "dose"]), st.from_regex(CODE, fullmatch=True),
       st.from_regex(CODE, fullmatch=True))  # fmt: skip
def test_every_thing_has_an_arrival_of_its_own_at_a_site(kind: str, code: str, other: str):
    name = arrival_of("BEY", f"{kind}:{code}")
    assert CODE.match(split_subject(name)[1]) and split_subject(name)[0] == "arrival"
    assert (name == arrival_of("BEY", f"{kind}:{other}")) == (code == other)
