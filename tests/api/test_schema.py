"""Every operation called with made-up requests: no fault of ours, and every answer as it was described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi

from milenari.api import room
from milenari.journal import tokens
from tests.web.world import JOURNEY, PASSWORD, PIN, World

CHECKS = [
    checks.not_a_server_error, openapi.status_code_conformance, openapi.content_type_conformance,
    openapi.response_schema_conformance,
]  # fmt: skip
EXAMPLES = 15
# What a made-up request would hardly ever guess, so that it gets past the first refusal now and then.
REAL = {"act": "ROM/3", "site": "ROM", "name": f"journey:{JOURNEY}", "code": JOURNEY}
REAL_CODES = {
    "/api/batches/{code}": "ROM-B-1",
    "/api/actions/{code}": "record-weight",
    "/api/actions/{code}/proposal": "record-weight",
}


OPERATIONS = [(path, method) for path, methods in room.description()["paths"].items() for method in methods]
every_operation = pytest.mark.parametrize(("path", "method"), OPERATIONS)


@pytest.fixture
def described(batch_world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(room.api.throttle[0], "num_requests", 10**6)  # type: ignore[index]
    return schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())


bounded = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def headers(batch_world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.make('ROM-COO', 'made-up requests', tokens.SCOPES)}"}


@every_operation
def test_an_operation_answers_as_described_whatever_is_asked(
    described: Any, headers: dict[str, str], path: str, method: str
) -> None:
    @bounded
    @given(case=described[path][method].as_strategy())
    def asked(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)
        for name in case.path_parameters or {}:
            case.path_parameters[name] = REAL_CODES.get(path) or REAL[name]
        if case.query and "site" in case.query:
            case.query["site"] = "ROM"
        if isinstance(case.body, dict) and "signature" in case.body:
            # Past the form and the signature, as far as the rule: only there can an entry begin to be made.
            case.body["signature"] = {"kind": "components", "password": PASSWORD, "second_factor": PIN}
        case.call_and_validate(headers=headers, checks=CHECKS)

    asked()


@every_operation
def test_no_operation_answers_without_a_token(described: Any, path: str, method: str) -> None:
    @settings(bounded, max_examples=3)
    @given(case=described[path][method].as_strategy())
    def asked(case: Any) -> None:
        case.headers = {}
        answer = case.call()
        assert answer.status_code == 401 and answer.json()["code"] == "token-missing"

    asked()
