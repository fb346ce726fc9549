"""Commands that ask for signed acts, and what they need beforehand."""

from __future__ import annotations

import json as jsonlib
import os
from pathlib import Path
from typing import Any

import click

from milenari.cli.frame import example, fail, json_option, main, say, wire
from milenari.words import Role, utc


@main.command(epilog=example("milenari actions --role qp"))
@click.option("--role", default="")
@json_option
def actions(role: str, as_json: bool) -> None:
    """List the actions, who may do them and what they take."""
    wire()
    from milenari import rules
    from milenari.rules.action import ACTIONS

    rules.load()
    found: dict[str, dict[str, Any]] = {
        code: {"roles": [str(r) for r in cls.roles], "meaning": str(cls.meaning), "help": cls.__doc__,
               "fields": {n: {"kind": s.kind, "of": list(s.of), "required": s.required} for n, s in cls.fields.items()}}
        for code, cls in sorted(ACTIONS.items()) if not role or role in cls.roles
    }  # fmt: skip
    lines = [f"{code:26} {', '.join(what['roles']):40.40} {' '.join(what['fields'])}" for code, what in found.items()]
    say(found, as_json, lines)


def _value(spec: Any, text: str) -> Any:
    """A field from the command line: ``92.1 %`` for a quantity, JSON for a document or readings."""
    if spec.kind == "quantity":
        number, _, unit = text.strip().partition(" ")
        return {
            "value": number.lstrip("<>="),
            "unit": unit,
            "comparator": number[: len(number) - len(number.lstrip("<>="))],
        }
    if spec.kind in ("document", "readings"):
        try:
            return jsonlib.loads(Path(text[1:]).read_text() if text.startswith("@") else text)
        except jsonlib.JSONDecodeError as fault:
            raise click.BadParameter(f"line {fault.lineno}, column {fault.colno}: {fault.msg}") from fault
    return text


@main.command(name="do", epilog=example('milenari do record-weight journey=ROM-J1 weight="18.4 kg" on=2026-11-20 '
                                         "--by ROM-PHY --site ROM"))  # fmt: skip
@click.argument("action")
@click.argument("fields", nargs=-1)
@click.option("--by", required=True, help="Person code.")
@click.option("--site", required=True)
@click.option("--role", default=None, type=click.Choice([r.value for r in Role]))
@click.option("--at", "happened_at", default="", help="When it happened, ISO with zone; default now.")
@click.option("--reason", default="")
@click.option("--act", default="", help="Act id; repeating it returns the first entry.")
@click.option("--password", prompt=True, hide_input=True, envvar="MILENARI_PASSWORD")
@click.option("--second", prompt="Second factor", hide_input=True, envvar="MILENARI_SECOND")
@json_option
def do(action: str, fields: tuple[str, ...], by: str, site: str, role: str | None, happened_at: str, reason: str,
       act: str, password: str, second: str, as_json: bool) -> None:  # fmt: skip
    """Do one signed act: ACTION and its fields as name=value."""
    wire()
    from milenari.journal import person as people
    from milenari.journal.perform import NotWritten, perform
    from milenari.rules.action import ACTIONS

    if action not in ACTIONS:
        fail("action-unknown", f"There is no action {action}. List them with: milenari actions", as_json)
    cls = ACTIONS[action]
    data: dict[str, Any] = {}
    for pair in fields:
        name, equals, text = pair.partition("=")
        if not equals or name not in cls.fields:
            fail("field-unknown", f"{pair!r}: {action} takes {', '.join(cls.fields)}", as_json)
        data[name] = _value(cls.fields[name], text)
    asked = cls.from_data(data)
    pen = people.open_pen(by, password, second)
    try:
        written = perform(asked, by, pen, site=site, role=Role(role) if role else None, act=act, reason=reason,
                          happened_at=utc(happened_at) if happened_at else None)  # fmt: skip
    except NotWritten as fault:
        fail(
            fault.code,
            f"Allowed, but it could not be kept: {fault.cause}. Nothing changed; repeat it.",
            as_json,
        )
    entry = written.entry
    lines = [f"{'Already there' if written.repeated else 'Done'}: {site} entry {written.index}, act {entry.act}"]
    lines += [f"  finding: {found.code} {found.facts}" for found in entry.findings]
    say({"act": entry.act, "site": site, "index": written.index, "repeated": written.repeated,
         "findings": [{"code": x.code, "facts": x.facts} for x in entry.findings]}, as_json, lines)  # fmt: skip


@main.command(
    epilog=example(
        "milenari seal ROM-J7 --site ROM --family-name Rossi --given-name Anna --born 2018-04-02 --number 55"
    )
)
@click.argument("journey")
@click.option("--site", required=True)
@click.option("--family-name", prompt=True)
@click.option("--given-name", prompt=True)
@click.option("--born", prompt=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--number", prompt=True, help="Hospital number.")
@json_option
def seal(journey: str, site: str, family_name: str, given_name: str, born: Any, number: str, as_json: bool) -> None:
    """Seal an identity on this node; prints the commitment and age that refer-patient asks for."""
    wire()
    from milenari.journal import clock, sealed

    identity = sealed.Identity(family_name, given_name, born.date(), number)
    commitment = sealed.keep(site, journey, identity)
    months = identity.age_months(clock.now().date())
    say({"journey": journey, "commitment": commitment, "age_months": months}, as_json,
        [f"commitment={commitment} age_months={months}"])  # fmt: skip


@main.command(epilog=example("milenari coi ROM"))
@click.argument("site")
@json_option
def coi(site: str, as_json: bool) -> None:
    """Propose a new chain-of-identity code of a site, from random bytes."""
    from milenari.rules.chain import mint

    code = mint(site, os.urandom(16))
    say({"coi": code}, as_json, [code])
