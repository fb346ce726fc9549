"""The tables of the signed book and of local credentials; imported nowhere outside this room.

Entry, Touch and Key rows are never changed; Head is the one moving row per site, and every value in it
can be recomputed from the entries. Credentials, tokens, sealed identities, checks of the book and kept
subtree roots are local and never leave the node.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Head(models.Model):
    """Where one site's log stands; locked while that site writes. Not ``own``: a mirror of another node's log."""

    site = models.CharField(max_length=60, primary_key=True)
    own = models.BooleanField(default=True)
    origin = models.CharField(max_length=200, unique=True)
    verifier_key = models.CharField(max_length=300)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")
    written_at = models.DateTimeField(null=True)
    checkpoint = models.TextField(default="")


class Entry(models.Model):
    """One accepted act: the exact bytes that were hashed, and columns to find it by."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    index = models.BigIntegerField()
    act = models.CharField(max_length=80, unique=True)
    action = models.CharField(max_length=60, db_index=True)
    person = models.CharField(max_length=60, db_index=True)
    happened_at = models.DateTimeField()
    written_at = models.DateTimeField(db_index=True)
    leaf = models.BinaryField()
    body = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "index"], name="entry_site_index")]


class Touch(models.Model):
    """Which entry is version n of which subject; the pair is unique, so nothing is overwritten."""

    id = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=130)
    version = models.BigIntegerField()
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "version"], name="touch_version")]


class Credentials(BaseUserManager["Credential"]):
    """Finds credentials by person code for Django's login."""


class Credential(AbstractBaseUser):
    """What a person knows and holds to log in and sign; local, and never part of an entry."""

    person = models.CharField(max_length=60, unique=True)
    wrapped_key = models.BinaryField(default=b"")
    second_factor = models.CharField(max_length=300, default="")
    passkeys = models.JSONField(default=list)
    demo = models.BooleanField(default=False)
    failures = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "person"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = Credentials()


class Ceremony(models.Model):
    """A continuous signing session: both components were given at its first signing."""

    session = models.CharField(max_length=64, primary_key=True)
    person = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()


class Occurrence(models.Model):
    """Something that happened to a person's credentials (a login, a wrong attempt, a change); local, only added to."""

    id = models.BigAutoField(primary_key=True)
    person = models.CharField(max_length=60, db_index=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)


class Reading(models.Model):
    """Who looked at a sealed identity, and when; local, never changed."""

    id = models.BigAutoField(primary_key=True)
    journey = models.CharField(max_length=60, db_index=True)
    person = models.CharField(max_length=60)
    at = models.DateTimeField()


class Sealed(models.Model):
    """A patient's identity under that patient's own key; erasure deletes key, salt and ciphertext."""

    journey = models.CharField(max_length=60, primary_key=True)
    site = models.CharField(max_length=60)
    wrapped_key = models.BinaryField(default=b"")
    ciphertext = models.BinaryField(default=b"")
    erased_at = models.DateTimeField(null=True)


class Token(models.Model):
    """A personal key to the interface: only its digest is kept, and it opens no more than its person may see."""

    id = models.BigAutoField(primary_key=True)
    person = models.CharField(max_length=60, db_index=True)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=60, default="")
    used_at = models.DateTimeField(null=True)


class Checkup(models.Model):
    """One verification of the whole book: who asked, how far it came and what it found; local."""

    id = models.BigAutoField(primary_key=True)
    by = models.CharField(max_length=60, default="")
    begun_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    expected = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    register_rows = models.BigIntegerField(default=0)
    sound = models.BooleanField(null=True)
    faults = models.JSONField(default=list)
    fault_count = models.BigIntegerField(default=0)
    logs = models.JSONField(default=dict)


