"""Refusals of the house itself: fields, persons, roles, signature, journal, network, procedures.

Each sentence says why not, and who can do what about it. No digit and no comparison sign stands in a
sentence: numbers, codes and units come in as isolated placeholders.
"""

from django.utils.translation import gettext_lazy as _

FIELDS = {
    "field-missing": _("%(field)s is missing. Please fill it in."),
    "field-unreadable": _("%(field)s: %(found)s cannot be read. Expected is %(kind)s."),
    "field-not-a-code": _(
        "%(field)s: %(found)s is not a code. A code begins with a letter or digit and has no blanks; scan it again."
    ),
    "field-too-long": _("%(field)s is too long: %(found)s characters, at most %(longest)s. Please shorten it."),
    "field-not-an-option": _("%(field)s: %(found)s is not one of the options (%(options)s). Please choose one."),
    "field-unknown": _(
        "This form sent %(field)s, which the action does not have. Reload the page; if it happens again, tell IT."
    ),
    "date-in-future": _(
        "%(field)s lies in the future (%(found)s). Correct it, or tell IT if the node's clock is wrong."
    ),
    "dates-reversed": _("%(field)s lies before the first date. Please correct one of the two."),
    "reason-missing": _("This act needs a reason. Please write one; it becomes part of the record."),
    "reading-impossible": _(
        "%(field)s: %(found)s is impossible; possible is from %(low)s to %(high)s. Check the number and its unit."
    ),
    "reading-not-exact": _(
        "%(field)s: %(found)s is only a bound. Here an exact number is needed; measure again or correct it."
    ),
    "reading-unit-unknown": _("%(field)s: the unit %(unit)s is unknown here. Choose one of %(units)s."),
    "reading-wrong-unit": _(
        "%(field)s is given in %(unit)s, but %(units)s is needed. Convert it with the method's own rule, not by hand."
    ),
    "reading-without-unit": _("%(field)s has no unit. Choose one of %(units)s."),
    "reading-unknown": _(
        "Phase %(phase)s of the recipe does not ask for %(readings)s. Reload the page to see the present phase."
    ),
    "reading-missing": _("Phase %(phase)s also asks for %(readings)s. Please enter them."),
    "result-not-a-word": _("%(test)s: %(found)s is a number, but this test has a word as its result. Choose the word."),
    "document-unreadable": _(
        "%(field)s cannot be read at line %(line)s, column %(column)s: %(fault)s. Correct the document there."
    ),
    "local-time-skipped": _(
        "%(field)s: %(found)s did not exist at this site, because the clocks were put forward. Please correct it."
    ),
    "local-time-twice": _(
        "%(field)s: %(found)s happened twice at this site, because the clocks were put back. Say which one it was."
    ),
    "identity-incomplete": _(
        "To seal the identity, family name, given name, birth date and hospital number are all needed."
    ),
    "born-in-future": _("The birth date lies in the future. Please correct it."),
}

SUBJECTS = {
    "subject-unknown": _(
        "No %(kind)s %(code)s is known on this node. Check the code, or wait for the other site's parcel."
    ),
    "subject-exists": _("The %(kind)s %(code)s exists already. Choose another code."),
    "entry-unknown": _("There is no entry %(act)s on this node. Check the code, or wait for the other site's parcel."),
    "changed-meanwhile": _(
        "%(subject)s changed while you were filling in this form. Nothing was overwritten. Look at what changed, "
        "then sign again if it is still right."
    ),
    "held-elsewhere": _("%(subject)s is held by %(owner)s; only that site may write about it. Ask a colleague there."),
    "in-transit": _("%(subject)s is on its way to %(bound_for)s. It can be used once that site has received it."),
    "bound-for-another-site": _("%(subject)s was dispatched to %(bound_for)s; only that site may receive it."),
    "before-its-cause": _(
        "This is said to have happened at %(happened_at)s, before %(cause)s (%(cause_at)s). Correct the time."
    ),
    "own-work": _("%(person)s did part of this work, so someone else has to judge it. Ask a colleague."),
    "nothing-to-verify": _("There is nothing to verify for %(test)s of %(of)s: it is not done, or verified already."),
    "already-decided": _("%(of)s is already decided: %(decision)s. Quality assurance can say what is still possible."),
}

