"""Succession: which key of a site signs what, and how a new one takes over without a window in which nobody writes.

A new key is made on the node and signs nothing (``replace_keys``). The next charter names it with the entry from which
it is good; from the moment that charter is in force here, ``log_key`` gives it for every checkpoint past that entry,
and for those before it the old one. Nothing is moved or renamed for that, so a crash in between leaves no third state.
If the log has grown past that entry meanwhile under the old key, its last checkpoint is signed again by the new one
when it is next shown; entries are signed by persons and stay as they are.

After a theft the new key takes over at the last entry that every other site has confirmed: what the thief could sign
with the old one is then known everywhere already, or good nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS

from milenari.journal import fold, keys, models
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange.charter import Member
from milenari.journal.note import Checkpoint, NoteError, NoteKey, open_checkpoint, sign_note, split_note
from milenari.journal.sign import Pen
from milenari.journal.tree import Frontier
from milenari.rules.action import Refused
from milenari.rules.exchange import ANCHORED


def member_by(note: str, site: str) -> Member | None:
    """The site as the charter of this note names it; None without a charter or outside it."""
    return charters.read(note).member(site) if note else None


def log_key(site: str, size: int, note: str) -> NoteKey:
    """The key that signs a site's checkpoint of this size by the charter of this note."""
    member = member_by(note, site)
    return keys.log_key(site, member.key_for_checkpoint(size) if member else "")


def present_log_key(site: str, using: str = DEFAULT_DB_ALIAS) -> NoteKey:
    """The key by which a site signs its waybills and requests now."""
    member = member_by(charters.newest_note(using), site)
    return keys.log_key(site, member.log if member else "")


def witness_key(site: str, using: str = DEFAULT_DB_ALIAS) -> NoteKey:
    """The key by which a site cosigns now."""
    member = member_by(charters.newest_note(using), site)
    return keys.witness_key(site, member.witness if member else "")


def root_key(site: str, using: str = DEFAULT_DB_ALIAS) -> NoteKey:
    """The key by which a site signs the next charter: the one that the present charter names."""
    member = member_by(charters.newest_note(using), site)
    return keys.root_key(site, member.root if member else "")


def node_pen(site: str, using: str = DEFAULT_DB_ALIAS) -> Pen:
    """The pen of the node itself for the next entry of a site."""
    head = models.Head.objects.using(using).get(site=site)
    return keys.node_pen(site, log_key(site, head.size + 1, charters.newest_note(using)).verifier.encode())


def public_log_key(head: models.Head, note: str) -> str:
    """The public key that has to have signed the last checkpoint of a log."""
    member = member_by(note, head.site)
    return member.key_for_checkpoint(head.size) if member else head.verifier_key


def key_of(checkpoint: str, head: models.Head, member: Member | None) -> str:
    """The key that is good for this checkpoint of a log, or the one before it that did sign it."""
    good = member.key_for_checkpoint(head.size) if member else head.verifier_key
    if member is None or signed_by(checkpoint, good):
        return good
    return next((key for key in member.every_key() if signed_by(checkpoint, key)), good)


def checkpoint_of(head: models.Head, using: str = DEFAULT_DB_ALIAS) -> str:
    """The last checkpoint of a log, signed by the key that is good for it; empty when that is still awaited.

    Awaited is it for another site's log whose new key took over below what is held: until its next parcel.
    """
    note = charters.newest_note(using)
    wanted = public_log_key(head, note)
    marks = models.Mark.objects.using(using).filter(site=head.site, size=head.size)
    for held in (head.checkpoint, *marks.values_list("note", flat=True)):
        if held and signed_by(held, wanted):
            return held
    if not head.own or not head.size:
        return ""
    checkpoint = Checkpoint(head.origin, head.size, Frontier.from_bytes(bytes(head.frontier)).root())
    return sign_note(checkpoint.body(), keys.log_key(head.site, wanted))


def signed_by(note: str, key: str) -> bool:
    """Whether a checkpoint is signed by a log's key."""
    try:
        open_checkpoint(note, key)
    except NoteError:
        return False
    return True


def settled(fork: models.Fork, member: Member | None) -> bool:
    """Whether a charter has replaced the key that signed both histories: then the new key says which one is true."""
    return member is not None and not signed_by(fork.theirs, member.log)


# -- making new keys ----------------------------------------------------------------------------------------


