"""Refusals of equipment, rooms, curricula, trainers and passports: what is missing, and who can help."""

from django.utils.translation import gettext_lazy as _

UPKEEP = {
    "plan-code-wrong": _("A plan is named by this site and the class, such as %(expected)s, not %(found)s."),
    "use-blocked": _(
        "%(subject)s was blocked by %(person)s (%(reason)s). Quality assurance can lift that; until then another one "
        "is used."
    ),
    "use-not-blocked": _("%(subject)s is not blocked; there is nothing to lift."),
    "room-closed": _("Room %(room)s was taken out of use. Work in another room."),
    "upkeep-due": _(
        "%(subject)s is due: %(task)s held until %(due_on)s. Whoever looks after it does this and records it; use "
        "another one meanwhile."
    ),
    "upkeep-never": _(
        "%(subject)s is planned for %(task)s and none is recorded. Whoever looks after it does this and records it; "
        "use another one meanwhile."
    ),
    "qualification-out-of-order": _(
        "Stage %(stage)s of %(equipment)s comes after stage %(needed)s, which is not recorded for that day. Record it "
        "first."
    ),
}

ROOMS = {
    "room-not-scanned": _("Phase %(phase)s is done in a room of grade %(grade)s or cleaner. Scan the room."),
    "room-grade-too-low": _("Room %(room)s is of grade %(grade)s, but %(needed)s or cleaner is needed."),
    "place-taken": _(
        "%(subject)s still holds batch %(batches)s. Finish that batch or use another place; two batches do not meet "
        "here."
    ),
    "clearance-incomplete": _(
        "%(subject)s is not free yet: nobody confirmed “%(field)s”. Clear it, then state all of it."
    ),
    "not-cleared": _(
        "%(subject)s is not cleared for batch %(batch)s. An operator clears it and says so before the step."
    ),
    "clearance-unconfirmed": _(
        "%(subject)s is cleared for batch %(batch)s, and the recipe asks a second person to look. Ask somebody else "
        "to confirm the clearance."
    ),
}

TRAINING = {
    "training-incomplete": _(
        "%(person)s is not trained on %(procedure)s, version %(number)s. Still to be shown: %(missing)s. A trainer of "
        "this procedure can attest it; reading is confirmed by oneself."
    ),
    "training-inactive": _(
        "%(person)s has not worked under %(procedure)s for too long: it held until %(active_until)s. To be shown "
        "again for version %(number)s: %(missing)s. A trainer of this procedure can attest it."
    ),
    "training-by-curriculum": _(
        "%(procedure)s, version %(number)s, has a curriculum. Its items are attested one by one, not as a whole."
    ),
    "curriculum-unreadable": _("This curriculum cannot be followed: %(where)s %(fault)s."),
    "no-curriculum": _(
        "There is no curriculum for %(procedure)s, version %(number)s. Quality assurance of the control site approves "
        "one."
    ),
    "item-unknown": _("%(procedure)s, version %(number)s, has no item %(item)s. Its items are: %(items)s."),
    "reading-of-another": _("Nobody confirms the reading of another; %(person)s does it."),
    "item-needs-trainer": _("%(item)s is attested by a trainer, not by whoever is trained."),
    "item-read-by-oneself": _("%(item)s is read and confirmed by the person, not attested by a trainer."),
    "trainer-not-appointed": _(
        "%(person)s may not attest %(item)s of %(procedure)s, version %(number)s: no appointment covers it on these "
        "days. A trainer who may name others, or quality assurance of the control site, can appoint."
    ),
    "run-missing": _("Say which run was supervised for %(item)s, such as its batch."),
    "run-counted": _("Run %(run)s is already counted for %(person)s. Each run counts once."),
    "score-missing": _("%(item)s is an assessment: give the score that was reached."),
    "nothing-to-withdraw": _("%(person)s has nothing of %(procedure)s, version %(number)s, that could be withdrawn."),
    "trainer-code-wrong": _("This trainer is written %(expected)s, not %(found)s."),
    "own-appointment": _("%(person)s cannot appoint himself or herself. Another trainer or quality assurance does."),
    "may-not-appoint": _(
        "%(person)s may not name trainers for these items of %(procedure)s, version %(number)s. Somebody who was "
        "given that right, or quality assurance of the control site, can."
    ),
    "not-a-trainer": _("%(trainer)s has no appointment in force that could be ended."),
}

PASSPORTS = {
    "passport-from-here": _("This passport was issued by %(site)s itself; what is in it counts here already."),
    "passport-of-another": _("Passport %(passport)s was accepted for %(person)s, not for the person named."),
    "passport-item-expired": _(
        "%(item)s of %(procedure)s, version %(number)s, ended on %(until_on)s. It cannot be accepted; it is shown "
        "again."
    ),
    "passport-item-not-here": _(
        "%(item)s of %(procedure)s, version %(number)s, is in no curriculum in force here in that form. It cannot "
        "count; do not accept it."
    ),
    "decisions-unreadable": _("The decisions on this passport cannot be read. Decide on its page, item by item."),
    "justification-missing": _(
        "Say why %(item)s of %(procedure)s, version %(number)s, is not accepted. Every refusal has its reason."
    ),
    "passport-unverified": _(
        "This acceptance does not match a passport that this node has verified: %(detail)s. Read the file on the "
        "passport page and decide there."
    ),
    "passport-unreadable": _("This is no training passport that can be read: %(detail)s. Ask for the file again."),
    "passport-stranger": _(
        "The passport says it is from %(site)s, which is no member of the network by the charter here. It cannot be "
        "checked."
    ),
    "passport-forged": _(
        "The passport says it is from %(site)s, but that is not proven: %(detail)s. Nothing of it counts. Tell that "
        "site by telephone."
    ),
    "passport-for-another": _("This passport was issued for %(site)s, not for a site of this node."),
    "passport-expired": _(
        "This passport was good until %(until_on)s. Ask %(site)s for a new one: something may have been withdrawn "
        "since."
    ),
    "passport-empty": _("Nothing of training is recorded for %(person)s; there is nothing a passport could carry."),
    "passport-item-unfit": _("%(item)s cannot be accepted from this passport (%(state)s)."),
}
