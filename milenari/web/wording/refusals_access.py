"""Refusals of tokens, of the interface and of looking at the book."""

from typing import Any

from django.utils.translation import gettext_lazy as _

TOKENS: dict[str, Any] = {
    "token-missing": _("This needs a personal token. Make one on the page of your account and send it as a bearer."),
    "token-unknown": _("This token is not known here. Copy it again, or make a new one on the page of your account."),
    "token-revoked": _("The token %(name)s was revoked at %(at)s. Make a new one on the page of your account."),
    "token-expired": _("The token %(name)s expired at %(at)s. Make a new one on the page of your account."),
    "token-name-missing": _(
        "A token needs a name of at most %(longest)s characters, by which you will know what uses it."
    ),
    "token-scope-missing": _("Choose at least one thing that the token may be used for."),
    "token-days-wrong": _("A token lasts from one day to %(longest)s days, not %(found)s. Please correct it."),
    "token-too-many": _("You have %(most)s live tokens already. Revoke one that is no longer used."),
    "token-not-yours": _("You have no such token. Look at the list of your tokens."),
}

INTERFACE: dict[str, Any] = {
    "scope-missing": _("The token %(name)s may not be used for this: %(scope)s. Make one with this scope."),
    "parameter-unknown": _("%(field)s is not a parameter of this address. Look into its description."),
    "request-unreadable": _("The request cannot be read at %(field)s: %(fault)s. Correct it and send it again."),
    "number-not-exact": _(
        "%(field)s: %(found)s is a floating-point number, which is not exact. Send it as a text in quotation marks."
    ),
    "needs-encryption": _("A password is taken only over an encrypted connection. Use the address with encryption."),
    "too-many-requests": _("Too many requests. Please wait %(seconds)s seconds, then go on more slowly."),
    "address-unknown": _("The interface has no address %(address)s. Look into its description."),
    "action-unknown": _("There is no action %(code)s. The list of actions names all of them."),
    "sealed-by-the-node": _("%(field)s is filled in by the node when it seals the identity. Leave it out."),
    "signature-kind-refused": _(
        "A signature of the kind %(kind)s is not taken here. Sign with a passkey that verifies you, or give password "
        "and second factor."
    ),
}

BOOK: dict[str, Any] = {
    "entry-unreadable": _(
        "The bytes of entry %(act)s are no entry any more. Stop working, and have IT and quality assurance verify the "
        "journal."
    ),
    "checkup-not-yours": _(
        "The book is verified by quality assurance or IT; you act as %(role)s. Change your role above, or ask them."
    ),
    "checkup-running": _("The book is being verified since %(begun_at)s. Wait until that has ended."),
}
