"""Chain: identifiers and their check characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.chain import (
    ALPHABET,
    check_character,
    mint,
    require_coi,
    require_din,
    same_patient,
)
from milenari.words import CODE
from tests.rules.cast import COI, refused

# JPAC Red Book Annex 2 (the first); the others computed with python-stdnum's iso7064.mod_37_2.
VECTORS = [
    ("G123498654321", "H"), ("A999917123456", "9"), ("Z549917123456", "P"), ("G151717600001", "*"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "check"), VECTORS)
def test_the_published_check_characters_come_out(text, check):
    assert check_character(text) == check
    require_din(text + check)


@pytest.mark.parametrize(("text", "check"), VECTORS)
def test_a_donation_number_with_any_other_check_is_refused(text, check):
    for other in set(ALPHABET) - {check}:
        refused("din-check-wrong", lambda other=other: require_din(text + other))


@pytest.mark.parametrize("din", ["", "GARBAGE", "A999917123456", "a9999171234569", "=A99991712345600", "Ａ" * 14])
def test_what_is_no_donation_number_is_refused(din):
    refused("din-unreadable", lambda: require_din(din))


@given(st.binary(min_size=12, max_size=12), st.sampled_from(("BCN", "ROM", "BEY", "AMM")))
def test_every_minted_code_checks_and_fits_the_field_that_takes_it(random_bytes, site):
    coi = mint(site, random_bytes)
    require_coi(coi, site)
    assert CODE.match(coi) and "*" not in coi


@given(st.binary(min_size=12, max_size=12), st.data())
def test_one_wrong_character_or_two_exchanged_ones_never_pass(random_bytes, data):
    coi = mint("ROM", random_bytes)
    signs = [n for n in range(4, len(coi) - 2) if coi[n] != "-"]
    at = data.draw(st.sampled_from(signs))
    wrong = data.draw(st.sampled_from(ALPHABET[:36].replace(coi[at], "")))
    refused("coi-check-wrong", lambda: require_coi(coi[:at] + wrong + coi[at + 1 :]))
    if at + 1 in signs and coi[at] != coi[at + 1]:
        swapped = coi[:at] + coi[at + 1] + coi[at] + coi[at + 2 :]
        refused("coi-check-wrong", lambda: require_coi(swapped))


def test_too_few_random_bytes_are_an_error():
    with pytest.raises(ValueError):
        mint("ROM", b"short")


@pytest.mark.parametrize("coi", ["", "MLN-ROM-AAAA", "XXX" + COI[3:], COI.lower(), COI + "-A", COI.replace("-", "")])
def test_what_is_no_chain_of_identity_is_refused(coi):
    refused("coi-unreadable", lambda: require_coi(coi))


def test_a_code_of_another_site_is_refused():
    refused("coi-of-another-site", lambda: require_coi(COI, "BEY"))


def test_any_other_patient_is_refused_and_the_same_one_is_not():
    refused("another-patient", lambda: same_patient(COI, "MLN-ROM-OTHER", "bag"))
    same_patient(COI, f" {COI} ", "bag")
