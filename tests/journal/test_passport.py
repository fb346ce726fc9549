"""The training passport: proven offline by the charter's keys; expired, revoked, altered or strange ones are refused.

The door takes no acceptance that says anything else than the verified file, and only good items count, twice signed.
"""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from milenari.cli import main
from milenari.journal import clock, keys, passport, read
from milenari.journal.exchange import charter, shipping, succession
from milenari.journal.models import Transit
from milenari.journal.note import NoteKey, sign_note, split_note
from milenari.rules.action import Refused
from milenari.rules.training import training_state
from tests.exchange.nodes import charter_of
from tests.rules.test_curriculum import FILL, LOOK, READ, TEST
from tests.web.world import PASSWORD, PIN, World, build, logged_in, today

HELD = {"person": "BCN-QA", "procedure": "SOP-ARI", "number": "1"}
HOLDER, HERE = "BCN-QA", "ROM-OP"


@pytest.fixture
def school(tmp_path: Path, settings: Any, db: None) -> World:
    """Barcelona's QA has shown everything but for a failed assessment; both sites are members of one charter."""
    settings.HOME, settings.DEMO = tmp_path, True
    world = build()
    items = [READ, FILL, LOOK, TEST]
    world.do("BCN-QA", "approve-curriculum", curriculum="SOP-ARI", number="1", title="CAR-T", document={"items": items})
    world.do("BCN-QA", "grant-role", person="BCN-VEC", granted="trainer", at_site="BCN", from_on=str(today(-9)))
    world.do("BCN-QA", "appoint-trainer", trainer="SOP-ARI/BCN-VEC", procedure="SOP-ARI", person="BCN-VEC", number="1",
             from_on=str(today(-9)), until_on=str(today(300)))  # fmt: skip
    world.do("BCN-QA", "confirm-reading", item="READ", **HELD)
    for item, score in (("FILL", None), ("LOOK", None), ("TEST", {"value": "50", "unit": "%"})):
        world.do("BCN-VEC", "sign-training", item=item, on=str(today()), score=score, **HELD)
    members = [succession.member_here(site) for site in ("BCN", "ROM")]
    charter.accept(charter_of(members, 2, [keys.root_key(site) for site in ("BCN", "ROM")]))
    return world


def agree(world: World, days: int = 99) -> None:
    world.do("BCN-QA", "agree-exchange", agreement="BCN-ROM", to_site="ROM", data_classes=["personnel"],
             basis="contract of the sites", country="IT", from_on=str(today(-1)), to_on=str(today(days)))  # fmt: skip


@pytest.fixture
def text(school: World) -> str:
    agree(school)
    return passport.make(HOLDER, "ROM")


def trusted() -> dict[str, str]:
    return {member.site: member.log for member in charter.require_present().members}


def check(text: str, **changes: Any) -> passport.Checked:
    asked = {"trusted": trusted(), "here": ("ROM",), "on": clock.now().date(), **changes}
    return passport.check_passport(text, **asked)


