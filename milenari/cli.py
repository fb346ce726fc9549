"""The command line: everything a node can do without a browser. Every command has an example and --json."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from milenari.words import Role, to_plain, utc

Command = Callable[..., Any]


def example(text: str) -> str:
    return f"\b\nExample:\n  {text}"


def say(data: Any, as_json: bool, lines: list[str]) -> None:
    if as_json:
        click.echo(jsonlib.dumps(to_plain(data), indent=1, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


def fail(code: str, sentence: str, as_json: bool, **facts: Any) -> NoReturn:
    """End with a sentence on stderr (or JSON on stdout) and exit code 1."""
    if as_json:
        click.echo(jsonlib.dumps(to_plain({"refused": code, "sentence": sentence, "facts": facts}), indent=1))
    else:
        click.echo(f"{sentence}  [{code}]", err=True)
    sys.exit(1)


def json_option(function: Command) -> Command:
    def noted(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.find_root().meta["milenari.json"] = value
        return value

    return click.option("--json", "as_json", is_flag=True, callback=noted, help="Answer in JSON.")(function)


def node() -> None:
    """Wire Django for the node in MILENARI_HOME."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milenari.server.settings")
    import django

    django.setup()


def sentence_of(refused: Any) -> str:
    from milenari.web.wording import refusal

    return str(refusal(refused.code, refused.facts))


class Group(click.Group):
    """Words refusals and failed writes once for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        from milenari.rules.action import Refused

        try:
            return super().invoke(ctx)
        except Refused as refused:
            as_json = ctx.find_root().meta.get("milenari.json", False)
            wired = "django" in sys.modules and os.environ.get("DJANGO_SETTINGS_MODULE")
            fail(refused.code, sentence_of(refused) if wired else str(refused), as_json, **refused.facts)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="milenari")
def main() -> None:
    """milenari: from lentiviral vector to fifteen years of follow-up, on one signed record."""


@main.command(epilog=example("milenari migrate"))
@json_option
def migrate(as_json: bool) -> None:
    """Create or update this node's tables and put the guard in place."""
    node()
    from django.core.management import call_command

    from milenari.journal import guard, start

    call_command("migrate", verbosity=0, interactive=False)
    gone = guard.missing()
    say(
        {"engine": start.engine(), "guard_missing": gone},
        as_json,
        [f"{start.engine()}: tables and guard in place."],
    )


@main.command(epilog=example('milenari init BCN --name "Hospital Clínic" --country ES --zone Europe/Madrid --control'))
@click.argument("site")
@click.option("--name", required=True)
@click.option("--country", required=True, help="ISO 3166 code.")
@click.option("--zone", required=True, help="IANA time zone.")
@click.option("--roles", default="", help="Site roles, such as: vector,manufacture,infusion.")
@click.option("--control", is_flag=True, help="This is the network's control site.")
@json_option
def init(site: str, name: str, country: str, zone: str, roles: str, control: bool, as_json: bool) -> None:
    """Found a site on this node: tables, keys, empty log, and its first entry signed by the node itself."""
    node()
    from django.core.management import call_command

    from milenari.journal import clock, keys
    from milenari.journal.perform import open_log, perform
    from milenari.rules.network import FoundSite

    call_command("migrate", verbosity=0, interactive=False)
    founding = FoundSite(site=site, name=name, country=country, zone=zone, control=control,
                         site_roles=tuple(roles.replace(",", " ").split()), from_on=clock.now().date())  # fmt: skip
    head = open_log(site)
    perform(founding, f"node-{site}", keys.node_pen(site), site=site, role=Role.NODE, act=f"found-{site}")
    say({"site": site, "origin": head.origin, "key": head.verifier_key}, as_json,
        [f"{site} is founded. Its log is {head.origin}", f"public key: {head.verifier_key}",
         f"keys are in {keys.folder()}: make a sealed copy now.", "Next: milenari enrol"])  # fmt: skip


