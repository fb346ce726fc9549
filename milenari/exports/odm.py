"""ODM 1.3.2: the same datasets as metadata and clinical data in one snapshot file, built with odmlib.

One study event holds a form per dataset; each row is an item group with its repeat key.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from milenari.exports.dataset import Codelist, Collected, Dataset, Value
from milenari.exports.dataset_json import group_oid, item_oid, study_oid
from milenari.exports.define import KINDS, written
from milenari.exports.study import Taken

EVENT = "SE.RECORD"


def odm(taken: Taken, collected: Collected) -> bytes:
    """One file with the metadata of every dataset and every row of those about participants."""
    import odmlib.odm_1_3_2.model as o

    snapshot = taken.snapshot
    of, version = study_oid(snapshot), f"MDV.{snapshot.study}.ODM"
    told = [d for d in collected.datasets if not d.reference and "USUBJID" in d.names and d.name != "RELREC"]
    root = o.ODM(
        FileType="Snapshot", FileOID=f"{of}.ODM", CreationDateTime=snapshot.created, AsOfDateTime=snapshot.created,
        ODMVersion="1.3.2", Originator="milenari", SourceSystem="milenari", SourceSystemVersion=snapshot.software,
        Granularity="All", Description=f"Journal checkpoints: {snapshot.words}",
    )  # fmt: skip
    root.Study = [o.Study(OID=of, GlobalVariables=o.GlobalVariables(
        StudyName=o.StudyName(_content=taken.study.code),
        StudyDescription=o.StudyDescription(_content=taken.study.title),
        ProtocolName=o.ProtocolName(_content=f"{taken.study.code} {taken.study.version}".strip()),
    ), MetaDataVersion=[_metadata(o, version, taken, told, collected)])]  # fmt: skip
    subjects = [_subject(o, key, told) for key in sorted({str(s) for d in told for s in d.column("USUBJID")})]
    if subjects:
        root.ClinicalData = [o.ClinicalData(StudyOID=of, MetaDataVersionOID=version, SubjectData=subjects)]
    return written(root)


def _said(o: Any, text: str) -> Any:
    return o.Description(TranslatedText=[o.TranslatedText(lang="en", _content=text)])


def _metadata(o: Any, oid: str, taken: Taken, told: list[Dataset], collected: Collected) -> Any:
    made = o.MetaDataVersion(OID=oid, Name=f"{taken.study.code}, record")
    made.Protocol = o.Protocol(StudyEventRef=[o.StudyEventRef(StudyEventOID=EVENT, OrderNumber=1, Mandatory="Yes")])
    refs = [o.FormRef(FormOID=f"FO.{d.name}", OrderNumber=n, Mandatory="No") for n, d in enumerate(told, 1)]
    made.StudyEventDef = [o.StudyEventDef(OID=EVENT, Name="The record", Repeating="No", Type="Common", FormRef=refs)]
    made.FormDef = [o.FormDef(OID=f"FO.{d.name}", Name=d.label, Repeating="No", ItemGroupRef=[
        o.ItemGroupRef(ItemGroupOID=group_oid(d), OrderNumber=1, Mandatory="Yes")]) for d in told]  # fmt: skip
    made.ItemGroupDef = [_group(o, d) for d in told]
    made.ItemDef = [_item(o, d, place) for d in told for place in range(len(d.columns))]
    named = {c.codelist for d in told for c in d.columns if c.codelist}
    made.CodeList = [_codelist(o, listed) for code, listed in collected.codelists.items() if code in named]
    return made


def _group(o: Any, dataset: Dataset) -> Any:
    keys = dataset.keys
    refs = []
    for place, column in enumerate(dataset.columns, 1):
        ref = o.ItemRef(ItemOID=item_oid(dataset, column), OrderNumber=place, Mandatory="Yes" if column.key else "No")
        if column.key:
            ref.KeySequence = keys.index(column.name) + 1
        refs.append(ref)
    return o.ItemGroupDef(
        OID=group_oid(dataset), Name=dataset.name, Repeating="Yes", IsReferenceData="No",
        SASDatasetName=dataset.name[:8], Description=_said(o, dataset.label), ItemRef=refs,
    )  # fmt: skip


def _item(o: Any, dataset: Dataset, place: int) -> Any:
    column = dataset.columns[place]
    kind = KINDS[column.kind]
    # Dates of the record may be whole days where the column holds instants; ODM's own type for both is partial.
    made = o.ItemDef(OID=item_oid(dataset, column), Name=column.name,
                     DataType="partialDatetime" if kind == "datetime" else kind)  # fmt: skip
    if kind in ("text", "integer", "float"):
        made.Length = dataset.length(column.name)
    if kind == "float":
        made.SignificantDigits = 6
    made.Description = _said(o, column.label)
    if column.codelist:
        made.CodeListRef = o.CodeListRef(CodeListOID=f"CL.{column.codelist}")
    return made


def _codelist(o: Any, listed: Codelist) -> Any:
    return o.CodeList(OID=f"CL.{listed.code}", Name=listed.name, DataType="text", CodeListItem=[
        o.CodeListItem(CodedValue=t.code,
                       Decode=o.Decode(TranslatedText=[o.TranslatedText(lang="en", _content=t.meaning)]))
        for t in listed.terms])  # fmt: skip


def _subject(o: Any, key: str, told: list[Dataset]) -> Any:
    forms = []
    for dataset in told:
        rows = [row for row in dataset.rows if row[dataset.names.index("USUBJID")] == key]
        groups = [o.ItemGroupData(ItemGroupOID=group_oid(dataset), ItemGroupRepeatKey=str(n), TransactionType="Insert",
                                  ItemData=_items(o, dataset, row)) for n, row in enumerate(rows, 1)]  # fmt: skip
        if groups:
            forms.append(o.FormData(FormOID=f"FO.{dataset.name}", ItemGroupData=groups))
    event = o.StudyEventData(StudyEventOID=EVENT, FormData=forms)
    return o.SubjectData(SubjectKey=key, StudyEventData=[event])


def _items(o: Any, dataset: Dataset, row: tuple[Value, ...]) -> list[Any]:
    return [o.ItemData(ItemOID=item_oid(dataset, column),
                       Value=format(value, "f") if isinstance(value, Decimal) else str(value))
            for column, value in zip(dataset.columns, row, strict=True) if value is not None]  # fmt: skip
