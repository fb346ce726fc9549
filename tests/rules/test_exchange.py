"""Exchange: data leave a site on a basis that holds that day, for the country they go to."""

from dataclasses import replace
from datetime import timedelta

from milenari.rules.action import ACTIONS
from milenari.rules.exchange import ANCHORED, CLASSES, AgreeExchange, EndExchange, class_of
from tests.rules.book import MemoryBook
from tests.rules.cast import DAY, FAR, REASON, network

AGREED = AgreeExchange(
    agreement="ROM-BCN", to_site="BCN", data_classes=("product", "vector"), basis="Example: GDPR Article 6",
    country="ES", from_on=DAY, to_on=FAR,
)  # fmt: skip
END = EndExchange(agreement="ROM-BCN", data_class="product", last_on=DAY - timedelta(days=1))


def agreed() -> MemoryBook:
    book = network()
    book.site = "ROM"
    book.do(AGREED, "qa")
    return book


def basis_today(book: MemoryBook, data_class: str) -> bool:
    return book.sheet("agreement:ROM-BCN").basis_for(data_class, DAY) is not None


def test_a_basis_holds_for_its_classes_and_its_days():
    found = agreed().sheet("agreement:ROM-BCN")
    assert found.basis_for("product", DAY).country == "ES"
    assert found.basis_for("product", FAR) and not found.basis_for("product", FAR + timedelta(days=1))
    assert not found.basis_for("product", DAY - timedelta(days=1)) and not found.basis_for("clinical", DAY)


def test_an_agreement_that_is_ended_holds_no_more_for_that_class():
    book = agreed()
    assert basis_today(book, "product") and basis_today(book, "vector")
    book.do(END, "qa", reason=REASON)
    assert not basis_today(book, "product") and basis_today(book, "vector")


def test_what_is_not_agreed_cannot_be_ended():
    agreed().refused("not-agreed", replace(END, data_class="clinical"), "qa", reason=REASON)


def test_an_agreement_has_the_code_of_its_two_sites():
    agreed().refused("agreement-code-wrong", replace(AGREED, agreement="BCN-ROM"), "qa")


def test_a_class_that_does_not_exist_is_not_agreed():
    agreed().refused("data-class-unknown", replace(AGREED, data_classes=("product", "names")), "qa")


def test_the_basis_is_for_the_country_of_the_receiver():
    agreed().refused("country-not-of-site", replace(AGREED, country="FR"), "qa")


def test_a_site_has_no_agreement_with_itself():
    agreed().refused("dispatch-to-oneself", replace(AGREED, agreement="ROM-ROM", to_site="ROM", country="IT"), "qa")


def test_an_agreement_does_not_end_before_it_begins():
    agreed().refused("dates-reversed", replace(AGREED, to_on=DAY - timedelta(days=1)), "qa")


def test_every_action_has_a_class_and_every_anchored_code_is_an_action():
    assert {class_of(cls) for cls in ACTIONS.values()} == set(CLASSES)
    assert set(ACTIONS) >= ANCHORED