PEOPLE = {
    "role-not-allowed": _(
        "You act as %(role)s, but this is done by: %(roles)s. Change your role above if you hold one of these, or "
        "ask a colleague."
    ),
    "role-not-held": _("%(person)s does not hold the role %(role)s at %(site)s. Quality assurance there can grant it."),
    "role-not-yet": _("%(person)s holds the role %(role)s at %(site)s only from %(begins)s."),
    "role-ended": _(
        "The role %(role)s of %(person)s at %(site)s ended on %(ended)s. Quality assurance can grant it again."
    ),
    "person-unknown": _("%(person)s is not enrolled in the network. The site's IT administrator can enrol a person."),
    "own-role": _("Nobody grants or ends a role of their own. Ask another member of quality assurance."),
    "own-key": _("Nobody replaces their own signing key. Ask another IT administrator."),
    "key-of-another": _("A signing key is ended by the person it belongs to, %(person)s, or by an IT administrator."),
    "key-not-held": _("%(person)s holds no such signing key, or it has ended already."),
    "last-key": _("This is the only signing key of %(person)s. IT enrols another one before this one ends."),
    "own-training": _("Nobody records their own training. Ask another trainer."),
    "key-already-used": _("This signing key belongs, or belonged, to %(person)s. Make a new key for this person."),
    "enrolled-at-home-only": _("A person is enrolled by the own site, %(home)s, not by %(site)s."),
    "granted-at-home-only": _(
        "%(site)s can grant roles only at %(site)s; for %(at_site)s ask quality assurance there."
    ),
    "founding-is-over": _("%(site)s has quality assurance now; the node itself no longer enrols or grants."),
    "admin-apart-from-gmp": _(
        "%(person)s cannot be both IT administrator and %(role)s: administrators are kept apart from product data."
    ),
    "emergency-for-oneself-only": _(
        "Emergency access is opened by the person who needs it, not by another for %(person)s."
    ),
    "no-emergency-access": _("%(person)s has no emergency access that waits for a comment."),
    "qp-not-delegated": _(
        "%(person)s is not named as Qualified Person for %(product)s at %(site)s today. Quality assurance can name one."
    ),
    "untrained": _(
        "%(person)s is not trained today on %(procedure)s, version %(number)s. A trainer can record the training."
    ),
    "password-weak": _("This password is too weak for %(person)s to sign with. %(detail)s"),
    "login-failed": _("Person code, password or second factor are not right. Please try again."),
    "login-locked": _("Too many attempts: login and signing for %(person)s are closed until %(until)s."),
    "second-factor-needed": _(
        "This is your first signature of the session: the second factor is needed as well as the password."
    ),
    "passwords-differ": _("The two new passwords are not the same. Nothing was changed."),
    "factor-code-wrong": _(
        "This is not the code that the new authenticator shows now. Your second factor is unchanged."
    ),
    "no-passkey": _("%(person)s has no passkey that can sign here. Sign with password and second factor."),
    "passkey-not-used": _(
        "No passkey signed this form, so nothing was recorded. Try the passkey again, or sign with the password."
    ),
    "passkey-not-made": _("The passkey was not made (%(detail)s). Nothing was changed; please try again."),
    "passkeys-enough": _(
        "%(person)s has %(most)s passkeys on this node already. Remove one that is not used any more."
    ),
    "passkey-still-signs": _(
        "This passkey of %(person)s still signs. End its key first; then it can be removed from this node."
    ),
    "second-person-is-first": _(
        "%(person)s is logged in here already. A second signature is given by somebody else, with their own code."
    ),
    "demo-credential": _("The login %(person)s has a printed PIN and works only on a demo node."),
    "no-role-today": _("%(person)s holds no role at any site of this node today. Quality assurance can grant one."),
    "page-not-for-you": _(
        "This page shows data of %(site)s, where you hold no role. Quality assurance there can grant one."
    ),
}

JOURNAL = {
    "signed-by-another": _("The act names %(by)s, but %(signer)s signed it. Log in as the person who signs."),
    "signature-invalid": _(
        "The signature of %(person)s does not verify (%(detail)s). Nothing was written; sign again, or tell IT."
    ),
    "key-not-enrolled": _(
        "The signing key used by %(person)s is not enrolled. The IT administrator can replace the key."
    ),
    "site-not-here": _(
        "The log of %(site)s is not kept on this node. Change your site above, or use that site's node."
    ),
    "proposal-expired": _(
        "Too much time passed between preparing and signing. Nothing was written; please sign again."
    ),
    "clock-set-back": _(
        "The node's clock says %(now)s, but its newest entry was written at %(last)s. IT has to set the clock right."
    ),
    "entry-too-large": _("The entry would have %(found)s bytes, at most %(longest)s are kept. Shorten the texts."),
    "act-id-reused": _(
        "This form was used before for something else. Nothing was written; reload it and fill it in anew."
    ),
    "entry-not-canonical": _("%(field)s cannot be written exactly: %(found)s. Please correct it."),
    "journal-broken": _(
        "The journal does not verify; the first bad place is %(first)s. Stop working and tell IT and quality assurance."
    ),
}

