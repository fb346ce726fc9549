"""define.xml: what every dataset, variable and codelist of the SDTM export is. Define-XML 2.1, built with odmlib."""

from __future__ import annotations

from typing import Any

from milenari.exports.dataset import Codelist, Collected, Column, Dataset
from milenari.exports.dataset_json import group_oid, item_oid, study_oid, version_oid
from milenari.exports.study import Taken
from milenari.exports.variables import IG

KINDS = {"string": "text", "integer": "integer", "decimal": "float", "date": "date", "datetime": "datetime"}
STANDARD = "STD.1"
SOURCES = {"Collected": "Investigator", "Derived": "Sponsor", "Assigned": "Sponsor", "Protocol": "Sponsor"}
NAMESPACES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3", "def": "http://www.cdisc.org/ns/def/v2.1",
    "xlink": "http://www.w3.org/1999/xlink", "xml": "http://www.w3.org/XML/1998/namespace",
}  # fmt: skip
PLACES = 6  # digits after the point of a number, at most


def define(taken: Taken, collected: Collected) -> bytes:
    """The description of these datasets, the same bytes each time."""
    import odmlib.define_2_1.model as d

    snapshot = taken.snapshot
    version = d.MetaDataVersion(
        OID=version_oid(snapshot), Name=f"{taken.study.code}, SDTM", DefineVersion="2.1.0",
        Description=f"SDTM datasets of {taken.study.code}. Journal checkpoints: {snapshot.words}",
    )  # fmt: skip
    version.Standards = d.Standards(Standard=[
        d.Standard(OID=STANDARD, Name="SDTMIG", Type="IG", Version=IG, Status="Final"),
    ])  # fmt: skip
    version.ItemGroupDef = [_group(d, dataset) for dataset in collected.datasets]
    version.ItemDef = [_item(d, dataset, column) for dataset in collected.datasets for column in dataset.columns]
    version.CodeList = [_codelist(d, listed) for listed in collected.codelists.values()]
    study = d.Study(OID=study_oid(snapshot), MetaDataVersion=version, GlobalVariables=d.GlobalVariables(
        StudyName=d.StudyName(_content=taken.study.code),
        StudyDescription=d.StudyDescription(_content=taken.study.title),
        ProtocolName=d.ProtocolName(_content=f"{taken.study.code} {taken.study.version}".strip()),
    ))  # fmt: skip
    root = d.ODM(
        FileType="Snapshot", FileOID=f"{study_oid(snapshot)}.DEFINE", CreationDateTime=snapshot.created,
        AsOfDateTime=snapshot.created, ODMVersion="1.3.2", Originator="milenari", SourceSystem="milenari",
        SourceSystemVersion=snapshot.software, Context="Other", Study=study,
    )  # fmt: skip
    return written(root, "def", "xlink", "xml")


def written(root: Any, *namespaces: str) -> bytes:
    """An odmlib document as bytes with its declaration; namespaces are its own, not what else was loaded before."""
    from odmlib.ns_registry import bind_document_namespaces

    kept = {prefix: uri for prefix, uri in NAMESPACES.items() if prefix == "odm" or prefix in namespaces}
    bind_document_namespaces(root, {"namespaces": kept, "default": {"odm": NAMESPACES["odm"]}}, recursive=True)
    text = root.to_xml_string(xml_declaration=True)
    return text if isinstance(text, bytes) else str(text).encode()


def _said(d: Any, text: str) -> Any:
    return d.Description(TranslatedText=[d.TranslatedText(lang="en", _content=text)])


def _group(d: Any, dataset: Dataset) -> Any:
    made = d.ItemGroupDef(
        OID=group_oid(dataset), Name=dataset.name, Repeating="No" if dataset.name == "DM" else "Yes",
        IsReferenceData="Yes" if dataset.reference else "No", SASDatasetName=dataset.name,
        Domain=dataset.of or dataset.name, Purpose="Tabulation", Structure=dataset.structure, StandardOID=STANDARD,
        ArchiveLocationID=f"LF.{dataset.name}", Description=_said(d, dataset.label),
    )  # fmt: skip
    if not dataset.rows:
        made.HasNoData = "Yes"
    keys = dataset.keys
    made.ItemRef = [_ref(d, dataset, column, place, keys) for place, column in enumerate(dataset.columns, 1)]
    made.Class = d.Class(Name=dataset.kind)
    name = f"{dataset.name.lower()}.json"
    made.leaf = d.leaf(ID=f"LF.{dataset.name}", href=name, title=d.title(_content=name))
    return made


def _ref(d: Any, dataset: Dataset, column: Column, place: int, keys: tuple[str, ...]) -> Any:
    held = [value for value in dataset.column(column.name) if value is not None]
    needed = bool(dataset.rows) and len(held) == len(dataset.rows)
    made = d.ItemRef(ItemOID=item_oid(dataset, column), OrderNumber=place, Mandatory="Yes" if needed else "No")
    if column.key:
        made.KeySequence = keys.index(column.name) + 1
    if dataset.rows and not held:
        made.HasNoData = "Yes"
    return made


def _item(d: Any, dataset: Dataset, column: Column) -> Any:
    kind = KINDS[column.kind]
    made = d.ItemDef(OID=item_oid(dataset, column), Name=column.name, DataType=kind, SASFieldName=column.name)
    if kind in ("text", "integer", "float"):
        made.Length = dataset.length(column.name)
    if kind == "float":
        made.SignificantDigits = PLACES
    made.Description = _said(d, column.label)
    if column.codelist:
        made.CodeListRef = d.CodeListRef(CodeListOID=f"CL.{column.codelist}")
    origin = d.Origin(Type=column.origin, Source=SOURCES[column.origin])
    if column.note:
        origin.Description = _said(d, column.note)
    made.Origin = [origin]
    return made


def _codelist(d: Any, listed: Codelist) -> Any:
    made = d.CodeList(OID=f"CL.{listed.code}", Name=listed.name, DataType="text", IsNonStandard="Yes")
    for place, term in enumerate(listed.terms, 1):
        meaning = d.Decode(TranslatedText=[d.TranslatedText(lang="en", _content=term.meaning)])
        item = d.CodeListItem(CodedValue=term.code, OrderNumber=place, Decode=meaning)
        if term.ours:
            item.ExtendedValue = "Yes"
        made.CodeListItem.append(item)
    return made
