"""Transport files: read back by another library value by value, the same bytes, and nothing cut or lost in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from milenari.exports import files, judges, xpt
from milenari.exports.dataset import Dataset, filled
from milenari.exports.sdtm import sdtm
from milenari.exports.variables import empty
from tests.exports import cases

TAKEN = cases.taken()


def treatments(*names: str) -> Dataset:
    return filled(empty("CM"), [{"STUDYID": "ARI", "DOMAIN": "CM", "USUBJID": "ARI-1", "CMSEQ": n, "CMTRT": name}
                                for n, name in enumerate(names, 1)])  # fmt: skip


@pytest.mark.parametrize("dataset", sdtm(TAKEN).datasets, ids=lambda one: str(one.name))
def test_every_dataset_is_read_back_as_it_was_written(dataset: Dataset) -> None:
    content = xpt.xpt(dataset, TAKEN.snapshot)
    assert xpt.read_back(dataset, content) == [] and judges.transport("x.xpt", dataset, content).passed
    assert xpt.xpt(dataset, TAKEN.snapshot) == content
    assert b"01NOV26:12:00:30" in content[:560]  # the snapshot's time, not the clock's
    later = replace(TAKEN.snapshot, written_at=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert xpt.xpt(dataset, later) == content.replace(b"01NOV26:12:00:30", b"02JAN27:03:04:05")


def test_a_changed_value_is_noticed() -> None:
    dataset = sdtm(TAKEN).find("EX")
    content = xpt.xpt(dataset, TAKEN.snapshot)
    changed = content.replace(b"ARI-0001", b"ARI-0009")
    assert changed != content and not judges.transport("ex.xpt", dataset, changed).passed
    fewer = replace(dataset, columns=dataset.columns[:-1], rows=tuple(row[:-1] for row in dataset.rows))
    assert xpt.read_back(fewer, content)[0].startswith("EX: its columns")


def test_a_dataset_without_rows_has_a_file_with_its_columns() -> None:
    assert xpt.read_back(treatments(), xpt.xpt(treatments(), TAKEN.snapshot)) == []


def test_letters_that_the_format_does_not_know_are_told_apart_from_loss() -> None:
    assert xpt.ascii_of("Perché 39,5 °C – sì") == "Perche 39,5 ?C - si" and xpt.ascii_of("سعال") == "????"
    dataset = treatments("paracetamolo però", "سعال")
    assert xpt.read_back(dataset, xpt.xpt(dataset, TAKEN.snapshot)) == []


def test_a_text_longer_than_the_format_holds_leaves_the_file_out_and_fails_its_verdict() -> None:
    assert xpt.lacking(treatments("x" * 200)) == []
    told = xpt.lacking(treatments("x" * 201))
    assert told == ["CM.CMTRT: a text of more than 200 letters in 1 rows."]
    assert not judges.transport("cm.xpt", treatments("x" * 201), b"").passed
    title = replace(TAKEN, study=replace(TAKEN.study, title="x" * 201))
    made = files.make(title, "sdtm")
    names = {f.name for f in made.files}
    assert "ts.json" in names and "ts.xpt" not in names and "dm.xpt" in names
    assert [v.of for v in made.verdicts if not v.passed] == ["ts.xpt"]


def test_a_library_that_stamps_elsewhere_is_noticed() -> None:
    with pytest.raises(ValueError, match="where its time is to stand"):
        xpt._is_a_stamp(b"SAS     SASLIB  ")
