"""Custody: a bag or a container has exactly one holder at any time."""

from datetime import timedelta

from milenari.rules.apheresis import AcceptCollection
from milenari.rules.custody import CancelDispatch, Dispatch, JudgeDamage, Receive, WitnessDispatch, WitnessReceipt
from milenari.rules.vector import AllocateContainer, RecallLot
from tests.rules.cast import (
    COI,
    accepted,
    at_bedside,
    balance,
    batch_started,
    collect,
    collected,
    found,
    infused,
    referred,
    vector_released,
)

BAG = "collection:BAG1"


def dispatch(what=BAG, to="BEY"):
    return Dispatch(what=what, to_site=to)


def receive(what=BAG, transfer=1, intact="intact"):
    return Receive(what=what, transfer=transfer, intact=intact)


def at_beirut():
    """A container in Beirut, where both ends of custody need two signatures, received in full."""
    book = vector_released()
    book.do(AllocateContainer(container="V1-002", to_site="BEY"), "coordinator")
    book.do(dispatch("container:V1-002"), "operator")
    book.do(receive("container:V1-002", 2), "operator", site="BEY")
    book.do(WitnessReceipt(what="container:V1-002"), "operator-2", site="BEY")
    book.do(AllocateContainer(container="V1-002", to_site="ROM"), "coordinator", site="BEY")
    book.site = "BEY"
    return book


def test_what_is_dispatched_is_received_once_under_its_transfer_number():
    book = collected()
    book.refused("not-in-transit", receive(), "operator")
    book.refused("dispatch-to-oneself", dispatch(to="ROM"), "operator")
    book.refused("subject-unknown", dispatch(to="PAR"), "operator")
    book.do(dispatch(), "operator")
    book.refused("in-transit", dispatch(), "operator")
    book.refused("transfer-number-wrong", receive(transfer=2), "operator", site="BEY")
    book.refused("bound-for-another-site", receive(), "operator", site="AMM")
    book.refused("bound-for-another-site", receive(), "operator", site="ROM")
    early = book.now - timedelta(hours=2)
    book.refused("before-its-cause", receive(), "operator", site="BEY", at=early)
    book.do(receive(), "operator", site="BEY")
    book.refused("not-in-transit", receive(), "operator", site="BEY")
    assert (book.sheet(BAG).owner, book.sheet(BAG).transfer) == ("BEY", 1)


def test_a_bag_that_came_damaged_is_used_only_after_quality_assurance_has_judged_it():
    book = collected()
    judge = JudgeDamage(what=BAG, verdict="usable")
    accept = AcceptCollection(collection="BAG1", label=COI)
    book.refused("not-damaged", judge, "qa", reason="looked at it")
    book.do(dispatch(), "operator")
    entry = book.do(receive(intact="damaged"), "operator", site="BEY")
    assert found(entry) == ["received-damaged"]
    book.do(WitnessReceipt(what=BAG), "operator-2", site="BEY")
    book.refused("damage-not-judged", accept, "operator", site="BEY")
    useless = book.copy()
    useless.do(JudgeDamage(what=BAG, verdict="unusable"), "qa", site="BEY", reason="leaking")
    useless.refused("damage-not-judged", accept, "operator", site="BEY")
    useless.do(dispatch(to="ROM"), "operator", site="BEY")
    book.do(judge, "qa", site="BEY", reason="outer box only")
    book.do(accept, "operator", site="BEY")


def test_a_dispatch_is_taken_back_while_it_lacks_a_signature():
    book = at_beirut()
    back = CancelDispatch(what="container:V1-002")
    book.refused("not-being-dispatched", back, "operator", reason="wrong box")
    book.do(dispatch("container:V1-002", "ROM"), "operator")
    book.do(back, "operator", reason="wrong box")
    book.do(dispatch("container:V1-002", "ROM"), "operator-2")
    book.do(WitnessDispatch(what="container:V1-002"), "operator")
    book.refused("not-being-dispatched", back, "operator", reason="wrong box")


def test_a_receipt_in_beirut_is_complete_with_two_signatures_of_two_people():
    book = collected()
    witness = WitnessReceipt(what=BAG)
    book.do(dispatch(), "operator")
    book.do(receive(), "operator", site="BEY")
    book.refused("receipt-incomplete", dispatch(to="AMM"), "operator", site="BEY")
    book.refused("own-work", witness, "operator", site="BEY")
    book.do(witness, "operator-2", site="BEY")
    book.refused("receipt-not-open", witness, "qa", site="BEY")


def test_a_dispatch_from_beirut_leaves_with_the_second_signature():
    book = at_beirut()
    witness = WitnessDispatch(what="container:V1-002")
    book.refused("not-being-dispatched", witness, "operator-2")
    entry = book.do(dispatch("container:V1-002", "ROM"), "operator")
    assert entry.moves == () and not book.sheet("container:V1-002").bound_for
    book.refused("being-dispatched", dispatch("container:V1-002", "ROM"), "operator")
    book.refused("own-work", witness, "operator")
    entry = book.do(witness, "operator-2")
    assert len(entry.moves) == 1 and book.sheet("container:V1-002").bound_for == "ROM"


def test_a_lot_recalled_between_the_two_signatures_does_not_leave():
    book = at_beirut()
    book.do(dispatch("container:V1-002", "ROM"), "operator")
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", WitnessDispatch(what="container:V1-002"), "operator-2")


def test_a_container_leaves_only_for_the_site_it_is_promised_to():
    book = vector_released()
    book.refused("container-not-allocated", dispatch("container:V1-003", "AMM"), "operator", site="BCN")
    book.refused("container-not-allocated", dispatch("container:V1-001", "AMM"), "operator")


def test_damage_on_arrival_is_found():
    book = collected()
    book.do(dispatch(), "operator")
    assert found(book.do(receive(intact="damaged"), "operator", site="BEY")) == ["received-damaged"]


def test_a_bag_does_not_travel_unlabelled_nor_from_the_clean_room_nor_empty():
    book = referred()
    book.do(collect(), "apheresis-nurse")
    book.refused("bag-not-labelled", dispatch(), "operator")
    accepted().refused("already-accepted", dispatch(), "operator")
    batch_started().refused("collection-used", dispatch(), "operator")
    collected().do(dispatch(), "operator")


def test_a_fraction_that_was_given_does_not_travel():
    dose = dispatch("dose:B1-F1")
    infused().refused("already-given", dose, "ward-nurse")
    at_bedside().do(dose, "ward-nurse")


def test_custody_of_every_thing_is_somewhere_exactly_once_or_nowhere():
    book = infused()
    held: dict[str, int] = {}
    for (account, item), amount in balance(book).items():
        if item.partition(":")[0] in ("container", "collection", "dose") and account != "world":
            assert amount in (0, 1), (account, item)
            held[item] = held.get(item, 0) + int(amount)
    gone = {"container:V1-001", "collection:BAG1", "dose:B1-F1"}
    assert {item for item, n in held.items() if n == 0} == gone
    assert all(n == 1 for item, n in held.items() if item not in gone)
