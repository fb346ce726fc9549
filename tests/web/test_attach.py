"""Attached files: kept by the hash of their bytes, believed by their bytes alone, shown to who may see the thing."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from milenari.journal import attached, clock, read
from milenari.registers import attachments
from milenari.rules.action import Refused
from milenari.rules.attachment import LARGEST
from tests.web.test_access import text_of
from tests.web.world import JOURNEY, PASSWORD, PIN, World, logged_in

BATCH = "batch:ROM-B-1"
PAGE = f"/attach/{BATCH}?back=/run/ROM-B-1"
SIGNED = {"password": PASSWORD, "second": PIN}
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of a bag"
JPEG = b"\xff\xd8\xff\xe0 the bag again"


def upload(content: bytes, name: str = "bag.png", told: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=told)


def send(client: Client, content: bytes | None = PNG, name: str = "bag.png", **typed: Any) -> Any:
    files = {} if content is None else {"photo": upload(content, name)}
    return client.post(PAGE, {"shows": "the bag on the bench", **SIGNED, **files, **typed})


def the_file() -> Any:
    (row,) = attachments.attachments_of(BATCH)
    return row


def test_a_photograph_is_kept_under_its_hash_signed_and_shown_small_on_the_record(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    answer = send(client)
    assert answer.status_code == 302 and answer["Location"] == "/run/ROM-B-1"
    row = the_file()
    assert row.sha256 == sha256(PNG).hexdigest() and (row.media_type, row.size) == ("image/png", len(PNG))
    entry = read.entries_about(BATCH)[-1].entry
    assert (entry.action.code, str(entry.meaning), entry.by) == ("attach-file", "performed", "ROM-OP")
    source = client.get("/batch/ROM-B-1").content.decode()
    assert f'<img src="/attached/{row.code}" alt="the bag on the bench"' in source
    got = client.get(f"/attached/{row.code}")
    assert got.content == PNG and got["Content-Type"] == "image/png" and got["X-Content-Type-Options"] == "nosniff"
    assert f'filename="{row.code}.png"' in got["Content-Disposition"]


def test_what_a_file_is_is_read_from_its_bytes_and_its_name_is_not_kept(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    assert send(client, JPEG, name="../../etc/pass\u202ewd.exe").status_code == 302
    row = the_file()
    assert row.media_type == "image/jpeg" and row.name == f"{row.code}.jpg"
    # A file's name may be a patient's; what is signed stays for ever.
    assert "passwd" not in read.entries_about(BATCH)[-1].body.decode()
    assert client.get(f"/attached/{row.code}")["Content-Disposition"].endswith(f'"{row.code}.jpg"')
    assert send(client, b"<svg onload=alert(1)>\x00", name="bag.png").status_code == 422
    assert len(attachments.attachments_of(BATCH)) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No file was chosen"),
        (b"", "No file was chosen"),
        (b"MZ\x90\x00 a programme", "not a kind of file that is kept"),
        (PNG + b"0" * LARGEST, "at most 10 MB are kept"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(batch_world: World, content: bytes | None, told: str) -> None:
    client = logged_in("ROM-OP")
    answer = send(client, content)
    assert answer.status_code == 422 and told in text_of(answer) and 'id="id_shows"' in answer.content.decode()
    assert attachments.attachments_of(BATCH) == []


def test_a_wrong_password_loses_neither_the_words_nor_the_file(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    answer = send(client, password="wrong")
    source = answer.content.decode()
    assert answer.status_code == 422 and "The file and what you typed are kept" in text_of(answer)
    found = re.search(r'name="kept" value="([^"]+)"', source)
    assert found and "the bag on the bench" in source
    assert send(client, None, kept=found[1]).status_code == 302
    row = the_file()
    assert client.get(f"/attached/{row.code}").content == PNG


def test_a_form_sent_twice_attaches_once(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    source = send(client, password="wrong").content.decode()
    kept, act = (re.search(rf'name="{name}" value="([^"]+)"', source) for name in ("kept", "act"))
    assert kept and act
    for _ in range(2):
        assert send(client, None, kept=kept[1], act=act[1]).status_code == 302
    assert the_file().sha256 == sha256(PNG).hexdigest()


def test_a_kept_file_is_given_only_to_who_sent_it(batch_world: World) -> None:
    source = send(logged_in("ROM-OP"), password="wrong").content.decode()
    found = re.search(r'name="kept" value="([^"]+)"', source)
    assert found
    answer = send(logged_in("ROM-TWO"), None, kept=found[1])
    assert answer.status_code == 422 and "No file was chosen" in text_of(answer)
    assert send(logged_in("ROM-OP"), None, kept=found[1] + "x").status_code == 422


def test_only_who_may_see_the_thing_sees_or_adds_its_files(batch_world: World) -> None:
    send(logged_in("ROM-OP"))
    code = the_file().code
    batch_world.do("BCN-QA", "grant-role", person="BCN-VEC", granted="vector-manager", at_site="BCN",
                   from_on="2026-01-01")  # fmt: skip
    stranger = logged_in("BCN-VEC")
    assert stranger.get(f"/attached/{code}").status_code == 403
    assert stranger.get(f"/attach/{BATCH}").status_code == 403
    assert logged_in("ROM-PHY").get(f"/attached/{code}").status_code == 200
    assert logged_in("ROM-OP").get("/attach/person:ROM-OP").status_code == 404
    assert logged_in("ROM-OP").get("/attach/batch:NONE").status_code == 404
    assert Client().get(f"/attached/{code}").status_code == 302


def test_a_file_that_is_gone_or_was_changed_is_said_plainly(batch_world: World, home: Path) -> None:
    client = logged_in("ROM-OP")
    send(client)
    row = the_file()
    place = home / "attached" / row.sha256[:2] / row.sha256
    assert oct(place.stat().st_mode & 0o777) == "0o600"
    place.write_bytes(PNG[:-1] + b"!")
    answer = client.get(f"/attached/{row.code}")
    assert answer.status_code == 422 and "was changed on this node after it was attached" in text_of(answer)
    place.write_bytes(PNG + b"more")
    assert "the file was changed on this node" in text_of(client.get("/batch/ROM-B-1"))
    place.unlink()
    assert "is not on this node" in text_of(client.get(f"/attached/{row.code}"))
    assert "the file is not on this node" in text_of(client.get("/batch/ROM-B-1"))


def test_quality_assurance_withdraws_a_file_and_its_bytes_are_destroyed(
    batch_world: World, home: Path, django_capture_on_commit_callbacks: Any
) -> None:
    client = logged_in("ROM-OP")
    send(client)
    row = the_file()
    place = home / "attached" / row.sha256[:2] / row.sha256
    qa = logged_in("ROM-QA")
    form = qa.get(f"/do/withdraw-file?attachment={row.code}").content.decode()
    act = re.search(r'name="act" value="([^"]+)"', form)
    typed = {"attachment": row.code, "act": act[1] if act else "", **SIGNED}
    assert qa.post("/do/withdraw-file", typed).status_code == 422 and place.exists()  # says why, or nothing happens
    with django_capture_on_commit_callbacks(execute=True):
        assert qa.post("/do/withdraw-file", {**typed, "reason": "shows a name"}).status_code == 302
    assert not place.exists()
    assert "is withdrawn already" in text_of(client.get(f"/attached/{row.code}"))
    assert "shows a name" in text_of(client.get("/batch/ROM-B-1"))


def test_bytes_that_another_file_still_needs_are_not_destroyed(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    send(client)
    send(client)
    assert len(attachments.attachments_of(BATCH)) == 2
    attached.forget(sha256(PNG).hexdigest())
    assert attached.open_kept(sha256(PNG).hexdigest()) == PNG


def test_bytes_whose_entry_never_came_are_destroyed_and_those_whose_entry_came_are_kept(
    batch_world: World, home: Path
) -> None:
    orphan = attached.keep(b"nobody signed this")
    send(logged_in("ROM-OP"))
    row = the_file()
    waiting = home / "attached" / "waiting"
    os.rename(home / "attached" / row.sha256[:2] / row.sha256, waiting / row.sha256)  # as after a power cut
    old = (clock.now() - attached.WAITS - timedelta(minutes=1)).timestamp()
    for path in waiting.iterdir():
        os.utime(path, (old, old))
    attached.keep(b"the next file")
    assert attached.waiting(orphan.sha256) is None
    assert attached.open_kept(row.sha256) == PNG
    with pytest.raises(Refused) as caught:
        attached.open_kept(orphan.sha256)
    assert caught.value.code == "file-missing"


def test_a_hash_that_is_none_is_no_way_into_the_disk(home: Path) -> None:
    for name in ("../secret_key", "", "A" * 64):
        assert attached.waiting(name) is None
        with pytest.raises(Refused):
            attached.open_kept(name)


def test_the_way_to_attach_begins_with_a_scan_of_the_thing(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    assert 'href="/attach"' in client.get("/acts").content.decode()
    assert client.get("/attach?q=ROM-B-1")["Location"] == f"/attach/{BATCH}"
    assert client.get("/attach?q=PRO-1")["Location"] == "/attach/equipment:PRO-1"
    for unknown in ("NOTHING", "ROM-OP", "M1/V/broken"):
        answer = client.get("/attach", {"q": unknown})
        assert answer.status_code == 422 and f'value="{unknown}"' in answer.content.decode()


def test_a_file_is_shown_wherever_its_thing_is_shown(batch_world: World) -> None:
    nurse, operator = logged_in("ROM-NUR"), logged_in("ROM-OP")
    for client, name in ((nurse, f"journey:{JOURNEY}"), (operator, "material:BEADS-1")):
        assert client.post(f"/attach/{name}", {"shows": "a label", "photo": upload(PNG), **SIGNED}).status_code == 302
    for path in (f"/journey/{JOURNEY}", "/about/material:BEADS-1"):
        assert 'alt="a label"' in operator.get(path).content.decode(), path
    (row,) = attachments.attachments_of("material:BEADS-1")
    assert f"/attached/{row.code}" in operator.get(f"/about/attachment:{row.code}").content.decode()
    assert "Attached files" not in text_of(operator.get("/about/person:ROM-OP"))
