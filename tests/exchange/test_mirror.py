"""What cannot be undone is held by the mirror first; a restored node relearns its log before it writes again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from milenari.journal.exchange import anchor, mirror
from milenari.journal.exchange import relearn as again
from milenari.journal.exchange.mirror import MirrorError, Store
from milenari.journal.note import Checkpoint, NoteKey, sign_note
from milenari.journal.perform import NotWritten
from milenari.journal.tiles import encode_bundle
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import Refused
from tests.exchange.box import Box
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import CONTAINER, VIAL

Network = dict[str, Node]


@pytest.fixture
def box(network: Network, tmp_path: Path, settings: Any) -> Iterator[Box]:
    made = Box(tmp_path / "mirror", network["BCN"])
    settings.MIRROR = made.address
    yield made
    made.off()


def test_a_dispatch_is_held_by_the_mirror_when_it_is_written(network: Network, box: Box) -> None:
    bcn = network["BCN"]
    bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="ROM")
    assert box.size == 0, "an act that can be undone waits for nobody"
    bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    assert box.size == bcn.root("BCN")[0]
    bcn.do("qa", "witness-dispatch", what=CONTAINER)
    assert box.size == bcn.root("BCN")[0]


def test_without_the_mirror_nothing_irreversible_is_written_and_the_rest_is(network: Network, box: Box) -> None:
    bcn = network["BCN"]
    bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="ROM")
    box.off()
    before = bcn.root("BCN")
    with pytest.raises(NotWritten, match="mirror-unreachable"):
        bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    assert bcn.root("BCN") == before
    bcn.do("vector-manager", "allocate-container", container="LV-A3B1-L01-021", to_site="ROM")
    box.on()
    bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    assert box.size == bcn.root("BCN")[0]


def test_a_restored_node_cannot_hand_over_a_second_time(network: Network, box: Box, tmp_path: Path) -> None:
    bcn = network["BCN"]
    bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="ROM")
    backup = bcn.copy(tmp_path / "backup")
    bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    bcn.do("qa", "witness-dispatch", what=CONTAINER)
    with pytest.raises(Refused, match="node-set-back"):
        backup.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    with backup:
        assert again.relearn("BCN") == 2
    assert backup.root("BCN") == bcn.root("BCN")
    with pytest.raises(Refused, match="in-transit"):
        backup.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    assert backup.report().sound
    backup.close()


def test_a_restored_node_whose_mirror_is_away_does_nothing_irreversible(
    network: Network, box: Box, tmp_path: Path
) -> None:
    bcn = network["BCN"]
    bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="ROM")
    backup = bcn.copy(tmp_path / "backup")
    bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    box.off()
    with pytest.raises(NotWritten, match="mirror-unreachable"):
        backup.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    backup.close()
    box.on()


def test_a_commit_that_fails_after_the_mirror_took_the_entry_is_relearned(
    network: Network, box: Box, monkeypatch: Any
) -> None:
    bcn = network["BCN"]
    bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="ROM")
    real = anchor.anchor

    def then_fail(*told: Any) -> None:
        real(*told)
        raise anchor.NoMirror("mirror-answer-wrong", "the power went")

    monkeypatch.setattr(anchor, "anchor", then_fail)
    with pytest.raises(NotWritten):
        bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    monkeypatch.setattr(anchor, "anchor", real)
    size = bcn.root("BCN")[0]
    assert box.size == size + 1
    with pytest.raises(Refused, match="node-set-back"):
        bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site="ROM")
    with bcn:
        assert again.relearn("BCN") == 1
    bcn.do("qa", "witness-dispatch", what=CONTAINER)
    assert bcn.report().sound and box.size == bcn.root("BCN")[0]


KEY = NoteKey.from_seed("milenari.example/X/journal/1", b"k" * 32)


def grow(bodies: list[bytes], key: NoteKey = KEY) -> str:
    tree = Frontier.of(leaf_hash(b) for b in bodies)
    return sign_note(Checkpoint(key.name, tree.size, tree.root()).body(), key)


def test_a_mirror_takes_only_the_signed_continuation(tmp_path: Path) -> None:
    store = Store(tmp_path / "X", (KEY.verifier,), lambda key: None)
    one, two = [b"a", b"b"], [b"a", b"b", b"c"]
    store.append(0, grow(one), encode_bundle(one))
    thief = NoteKey.from_seed(KEY.name, b"t" * 32)
    for start, note, bundle in (
        (0, grow(one), encode_bundle(one)),
        (1, grow(two), encode_bundle([b"c"])),
        (2, grow(two), encode_bundle([b"d"])),
        (2, grow(two, thief), encode_bundle([b"c"])),
        (2, grow(two), encode_bundle([b"c"])[:-1]),
    ):
        with pytest.raises(MirrorError):
            store.append(start, note, bundle)
    assert store.size == 2
    store.append(2, grow(two), encode_bundle([b"c"]))
    assert Store(tmp_path / "X", (KEY.verifier,), lambda key: None).read(1) == (grow(two), [b"b", b"c"])


def test_what_a_crash_left_behind_the_head_is_cut_off(tmp_path: Path) -> None:
    store = Store(tmp_path / "X", (KEY.verifier,), lambda key: None)
    store.append(0, grow([b"a"]), encode_bundle([b"a"]))
    with (tmp_path / "X" / "entries").open("ab") as file:
        file.write(encode_bundle([b"half"])[:-2])
    again_opened = Store(tmp_path / "X", (KEY.verifier,), lambda key: None)
    again_opened.append(1, grow([b"a", b"b"]), encode_bundle([b"b"]))
    assert again_opened.read(0)[1] == [b"a", b"b"]


def test_a_box_without_a_node_is_founded_and_given_a_site_by_commands(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    env = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    folder, site = str(tmp_path / "box"), NoteKey.from_seed("milenari.example/BCN/journal/1", bytes(32)).verifier

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "milenari", "mirror", *words]
        return subprocess.run(command, env=env | {"MILENARI_HOME": str(tmp_path)}, capture_output=True, text=True)

    made = run("init", folder, "--name", "milenari.example/BCN/mirror")
    assert made.returncode == 0 and made.stdout.startswith("milenari.example/BCN/mirror+"), made.stderr
    assert run("add", folder, "BCN", site.encode()).returncode == 0
    assert mirror.opened(Path(folder)).stores["BCN"].size == 0


def test_relearning_from_a_mirror_that_is_away_says_so(network: Network, box: Box) -> None:
    from click.testing import CliRunner

    from milenari.cli import main

    box.off()
    with network["BCN"]:
        said = CliRunner().invoke(main, ["relearn", "BCN"])
    assert said.exit_code == 1 and "[mirror-unreachable]" in said.output, said.output
    box.on()