@main.command(epilog=example('milenari enrol BCN-QA1 --site BCN --name "Quim Serra" --role qa'))
@click.argument("person")
@click.option("--site", required=True)
@click.option("--name", required=True, help="Printed name, as in the identity document that was checked.")
@click.option("--role", "granted", required=True, type=click.Choice([r.value for r in Role if r is not Role.NODE]))
@click.password_option()
@json_option
def enrol(person: str, site: str, name: str, granted: str, password: str, as_json: bool) -> None:
    """Enrol a first officer (QA, IT) while the site is being founded; later persons are enrolled on screen."""
    node()
    from milenari.journal import clock, keys
    from milenari.journal import person as people
    from milenari.journal.perform import perform
    from milenari.rules.people import EnrolPerson, GrantRole

    second = people.new_totp()
    key = people.enrol(person, site, password, second)
    pen, by = keys.node_pen(site), f"node-{site}"
    perform(EnrolPerson(person=person, name=name, home=site, key=key), by, pen, site=site, role=Role.NODE)
    grant = GrantRole(person=person, granted=granted, at_site=site, from_on=clock.now().date())
    perform(grant, by, pen, site=site, role=Role.NODE)
    say({"person": person, "second_factor": second.uri(person)}, as_json,
        [f"{person} is enrolled as {granted}.", f"Authenticator: {second.uri(person)}"])  # fmt: skip


@main.command(epilog=example("milenari actions --role qp"))
@click.option("--role", default="")
@json_option
def actions(role: str, as_json: bool) -> None:
    """List the actions, who may do them and what they take."""
    node()
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
    node()
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


@main.command(epilog=example("milenari show journey:ROM-J1"))
@click.argument("subject")
@json_option
def show(subject: str, as_json: bool) -> None:
    """Show every entry about a subject, in order: who, what, when, as what."""
    node()
    from milenari.journal import read

    found = read.entries_about(subject)
    if not found:
        fail("subject-unknown", f"No entry speaks of {subject}. Subjects are written kind:code.", as_json)
    rows = [
        {"act": s.act, "log": f"{s.site}/{s.index}", "happened_at": s.entry.happened_at, "by": s.entry.by,
         "name": s.entry.name, "role": s.entry.role, "action": s.entry.action.code, "meaning": s.entry.meaning,
         "data": s.entry.action.data(), "reason": s.entry.reason,
         "findings": [{"code": x.code, "facts": x.facts} for x in s.entry.findings]}
        for s in found
    ]  # fmt: skip
    lines = [
        f"{s.entry.happened_at:%Y-%m-%d %H:%M}Z  {s.site}/{s.index:<5} {s.entry.action.code:22} {s.entry.meaning:12} "
        f"{s.entry.name} ({s.entry.role})" + "".join(f"\n{'':20}finding: {x.code}" for x in s.entry.findings)
        for s in found
    ]
    say(rows, as_json, lines)


@main.command(epilog=example("milenari verify"))
@json_option
def verify(as_json: bool) -> None:
    """Check the whole book: bytes, trees, signatures, and the registers against a fresh fold."""
    node()
    from milenari.journal import verify as book

    report = book.verify()
    answer = {"sound": report.sound, "entries": report.entries, "register_rows": report.register_rows,
              "sites": report.sites, "first_bad": str(report.first_bad() or ""),
              "faults": [str(f) for f in report.faults]}  # fmt: skip
    lines = [f"{site}: {log['entries']} entries, root {log['root'][:16]}…" for site, log in report.sites.items()]
    if report.sound:
        lines.append(f"Sound: {report.entries} entries, {report.register_rows} register rows.")
    else:
        lines += [
            f"NOT SOUND. First bad: {report.first_bad()}",
            *(f"  {fault}" for fault in report.faults[:20]),
        ]
    say(answer, as_json, lines)
    sys.exit(0 if report.sound else 1)


@main.command(epilog=example("milenari rebuild"))
@json_option
def rebuild(as_json: bool) -> None:
    """Drop the registers and post them again from the journal."""
    node()
    from milenari.journal import verify as book

    count = book.rebuild()
    say({"rows": count}, as_json, [f"{count} register rows posted again from the journal."])


@main.command(epilog=example("milenari proof ROM/17 > release.proof"))
@click.argument("entry")
@json_option
def proof(entry: str, as_json: bool) -> None:
    """Write the text proof of ENTRY (act id or SITE/index) to standard output."""
    node()
    from milenari.journal import read

    seen = read.entry_of_act(entry)
    text = read.proof_of(seen)
    say({"act": seen.act, "proof": text}, as_json, [text.rstrip("\n")])


