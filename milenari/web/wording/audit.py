"""Words of the audit pages: what was checked, how a verification went, what a token opens."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Check of one entry -> what holds, what does not.
CHECKS: dict[str, tuple[Any, Any]] = {
    "bytes": (
        _("The bytes are in their one canonical spelling."),
        _("The bytes are not in their canonical spelling."),
    ),
    "hash": (
        _("The bytes are those that were hashed when the entry was written."),
        _("The bytes are not those that were hashed when the entry was written."),
    ),
    "signature": (
        _("The signature fits these bytes and a key that was enrolled for this person at the time."),
        _("The signature does not fit these bytes and the keys enrolled for this person at the time."),
    ),
    "place": (
        _("The entry stands at its place in the log whose checkpoint is signed."),
        _("The entry cannot be proven to stand in the signed log."),
    ),
}

STATES: dict[str, Any] = {
    "sound": pgettext_lazy("verification", "sound"),
    "broken": pgettext_lazy("verification", "not sound"),
    "running": pgettext_lazy("verification", "running"),
    "interrupted": pgettext_lazy("verification", "interrupted"),
}

COMPONENTS: dict[str, Any] = {
    "password": pgettext_lazy("signature component", "password"),
    "second-factor": pgettext_lazy("signature component", "second factor"),
    "passkey": pgettext_lazy("signature component", "passkey that verified its holder"),
    "log-key": pgettext_lazy("signature component", "key of the node"),
    "demo-loader": pgettext_lazy("signature component", "loader of the demonstration; no person stood at a screen"),
}

SCOPES: dict[str, tuple[Any, Any]] = {
    "read": (
        pgettext_lazy("scope of a token", "read"),
        _("Therapies, batches, vector, results and what waits, as far as you see them on screen."),
    ),
    "read-audit": (
        pgettext_lazy("scope of a token", "read the journal"),
        _("Entries with their bytes and proofs, as far as you see them on screen."),
    ),
    "act": (
        pgettext_lazy("scope of a token", "send acts"),
        _("Send acts. Each one is signed apart from the token, by your passkey or by password and second factor."),
    ),
}

# Accounts of double entry that are no subject of their own.
ACCOUNTS: dict[str, Any] = {
    "world": pgettext_lazy("account", "outside the network"),
    "growth": pgettext_lazy("account", "growth of the cells"),
    "transit": pgettext_lazy("account", "transport"),
    "discarded": pgettext_lazy("account", "discarded"),
    "samples": pgettext_lazy("account", "samples"),
    "retained": pgettext_lazy("account", "retained"),
    "unaccounted": pgettext_lazy("account", "not accounted for"),
}
