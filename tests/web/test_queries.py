"""The number of queries of a page is the same whether the node keeps ten journeys or a thousand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.crowd import Copier
from benchmarks.pages import PAGES
from milenari import demo
from milenari.registers import models as table

# Beside the busiest pages, those with lists that grow.
VISITS = {
    **PAGES,
    "journeys by code": ("bcn-qa", "/journeys?sort=code"),
    "journeys found": ("bcn-qa", "/journeys?q=ROM-J"),
    "home of an operator": ("rom-operator", "/"),
    "home of an analyst": ("rom-analyst", "/"),
    "home of a nurse": ("rom-ward", "/"),
    "home of a QP": ("rom-qp", "/"),
    "batch": ("rom-qa", "/batch/ROM-B-001"),
    "lots": ("bcn-vector-manager", "/lots"),
    "bedside": ("rom-ward", "/bedside"),
    "stock": ("rom-operator", "/stock"),
    "acts": ("rom-operator", "/acts"),
    "find": ("rom-coordinator", "/find?q=ROM-J"),
    "form": ("rom-operator", "/do/sign-step?batch=ROM-B-003"),
    "form with a list of journeys": ("rom-physician", "/do/record-consent"),
}


def logged_in(who: str) -> Client:
    login = next(one for one in demo.logins() if one["person"] == who)
    client = Client()
    answer = client.post("/login", {"person": who, "password": login["password"], "second": login["pin"]})
    assert answer.status_code == 302
    return client


def visit(clients: dict[str, Client], who: str, path: str) -> tuple[list[str], int]:
    client = clients.setdefault(who, logged_in(who)) if who not in clients else clients[who]
    client.get(path)  # what a worker learns once (sheets folded, templates read) is not the page's
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return [query["sql"] for query in seen], len(answer.content)


@pytest.mark.slow
def test_the_queries_of_a_page_do_not_grow_with_the_journeys(home: Path, db: None, settings: Any) -> None:
    demo.prepare(lambda line: None)
    crowd = Copier()
    clients: dict[str, Client] = {}
    few = {name: visit(clients, who, path) for name, (who, path) in VISITS.items()}
    crowd.grow(1000)
    assert table.Journey.objects.count() == 1000
    many = {name: visit(clients, who, path) for name, (who, path) in VISITS.items()}
    # A list of nothing asks one question less: a few more are allowed, one more a journey is not.
    grown = {
        n: f"{len(few[n][0])} queries, then {len(many[n][0])}" for n in VISITS if len(many[n][0]) > len(few[n][0]) + 3
    }
    assert not grown, grown
    heavy = {n: f"{many[n][1]} bytes" for n in VISITS if many[n][1] > 200_000}
    assert not heavy, heavy
