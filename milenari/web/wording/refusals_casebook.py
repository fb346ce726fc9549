"""Refusals of the casebook: forms, values, queries, signatures and locks."""

from django.utils.translation import gettext_lazy as _

REFUSALS = {
    "form-unreadable": _("The form cannot be read at %(where)s: it %(fault)s. Correct the definition."),
    "form-version-out-of-order": _("The next version of the form %(form)s is %(expected)s, not %(number)s."),
    "form-version-unknown": _("The form %(form)s has no version %(number)s."),
    "form-version-superseded": _(
        "The form %(form)s is filled in under version %(newest)s now, not %(number)s. Open the page again and enter it "
        "there."
    ),
    "form-item-changed": _(
        "The item %(item)s of the form %(form)s would mean something else under the same name. Give the new question a "
        "name of its own."
    ),
    "form-does-not-repeat": _("The form %(form)s is filled in once at a visit. Correct the page that is there."),
    "repeat-out-of-order": _("Pages of a form are numbered in order, and %(page)s is not begun. Begin that one first."),
    "page-code-wrong": _("The page is %(expected)s by participant, visit, form and repeat, not %(found)s."),
    "page-in-another-state": _(
        "The page %(page)s is %(page_state)s; this is possible only while it is %(page_states)s. A frozen or locked "
        "page is opened by the data manager, with a reason."
    ),
    "form-empty": _("Nothing was entered for the page %(page)s. Enter a value, or say why there is none."),
    "nothing-changed": _("The page %(page)s has these values already; nothing was written."),
    "change-without-reason": _("A value that was entered before is changed: %(items)s. Say why."),
    "form-item-unknown": _("The form has no item %(item)s. Open the page again; it may have a new version."),
    "item-from-record": _(
        "%(item)s comes from the record (%(source)s) and is not typed. If it is wrong, it is corrected where it was "
        "signed."
    ),
    "item-not-asked": _(
        "%(item)s is not asked, as the other answers are. Empty it, or correct the answer on which it depends."
    ),
    "item-unreadable": _("%(item)s: %(found)s cannot be read as %(item_type)s."),
    "item-too-precise": _("%(item)s: %(found)s has more decimal places than are asked for: %(places)s. Round it."),
    "text-holds-identity": _(
        "%(item)s holds a long number or an address. Names, numbers of the hospital, telephone numbers and addresses "
        "never stand in a casebook; write it without."
    ),
    "check-not-passed": _("%(item)s: %(says)s Correct one of the values (check %(check)s)."),
    "value-unlikely": _("%(item)s is unlikely (%(check)s). Correct it, or say why it stands."),
    "nothing-to-explain": _("There is nothing unlikely about %(check)s any more; empty the reason given for it."),
    "explanation-unfit": _("Say why the unlikely value stands (%(check)s), in at most %(longest)s characters."),
    "not-your-item": _(
        "%(item)s is not entered as %(role)s: codes of dictionaries are the data manager's, everything else the "
        "hospital's."
    ),
    "value-and-reason": _("%(item)s has a value, and a reason why it has none. Take one of them away."),
    "no-form-chosen": _("No form was chosen. Mark those that are to be put into force."),
    "item-empty": _("%(item)s has no value that could be compared with its source."),
    "nothing-left-to-verify": _("Everything named on the page %(page)s is compared with its source already."),
    "form-incomplete": _(
        "The page %(page)s still lacks: %(items)s. Enter them, or say why there is no value; then it can be signed."
    ),
    "record-moved-on": _(
        "Since the page %(page)s was saved, the record says something else of: %(items)s. Open it, look at it and save "
        "it again; then sign."
    ),
    "page-not-signed": _("The page %(page)s is locked after the investigator has signed it."),
    "queries-open": _("Queries of the page %(page)s are not closed: %(queries)s. They are answered and closed first."),
    "casebook-locked": _(
        "The casebook %(casebook)s is locked. A data manager opens it first, with a reason; then its pages one by one."
    ),
    "casebook-not-ready": _(
        "The casebook %(casebook)s is not ready to be locked. Not signed by the investigator: %(unsigned)s. With "
        "queries that are not closed: %(asked)s."
    ),
    "no-casebook-chosen": _("No casebook was chosen. Mark those that are to be locked."),
    "casebook-not-locked": _("The casebook %(casebook)s is not locked."),
    "query-unknown": _("The page %(page)s has no query %(query)s."),
    "query-in-another-state": _("The query %(query)s is %(query_state)s, so this cannot be done with it."),
    "query-of-another-item": _("The query %(query)s is about %(item)s. Ask about another item in a query of its own."),
}
