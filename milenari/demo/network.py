"""Network: the demo's four hospitals on four real nodes, each with its own process, database, keys and logins.

The story is told once in a workshop that writes all four logs. Then every site moves out: its keys, logins and sealed
identities are taken to a home of its own, and its log and the others' reach it as parcels, checked like any others.
From then on the nodes know of each other only what they exchange over the wire.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

SITES = ("BCN", "ROM", "BEY", "AMM")
PASSPORTS_TO = "BEY"  # the one site of the story that has read any (story_passport)
SECONDS = 20
RENEWED = 3600
Say = Callable[[str], object]


def make(folder: Path, say: Say) -> bool:
    """Build the four homes below ``folder``; False when they are there already."""
    if (folder / "made").exists():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    say("The story, told once for all four sites")
    _run(folder / "workshop", "demo", "--once")
    _step(folder / "workshop", "move_out", str(folder / "post"))
    for site in SITES:
        say(f"{site} moves to a node of its own: keys, logins, and all logs as parcels")
        (folder / site / "keys").mkdir(parents=True)
        for path in (folder / "workshop" / "keys").glob(f"{site}.*"):
            shutil.copy(path, folder / site / "keys")
        if site == PASSPORTS_TO:
            shutil.copytree(folder / "workshop" / "passports", folder / site / "passports")
        _step(folder / site, "move_in", str(folder / "post"), site)
    (folder / "made").touch()
    return True


def serve(folder: Path, port: int, say: Say) -> None:
    """Serve the four nodes on ports that follow each other, and let them exchange, until stopped."""
    ports = {site: port + n for n, site in enumerate(SITES)}
    nodes = [
        subprocess.Popen(_command("serve", "--port", str(at)), env=_env(folder / site))  # noqa: S603
        for site, at in ports.items()
    ]
    for site, at in ports.items():
        say(f"  {site}: http://127.0.0.1:{at}/")
    say(f"They exchange every {SECONDS} seconds; see Exchange on any of them. Stop with Ctrl-C.")
    signal.signal(signal.SIGTERM, lambda *told: sys.exit(0))
    renewed = -float(RENEWED)
    try:
        while all(node.poll() is None for node in nodes):
            time.sleep(SECONDS)
            if time.monotonic() - renewed >= RENEWED:
                renew(folder)
                renewed = time.monotonic()
            for line in exchange(folder, ports):
                say(line)
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            node.wait(timeout=20)


def renew(folder: Path) -> None:
    """Every node renews its lease if it is due, and writes down what it has seen; a hospital's timer does this."""
    for site in SITES:
        subprocess.run(_command("renew", site), env=_env(folder / site), check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def exchange(folder: Path, ports: dict[str, int]) -> Iterator[str]:
    """One round: every pair of nodes brings each other in step; says only what moved or went wrong."""
    for one, other in combinations(SITES, 2):
        command = _command("exchange", one, "--with", other, "--at", f"http://127.0.0.1:{ports[other]}", "--json")
        done = subprocess.run(command, env=_env(folder / one), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            yield f"{one} and {other}: {(done.stderr or done.stdout).strip()[-300:]}"
        elif json.loads(done.stdout)["taken"] or json.loads(done.stdout)["given"] > 1:
            yield f"{one} and {other} exchanged."


# -- steps, each in the process of one node -----------------------------------------------------------------


def move_out(post: str) -> None:
    """In the workshop: pack for each site everything that it takes along."""
    from milenari.demo import cast, story_network
    from milenari.journal import local
    from milenari.journal.exchange import outgoing

    note = story_network.charter()
    for site in SITES:
        folder = Path(post) / site
        folder.mkdir(parents=True)
        (folder / "charter").write_text(note)
        packed = local.pack(site, [player.person for player in cast.at(site)])
        (folder / "local.json").write_text(json.dumps(packed))
        for number, parcel in enumerate(outgoing.moving(site)):
            (folder / f"{number:03d}.parcel").write_bytes(parcel)


def move_in(post: str, site: str) -> None:
    """On the new node: the tables, the charter, the logins, and every parcel at once."""
    from django.core.management import call_command

    from milenari.journal import local
    from milenari.journal.exchange import charter, incoming, standing

    folder = Path(post) / site
    call_command("migrate", verbosity=0)
    charter.accept((folder / "charter").read_text())
    standing.begin_recovery(site)
    local.unpack(json.loads((folder / "local.json").read_text()))
    for outcome in incoming.receive(path.read_bytes() for path in sorted(folder.glob("*.parcel"))):
        if outcome.state != "applied":
            raise RuntimeError(f"a parcel of {outcome.log} was {outcome.state}: {outcome.refused}")
    standing.end_recovery(site, without=[other for other in SITES if other != site])
    standing.settle(site)


def _env(home: Path) -> dict[str, str]:
    return {**os.environ, "MILENARI_HOME": str(home), "MILENARI_DEMO": "1"}


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "milenari", *words]


def _run(home: Path, *words: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    subprocess.run(_command(*words), env=_env(home), check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _step(home: Path, name: str, *given: str) -> None:
    code = f"from milenari.cli.frame import wire; wire(); from milenari.demo import network; network.{name}(*{given!r})"
    subprocess.run([sys.executable, "-c", code], env=_env(home), check=True)  # noqa: S603
