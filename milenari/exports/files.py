"""Files: what one export consists of, its manifest with digests, written into an empty folder or as one zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from milenari.exports import judges, xpt
from milenari.exports.analysis import analysis
from milenari.exports.csv_files import DICTIONARY, dictionary, table
from milenari.exports.dataset import Collected, problems
from milenari.exports.dataset_json import DEFINE, dataset_json
from milenari.exports.define import define
from milenari.exports.ebmt import ebmt
from milenari.exports.fhir import bundle
from milenari.exports.follow_up import follow_up
from milenari.exports.judges import Verdict
from milenari.exports.odm import odm
from milenari.exports.sdtm import sdtm
from milenari.exports.study import Taken
from milenari.rules.action import Refused

MANIFEST = "manifest.json"
READERS = {"read_analysis.py": "read_analysis_py.txt", "read_analysis.R": "read_analysis_r.txt"}


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    records: int = 0

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Export:
    """All files of one format, what the checks said of them, and what they were made from."""

    format: str
    taken: Taken
    files: tuple[File, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def name(self) -> str:
        return f"{self.taken.study.code}-{self.format}"

    def manifest(self) -> bytes:
        """The snapshot, each file with its digest, and every verdict: what a receiver checks first."""
        told = {
            "export": self.format, "study": self.taken.study.code, "protocol_version": self.taken.study.version,
            "snapshot": self.taken.snapshot.told(), "participants": len(self.taken.cases),
            "left_out": dict(self.taken.left_out), "simulated": self.taken.simulated,
            "files": [{"name": f.name, "sha256": f.digest, "bytes": len(f.content), "records": f.records}
                      for f in self.files],
            "checks": [{"judge": v.judge, "of": v.of, "passed": v.passed, "problems": list(v.problems)}
                       for v in self.verdicts],
        }  # fmt: skip
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()

    def everything(self) -> list[File]:
        """The files and the manifest, by name."""
        return sorted((*self.files, File(MANIFEST, self.manifest())), key=lambda f: f.name)


def make(taken: Taken, wanted: str) -> Export:
    """One export of a study as of its snapshot; Refused for a format that is none."""
    if wanted not in FORMATS:
        raise Refused("export-format-unknown", found=wanted, known=list(FORMATS))
    made, verdicts = FORMATS[wanted](taken)
    return Export(wanted, taken, tuple(made), tuple(verdicts))


def _tables(collected: Collected) -> tuple[list[File], list[Verdict]]:
    made = [File(f"{d.name.lower()}.csv", table(d), len(d.rows)) for d in collected.datasets]
    made.append(File(DICTIONARY, dictionary(collected), sum(len(d.columns) for d in collected.datasets)))
    return made, [consistent(collected)]


def consistent(collected: Collected) -> Verdict:
    """Whether every dataset is what its own columns and codelists say."""
    found = [problem for d in collected.datasets for problem in problems(d, collected.codelists)]
    return Verdict("columns", collected.study, not found, tuple(found[: judges.MOST]))


def _sdtm(taken: Taken) -> tuple[list[File], list[Verdict]]:
    collected = sdtm(taken)
    made = [File(f"{d.name.lower()}.json", dataset_json(d, taken.snapshot), len(d.rows)) for d in collected.datasets]
    verdicts = [consistent(collected), *(judges.dataset_json(f.name, f.content) for f in made)]
    described = define(taken, collected)
    verdicts.append(judges.define(DEFINE, described))
    made.append(File(DEFINE, described, len(collected.datasets)))
    for dataset in collected.datasets:  # one that does not fit is left out, and its verdict says why
        content = b"" if xpt.lacking(dataset) else xpt.xpt(dataset, taken.snapshot)
        name = f"{dataset.name.lower()}.xpt"
        verdicts.append(judges.transport(name, dataset, content))
        made += [File(name, content, len(dataset.rows))] if content else []
    return made, verdicts


def _csv(taken: Taken) -> tuple[list[File], list[Verdict]]:
    return _tables(sdtm(taken))


def _odm(taken: Taken) -> tuple[list[File], list[Verdict]]:
    content = odm(taken, sdtm(taken))
    return [File("odm.xml", content, len(taken.cases))], [judges.odm("odm.xml", content)]


def _fhir(taken: Taken) -> tuple[list[File], list[Verdict]]:
    told = bundle(taken)
    content = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    return [File("bundle.json", content, len(told["entry"]))], [judges.fhir("bundle.json", content)]


def _ebmt(taken: Taken) -> tuple[list[File], list[Verdict]]:
    return _tables(ebmt(taken))


def _follow_up(taken: Taken) -> tuple[list[File], list[Verdict]]:
    return _tables(follow_up(taken))


def _analysis(taken: Taken) -> tuple[list[File], list[Verdict]]:
    made, verdicts = _tables(analysis(taken))
    folder = files("milenari.exports").joinpath("data")
    made += [File(name, folder.joinpath(kept).read_bytes()) for name, kept in READERS.items()]
    return made, verdicts


Maker = Callable[[Taken], tuple[Sequence[File], Sequence[Verdict]]]
FORMATS: dict[str, Maker] = {
    "sdtm": _sdtm, "odm": _odm, "csv": _csv, "fhir": _fhir, "ebmt": _ebmt, "follow-up": _follow_up,
    "analysis": _analysis,
}  # fmt: skip


def write(export: Export, into: Path) -> list[File]:
    """Write everything into a folder that is new or empty; Refused otherwise, with nothing written."""
    return put(export.everything(), into)


def put(made: list[File], into: Path) -> list[File]:
    """Files into a folder that is new or empty."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Refused("export-folder-not-empty", folder=str(into))
    into.mkdir(parents=True, exist_ok=True)
    for file in made:
        (into / file.name).write_bytes(file.content)
    return made


def zipped(export: Export) -> bytes:
    """Everything in one zip, with no time of its own: the same export gives the same bytes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in export.everything():
            info = zipfile.ZipInfo(f"{export.name}/{file.name}", (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(info, file.content)
    return into.getvalue()


def manifest_of(text: bytes) -> dict[str, Any]:
    """The snapshot of an earlier export, from its manifest; Refused when the file is none."""
    try:
        found = json.loads(text)["snapshot"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Refused("snapshot-unreadable", detail=f"{type(fault).__name__}: {fault}") from fault
    if not isinstance(found, dict):
        raise Refused("snapshot-unreadable", detail=type(found).__name__)
    return found
