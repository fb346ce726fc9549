"""Purposes: what each action is for, in one sentence; the same as its docstring in milenari/rules."""

from django.utils.translation import gettext_lazy as _

from milenari.web.wording import agreements, arrival, casebook, planning, safety, sharing, transfer, trial

PURPOSES = {
    **arrival.PURPOSES,
    **transfer.PURPOSES,
    **agreements.PURPOSES,
    **planning.PURPOSES,
    **casebook.PURPOSES,
    **trial.PURPOSES,
    **safety.PURPOSES,
    **sharing.PURPOSES,
    "found-site": _("Enter a hospital or plant into the network's list."),
    "set-country-rules": _(
        "Put the rules of a country in force: signatures per custody event, label languages, legal bases."
    ),
    "grant-authorisation": _("Record under which legal basis a product may be made or used at a site, and until when."),
    "qualify-site": _("Approve a site for a product on the strength of named evidence, until a date."),
    "suspend-site": _("Stop a site from starting batches of a product."),
    "enrol-person": _("Enrol a person whose identity was verified, with the public key of the signing credential."),
    "replace-key": _("Give a person a new signing key after loss or renewal; earlier signatures stay valid."),
    "withdraw-key": _(
        "End a signing key of yours, or as IT anybody's: it signs nothing more, and what it signed stays valid."
    ),
    "grant-role": _("Let a person act in a role at a site between two dates."),
    "end-role": _("End a person's role: the last day on which it holds."),
    "delegate-qp": _("Name a Qualified Person for one product at one site for a period."),
    "open-emergency-access": _(
        "Act in a role you do not hold for a short time, in the open: timed, logged, to be commented."
    ),
    "comment-emergency-access": _("Review what was done under emergency access and close it with a comment."),
    "approve-process": _(
        "Approve a version of a process: recipe, specification and protocol as data; supersedes the last."
    ),
    "effect-master-file": _(
        "Put an edition of the master file in force: which site works under which process version."
    ),
    "record-training": _("State that a person is trained on a version of a procedure until a date."),
    "receive-material": _("Book a delivered lot into quarantine with its expiry."),
    "judge-material": _("Release a lot for use, put it back into quarantine, or reject it."),
    "register-equipment": _("Enter a qualified instrument into the site's list."),
    "calibrate-equipment": _("Record a calibration and until when it holds."),
    "qualify-equipment": _("Record a passed stage of qualification with its evidence and until when it holds."),
    "plan-upkeep": _("Say how often a task is due for a class of instruments or rooms of this site."),
    "schedule-upkeep": _("Say how often a task is due for one instrument or room; it goes before its class."),
    "record-upkeep": _("Record a cleaning, maintenance or monitoring, and how it ended."),
    "block-use": _("Stop the use of an instrument or room at once; its clearances end."),
    "lift-block": _("Let a blocked instrument or room be used again."),
    "register-room": _("Enter a room with its grade and until when qualification and monitoring hold."),
    "qualify-room": _("Record that a room was qualified again, and until when it holds."),
    "close-room": _("Take a room out of use for good; what was done in it before stands."),
    "clear-line": _("State that nothing of another batch is left, before this batch comes to the place."),
    "confirm-clearance": _("Second person's look at a cleared room or instrument."),
    "approve-curriculum": _("Approve what has to be shown before somebody works under a version of a procedure."),
    "confirm-reading": _("State that you have read and understood what a curriculum names."),
    "sign-training": _("Attest one item of a curriculum: a supervised run, an observation, a media fill, a score."),
    "withdraw-training": _("Withdraw what was attested or stated: it counts no more."),
    "appoint-trainer": _("Name somebody who may attest items of a curriculum, perhaps at another site."),
    "withdraw-trainer": _("End a trainer's appointments from today; what was attested before stands."),
    "accept-passport": _("Decide of each item of a verified passport whether it counts here."),
    "confirm-passport": _("Second signature on what was accepted of a passport; only now it counts."),
    "retire-equipment": _("Take an instrument out of use for good; what was done on it before stands."),
    "agree-exchange": _("Let classes of data be sent to another site until a date, on a named legal basis."),
    "end-exchange": _("Stop sending one class of data to another site; what was sent stays there."),
    "dispatch": _("Hand a container or bag over to another site under a new transfer number."),
    "witness-dispatch": _("Second signature on a dispatch where the country asks for it."),
    "receive": _("Take a dispatched container or bag into this site's custody after scanning and inspecting it."),
    "cancel-dispatch": _("Take back a dispatch that still lacks a signature; the thing has not left."),
    "judge-damage": _("Decide about a thing that arrived damaged: usable, or never to be used."),
    "witness-receipt": _("Second signature on a receipt where the country asks for it."),
    "take-sample": _("Take a sample; the pending result of each of its tests comes into being with it."),
    "record-result": _("Enter the result of a pending test: a number with unit, or a word for a qualitative test."),
    "verify-result": _("Confirm another person's result against raw data; one out of specification is investigated."),
    "close-investigation": _(
        "Conclude an out-of-specification investigation; a proven laboratory error allows one more test."
    ),
    "open-campaign": _("Begin a vector campaign from named plasmid lots and a cell bank lot."),
    "harvest-vector": _("Pool and purify the harvest into a lot."),
    "fill-lot": _("Fill the lot into numbered containers; their volumes may not exceed what was harvested."),
    "record-titre": _("Enter the functional titre with the method, cell line and uncertainty that it depends on."),
    "release-lot": _("Release a vector lot for use until its expiry or retest date."),
    "reject-lot": _("Reject a vector lot for good."),
    "extend-lot": _("Move the expiry of a released lot on the strength of a retest."),
    "recall-lot": _("Recall a vector lot: every unused container is blocked at once."),
    "allocate-container": _("Promise a container to a site, for a named journey if there is one."),
    "refer-patient": _("Propose a patient for the product; identity stays sealed at this hospital."),
    "record-consent": _(
        "Record a guardian's consent, a child's assent or the patient's own consent, with the form's version."
    ),
    "withdraw-consent": _("Record that consent was withdrawn: treatment stops, the record stays."),
    "confirm-eligibility": _("Confirm that the patient meets the protocol's criteria."),
    "record-weight": _("Record the patient's body weight."),
    "issue-coi": _("Issue the chain-of-identity code that every bag of this therapy will carry."),
    "book-slot": _("Book the day of collection, from which manufacture follows."),
    "erase-identity": _("State that the key of the sealed identity is destroyed; the coded record stays whole."),
    "collect-cells": _("Record the collection, after scanning the wristband of the patient on the chair."),
    "count-cells": _("Record the count of the collected cells."),
    "label-bag": _("Scan the label on the bag against the wristband, at the chair."),
    "accept-collection": _("Take the bag into the clean room: right patient, intact, counted, within its hold time."),
    "draft-comparability": _(
        "Write a comparison's protocol: attributes, criteria, margins and the number of runs, before any result."
    ),
    "consent-protocol": _("Sign the drafted protocol for the candidate site."),
    "lock-comparability": _("Lock the protocol that both sites have signed; from now on it cannot change."),
    "enrol-comparability-run": _("Take a batch into the comparison before any of its results is known."),
    "exclude-comparability-run": _(
        "Take a run out of the comparison for a technical reason; it stays in the report with its figures."
    ),
    "report-comparability": _(
        "Record what was computed from the enrolled runs: an interval and a verdict for each attribute."
    ),
    "conclude-comparability": _("Approve the report; its outcome is what the figures say by the locked protocol."),
    "investigate-comparability": _(
        "State why a study did not show comparability and what was changed, before it is repeated."
    ),
    "plan-stability": _(
        "Plan a stability study: attribute, limit, storage, lots, and how far beyond the data may be said."
    ),
    "record-stability": _("Enter one measurement of one lot after so many months."),
    "verify-stability": _("Confirm another person's measurement against raw data."),
    "compute-shelf-life": _("Record the shelf life computed from the verified measurements, with method and model."),
    "approve-shelf-life": _(
        "Put the computed shelf life in force; no lot is given an expiry beyond it, and no fraction is given after it."
    ),
    "freeze-baseline": _("Fix centre and spread of a series, from named batches, against which later ones are judged."),
    "raise-signal": _("Open a task for a pattern in a chart; the same pattern is opened once."),
    "assess-signal": _("Say what was behind a signal and what is done about it."),
    "start-qualification-run": _(
        "Start a batch that is for no patient, from donor cells or medium, to show that the site can make it."
    ),
    "close-qualification-run": _(
        "Conclude a qualification run: accepted or failed; what is left of the cells is discarded."
    ),
    "start-batch": _("Start a batch for one patient from that patient's own cells, at a site the master file names."),
    "consume-material": _("Scan a material lot into the step that uses it."),
    "spend-container": _("Thaw a vector container and add it to the batch; a container is spent once."),
    "sign-step": _("Sign the next phase of the recipe with its readings and the equipment used."),
    "issue-paper-form": _("Issue one numbered paper form with every step of a batch that is still to be done."),
    "settle-paper-form": _("Account for a paper form: its steps are entered, it was not used, or it is lost."),
    "verify-step": _("Second person's check of a critical phase, or of one entered from paper against that paper."),
    "hold-batch": _("Put the batch on hold: nothing but deviations, tests and resuming until it is lifted."),
    "resume-batch": _("Lift the hold."),
    "harvest-batch": _("Harvest the cells after the last phase of the recipe."),
    "fill-batch": _("Fill the fractions that the protocol foresees; their cells come from the patient's weight."),
    "reconcile-batch": _("Account for every harvested cell: fractions, samples, retained, discarded."),
    "open-deviation": _("Report what did not go as written; anyone who works on the product may."),
    "close-deviation": _("Close a deviation with its root cause and its effect on the product."),
    "attach-file": _("Keep a photograph or file beside the record of a thing, named by the hash of its bytes."),
    "withdraw-file": _(
        "Withdraw an attached file that must not be kept, such as one that shows a name; its bytes are destroyed."
    ),
    "review-trail": _(
        "Review the audit trail of a batch or lot up to its newest entry; later work needs a new review."
    ),
    "certify-batch": _("QP certifies that the batch was made and tested as authorised, conditionally or finally."),
    "release-batch": _("Release a certified batch to the ward."),
    "reject-batch": _("Reject a batch; its doses can no longer be given as conforming."),
    "recall-batch": _("Call back a released batch: fractions not yet given are blocked at once."),
    "inform-physician": _("Record that the treating physician was told of a late failing result, and what was agreed."),
    "request-oos-supply": _("The physician asks for an out-of-specification product to avert an immediate hazard."),
    "evaluate-oos-risk": _("The manufacturer's written risk evaluation for the physician."),
    "accept-oos-risk": _("The physician accepts the risk after reading the evaluation."),
    "supply-oos": _("Supply the batch as out of specification; it is never shown as conforming."),
    "decide-fraction": _("Decide to administer or hold a fraction on today's toxicity and interval."),
    "scan-bedside": _("Scan the wristband and the bag at the bedside."),
    "confirm-bedside": _("Second person scans wristband and bag again."),
    "administer-fraction": _("Record that the fraction was infused."),
    "grade-crs": _("Assess cytokine release syndrome; the grade follows from what is seen."),
    "grade-icans": _("Assess neurotoxicity with ICE, or CAPD for younger children; the worst item decides."),
    "record-response": _("Record the response with the sensitivity of the MRD assay."),
    "record-b-cells": _("Record circulating B cells; the protocol's cut-off says whether aplasia persists."),
    "record-transplant": _("Record a transplant after the infusion; the analysis counts it as a competing event."),
    "record-relapse": _("Record a relapse and whether the blasts still carry the target antigen."),
    "record-death": _("Record the patient's death and its cause."),
    "record-visit": _("Record a scheduled follow-up visit."),
    "print-labels": _("Print numbered labels that software has read back from their pictures and found right."),
    "use-labels": _("Record that labels were put on what they were printed for, each scanned."),
    "destroy-labels": _("Record that labels were destroyed: spoiled, left over, or taken off again."),
    "return-labels": _("Record that unused labels went back to where labels are kept under lock."),
}
