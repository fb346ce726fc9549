"""How a method says no; in a file of its own because commands and readers of files need it without numbers."""

from __future__ import annotations

from typing import Any


class Unfit(ValueError):
    """The data cannot answer the question: a code, a whole sentence (what, where, what to do), and the facts."""

    def __init__(self, code: str, sentence: str, **facts: Any):
        super().__init__(sentence)
        self.code, self.sentence, self.facts = code, sentence, facts
