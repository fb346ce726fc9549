"""Labels: numbered, read back before they are printed, and every one accounted for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules import carrier, chain, label
from milenari.rules.action import Asking, Refused
from milenari.rules.apheresis import AcceptCollection, LabelBag
from milenari.rules.carrier import Carrier
from milenari.rules.custody import Dispatch
from milenari.rules.infusion import ScanBedside
from milenari.rules.label import DestroyLabels, PrintLabels, ReturnLabels, UseLabels
from milenari.rules.network import SetCountryRules
from milenari.words import Role
from tests.rules import cast
from tests.rules.book import ZONES, refused
from tests.rules.cast import COI, OTHER_COI, REASON, MemoryBook

BAG, BATCH = "ROM/collection/BAG1", "ROM/batch/B1"


def asked(of="collection:BAG1", kind="collection-bag", account=BAG, **changes):
    told = {"account": account, "of": of, "kind": kind, "size": "bag", "language": "it", "copies": 2,
            "storage": "refrigerated", "resolution": "standard", "read_back": "0"}  # fmt: skip
    return PrintLabels(**{**told, **changes})


def read_back(book: MemoryBook, act: PrintLabels, site: str = "ROM") -> PrintLabels:
    """The act as a page sends it: after the pictures were read back and said what was planned."""
    asking = Asking("", Role.OPERATOR, site, ZONES[site], book.now, book.now, "")
    return replace(act, read_back=label.digest(label.plan(act, asking, book)))


def printed(book: MemoryBook, act: PrintLabels, who: str = "apheresis-nurse", **how):
    return book.do(read_back(book, act, how.get("site", book.site)), who, **how)


def unlabelled() -> MemoryBook:
    """Her cells collected; the bag bears no label yet."""
    book = cast.referred()
    book.do(cast.collect(), "apheresis-nurse")
    return book


def filled() -> MemoryBook:
    """Three fractions filled, not reconciled."""
    book = cast.batch_made()
    book.do(cast.harvest(), "operator")
    book.do(cast.fill(), "operator")
    return book


def scans(entry):
    return tuple(made["symbol"] for made in entry.given["labels"])


def account(book, code):
    return book.sheet(f"labels:{code}")


def balance(book):
    """What stands on each label account, summed from the moves."""
    found = {}
    for entry in book.entries:
        for move in entry.moves:
            if move.item.startswith("label "):
                found[move.given_by] = found.get(move.given_by, 0) - int(move.amount)
                found[move.received_by] = found.get(move.received_by, 0) + int(move.amount)
    return found


DOSES = {"of": "batch:B1", "kind": "product-bag", "account": BATCH, "copies": 1, "storage": "vapour-phase"}


# -- the symbol -----------------------------------------------------------------------------------------

codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.*/_-]{0,12}", fullmatch=True)
cois = st.one_of(st.just(""), st.binary(min_size=12, max_size=12).map(lambda b: chain.mint("ROM", b)))
carriers = st.builds(
    Carrier, st.sampled_from(sorted(carrier.KINDS)), st.integers(0, 999999).map(lambda n: carrier.serial_of("ROM", n)),
    codes, cois,
)  # fmt: skip


@given(carriers)
def test_a_symbol_says_again_what_was_written_into_it(said):
    assert carrier.read(carrier.write(said)) == said


@given(carriers, st.data())
def test_one_wrong_sign_in_a_symbol_is_noticed(said, data):
    text = carrier.write(said)
    places = [n for n, sign in enumerate(text) if n > 2 and sign in chain.ALPHABET[:36]]
    at = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from([sign for sign in chain.ALPHABET[:36] if sign != text[at]]))
    try:
        assert carrier.read(text[:at] + wrong + text[at + 1 :]) is None
    except Refused as found:
        assert found.code in ("label-check-wrong", "label-unreadable")


def test_a_text_of_another_scheme_is_no_symbol_of_ours():
    assert carrier.read(COI) is None
    assert carrier.thing_scanned("B1-F1") == "B1-F1"
    good = carrier.write(Carrier("product-bag", carrier.serial_of("ROM", 1), "B1-F1", COI))
    assert carrier.thing_scanned(good) == "B1-F1"
    refused("label-check-wrong", lambda: carrier.read(good.replace("B1-F1", "B1-F2")))
    refused("label-unreadable", lambda: carrier.read(good.rpartition("/")[0].rpartition("/")[0]))


def test_a_symbol_that_no_field_could_take_is_not_written():
    said = Carrier("product-bag", carrier.serial_of("ROM", 1), "B" * 18, COI)
    assert len(carrier.write(said)) <= carrier.LONGEST
    refused("label-code-too-long", lambda: carrier.write(replace(said, code="B" * 24)))


def test_the_published_check_digits_of_gs1_come_out():
    assert label.gs1_check_digit("10614141234567890") == "8"
    assert label.gs1_check_digit("629104150021") == "3"


# -- printing -------------------------------------------------------------------------------------------


def test_labels_are_numbered_one_after_the_other_and_stand_on_one_account():
    book = unlabelled()
    entry = printed(book, asked())
    serials = [made["serial"] for made in entry.given["labels"]]
    assert serials == [carrier.serial_of("ROM", 1), carrier.serial_of("ROM", 2)]
    assert account(book, BAG).open == tuple(serials) and account(book, BAG).printed == 2
    assert book.sheet(f"label:{serials[0]}").status == "open"
    assert balance(book) == {"world": -2, f"labels-open:{BAG}": 2}
    assert entry.about == f"labels:{BAG}"


def test_nothing_is_printed_that_was_not_read_back():
    book = unlabelled()
    right = read_back(book, asked())
    assert book.copy().do(right, "apheresis-nurse")
    book.refused("label-not-read-back", replace(right, read_back="0" * 32), "apheresis-nurse")
    # What was read back was the label of another language, of another storage, of other numbers.
    book.refused("label-not-read-back", replace(right, storage="deep-frozen"), "apheresis-nurse")
    book.do(right, "apheresis-nurse")
    book.refused("label-not-read-back", right, "apheresis-nurse", reason=REASON)


def test_printing_again_needs_a_reason_and_is_counted():
    book = unlabelled()
    printed(book, asked())
    again = read_back(book, asked(copies=1))
    book.refused("reprint-needs-reason", again, "apheresis-nurse")
    entry = book.do(again, "apheresis-nurse", reason="torn in the printer")
    assert [found.code for found in entry.findings] == ["labels-reprinted"]
    assert [made["copy"] for made in entry.given["labels"]] == [3]
    assert account(book, BAG).copies == (("collection-bag BAG1", 3),)


def test_labels_stand_on_the_account_of_their_own_thing():
    book = unlabelled()
    right = read_back(book, asked())
    printed(book.copy(), asked())
    book.refused("subject-unknown", replace(right, of="collection:NONE"), "apheresis-nurse")
    book.refused("label-account-wrong", replace(right, account="ROM/collection/OTHER"), "apheresis-nurse")


def test_each_kind_of_label_is_for_its_kind_of_thing():
    book = unlabelled()
    book.refused("label-kind-not-for", asked(kind="product-bag"), "apheresis-nurse")
    book.refused("label-kind-not-for", asked(kind="vector-container"), "apheresis-nurse")
    book.refused("field-missing", asked(kind="shipper", size="a6"), "apheresis-nurse")
    made = printed(book, asked(kind="shipper", size="a6", to_site="BEY", copies=1)).given
    assert made["content"]["to_site"] == "BEY" and made["labels"][0]["transfer"] == 1
    assert "coi" not in made["labels"][0], "the outside of a shipper says nothing about a patient"


def test_a_shipper_with_a_company_prefix_bears_a_container_code():
    book = unlabelled()
    act = asked(kind="shipper", size="a6", to_site="BEY", copies=1, company_prefix="0614141")
    book.refused("company-prefix-unreadable", replace(act, company_prefix="61X"), "apheresis-nurse")
    code = printed(book, act).given["labels"][0]["sscc"]
    assert len(code) == 18 and code.startswith("00614141") and label.gs1_check_digit(code[:-1]) == code[-1]


def test_a_lot_is_labelled_in_one_act_and_only_what_is_here():
    book = cast.vector_filled()
    act = asked("lot:V1", "vector-container", "BCN/lot/V1", language="es", size="vial", copies=1)
    made = printed(book, act, "vector-manager").given["labels"]
    assert [one["code"] for one in made] == ["V1-001", "V1-002", "V1-003", "V1-004"]
    assert all(one["coi"] == "" for one in made if "coi" in one)
    released = cast.vector_released()  # two of the four went to Rome
    here = printed(released, act, "vector-manager", site="BCN").given["labels"]
    assert [one["code"] for one in here] == ["V1-003", "V1-004"]
    spent = cast.batch_made()
    single = asked("container:V1-001", "vector-container", "ROM/lot/V1", size="vial")
    spent.refused("container-spent", single, "operator")
    spent.refused("held-elsewhere", replace(single, of="container:V1-003"), "operator")


def test_too_many_labels_at_once_are_refused():
    book = cast.vector_filled()
    act = asked("lot:V1", "vector-container", "BCN/lot/V1", size="vial", copies=38)
    book.refused("labels-too-many", act, "vector-manager")
    assert printed(book, replace(act, copies=37), "vector-manager")


def test_a_used_bag_and_a_given_fraction_take_no_label():
    book = cast.batch_started()
    book.refused("collection-used", asked(), "operator")
    given_once = cast.infused()
    act = asked("dose:B1-F1", "product-bag", BATCH, storage="vapour-phase")
    given_once.refused("already-given", act, "operator")
    assert printed(given_once, replace(act, of="dose:B1-F2"), "operator")
    empty = cast.batch_made()
    empty.refused("nothing-to-label", asked(**DOSES), "operator")


def test_a_bag_on_its_way_is_not_labelled():
    book = cast.collected()
    assert printed(book.copy(), asked())
    book.do(Dispatch(what="collection:BAG1", to_site="BEY"), "apheresis-nurse")
    book.refused("in-transit", asked(), "apheresis-nurse")


def test_a_sample_names_itself():
    book = filled()
    act = asked("batch:B1", "sample-tube", BATCH, size="tube")
    book.refused("field-missing", act, "operator")
    made = printed(book, replace(act, sample="S-7"), "operator").given["labels"]
    assert {one["code"] for one in made} == {"S-7"} and made[0]["coi"] == COI


def test_the_country_says_in_which_language():
    book = unlabelled()
    rules = {"custody_signatures": {}, "label_languages": ["it", "en"]}
    book.do(SetCountryRules(country="IT", rules=rules), "qa", site="BCN")
    printed(book.copy(), asked(language="en"))
    facts = book.refused("label-language-not-allowed", asked(language="fr"), "apheresis-nurse")
    assert facts["languages"] == ["it", "en"]


def test_what_a_patient_is_given_bears_the_first_language_of_where_they_are_treated():
    book = filled()
    rules = {"custody_signatures": {}, "label_languages": ["it", "en"]}
    book.do(SetCountryRules(country="IT", rules=rules), "qa", site="BCN")
    printed(book.copy(), asked(**DOSES), "operator")
    facts = book.refused("label-language-not-allowed", asked(**DOSES, language="en"), "operator")
    assert facts["languages"] == ["it"]


def test_what_must_stand_on_a_label_is_frozen_into_its_entry():
    entry = printed(filled(), asked(**DOSES, biohazard=True), "operator")
    content, made = entry.given["content"], entry.given["labels"]
    assert {"autologous-only", "gm-cells", "intravenous", "trial-only"} <= set(content["statements"])
    assert content["biohazard"] and content["zone"] == "Europe/Rome" and content["product"] == "ARI"
    assert [float(one["cells_e6"]) for one in made] == [6, 18, 36] and [one["part"] for one in made] == [1, 2, 3]
    assert all(one["use_by"].endswith("Z") and one["coi"] == COI for one in made)
    outside = printed(unlabelled(), asked())
    assert "not-for-infusion" in outside.given["content"]["statements"]


def test_a_licensed_scheme_needs_its_own_facts():
    book = unlabelled()
    din = "G123498654321H"
    act = asked(scheme="isbt-128", din=din, product_code="S1234V00", product_text="Description from a table")
    book.refused("isbt-facts-missing", replace(act, din=""), "apheresis-nurse")
    book.refused("isbt-facts-missing", replace(act, product_code=""), "apheresis-nurse")
    book.refused("din-check-wrong", replace(act, din=din[:-1] + "J"), "apheresis-nurse")
    book.refused("isbt-product-unreadable", replace(act, product_code="S1234"), "apheresis-nurse")
    assert printed(book, act).given["content"]["din"] == din


# -- what becomes of them -------------------------------------------------------------------------------


def with_doses():
    book = filled()
    return book, scans(printed(book, asked(**DOSES), "operator"))


def test_every_label_is_used_destroyed_or_returned_and_the_account_comes_to_nought():
    book, found = with_doses()
    book.do(UseLabels(account=BATCH, labels=found[:1]), "operator")
    book.do(DestroyLabels(account=BATCH, labels=found[1:2]), "operator", reason="smeared")
    book.do(ReturnLabels(account=BATCH, labels=found[2:]), "operator")
    assert account(book, BATCH).open == ()
    sums = balance(book)
    assert sums[f"labels-open:{BATCH}"] == 0 and sum(sums.values()) == 0
    assert [sums[f"labels-{state}:{BATCH}"] for state in ("used", "destroyed", "returned")] == [1, 1, 1]


def test_a_label_is_used_once():
    book, found = with_doses()
    book.do(UseLabels(account=BATCH, labels=found[:1]), "operator")
    book.refused("label-not-open", UseLabels(account=BATCH, labels=found[:1]), "operator")
    book.refused("label-not-open", ReturnLabels(account=BATCH, labels=found[:1]), "operator")
    book.refused("label-scanned-twice", UseLabels(account=BATCH, labels=(found[1], found[1])), "operator")


def test_a_label_taken_off_again_is_destroyed_once():
    book, found = with_doses()
    book.do(UseLabels(account=BATCH, labels=found), "operator")
    destroy = DestroyLabels(account=BATCH, labels=found[:1])
    book.refused("reason-missing", destroy, "operator")
    book.do(destroy, "operator", reason="put on the wrong bag, taken off at once")
    book.refused("label-not-open", destroy, "operator", reason=REASON)
    assert balance(book)[f"labels-used:{BATCH}"] == 2


def test_a_label_is_recorded_where_it_was_printed_for():
    book, found = with_doses()
    book.do(UseLabels(account=BATCH, labels=found[:1]), "operator")
    printed(book, asked("dose:B1-F1", "shipper", BATCH, size="a6", to_site="BEY", copies=1), "operator")
    other = printed(book, asked("lot:V1", "sample-tube", "BCN/lot/V1", size="tube", sample="R1", language="es"),
                    "qc-analyst", site="BCN")  # fmt: skip
    book.refused("label-of-another", UseLabels(account=BATCH, labels=scans(other)), "operator")
    book.refused("subject-unknown", UseLabels(account="ROM/batch/NONE", labels=found[1:]), "operator")
    book.refused("subject-unknown", UseLabels(account=BATCH, labels=("ROM-L999999-0",)), "operator")


def test_a_symbol_made_elsewhere_under_a_number_of_ours_is_refused():
    book, found = with_doses()
    said = carrier.read(found[0])
    forged = carrier.write(replace(said, code="B1-F2"))
    book.refused("label-forged", UseLabels(account=BATCH, labels=(forged,)), "operator")
    book.do(UseLabels(account=BATCH, labels=(said.serial,)), "operator")


def test_a_batch_is_reconciled_when_no_label_of_it_is_open():
    book, found = with_doses()
    reconcile = cast.reconcile()
    facts = book.refused("labels-open", reconcile, "operator-2")
    assert facts["count"] == 3
    book.do(UseLabels(account=BATCH, labels=found), "operator")
    book.do(reconcile, "operator-2")
    # Where no label was printed none is missing: the rule of before stands.
    filled().do(reconcile, "operator-2")


# -- at the stations ------------------------------------------------------------------------------------


def test_scanning_a_numbered_label_at_the_chair_uses_it():
    book = unlabelled()
    symbol = scans(printed(book, asked(copies=1)))[0]
    assert book.copy().do(LabelBag(collection="BAG1", wristband=COI, label=COI), "apheresis-nurse").moves == ()
    entry = book.do(LabelBag(collection="BAG1", wristband=COI, label=symbol), "apheresis-nurse")
    assert account(book, BAG).open == () and book.sheet(f"label:{carrier.read(symbol).serial}").status == "used"
    assert [(m.given_by, m.received_by) for m in entry.moves] == [(f"labels-open:{BAG}", f"labels-used:{BAG}")]
    book.refused("label-not-open", LabelBag(collection="BAG1", wristband=COI, label=symbol), "apheresis-nurse")
    book.do(cast.CountCells(collection="BAG1", cd3=cast.q("2000", "10*6"), viability=cast.q("98", "%")), "qc-analyst")
    book.do(AcceptCollection(collection="BAG1", label=symbol), "operator")
    book.do(replace(cast.start(), label=symbol), "operator")


def test_a_bag_label_is_no_wristband():
    book = unlabelled()
    symbol = scans(printed(book, asked(copies=1)))[0]
    book.refused("another-patient", LabelBag(collection="BAG1", wristband=symbol, label=symbol), "apheresis-nurse")


def test_the_label_of_another_bag_or_child_is_refused_at_the_chair():
    book = unlabelled()
    good = carrier.read(scans(printed(book, asked(copies=1)))[0])
    act = LabelBag(collection="BAG1", wristband=COI, label="")
    other = carrier.write(replace(good, code="BAG2"))
    book.refused("label-of-another", replace(act, label=other), "apheresis-nurse")
    child = carrier.write(replace(good, coi=OTHER_COI))
    book.refused("another-patient", replace(act, label=child), "apheresis-nurse")
    shipper = carrier.write(replace(good, kind="shipper"))
    book.refused("label-of-another", replace(act, label=shipper), "apheresis-nurse")
    unknown = carrier.write(replace(good, serial=carrier.serial_of("ROM", 77)))
    book.refused("subject-unknown", replace(act, label=unknown), "apheresis-nurse")


def test_the_bags_own_symbol_serves_at_the_bedside_and_no_other_does():
    book = cast.released()
    book.do(cast.decide_(), "physician")
    said = Carrier("product-bag", carrier.serial_of("ROM", 5), "B1-F1", COI)
    scan = ScanBedside(dose="B1-F1", wristband=COI, bag=carrier.write(said))
    book.copy().do(scan, "ward-nurse")
    book.copy().do(replace(scan, bag="B1-F1"), "ward-nurse")
    for wrong, code in ((replace(said, code="B1-F2"), "label-of-another"), (replace(said, coi=OTHER_COI),
                        "another-patient"), (replace(said, kind="shipper", coi=COI), "label-of-another")):  # fmt: skip
        book.refused(code, replace(scan, bag=carrier.write(wrong)), "ward-nurse")
    book.refused("another-bag", replace(scan, bag="B1-F2"), "ward-nurse")


@pytest.mark.parametrize("kind", sorted(carrier.KINDS))
def test_every_kind_of_label_is_for_something(kind):
    assert any(kind in kinds for kinds in label.KINDS_FOR.values())
