"""Account: what happened to a person's credentials, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

OCCURRENCES: dict[str, Any] = {
    "logged-in": _("Logged in"),
    "login-failed": _("Login failed: password or second factor was wrong"),
    "signature-failed": _("Signature failed: password or second factor was wrong"),
    "locked": _("Login closed for a while after too many wrong attempts"),
    "password-changed": _("Password changed"),
    "factor-changed": _("Second factor replaced"),
    "passkey-added": _("Passkey made"),
    "passkey-removed": _("Passkey removed from this node"),
    "passkey-failed": _("Signature by passkey did not verify"),
}
GRAVE = ("login-failed", "signature-failed", "locked", "passkey-failed")