NOT_WRITTEN = {
    "disk-full": _(
        "The entry could not be kept because the node's disk is full. Nothing was changed; tell IT, then send again."
    ),
    "read-only": _(
        "The entry could not be kept because the node's database is read-only. Nothing was changed; tell IT, then "
        "send again."
    ),
    "busy": _("The node was too busy to keep the entry. Nothing was changed; please send again."),
    "disk-fault": _(
        "The entry could not be kept because of a fault of the node's disk. Nothing was changed; tell IT at once."
    ),
    "key-missing": _(
        "The entry could not be kept because a key file of this site cannot be read. Nothing was changed; tell IT "
        "at once."
    ),
    "mirror-unreachable": _(
        "This act cannot be undone, so it waits until the mirror holds it, and the mirror does not answer. Nothing was "
        "changed; tell IT, then send again."
    ),
    "mirror-refused": _("The mirror did not take the entry. Nothing was changed; tell IT, then send again."),
    "mirror-answer-wrong": _(
        "The mirror's answer is not signed as it should be. Nothing was changed; tell IT at once."
    ),
    "mirror-key-missing": _(
        "The public key of the mirror cannot be read on this node. Nothing was changed; tell IT at once."
    ),
    "database": _("The entry could not be kept by the database. Nothing was changed; please send again, or tell IT."),
}

NETWORK = {
    "not-the-control-site": _(
        "This is decided at the control site of the network, not at %(site)s. Ask the coordinator there."
    ),
    "node-founds-only-itself": _("A node founds only its own site, not %(site)s."),
    "site-role-missing": _("%(site)s does not have the site role “%(role)s” today. The control site can enter it."),
    "site-not-qualified": _(
        "%(site)s is not qualified for %(product)s today. Quality assurance of the control site can qualify it."
    ),
    "not-authorised": _(
        "%(site)s has no legal basis in force for %(product)s today. Quality assurance of the control site enters "
        "authorisations."
    ),
    "country-rules-unreadable": _(
        "The rules of %(country)s need a number of signatures for each custody event. Correct the document."
    ),
    "process-version-unknown": _("Process %(process)s has no version %(number)s. Choose an approved version."),
    "process-version-superseded": _("Version %(number)s of %(process)s is superseded. Choose the version in force."),
    "process-version-not-in-force": _(
        "Version %(number)s is not the one in force at this site, which is %(in_force)s."
    ),
    "site-not-in-master-file": _(
        "The edition in force of the master file of %(product)s does not name %(site)s. Quality assurance of the "
        "control site can put a new edition in force."
    ),
    "annexes-unreadable": _("The site annexes must name at least one site and its process version."),
    "recipe-unreadable": _(
        "The recipe cannot be executed: %(where)s %(fault)s. Quality assurance corrects the master recipe."
    ),
    "specification-unreadable": _(
        "The specification cannot be read in row %(row)s: %(fault)s. Quality assurance corrects it."
    ),
    "material-rejected": _("Material lot %(material)s was rejected for good. Receive another lot."),
    "material-not-released": _(
        "Material lot %(material)s may not be used: %(status)s. Quality assurance can judge it."
    ),
    "material-expired": _("Material lot %(material)s expired on %(expires_on)s. Scan another lot."),
    "material-not-in-step": _(
        "Phase %(phase)s does not use %(kind)s (lot %(material)s). Scan the material the phase asks for."
    ),
    "material-not-scanned": _("Phase %(phase)s also needs %(materials)s. Scan the lot into the step first."),
    "equipment-not-scanned": _("Phase %(phase)s needs equipment of class %(kind)s. Scan the one you used."),
    "equipment-wrong-kind": _("%(equipment)s is of class %(kind)s, but %(needed)s is needed. Scan the right one."),
    "equipment-retired": _("%(equipment)s was taken out of use. Use another instrument."),
    "equipment-out-of-calibration": _(
        "%(equipment)s was not in calibration that day (calibrated until %(calibrated_until)s). Use another, or "
        "have quality assurance record its calibration."
    ),
    "more-than-there-is": _("%(wanted)s %(unit)s are wanted, but only %(left)s %(unit)s are left. Check the amount."),
}
