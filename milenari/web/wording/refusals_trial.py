"""Refusals of the trial's record, in whole sentences."""

from django.utils.translation import gettext_lazy as _

PROTOCOL = {
    "protocol-unreadable": _("The protocol cannot be read at %(where)s: it %(fault)s. Correct the document."),
    "parameter-to-be-set": _(
        "The protocol has not set its parameter %(parameter)s. Whoever keeps the protocol sets it with an amendment."
    ),
    "country-not-in-protocol": _(
        "The protocol says nothing of %(country)s: neither majority nor age bands. An amendment adds the country."
    ),
    "protocol-of-another-product": _(
        "%(protocol)s is a protocol for %(expected)s; the document names %(found)s. Open another protocol for it."
    ),
    "nothing-amended": _("This document says the same as version %(number)s. Change something, or leave it."),
    "protocol-version-unknown": _("%(protocol)s has no version %(number)s. Its versions: %(known)s."),
    "already-approved": _("%(country)s has approved version %(number)s of %(protocol)s already."),
    "protocol-not-approved": _(
        "No version of %(protocol)s is approved in %(country)s. The control site records the approval first."
    ),
    "trial-site-active": _("%(site)s is active in %(protocol)s already."),
    "trial-site-not-active": _(
        "%(site)s is not active in %(protocol)s: nobody is screened or enrolled there. The control site activates it."
    ),
}
PARTICIPANT = {
    "participant-code-wrong": _(
        "%(found)s is no study number of this trial and site. Give protocol, site and three digits: %(expected)s."
    ),
    "participant-out": _("%(participant)s is out of this part of the trial since %(on)s (%(why)s). Nothing is added."),
    "consent-part-unknown": _("The consent has no part %(found)s. Its parts: %(known)s."),
    "consent-form-superseded": _(
        "The form in force for %(part)s is %(expected)s, not %(found)s. Have the form in force signed."
    ),
    "consent-language-unknown": _("The form is not approved in this language (%(found)s). It is in: %(known)s."),
    "signer-unfit": _(
        "%(part)s cannot be signed by this person. A guardian signs as guardian, an adult participant as such."
    ),
    "assent-band-unknown": _("The protocol has no age band %(found)s here. Its bands: %(known)s."),
    "assent-band-of-another-age": _(
        "The form %(band)s is for an age that this child has from %(begins)s to %(ends)s. Use the one of its age."
    ),
    "trial-consent-missing": _(
        "The part %(part)s of the consent is not signed for %(participant)s. Ask for it before going on."
    ),
    "trial-consent-superseded": _(
        "%(part)s was signed for %(participant)s by the form %(found)s; in force is %(expected)s. Have it signed again."
    ),
    "assent-missing": _("The assent of %(participant)s by the form %(band)s is missing. Ask the child."),
    "assent-refused": _("%(participant)s said no on %(on)s. A child's no counts; nobody is enrolled against it."),
    "answers-unreadable": _("The answers are no list of criteria with one of: %(options)s."),
    "criterion-unknown": _("The version in force has no criterion %(criteria)s. Answer its own."),
    "criterion-unanswered": _("Not answered: %(criteria)s. Every criterion needs an answer."),
    "criterion-not-met": _(
        "Not met: %(criteria)s. No criterion can be waived. Record a screening failure, or answer again when it is met."
    ),
    "criteria-and-reason": _(
        "Criteria are named when one is not met, and only then. Name them, or choose another reason than %(why)s."
    ),
    "already-enrolled": _(
        "%(participant)s was enrolled on %(on)s. Withdrawal or end of participation is recorded now."
    ),
    "participant-not-eligible": _(
        "Nobody has confirmed that %(participant)s meets every criterion. An investigator does."
    ),
    "eligibility-superseded": _(
        "The criteria of %(participant)s were answered under version %(found)s; in force is %(expected)s. Answer "
        "them again."
    ),
    "level-not-of-cohort": _("The dose level %(level)s does not belong to the cohort %(cohort)s."),
    "token-missing": _(
        "The dose level %(level)s has a cap: enrolment needs an enrolment token of this site. The coordinator has them."
    ),
    "token-not-needed": _("The dose level %(level)s has no cap. Leave the token out."),
    "participant-not-enrolled": _("%(participant)s is not enrolled. Enrol first."),
    "participant-linked": _("%(participant)s is linked to the therapy %(journey)s already."),
    "journey-in-trial": _("The therapy %(journey)s belongs to %(participant)s in %(protocol)s already."),
    "journey-of-another-product": _("The therapy %(journey)s is with %(found)s; the protocol is about %(expected)s."),
    "already-withdrawn": _("%(participant)s has withdrawn in this way already."),
    "too-few-attempts": _(
        "%(participant)s does not count as lost yet. Tries in a row without an answer: %(tried)s; the protocol asks "
        "for %(asked)s. Go on trying, and record each."
    ),
    "already-in-adult-care": _("%(participant)s is in adult care since %(on)s."),
}
