"""Attachment: a file beside the record, by its hash, withdrawn only by quality assurance and with a reason."""

from milenari.rules.attachment import AttachFile, WithdrawFile
from milenari.rules.custody import Dispatch, Receive, WitnessReceipt
from milenari.rules.deviation import OpenDeviation
from milenari.rules.hold import HoldBatch
from tests.rules.cast import batch_started, collected, released, review

HASH = "a" * 64
WITHDRAW = WithdrawFile(attachment="AT-1")


def photo(of: str = "batch:B1", code: str = "AT-1", item: str = "", sha256: str = HASH) -> AttachFile:
    return AttachFile(of=of, attachment=code, item=item, sha256=sha256, name="bag.jpg", media_type="image/jpeg",
                      size=2_400_000, shows="the bag on the bench")  # fmt: skip


def test_a_file_is_kept_beside_a_thing_that_exists_under_a_code_of_its_own():
    book = batch_started()
    book.refused("subject-unknown", photo(of="batch:B9"), "operator")
    book.do(photo(), "operator")
    book.refused("subject-exists", photo(of="journey:J1"), "physician")
    book.do(photo(of="journey:J1", code="AT-2"), "physician")
    held = book.sheet("attachment:AT-1")
    assert (held.of, held.sha256, held.by, held.owner) == ("batch:B1", HASH, "ROM-OPERATOR", "ROM")


def test_a_hash_that_is_none_is_refused():
    book = batch_started()
    book.refused("hash-unreadable", photo(sha256="A" * 64), "operator")
    book.refused("hash-unreadable", photo(sha256="a" * 63), "operator")
    book.do(photo(), "operator")


def test_a_file_may_be_about_a_deviation_or_result_that_is_there():
    book = batch_started()
    book.refused("item-unknown", photo(item="D-1"), "operator")
    book.refused("item-unknown", photo(of="journey:J1", item="D-1"), "operator")
    book.do(OpenDeviation(of="batch:B1", deviation="D-1", what="a bag leaks", severity="minor"), "operator")
    book.do(photo(item="D-1"), "operator")
    assert book.sheet("attachment:AT-1").item == "D-1"


def test_it_can_be_attached_while_the_batch_is_on_hold_and_by_whoever_sees_what_happened():
    book = batch_started()
    book.do(HoldBatch(batch="B1"), "operator", reason="power cut")
    book.refused("role-not-allowed", photo(), "it-admin")
    book.do(photo(), "ward-nurse")


def test_a_file_that_comes_after_the_review_of_the_trail_asks_for_another():
    book = released()
    batch = book.sheet("batch:B1")
    assert batch.reviewed_version >= batch.changed_version
    book.do(photo(), "operator")
    batch = book.sheet("batch:B1")
    assert batch.reviewed_version < batch.changed_version
    review(book)
    book.do(WITHDRAW, "qa", reason="shows a name")
    assert book.sheet("batch:B1").changed_version > batch.changed_version


def test_only_quality_assurance_withdraws_a_file_once_and_says_why():
    book = batch_started()
    book.refused("subject-unknown", WITHDRAW, "qa", reason="shows a name")
    book.do(photo(), "operator")
    book.refused("role-not-allowed", WITHDRAW, "operator", reason="shows a name")
    book.refused("reason-missing", WITHDRAW, "qa")
    entry = book.do(WITHDRAW, "qa", reason="shows a name")
    assert entry.given == {"sha256": HASH, "of": "batch:B1"}
    assert book.sheet("attachment:AT-1").withdrawn == "shows a name"
    book.refused("file-withdrawn", WITHDRAW, "qa", reason="again")


def test_a_file_beside_a_bag_is_written_by_who_holds_the_bag_and_withdrawn_where_it_was_attached():
    book = collected()
    book.do(photo(of="collection:BAG1"), "apheresis-nurse")
    book.do(Dispatch(what="collection:BAG1", to_site="BEY"), "apheresis-nurse")
    book.do(Receive(what="collection:BAG1", transfer=1, intact="intact"), "operator", site="BEY")
    book.do(WitnessReceipt(what="collection:BAG1"), "qa", site="BEY")
    book.refused("held-elsewhere", photo(of="collection:BAG1", code="AT-2"), "operator")
    book.do(photo(of="collection:BAG1", code="AT-2"), "operator", site="BEY")
    entry = book.do(WITHDRAW, "qa", reason="shows a name")
    assert [name for name, _ in entry.subjects] == ["attachment:AT-1"]
