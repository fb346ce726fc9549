"""The story of one network, in the order in which it is told.

Each journey stands at another station. Three batches carry the published results of the ARI-0001 validation lots
(doi:10.1016/j.omtm.2018.11.010, Table 2), three more those of HCAR19, another product that is made nowhere in this
network (doi:10.1158/1535-7163.MCT-20-0476, Table 2); all else is invented. Dates count back from the day of loading.
"""

from __future__ import annotations

from milenari.demo import (
    published,
    story_agreements,
    story_batch,
    story_casebook,
    story_matters,
    story_network,
    story_passport,
    story_patient,
    story_plan,
    story_readiness,
    story_safety,
    story_samples,
    story_stability,
    story_transfer,
    story_trial,
    story_vector,
)
from milenari.demo.story_patient import CHILDREN, Child
from milenari.demo.story_vector import LOT, RECALLED
from milenari.demo.teller import Teller

LAST = story_plan.LAST  # the first act of the last scene: when it is in the book, all is

FICTIONAL = "Fictional result"


def replayed(lot: str) -> tuple[dict[str, str], str]:
    """A published lot's results, and the words that go into every result's method."""
    return published.ari_lot(lot), f"Published lot {lot}, {published.ARI_SOURCE}"


def tell(teller: Teller) -> None:
    teller.say("The network: sites, people, rules, processes, stock")
    story_network.tell(teller)
    for site in story_readiness.MAKERS:
        story_readiness.rooms(teller, site)
    teller.say("The vector: a first lot, released and sent to three sites")
    story_vector.campaign(teller, 1, days_ago=330, containers=24, months=story_stability.FIRST_MONTHS)
    for number, site, days_ago in (
        (1, "ROM", 265), (2, "BEY", 264), (3, "AMM", 263), (4, "BEY", 100), (5, "ROM", 60), (6, "BEY", 60),
        (7, "ROM", 59), (8, "AMM", 58),
    ):  # fmt: skip
        story_vector.send(teller, f"{LOT}-{number:03d}", site, days_ago)
    teller.say("Rome: one child through all stations, made under version 1 of the recipe")
    complete(teller)
    teller.say("Version 2 of the recipe; two shelf lives, and a second lot released within one")
    story_network.second_version(teller)
    story_stability.shelf_life(teller)
    story_stability.cells_shelf_life(teller)
    story_stability.extend(teller, LOT, days_ago=199, harvested=324)
    story_vector.campaign(teller, 2, days_ago=190, containers=12)
    for number, site in ((1, "AMM"), (2, "ROM")):
        story_vector.send(teller, f"{RECALLED}-{number:03d}", site, 120)
    teller.say("Amman: a drill with a late positive sterility test, and the recall that follows")
    drill(teller)
    teller.say("Beirut: a batch out of specification, supplied on the physician's request")
    out_of_specification(teller)
    teller.say("Amman: the three published batches of another product, replayed for comparison; none is given")
    story_network.reference_product(teller)
    compared(teller)
    teller.say("Barcelona: the curriculum of the next version, and who teaches it")
    story_readiness.curriculum(teller)
    teller.say("Barcelona: another vector lot, harvested two days ago, in the laboratory")
    story_vector.in_testing(teller, 7, days_ago=8)
    teller.say("Amman, Beirut, Rome: the journeys of these weeks")
    released(teller)
    conditional(teller)
    in_manufacture(teller)
    before_vector(teller)
    collected(teller)
    identified(teller)
    # One container is on its way and waits for its receipt.
    story_vector.send(teller, f"{LOT}-009", "AMM", 1, arrives=False)
    teller.say("Technology transfer: the package, four countries' maps, three sites on their way")
    story_transfer.tell(teller)
    teller.say("Drift of a series, places of a trial, an instrument that is stopped")
    story_stability.signals(teller)
    story_stability.tokens(teller)
    story_stability.blocked(teller)
    teller.say("Quality agreements, a deviation brought before Barcelona, a change at four sites")
    story_agreements.tell(teller)
    story_matters.tell(teller)
    teller.say("A training passport from Barcelona, accepted in part in Beirut")
    story_passport.tell(teller)
    teller.say("A trial on the same record: simulated participants beside the journeys")
    story_trial.tell(teller)
    story_safety.tell(teller)
    story_casebook.tell(teller)
    story_samples.tell(teller)
    referred(teller)
    teller.say("Plans of the weeks ahead: one declined, one in force, one to be decided")
    story_plan.tell(teller)


def until_filled(
    teller: Teller, child: Child, results: dict[str, str], source: str, container: str, started: int, cells_e6: str,
    recipe: str = story_batch.RECIPE, late: bool = False, language: str = "",
) -> None:  # fmt: skip
    """Referral to tested product, three weeks of work told in one scene."""
    with teller.scene(child.journey.lower(), child.site, started + 20) as s:
        story_patient.refer(s, child, teller, started + 20)
        story_patient.accept(s, child, started + 16)
        s.do("coordinator", "book-slot", journey=child.journey, slot_on=s.day(started + 1))
        story_patient.collect(s, child, started + 1, language=language)
    with teller.scene(child.batch.lower(), child.site, started) as s:
        story_batch.make(s, child.batch, child.journey, child.bag, child.coi, container, started=started,
                         recipe=recipe)  # fmt: skip
        story_batch.finish(s, child.batch, started, cells_e6, child.weight_kg, language)
        story_batch.test(s, child.batch, results, source, started, late, recipe)


