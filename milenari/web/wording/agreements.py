"""Words of quality agreements, escalations and change control: actions, purposes, fields, closed lists."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "draft-quality-agreement": (_("Draft a quality agreement"), _("Quality agreement drafted")),
    "consent-quality-agreement": (_("Sign a quality agreement"), _("Quality agreement signed")),
    "effect-quality-agreement": (_("Put a quality agreement in force"), _("Quality agreement put in force")),
    "end-quality-agreement": (_("End a quality agreement"), _("Quality agreement ended")),
    "escalate-deviation": (_("Escalate a deviation"), _("Deviation escalated")),
    "acknowledge-escalation": (_("Answer an escalation"), _("Escalation answered")),
    "give-notice": (_("Tell the other site"), _("Other site told")),
    "record-complaint": (_("Record a complaint"), _("Complaint recorded")),
    "answer-complaint": (_("Answer a complaint"), _("Complaint answered")),
    "close-complaint": (_("Close a complaint"), _("Complaint closed")),
    "record-partner-audit": (_("Record an audit of the other site"), _("Audit of the other site recorded")),
    "propose-change": (_("Propose a change"), _("Change proposed")),
    "assess-change": (_("Assess a change"), _("Change assessed")),
    "consent-change": (_("Consent to a change, or refuse it"), _("Consent to a change given or refused")),
    "open-matter": (_("Write down a matter of a change"), _("Matter of a change written down")),
    "close-matter": (_("Close a matter of a change"), _("Matter of a change closed")),
    "effect-change": (_("Put a change into effect"), _("Change put into effect")),
    "implement-change": (_("Record that a change is carried out"), _("Change carried out")),
    "check-change": (_("Check the effect of a change"), _("Effect of a change checked")),
    "close-change": (_("Close a change"), _("Change closed")),
    "withdraw-change": (_("Withdraw a change"), _("Change withdrawn")),
}

PURPOSES = {
    "draft-quality-agreement": _(
        "Draft a version of the quality agreement of two sites: who owns what, who is told within which time."
    ),
    "consent-quality-agreement": _("Sign the drafted quality agreement for this site."),
    "effect-quality-agreement": _(
        "Put a quality agreement in force that the other site has signed; not by who drafted it."
    ),
    "end-quality-agreement": _("End a quality agreement before its day; its duties end with it."),
    "escalate-deviation": _(
        "Bring a deviation of this site before the control site: what happened, how it is assessed, who was told."
    ),
    "acknowledge-escalation": _(
        "Answer an escalated deviation for the control site: left with the local site, taken over, or stopped."
    ),
    "give-notice": _(
        "Tell the other site of a quality agreement about a matter of this site: what happened, and who was told."
    ),
    "record-complaint": _(
        "Record a complaint about a batch or a vector lot, when it arrived and from whom; no patient is named."
    ),
    "answer-complaint": _(
        "Answer a complaint as the site that owns it: whether it is justified, its cause, and what is done."
    ),
    "close-complaint": _("Close an answered complaint with the reason; not by who recorded it."),
    "record-partner-audit": _(
        "Record an audit of the other site of a quality agreement: when, with which outcome, and where its report is."
    ),
    "propose-change": _(
        "Propose a change, or word the proposal anew: what, why, at which sites, from when and for how long."
    ),
    "assess-change": _("Assess what a change means at this site: of each area whether it is touched, and why."),
    "consent-change": _(
        "Consent to a change for this site, or refuse it; the control site last, having seen every assessment."
    ),
    "open-matter": _("Write down something that a change forces: a package version, gap, study, training or else."),
    "close-matter": _("Close a matter of a change on the strength of named evidence."),
    "effect-change": _(
        "Put a change into effect to which every site it touches has consented; not by who proposed it."
    ),
    "implement-change": _("Record that a change is carried out at this site, and how."),
    "check-change": _("Look at whether a change has done what it was made for, once every site has carried it out."),
    "close-change": _("Close a change that is carried out, checked and has nothing open; a second person does."),
    "withdraw-change": _("Withdraw a change that has not taken effect; it stays in the record with its reason."),
}

LABELS = {
    "Audits of a partner": _("Audits of a partner"),
    "Day of the audit": _("Day of the audit"),
    "Outcome of the audit": _("Outcome of the audit"),
    "Report and what follows": _("Report and what follows"),
    "Quality agreement": _("Quality agreement"),
    "Relation": _("Relation"),
    "Giving site": _("Giving site"),
    "Receiving site": _("Receiving site"),
    "Version of the agreement": _("Version of the agreement"),
    "Who owns what": _("Who owns what"),
    "Valid from": _("Valid from"),
    "Valid until": _("Valid until"),
    "Digest of the draft": _("Digest of the draft"),
    "Escalation": _("Escalation"),
    "What the control site is told": _("What the control site is told"),
    "Assessment of this site": _("Assessment of this site"),
    "Who was told, and how": _("Who was told, and how"),
    "Answer": _("Answer"),
    "Notice": _("Notice"),
    "Matter of the agreement": _("Matter of the agreement"),
    "What it is about": _("What it is about"),
    "What the other site is told": _("What the other site is told"),
    "Complaint": _("Complaint"),
    "What is complained of": _("What is complained of"),
    "Who complains": _("Who complains"),
    "Answer to the complaint": _("Answer to the complaint"),
    "Verdict on the complaint": _("Verdict on the complaint"),
    "Cause": _("Cause"),
    "What is done": _("What is done"),
    "Decision of the control site": _("Decision of the control site"),
    "Why so": _("Why so"),
    "Change": pgettext_lazy("table head", "Change"),
    "Change it comes from": _("Change it comes from"),
    "What changes": _("What changes"),
    "Kind of change": _("Kind of change"),
    "Term of the change": _("Term of the change"),
    "Sites it touches": _("Sites it touches"),
    "Takes effect on": _("Takes effect on"),
    "Ends on": _("Ends on"),
    "Word of the site": _("Word of the site"),
    "Digest of the proposal": _("Digest of the proposal"),
    "Training is touched": _("Training is touched"),
    "Training: why": _("Training: why"),
    "Requalification is needed": _("Requalification is needed"),
    "Requalification: why": _("Requalification: why"),
    "Comparability is touched": _("Comparability is touched"),
    "Comparability: why": _("Comparability: why"),
    "Stability is touched": _("Stability is touched"),
    "Stability: why": _("Stability: why"),
    "An authority is to be told or asked": _("An authority is to be told or asked"),
    "Authority: why": _("Authority: why"),
    "The trial is touched": _("The trial is touched"),
    "Trial: why": _("Trial: why"),
    "Consent to the change": _("Consent to the change"),
    "Matter": _("Matter"),
    "Area": _("Area"),
    "What is to be done": _("What is to be done"),
    "What it is linked to": _("What it is linked to"),
    "Whose matter it is": _("Whose matter it is"),
    "To be done before the change takes effect": _("To be done before the change takes effect"),
    "How it was carried out": _("How it was carried out"),
    "Effect of the change": _("Effect of the change"),
    "What was observed": _("What was observed"),
}

HELPS = {
    "giver, receiver, relation": (
        _("giving site, receiving site and relation with full stops between, such as %(example)s"),
        {"example": "BCN.ROM.control"},
    ),
    "agreement, slash, site": (_("agreement, slash, site, such as %(example)s"), {"example": "BCN.ROM.control/ROM"}),
    "batch or lot, slash, deviation": (
        _("batch or lot, slash, deviation, such as %(example)s"), {"example": "ROM-B-001/DEV-1"},
    ),
    "agreement, slash, matter, slash, code": (
        _("agreement, slash, matter, slash, code, such as %(example)s"), {"example": "BCN.ROM.control/oos/ROM-B-001"},
    ),
    "function and department, no patient": (_("function and department, no patient"), {}),
    "code of the complaint": (_("code of the complaint"), {}),
    "of urgent and temporary changes": (_("of urgent and temporary changes"), {}),
    "change, slash, site": (_("change, slash, site, such as %(example)s"), {"example": "CH-1/ROM"}),
    "kind, colon, code": (_("kind, colon and code, such as %(example)s"), {"example": "package:ARI-0001"}),
}  # fmt: skip

ROOMS = {
    "quality_agreement": _("Quality agreements"),
    "escalation": _("Escalation of deviations"),
    "notice": _("Matters between sites"),
    "complaint": _("Complaints"),
    "partner_audit": _("Audits of a partner"),
    "change": _("Change control"),
    "impact": _("Change control: each site"),
    "effect": _("Change control: effect"),
}

KINDS = {
    "qualityagreement": _("quality agreement"),
    "quality agreement": _("version of the quality agreement"),
    "qualityconsent": _("signature under a quality agreement"),
    "partners": _("agreements of a site"),
    "escalation": _("escalation"),
    "escalationanswer": _("answer to an escalation"),
    "notice": _("matter told to another site"),
    "complaint": _("complaint"),
    "complaintanswer": _("answer to a complaint"),
    "partneraudit": _("audits of a partner"),
    "change": _("change"),
    "sitechange": _("word of a site on a change"),
    "matter": _("matter of a change"),
}

THINGS = {
    "last audit": _("the last audit"),
    "escalation": _("the escalation"),
    "proposal": _("the proposal"),
    "matter": _("the matter"),
    "complaint": _("the complaint"),
    "answer": _("the answer"),
    "last agreement": _("the last version of the agreement"),
}

RELATIONS = {"control": _("control of what is made there"), "vector": _("supply of vector")}
MATTERS = {
    "deviation": _("Deviation"),
    "change": pgettext_lazy("table head", "Change"),
    "oos": _("Out-of-specification result"),
    "complaint": _("Complaint"),
    "recall": _("Recall"),
    "audit": _("Audit"),
    "batch-record-review": _("Review of the batch record"),
}
ANSWERS = {
    "accepted-locally": _("left with the local site"),
    "taken-over": _("taken over by the control site"),
    "stop": pgettext_lazy("escalation", "stopped"),
}
CHANGE_KINDS = {
    "process": pgettext_lazy("change", "process"),
    "equipment": pgettext_lazy("change", "equipment"),
    "material": pgettext_lazy("change", "material"),
    "method": pgettext_lazy("change", "method"),
    "site": pgettext_lazy("change", "site"),
    "supplier": pgettext_lazy("change", "supplier"),
    "software": pgettext_lazy("change", "software"),
}
TERMS = {
    "planned": pgettext_lazy("change", "planned"),
    "urgent": pgettext_lazy("change", "urgent"),
    "temporary": pgettext_lazy("change", "temporary"),
}
AREAS = {
    "training": pgettext_lazy("area", "training"),
    "requalification": pgettext_lazy("area", "requalification"),
    "comparability": pgettext_lazy("area", "comparability"),
    "stability": pgettext_lazy("area", "stability"),
    "regulatory": pgettext_lazy("area", "authority"),
    "trial": pgettext_lazy("area", "trial"),
}
YES_NO = {"yes": pgettext_lazy("impact", "yes"), "no": pgettext_lazy("impact", "no")}
CONSENTS = {"approved": pgettext_lazy("consent", "approved"), "refused": pgettext_lazy("consent", "refused")}
EFFECTS = {"effective": _("it did what it was made for"), "not-effective": _("it did not do what it was made for")}
CHANGE_STATES = {
    "proposed": pgettext_lazy("change", "proposed"),
    "effected": pgettext_lazy("change", "in effect"),
    "checked": pgettext_lazy("change", "checked"),
    "closed": pgettext_lazy("change", "closed"),
    "withdrawn": pgettext_lazy("change", "withdrawn"),
}
WAITS = {
    "refused": _("refused, to be worded anew or withdrawn"),
    "assess": _("to be assessed by"),
    "consent": _("to be consented to by"),
    "matters": _("matters to be closed by"),
    "effect": _("to be put into effect by"),
    "implement": _("to be carried out by"),
    "check": _("its effect to be checked by"),
    "close": _("to be closed by"),
}
AGREEMENT_STATES = {
    "drafted": pgettext_lazy("agreement", "drafted"),
    "coming": pgettext_lazy("agreement", "signed, not yet in force"),
    "in-force": pgettext_lazy("agreement", "in force"),
    "expired": pgettext_lazy("agreement", "expired"),
    "ended": pgettext_lazy("agreement", "ended"),
}
ESCALATION_STATES = {
    "overdue": pgettext_lazy("escalation", "not told, overdue"),
    "due": pgettext_lazy("escalation", "to be told"),
    "told": pgettext_lazy("escalation", "told, not answered"),
    **ANSWERS,
}
NOTICE_STATES = {
    "overdue": pgettext_lazy("notice", "not told, overdue"),
    "due": pgettext_lazy("notice", "to be told"),
    "told": pgettext_lazy("notice", "told in time"),
    "told-late": pgettext_lazy("notice", "told late"),
    "audit-overdue": pgettext_lazy("audit of a partner", "audit overdue"),
    "audit-due": pgettext_lazy("audit of a partner", "audit to be done"),
}
COMPLAINT_STATES = {
    "unanswered": pgettext_lazy("complaint", "to be answered"),
    "answered": pgettext_lazy("complaint", "answered, to be closed"),
    "closed": pgettext_lazy("complaint", "closed"),
}
VERDICTS = {
    "justified": pgettext_lazy("complaint", "justified"),
    "not-justified": pgettext_lazy("complaint", "not justified"),
}
AUDIT_OUTCOMES = {
    "audit-passed": pgettext_lazy("audit of a partner", "passed"),
    "audit-with-findings": pgettext_lazy("audit of a partner", "passed, with findings to be answered"),
    "audit-failed": pgettext_lazy("audit of a partner", "failed"),
}
OPTIONS = {
    **AUDIT_OUTCOMES, **{matter: MATTERS[matter] for matter in ("deviation", "oos", "recall", "complaint", "change")},
    **VERDICTS, **RELATIONS, **ANSWERS, **CHANGE_KINDS, **TERMS, **AREAS, **YES_NO, **CONSENTS, **EFFECTS,
}  # fmt: skip