@main.command(name="verify-proof", epilog=example("milenari verify-proof release.proof --key bcn.key"))
@click.argument("file", type=click.File("rb"))
@click.option("--key", required=True, help="The log's public key: a file or the text itself.")
@json_option
def verify_proof(file: Any, key: str, as_json: bool) -> None:
    """Check a proof with only the public key: no network, no database, no trust in its sender."""
    from milenari.journal.note import NoteError
    from milenari.journal.proof import check_proof
    from milenari.journal.sign import read_entry
    from milenari.journal.tree import ProofError

    text = Path(key).read_text() if len(key) < 250 and Path(key).exists() else key
    try:
        proven = check_proof(file.read(), text.strip())
    except (ProofError, NoteError) as fault:
        fail("proof-refused", f"Not proven: {fault}", as_json)
    entry = read_entry(proven.entry)
    line = f"{entry['happened_at']} {entry['action']} by {entry['name']} ({entry['role']}): {entry['meaning']}"
    say({"proven": True, "origin": proven.origin, "index": proven.index, "size": proven.size, "entry": entry}, as_json,
        [f"Proven: entry {proven.index} of {proven.size} in {proven.origin}", line])  # fmt: skip


@main.command(epilog=example("milenari publish BCN ./bcn-log"))
@click.argument("site")
@click.argument("directory", type=click.Path(file_okay=False))
@json_option
def publish(site: str, directory: str, as_json: bool) -> None:
    """Write a site's log as a static tlog-tiles directory that any server or memory stick can carry."""
    node()
    from milenari.journal import read

    size = read.write_tiles(site, directory)
    say(
        {"site": site, "size": size, "directory": directory},
        as_json,
        [f"{site}: {size} entries in {directory}"],
    )


@main.command(epilog=example("milenari status"))
@json_option
def status(as_json: bool) -> None:
    """Say what this node is, what it keeps, and whether it may serve."""
    node()
    from milenari.journal import read, start

    faults = start.faults()
    logs = [] if faults else read.logs()
    lines = [
        start.engine(),
        *(f"{log['site']}: {log['size']} entries, {log['verifier_key']}" for log in logs),
    ]
    lines += faults or ["This node may serve."]
    say({"engine": start.engine(), "logs": logs, "faults": faults}, as_json, lines)
    sys.exit(1 if faults else 0)


@main.command(epilog=example("milenari serve --port 8000"))
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.option("--threads", default=8)
def serve(host: str, port: int, threads: int) -> None:
    """Serve this node's pages; refuses to start when the guard is not whole."""
    node()
    from milenari.server.serve import run

    run(host, port, threads)


@main.command(epilog=example("milenari demo --once --json"))
@click.option("--once", is_flag=True, help="Play the story, print the report, do not serve.")
@click.option("--port", default=8000)
@click.option("--fresh", is_flag=True, help="Set an existing demo home aside and start anew.")
@json_option
def demo(once: bool, port: int, fresh: bool, as_json: bool) -> None:
    """Make (or reuse) the demo network of four hospitals, play its story, and serve it."""
    os.environ["MILENARI_DEMO"] = "1"
    home = Path(os.environ.setdefault("MILENARI_HOME", str(Path.cwd() / "var" / "demo")))
    if fresh and home.exists():
        from datetime import UTC, datetime

        home.rename(home.with_name(f"{home.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
    home.mkdir(parents=True, exist_ok=True)
    node()
    from milenari import demo as story

    made = story.prepare(say=lambda line: click.echo(line, err=True))
    if once:
        report = story.report()
        say(report, as_json, story.lines(report))
        sys.exit(1 if report["problems"] else 0)
    click.echo("The demo network was made." if made else "The demo network was there already; its data are kept.")
    for login in story.logins():
        if login.get("printed", True):
            click.echo("  {role:16} {person:14} {password:26} PIN {pin}   {name}, {site}".format(**login))
    click.echo(f"\nOpen http://127.0.0.1:{port}/ and log in as one of the above. Stop with Ctrl-C.")
    from milenari.server.serve import run

    run("127.0.0.1", port, 8)


if __name__ == "__main__":
    main()
