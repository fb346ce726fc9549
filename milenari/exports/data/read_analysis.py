"""Reads the analysis set of a milenari export: python read_analysis.py FOLDER. Needs pandas."""

import hashlib
import json
import sys
from pathlib import Path

import pandas


def read(folder: Path) -> pandas.DataFrame:
    """The participants, with the types that the dictionary gives; stops when a file is not the one of the manifest."""
    for told in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]:
        if hashlib.sha256((folder / told["name"]).read_bytes()).hexdigest() != told["sha256"]:
            sys.exit(f"{told['name']} is not the file that the manifest names.")
    words = pandas.read_csv(folder / "dictionary.csv", keep_default_na=False)
    kinds = {"integer": "Int64", "decimal": "float64"}
    types = {row.variable: kinds.get(row.type, "string") for row in words.itertuples()}
    return pandas.read_csv(folder / "participants.csv", dtype=types, keep_default_na=False, na_values=[""])


if __name__ == "__main__":
    found = read(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print(found.describe(include="all").transpose().to_string())
    infused = found[found["infused"] == 1]
    print(f"{len(found)} participants, {len(infused)} infused, {int(infused['responded'].sum())} responded")
