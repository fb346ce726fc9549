"""Refusals of the stations of the therapy: vector, referral, collection, manufacture, release, infusion."""

from django.utils.translation import gettext_lazy as _

VECTOR = {
    "not-a-vector-process": _("%(process)s is not an approved vector process. Choose one."),
    "lot-already-filled": _("Lot %(lot)s is filled already."),
    "lot-not-filled": _("Lot %(lot)s is not filled into containers yet."),
    "titre-missing": _("Lot %(lot)s has no functional titre yet. Quality control records it."),
    "expiry-passed": _("The expiry %(expires_on)s is not in the future. Please correct it."),
    "not-an-extension": _("The new date is not later than the present expiry, %(expires_on)s."),
    "vector-not-released": _("Vector lot %(lot)s is not released. The Qualified Person of its site decides."),
    "vector-recalled": _(
        "Vector lot %(lot)s is recalled: %(reason)s. Ask the vector manager for a container of another lot."
    ),
    "vector-expired": _(
        "Vector lot %(lot)s expired on %(expires_on)s. Quality assurance of its site can extend it after a retest."
    ),
    "container-spent": _("Container %(container)s was spent in batch %(batch)s. Scan another container."),
    "container-not-allocated": _(
        "Container %(container)s is promised to %(allocated_to)s, not to %(site)s. The vector manager or "
        "coordinator can allocate it."
    ),
    "vector-not-in-step": _("Phase %(phase)s does not use vector. Look at the recipe for the phase that does."),
    "vector-already-added": _("Batch %(batch)s has received container %(container)s already."),
    "vector-not-scanned": _("Phase %(phase)s needs the vector. Scan its container into the batch first."),
}

CUSTODY = {
    "being-dispatched": _("%(subject)s is being dispatched to %(to)s and cannot be used here any more."),
    "receipt-incomplete": _(
        "The receipt of %(subject)s has %(signed)s signature(s) and needs another. A second person can sign it."
    ),
    "damage-not-judged": _("%(subject)s arrived damaged. Quality assurance decides whether it may be used."),
    "not-damaged": _("%(subject)s was not received as damaged, so there is nothing to judge."),
    "dispatch-to-oneself": _("%(site)s is this site. Choose another site to send to."),
    "not-being-dispatched": _("%(subject)s is not being dispatched, so there is nothing to witness."),
    "not-in-transit": _("%(subject)s is not on its way to anybody; it is held by %(owner)s."),
    "transfer-number-wrong": _("The transfer number is %(expected)s, not %(found)s. Scan the papers again."),
    "receipt-not-open": _("The receipt of %(subject)s is complete; no further signature is needed."),
}

REFERRAL = {
    "consent-withdrawn": _(
        "Consent for %(journey)s is withdrawn, so treatment stops. A physician can record a new consent."
    ),
    "consent-missing": _("For %(journey)s this is missing: %(consent)s. A physician records it."),
    "patient-died": _("The patient of %(journey)s has died. Only follow-up up to that day can still be recorded."),
    "minor-cannot-consent": _(
        "The patient of %(journey)s is a minor: record the guardian's consent and the child's assent."
    ),
    "adult-consents-alone": _("The patient of %(journey)s is an adult: record the patient's own consent."),
    "no-consent-to-withdraw": _("No consent is recorded for %(journey)s, so none can be withdrawn."),
    "not-eligible": _("Eligibility of %(journey)s is not confirmed. A physician confirms it."),
    "coi-missing": _("%(journey)s has no chain of identity yet. The coordinator issues it."),
    "coi-already-issued": _("%(journey)s already has the chain of identity %(coi)s."),
    "coi-taken": _("The chain of identity %(coi)s is already in use. Take the newly proposed one."),
    "coi-unreadable": _("%(coi)s is not a chain of identity. Scan it again."),
    "coi-check-wrong": _("%(coi)s has a wrong check character: one character was misread. Scan it again."),
    "coi-of-another-site": _("%(coi)s was not issued by %(site)s. Take the newly proposed one."),
    "din-unreadable": _("%(din)s is not a donation number. Scan it again."),
    "din-check-wrong": _("%(din)s has a wrong check character: one character was misread. Scan it again."),
    "slot-in-the-past": _("The collection day %(slot_on)s is over. Choose another day."),
    "identity-already-erased": _("The identity of %(journey)s is erased already."),
    "another-patient": _(
        "STOP. The %(what)s says %(scanned)s, but this is the therapy of %(expected)s. Nothing was recorded. Check "
        "wristband and bag with a colleague before going on."
    ),
    "another-bag": _(
        "STOP. The bag scanned is %(scanned)s, but the fraction to give is %(expected)s. Nothing was recorded. "
        "Check the bag with a colleague."
    ),
}

