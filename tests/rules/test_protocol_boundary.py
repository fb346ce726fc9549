"""A boundary from a table: read strictly, and shortened without saying anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.action import Refused
from milenari.rules.monitoring import reached
from milenari.rules.protocol_boundary import of_table, shortened, typed


def test_a_table_with_remarks_and_blank_lines_is_read() -> None:
    assert of_table(b"\xef\xbb\xbf# by the statistician\nN, Events\n\n3,3\r\n6,4\n") == [(3, 3), (6, 4)]
    assert typed([(3, 3), (6, 4)]) == "3/3 4/6"


def refused(code: str, *tables: bytes) -> None:
    for raw in tables:
        with pytest.raises(Refused) as caught:
            of_table(raw)
        assert caught.value.code == code, raw[:60]


def test_what_is_no_boundary_is_refused_with_its_place() -> None:
    refused("boundary-header-unfit", b"", b"events,n\n3,3\n")
    many = b"".join(b"%d,1\n" % n for n in range(1, 203))
    refused("boundary-file-lines", b"n,events\n", b"n,events\n" + many)
    refused("boundary-line-unfit", b"n,events\n3,three\n", b"n,events\n3,3,3\n", b"n,events\n3,-1\n")
    refused(
        "boundary-line-order", b"n,events\n3,4\n", b"n,events\n3,0\n", b"n,events\n6,4\n3,4\n", b"n,events\n3,3\n6,2\n"
    )
    refused("boundary-file-unreadable", b"\xff\xfe\x00", b"n,events\n" + b" " * 65_000)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=30), st.integers(1, 4))
def test_a_shortened_boundary_stops_at_the_same_events(steps: list[int], first: int) -> None:
    looks, stop = [], first
    for n, step in enumerate(steps, 1):
        stop += step
        looks.append((n, stop))
    short = shortened(looks)
    for n, limit in looks:
        for events in range(n + 1):
            assert reached(short, n, events) == (events >= limit), (n, events)
