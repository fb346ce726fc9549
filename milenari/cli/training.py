"""Commands about training: who is not trained on a version, and passports from site to site."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click

from milenari.cli.frame import example, fail, json_option, main, say, sentence_of, wire


@main.group(epilog=example("milenari training untrained SOP-ARI-0001 2"))
def training() -> None:
    """Who is trained in what: the questions."""


@training.command(epilog=example("milenari training untrained SOP-ARI-0001 2 --site ROM"))
@click.argument("procedure")
@click.argument("number")
@click.option("--site", default="", help="Only this site; by default every site that this node knows.")
@json_option
def untrained(procedure: str, number: str, site: str, as_json: bool) -> None:
    """Name everybody who is not trained on version NUMBER of PROCEDURE, and what each has still to show."""
    wire()
    from milenari.journal import clock
    from milenari.registers.questions import sites, zone_of
    from milenari.rules.action import Refused
    from milenari.web import competence

    asked = [site] if site else list(sites())
    today = max(clock.now().astimezone(ZoneInfo(zone_of(code))).date() for code in asked)
    if number not in competence.Desk(today).versions(procedure):
        refused = Refused("no-curriculum", procedure=procedure, number=number)
        fail(refused.code, sentence_of(refused), as_json, **refused.facts)
    found = competence.untrained(asked, today, procedure, number)
    rows = [
        {"person": w.code, "name": w.name, "site": w.site, "state": cell.state,
         "missing": [x.told for x in cell.found.missing], "again": list(cell.found.requalify)}
        for w, cell in found
    ]  # fmt: skip
    lines = [f"{r['site']}  {r['person']:20} {r['name']}: {', '.join(r['missing'] or r['again'])}" for r in rows]
    say(rows, as_json, [*lines, f"{len(rows)} not trained on {procedure}, version {number}."])


@main.group(epilog=example("milenari passport check amina.passport"))
def passport() -> None:
    """Training passports: made for another site, checked without a link."""


@passport.command(epilog=example("milenari passport make bcn-operator --to ROM --out operator.passport"))
@click.argument("person")
@click.option("--to", "to_site", required=True, help="The site it is for; personnel data need a legal basis for it.")
@click.option("--out", type=click.Path(dir_okay=False), required=True, help="File to write.")
@json_option
def make(person: str, to_site: str, out: str, as_json: bool) -> None:
    """Write the passport of PERSON for another site: training entries with proofs, signed by this site."""
    wire()
    from milenari.journal import passport as passports

    text = passports.issue(person, to_site)
    Path(out).write_text(text, encoding="utf-8")
    say({"file": out, "bytes": len(text.encode())}, as_json, [f"{out}  {len(text.encode())} bytes"])


@passport.command(epilog=example("milenari passport check operator.passport"))
@click.argument("file", type=click.File("r", encoding="utf-8"))
@json_option
def check(file: TextIO, as_json: bool) -> None:
    """Check a passport FILE with the keys of the charter, and keep it on this node so that it can be decided on."""
    wire()
    from milenari.journal import passport as passports

    found = passports.keep(file.read())
    items = [{**x.facts(), "state": x.state} for x in found.items]
    lines = [
        f"{x.procedure} {x.version} {x.item or 'whole':14} shown {x.on} by {x.by}"
        f"{f', score {x.score} %' if x.score else ''}: {x.state}" for x in found.items
    ]  # fmt: skip
    lines.append(f"Proven: {found.name} ({found.person}), issued by {found.site}, good until {found.valid_until}.")
    say({"proven": True, "sha256": found.sha256, "code": found.code, "person": found.person, "site": found.site,
         "items": items}, as_json, lines)  # fmt: skip
