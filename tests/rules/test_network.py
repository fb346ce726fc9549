"""Network: sites, their authorisations and qualification, the rules of each country."""

from datetime import timedelta

import pytest

from milenari.rules.network import QualifySite, SetCountryRules, SuspendSite
from milenari.words import Role
from tests.rules.cast import (
    DAY,
    FAR,
    REASON,
    MemoryBook,
    accepted,
    authorise,
    found_site,
    network,
    node,
    refer,
    start,
)


def qualify(site="AMM", product="ARI", from_on=DAY, until_on=FAR):
    return QualifySite(site=site, product=product, evidence="PPQ 1-3", from_on=from_on, until_on=until_on)


SUSPEND = SuspendSite(site="ROM", product="ARI")


def test_a_node_founds_itself_and_no_other():
    book = MemoryBook()
    book.refused("node-founds-only-itself", found_site("ROM"), **node("BCN"))
    book.do(found_site("BCN"), **node("BCN"))
    book.refused("subject-exists", found_site("BCN"), **node("BCN"))


def test_only_the_control_site_enters_further_sites():
    book = network()
    paris = found_site("ROM", site="PAR")
    book.refused("not-the-control-site", paris, "qa")
    book.do(paris, "qa", site="BCN")


def test_a_site_that_nobody_has_founded_is_not_the_control_site():
    book = network()
    del book.sheets["site:AMM"]
    rules = SetCountryRules(country="JO", rules={"custody_signatures": {}})
    book.refused("not-the-control-site", rules, "qa", site="AMM")
    book.do(rules, "qa", site="BCN")


def test_a_site_has_only_roles_and_a_zone_that_exist():
    book = network()
    book.refused("field-not-an-option", found_site("ROM", site="PAR", site_roles=("spa",)), "qa", site="BCN")
    for zone in ("Mars/Phobos", "../etc", "Europe"):
        book.refused("field-unreadable", found_site("ROM", site="PAR", zone=zone), "qa", site="BCN")


@pytest.mark.parametrize("rules", [
    {"x": 1}, {"custody_signatures": {"dispatch": 0}}, {"custody_signatures": {"dispatch": "two"}},
    {"custody_signatures": {"dispatch": 1}, "assent_from_years": "twelve"},
])  # fmt: skip
def test_country_rules_that_cannot_be_read_are_refused(rules):
    book = network()
    book.refused("country-rules-unreadable", SetCountryRules(country="IT", rules=rules), "qa", site="BCN")
    good = {"custody_signatures": {"dispatch": 2}, "assent_from_years": 7}
    book.do(SetCountryRules(country="IT", rules=good), "qa", site="BCN")
    assert book.sheet("country:IT").signatures_for("dispatch") == 2
    assert book.sheet("country:IT").signatures_for("receipt") == 1


def test_dates_the_wrong_way_round_are_refused():
    book = network()
    book.refused("dates-reversed", qualify(until_on=DAY - timedelta(days=1)), "qa", site="BCN")
    wrong = {**authorise("AMM").__dict__, "to_on": DAY - timedelta(days=1)}
    book.refused("dates-reversed", type(authorise("AMM"))(**wrong), "qa", site="BCN")
    book.do(qualify(), "qa", site="BCN")


def test_a_product_nobody_approved_is_neither_qualified_nor_authorised():
    book = network()
    book.refused("subject-unknown", qualify(product="NONE"), "qa", site="BCN")


def test_a_border_permit_is_no_authority_to_treat():
    book = network()
    for basis in ("import", "export"):
        book.do(authorise("AMM", basis), "qa", site="BCN")
    book.refused("not-authorised", refer(), "physician", site="AMM")
    book.do(authorise("AMM"), "qa", site="BCN")
    book.do(refer(), "physician", site="AMM")


def test_a_suspended_site_starts_nothing_until_it_is_qualified_again():
    book = accepted()
    book.do(SUSPEND, "qa", site="BCN", reason=REASON)
    book.refused("site-not-qualified", start(), "operator")
    book.refused("site-not-qualified", SUSPEND, "qa", site="BCN", reason=REASON)
    book.do(qualify("ROM"), "qa", site="BCN")
    book.do(start(), "operator")


def test_nobody_backdates_a_start_into_the_day_before_the_suspension():
    book = accepted()
    before = book.now
    book.later(hours=24).do(SUSPEND, "qa", site="BCN", reason=REASON)
    book.refused("site-not-qualified", start(), "operator", at=before)


def test_a_qualification_ends_on_its_day():
    book = network()
    site = book.sheet("site:ROM")
    assert site.qualified_for("ARI", FAR) and not site.qualified_for("ARI", FAR + timedelta(days=1))
    assert not site.qualified_for("LV", DAY) and not site.has_role("vector", DAY)
    assert site.has_role("manufacture", DAY)


def test_the_qp_does_not_qualify_sites():
    network().refused("role-not-allowed", qualify(), "qp", site="BCN")
    assert Role.QA in QualifySite.roles
