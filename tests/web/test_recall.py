"""Recall: the effect shown before the signature is the effect that the rules enforce afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from milenari.journal import ask, read
from milenari.registers import models as table
from milenari.registers import recall
from milenari.rules.action import ACTIONS, Refused
from milenari.rules.infusion import require_givable
from milenari.words import Role
from tests.web.stage import client_of, secrets
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
LOT, BATCH = "LV-A3B1-L01", "BEY-B-001"


def figures(answer: Any) -> dict[str, int]:
    """The four big numbers at the top, by the first word of what they count."""
    body = answer.content.decode().partition('<ul class="figures"')[2].partition("</ul>")[0]
    found = re.findall(r"<strong>.*?>(\d+)<.*?</strong>\s*(\w+)", body)
    return {word: int(number) for number, word in found}


def sign(client: Client, name: str, who: str, **more: str) -> Any:
    shown = client.get(f"/recall/{name}").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(act|seen)" value="([^"]*)"', shown))
    return client.post(f"/recall/{name}", {**hidden, "reason": "drill of the test", **secrets(who), **more})


def refused(code: str, who: str, site: str, role: Role, **data: Any) -> str:
    answer = ask.Supposed().ask(ACTIONS[code].from_data(data), ask.Asker(who, role, site), reason="asked")
    return answer.code if isinstance(answer, Refused) else ""


def givable(dose: str) -> str:
    try:
        require_givable(read.sheet(f"dose:{dose}"), ask.Supposed())
    except Refused as fault:
        return fault.code
    return ""


def test_what_is_shown_before_the_signature_is_what_the_rules_enforce_after_it() -> None:
    qa = client_of("bcn-qa")
    before = qa.get(f"/recall/lot:{LOT}")
    reach = recall.of_lot(LOT)
    held = [c.code for c in reach.containers]
    waiting = [d.code for d in reach.waiting]
    assert figures(before) == {"containers": len(held), "batches": len(reach.batches), "fractions": len(waiting),
                               "patients": len(reach.patients)}  # fmt: skip
    shown = text_of(before)
    assert held and all(code in shown for code in held) and all(code in shown for code in waiting)
    free = next(c.code for c in reach.containers if c.site == "BCN" and not c.bound_for)
    manager = ("bcn-vector-manager", "BCN", Role.VECTOR_MANAGER)
    assert refused("allocate-container", *manager, container=free, to_site="ROM") == ""
    assert givable("AMM-B-001-F1") == ""

    assert sign(qa, f"lot:{LOT}", "bcn-qa").status_code == 302
    after = qa.get(f"/recall/lot:{LOT}")
    assert figures(after) == figures(before) and "RECALLED." in text_of(after)
    for container in reach.containers:
        if container.site == "BCN" and not container.bound_for:
            code = refused("allocate-container", *manager, container=container.code, to_site="ROM")
            assert code == "vector-recalled", container.code
        with pytest.raises(Refused) as stopped:
            read.sheet(f"lot:{container.lot}").require_usable(ask.Supposed().now.date())
        assert stopped.value.code == "vector-recalled"
    stopped_now = {dose: givable(dose) for dose in waiting}
    assert all(stopped_now.values()) and "vector-recalled" in stopped_now.values()
    untouched = table.Container.objects.exclude(lot=LOT).filter(spent_in="").values_list("code", flat=True)
    assert not set(untouched) & set(held)


def test_the_recall_of_a_batch_stops_its_fractions_and_no_other() -> None:
    qa = client_of("bey-qa")
    before = figures(qa.get(f"/recall/batch:{BATCH}"))
    assert before == {"batches": 1, "fractions": 2, "patients": 1}
    assert (givable(f"{BATCH}-F2"), givable("AMM-B-001-F1")) == ("", "")
    assert sign(qa, f"batch:{BATCH}", "bey-qa").status_code == 302
    assert figures(qa.get(f"/recall/batch:{BATCH}")) == before
    assert (givable(f"{BATCH}-F2"), givable("AMM-B-001-F1")) == ("batch-recalled", "")


def test_every_site_that_holds_or_treated_is_told_and_by_name() -> None:
    shown = text_of(client_of("bcn-qa").get(f"/recall/lot:{LOT}"))
    told_of = shown.partition("Who must be told")[2]
    for site in recall.of_lot(LOT).sites:
        assert site in told_of
    assert "Lina Tarawneh" in told_of and "Samir Tannous" in told_of


def test_a_container_on_its_way_is_listed_where_it_is_and_where_it_goes() -> None:
    moving = table.Container.objects.exclude(bound_for="").filter(lot=LOT).get()
    shown = text_of(client_of("bcn-qa").get(f"/recall/lot:{LOT}"))
    assert moving.code in shown and f"on its way to {moving.bound_for}" in shown
    assert moving.bound_for in recall.of_lot(LOT).sites


def test_whoever_may_not_recall_sees_the_effect_and_the_reason_why_not() -> None:
    manager = client_of("bcn-vector-manager")
    shown = manager.get(f"/recall/lot:{LOT}")
    assert figures(shown)["containers"] and "You cannot sign this recall" in text_of(shown)
    assert sign(manager, f"lot:{LOT}", "bcn-vector-manager").status_code == 422
    assert not read.sheet(f"lot:{LOT}").recalled


def test_a_recall_without_a_reason_is_refused_and_nothing_is_blocked() -> None:
    qa = client_of("bcn-qa")
    answer = sign(qa, f"lot:{LOT}", "bcn-qa", reason=" ")
    assert answer.status_code == 422 and "This was not recorded" in text_of(answer)
    assert not read.sheet(f"lot:{LOT}").recalled and givable("AMM-B-001-F1") == ""


def test_a_hospital_sees_only_its_own_patients_in_the_effect_but_all_in_the_count() -> None:
    shown = client_of("rom-qa").get(f"/recall/lot:{LOT}")
    everything = client_of("bcn-qa").get(f"/recall/lot:{LOT}")
    assert "MLN-ROM" in text_of(shown) and "MLN-BEY" not in text_of(shown) and "MLN-BEY" in text_of(everything)
    assert figures(shown) == figures(everything) and "Batches at sites that you do not see" in text_of(shown)


def test_a_bare_code_is_found_and_an_unknown_one_refused() -> None:
    qa = client_of("bcn-qa")
    assert qa.get(f"/recall/{LOT}").status_code == 200 and qa.get(f"/recall/{BATCH}").status_code == 200
    assert qa.get("/recall/lot:NONE").status_code == 404


def test_the_number_of_questions_does_not_depend_on_how_much_is_reached(django_assert_max_num_queries: Any) -> None:
    qa = client_of("bcn-qa")
    with django_assert_max_num_queries(45):
        qa.get(f"/recall/lot:{LOT}")
