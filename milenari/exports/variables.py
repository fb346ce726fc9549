"""Variables: the SDTM datasets as empty tables, with labels and codelists, read from the tables beside the code.

Names, labels and order follow SDTMIG 3.4 (recalled from the published guide, then compared with what the rules engine
says of them; docs/exports.md tells with which result). Terms marked "ours" extend a published codelist.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib.resources import files

from milenari.exports.dataset import Codelist, Column, Dataset, Term

IG, MODEL = "3.4", "2.0"


def _rows(name: str) -> list[dict[str, str]]:
    text = files("milenari.exports").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _columns() -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    for row in _rows("sdtm_variables.csv"):
        key = int(row["key"]) if row["key"] else 0
        made = Column(row["variable"], row["label"], row["kind"], row["codelist"], row["origin"], key, row["note"])
        found.setdefault(row["dataset"], []).append(made)
    return {name: tuple(columns) for name, columns in found.items()}


@cache
def _datasets() -> dict[str, dict[str, str]]:
    return {row["dataset"]: row for row in _rows("sdtm_datasets.csv")}


def empty(name: str) -> Dataset:
    """One SDTM dataset without rows; SUPPxx is the supplement of xx."""
    of = name.removeprefix("SUPP") if name.startswith("SUPP") else ""
    told = _datasets()["SUPP" if of else name]
    label = f"{told['label']} for {of}" if of else told["label"]
    columns = _columns()["SUPP" if of else name]
    if of == "DM":  # one record per subject: nothing but the subject says which
        columns = tuple(replace(c, key=0) if c.name == "IDVARVAL" else c for c in columns)
    return Dataset(name, label, told["kind"], told["structure"], columns, (), bool(told["reference"]), of)


def every() -> list[tuple[str, str]]:
    """Name and label of every dataset that the record could fill, supplements and relations aside."""
    return [(name, row["label"]) for name, row in _datasets().items() if row["kind"] != "RELATIONSHIP"]


@cache
def names_of_tests() -> dict[str, str]:
    """The name of each test by its short name: one for one, as --TESTCD and --TEST have to be."""
    return {row["code"]: row["name"] for row in _rows("sdtm_tests.csv")}


@cache
def countries() -> dict[str, tuple[str, str]]:
    """ISO 3166-1: the two letters that a site carries, to the three of SDTM and the English name."""
    return {row["alpha2"]: (row["alpha3"], row["name"]) for row in _rows("countries.csv")}


@cache
def codelists() -> dict[str, Codelist]:
    """Every codelist that a column names."""
    found: dict[str, Codelist] = {}
    for row in _rows("sdtm_terms.csv"):
        one = found.setdefault(row["codelist"], Codelist(row["codelist"], row["name"], ()))
        term = Term(row["term"], row["meaning"], row["ours"] == "yes")
        found[row["codelist"]] = replace(one, terms=(*one.terms, term))
    places = tuple(Term(three, name) for three, name in sorted(countries().values()))
    return {**found, "COUNTRY": Codelist("COUNTRY", "Country", places)}
