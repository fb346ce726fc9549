"""Words about what a node does by itself, parcels on their way, and the refusals of backups."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CHORE_STATES = {
    "good": pgettext_lazy("chore", "done"),
    "failed": pgettext_lazy("chore", "failed"),
    "overdue": pgettext_lazy("chore", "overdue"),
    "never": pgettext_lazy("chore", "not done yet"),
}
TRANSIT_WAYS = {"sent": pgettext_lazy("parcel", "sent"), "received": pgettext_lazy("parcel", "received")}
TRANSIT_STATES = {
    "sent": pgettext_lazy("parcel", "sent"),
    "handed-over": pgettext_lazy("parcel", "handed over as a passport"),
    "applied": pgettext_lazy("parcel", "applied"),
    "repeated": pgettext_lazy("parcel", "repeated, nothing new"),
    "waiting": pgettext_lazy("parcel", "waiting"),
    "refused": pgettext_lazy("parcel", "refused"),
    "forked": pgettext_lazy("parcel", "refused: forked log"),
}

REFUSALS = {
    "backup-without-key": _(
        "This node has no box key, so nothing could be encrypted for it. IT makes one (milenari keys rotate --box) or "
        "names another key (MILENARI_BACKUP_TO)."
    ),
    "backup-not-opened": _("This backup cannot be opened: %(detail)s. Take the keys folder from the sealed envelope."),
    "backup-not-good": _("This backup does not restore: %(detail)s. Take another one, and find out why."),
    "backup-tool-missing": _("The program %(tool)s is not on this machine. Install the tools of PostgreSQL."),
    "backup-tool-failed": _("%(tool)s failed: %(detail)s"),
    "restore-not-empty": _("This node has a log already. A backup is restored into an empty node only."),
    "book-not-sound": _("The book of this node is not sound: %(detail)s. Stop work and call quality assurance."),
}