class Scenario(models.Model):
    """A planning scenario as its file says it: which site keeps it, since when and from whom; local, never changed."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=64, db_index=True)
    site = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    by = models.CharField(max_length=60)
    kept_at = models.DateTimeField()
    yaml = models.BooleanField(default=False)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "digest"], name="scenario_once_a_site")]


class ProtocolDraft(models.Model):
    """A protocol that is being written at a site, as typed: what it amends, who saved it last; local, no entry."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60, db_index=True)
    protocol = models.CharField(max_length=60)
    number = models.CharField(max_length=60, default="")
    amends = models.CharField(max_length=60, default="")
    lines = models.JSONField(default=dict)
    begun_by = models.CharField(max_length=60)
    begun_at = models.DateTimeField()
    saved_by = models.CharField(max_length=60)
    saved_at = models.DateTimeField()
    ended = models.CharField(max_length=20, default="")


class Calculation(models.Model):
    """A planning run begun on screen: what was asked, how far it is, what came out or why nothing did; local."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    scenario = models.ForeignKey(Scenario, models.CASCADE)
    by = models.CharField(max_length=60)
    asked = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    stop = models.BooleanField(default=False)
    done = models.IntegerField(default=0)
    expected = models.IntegerField(default=0)
    answer = models.JSONField(null=True)
    fault = models.TextField(default="")


class Chore(models.Model):
    """Something this node does by itself: when last, with what result, and how often in vain since; local."""

    name = models.CharField(max_length=80, primary_key=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    good_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    said = models.TextField(default="")


class Subtree(models.Model):
    """The root of a complete subtree of a log (256 leaves to the power of ``level``): a shortcut, never evidence."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    level = models.IntegerField()
    index = models.BigIntegerField()
    root = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "level", "index"], name="subtree_place")]


class Charter(models.Model):
    """Who the network is from one moment on: a note signed by enough of the members before. Never changed."""

    number = models.BigIntegerField(primary_key=True)
    note = models.TextField()


class Mark(models.Model):
    """A signed checkpoint of another node's log at which this node stood: the rungs of the mirror."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    size = models.BigIntegerField()
    note = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "size"], name="mark_place")]


class Cosignature(models.Model):
    """The newest verified statement of one member that it holds a log up to an entry."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    by = models.CharField(max_length=60)
    size = models.BigIntegerField()
    at = models.DateTimeField()
    note = models.TextField()
    line = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "by"], name="cosignature_of")]


class Fork(models.Model):
    """Two checkpoints of one log that cannot both be true, each with the signature of its key."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    index = models.BigIntegerField()
    ours = models.TextField()
    theirs = models.TextField()
    found_at = models.DateTimeField()


class SetBack(models.Model):
    """This node's own log is held further elsewhere: nothing is written here until it is relearned up to there."""

    site = models.CharField(max_length=60, primary_key=True)
    size = models.BigIntegerField()
    found_at = models.DateTimeField()


class Transit(models.Model):
    """One parcel that left or arrived: what was in it, on which legal basis, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    way = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    log = models.CharField(max_length=60)
    peer = models.CharField(max_length=60)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    bytes = models.BigIntegerField()
    classes = models.JSONField(default=dict)
    at = models.DateTimeField()
    state = models.CharField(max_length=20)
    told = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["way", "digest", "peer"], name="transit_parcel")]


class Named(models.Model):
    """One log's entry names the head of another: taken from its entries, and made again from them if it is lost.

    ``good``: the named root is ours at that size; none while we do not hold so much of that log.
    """

    id = models.BigAutoField(primary_key=True)
    by = models.CharField(max_length=60)
    index = models.BigIntegerField()
    of = models.CharField(max_length=60)
    size = models.BigIntegerField()
    root = models.CharField(max_length=44)
    good = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["by", "index", "of"], name="named_place")]
        indexes: ClassVar = [models.Index(fields=["of", "size"]), models.Index(fields=["good"])]


class Covered(models.Model):
    """The first verified cosignature of one member over a log at one size, with the time it states; never changed."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    by = models.CharField(max_length=60)
    size = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "by", "size"], name="covered_place")]


class Skew(models.Model):
    """An entry whose claimed time lies outside what other sites' clocks prove; kept, and shown, never refused."""

    id = models.BigAutoField(primary_key=True)
    site = models.CharField(max_length=60)
    index = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    claimed = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    not_after = models.DateTimeField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "index"], name="skew_place")]
