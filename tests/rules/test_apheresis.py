"""Apheresis: the right child's cells, labelled at the chair, taken in within their hold time."""

from datetime import timedelta

from milenari.rules.apheresis import AcceptCollection, CountCells, LabelBag
from tests.rules.cast import (
    COI,
    OTHER_COI,
    accepted,
    batch_started,
    collect,
    collected,
    network,
    q,
    referred,
    start,
)

COUNT = CountCells(collection="BAG1", cd3=q("2000", "10*6"), viability=q("98", "%"))
ACCEPT = AcceptCollection(collection="BAG1", label=COI)


def label(wristband=COI, bag=COI):
    return LabelBag(collection="BAG1", wristband=wristband, label=bag)


def test_only_the_patient_on_the_chair_is_collected_from():
    book = referred()
    book.refused("another-patient", collect(coi=OTHER_COI), "apheresis-nurse")
    book.do(collect(), "apheresis-nurse")
    book.refused("subject-exists", collect(), "apheresis-nurse")


def test_cells_are_collected_where_there_is_apheresis_and_after_eligibility():
    book = referred()
    early = book.now - timedelta(hours=1)
    book.refused("before-its-cause", collect(), "apheresis-nurse", at=early)
    site = book.sheet("site:ROM")
    book.sheets["site:ROM"] = type(site)(**{**site.__dict__, "roles": ()})
    book.refused("site-role-missing", collect(), "apheresis-nurse")


def test_the_label_is_that_of_the_wristband():
    book = referred()
    book.do(collect(), "apheresis-nurse")
    book.refused("another-patient", label(wristband=OTHER_COI), "apheresis-nurse")
    book.refused("another-patient", label(bag=OTHER_COI), "apheresis-nurse")
    book.do(label(), "apheresis-nurse")


def test_a_bag_is_accepted_labelled_counted_of_the_right_patient_and_once():
    book = referred()
    book.do(collect(), "apheresis-nurse")
    book.refused("bag-not-labelled", ACCEPT, "operator")
    book.do(label(), "apheresis-nurse")
    book.refused("bag-not-counted", ACCEPT, "operator")
    book.do(COUNT, "qc-analyst")
    other = AcceptCollection(collection="BAG1", label=OTHER_COI)
    book.refused("another-patient", other, "operator")
    book.do(ACCEPT, "operator")
    book.refused("already-accepted", ACCEPT, "operator")


def test_cells_held_too_long_are_neither_accepted_nor_started_from():
    book = collected().later(hours=48)
    book.refused("hold-time-over", ACCEPT, "operator")
    collected().later(hours=47).do(ACCEPT, "operator")
    book = accepted().later(hours=48)
    book.refused("hold-time-over", start(), "operator")


def test_cells_already_used_are_not_counted_again():
    batch_started().refused("collection-used", COUNT, "qc-analyst")
    collected().do(COUNT, "qc-analyst")


def test_without_a_process_in_force_nothing_is_collected():
    book = referred()
    process = book.sheet("process:ARI")
    book.sheets["process:ARI"] = type(process)(**{**process.__dict__, "versions": ()})
    book.refused("process-version-unknown", collect(), "apheresis-nurse")
    assert network().sheet("process:ARI").current().number == "1"