COLLECTION = {
    "bag-not-labelled": _("Bag %(collection)s is not labelled. The apheresis nurse scans its label at the chair."),
    "bag-not-counted": _(
        "Bag %(collection)s is not counted. The apheresis nurse or quality control records the count."
    ),
    "already-accepted": _("Bag %(collection)s is accepted already."),
    "hold-time-over": _(
        "Bag %(collection)s had to be used by %(use_by)s. Ask quality assurance and the physician what to do with it."
    ),
    "collection-used": _("Bag %(collection)s was used in batch %(batch)s."),
    "collection-not-accepted": _(
        "Bag %(collection)s is not accepted into the clean room. An operator accepts it first."
    ),
}

MANUFACTURE = {
    "run-not-for-patients": _(
        "Batch %(batch)s is a qualification run (%(purpose)s): its cells go into nobody. "
        "Quality assurance concludes it."
    ),
    "not-a-qualification-run": _("Batch %(batch)s is for a patient; it is certified and released, not concluded."),
    "process-of-another-kind": _("Process %(process)s makes no cells for patients. Choose the process of a product."),
    "origin-does-not-fit": _(
        "Medium alone is for media fills, and a media fill takes nothing else. Found: %(purpose)s, %(origin)s."
    ),
    "batch-on-hold": _("Batch %(batch)s is on hold: %(reason)s. Quality assurance can lift the hold."),
    "batch-not-on-hold": _("Batch %(batch)s is not on hold."),
    "step-out-of-order": _("The next phase is %(next)s, not %(phase)s. Do the steps in the order of the recipe."),
    "step-unverified": _("A second person has to verify first: %(phases)s."),
    "weight-missing": _("The body weight needed for %(test)s is missing. The ward records it."),
    "already-harvested": _("Batch %(batch)s is harvested already."),
    "not-harvested": _("%(of)s is not harvested yet."),
    "already-filled": _("Batch %(batch)s is filled already."),
    "not-filled": _("%(of)s is not filled yet."),
    "already-reconciled": _("Batch %(batch)s is reconciled already."),
    "not-reconciled": _(
        "The cells of batch %(batch)s are not reconciled yet. An operator or quality assurance does it."
    ),
    "cells-unaccounted": _(
        "Of %(harvested)s %(unit)s harvested, %(accounted)s are accounted for; %(gap)s are not. Count again before "
        "signing."
    ),
}

PAPER = {
    "language-unknown": _("No paper is printed in the language %(found)s. Choose one from the list."),
    "paper-unknown": _("There is no paper called %(paper)s. Choose one from the list of papers."),
    "nothing-dispatched": _("%(subject)s was never dispatched, so there is no transfer to print. Dispatch it first."),
    "nothing-recalled": _("%(subject)s is not recalled, so there is no recall notice."),
    "no-step-left": _("Batch %(batch)s has no step left, so there is nothing to print. Its record can be printed."),
    "form-settled": _("Paper form %(form)s is accounted for already. Look at its entries."),
    "form-not-entered": _(
        "No step of batch %(batch)s was entered from paper form %(form)s. Enter the steps first, or say that the form "
        "was not used."
    ),
    "form-was-used": _(
        "Paper form %(form)s was used: these steps were entered from it: %(phases)s. Say that they are entered."
    ),
    "paper-time-missing": _(
        "Form %(form)s was written earlier than now: give the time at which the step was done, as it stands there."
    ),
    "paper-form-not-for-step": _(
        "Form %(form)s was not issued for phase %(phase)s of batch %(batch)s. Scan the number on the sheet on which "
        "the step was written."
    ),
    "paper-form-differs": _(
        "This step was written on paper form %(form)s. To verify it, take that form in hand, compare every value "
        "and scan its number. Scanned: %(scanned)s."
    ),
}

FILES = {
    "hash-unreadable": _("%(found)s is not the hash of a file. Attach the file on its page; the node computes it."),
    "item-unknown": _(
        "%(of)s has no result or deviation %(item)s. Leave the field empty, or take a code from its page."
    ),
    "file-withdrawn": _("Attachment %(attachment)s is withdrawn already."),
    "file-empty": _("No file was chosen, or the file is empty. Choose it again, or take the photograph again."),
    "file-too-large": _(
        "The file has %(found)s MB; at most %(largest)s MB are kept. Take the photograph with fewer pixels, or split "
        "the document."
    ),
    "file-kind-unknown": _(
        "This is not a kind of file that is kept. Possible are photographs (JPEG, PNG, WebP), PDF documents and plain "
        "text."
    ),
    "file-missing": _(
        "The file with the hash %(hash)s is not on this node. The entry that names it stays. Ask IT to restore the "
        "file from the backup."
    ),
    "file-altered": _(
        "The file with the hash %(hash)s was changed on this node after it was attached, so it is not shown. Ask IT "
        "to restore it from the backup, and quality assurance to look into it."
    ),
}

