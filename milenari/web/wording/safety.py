"""Words of a trial's safety and monitoring: actions, purposes, fields, closed lists, refusals, findings."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.web.wording import hyperinflammation

ACTIONS = {
    **hyperinflammation.ACTIONS,
    "report-adverse-event": (_("Report an adverse event"), _("Adverse event reported")),
    "amend-adverse-event": (_("Amend an adverse event"), _("Adverse event amended")),
    "assess-adverse-event": (_("Assess an adverse event"), _("Adverse event assessed")),
    "notify-sponsor": (_("Tell the sponsor"), _("Sponsor told")),
    "close-adverse-event": (_("Close an adverse event"), _("Adverse event closed")),
    "review-adverse-event": (_("Review an adverse event for the sponsor"), _("Adverse event reviewed for the sponsor")),
    "submit-susar-report": (_("Record a report to the authority"), _("Report to the authority recorded")),
    "set-stopping-rule": (_("Put a stopping rule in force"), _("Stopping rule put in force")),
    "end-stopping-rule": (_("End a stopping rule"), _("Stopping rule ended")),
    "record-look": (_("Look at a stopping rule"), _("Stopping rule looked at")),
    "place-hold": (_("Hold a trial"), _("Trial held")),
    "lift-hold": (_("Lift the hold on a trial"), _("Hold on a trial lifted")),
}
PURPOSES = {
    **hyperinflammation.PURPOSES,
    "report-adverse-event": _(
        "Write down an adverse event in the reporter's words, why it is serious if it is, and since when it is known."
    ),
    "amend-adverse-event": _(
        "Tell an adverse event anew, with the reason; what was told before stays, and a closed event opens again."
    ),
    "assess-adverse-event": _("Say as the investigator whether what was given may be the cause, by which method."),
    "notify-sponsor": _("Tell the sponsor of a serious adverse event as it is told now; within a day of knowing it."),
    "close-adverse-event": _("Close an adverse event that is assessed, has an outcome, and of which nothing is owed."),
    "review-adverse-event": _(
        "Judge an adverse event for the sponsor; what the investigator suspects is not made less by it."
    ),
    "submit-susar-report": _("Record that a SUSAR was reported to the authority, with the receipt; the clock stops."),
    "set-stopping-rule": _(
        "Put a stopping rule of a protocol in force: what is an event, who counts, and the boundary as it was computed."
    ),
    "end-stopping-rule": _("End a stopping rule, as when an amendment sets another in its place."),
    "record-look": _("Look at a stopping rule: name who counts; events and boundary follow from the record."),
    "place-hold": _("Hold a trial or a dose level of it by hand: nobody is enrolled or infused until it is lifted."),
    "lift-hold": _("Let a trial go on that was held, with the reason and the reference of the advice it rests on."),
}
LABELS = {
    **hyperinflammation.LABELS,
    "Adverse event": _("Adverse event"),
    "What happened, in the reporter's words": _("What happened, in the reporter's words"),
    "Began on": _("Began on"),
    "Ended on": _("Ended on"),
    "Graded at the bedside as": _("Graded at the bedside as"),
    "CTCAE term": _("CTCAE term"),
    "CTCAE version": _("CTCAE version"),
    "CTCAE grade": _("CTCAE grade"),
    "Resulted in death": _("Resulted in death"),
    "Life-threatening": _("Life-threatening"),
    "Needed hospitalisation or prolonged it": _("Needed hospitalisation or prolonged it"),
    "Lasting or considerable disability": _("Lasting or considerable disability"),
    "Congenital anomaly or birth defect": _("Congenital anomaly or birth defect"),
    "Medically important otherwise": _("Medically important otherwise"),
    "Outcome of the event": _("Outcome of the event"),
    "What was done": _("What was done"),
    "MedDRA code": _("MedDRA code"),
    "Known at this site since": _("Known at this site since"),
    "Caused by the cell product": _("Caused by the cell product"),
    "Caused by the lymphodepletion": _("Caused by the lymphodepletion"),
    "Caused by a procedure of the trial": _("Caused by a procedure of the trial"),
    "Method of the judgement": _("Method of the judgement"),
    "By the reference safety information": _("By the reference safety information"),
    "Version of the reference safety information": _("Version of the reference safety information"),
    "Kind of report": _("Kind of report"),
    "Number of the case": _("Number of the case"),
    "Worldwide number of the case": _("Worldwide number of the case"),
    "EU trial number": _("EU trial number"),
    "Narrative of the case": _("Narrative of the case"),
    "Reported to": _("Reported to"),
    "Reference of the receipt": _("Reference of the receipt"),
    "Stopping rule": _("Stopping rule"),
    "What it watches": _("What it watches"),
    "What is an event": _("What is an event"),
    "Days of the window": _("Days of the window"),
    "Boundary": _("Boundary"),
    "Parameters of the method": _("Parameters of the method"),
    "Participants who count": _("Participants who count"),
    "Related adverse events": _("Related adverse events"),
    "Number of the hold": _("Number of the hold"),
    "Reference of the advice": _("Reference of the advice"),
}
HELPS: dict[str, tuple[Any, dict[str, str]]] = {
    **hyperinflammation.HELPS,
    "participant, slash, number": (_("participant, slash, number"), {}),
    "no name and no birth date": (_("no name and no birth date"), {}),
    "its grade is taken from the record": (_("its grade is taken from the record"), {}),
    "from the licensee's own files": (_("from the licensee's own files"), {}),
    "empty: the same": (_("empty: the same"), {}),
    "empty: all of them": (_("empty: all of them"), {}),
    "crs, icans, related: from which grade; death: true": (
        _("from which grade on: %(keys)s; and %(death)s"),
        {"keys": "crs, icans, related", "death": "death: true"},
    ),
    "pairs of participants and events, from milenari design": (
        _("pairs of participants and events, as computed beforehand by %(command)s"),
        {"command": "milenari design toxicity"},
    ),
    "code of the protocol": (_("code of the protocol"), {}),
}
ROOMS = {
    **hyperinflammation.ROOMS,
    "safety": _("Safety of a trial"),
    "safety_review": _("Safety of a trial, sponsor"),
    "monitoring": _("Monitoring of a trial"),
}
KINDS = {
    **hyperinflammation.KINDS,
    "adverseevent": pgettext_lazy("kind", "adverse event"),
    "eventreview": pgettext_lazy("kind", "review of an adverse event"),
    "stoppingrule": pgettext_lazy("kind", "stopping rule"),
    "trialhold": pgettext_lazy("kind", "hold on a trial"),
}
THINGS = {
    **hyperinflammation.THINGS,
    "adverse event": _("the adverse event"),
    "first report": _("the first report"),
    "look before": _("the look before"),
    "hold": _("the hold"),
}
RELATEDNESS = {
    "not-related": pgettext_lazy("cause", "not related"),
    "unlikely": pgettext_lazy("cause", "unlikely"),
    "possible": pgettext_lazy("cause", "possible"),
    "probable": pgettext_lazy("cause", "probable"),
    "definite": pgettext_lazy("cause", "definite"),
}
EXPECTEDNESS = {
    "expected": pgettext_lazy("reaction", "expected"),
    "unexpected": pgettext_lazy("reaction", "unexpected"),
}
EVENT_OUTCOMES = {
    "event-recovered": pgettext_lazy("adverse event", "recovered"),
    "event-recovering": pgettext_lazy("adverse event", "recovering"),
    "event-ongoing": pgettext_lazy("adverse event", "not recovered"),
    "event-sequelae": pgettext_lazy("adverse event", "recovered with sequelae"),
    "fatal": pgettext_lazy("adverse event", "fatal"),
    "unknown": pgettext_lazy("adverse event", "unknown"),
}
MEASURES = {
    "no-measure": pgettext_lazy("adverse event", "nothing"),
    "treated": pgettext_lazy("adverse event", "treated"),
    "fraction-withheld": pgettext_lazy("adverse event", "next fraction withheld"),
    "product-stopped": pgettext_lazy("adverse event", "product not given any more"),
    "not-applicable": pgettext_lazy("adverse event", "not applicable"),
}
REPORTS = {
    "initial": pgettext_lazy("report", "first report"),
    "follow-up": pgettext_lazy("report", "follow-up report"),
}
OPTIONS = {
    **hyperinflammation.OPTIONS,
    **RELATEDNESS,
    **EXPECTEDNESS,
    **{code: word for code, word in EVENT_OUTCOMES.items() if code != "unknown"},
    **{code: word for code, word in MEASURES.items() if code != "not-applicable"},
    **REPORTS,
    "CRS": "CRS",
    "ICANS": "ICANS",
    "v5": pgettext_lazy("CTCAE", "the fifth version"),
    "v6": pgettext_lazy("CTCAE", "the sixth version"),
}
EVENT_CLASSES = {
    "ae": pgettext_lazy("adverse event", "not serious"),
    "sae": pgettext_lazy("adverse event", "serious"),
    "sar": pgettext_lazy("adverse event", "serious reaction, expected"),
    "possible-susar": pgettext_lazy("adverse event", "counts as SUSAR until judged"),
    "susar": "SUSAR",
}
CRITERIA = {
    "death": _("resulted in death"),
    "life-threatening": _("life-threatening"),
    "hospitalisation": _("hospitalisation, or prolonged"),
    "disability": _("disability"),
    "congenital-anomaly": _("congenital anomaly"),
    "medically-important": _("medically important"),
}
SAFETY_TABS = {
    "open": pgettext_lazy("adverse events", "Open"),
    "serious": pgettext_lazy("adverse events", "Serious"),
    "susar": pgettext_lazy("adverse events", "SUSAR"),
    "closed": pgettext_lazy("adverse events", "Closed"),
    "all": pgettext_lazy("adverse events", "All"),
}
EVENT_STATES = {"open": pgettext_lazy("adverse event", "open"), "closed": pgettext_lazy("adverse event", "closed")}
CLOCK_KINDS = {
    "sponsor": _("site to sponsor"),
    "sponsor-urgent": _("site to sponsor, became life-threatening or fatal"),
    "authority": _("sponsor to authority"),
    "authority-urgent": _("sponsor to authority, fatal or life-threatening"),
    "authority-upgraded": _("sponsor to authority, became fatal or life-threatening"),
    "authority-rest": _("what was missing in the first report"),
}
CLOCK_STATES = {
    "done": pgettext_lazy("clock", "reported in time"),
    "done-late": pgettext_lazy("clock", "reported late"),
    "due": pgettext_lazy("clock", "to be reported"),
    "overdue": pgettext_lazy("clock", "overdue"),
}
ELEMENTS = {
    "case-number": _("number of the case"),
    "first-received": _("day the sponsor was first told"),
    "last-received": _("day of the newest information"),
    "worldwide-number": _("worldwide number of the case"),
    "reporter-country": _("country of the reporter"),
    "reporter-qualification": _("qualification of the reporter"),
    "sender": _("sender"),
    "trial-number": _("EU trial number"),
    "sponsor-study": _("sponsor's number of the trial"),
    "patient": _("coded participant"),
    "term": _("the event in the reporter's words"),
    "meddra": _("MedDRA code of the event"),
    "criteria": _("why it is serious"),
    "begun": _("day on which it began"),
    "outcome": _("outcome of the event"),
    "product": _("suspected product"),
    "method": _("method of the judgement"),
    "causality": _("judgement of the cause"),
    "narrative": _("narrative of the case"),
}
STOPPING_EVENTS = {
    "crs": _("cytokine release syndrome"),
    "icans": _("neurotoxicity (ICANS)"),
    "related": _("adverse event that may be caused by the product"),
    "death": _("death, but by leukaemia"),
}
COUNTS = {
    "event": pgettext_lazy("participant", "had an event"),
    "complete": pgettext_lazy("participant", "window complete, no event"),
    "open": pgettext_lazy("participant", "window open"),
    "not-infused": pgettext_lazy("participant", "not infused"),
    "incomplete": pgettext_lazy("participant", "ended before the window did"),
    "not-named": pgettext_lazy("participant", "not named"),
}
DEATHS = {
    "leukaemia": _("leukaemia"),
    "crs": _("cytokine release syndrome"),
    "neurotoxicity": _("neurotoxicity"),
    "infection": _("infection"),
    "other": _("other"),
    "unknown": pgettext_lazy("adverse event", "unknown"),
}
WHY = {
    **hyperinflammation.WHY,
    "assess-adverse-event": _("The adverse event is not assessed. Until it is, the worst counts."),
    "notify-sponsor": _("The event is serious and the sponsor has not been told of it as it is told now."),
    "review-adverse-event": _("The sponsor was told of a serious event and has not reviewed it."),
    "lift-hold": _("The trial is on hold. It goes on when the coordinator lifts that, with the advice it rests on."),
}
FINDINGS = {
    "serious-event": _("The event %(event)s is serious. The sponsor is told within a day of knowing it."),
    "sponsor-told-late": _("The sponsor was told late of %(event)s; it was due %(due_at)s."),
    "opinions-differ": _(
        "The investigator suspects more than the sponsor of %(event)s. The graver opinion stands, and the report "
        "gives both."
    ),
    "susar-suspected": _("The event %(event)s is a SUSAR, or counts as one. The authority is told by its clock."),
    "susar-reported-late": _("The authority was told late of %(event)s; it was due %(due_at)s."),
    "boundary-reached": _(
        "The stopping rule %(rule)s is reached: of %(n)s who count %(events)s had an event, and %(stop_at)s stop the "
        "trial. Nobody is enrolled or infused until the hold is lifted."
    ),
}
REFUSALS = {
    **hyperinflammation.REFUSALS,
    "event-code-wrong": _("The event's code is %(found)s. It begins with the participant, such as %(expected)s."),
    "death-and-outcome-differ": _(
        "Death as the reason why it is serious and a fatal outcome go together. Correct one of the two."
    ),
    "grade-without-version": _("A grade needs the version of CTCAE it was taken from."),
    "grade-by-another-version": _(
        "The protocol grades by another version of CTCAE: %(option)s. Grade by that one; the trial has one scale."
    ),
    "grade-and-outcome-differ": _("The gravest grade and a fatal outcome go together. Correct one of the two."),
    "grade-in-the-record": _("%(scale)s is graded at the bedside. Leave the grade out; it is taken from there."),
    "no-grade-in-the-record": _(
        "No grade of %(scale)s is in the record from %(begun_on)s on. Grade it at the bedside first, or leave the "
        "scale out."
    ),
    "safety-information-missing": _(
        "Whether it was to be expected is judged against a version of the reference safety information. Name it."
    ),
    "nothing-to-tell": _("The sponsor knows of %(event)s as it is told now, or it is not serious."),
    "report-already-made": _("The first report of %(event)s is made. What follows it is a follow-up report."),
    "report-without-first": _("There is no first report of %(event)s yet that could be followed."),
    "not-a-susar": _("By both opinions %(event)s is no SUSAR. It goes into the annual report."),
    "report-incomplete": _(
        "The report of %(event)s lacks what it has to say: %(missing)s. The page of the event names each of them."
    ),
    "event-closed": _("The event %(event)s is closed. An amendment opens it again."),
    "event-not-assessed": _("The event %(event)s is not assessed. The investigator does that first."),
    "event-not-reviewed": _("The sponsor has not reviewed the serious event %(event)s."),
    "outcome-open": _("The outcome of %(event)s is open. Amend the event when it is known."),
    "sponsor-not-told": _("The sponsor has not been told of %(event)s as it is told now."),
    "report-owed": _("A report of %(event)s is owed until %(due_at)s."),
    "boundary-unfit": _(
        "The boundary cannot be read at place %(place)s. It is a list of pairs: participants, rising, and events, not "
        "falling, as whole numbers."
    ),
    "events-unfit": _("What is an event is said with these only: %(known)s, each with a grade; death without."),
    "rule-ended": _("The stopping rule %(rule)s has ended."),
    "participant-named-twice": _("%(participant)s is named twice."),
    "look-forgets": _("The look at %(rule)s leaves out who counted before: %(missing)s."),
    "participant-of-another-trial": _("%(participant)s is in another trial: %(protocol)s."),
    "participant-does-not-count": _("%(participant)s does not count now: %(counts)s."),
    "event-not-watched": _("The event %(event)s is none that %(rule)s watches: too low a grade, or not suspected."),
    "hold-stands": _("The trial %(protocol)s is on hold already, by number %(number)s."),
    "hold-unknown": _("The trial %(protocol)s has no hold with number %(number)s that is in force."),
    "trial-on-hold": _(
        "The trial %(protocol)s is on hold since %(since)s: %(why)s. The coordinator of the sponsor lifts it when it "
        "may go on."
    ),
}
