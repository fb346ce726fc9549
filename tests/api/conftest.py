"""What the tests of the interface share: a founded node, and callers with tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from milenari.journal import person, tokens
from tests.web import world as worlds


@pytest.fixture
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.HOME, settings.DEMO = tmp_path, True
    monkeypatch.setitem(person._COST, "time_cost", 1)
    monkeypatch.setitem(person._COST, "memory_cost", 64)
    return tmp_path


@pytest.fixture(autouse=True)
def _no_calls_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def world(home: Path, db: None) -> worlds.World:
    return worlds.build()


@pytest.fixture
def batch_world(world: worlds.World) -> worlds.World:
    worlds.to_batch(world)
    return world


class Caller:
    """A program with a person's token."""

    def __init__(self, text: str, language: str = "en") -> None:
        self.headers = {"Authorization": f"Bearer {text}", "Accept-Language": language}

    def get(self, path: str, **asked: Any) -> Any:
        return Client().get(f"/api/{path}", asked, headers=self.headers)

    def post(self, path: str, told: Any) -> Any:
        body = told if isinstance(told, (str, bytes)) else json.dumps(told)
        return Client().post(f"/api/{path}", body, content_type="application/json", headers=self.headers)


Calling = Callable[..., Caller]


@pytest.fixture
def calling(world: worlds.World) -> Calling:
    """A caller for a person, with every scope unless others are named."""

    def made(who: str, *scopes: str, language: str = "en") -> Caller:
        return Caller(tokens.make(who, f"test {who}", scopes or tokens.SCOPES), language)

    return made
