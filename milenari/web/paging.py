"""Paging and sorting: addresses that keep every other choice."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Paging:
    page: int
    pages: int
    kept: dict[str, str]
    place: str = ""  # the part of a long page that is paged

    def _to(self, page: int) -> str:
        return "?" + urlencode({**self.kept, "page": page}) + (f"#{self.place}" if self.place else "")

    @property
    def previous(self) -> str:
        return self._to(self.page - 1) if self.page > 1 else ""

    @property
    def following(self) -> str:
        return self._to(self.page + 1) if self.page < self.pages else ""

    def sorted_by(self, column: str) -> tuple[str, str]:
        """The address that sorts by a column, and how it is sorted now (for aria-sort)."""
        now = self.kept.get("sort", "-since")
        state = "descending" if now == f"-{column}" else "ascending" if now == column else "none"
        wanted = f"-{column}" if now == column else column
        return "?" + urlencode({**self.kept, "sort": wanted}), state


def number_of(asked: str) -> int:
    """The page asked for in an address; the first when it is no number."""
    return int(asked) if asked.isdecimal() and len(asked) < 7 else 1
