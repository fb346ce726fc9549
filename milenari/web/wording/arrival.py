"""Words of shipments on paper: arrivals booked by proof, their refusals and findings, and what a form says."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "record-arrival": (_("Book an arrival by its form"), _("Arrival booked by its form")),
    "settle-arrival": (_("Settle an arrival"), _("Arrival settled")),
}
PURPOSES = {
    "record-arrival": _("Book that a box has arrived, by the codes on its form, while its data are on their way."),
    "settle-arrival": _("Close an arrival whose dispatch never came, came different, or that was booked by mistake."),
}
LABELS = {
    "Arrival": _("Arrival"),
    "Scanned proof": _("Scanned codes of the form"),
    "Seal": _("Seal"),
    "Number of the seal": _("Number of the seal"),
    "Number of the logger": _("Number of the logger"),
    "Place in quarantine": _("Place in quarantine"),
}
OPTIONS = {
    "unbroken": _("unbroken"),
    "broken": _("broken"),
    "no-seal": _("no seal"),
    "never-dispatched": _("never dispatched"),
    "came-different": _("its data came and say otherwise"),
    "booked-by-mistake": _("booked by mistake"),
}
STATES = {
    "arrived": pgettext_lazy("status", "arrived, its data awaited"),
    "received": pgettext_lazy("status", "received"),
    "never-dispatched": OPTIONS["never-dispatched"],
    "came-different": OPTIONS["came-different"],
    "booked-by-mistake": OPTIONS["booked-by-mistake"],
}
CONDITIONS = {"intact": _("intact"), "damaged": _("damaged")}
DIFFERING = {
    "transfer": _("Transfer number"),
    "dispatch": _("Dispatch"),
    "condition": _("Condition"),
    "warmest": _("Warmest logged"),
}
REFUSALS = {
    "proof-refused": _(
        "These codes prove nothing: %(detail)s Keep the box closed and apart, and call the sender by a number you "
        "already have."
    ),
    "proof-for-another-site": _(
        "This shipment is for %(to)s, not for %(site)s. Keep the box closed and call the sender and %(to)s."
    ),
    "proof-of-another-thing": _("The form is of %(proven)s, not of %(subject)s. Compare the label with the form."),
    "proof-country-differs": _(
        "The form places %(site)s in %(found)s, but this node knows it in %(expected)s. Call the sender and IT before "
        "anything is done with the box."
    ),
    "arrival-code-wrong": _("The arrival of this thing is written %(expected)s, not %(found)s. Open the page again."),
    "arrival-already-booked": _(
        "Transfer %(transfer)s of %(subject)s is booked as arrived already. If a second box has come with the same "
        "form, keep it apart and call quality assurance."
    ),
    "arrival-still-open": _(
        "Transfer %(transfer)s of %(subject)s is still open: its data have not come. Quality assurance settles it "
        "first."
    ),
    "arrival-not-open": _("Arrival %(arrival)s is closed; there is nothing to settle."),
    "arrival-contradicted": _(
        "What was booked when the box came says otherwise (arrival %(arrival)s, %(differing)s): booked %(booked)s, now "
        "%(found)s. Look at the box and the form again; if the difference is real, quality assurance settles the "
        "arrival."
    ),
    "transfer-number-passed": _(
        "Transfer %(found)s is over: number %(last)s was seen already. This form is old. Keep the box apart and call "
        "the sender."
    ),
    "dispatch-known-here": _(
        "The data of transfer %(transfer)s of %(subject)s are here already. Receive it in the ordinary way."
    ),
    "code-not-readable": _(
        "The form is not printed: a code on it (%(length)s signs) could not be read back as it should. Tell IT."
    ),
}
FINDINGS = {
    "proof-not-cosigned": _(
        "No other site had signed for the dispatch of %(subject)s when its form was printed. The proof rests on the "
        "sender's key alone; call the sender."
    ),
    "arrived-without-release": _(
        "%(subject)s arrived without a proof that %(of)s is released. It stays in quarantine until that is known."
    ),
    "arrived-not-releasable": _(
        "%(subject)s arrived, but its form says that %(of)s was rejected or recalled. Do not use it; call quality "
        "assurance."
    ),
    "arrived-seal-broken": _(
        "The seal of %(subject)s was broken or missing on arrival. Open a deviation; quality assurance assesses it."
    ),
}
