"""What a certified threshold promises, and of which outputs: those that only their confidence, or a draw, stops."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from labeling.policy.assessing import Evidence, assess
from labeling.policy.confidence import DERIVED_NAMES
from labeling.policy.policies import Policy

VALID_FOR = timedelta(days=90)
# A draw that no share below 1 reaches: what still goes to review goes there for certain.
HIGHEST_DRAW = math.nextafter(1.0, 0.0)
# Of a tier the share reviewed says who may ship; its minutes, due time and overlap do not.
PARTS_OF_A_PROMISE = ("requires", "judge_passes", "checks", "rules")


@dataclass(frozen=True, slots=True)
class Basis:
    """What errors at a threshold depend on besides the traffic: judges heard, rubrics in use, maps, the other grounds.

    Judges and rubrics by id, with the name that a page says; `grounds` is a hash of what else the policy asks.
    """

    judges: Mapping[str, str]
    rubrics: Mapping[str, str]
    maps: Sequence[int]
    grounds: str

    def as_document(self) -> dict[str, Any]:
        return {
            "judges": dict(self.judges),
            "rubrics": dict(self.rubrics),
            "maps": list(self.maps),
            "grounds": self.grounds,
        }


def reach_of(policy: Policy, *, signal: str) -> Policy:
    """The policy with a threshold that lets every value of a signal through, and the cold start over.

    Of what it ships, that signal alone decides. The cold start is what certifying ends, so it cannot exclude anything.
    """
    return replace(policy, confidence_signal=signal, confidence_cut=0.0, reviews_all_on_cold_start=False)


def score_of(evidence: Evidence, reach: Policy) -> float | None:
    """The signal's value, read as routing reads it today, of an item that only it or a draw would stop; None of others.

    A missing signal, a failed check, high stakes or a rule that reviews all send an item to people at any threshold, so
    the promise is not about it.
    """
    assessment = assess(evidence, reach, u=HIGHEST_DRAW, is_hold_over=True)
    if assessment.decision.outcome != "ship":
        return None
    derived = {signal.name: signal.value for signal in assessment.derived_signals}
    sent = {name: value for name, value in evidence.signals.items() if name not in DERIVED_NAMES}
    return derived.get(reach.confidence_signal, sent.get(reach.confidence_signal))


def hash_of_plan(*, signal: str, target: float, confidence: float, grid: Sequence[float], n_labels: int) -> str:
    """What a plan has settled, in one hash: the certificate is of this plan, and of none that was made to fit."""
    return hash_of(
        {"signal": signal, "target": target, "confidence": confidence, "grid": list(grid), "n_labels": n_labels}
    )


def hash_of_grounds(definition: Mapping[str, Any]) -> str:
    """All that a policy asks besides the confidence. Who may ship depends on it, and so does how bad that is."""
    shares = {name: tier.get("review_share") for name, tier in definition.get("tiers", {}).items()}
    return hash_of({**{part: definition.get(part) for part in PARTS_OF_A_PROMISE}, "tiers": shares})


def hash_of(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def why_lapsed(rests_on: Mapping[str, Any], basis: Basis, *, expires_at: datetime, now: datetime) -> str:
    """Why a certificate holds no longer, or nothing."""
    if expires_at <= now:
        return f"it ran out on {expires_at:%Y-%m-%d}"
    for part, words in (("judges", "the judges that are heard"), ("rubrics", "the rubrics in use")):
        if set(rests_on[part]) != set(getattr(basis, part)):
            return f"{words} changed since"
    if sorted(rests_on["maps"]) != sorted(basis.maps):
        return "the confidence is read through another map since"
    if rests_on["grounds"] != basis.grounds:
        return "the policy asks other things besides the confidence since"
    return ""
