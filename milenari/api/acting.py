"""Acting: what can be done, and doing it. A token never signs: every act carries a signature of its own.

Either the person's passkey signs the exact bytes of a proposed entry, or both components of the person's
signature come with the act (21 CFR 11.200(a)(1)). Decision 10 says why not less.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Router, Status
from pydantic import AwareDatetime, Field

from milenari.api import book, problem, shapes
from milenari.api.asking import answers
from milenari.api.door import caller_of, encrypted, needs, require_readable
from milenari.journal import clock, perform, person, read, referral, sign, tokens
from milenari.rules.action import ACTIONS, Action, Refused
from milenari.rules.fields import Spec
from milenari.words import Role, iso, utc

router = Router(tags=["actions"])
REFER = "refer-patient"
SEALED = ("commitment", "age_months")  # filled in by the node when the identity is sealed

Id = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{7,79}$", description="made by the caller; reused for retries")
]
Site = Annotated[str, Field(max_length=60)]
ActionCode = Annotated[str, Path(max_length=60)]


class Identity(shapes.Strict):
    """What names a child: sealed at the treating site in the same transaction, and never part of the entry."""

    family_name: str = Field(max_length=120)
    given_name: str = Field(max_length=120)
    born_on: str = Field(max_length=10, description="YYYY-MM-DD")
    hospital_number: str = Field(max_length=120)


class Components(shapes.Strict):
    """Both components of the person's signature, given for this one act."""

    kind: Literal["components"]
    password: str = Field(max_length=1000)
    second_factor: str = Field(max_length=40)


class Assertion(shapes.Strict):
    client_data: str = Field(max_length=10_000, description="base64")
    authenticator_data: str = Field(max_length=10_000, description="base64")
    sig: str = Field(max_length=10_000, description="base64")


class Passkey(shapes.Strict):
    """The assertion of a passkey over the challenge of a proposal, with that proposal's instant."""

    kind: Literal["webauthn"]
    key: str = Field(max_length=2000)
    written_at: AwareDatetime
    assertion: Assertion


class Asked(shapes.Strict):
    """One act: its id, where and as what it is done, and the action's own fields."""

    act: Id
    site: Site
    role: Role | None = None
    data: dict[str, Any] = Field(description='numbers with a point are texts: {"value": "18.4", "unit": "kg"}')
    reason: str = Field("", max_length=2000)
    happened_at: AwareDatetime | None = None
    seen: dict[str, int] = Field({}, description="versions the person had before their eyes, by subject")


class Proposed(Asked):
    key: str = Field(max_length=2000, description="the passkey that will sign, as in `keys` of /me")


class Signed(Asked):
    signature: Components | Passkey = Field(discriminator="kind")
    identity: Identity | None = Field(None, description="only and always for refer-patient")


# -- what there is --------------------------------------------------------------------------------------


def _field(name: str, spec: Spec) -> dict[str, Any]:
    return {
        "name": name, "kind": spec.kind, "label": spec.label, "help": spec.help, "required": spec.required,
        "of": list(spec.of), "touch": spec.touch, "low": spec.low, "high": spec.high,
        "longest": spec.longest if spec.kind == "text" else None, "past": spec.past, "censored": spec.censored,
    }  # fmt: skip


def _action(cls: type[Action]) -> dict[str, Any]:
    sealed = SEALED if cls.code == REFER else ()
    return {
        "code": cls.code, "title": problem.title(cls.code), "does": " ".join((cls.__doc__ or "").split()),
        "roles": [str(role) for role in cls.roles], "meaning": str(cls.meaning), "needs_reason": cls.needs_reason,
        "needs_identity": cls.code == REFER,
        "fields": [_field(name, spec) for name, spec in cls.fields.items() if name not in sealed],
    }  # fmt: skip


def _known(request: HttpRequest, code: str) -> type[Action]:
    cls = ACTIONS.get(code)
    if cls is None or set(cls.roles) == {Role.NODE}:
        raise Refused("action-unknown", code=code)
    request.action_code = code  # type: ignore[attr-defined]
    return cls


@router.get("/actions", response=answers(list[shapes.ActionShape]), operation_id="actions")
@needs(tokens.READ)
def actions(request: HttpRequest) -> Any:
    """Every action with its fields, units, physical bounds, roles and what its signature means."""
    return [_action(cls) for code, cls in sorted(ACTIONS.items()) if set(cls.roles) != {Role.NODE}]


@router.get("/actions/{code}", response=answers(shapes.ActionShape, 404), operation_id="action")
@needs(tokens.READ)
def action(request: HttpRequest, code: ActionCode) -> Any:
    """One action."""
    return _action(_known(request, code))


# -- doing ----------------------------------------------------------------------------------------------


