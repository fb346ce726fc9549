"""Words of the product quality review."""

from django.utils.translation import gettext_lazy as _

SHARE = _("Share of successful batches among those decided")
COUNTS = {
    "batches": _("Patients' batches started"),
    "undecided": _("of these not decided yet, or conditionally released"),
    "runs": _("Qualification runs started"),
    "deviations": _("Deviations opened"),
    "oos": _("Results out of specification"),
    "investigations": _("Investigations opened"),
    "recalls": _("Batches and lots recalled"),
    "changes": _("Changes of the process version in force"),
    "vector": _("Vector lots used"),
    "equipment": _("Instruments in use"),
    "overdue": _("of these with calibration overdue"),
    "materials": _("Material lots rejected"),
    "people": _("People with a role"),
    "trained": _("of these with a training in force"),
    "lapsed": _("Trainings that have ended"),
    "signals": _("Signals of drift"),
}
NOT_HELD = _(
    "Complaints, returns, commitments to authorities and technical agreements are no part of this record yet and have "
    "to be added by hand."
)
