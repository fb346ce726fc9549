"""Words of what needs more than one site, and of time: leases, tokens, sightings, the named states of exchange."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS = {
    "lease": _("word on recalls"),
    "sighting": _("record of what was seen"),
    "cap": _("cap of a trial"),
    "allotment": _("allotment of tokens"),
}

ROOMS = {
    "lease": _("Word on recalls"),
    "allotment": _("Enrolment tokens"),
    "sighting": _("What nodes saw of each other"),
}

THINGS = {"earlier lease": _("the lease before it"), "spoken confirmation": _("the spoken confirmation")}

ACTIONS = {
    "grant-lease": (_("State that no recall is known"), _("Stated that no recall is known")),
    "withhold-use": (_("Withhold a batch or lot from use"), _("Withheld from use")),
    "permit-use": (_("Permit use again"), _("Use permitted again")),
    "confirm-use": (_("Record a spoken confirmation"), _("Spoken confirmation recorded")),
    "witness-use": (_("Witness a spoken confirmation"), _("Spoken confirmation witnessed")),
    "record-sighting": (_("Record what was seen of other logs"), _("Recorded what was seen of other logs")),
    "set-cap": (_("Set the cap of a dose level"), _("Cap set")),
    "issue-tokens": (_("Issue enrolment tokens"), _("Enrolment tokens issued")),
    "accept-tokens": (_("Take enrolment tokens"), _("Enrolment tokens taken")),
    "spend-token": (_("Use an enrolment token"), _("Enrolment token used")),
    "return-tokens": (_("Give enrolment tokens back"), _("Enrolment tokens given back")),
    "reclaim-tokens": (_("Take returned tokens back"), _("Returned tokens taken back")),
}

PURPOSES = {
    "grant-lease": _("State that this site's log holds every recall and hold it knows of, and for how many hours."),
    "withhold-use": _(
        "Stop the use of a released lot or batch at once, everywhere, until it is permitted again or recalled."
    ),
    "permit-use": _("Let a lot or batch be used again whose use was withheld."),
    "confirm-use": _(
        "Record that the releasing site said aloud that nothing is recalled or withheld, and the code it read out."
    ),
    "witness-use": _("Second person who heard the releasing site confirm the use, and enters the code again."),
    "record-sighting": _("Write down the newest signed heads of other logs that this node holds."),
    "set-cap": _("Say how many a trial may take in at one dose level; never fewer than are promised already."),
    "issue-tokens": _("Hand a number of enrolment tokens to a site, good until a day; the site takes them."),
    "accept-tokens": _("Take issued tokens into this site's hands."),
    "spend-token": _("Use one token for one patient; each is used once."),
    "return-tokens": _("Give back what is not used, lapsed or not; nothing more of this allotment can be used."),
    "reclaim-tokens": _("Take returned tokens back under the cap, where they can be issued again under new numbers."),
}

LABELS = {
    "Site that states it": _("Site that states it"),
    "Valid for hours": _("Valid for hours"),
    "Who confirmed it there": _("Who confirmed it there"),
    "Code they read out": _("Code they read out"),
    "Site that saw them": _("Site that saw them"),
    "Heads seen": _("Heads seen"),
    "Cap": _("Cap"),
    "Cap code": _("Cap code"),
    "Trial": _("Trial"),
    "Dose level": _("Dose level"),
    "At most": _("At most"),
    "Allotment": _("Allotment"),
    "Allotment code": _("Allotment code"),
    "Tokens": _("Number of tokens"),
    "Token": _("Token"),
    "Good until": _("Good until"),
}

REFUSALS = {
    "lease-stale": _(
        "%(site)s released %(of)s, and its word that no recall is known is missing or ended (%(until)s). Exchange with "
        "%(site)s, or telephone it and record the spoken confirmation by two persons. Until then it is not used."
    ),
    "lease-holds": _("The word of %(site)s on %(of)s is still fresh: no spoken confirmation is needed."),
    "lease-of-another-site": _("%(site)s speaks only for itself, not for %(lease)s."),
    "lease-too-long": _("%(hours)s hours are longer than this country's rules allow (%(most)s)."),
    "use-withheld": _(
        "%(site)s withholds %(of)s from use: %(reason)s. Nobody uses it until %(site)s permits it again or recalls it."
    ),
    "use-not-withheld": _("The use of %(of)s is not withheld."),
    "not-of-this": _("%(of)s has no part in %(subject)s."),
    "spoken-code-wrong": _(
        "%(found)s is not the code that %(site)s reads out for %(of)s, for this site, today. Ask for it again and read "
        "it back letter by letter; do not use anything meanwhile."
    ),
    "not-confirmed": _("Nobody has recorded a spoken confirmation of %(of)s for %(subject)s yet."),
    "sighting-of-another-site": _("%(site)s records only what it saw itself, not what %(sighting)s saw."),
    "sighting-unreadable": _("What the node of %(site)s says it saw cannot be read."),
    "sighting-of-oneself": _("A node records what it saw of other logs, not of its own (%(site)s)."),
    "sighting-not-newer": _(
        "Log %(log)s was seen at entry %(before)s already; entry %(size)s is not newer."
    ),
    "cap-below-promised": _("Tokens used or outstanding: %(promised)s. The cap cannot be lowered to %(most)s."),
    "cap-reached": _(
        "The cap of %(cap)s leaves %(left)s tokens; %(wanted)s were asked for. Tokens come free when a site has given "
        "them back and they were taken back here."
    ),
    "another-cap": _("Allotment %(allotment)s belongs to cap %(expected)s, not to %(found)s."),
    "token-of-another-site": _("Allotment %(allotment)s is for %(site)s."),
    "token-of-another-level": _("These tokens are for %(expected)s, not for %(found)s."),
    "tokens-not-accepted": _("The tokens of %(allotment)s are not in this site's hands yet. Take them first."),
    "tokens-returned": _("The tokens of %(allotment)s were given back."),
    "token-expired": _(
        "The tokens of %(allotment)s were good until %(expires_on)s. Give them back and ask for new ones."
    ),
    "token-not-to-spend": _("Token %(token)s is used or not of this allotment. Left are: %(left)s."),
    "token-spent-for-patient": _("Token %(token)s was used for %(journey)s already."),
}  # fmt: skip

FINDINGS = {
    "used-on-spoken-word": _(
        "Used on spoken word: %(confirmed_by)s of %(site)s confirmed %(of)s by telephone and read out %(spoken)s. "
        "Quality assurance compares this with the log of %(site)s when the link is back."
    ),
}

# Named states of exchange: name, sentence, procedure.
STATES = {
    "forked": (
        pgettext_lazy("exchange", "forked log"),
        _(
            "Two histories of one log were signed with one key. Nothing more of it is taken. Stop hand-overs with this "
            "site and follow the procedure for a forked log."
        ),
        "fork",
    ),
    "set-back": (
        pgettext_lazy("exchange", "set back"),
        _(
            "This node was restored to an older state than others hold. Nothing is written until it has relearned its "
            "log."
        ),
        "restore",
    ),
    "restored": (
        pgettext_lazy("exchange", "restored"),
        _("This node was set back once and has taken its lost entries back. Work goes on; look at what was missing."),
        "restore",
    ),
    "gap": (
        pgettext_lazy("exchange", "gap"),
        _("A parcel of theirs arrived, but the one before it did not. It waits; ask them to send again."),
        "gap",
    ),
    "waiting": (
        pgettext_lazy("exchange", "parcels waiting"),
        _("A parcel of theirs waits for what another site wrote. Exchange with that site too; nothing is lost."),
        "gap",
    ),
    "stale-lease": (
        pgettext_lazy("exchange", "stale lease"),
        _("Their word that no recall is known has ended. What they released is not used here until they are heard."),
        "stale-lease",
    ),
    "skew": (
        pgettext_lazy("exchange", "clock skew"),
        _("Entries of theirs state times that other sites' clocks exclude. They count, and are marked."),
        "clock-skew",
    ),
    "own-skew": (
        pgettext_lazy("exchange", "clock skew here"),
        _("Entries written here state times that other sites' clocks exclude. IT looks at this node's clock."),
        "clock-skew",
    ),
    "in-step": (
        pgettext_lazy("exchange", "in step"),
        _("They have signed that they hold everything written here."),
        "",
    ),
    "never-heard": (
        pgettext_lazy("exchange", "never heard of"),
        _("No parcel of theirs has arrived, and they have signed for nothing of ours. Send them one, and take theirs."),
        "join",
    ),
    "unsigned": (
        pgettext_lazy("exchange", "nothing confirmed yet"),
        _("They have not signed for anything of ours yet. Send them a parcel, and take theirs."),
        "memory-stick",
    ),
    "unconfirmed": (
        pgettext_lazy("exchange", "new key not heard yet"),
        _(
            "Their log has a new key by the charter in force, and we hold more than the old one was good for. Their "
            "next parcel confirms it or shows a fork."
        ),
        "key-loss",
    ),
    "behind": (
        pgettext_lazy("exchange", "behind"),
        _("Part of what was written here is not confirmed by them yet. The next parcels carry it."),
        "memory-stick",
    ),
}
LOOKS = {
    "forked": "bad", "set-back": "bad", "unconfirmed": "warn", "restored": "soft", "gap": "warn", "waiting": "warn",
    "stale-lease": "bad", "skew": "warn", "own-skew": "warn", "in-step": "good", "unsigned": "open",
    "never-heard": "open", "behind": "warn",
}  # fmt: skip

# What ends when a site is cut off: what it is, and what stops then.
ENDS = {
    "lease": (
        pgettext_lazy("what ends", "word on recalls"),
        _("After that nothing of it is used here without a spoken confirmation by two persons."),
    ),
    "tokens": (
        pgettext_lazy("what ends", "enrolment tokens"),
        _("After that no patient is taken in with them; they are given back."),
    ),
    "agreement": (
        pgettext_lazy("what ends", "agreement to exchange data"),
        _("After that no parcel with such data leaves for that site."),
    ),
    "delegation": (
        pgettext_lazy("what ends", "naming of a Qualified Person"),
        _("After that this person certifies and releases nothing of that product."),
    ),
    "role": (pgettext_lazy("what ends", "role"), _("After that this person signs nothing in that role.")),
    "charter": (
        pgettext_lazy("what ends", "membership and keys"),
        _(
            "Cut off, this site hears of no newer charter. No site joins or leaves and no key is replaced or revoked "
            "before enough members have signed the next one."
        ),
    ),
    "membership": (
        pgettext_lazy("what ends", "membership"),
        _(
            "The charter does not name this site any more: no other site takes its parcels, and it is given none. IT "
            "asks the members why."
        ),
    ),
    "mirror": (
        pgettext_lazy("what ends", "mirror"),
        _("It does not answer: what cannot be undone waits until it does."),
    ),
}

SKEWS = {
    "early": _("says it was written earlier than it can have been"),
    "late": _("says it was written later than it can have been"),
    "ahead": _("says it happened later than it can have been written"),
}
