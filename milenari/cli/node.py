"""Commands that make, check and serve a node."""

from __future__ import annotations

import os
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import click
import segno

from milenari.cli.frame import example, fail, json_option, main, say, wire
from milenari.words import Role


@main.command(epilog=example("milenari migrate"))
@json_option
def migrate(as_json: bool) -> None:
    """Create or update this node's tables and put the guard in place."""
    wire()
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
    wire()
    from milenari.journal import keys

    head = found(site, name=name, country=country, zone=zone, roles=roles, control=control)
    say({"site": site, "origin": head.origin, "key": head.verifier_key}, as_json,
        [f"{site} is founded. Its log is {head.origin}", f"public key: {head.verifier_key}",
         f"keys are in {keys.folder()}: make a sealed copy now.", "Next: milenari enrol"])  # fmt: skip


def found(site: str, *, name: str, country: str, zone: str, roles: str, control: bool) -> Any:
    """Tables, keys and log of a site with its founding entry; what an interrupted attempt has done is kept."""
    from django.core.management import call_command

    from milenari.journal import clock, keys, read
    from milenari.journal.perform import open_log, perform
    from milenari.rules.network import FoundSite

    call_command("migrate", verbosity=0, interactive=False)
    founding = FoundSite(site=site, name=name, country=country, zone=zone, control=control,
                         site_roles=tuple(roles.replace(",", " ").split()), from_on=clock.now().date())  # fmt: skip
    head = read.own_head(site) or open_log(site)
    perform(founding, f"node-{site}", keys.node_pen(site), site=site, role=Role.NODE, act=f"found-{site}")
    return head


@main.command(epilog=example('milenari enrol BCN-QA1 --site BCN --name "Quim Serra" --role qa'))
@click.argument("person")
@click.option("--site", required=True)
@click.option("--name", required=True, help="Printed name, as in the identity document that was checked.")
@click.option("--role", "granted", required=True, type=click.Choice([r.value for r in Role if r is not Role.NODE]))
@click.password_option()
@json_option
def enrol(person: str, site: str, name: str, granted: str, password: str, as_json: bool) -> None:
    """Enrol a first officer (QA, IT) while the site is being founded; for later persons see: milenari credential."""
    wire()
    from django.db import transaction

    from milenari.journal import clock
    from milenari.journal import person as people
    from milenari.journal.exchange import succession
    from milenari.journal.perform import perform
    from milenari.rules.people import EnrolPerson, GrantRole

    second = people.new_totp()
    pen, by = succession.node_pen(site), f"node-{site}"
    with transaction.atomic():
        key = people.enrol(person, site, password, second)
        perform(EnrolPerson(person=person, name=name, home=site, key=key), by, pen, site=site, role=Role.NODE)
        grant = GrantRole(person=person, granted=granted, at_site=site, from_on=clock.now().date())
        perform(grant, by, pen, site=site, role=Role.NODE)
    say({"person": person, "second_factor": second.uri(person)}, as_json,
        [f"{person} is enrolled as {granted}.", *_authenticator(second.uri(person))])  # fmt: skip


def _authenticator(uri: str) -> list[str]:
    """The address for the person's authenticator and the same as a QR code to hold a telephone against."""
    drawn = StringIO()
    segno.make(uri, error="m").terminal(out=drawn, compact=True)
    return [f"Authenticator: {uri}", drawn.getvalue()]


@main.command(epilog=example("milenari credential ROM-OP4 --site ROM"))
@click.argument("person")
@click.option("--site", required=True)
@click.option("--replace", is_flag=True, help="After loss: make a new credential for a person who has one.")
@click.password_option()
@json_option
def credential(person: str, site: str, replace: bool, password: str, as_json: bool) -> None:
    """Make a person's login and signing key on this node; prints the key for enrol-person or replace-key."""
    wire()
    from milenari.journal import person as people

    second = people.new_totp()
    key = people.enrol(person, site, password, second, replace=replace)
    then = "replace-key" if replace else "enrol-person"
    say({"person": person, "key": key, "second_factor": second.uri(person)}, as_json,
        [f"key: {key}", *_authenticator(second.uri(person)),
         f"The key signs once IT has recorded it: What can be done, {then}."])  # fmt: skip


