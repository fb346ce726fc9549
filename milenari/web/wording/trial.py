"""Words of the trial's record: actions, purposes, fields, closed lists of protocol and participants."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "open-protocol": (_("Open a protocol"), _("Protocol opened")),
    "amend-protocol": (_("Amend a protocol"), _("Protocol amended")),
    "approve-protocol-version": (_("Record a country's approval"), _("Approval of a protocol version recorded")),
    "activate-trial-site": (_("Activate a site for a trial"), _("Site activated for the trial")),
    "close-trial-site": (_("Close a site for a trial"), _("Site closed for the trial")),
    "screen-participant": (_("Screen a participant"), _("Participant screened")),
    "record-trial-consent": (_("Record a consent to the trial"), _("Consent to the trial recorded")),
    "record-assent": (_("Record a child's assent"), _("Child's assent recorded")),
    "confirm-trial-eligibility": (_("Confirm that every criterion is met"), _("Every criterion confirmed as met")),
    "fail-screening": (_("Record a screening failure"), _("Screening failure recorded")),
    "enrol-participant": (_("Enrol a participant"), _("Participant enrolled")),
    "link-journey": (_("Link a participant to the therapy"), _("Participant linked to the therapy")),
    "withdraw-participant": (_("Record a withdrawal from the trial"), _("Withdrawal from the trial recorded")),
    "end-participation": (_("End a participation"), _("Participation ended")),
    "record-contact-attempt": (_("Record an attempt to make contact"), _("Attempt to make contact recorded")),
    "record-adult-care": (_("Record the move to adult care"), _("Move to adult care recorded")),
}
PURPOSES = {
    "open-protocol": _("Open a trial with the first version of its protocol."),
    "amend-protocol": _(
        "Write the next version of a protocol; no site works under it before its country has approved it."
    ),
    "approve-protocol-version": _(
        "Record that the authority of a country approved a version, with its reference and the day."
    ),
    "activate-trial-site": _("Let a site screen and enrol under the version approved in its country."),
    "close-trial-site": _("Stop a site from screening and enrolling; who is in stays in and is followed."),
    "screen-participant": _("Give a child a study number for screening; nothing that names the child is asked."),
    "record-trial-consent": _(
        "Record that a part of the trial's consent was signed: by which form, in which language, by whom."
    ),
    "record-assent": _("Record a child's own word, a refusal as well, by the form of its age band."),
    "confirm-trial-eligibility": _(
        "Confirm that every criterion of the version in force is answered and met; none can be waived."
    ),
    "fail-screening": _("Record that screening ended without enrolment, and why."),
    "enrol-participant": _(
        "Enrol an eligible participant into a cohort and dose level, on an enrolment token where the level has a cap."
    ),
    "link-journey": _("Say which therapy is this participant's; from then on its milestones are read there."),
    "withdraw-participant": _(
        "Record that a participant withdrew from treatment, from follow-up, or the use of new data; what was is kept."
    ),
    "end-participation": _(
        "End an enrolled participant's part in the trial, and say why; death and withdrawal have acts of their own."
    ),
    "record-contact-attempt": _(
        "Record a try to reach somebody who missed a visit; nobody counts as lost before the protocol's number of them."
    ),
    "record-adult-care": _("Record that an adult clinic has taken over the follow-up visits of a participant."),
}
LABELS = {
    "Protocol": pgettext_lazy("field", "Protocol"),
    "Protocol code": _("Protocol code"),
    "Version of the protocol": _("Version of the protocol"),
    "Protocol as data": _("Protocol as data"),
    "Amends the version": _("Amends the version"),
    "Reference of the approval": _("Reference of the approval"),
    "Approved on": _("Approved on"),
    "Active from": _("Active from"),
    "Closed on": _("Closed on"),
    "Participant": pgettext_lazy("field", "Participant"),
    "Part of the consent": _("Part of the consent"),
    "Language of the form": _("Language of the form"),
    "Signed by": pgettext_lazy("consent", "Signed by"),
    "Age band": _("Age band"),
    "The child's word": _("The child's word"),
    "Said on": _("Said on"),
    "Answers to the criteria": _("Answers to the criteria"),
    "Why screening ended": _("Why screening ended"),
    "Criteria not met": _("Criteria not met"),
    "Cohort": _("Cohort"),
    "Withdraws": pgettext_lazy("field", "Withdraws"),
    "Withdrawn on": _("Withdrawn on"),
    "Why it ended": _("Why it ended"),
    "Ended on": _("Ended on"),
    "Tried by": _("Tried by"),
    "Reached": pgettext_lazy("contact", "Reached"),
    "Tried on": _("Tried on"),
    "Adult clinic": _("Adult clinic"),
    "Taken over on": _("Taken over on"),
}
HELPS: dict[str, tuple[Any, dict[str, str]]] = {
    "such as ARI-PED; participants are numbered below it": (
        _("such as %(code)s; participants are numbered below it"), {"code": "ARI-PED"}
    ),
    "protocol, site and number, such as ARI-PED-ROM-001": (
        _("protocol, site and number, such as %(code)s"), {"code": "ARI-PED-ROM-001"}
    ),
    "from which it was written; it has to be the newest": (
        _("from which it was written; it has to be the newest"), {}
    ),
    "such as it or ar": (_("such as %(one)s or %(other)s"), {"one": "it", "other": "ar"}),
    "code of each criterion: yes or no": (_("code of each criterion: yes or no"), {}),
    "no name of a person": (_("no name of a person"), {}),
}  # fmt: skip
ROOMS = {
    "protocol": _("Trial: protocol"),
    "participant": _("Trial: consent"),
    "enrolment": _("Trial: enrolment"),
    "leaving": _("Trial: follow-up and end"),
}
KINDS = {"protocol": pgettext_lazy("kind", "protocol"), "participant": pgettext_lazy("kind", "participant")}
THINGS = {
    "protocol": _("the protocol"),
    "participant": _("the participant"),
    "screening": _("the screening"),
    "enrolment": _("the enrolment"),
    "version before": _("the version before"),
}
SIGNERS = {
    "guardian": _("one guardian"),
    "two-guardians": _("two guardians"),
    "participant": _("the participant"),
}
WORDS = {"agreed": pgettext_lazy("assent", "agreed"), "refused": pgettext_lazy("assent", "refused")}
FAILURES = {
    "not-eligible": _("a criterion is not met"),
    "declined": pgettext_lazy("screening", "declined"),
    "died": pgettext_lazy("screening", "died"),
    "other": pgettext_lazy("screening", "another reason"),
}
MODES = {
    "from-treatment": _("from treatment; follow-up goes on"),
    "from-follow-up": _("from follow-up; what is known may be used"),
    "of-data-use": _("of the use of data; nothing new is used"),
}
ENDS = {
    "completed": _("completed as planned"),
    "manufacture-failed": _("the product could not be made"),
    "disease": _("the disease went on"),
    "adverse-event": _("adverse event"),
    "physician": _("the physician's decision"),
    "lost-to-follow-up": _("lost to follow-up"),
}
WAYS = {
    "phone": _("telephone"),
    "letter": _("letter"),
    "e-mail": _("e-mail"),
    "family-doctor": _("family doctor"),
    "registry": _("registry"),
    "visit": pgettext_lazy("contact", "visit at home"),
}
OPTIONS = {**SIGNERS, **WORDS, **FAILURES, **MODES, **ENDS, **WAYS}
STATES = {
    "screened": pgettext_lazy("participant", "screened"),
    "screen-failed": pgettext_lazy("participant", "screening failed"),
    "consented": pgettext_lazy("participant", "consented"),
    "assented": pgettext_lazy("participant", "assented"),
    "eligible": pgettext_lazy("participant", "eligible"),
    "enrolled": pgettext_lazy("participant", "enrolled"),
    "linked": pgettext_lazy("participant", "linked to the therapy"),
    "apheresed": pgettext_lazy("participant", "apheresed"),
    "manufactured": pgettext_lazy("participant", "product released"),
    "infused": pgettext_lazy("participant", "infused"),
    "followed": pgettext_lazy("participant", "followed up"),
    "withdrawn": pgettext_lazy("participant", "withdrawn"),
    "ended": pgettext_lazy("participant", "ended"),
}
# Why somebody did not reach the next step, as the flow diagram says it.
LOSSES = {
    **FAILURES, **ENDS,
    **{mode: text for mode, text in MODES.items()},
    "died": pgettext_lazy("loss", "died"),
    "consent-withdrawn": _("consent to the therapy withdrawn"),
    "product-rejected": _("product rejected"),
    "other": pgettext_lazy("loss", "another reason"),
}  # fmt: skip
GOES_ON = {
    "treatment": _("treatment"),
    "follow-up": _("follow-up visits"),
    "new-data": _("new data are recorded"),
    "use-of-data": _("what was recorded is used"),
    "safety": _("what the law asks to be kept for safety"),
}
CRITERIA = {"inclusion": _("inclusion"), "exclusion": _("exclusion")}
ANCHORS = {
    "consent": pgettext_lazy("anchor", "consent"),
    "enrolment": pgettext_lazy("anchor", "enrolment"),
    "apheresis": pgettext_lazy("anchor", "apheresis"),
    "infusion": pgettext_lazy("anchor", "first infusion"),
}
CONDITIONS = {
    "none": _("without a condition"),
    "no-crs": _("only without CRS"),
    "no-crs-no-icans": _("only without CRS and without ICANS"),
}
PARTS = {
    "guardian": _("guardian's consent"),
    "own": _("own consent of an adult"),
    "data-use": _("use of data"),
    "biobank": _("samples kept for research"),
}
DUE = {
    "majority": _("comes of age"),
    "assent-band": _("reaches the next age band"),
    "amendment": _("the consent form was amended"),
}
DUE_STATES = {
    "upcoming": pgettext_lazy("consent", "to come"),
    "due": pgettext_lazy("consent", "due"),
    "overdue": pgettext_lazy("consent", "overdue"),
}
VISIT_STATES = {
    "done": pgettext_lazy("trial visit", "seen"),
    "late": pgettext_lazy("trial visit", "seen outside the window"),
    "due": pgettext_lazy("trial visit", "window open"),
    "overdue": pgettext_lazy("trial visit", "overdue"),
    "upcoming": pgettext_lazy("trial visit", "to come"),
    "waiting": pgettext_lazy("trial visit", "waits for its anchor"),
    "unknown": pgettext_lazy("trial visit", "see its forms"),
}
DRAFT_STATES = {
    "": pgettext_lazy("draft", "open"),
    "signed": pgettext_lazy("draft", "signed"),
    "aside": pgettext_lazy("draft", "put aside"),
}
FINDINGS = {
    "participant-age-differs": _(
        "The ages in months do not fit: %(participant)s by the participant's record, %(journey)s by the therapy's. "
        "Make sure that this is the same child."
    ),
    "collected-before-enrolment": _(
        "Cells were collected at %(collected)s, before the enrolment on %(enrolled)s. Record a protocol deviation."
    ),
}