def member_here(site: str, *, stolen: bool = False, using: str = DEFAULT_DB_ALIAS) -> Member:
    """The newest public keys of a site of this node, as the next charter should name them."""
    sheet = fold.DiskBook(using).sheet(f"site:{site}")
    held = member_by(charters.newest_note(using), site)
    if not sheet.exists and held is None:
        raise Refused("site-not-here", site=site)
    head = models.Head.objects.using(using).filter(site=site, own=True).first()
    if head is None:
        raise Refused("site-not-here", site=site)
    found = {kind: keys.newest(site, kind) for kind in keys.KINDS}
    for kind, public in found.items():
        # A root key in its envelope is not on the node: the charter knows it.
        found[kind] = public or (getattr(held, kind) if held else "")
        if not found[kind] and kind != "box":
            raise keys.KeyMissing(f"the {kind} key of {site} is in no file here")
    if held is None:
        return Member(site, sheet.country, found["log"], found["root"], found["witness"], box=found["box"])
    made = replace(held, log=found["log"], root=found["root"], witness=found["witness"], box=found["box"])
    if held.log == made.log:
        return made
    at = _confirmed(held, using) if stolen else int(head.size)
    return replace(made, since=at, earlier=(*held.earlier, (held.log, at)))


def _confirmed(held: Member, using: str) -> int:
    """The last entry that every other member has signed for, but not below what the node itself signed with its key."""
    charter = charters.require_present(using)
    said = dict(models.Cosignature.objects.using(using).filter(site=held.site).values_list("by", "size"))
    least = min((said.get(m.site, 0) for m in charter.members if m.site != held.site), default=0)
    own = models.Entry.objects.using(using).filter(site=held.site, person=f"node-{held.site}").order_by("-index")
    last = own.values_list("index", flat=True).first()
    return max(held.since, least, 0 if last is None else last + 1)


def replace_keys(site: str, kinds: Iterable[str], *, stolen: bool = False, using: str = DEFAULT_DB_ALIAS) -> Member:
    """Make new keys of these kinds and say how the next charter should name the site; nothing signs with them yet.

    Repeated before that charter is in force, it makes no second one.
    """
    member_here(site, using=using)
    held = member_by(charters.newest_note(using), site)
    if held is None:
        raise Refused("no-network")
    for kind in kinds:
        if keys.newest(site, kind) in ("", getattr(held, kind)):
            keys.make_next(site, kind)
    return member_here(site, stolen=stolen, using=using)


# -- after a theft ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suspect:
    """One entry to be looked at after a theft: whether it cannot be undone, and who had confirmed it."""

    index: int
    act: str
    action: str
    by: str
    written_at: datetime
    cannot_be_undone: bool
    signed_by_node: bool
    confirmed_by: tuple[str, ...]


def to_be_looked_at(site: str, since: datetime, using: str = DEFAULT_DB_ALIAS) -> list[Suspect]:
    """Entries of a log from the suspected theft until the new key took over, what cannot be undone first."""
    member = member_by(charters.newest_note(using), site)
    rows = models.Entry.objects.using(using).filter(site=site, written_at__gte=since).order_by("index")
    if member is not None and member.earlier:
        rows = rows.filter(index__lt=_taken_over(member, since, using))
    said = dict(models.Cosignature.objects.using(using).filter(site=site).values_list("by", "size"))
    found = [
        Suspect(
            row.index, row.act, row.action, row.person, row.written_at, row.action in ANCHORED,
            row.person == f"node-{site}", tuple(sorted(by for by, size in said.items() if size > row.index)),
        )
        for row in rows.only("index", "act", "action", "person", "written_at")
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.cannot_be_undone, not one.signed_by_node, one.index))


def _taken_over(member: Member, since: datetime, using: str) -> int:
    """Below which entry to look: the first checkpoint that only the new key can have signed, or all there is."""
    head = models.Head.objects.using(using).get(site=member.site)
    marks = models.Mark.objects.using(using).filter(site=member.site, seen_at__gte=since).order_by("size")
    for size, note in marks.values_list("size", "note"):
        if signed_by(note, member.log):
            return int(size)
    return int(head.size)


def root_of(note: str) -> bytes:
    """The root that a checkpoint states; nothing is checked."""
    return Checkpoint.parse(split_note(note)[0]).root