@main.command(epilog=example("milenari status"))
@json_option
def status(as_json: bool) -> None:
    """Say what this node is, whether it may serve, what peers have proven, and whether its chores are done."""
    wire()
    from milenari.journal import read, start, tend
    from milenari.journal.exchange import foresight, standing

    faults = start.faults()
    logs = [] if faults else read.logs()
    lines = [
        start.engine(),
        *(f"{log['site']}: {log['size']} entries, {log['verifier_key']}" for log in logs),
    ]
    peers = [] if faults else standing.standings()
    for one in peers:
        said = f", said {one.they_said_at:%Y-%m-%d %H:%M}Z" if one.they_said_at else ""
        lines.append(
            f"{one.here} and {one.peer}: {one.state}{', in step' if one.synced else ''}; they hold ours up to "
            f"{one.they_hold} of {one.mine}{said}; we hold theirs up to {one.i_hold}"
        )
    chores = [] if faults or not tend.wanted() else tend.states()
    for chore in chores:
        last = f"last good {chore.good_at:%Y-%m-%d %H:%M}Z" if chore.good_at else "never done"
        lines.append(f"{chore.name}: {chore.state}, {last}. {chore.said}".rstrip())
    bad = [chore.name for chore in chores if chore.state in ("failed", "overdue")]
    lines += faults or ["This node may serve."]
    ends = [] if faults else [end for site in sorted(standing.own_sites()) for end in foresight.pressing(site)]
    for end in ends:
        when = f"{'over' if end.look == 'bad' else 'ends'} {end.at:%Y-%m-%d %H:%M}Z" if end.at else "missing"
        lines.append(f"{when}: {end.kind} {end.subject} {end.by}".rstrip())
    lines += [f"NOT DONE: {', '.join(bad)}"] if bad else []
    say({"engine": start.engine(), "logs": logs, "faults": faults, "chores": [vars(c) for c in chores],
         "ends": [vars(end) for end in ends],
         "peers": [vars(one) | {"synced": one.synced} for one in peers]}, as_json, lines)  # fmt: skip
    sys.exit(1 if faults or bad else 0)


@main.command(epilog=example("milenari serve --port 8000"))
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.option("--threads", default=8)
@json_option
def serve(host: str, port: int, threads: int, as_json: bool) -> None:
    """Serve this node's pages; refuses to start when the guard is not whole."""
    wire()
    from milenari.journal import start
    from milenari.server.serve import run

    faults = start.faults()
    if faults:
        fail("node-not-sound", "This node does not start. " + " ".join(faults), as_json)
    address = f"http://{host}:{port}/"
    say({"address": address, "engine": start.engine()}, as_json, [f"Serving {address} on {start.engine()}."])
    run(host, port, threads)


@main.command(epilog=example("milenari demo --once --json"))
@click.option("--once", is_flag=True, help="Play the story, print the report, do not serve.")
@click.option("--port", default=8000)
@click.option("--fresh", is_flag=True, help="Set an existing demo home aside and start anew.")
@click.option("--network", is_flag=True, help="Four nodes with databases of their own, on four ports, that exchange.")
@json_option
def demo(once: bool, port: int, fresh: bool, network: bool, as_json: bool) -> None:
    """Make (or reuse) the demo network of four hospitals, play its story, and serve it."""
    os.environ["MILENARI_DEMO"] = "1"
    home = Path(os.environ.setdefault("MILENARI_HOME", str(Path.cwd() / "var" / "demo")))
    if fresh and home.exists():
        from datetime import UTC, datetime

        home.rename(home.with_name(f"{home.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
    home.mkdir(parents=True, exist_ok=True)
    if network:
        _four_nodes(home, port, once, as_json)
        return
    wire()
    from milenari import demo as story

    try:
        made = story.prepare(say=lambda line: click.echo(line, err=True))
    except story.NotADemo as fault:
        fail("not-a-demo", str(fault), as_json)
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


def _four_nodes(home: Path, port: int, once: bool, as_json: bool) -> None:
    """The demo's hospitals on four nodes below the demo home."""
    wire()
    from milenari.demo import network

    folder = home / "network"
    network.make(folder, say=lambda line: click.echo(line, err=True))
    say({"homes": {site: str(folder / site) for site in network.SITES}}, as_json,
        [f"Four nodes are in {folder}. Everybody logs in at their own hospital's node."])  # fmt: skip
    if once:
        return
    click.echo("The login page of each node lists its people with their passwords.")
    network.serve(folder, port, click.echo)
