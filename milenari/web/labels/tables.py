"""Tables: what a site has put beside its node for labels: its GS1 prefix and its licensed ISBT 128 tables.

Under the node's home, ``labels/<site>/``: ``gs1-company-prefix.txt`` with the digits, and ``isbt128/`` with
``facilities.csv`` (column fin), ``products.csv`` (columns code, description) and ``version.txt``. The tables are
the licensee's own; none is shipped, and none is sent anywhere.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from milenari.rules.action import Refused


@dataclass(frozen=True)
class Tables:
    """Facility numbers that are the site's own, and product description codes with their text."""

    version: str
    facilities: frozenset[str]
    products: dict[str, str] = field(hash=False)

    def require(self, din: str, product_code: str) -> str:
        """The description of a product whose donation number is of this facility; refused if neither is known."""
        if din[:5] not in self.facilities:
            raise Refused("isbt-facility-unknown", found=din[:5])
        if product_code[:5] not in self.products:
            raise Refused("isbt-product-unknown", found=product_code[:5], version=self.version)
        return self.products[product_code[:5]]


def _folder(site: str) -> Path:
    return Path(settings.HOME) / "labels" / site


def company_prefix(site: str) -> str:
    """The site's GS1 company prefix, or nothing: then its shippers bear the house's own symbol alone."""
    file = _folder(site) / "gs1-company-prefix.txt"
    return file.read_text(encoding="ascii").strip() if file.is_file() else ""


def isbt(site: str) -> Tables | None:
    """The ISBT 128 tables that the site has loaded, or nothing; refused when a file of them cannot be read."""
    folder = _folder(site) / "isbt128"
    if not folder.is_dir():
        return None
    try:
        facilities = frozenset(row["fin"].strip() for row in _rows(folder / "facilities.csv"))
        products = {row["code"].strip(): row["description"].strip() for row in _rows(folder / "products.csv")}
        version = (folder / "version.txt").read_text(encoding="utf-8").strip()
    except (OSError, KeyError, AttributeError, UnicodeDecodeError, csv.Error) as fault:
        raise Refused("isbt-tables-unreadable", site=site, fault=str(fault)[:80]) from fault
    return Tables(version, facilities, products)


def require_isbt(site: str) -> Tables:
    """The tables, or a refusal that says who can load them."""
    found = isbt(site)
    if found is None:
        raise Refused("isbt-tables-missing", site=site)
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