def complete(teller: Teller) -> None:
    """ARI0001/01: released in two steps, three fractions, remission, followed to month six."""
    child, first = CHILDREN["ROM-J-001"], 215
    results, source = replayed("ARI0001/01")
    until_filled(teller, child, results, source, f"{LOT}-001", 235, results["car_pos_cells"],
                 recipe="ari0001_v1")  # fmt: skip
    with teller.scene("rom-complete", "ROM", 225) as s:
        story_batch.release(s, child.batch, "conditional", 224)
        for part, days_ago in ((1, first), (2, first - 2), (3, first - 4)):
            if part > 1:
                story_patient.grade(s, child, days_ago)
            story_patient.give(s, child, part, days_ago)
            if part == 2:
                # The late results are in before the last fraction: the second step of certification.
                late = {test: results[test] for test in ("sterility", "mycoplasma")}
                s.at(days_ago, 15)
                story_batch.enter(s, child.batch, late, source)
                story_batch.release(s, child.batch, "final", days_ago - 1)
        story_patient.grade(s, child, first - 6, fever=True)
        story_patient.grade(s, child, first - 9)
        for code, after, b_cells in (("D7", 7, "0"), ("D14", 14, "0"), ("D28", 28, "0"), ("M2", 61, "0"),
                                     ("M3", 91, "1"), ("M6", 183, "2")):  # fmt: skip
            story_patient.visit(s, child, code, first - after, b_cells)
            if code in ("D28", "M3"):
                s.do("physician", "record-response", journey=child.journey, response="mrd-negative-cr",
                     sensitivity="Flow cytometry 1e-4 (fictional)")  # fmt: skip


def drill(teller: Teller) -> None:
    """A clearly fictional batch: sterility turns positive after the first fraction; batch and lot are recalled."""
    child = CHILDREN["AMM-J-DRILL"]
    results = published.ari_lot("ARI0001/02") | {"car_pos_cells": "900", "sterility": "not sterile"}
    source = f"{FICTIONAL}, drill"
    until_filled(teller, child, results, source, f"{RECALLED}-001", 75, "900")
    with teller.scene("amm-drill", "AMM", 65) as s:
        story_batch.release(s, child.batch, "conditional", 65)
        story_patient.give(s, child, 1, 64)
        story_patient.grade(s, child, 63)
        s.at(58, 9)
        story_batch.enter(s, child.batch, {"sterility": "not sterile"}, source)
        s.do("qp", "inform-physician", batch=child.batch, physician="amm-physician",
             agreed="No further fraction; cultures and antibiotics for the patient (drill)")  # fmt: skip
        s.do("qp", "recall-batch", batch=child.batch, reason="Drill: sterility positive after conditional release")
        s.at(52, 9)
        s.do("qa", "close-investigation", of=f"batch:{child.batch}", test="sterility", conclusion="confirmed",
             reason="Drill: growth confirmed, same organism in a retained vector container")  # fmt: skip
    story_vector.recall(teller, RECALLED, 50)


def out_of_specification(teller: Teller) -> None:
    """Neither potency alternative passes: investigation, request, risk evaluation, acceptance, supply."""
    child = CHILDREN["BEY-J-002"]
    results = published.ari_lot("ARI0001/03")
    results |= {"car_pos_cells": "610", "car_pos_pct": "21.4", "potency_a": "82.0", "potency_b": "31.5"}
    until_filled(teller, child, results, FICTIONAL, f"{LOT}-004", 60, "610", late=True)
    with teller.scene("bey-oos", "BEY", 44) as s:
        batch = {"batch": child.batch}
        s.at(44, 9)
        s.do("qa", "close-investigation", of=f"batch:{child.batch}", test="potency_b", conclusion="confirmed",
             reason="No laboratory error found; the controls of the assay were valid (fictional)")  # fmt: skip
        s.do("physician", "request-oos-supply", **batch, alternatives="No donor, no slot for a second manufacture",
             reason="Refractory disease; waiting is the greater hazard (fictional)")  # fmt: skip
        s.at(43, 9)
        s.do("qp", "evaluate-oos-risk", **batch, evaluation="Potency below both limits; identity, purity, viability "
             "and safety conform. Lower efficacy is likely, added harm is not (fictional).")  # fmt: skip
        s.do("physician", "accept-oos-risk", **batch)
        s.at(42, 9)
        s.do("qa", "review-trail", of=f"batch:{child.batch}", remarks="Reviewed with the investigation")
        s.do("qp", "supply-oos", **batch)
        story_patient.give(s, child, 1, 41)
        story_patient.grade(s, child, 40)
        story_patient.visit(s, child, "D7", 34)
        story_patient.visit(s, child, "D14", 27)