TESTING = {
    "test-unknown": _("%(of)s has no test %(test)s in its specification. Choose a test from the specification."),
    "test-already-sampled": _("A sample for %(test)s of %(of)s was taken already."),
    "not-sampled": _("No sample was taken for %(test)s of %(of)s. Take the sample first."),
    "result-already-recorded": _("The result of %(test)s is recorded already. A second person verifies it."),
    "result-number-or-word": _("%(test)s needs either a number or a word, not both and not neither."),
    "no-open-investigation": _("There is no open investigation of %(test)s for %(of)s."),
    "no-open-deviation": _("There is no open deviation %(deviation)s. Check its code."),
    "investigation-open": _("Open investigations: %(tests)s. Quality assurance concludes them first."),
    "deviation-open": _("Open deviations: %(deviations)s. Quality assurance closes them first."),
    "deviation-affects-product": _(
        "Deviations affect the product: %(deviations)s. It cannot be released as conforming; the Qualified Person "
        "decides."
    ),
    "result-failed": _("Requirements not met: %(requirements)s. It cannot be released as conforming."),
    "result-missing": _(
        "Requirements without a verified result: %(requirements)s. Quality control has to finish them."
    ),
    "result-unverified": _("Results not verified: %(tests)s. A second person verifies them."),
    "trail-unreviewed": _(
        "The audit trail of %(of)s changed since its last review. Quality assurance reviews it first."
    ),
    "nothing-to-review": _("Nothing was done on %(of)s that could be reviewed."),
}

RELEASE = {
    "not-certified": _(
        "Batch %(batch)s is not certified for this stage: %(stage)s. The Qualified Person certifies first."
    ),
    "not-released": _("Batch %(batch)s is not released (%(decision)s). The Qualified Person decides."),
    "no-alarm": _("Batch %(batch)s has no late failing result to inform about."),
    "conforms": _("Batch %(batch)s meets its specification; it is released in the usual way."),
    "already-requested": _("Out-of-specification supply of batch %(batch)s is requested already."),
    "oos-not-requested": _("No physician has asked for out-of-specification supply of batch %(batch)s."),
    "already-evaluated": _("The risk of batch %(batch)s is evaluated already."),
    "oos-not-evaluated": _("The risk of batch %(batch)s is not evaluated yet. The Qualified Person does it."),
    "already-accepted-risk": _("The risk of batch %(batch)s is accepted already."),
    "oos-not-accepted": _("The physician has not accepted the risk of batch %(batch)s yet."),
    "already-given": _("Already given: %(doses)s."),
}

INFUSION = {
    "product-expired": _(
        "Fraction %(dose)s had to be given by %(use_by)s. Do not give it; the Qualified Person knows more."
    ),
    "batch-recalled": _("Batch %(batch)s is recalled. Do not give it; the Qualified Person knows more."),
    "late-result-failed": _(
        "A late result of batch %(batch)s failed: %(test)s. Do not give it; speak to the Qualified Person."
    ),
    "not-decided": _("Fraction %(dose)s is not decided to be given (%(decision)s). A physician decides first."),
    "not-scanned": _("Fraction %(dose)s lacks a bedside scan. Two persons scan wristband and bag first."),
    "scan-too-old": _("The bedside scan of %(dose)s at %(scanned_at)s is too old. Scan wristband and bag again."),
    "fraction-out-of-order": _("This is fraction %(part)s, but fraction %(next)s is next."),
    "interval-too-short": _("%(hours)s hours passed since the last fraction, at least %(shortest)s are needed. Wait."),
    "interval-too-long": _(
        "%(hours)s hours passed since the last fraction, at most %(longest)s are allowed. Speak to the sponsor."
    ),
    "toxicity-not-graded": _("%(scale)s was not graded since the last fraction (%(since)s). Grade it first."),
    "toxicity-too-high": _("%(scale)s is of grade %(grade)s, at most %(most)s is allowed. Hold the fraction."),
    "weight-too-old": _(
        "The weight of %(weighed_on)s is %(days)s days old, at most %(most)s are allowed. Weigh again."
    ),
}

FOLLOW_UP = {
    "not-infused": _("Nothing was infused yet in %(journey)s, so there is nothing to follow up."),
    "crs-without-fever": _("Cytokine release syndrome needs fever, or fever masked by treatment. Tick what applies."),
    "icans-wrong-scale": _(
        "%(scale)s was used, but at this age the protocol asks for %(wanted)s (cut-off at %(cutoff)s years)."
    ),
    "remission-without-response": _(
        "A transplant in remission needs a response before it. Record the response first, or say that the disease was "
        "not in remission."
    ),
    "transplant-already-recorded": _(
        "A transplant on %(on)s is on record already. Look at the date; nothing needs to be entered again."
    ),
    "relapse-without-response": _("A relapse needs a response before it. Record the response first."),
    "visit-unknown": _("There is no visit %(visit)s. Choose one of %(visits)s."),
    "visit-already-recorded": _("Visit %(visit)s is recorded already."),
}
