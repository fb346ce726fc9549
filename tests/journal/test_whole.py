"""Files put by several writers at once, and the mark of a log that only rises."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from milenari.journal import whole
from milenari.journal.exchange import watermark

SITE = "BCN"


@pytest.fixture()
def home(tmp_path: Path) -> Iterator[Path]:
    before, settings.HOME = settings.HOME, tmp_path
    yield tmp_path
    settings.HOME = before


def test_threads_that_put_one_file_leave_one_of_their_texts_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    texts = [str(number).encode() * 5000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: [whole.put(path, text) for _ in range(40)], texts))
    assert path.read_bytes() in texts
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_put_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(IsADirectoryError):
        whole.put(taken, b"x")
    assert list(tmp_path.iterdir()) == [taken]


def test_a_mark_noted_by_writers_in_any_order_is_the_highest(home: Path) -> None:
    assert watermark.held(SITE) == 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda size: watermark.note(SITE, size), [*range(200, 0, -2), *range(1, 200, 2)]))
    assert watermark.held(SITE) == 200


def test_a_mark_is_lowered_only_by_beginning_again(home: Path) -> None:
    watermark.note(SITE, 12)
    watermark.note(SITE, 11)
    assert watermark.held(SITE) == 12
    watermark.begin_again(SITE, 7)
    assert watermark.held(SITE) == 7
