"""The pages of a box that is here before its data: scan first, look, book; then receive what was booked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from milenari.demo import cast
from milenari.journal.models import Credential
from milenari.registers import models as table
from milenari.registers import transit, waiting
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import CONTAINER, VIAL, exchange
from tests.exchange.test_shipping import ARRIVAL, booked, shipped, text_of

Network = dict[str, Node]


def client(node: Node, post: str) -> Client:
    made = Client()
    made.force_login(Credential.objects.get(person=f"{node.site.lower()}-{post}"))
    return made


def test_the_form_is_scanned_looked_at_and_nothing_is_written(network: Network) -> None:
    proof = text_of(shipped(network))
    rom = network["ROM"]
    with rom:
        before = rom.root("ROM")
        page = client(rom, "operator").get("/shipments/arrival")
        assert page.status_code == 200 and 'name="proof"' in page.content.decode()
        seen = client(rom, "operator").post("/shipments/arrival", {"do": "look", "proof": proof})
        text = seen.content.decode()
        assert (
            seen.status_code == 200 and VIAL in text and 'name="place"' in text and 'name="transfer" value="1"' in text
        )
        assert "Marked" not in text and rom.root("ROM") == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[:80], "prove nothing"),
        (lambda text: text.split("\n")[1], "prove nothing"),
        (lambda text: "hello", "prove nothing"),
    ],
)
def test_what_does_not_verify_is_refused_with_a_sentence_and_kept(network: Network, change: Any, told: str) -> None:
    proof = text_of(shipped(network))
    rom = network["ROM"]
    with rom:
        good = client(rom, "operator").post("/shipments/arrival", {"do": "look", "proof": proof})
        assert good.status_code == 200
        wrong = change(proof)
        seen = client(rom, "operator").post("/shipments/arrival", {"do": "look", "proof": wrong})
        text = seen.content.decode()
        assert seen.status_code == 422 and told in text and 'name="place"' not in text
        assert wrong[:20] in text, "what was scanned stays in the field"


def test_a_box_for_another_hospital_is_named(network: Network) -> None:
    proof = text_of(shipped(network))
    amm = network["AMM"]
    with amm:
        seen = client(amm, "operator").post("/shipments/arrival", {"do": "look", "proof": proof})
        assert seen.status_code == 422 and "This shipment is for" in seen.content.decode()


def test_it_is_booked_with_a_signature_listed_and_received_when_its_data_come(network: Network) -> None:
    proof = text_of(shipped(network))
    rom = network["ROM"]
    with rom:
        login = client(rom, "operator")
        player = next(p for p in cast.at("ROM") if p.person == "rom-operator")
        asked = {"do": "record-arrival", "proof": proof, "arrival": ARRIVAL, "what": CONTAINER, "transfer": "1",
                 "seal": "unbroken", "intact": "intact", "place": "Q-7", "temperature": "-71.5",
                 "temperature.unit": "Cel", "password": player.password, "second": player.pin}  # fmt: skip
        without = login.post("/shipments/arrival", {**asked, "place": ""})
        assert without.status_code == 422 and not table.Arrival.objects.exists()
        assert 'name="place"' in without.content.decode(), "the form comes back with what was typed"
        signed = login.post("/shipments/arrival", asked)
        assert signed.status_code == 302 and signed["Location"] == f"/shipments#{ARRIVAL}"
        page = client(rom, "operator").get("/shipments").content.decode()
        assert "Q-7" in page and "release proven" in page and ">overdue<" not in page
        again = client(rom, "operator").post("/shipments/arrival", {"do": "look", "proof": proof})
        assert again.status_code == 422 and "already" in again.content.decode()
    exchange(network, "BCN", "ROM")
    with rom:
        form = client(rom, "operator").get("/do/receive", {"what": CONTAINER}).content.decode()
        assert 'value="-71.5"' in form and 'value="1"' in form
        known = client(rom, "operator").get("/shipments").content.decode()
        assert "arrived by form" in known
    rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact",
           temperature={"value": "-71.5", "unit": "Cel"})  # fmt: skip
    with rom:
        assert "Q-7" not in client(rom, "operator").get("/shipments").content.decode()


def test_an_arrival_whose_data_never_come_is_an_open_matter_of_quality_assurance(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    rom = network["ROM"]
    booked(rom, text_of(shipped(network)))
    with rom:
        assert "settle-arrival" not in {w.action for w in waiting.work_waiting("ROM")}
        later = timezone.now() + transit.UNTOLD_AFTER * 2
        monkeypatch.setattr(timezone, "now", lambda: later)
        late = [w for w in waiting.work_waiting("ROM") if w.action == "settle-arrival"]
        assert [w.query for w in late] == [{"arrival": ARRIVAL}]


def test_arrivals_are_seen_by_both_ends_and_by_nobody_else(network: Network) -> None:
    rom = network["ROM"]
    booked(rom, text_of(shipped(network)), place="Q-9")
    exchange(network, "ROM", "AMM")
    exchange(network, "BCN", "ROM", "BCN")
    with network["AMM"]:
        assert "Q-9" not in client(network["AMM"], "operator").get("/shipments").content.decode()
    with network["BCN"]:
        assert "Q-9" in client(network["BCN"], "vector-manager").get("/shipments").content.decode()
