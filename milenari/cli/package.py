"""Commands about transfer packages: what two versions do not share, and what that forces."""

from __future__ import annotations

import click

from milenari.cli.frame import example, fail, json_option, main, say, sentence_of, wire


@main.group(epilog=example("milenari package diff ARI-0001 1 2"))
def package() -> None:
    """Transfer packages: the questions."""


@package.command(epilog=example("milenari package diff ARI-0001 1 2 --json"))
@click.argument("product")
@click.argument("old")
@click.argument("new")
@json_option
def diff(product: str, old: str, new: str, as_json: bool) -> None:
    """Say in what version NEW of the package of PRODUCT differs from OLD, and which edges sites walk again."""
    wire()
    from milenari.journal import read
    from milenari.rules import package as packages
    from milenari.rules.action import Refused

    kept: packages.Package = read.sheet(f"package:{product}")
    versions = [kept.find(number) for number in (old, new)]
    for number, version in zip((old, new), versions, strict=True):
        if version is None:
            refused = Refused("package-version-unknown", package=product, number=number)
            fail(refused.code, sentence_of(refused), as_json, **refused.facts)
    one, other = (v for v in versions if v is not None)
    found = packages.differences(one, other)
    rows = [
        {"section": d.section, "code": d.code, "kind": d.kind, "old": d.old, "new": d.new, "forces": list(d.forces)}
        for d in found
    ]  # fmt: skip
    edges = [edge for edge in packages.EDGES if edge in packages.forced(one, other)]
    lines = [f"{d.kind:8} {d.section}/{d.code}: {_told(d.old)} -> {_told(d.new)}" for d in found]
    lines.append(f"{len(found)} differences; edges to walk again: {', '.join(edges) or 'none'}.")
    say({"differences": rows, "edges": edges}, as_json, lines)


def _told(item: dict[str, object] | None) -> str:
    """An item in one line; a dash where the version has none."""
    if item is None:
        return "-"
    return ", ".join(str(item[key]) for key in ("title", "detail", "kind", "version", "people") if item.get(key))