def compared(teller: Teller) -> None:
    """HCAR19, batches 1 to 3: published results of another product, judged and released; no fraction is given."""
    for number in (1, 2, 3):
        child, started = CHILDREN[f"AMM-J-H{number:02d}"], 112 - 4 * number
        results = published.hcar_batch(number)
        source = f"Replay of published HCAR19 batch {number}, {published.HCAR_SOURCE}"
        until_filled(teller, child, results, source, "", started, "500", recipe="hcar19_v1", late=True)
        with teller.scene(f"amm-compared-{number}", "AMM", started - 20) as s:
            beads = (
                " The table prints No beads: entered as 0." if results["residual_beads_per_3e6_cells"] == "0" else ""
            )
            story_batch.release(s, child.batch, "final", started - 20,
                                f"{source}: figures of another product, made nowhere in this network; the cell number "
                                f"and the child are fictional.{beads}")  # fmt: skip
            s.do("physician", "decide-fraction", dose=f"{child.batch}-F1", decision="hold",
                 remarks="Released, a comparison replay of published figures: never to be given")  # fmt: skip


def released(teller: Teller) -> None:
    """ARI0001/03: every result in, finally released, the first fraction is to be given."""
    child = CHILDREN["AMM-J-001"]
    results, source = replayed("ARI0001/03")
    until_filled(teller, child, results, source, f"{LOT}-003", 25, results["car_pos_cells"], late=True,
                 language="ar")  # fmt: skip
    with teller.scene("amm-released", "AMM", 2) as s:
        story_batch.release(s, child.batch, "final", 2)
        s.at(1, 9)
        story_patient.weigh(s, child)


def conditional(teller: Teller) -> None:
    """ARI0001/02: sterility pending, first fraction given, CRS grade 2 holds the second."""
    child = CHILDREN["BEY-J-001"]
    results, source = replayed("ARI0001/02")
    until_filled(teller, child, results, source, f"{LOT}-002", 14, results["car_pos_cells"])
    with teller.scene("bey-conditional", "BEY", 4) as s:
        story_batch.release(s, child.batch, "conditional", 4)
        story_patient.give(s, child, 1, 3)
        story_patient.grade(s, child, 2, fever=True, hypotension="no-vasopressor")
        story_patient.grade(s, child, 1, fever=True, hypotension="no-vasopressor")
        s.do("physician", "decide-fraction", dose=f"{child.batch}-F2", decision="hold",
             remarks="CRS grade 2 since yesterday; graded again tomorrow")  # fmt: skip


def _started(teller: Teller, child: Child, container: str, started: int, until: str, **more: object) -> None:
    with teller.scene(child.journey.lower(), child.site, started + 12) as s:
        story_patient.refer(s, child, teller, started + 12)
        story_patient.accept(s, child, started + 9)
        story_patient.collect(s, child, started + 1)
    with teller.scene(child.batch.lower(), child.site, started) as s:
        story_batch.make(s, child.batch, child.journey, child.bag, child.coi, container, started=started,
                         until=until, **more)  # type: ignore[arg-type] # fmt: skip


def in_manufacture(teller: Teller) -> None:
    """Day 5: few CAR+ cells opened a deviation, and the second person has not signed yet."""
    child = CHILDREN["ROM-J-003"]
    _started(teller, child, f"{LOT}-005", 6, "P080", unverified=True, room="R1",
             readings={"ipc_car_pct": "4.2"})  # fmt: skip
    with teller.scene(f"{child.batch.lower()}-counter", child.site, 1, 10, 30) as s:
        story_batch.attach_printout(s, child.batch, "D-P080-ipc_car_pct")


def before_vector(teller: Teller) -> None:
    """Day 0 is done; the vector is to be added today."""
    _started(teller, CHILDREN["ROM-J-004"], "", 1, "P040", room="R1")


def collected(teller: Teller) -> None:
    """The bag was taken into the clean room yesterday; manufacture has not begun."""
    child = CHILDREN["BEY-J-003"]
    with teller.scene(child.journey.lower(), child.site, 15) as s:
        story_patient.refer(s, child, teller, 15)
        story_patient.accept(s, child, 12)
        s.do("coordinator", "book-slot", journey=child.journey, slot_on=s.day(1))
        story_patient.collect(s, child, 1)


def identified(teller: Teller) -> None:
    """Eligible, with a chain of identity and a day of collection."""
    child = CHILDREN["AMM-J-002"]
    with teller.scene(child.journey.lower(), child.site, 6) as s:
        story_patient.refer(s, child, teller, 6)
        story_patient.accept(s, child, 3)
        s.do("coordinator", "book-slot", journey=child.journey, slot_on=s.day(-5))


def referred(teller: Teller) -> None:
    """Referred yesterday; nobody has consented yet."""
    child = CHILDREN["ROM-J-002"]
    with teller.scene(child.journey.lower(), child.site, 1) as s:
        story_patient.refer(s, child, teller, 1)
