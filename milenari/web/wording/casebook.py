"""Words of the casebook: actions, purposes, fields, closed lists."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "define-form": (_("Put a form into force"), _("Form put into force")),
    "save-form": (_("Enter a form"), _("Form entered")),
    "verify-source": (_("Compare with the source"), _("Compared with the source")),
    "sign-form": (_("Sign a form as investigator"), _("Form signed by the investigator")),
    "freeze-form": (_("Freeze a form"), _("Form frozen")),
    "lock-form": (_("Lock a form"), _("Form locked")),
    "unlock-form": (_("Unlock a form"), _("Form unlocked")),
    "lock-casebook": (_("Lock a casebook"), _("Casebook locked")),
    "unlock-casebook": (_("Open a locked casebook"), _("Casebook opened again")),
    "raise-query": (_("Raise a query"), _("Query raised")),
    "answer-query": (_("Answer a query"), _("Query answered")),
    "close-query": (_("Close a query"), _("Query closed")),
}
PURPOSES = {
    "define-form": _("Put a form of the casebook, or a new version of it, into force."),
    "save-form": _("Enter or correct a form; what stood there before stays in its history."),
    "verify-source": _("Say that items of a page agree with their source document."),
    "sign-form": _("Sign a page as investigator: it is complete, attributed and true."),
    "freeze-form": _("Stop entry on a page while it is reviewed; queries go on."),
    "lock-form": _("Lock a page that is signed and has no query left."),
    "unlock-form": _("Open a frozen or locked page again, saying why."),
    "lock-casebook": _("Lock every page of a participant's casebook by one signature."),
    "unlock-casebook": _("Open a locked casebook again, saying why; its pages stay locked until each is opened."),
    "raise-query": _("Ask about an item of a page, or ask again in a query that is answered."),
    "answer-query": _("Answer a query; the value itself is corrected on the form."),
    "close-query": _("Close a query that is answered."),
}
LABELS = {
    "Form of the casebook": _("Form of the casebook"),
    "Number of the version": _("Number of the version"),
    "Definition of the form": _("Definition of the form"),
    "Page of the casebook": _("Page of the casebook"),
    "Casebook": pgettext_lazy("room", "Casebook"),
    "Participant": _("Participant"),
    "Repeat": pgettext_lazy("field", "Repeat"),
    "Values of the form": _("Values of the form"),
    "Why unlikely values stand": _("Why unlikely values stand"),
    "Query": pgettext_lazy("field", "Query"),
    "Number of the query": _("Number of the query"),
}
HELPS: dict[str, tuple[Any, dict[str, str]]] = {
    "none named: all that were entered": (_("none named: all that were entered"), {}),
    "only to ask again in a query that is answered": (_("only to ask again in a query that is answered"), {}),
}
ROOMS = {
    "casebook_lock": pgettext_lazy("room", "Casebook"),
    "casebook_form": _("Forms of the casebook"),
    "casebook": pgettext_lazy("room", "Casebook"),
    "casebook_query": pgettext_lazy("room", "Queries"),
}
KINDS = {
    "casebook": _("casebook"),
    "casebook-form": _("form of the casebook"),
    "casebook-page": _("page of the casebook"),
}
PAGE_STATES = {
    "expected": pgettext_lazy("page", "not begun"),
    "open": pgettext_lazy("page", "in entry"),
    "signed": pgettext_lazy("page", "signed"),
    "frozen": pgettext_lazy("page", "frozen"),
    "locked": pgettext_lazy("page", "locked"),
}
QUERY_STATES = {
    "open": pgettext_lazy("query", "to be answered"),
    "answered": pgettext_lazy("query", "answered"),
    "closed": pgettext_lazy("query", "closed"),
}
TURNS = {
    "raised": pgettext_lazy("query", "asked"),
    "answered": pgettext_lazy("query", "answered"),
    "closed": pgettext_lazy("query", "closed"),
    "settled": pgettext_lazy("query", "settled by a new value"),
}
STANDINGS = {
    "waiting": pgettext_lazy("trial visit", "waits for its anchor"),
    "upcoming": pgettext_lazy("trial visit", "to come"),
    "due": pgettext_lazy("trial visit", "window open"),
    "in-window": pgettext_lazy("trial visit", "in the window"),
    "early": pgettext_lazy("trial visit", "early"),
    "late": pgettext_lazy("trial visit", "late"),
    "missed": pgettext_lazy("trial visit", "missed"),
    "not-due": pgettext_lazy("trial visit", "not expected"),
}
YES_NO = {"yes": pgettext_lazy("answer", "yes"), "no": pgettext_lazy("answer", "no")}
MISSING = {
    "not-done": pgettext_lazy("missing value", "not done"),
    "unknown": pgettext_lazy("missing value", "unknown"),
    "not-applicable": pgettext_lazy("missing value", "not applicable"),
    "declined": pgettext_lazy("missing value", "declined"),
}
ITEM_TYPES = {
    "integer": _("a whole number"),
    "decimal": _("a number"),
    "date": _("a day"),
    "datetime": _("a day and time"),
    "codelist": _("an option of the list"),
    "text": _("words"),
    "yes-no": _("yes or no"),
}
FINDINGS = {
    "grade-differs-from-record": _(
        "%(scale)s of %(on)s: the page says grade %(entered)s, the gravest that the bedside recorded that day is "
        "%(recorded)s. Correct the one that is wrong."
    ),
    "transplant-not-in-record": _(
        "The record of the therapy has no transplant on %(on)s. Record it there, or correct the day on the page."
    ),
    "transplant-differs-from-record": _(
        "The record of the therapy says something else of the transplant on %(on)s: %(items)s. Correct the one that is "
        "wrong."
    ),
    "unlikely-value-stands": _("The value of %(item)s stands although it is unlikely (%(check)s); a query keeps why."),
}