def _built(request: HttpRequest, code: str, asked: Asked) -> Action:
    """The action of a request; nobody tells the node what it sealed."""
    cls = _known(request, code)
    require_readable(asked.model_dump(mode="python", exclude={"happened_at", "signature"}))
    data = dict(asked.data)
    if code == REFER:
        sent = next((name for name in SEALED if name in data), "")
        if sent:
            raise Refused("sealed-by-the-node", field=sent)
        data |= {"age_months": "0", "commitment": "pending"}
    caller = caller_of(request)
    if asked.role is Role.NODE:
        raise Refused("role-not-held", person=caller.person, role=asked.role, site=asked.site)
    built: Action = cls.from_data(data)
    return built


def _request(asked: Asked, action: Action, pen: sign.Pen | sign.PasskeyPen) -> perform.Request:
    return perform.Request(
        action, pen, asked.site, asked.role, asked.act, asked.happened_at, asked.reason, tuple(asked.seen.items())
    )


@router.post("/actions/{code}/proposal", response=answers(shapes.ProposalShape, 404, 409), operation_id="propose")
@needs(tokens.ACT)
def propose(request: HttpRequest, code: ActionCode, asked: Proposed) -> Any:
    """Ask the rule, write nothing, and get the exact bytes that a passkey is to sign within two minutes.

    Send the same act with the assertion to the action itself; act id and ``written_at`` bind the two.
    """
    caller = caller_of(request)
    if code == REFER:
        raise Refused("signature-kind-refused", kind=sign.PASSKEY, action=code)
    built = _built(request, code, asked)
    _require_passkey(asked.key)
    pen = sign.PasskeyPen(caller.person, asked.key, clock.now(), asked.act, {})
    message, act, now = perform.propose(_request(asked, built, pen))
    challenge = base64.urlsafe_b64encode(sign.challenge(message)).decode().rstrip("=")
    return {
        "act": act, "written_at": now, "good_until": now + perform.PROPOSAL_HOLDS, "key": asked.key,
        "message_base64": sign.b64(message), "challenge_base64url": challenge,
        "relying_party": asked.key.split(":")[1],
    }  # fmt: skip


def _require_passkey(key: str) -> None:
    """A bare key proves one component only, whoever holds it: it signs nothing here."""
    if not key.startswith(f"{sign.PASSKEY}:") or key.count(":") < 2:
        raise Refused("signature-kind-refused", kind=key.partition(":")[0][:20] or "-", action="")


@router.post(
    "/actions/{code}", response={**answers(shapes.WrittenShape, 404, 409), 201: shapes.WrittenShape}, operation_id="act"
)
@needs(tokens.ACT)
def act(request: HttpRequest, code: ActionCode, asked: Signed) -> Any:
    """Do one signed act: 201 when it was written, 200 when this act id had written the very same before.

    A refusal writes nothing. After a lost answer send the same request again: it doubles nothing.
    """
    caller = caller_of(request)
    built = _built(request, code, asked)
    if (code == REFER) != (asked.identity is not None):
        raise Refused("identity-incomplete", field="identity")
    earlier = _earlier(caller.person, asked, built)
    if earlier is not None:
        return Status(200, _written(earlier.entry, earlier.site, earlier.index, repeated=True))
    pen = _pen(request, caller.person, asked)
    request_ = _request(asked, built, pen)
    if asked.identity is None:
        done = perform.perform_all([request_])[0]
    else:
        done = referral.refer(request_, asked.identity.model_dump())
    answer = _written(done.entry, done.site, done.index, done.repeated)
    return Status(200 if done.repeated else 201, answer)


def _earlier(who: str, asked: Asked, built: Action) -> read.Seen | None:
    """The entry that this very act became before, so that a retry needs no second one-time code."""
    try:
        seen = read.entry_of_act(asked.act)
    except Refused:
        return None
    same = seen.entry.by == who and seen.site == asked.site and referral.same(seen.entry.action, built)
    if not same:
        raise Refused("act-id-reused", act=asked.act, action=built.code)
    return seen


def _pen(request: HttpRequest, who: str, asked: Signed) -> sign.Pen | sign.PasskeyPen:
    given = asked.signature
    if isinstance(given, Components):
        if not encrypted(request):
            raise Refused("needs-encryption")
        require_readable([given.password, given.second_factor])
        # No continuous session here: every act has both components (11.200(a)(1)(ii)).
        return person.open_pen(who, given.password, given.second_factor)
    if asked.identity is not None:
        raise Refused("signature-kind-refused", kind=sign.PASSKEY, action=REFER)
    _require_passkey(given.key)
    return sign.PasskeyPen(who, given.key, utc(iso(given.written_at)), asked.act, given.assertion.model_dump())


def _written(entry: Any, site: str, index: int, repeated: bool) -> dict[str, Any]:
    return {
        "repeated": repeated, "log": f"{site}/{index}", "act": entry.act, "action": entry.action.code,
        "about": entry.about, "happened_at": entry.happened_at, "written_at": entry.written_at,
        "subjects": book.versions(entry), "findings": book.findings(entry),
    }  # fmt: skip
