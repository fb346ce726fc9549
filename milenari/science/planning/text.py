"""The text of a scenario's file into tables, lists and texts: read whole, refused with where it is wrong.

JSON or YAML by its ending, JSON where there is none. In YAML every plain word stays the text it is (`no` is Norway, not
false; `07:00` is no number) and the reader of the field decides what it means. A name given twice is refused in both.
"""

from __future__ import annotations

import json
from typing import Any

from milenari.science.unfit import Unfit

LARGEST = 32 * 1024 * 1024  # bytes


def decoded(name: str, raw: bytes) -> str:
    """The bytes of a file as text; Unfit when they are too many, no UTF-8 or none."""
    if len(raw) > LARGEST:
        raise Unfit("file-too-large", f"{name} is larger than {LARGEST // 1024 // 1024} MiB.", file=name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise Unfit("file-unreadable", f"{name}, line {line} is not UTF-8. Save the file as UTF-8.", file=name,
                    line=line) from fault  # fmt: skip
    if not text.strip():
        raise Unfit("file-empty", f"{name} is empty.", file=name)
    return text


def parsed(name: str, text: str) -> Any:
    """The tables, lists and texts of a file with this name."""
    if name.lower().endswith((".yaml", ".yml")):
        return _yaml(name, text)
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _once(name, pairs), parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        raise Unfit(
            "file-unreadable",
            f"{name}, line {fault.lineno}, column {fault.colno}: {fault.msg}. This "
            "is read as JSON; YAML has a name ending in .yaml.",
            file=name,
            line=fault.lineno,
        ) from fault
    except RecursionError as fault:
        raise Unfit("file-unreadable", f"{name} is nested too deeply.", file=name) from fault


def _once(name: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise Unfit("name-twice", f"{name}: {key} is given twice in one table. Remove one.", file=name, key=key)
        made[key] = value
    return made


def _no_number(word: str) -> Any:
    raise Unfit("not-a-number", f"The file has {word}, which is not a number.", given=word)


def _yaml(name: str, text: str) -> Any:
    import yaml

    class Loader(yaml.BaseLoader):
        """Texts, lists and tables only; no aliases, so that a small file stays small."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                raise Unfit("file-unreadable", f"{name}, line {mark.line + 1} refers to another place (*); write it "
                            "out.", file=name, line=mark.line + 1)  # fmt: skip
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for at, key in enumerate(keys):
                if key in keys[:at]:
                    line = node.value[at][0].start_mark.line + 1
                    raise Unfit("name-twice", f"{name}, line {line}: {key} is given twice in one table. Remove one.",
                                file=name, line=line, key=key)  # fmt: skip
            return super().construct_mapping(node, deep=True)

    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506  BaseLoader makes texts only
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise Unfit("file-unreadable", f"{name}, line {line}: {fault.problem}.", file=name, line=line) from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise Unfit("file-unreadable", f"{name} is not YAML: {fault}.", file=name) from fault