def refused(code: str, text: str, **changes: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as caught:
        check(text, **changes)
    assert caught.value.code == code, caught.value
    return dict(caught.value.facts)


def states(found: passport.Checked) -> dict[str, str]:
    return {shown.item: shown.state for shown in found.items}


def test_a_passport_needs_a_legal_basis_for_personnel_data(school: World) -> None:
    with pytest.raises(Refused, match="not-agreed"):
        passport.make(HOLDER, "ROM")
    agree(school)
    assert passport.make(HOLDER, "ROM")
    with pytest.raises(Refused, match="passport-empty"):
        passport.make("BCN-VEC", "ROM")
    with pytest.raises(Refused, match="subject-unknown"):
        passport.make("NOBODY", "ROM")


def test_it_says_item_by_item_what_was_shown_and_what_may_count(text: str) -> None:
    found = check(text)
    assert (found.person, found.site, found.to_site, found.name) == (HOLDER, "BCN", "ROM", "Quim Serra")
    assert states(found) == {"READ": "good", "FILL": "good", "LOOK": "good", "TEST": "not-passed"}


def test_an_item_that_ran_out_is_shown_as_such_and_an_old_passport_is_refused(text: str) -> None:
    later = today() + timedelta(days=80)
    assert states(check(text, on=later))["FILL"] == "good"
    held = json.loads(text)
    assert set(held) == {"format", "note", "entries", "signers", "proofs"}
    over = clock.now().date() + passport.HOLDS
    assert check(text, on=over)
    facts = refused("passport-expired", text, on=over + timedelta(days=1))
    assert facts["until_on"] == over.isoformat()


def test_what_was_withdrawn_is_revoked_in_a_new_passport_and_by_what_this_node_knows(school: World, text: str) -> None:
    school.do("BCN-QA", "grant-role", person="BCN-VEC", granted="qa", at_site="BCN", from_on=str(today(-9)))
    school.do("BCN-VEC", "withdraw-training", item="FILL", reason="read wrongly", **HELD)
    assert states(check(passport.make(HOLDER, "ROM")))["FILL"] == "revoked"
    assert states(check(text))["FILL"] == "good"
    assert states(check(text, local=read.sheet(f"person:{HOLDER}")))["FILL"] == "revoked"
    assert states(passport.check_here(text))["FILL"] == "revoked"


def test_an_altered_or_reassembled_passport_is_refused(text: str) -> None:
    held = json.loads(text)
    for part in ("entries", "signers", "proofs"):
        altered = {**held, part: held[part].replace("BCN-VEC", "BCN-VEX").replace('"index":', '"index": ')}
        if altered[part] != held[part]:
            refused("passport-forged", json.dumps(altered))
    body = split_note(held["note"])[0]
    refused("passport-forged", json.dumps({**held, "note": held["note"].replace(HOLDER, "BCN-QB")}))
    stranger = NoteKey.from_seed(keys.log_key("BCN").name, b"s" * 32)
    refused("passport-forged", json.dumps({**held, "note": sign_note(body, stranger)}))
    check(json.dumps({**held, "note": sign_note(body, keys.log_key("BCN"))}))


def test_signing_over_altered_entries_does_not_make_them_proven(text: str) -> None:
    """Even the issuing site's node cannot put an entry into a passport that its log does not hold."""
    from hashlib import sha256

    from milenari.journal.canonical import canonical, parse

    held = json.loads(text)
    entries = held["entries"].replace('"value":"50"', '"value":"95"')
    assert entries != held["entries"]
    told = parse(split_note(held["note"])[0].removeprefix(passport.HEADING).removesuffix("\n").encode())
    told["sha256"] = {**told["sha256"], "entries": sha256(entries.encode()).hexdigest()}
    note = sign_note(passport.HEADING + canonical(told).decode() + "\n", keys.log_key("BCN"))
    assert refused("passport-forged", json.dumps({**held, "entries": entries, "note": note}))


@pytest.mark.parametrize(
    "wrong", ["", "{}", "[]", "null", "\x00", "[" * 100_000, '{"format": "milenari passport 2"}', "x" * 99]
)
def test_what_is_no_passport_is_refused_with_words(text: str, wrong: str) -> None:
    assert refused("passport-unreadable", wrong)["detail"]
    check(text)


def test_a_passport_of_a_stranger_or_for_another_site_is_refused(text: str) -> None:
    refused("passport-stranger", text, trusted={"ROM": trusted()["ROM"]})
    refused("passport-for-another", text, here=("BEY",))
    check(text)


# -- the door -------------------------------------------------------------------------------------------


def decide(world: World, found: passport.Checked, by: str = "ROM-TWO", **changes: Any) -> Any:
    decisions = [
        {**x.facts(), "accepted": x.state == "good" and x.item != "LOOK", "why": "" if x.item in ("READ", "FILL") else
         "seen on another device"} for x in found.items
    ]  # fmt: skip
    given = {"passport": found.code, "person": HERE, "holder": found.person, "from_site": found.site,
             "sha256": found.sha256, "decisions": decisions, "reason": "same process", **changes}  # fmt: skip
    return world.do(by, "accept-passport", **given)


def missing(world: World) -> Any:
    from milenari.journal.ask import Supposed

    local = clock.now().astimezone(ZoneInfo("Europe/Rome")).date()
    state = training_state(Supposed(), HERE, {"procedure": "SOP-ARI", "version": "1"}, local, "operator")
    return [reason.facts["missing"] for reason in state.reasons]


def test_what_is_accepted_counts_in_part_and_only_after_a_second_signature(school: World, text: str) -> None:
    found = passport.keep(text)
    assert missing(school) == [["READ", "FILL", "LOOK", "TEST"]]
    decide(school, found)
    assert missing(school) == [["READ", "FILL", "LOOK", "TEST"]]
    confirm = {"passport": found.code, "person": HERE}
    with pytest.raises(Refused, match="passport-of-another"):
        school.do("ROM-QA", "confirm-passport", passport=found.code, person="ROM-NUR")
    school.do("ROM-QA", "confirm-passport", **confirm)
    assert missing(school) == [["LOOK", "TEST"]]
    with pytest.raises(Refused, match="already-decided"):
        school.do("ROM-QA", "confirm-passport", **confirm)


def test_whoever_decides_does_not_confirm(school: World, text: str) -> None:
    found = passport.keep(text)
    decide(school, found, by="ROM-QA")
    with pytest.raises(Refused, match="own-work"):
        school.do("ROM-QA", "confirm-passport", passport=found.code, person=HERE)
    with pytest.raises(Refused, match="subject-exists"):
        decide(school, found)


def test_the_door_takes_nothing_that_the_verified_file_does_not_say(school: World, text: str) -> None:
    found = check(text)
    with pytest.raises(Refused, match="passport-unverified"):
        decide(school, found)  # nobody read the file on this node
    found = passport.keep(text)
    good = [{**x.facts(), "accepted": False, "why": "no"} for x in found.items]
    wrong: list[Any] = [
        {"decisions": good[:-1]},
        {"decisions": [*good, good[0]]},
        {"decisions": [{**good[0], "item": "TEST"}, *good[1:]]},
        {"holder": "BCN-VEC"},
        {"passport": "OTHER-1"},
        {"sha256": "0" * 64},
        {"sha256": "../../etc/passwd"},
    ]
    for changes in wrong:
        with pytest.raises(Refused, match="passport-unverified"):
            decide(school, found, **changes)
    failed = [{**told, "accepted": told["item"] == "TEST"} for told in good]
    with pytest.raises(Refused, match="passport-item-unfit"):
        decide(school, found, decisions=failed)
    with pytest.raises(Refused, match="justification-missing"):
        decide(school, found, decisions=[{**told, "why": ""} for told in good])
    decide(school, found, decisions=good)


def test_a_kept_file_that_was_altered_on_the_disk_is_refused(school: World, text: str, settings: Any) -> None:
    found = passport.keep(text)
    place = Path(settings.HOME) / "passports" / found.sha256
    place.write_text(text + " ")
    with pytest.raises(Refused, match="passport-unverified"):
        decide(school, found)
    place.write_text(text)
    decide(school, found)


def test_the_command_line_makes_and_checks(school: World, tmp_path: Path) -> None:
    out = tmp_path / "a.passport"
    words = ["passport", "make", HOLDER, "--to", "ROM", "--out", str(out)]
    assert CliRunner().invoke(main, words).exit_code == 1
    agree(school)
    assert CliRunner().invoke(main, words).exit_code == 0
    found = CliRunner().invoke(main, ["passport", "check", str(out), "--json"])
    assert found.exit_code == 0 and {x["state"] for x in json.loads(found.output)["items"]} == {"good", "not-passed"}
    out.write_text(out.read_text().replace("BCN-VEC", "BCN-VEX"))
    assert CliRunner().invoke(main, ["passport", "check", str(out)]).exit_code == 1


def test_the_page_reads_decides_and_confirms(school: World, text: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = logged_in("ROM-TWO")
    wrong = client.post("/training/passport", {"file": SimpleUploadedFile("x", text.replace("Quim", "Joan").encode())})
    assert wrong.status_code == 422 and 'role="alert"' in wrong.content.decode()
    answer = client.post("/training/passport", {"file": SimpleUploadedFile("x", text.encode())})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "not passed" in page.content.decode() and "proven by the keys" in page.content.decode()
    choices = {f"yes-{n}": "yes" for n in range(4)}
    sent = {"person": HERE, "reason": "same process", "password": PASSWORD, "second": PIN, **choices}
    done = client.post(answer["Location"], sent)
    assert done.status_code == 302, done.content.decode()
    assert "waits for the second signature" in client.get(done["Location"]).content.decode()


def test_a_passport_is_made_by_quality_assurance_or_trainer_or_oneself_only(school: World) -> None:
    agree(school)
    assert logged_in("BCN-QA").get(f"/training/passport/{HOLDER}?to=ROM")["Content-Type"].startswith("text/html")
    made = logged_in("BCN-QA").post(f"/training/passport/{HOLDER}", {"to": "ROM"})
    assert made["Content-Disposition"].endswith('BCN-QA-ROM.passport"') and check(made.content.decode())
    assert logged_in("ROM-OP").post(f"/training/passport/{HOLDER}", {"to": "ROM"}).status_code in (403, 404, 422)


# -- handed over, and on paper --------------------------------------------------------------------------


def left() -> list[Any]:
    return list(Transit.objects.filter(way="sent", state="handed-over"))


def codes_of() -> str:
    """The texts of the codes on the paper of this passport, as a scanner types them."""
    return "\n".join(text for one in shipping.proofs_of("passport", passport.shown_of(HOLDER)) for text in one.texts)


def test_a_passport_that_leaves_stands_in_the_transfer_log_with_class_and_basis(school: World) -> None:
    with pytest.raises(Refused, match="not-agreed"):
        passport.issue(HOLDER, "ROM")
    assert left() == []
    agree(school)
    passport.issue(HOLDER, "ROM")
    (row,) = left()
    assert (row.log, row.peer, set(row.classes)) == ("BCN", "ROM", {"personnel"})
    assert row.classes["personnel"]["basis"] == "contract of the sites"
    assert "handed over as a passport" in logged_in("BCN-QA").get("/exchange").content.decode()


def test_on_paper_it_needs_the_same_basis_and_stands_in_the_same_log(school: World) -> None:
    client, page = logged_in("BCN-QA"), f"/paper/training-passport/{HOLDER}?site=ROM"
    early = client.get(page)
    assert early.content[:5] != b"%PDF-" and early.status_code == 422 and left() == []
    agree(school)
    answer = client.get(page)
    assert answer.content[:5] == b"%PDF-" and len(left()) == 1
    assert client.get(page).content == answer.content and len(left()) == 1  # the same paper left once
    said = " ".join("".join(p.extract_text() for p in PdfReader(BytesIO(answer.content)).pages).split())
    assert "Training passport" in said and "FILL" in said and "contract of the sites" not in said
    other = logged_in("ROM-OP").get(page)  # neither the holder nor of the holder's site
    assert other.content[:5] != b"%PDF-" and len(left()) == 1


def test_the_codes_of_the_paper_are_proven_without_a_link_and_altered_ones_are_refused(school: World) -> None:
    agree(school)
    found = passport.scanned(codes_of())
    assert (found.person, found.site) == (HOLDER, "BCN")
    assert {item.item: item.state for item in found.items} == {
        "READ": "good", "FILL": "good", "LOOK": "good", "TEST": "not-passed",
    }  # fmt: skip
    shown = logged_in("ROM-QA").post("/training/passport", {"text": codes_of()}).content.decode()
    assert "stand in the log of" in shown and "FILL" in shown
    first, *rest = codes_of().splitlines()
    altered = first[:-9] + ("1" if first[-9] == "0" else "0") + first[-8:]
    with pytest.raises(Refused, match="passport-unreadable"):
        passport.scanned("\n".join([altered, *rest]))
    other = shipping.proofs_of("x", [s for s in read.entries_about("curriculum:SOP-ARI") if s.site == "BCN"])
    with pytest.raises(Refused, match="passport-forged"):
        passport.scanned("\n".join(text for one in other for text in one.texts))


def test_a_passport_printed_by_command_leaves_on_the_same_basis(school: World, tmp_path: Path) -> None:
    asked = ["print", "training-passport", HOLDER, "--site", "ROM", "--output", str(tmp_path / "passport.pdf")]
    refused_ = CliRunner().invoke(main, asked)
    assert refused_.exit_code == 1 and not (tmp_path / "passport.pdf").exists() and left() == []
    agree(school)
    made = CliRunner().invoke(main, asked)
    assert made.exit_code == 0 and (tmp_path / "passport.pdf").read_bytes()[:5] == b"%PDF-" and len(left()) == 1
