"""The register tables of the casebook: forms, pages, queries and the values of pages."""

from __future__ import annotations

from django.db import models

from milenari.registers.columns import Register, word


class CasebookForm(Register):
    """A form with its newest version."""

    code, site, title = word(), word(), word(500)
    newest, items = models.IntegerField(default=0), models.IntegerField(default=0)
    repeats = models.BooleanField(default=False)


class CasebookPage(Register):
    """A page; ``state`` is open, signed, frozen or locked, ``number`` the version of its form."""

    code, site, protocol, state = word(), word(), word(), word(20)
    participant = word(db_index=True)
    visit, form, signed_by = word(), word(), word()
    number, repeat = models.IntegerField(default=0), models.IntegerField(default=0)
    filled, verified = models.IntegerField(default=0), models.IntegerField(default=0)
    queries_open, queries_answered = models.IntegerField(default=0), models.IntegerField(default=0)
    saved_at, signed_at, locked_at = (models.DateTimeField(null=True) for _ in range(3))

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "state"])]


class CasebookQuery(Register):
    """A query with its first question and last turn; ``check_code`` is empty where a person raised it."""

    page, site, protocol, participant = word(db_index=True), word(), word(), word()
    visit, form, item, check_code, state = word(), word(), word(), word(), word(20)
    number = models.IntegerField(default=0)
    asked, said, raised_by = word(500), word(500), word()
    raised_at, turned_at = models.DateTimeField(null=True), models.DateTimeField(null=True)

    class Meta(Register.Meta):
        indexes = [models.Index(fields=["site", "state", "raised_at"])]


class CasebookValue(Register):
    """What stands in an item of a page now; ``missing`` says why nothing does. Both empty: it was taken out."""

    page, site, protocol, participant = word(db_index=True), word(), word(db_index=True), word()
    visit, form, item, unit, missing = word(), word(), word(), word(30), word(30)
    number, repeat = models.IntegerField(default=0), models.IntegerField(default=0)
    value = word(500)
    from_record = models.BooleanField(default=False)
