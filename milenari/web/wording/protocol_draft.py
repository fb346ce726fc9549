"""Words of protocols that are being written: parts, tables, boxes, faults, refusals."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TABS = {
    "identification": pgettext_lazy("protocol part", "Identification"),
    "doses": pgettext_lazy("protocol part", "Cohorts and doses"),
    "eligibility": pgettext_lazy("protocol part", "Eligibility"),
    "visits": pgettext_lazy("protocol part", "Visits"),
    "stopping": pgettext_lazy("protocol part", "Stopping rules"),
    "endpoints": pgettext_lazy("protocol part", "Endpoints and analyses"),
    "parameters": pgettext_lazy("protocol part", "Parameters"),
    "consents": pgettext_lazy("protocol part", "Consents"),
    "countries": pgettext_lazy("protocol part", "Countries"),
    "changes": pgettext_lazy("protocol part", "What differs"),
    "sign": pgettext_lazy("protocol part", "Sign"),
}
TABLES = {
    "identification": _("What the trial is"),
    "cohorts": _("Cohorts"),
    "levels": _("Dose levels"),
    "weights": _("Doses by weight band"),
    "fractions": _("Fractions of a dose"),
    "eligibility": _("Criteria"),
    "visits": _("Schedule of visits"),
    "stopping": _("Stopping rules"),
    "endpoints": _("Endpoints"),
    "analyses": _("Analyses"),
    "parameters": _("Parameters"),
    "consents": _("Parts of the consent"),
    "countries": _("Countries and majority"),
    "assent": _("Age bands for assent"),
}
ABOUT = {
    "weights": _("Only where a dose does not go by kilogram. A level without bands is dosed by its own figure."),
    "fractions": _("In the order in which they are given. The shares of a level add up to a whole dose."),
    "visits": _("Day nought is the day of the event that a visit is counted from. Forms by their codes."),
    "stopping": _("A boundary is pairs of events and participants: with up to so many, stop at so many events."),
    "parameters": _("One without a value is still to be set; whatever needs it refuses until an amendment sets it."),
    "consents": _("One part for guardians and one for adults are always required."),
    "countries": _("Each country approves a version after it was signed, and no site works under it before."),
}
COLUMNS = {
    "title": _("Title"),
    "phase": pgettext_lazy("trial", "Phase"),
    "product": _("Product"),
    "code": _("Code"),
    "levels": _("Dose levels, by code"),
    "tokens": _("Capped by enrolment tokens"),
    "level": _("Dose level"),
    "from_kg": _("From, in kilograms"),
    "to_kg": _("Below, in kilograms"),
    "condition": _("Condition"),
    "kind": _("Kind"),
    "text": _("Text"),
    "source": _("Source"),
    "anchor": _("Counted from"),
    "day": _("Day"),
    "minus": _("Days before"),
    "plus": _("Days after"),
    "forms": _("Forms, by code"),
    "event": _("Event"),
    "numerator": _("Who is counted"),
    "denominator": _("Denominator"),
    "boundary": _("Boundary"),
    "clock": _("Counted from"),
    "denominators": _("Denominators"),
    "events": _("Events, by code"),
    "censored": _("Censored by, by code"),
    "endpoint": _("Endpoint"),
    "method": _("Method"),
    "when": pgettext_lazy("analysis", "When"),
    "form_version": _("Form version"),
    "languages": _("Languages, by code"),
    "required": _("Required"),
    "again": _("Signed again by who is in"),
    "country": _("Country"),
    "from_years": _("From, in years"),
    "to_years": _("To, in years"),
    "order": _("Order of the lines"),
    "dose.value": _("Dose"),
    "dose.unit": _("Dose: unit"),
    "dose.source": _("Dose: source"),
    "low.value": _("Lowest dose allowed"),
    "low.unit": _("Lowest dose: unit"),
    "low.source": _("Lowest dose: source"),
    "high.value": _("Highest dose allowed"),
    "high.unit": _("Highest dose: unit"),
    "high.source": _("Highest dose: source"),
    "share.value": _("Share"),
    "share.unit": _("Share: unit"),
    "share.source": _("Share: source"),
    "parameter.value": _("Value"),
    "parameter.unit": _("Unit"),
    "parameter.source": _("Source, or why it is still to be set"),
    "majority.value": _("Majority, in years"),
    "majority.unit": _("Majority: unit"),
    "majority.source": _("Majority: source"),
    "dose.text": _("Dose: remark"),
    "low.text": _("Lowest dose: remark"),
    "high.text": _("Highest dose: remark"),
    "share.text": _("Share: remark"),
    "parameter.text": _("Remark"),
    "majority.text": _("Majority: remark"),
}
FAULTS = {
    "table-empty": _("Nothing stands here yet. A protocol needs at least one line."),
    "table-too-long": _("There are too many; at most %(most)s are taken."),
    "line-twice": _("%(found)s stands here twice. Give one of them another code."),
    "line-not-there": _("%(found)s is no line of the table that it belongs to. Choose one that is there, or add it."),
    "box-empty": _("This is empty. Fill it in."),
    "box-too-long": _("This is too long; at most %(most)s letters are taken."),
    "box-no-code": _("%(found)s is no code. A code has letters, digits and simple signs, and no blank."),
    "box-no-number": _("%(found)s is no number from nought on. Write it with digits and a point."),
    "box-no-unit": _("%(found)s is no unit in use. Choose one of the list."),
    "box-no-whole-number": _("%(found)s is no whole number that fits here. Write it with digits."),
    "box-no-option": _("%(found)s is not one of the choices. Choose one."),
    "box-no-pairs": _("%(found)s is no pair of events and participants. Write events, a stroke, participants."),
    "pairs-not-rising": _(
        "%(found)s does not fit behind the pair before: participants rise, events never fall, and there are at most as "
        "many as participants."
    ),
    "figure-without-source": _("A value needs its source. Say where it comes from, or that it is assumed."),
    "consent-kind-missing": _("No required part is of the kind %(found)s. Add it, or mark one as required."),
    "band-overlaps": _("This band begins before the one before it ends, or ends before it begins."),
    "shares-not-whole": _("The fractions of %(found)s do not add up to a whole dose."),
}
ENDPOINTS = {
    "response": pgettext_lazy("endpoint", "response"),
    "time-to-event": pgettext_lazy("endpoint", "time to an event"),
    "incidence": pgettext_lazy("endpoint", "incidence"),
    "level": pgettext_lazy("endpoint", "level"),
}
SHAPES = {
    "pocock": _("the same strictness at every look (Pocock)"),
    "obf": _("stricter at early looks (O'Brien and Fleming)"),
    "bayes": _("certainty under a Bayesian prior"),
}
ACHIEVED = _("If the true rate is %(rate)s, the trial would ever be stopped by this rule with probability %(risk)s.")
REFUSALS = {
    "amended-meanwhile": _(
        "This amendment of %(protocol)s was written from version %(found)s; the newest is %(newest)s by now. Begin a "
        "draft from the newest version and take over what you changed."
    ),
    "protocol-drafting-not-yours": _(
        "Protocols are written by: %(roles)s. Take on one of these roles at this site, or ask somebody who holds one."
    ),
    "draft-unknown": _("This site has no draft %(number)s of a protocol. Look at the list of drafts."),
    "draft-saved-meanwhile": _(
        "%(person)s saved this part at %(at)s, after you opened it. What you typed is still here and not saved. Open "
        "the draft in another window and compare; saving once more replaces what was saved meanwhile."
    ),
    "draft-over": _("The draft %(number)s was signed or put aside. Take it up again, or begin another."),
    "draft-too-large": _("This draft has %(size)s letters; at most %(most)s are kept. Take out what is not needed."),
    "draft-has-faults": _(
        "The draft still has faults (%(number)s). Each stands at its field; correct them before signing."
    ),
    "draft-file-unreadable": _("This file holds no protocol as JSON. Give one that was saved from here, or type it."),
    "boundary-file-missing": _("No file was given. Choose the table of the boundary, then send it."),
    "boundary-rule-unknown": _("The draft has no stopping rule %(rule)s. Save the rule first, then give its boundary."),
    "boundary-file-unreadable": _(
        "The file cannot be read as a table: it has %(size)s bytes (at most %(most)s are taken) and has to be plain "
        "text."
    ),
    "boundary-header-unfit": _("The first line of the table says %(found)s; it has to say %(expected)s."),
    "boundary-file-lines": _("The table has %(number)s lines below its first; it takes from one to %(most)s."),
    "boundary-line-unfit": _(
        "Line %(line)s of the table says %(found)s. Each line holds two whole numbers: participants and events."
    ),
    "boundary-line-order": _(
        "Line %(line)s of the table (%(found)s) does not fit behind the one before: participants rise, events are at "
        "least one, never fall, and there are at most as many as participants."
    ),
    "boundary-not-computed": _("No boundary was computed: %(fault)s"),
    "boundary-never-met": _(
        "With these figures no number of events would ever stop the trial. Allow a higher risk of stopping, or more "
        "participants."
    ),
    "boundary-figures-unfit": _(
        "%(found)s is no number that fits. Give shares between nought and one, and whole numbers of participants."
    ),
}
