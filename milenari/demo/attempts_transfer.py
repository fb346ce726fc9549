"""Forbidden acts of transfer, comparability, stability and exchange, tried like the others (attempts)."""

from __future__ import annotations

from copy import deepcopy

from milenari.demo import published, story_comparability
from milenari.demo.attempting import TODAY, Act, Attempt
from milenari.demo.story_network import MAKERS
from milenari.demo.story_patient import CHILDREN
from milenari.demo.story_stability import CAP, LEVEL, TRIAL
from milenari.demo.story_transfer import FAILED, LOT, PRODUCT, way
from milenari.demo.story_vector import LOT as FIRST_LOT
from milenari.rules.digest import digest_of

TRIED = "C-TRIED"
LATE = "2060-01-01"  # beyond every shelf life


def _start(version: str = "2") -> Act:
    child = CHILDREN["BEY-J-003"]
    return Act("bey-operator", "start-batch", {"batch": "BEY-B-003", "journey": child.journey, "label": child.coi,
                                               "collection": child.bag, "process_version": version})  # fmt: skip


def _locked() -> tuple[Act, ...]:
    """A study of Beirut's that is locked and has no runs yet."""
    protocol = story_comparability.protocol(3)
    drafted = {"study": TRIED, "product": PRODUCT, "reference": "BCN", "candidate": "BEY", "protocol": protocol}
    consent = {"consent": f"{TRIED}/BEY", "study": TRIED, "digest": digest_of(protocol)}
    return (Act("bcn-qa", "draft-comparability", drafted), Act("bey-qa", "consent-protocol", consent),
            Act("bcn-qa2", "lock-comparability", {"study": TRIED}))  # fmt: skip


def _next_version() -> tuple[Act, ...]:
    """Version 3 of the recipe comes into force before Beirut has learned it."""
    document = deepcopy(published.document("ari0001_v2")) | {"number": "3"}
    document["recipe"]["training"]["version"] = "3"
    edition = {"masterfile": PRODUCT, "number": "3", "from_on": TODAY, "annexes": dict.fromkeys(MAKERS, "3")}
    return Act("bcn-qa", "approve-process", document), Act("bcn-qa", "effect-master-file", edition)


def attempts() -> list[Attempt]:
    """Each with what makes it dangerous; all are rolled back."""
    spend = {"allotment": f"{CAP}-BEY", "token": 2, "trial": TRIAL, "level": LEVEL, "journey": "AMM-J-002"}
    more = {"cap": CAP, "allotment": f"{CAP}-ROM", "to_site": "ROM", "count": 4, "expires_on": LATE}
    approved = {"site": "AMM", "product": PRODUCT, "evidence": "In a hurry", "from_on": TODAY,
                "until_on": LATE}  # fmt: skip
    failed = {"qualification": way("AMM"), "edge": "engineering-runs", "evidence": f"batch:{FAILED}",
              "judgement": "It nearly passed", "until_on": LATE}  # fmt: skip
    vector = {"batch": "ROM-B-004", "container": f"{FIRST_LOT}-007"}
    stopped = {"batch": "ROM-B-004", "phase": "P050", "equipment": "ROM-P2"}
    return [
        Attempt("start a child's batch at a site that is no longer ready", "runs-missing", _start(),
                (Act("bey-coordinator", "withdraw-evidence", {"evidence": "BEY-EV-engineering-runs"},
                     "Found wanting in an audit (fictional)"),)),
        Attempt("approve a site whose instrument is stopped", "support-lapsed",
                Act("bcn-qa", "qualify-site", approved)),
        Attempt("pass an edge on a run that failed", "run-not-accepted", Act("bcn-qa", "pass-edge", failed)),
        Attempt("enrol a run whose results are known", "results-seen",
                Act("bcn-qa", "enrol-comparability-run", {"study": TRIED, "batch": "BEY-K-D1"}, site="BCN"),
                _locked()),
        Attempt("lock a protocol that one has drafted", "own-work",
                Act("bcn-qa", "lock-comparability", {"study": TRIED}), _locked()[:2]),
        Attempt("certify a qualification run for a patient", "run-not-for-patients",
                Act("bey-qp", "certify-batch", {"batch": "BEY-K-D7", "stage": "final"})),
        Attempt("extend a lot beyond its shelf life", "expiry-beyond-shelf-life",
                Act("bcn-qa", "extend-lot", {"lot": LOT, "expires_on": LATE}, "It will keep")),
        Attempt("work under a version one has not been trained on", "training-incomplete", _start("3"),
                _next_version()),
        Attempt("work on an instrument whose calibration ran out", "equipment-out-of-calibration",
                Act("rom-operator", "sign-step", stopped), (Act("rom-operator", "spend-container", vector),)),
        Attempt("use vector that its plant withholds", "use-withheld", Act("rom-operator", "spend-container", vector),
                (Act("bcn-qa", "withhold-use", {"lease": "BCN", "of": f"lot:{FIRST_LOT}"},
                     "A retained container is looked at again (fictional)"),)),
        Attempt("use another site's place in the trial", "token-of-another-site",
                Act("amm-coordinator", "spend-token", spend)),
        Attempt("hand out more places than the trial has", "cap-reached", Act("bcn-coordinator", "issue-tokens", more)),
    ]  # fmt: skip
