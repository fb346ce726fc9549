"""One command that makes a node with its keys, may be repeated, and says what is still missing."""

from __future__ import annotations

from pathlib import Path

import click

from milenari.cli.frame import example, fail, json_option, main, say, wire


@main.group(epilog=example("milenari site new ROM"))
def site() -> None:
    """Set up the site of a node."""


@site.command(epilog=example('milenari site new ROM --name "Policlinico" --country IT --zone Europe/Rome --yes'))
@click.argument("code")
@click.option("--name", help="Name of the hospital or plant.")
@click.option("--country", help="ISO 3166 code.")
@click.option("--zone", help="IANA time zone.")
@click.option("--roles", default="", help="Site roles, such as: vector,manufacture,infusion.")
@click.option("--control", is_flag=True, help="This is the network's control site.")
@click.option("--yes", is_flag=True, help="Ask nothing; what is missing is an error.")
@json_option
@click.pass_context
def new(
    ctx: click.Context, code: str, name: str | None, country: str | None, zone: str | None, roles: str, control: bool,
    yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make the node of the site CODE: tables, keys, founding entry, member file; then say what is missing.

    Repeated, it does what is not done yet and changes nothing that is.
    """
    wire()
    from django.core.management import call_command

    from milenari.journal import read
    from milenari.journal.exchange import charter, succession

    call_command("migrate", verbosity=0, interactive=False)
    steps = ["tables and guard in place"]
    if read.sheet(f"site:{code}").exists:
        steps.append(f"{code} is founded already; nothing of it is changed")
    else:
        given: dict[str, str] = {}
        for field, value, text in (("name", name, "Name of the hospital"), ("country", country, "Country (ISO 3166)"),
                                   ("zone", zone, "Time zone (IANA)")):  # fmt: skip
            if value is None and yes:
                raise click.UsageError(f"--{field} is missing.")
            given[field] = value if value is not None else click.prompt(text, err=True)
        from milenari.cli.node import found

        try:
            found(code, roles=roles, control=control, **given)
        except FileExistsError as fault:
            lost = "There is a key but no log here: this site was lost and is not new."
            fail("site-has-keys", f"{fault}. {lost} Take it up again: procedures restore and ransomware.", as_json)
        steps.append(f"{code} is founded, its first entry signed by the node")
    member = succession.member_here(code)
    path = _home() / f"{code}.member"
    path.write_text(charter.text_of(member))
    steps.append(f"member file for the other sites: {path}")
    missing = _missing(code)
    lines = [*(f"done: {step}" for step in steps), *(f"next: {step}" for step in missing)]
    say({"site": code, "done": steps, "next": missing, "member": str(path)}, as_json, lines)


def _home() -> Path:
    from django.conf import settings

    return Path(settings.HOME)


def _missing(code: str) -> list[str]:
    """What this node still lacks before it can be relied upon, each with the command that adds it."""
    from django.conf import settings

    from milenari.journal import keys
    from milenari.journal.exchange import anchor, charter
    from milenari.registers.models import Person

    found: list[str] = []
    if not Person.objects.filter(site=code).exists():
        found.append(f"enrol IT, then quality assurance: milenari enrol {code}-IT1 --site {code} --name NAME --role "
                     f"it-admin; milenari enrol {code}-QA1 --site {code} --name NAME --role qa")  # fmt: skip
    if not anchor.wanted():
        found.append("a mirror on another machine, so that a restored backup cannot act twice: docs, procedure install")
    elif not (keys.folder() / "mirror.vkey").exists():
        found.append(f"the mirror's public key into {keys.folder() / 'mirror.vkey'}")
    if charter.present() is None:
        found.append(
            "join the network: give the member file to its members, then milenari charter accept: procedure join"
        )
    if not settings.BACKUP:
        found.append("MILENARI_BACKUP names no folder: nothing is backed up by milenari tend")
    if keys.files(code, "root"):
        found.append(f"a copy of {keys.folder()} into the sealed envelope; then take {code}.root.key off this machine")
    found.append("the worker: milenari tend, by the system's service; the pages: milenari serve")
    return found
