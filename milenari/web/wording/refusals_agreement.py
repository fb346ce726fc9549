"""Refusals of quality agreements, escalations and change control, and their findings."""

from django.utils.translation import gettext_lazy as _

AGREEMENT = {
    "quality-agreement-unreadable": _(
        "The quality agreement cannot be read at %(where)s: it %(fault)s. Correct the document."
    ),
    "quality-agreement-with-itself": _("%(site)s cannot agree with itself. Name two sites."),
    "nothing-drafted": _(
        "Nothing is drafted for the agreement %(agreement)s. Quality assurance of the control site drafts a version."
    ),
    "not-a-party": _("%(site)s is no party of the agreement %(agreement)s. Only its two sites sign it."),
    "quality-agreement-changed": _(
        "The draft of %(agreement)s reads differently from what was signed here. Read it again and sign what it says "
        "now."
    ),
    "quality-agreement-not-consented": _(
        "The draft of %(agreement)s is not signed by %(sites)s as it reads now. Quality assurance there signs it first."
    ),
    "quality-agreement-not-in-force": _("The agreement %(agreement)s is not in force, so it cannot be ended."),
    "quality-agreement-missing": _(
        "%(site)s needs a quality agreement (%(relation)s) and has none in force. Both sites sign one, then the "
        "control site puts it in force."
    ),
    "quality-agreement-lapsed": _(
        "The quality agreement %(agreement)s of %(site)s is not in force (its last day: %(until_on)s). Both sites sign "
        "the next version, then the control site puts it in force."
    ),
}

ESCALATION = {
    "deviation-unknown": _("%(of)s has no deviation %(deviation)s. Check the code."),
    "escalation-code-wrong": _("The escalation of this deviation is written %(expected)s, not %(found)s."),
    "escalation-stopped": _(
        "The control site stopped this because of the deviation %(deviation)s: %(why)s. Its quality assurance can "
        "decide otherwise."
    ),
    "escalation-taken-over": _(
        "The control site has taken over the deviation %(deviation)s. This waits until its quality assurance gives the "
        "deviation back."
    ),
    "escalation-missing": _(
        "By the quality agreement %(site)s is told of the deviation %(deviation)s before the product is released (due "
        "%(due_at)s). Quality assurance of this site escalates it."
    ),
    "escalation-unanswered": _(
        "The deviation %(deviation)s is escalated to %(site)s and not answered yet. The release waits for quality "
        "assurance there."
    ),
}

NOTICE = {
    "notice-code-wrong": _("The notice of this matter is written %(expected)s, not %(found)s."),
    "matter-of-another-kind": _("%(of)s is nothing that can be told as: %(duty)s. Choose the matter that fits."),
    "matter-not-of-agreement": _(
        "%(of)s is no matter between the two sites of the agreement %(agreement)s. Name the one that it falls under."
    ),
    "nothing-to-tell": _("%(of)s has nothing to tell as: %(duty)s. It is told once it has happened."),
    "container-not-there": _(
        "No container of the lot %(lot)s is at %(site)s or on its way there, so its deviations are not told there."
    ),
    "audit-owned-elsewhere": _(
        "By the agreement %(agreement)s the audits on %(on)s are those of %(owner)s. Quality assurance there records "
        "them."
    ),
    "notice-missing": _(
        "By the quality agreement %(site)s is told of %(of)s (due %(due_at)s), and was not. Quality assurance of this "
        "site tells it first."
    ),
    "complaint-owned-elsewhere": _(
        "By the quality agreement %(owner)s answers the complaint %(complaint)s. Quality assurance there does it."
    ),
    "complaint-closed": _("The complaint %(complaint)s is closed. Record a new one if there is something new."),
    "complaint-unanswered": _(
        "The complaint %(complaint)s is not answered yet. Quality assurance of %(site)s answers it first."
    ),
}

CHANGE = {
    "change-over": _("The change %(change)s stands at %(stands)s; this can no longer be done about it."),
    "change-without-control": _(
        "The change %(change)s names no control site. Add it to the sites: nothing changes without it."
    ),
    "change-and-end": _(
        "Urgent and temporary changes end on a day, planned ones do not (chosen: %(term)s). Set or empty the day."
    ),
    "sitechange-code-wrong": _("The word of this site on the change is written %(expected)s, not %(found)s."),
    "site-not-affected": _(
        "The change %(change)s does not name %(site)s. If it is touched, who proposed the change adds it."
    ),
    "change-amended": _(
        "The change %(change)s is worded differently now. Read it again and sign what it says now."
    ),
    "change-not-assessed": _(
        "The change %(change)s as it reads now is not assessed by: %(sites)s. They assess it first."
    ),
    "change-refused": _(
        "%(sites)s refuse the change %(change)s. It is worded anew, or withdrawn."
    ),
    "change-not-consented": _(
        "The change %(change)s as it reads now lacks the consent of quality assurance at: %(sites)s."
    ),
    "change-assessed-anew": _(
        "%(sites)s assessed the change %(change)s anew since %(control)s consented. Quality assurance of %(control)s "
        "looks at it and consents again."
    ),
    "impact-without-matter": _(
        "The change %(change)s touches %(areas)s, and nothing is written down that has to be done about it. Write down "
        "a matter for each."
    ),
    "matter-open": _("These matters of the change %(change)s are open: %(matters)s. They are closed first."),
    "matter-not-open": _("The change %(change)s has no open matter %(matter)s."),
    "matter-link-unreadable": _(
        "%(found)s cannot be linked. Write kind, colon and code; the kinds are: %(kinds)s."
    ),
    "too-many-matters": _("A change has at most %(most)s matters. Divide it into several changes."),
    "change-too-early": _("The change %(change)s takes effect on %(effective_on)s, not before."),
    "change-ended": _("The change %(change)s ended on %(until_on)s. Propose a new one."),
    "change-not-effected": _(
        "The change %(change)s is not in effect. Quality assurance puts it into effect once every site it touches has "
        "consented."
    ),
    "change-implemented": _("%(site)s has recorded already that the change %(change)s is carried out."),
    "change-not-implemented": _("The change %(change)s is not carried out yet at: %(sites)s."),
    "change-not-effective": _(
        "Nobody has found yet that the change %(change)s did what it was made for. Quality assurance checks its effect."
    ),
    "change-in-effect": _(
        "The change %(change)s is in effect and cannot be withdrawn. Another change undoes it."
    ),
}  # fmt: skip

FINDINGS = {
    "noticed-late": _("%(of)s was told to the other site after its time (due %(due_at)s)."),
    "audited-late": _("The audit by the agreement %(agreement)s took place after its day (due %(due_on)s)."),
    "partner-audit-failed": _(
        "The audit by the agreement %(agreement)s failed. Nothing stops by itself: quality assurance decides what has "
        "to, and suspends a site by an act of its own."
    ),
    "escalated-late": _("The deviation %(deviation)s was escalated after its time (due %(due_at)s)."),
}
