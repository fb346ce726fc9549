"""Refusals of the exchange between nodes: the network's charter, parcels, mirrors, agreements."""

from django.utils.translation import gettext_lazy as _

AGREEMENTS = {
    "agreement-code-wrong": _("The agreement of these two sites is written %(expected)s, not %(found)s."),
    "data-class-unknown": _("%(found)s is no class of data. The classes are: %(known)s."),
    "country-not-of-site": _("%(site)s is in %(country)s, not in %(found)s. The basis has to fit its country."),
    "not-agreed": _(
        "No legal basis is in force for sending data of class %(data_class)s (agreement %(agreement)s). Quality "
        "assurance or the coordinator can record one; until then nothing is sent."
    ),
}

CHARTER = {
    "no-network": _("This node belongs to no network yet. IT puts the network's charter in force first."),
    "site-not-a-member": _("%(site)s is not a member of the network by charter %(charter)s."),
    "charter-unreadable": _("This is no charter that can be read: %(detail)s. Ask for the file again."),
    "charter-forked": _(
        "Another charter with number %(number)s is in force here. Two cannot be: speak with the other sites before "
        "anything else is exchanged."
    ),
    "charter-not-next": _(
        "Charter %(number)s does not follow; the next one here is %(expected)s. Accept them in order."
    ),
    "charter-signatures": _("%(signed)s of the %(needed)s root signatures needed are on this charter."),
    "charter-rewrites-past": _(
        "This charter changes what was said about earlier keys of %(site)s. It is not accepted."
    ),
}

PARCELS = {
    "receiver-without-box": _(
        "Charter %(charter)s names no box key of %(site)s, so nothing can be encrypted for it. That site makes one "
        "(milenari keys rotate --box) and the members sign it into the next charter. Only if both sites have agreed on "
        "a carrier that encrypts: --unencrypted."
    ),
    "tiles-without-basis": _(
        "A published log carries whole entries, so it is taken only where %(log)s may send every class of data to "
        "%(receivers)s. Take parcels instead, or have the agreement completed."
    ),
    "tiles-missing": _("%(path)s of the published log is not there: %(detail)s."),
    "tiles-too-far": _(
        "The published log of %(log)s has %(there)s entries and %(held)s are held here; at most %(most)s are taken at "
        "once. Take parcels first."
    ),
    "parcel-box": _(
        "The parcel is encrypted, and no box key of %(receiver)s here opens it: %(detail)s. Take the older keys from "
        "the sealed envelope, or ask for the parcel again."
    ),
    "parcel-unreadable": _("This is no parcel that can be read: %(detail)s. Ask the sender for it again."),
    "parcel-signature": _(
        "The parcel says it is from %(sender)s, but the signature is not that site's: %(detail)s. Nothing of it was "
        "taken. Tell that site by telephone."
    ),
    "parcel-for-another": _("This parcel is for %(receiver)s, not for a site of this node."),
    "parcel-without-basis": _(
        "The parcel of %(sender)s holds data of class %(data_class)s without a legal basis that reaches to today "
        "(%(to_on)s). Ask the sender to renew the agreement and send again."
    ),
    "parcel-damaged": _("The parcel was damaged on its way: %(detail)s. Nothing of it was taken; ask for it again."),
    "parcel-checkpoint": _("The signed state of log %(log)s in this parcel does not fit: %(detail)s."),
    "parcel-cosignature": _("What %(sender)s says it holds is not signed as it should be: %(detail)s."),
    "parcel-entry": _("Entry %(index)s of log %(log)s cannot be read: %(detail)s. Nothing of the parcel was taken."),
    "parcel-entry-signature": _(
        "Entry %(index)s of log %(log)s is not signed by a key that %(person)s had by then: %(detail)s. Nothing of the "
        "parcel was taken."
    ),
    "parcel-entry-authority": _(
        "Entry %(index)s of log %(log)s was not for %(person)s to write (%(detail)s). Nothing of the parcel was taken."
    ),
    "parcel-custody": _(
        "Entry %(index)s of log %(log)s writes about %(subject)s, which was held by %(owner)s. Two sites cannot hold "
        "one thing: keep it where it is and call the other site."
    ),
    "parcel-gap": _(
        "Log %(log)s is held here up to entry %(held)s and the parcel begins at %(start)s. It waits for the parcel "
        "between."
    ),
    "parcel-waits": _("A parcel of log %(log)s waits for what another site wrote about %(subject)s."),
    "software-older": _(
        "Entry %(index)s of log %(log)s records %(action)s, which this node's software does not know yet. It waits "
        "until the software is updated."
    ),
    "log-forked": _(
        "Two histories of log %(log)s were signed; they differ from entry %(index)s on. Nothing more of it is taken. "
        "Quality assurance of both sites follows the procedure for a forked log."
    ),
}

WIRE = {
    "request-not-signed": _("The request for parcels is not signed by a member of the network: %(detail)s."),
    "peer-answers-no": _("The other node answered %(status)s: %(detail)s. Ask its IT."),
    "peer-unreachable": _(
        "The other node cannot be reached at %(address)s (%(detail)s). Parcels can go as files meanwhile."
    ),
}

RESTORED = {
    "recovery-wrong-key": _(
        "The log key here is not that of %(site)s in the network's charter. Take the keys from that site's envelope."
    ),
    "recovery-not-empty": _("There is a log of %(site)s on this node already. Recovery begins on an empty node."),
    "recovery-not-answered": _(
        "These sites have not said yet what they hold: %(sites)s. Ask them for a parcel, or name those that cannot be "
        "asked any more."
    ),
    "own-log-ahead": _(
        "Another site holds %(there)s entries of %(site)s, this node has %(here)s: it was set back to an older state. "
        "It writes nothing until it has relearned the rest."
    ),
    "node-set-back": _(
        "This node has %(here)s entries of %(site)s and %(there)s were written: it was set back to an older state. IT "
        "lets it relearn its log before anybody signs again."
    ),
}
