"""Demo: a network of four fictional hospitals, played through the one door and checked afterwards."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command

from milenari.demo import cast, story, teller
from milenari.demo.cast import logins
from milenari.demo.report import lines, report
from milenari.journal import perform, read
from milenari.journal.exchange import renewal, standing


class NotADemo(RuntimeError):
    """This home cannot take the story; the sentence says why and what to do."""


FRESH = "To start afresh: milenari demo --fresh, or another MILENARI_HOME."


def prepare(say: Callable[[str], object] = print) -> bool:
    """Make the demo network in this home; True if anything was told, False if all was there already.

    An interrupted loading goes on where it stopped: acts have fixed ids, and dates count from the first one.
    """
    if not settings.DEMO:
        raise NotADemo("The story is told only on a demo node: set MILENARI_DEMO=1 and a home of its own.")
    call_command("migrate", verbosity=0)
    held = teller.told()
    if story.LAST in held:
        for site in sorted(standing.own_sites()):
            renewal.renew(site)
        return False
    logs = {log["site"]: log["size"] for log in read.logs()}
    if not held and any(logs.values()):
        raise NotADemo(f"This home keeps another book. {FRESH}")
    if logs:
        say(f"An earlier loading stopped after {len(held)} acts; going on from there. {FRESH}")
    for site in cast.SITES:
        if site not in logs:
            _open(site)
    say("The people: credentials and keys")
    for player in cast.CAST.values():
        cast.enrol(player)
    story.tell(teller.Teller(held, say))
    return True


def _open(site: str) -> None:
    try:
        perform.open_log(site)
    except FileExistsError as fault:
        raise NotADemo(f"A log key of {site} is here, but not its log. {FRESH}") from fault


__all__ = ["NotADemo", "lines", "logins", "prepare", "report"]
