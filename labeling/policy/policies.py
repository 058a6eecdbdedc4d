"""Routing policies as objects: parsed from JSON once, refused at save with the place marked, never guessed at."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labeling.policy.checks import Check, named, parse_check
from labeling.policy.conditions import FACTS, Condition, PolicyError, fields_of, parse_condition, reads_signal

KEYS = {
    "confidence",
    "requires",
    "judge_passes",
    "tiers",
    "audit_share",
    "cold_start",
    "checks",
    "rules",
}
TIERS = ("high", "medium", "low")
# Everything to people; shipping on a signal that is not proved yet, for a reason; or only if labels have proved it.
COLD_STARTS = ("review_all", "sampled", "proved")
# Below this share of what ships, an audit says next to nothing about what escapes.
LEAST_AUDIT_SHARE = 0.01
LONGEST_OWNER = 120
RULE_REASONS = (
    "named_decision",
    "outcome_process_disagree",
    "policy_sensitive_tool",
    "hard_to_reverse",
    "overspend",
    "regulated_subject",
    "money_data_auth_code",
    "novel",
    "adversarial",
    "field_rule",
)


@dataclass(frozen=True, slots=True)
class Tier:
    """How one stakes tier is treated: share reviewed, minutes a review takes, hours until due, raters an item."""

    review_share: float
    minutes: float
    due_hours: float
    overlap: int
    consequence_owner: str = ""


@dataclass(frozen=True)
class Rule:
    """A named ground for review. A locked rule reviews everything it matches and cannot be loosened."""

    name: str
    when: Condition
    review_share: float
    reason: str
    is_locked: bool

    @cached_property
    def words(self) -> str:
        return f"{self.name}: {self.when}"

    @cached_property
    def reads_signals(self) -> bool:
        """Whether it may depend on what is still on its way."""
        return any(reads_signal(field) for field in fields_of(self.when))


@dataclass(frozen=True, slots=True)
class Policy:
    confidence_signal: str
    confidence_cut: float
    required_signals: tuple[str, ...]
    judge_passes: tuple[str, frozenset[str]] | None
    tiers: Mapping[str, Tier]
    audit_share: float
    reviews_all_on_cold_start: bool
    cold_start_reason: str
    checks: tuple[Check, ...]
    rules: tuple[Rule, ...]


DEFAULT_DEFINITION: dict[str, Any] = {
    "confidence": {"signal": "judge_vote_share", "cut": 0.9},
    "requires": ["judge_vote_share"],
    "judge_passes": {"criterion": "overall", "labels": ["pass"]},
    "tiers": {
        "high": {
            "review_share": 1.0,
            "minutes": 4,
            "due_hours": 4,
            "overlap": 2,
            "consequence_owner": "the admins of this project",
        },
        "medium": {"review_share": 0.1, "minutes": 3, "due_hours": 24, "overlap": 1},
        "low": {"review_share": 0.005, "minutes": 5, "due_hours": 72, "overlap": 1},
    },
    "audit_share": 0.02,
    "cold_start": {"mode": "review_all", "reason": ""},
    "checks": [{"name": "names its source", "kind": "names_its_source", "on_failure": "review"}],
    "rules": [],
}


def parse_policy(definition: Any) -> Policy:
    """The policy a JSON object says.

    Raises
    ------
    PolicyError
        With the path of the first part that is missing, unknown or out of range.
    """
    if not isinstance(definition, Mapping):
        raise PolicyError("policy", "write one JSON object")
    refuse_unstorable(definition)
    for key in sorted(set(definition) - KEYS):
        raise PolicyError(key or "policy", f"unknown key; a policy has {', '.join(sorted(KEYS))}")
    for key in sorted(KEYS - {"judge_passes"} - set(definition)):
        raise PolicyError(key, "missing")
    audit_share = share_of(definition, "audit_share", "audit_share")
    if audit_share < LEAST_AUDIT_SHARE:
        raise PolicyError("audit_share", f"at least {LEAST_AUDIT_SHARE:.0%} of what ships is audited")
    cold_start_mode, cold_start_reason = parse_cold_start(object_of(definition, "cold_start", "cold_start"))
    confidence = object_of(definition, "confidence", "confidence")
    refuse_unknown(confidence, {"signal", "cut"}, "confidence")
    return Policy(
        confidence_signal=text_of(confidence, "signal", "confidence.signal"),
        confidence_cut=share_of(confidence, "cut", "confidence.cut"),
        required_signals=tuple(texts_in(definition["requires"], "requires")),
        judge_passes=parse_judge_passes(definition.get("judge_passes")),
        tiers=parse_tiers(object_of(definition, "tiers", "tiers")),
        audit_share=audit_share,
        reviews_all_on_cold_start=cold_start_mode == "review_all",
        cold_start_reason=cold_start_reason,
        checks=unique_names(
            [parse_check(raw, f"checks[{i}]") for i, raw in enumerate(list_of(definition, "checks"))], "checks"
        ),
        rules=unique_names(
            [parse_rule(raw, f"rules[{i}]") for i, raw in enumerate(list_of(definition, "rules"))], "rules"
        ),
    )


def refuse_unstorable(definition: Mapping[str, Any]) -> None:
    """Names and reasons are copied into every decision: what a database refuses would stop all routing later."""
    try:
        text = json.dumps(definition, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise PolicyError("policy", f"not plain JSON: {error}") from error
    if re.search(r"(?<!\\)(\\\\)*\\u0000", text):
        raise PolicyError("policy", "holds a NUL character (U+0000); remove it")


def refuse_unknown(raw: Mapping[str, Any], known: set[str], place: str) -> None:
    for key in sorted(set(raw) - known):
        raise PolicyError(f"{place}.{key}", f"unknown key; known are {', '.join(sorted(known))}")


def parse_cold_start(raw: Mapping[str, Any]) -> tuple[str, str]:
    """The mode and the reason for it."""
    refuse_unknown(raw, {"mode", "reason"}, "cold_start")
    mode, reason = raw.get("mode"), raw.get("reason", "")
    if not isinstance(reason, str):
        raise PolicyError("cold_start.reason", "write a text")
    if mode not in COLD_STARTS:
        raise PolicyError("cold_start.mode", f"say {', '.join(COLD_STARTS[:-1])} or {COLD_STARTS[-1]}")
    if mode == "sampled" and not reason.strip():
        raise PolicyError("cold_start.reason", "shipping on an unproved signal needs a reason")
    return mode, reason.strip() or ("labels show that its signal ranks errors" if mode == "proved" else "")


def parse_tiers(raw: Mapping[str, Any]) -> dict[str, Tier]:
    if set(raw) != set(TIERS):
        raise PolicyError("tiers", f"describe exactly {', '.join(TIERS)}")
    return {name: parse_tier(object_of(raw, name, f"tiers.{name}"), f"tiers.{name}") for name in TIERS}


def parse_tier(raw: Mapping[str, Any], place: str) -> Tier:
    refuse_unknown(raw, {"review_share", "minutes", "due_hours", "overlap", "consequence_owner"}, place)
    owner = raw.get("consequence_owner", "")
    if not isinstance(owner, str) or len(owner) > LONGEST_OWNER:
        raise PolicyError(f"{place}.consequence_owner", f"name a person or a role, in {LONGEST_OWNER} characters")
    overlap = raw.get("overlap", 1)
    if isinstance(overlap, bool) or not isinstance(overlap, int) or not 1 <= overlap <= 20:
        raise PolicyError(f"{place}.overlap", "write a whole number from 1 to 20")
    return Tier(
        review_share=share_of(raw, "review_share", f"{place}.review_share"),
        minutes=positive_of(raw, "minutes", place),
        due_hours=positive_of(raw, "due_hours", place),
        overlap=overlap,
        consequence_owner=owner.strip(),
    )


def refuse_unowned(policy: Policy) -> None:
    """Where stakes are high somebody answers for what goes wrong. Asked when a policy is published, not when it is
    read: one that was stored before is still understood."""
    if not policy.tiers["high"].consequence_owner:
        raise PolicyError("tiers.high.consequence_owner", "name who answers for what goes wrong at high stakes")


def parse_rule(raw: Any, place: str) -> Rule:
    if not isinstance(raw, Mapping):
        raise PolicyError(place, "write an object with name, when and review_share")
    refuse_unknown(raw, {"name", "when", "review_share", "reason", "locked"}, place)
    reason, is_locked = raw.get("reason", "field_rule"), raw.get("locked", False)
    if reason not in RULE_REASONS:
        raise PolicyError(f"{place}.reason", f"not one of {', '.join(RULE_REASONS)}")
    if not isinstance(is_locked, bool):
        raise PolicyError(f"{place}.locked", "write true or false")
    review_share = share_of(raw, "review_share", f"{place}.review_share")
    if is_locked and review_share < 1:
        raise PolicyError(f"{place}.review_share", "a locked rule reviews everything it matches: write 1")
    when = parse_condition(raw.get("when"), f"{place}.when")
    for field in fields_of(when):
        # A misspelt field would never match, and the rule would guard nothing.
        if field.partition(".")[0] not in FACTS:
            raise PolicyError(f"{place}.when", f"{field!r} does not begin with one of {', '.join(FACTS)}")
    return Rule(named(raw, place), when, review_share, reason, is_locked)


def parse_judge_passes(raw: Any) -> tuple[str, frozenset[str]] | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise PolicyError("judge_passes", "write an object with criterion and labels, or leave it out")
    refuse_unknown(raw, {"criterion", "labels"}, "judge_passes")
    labels = texts_in(raw.get("labels"), "judge_passes.labels")
    if not labels:
        raise PolicyError("judge_passes.labels", "name at least one passing label")
    return text_of(raw, "criterion", "judge_passes.criterion"), frozenset(labels)


def loosened_locks(before: Policy, after: Policy) -> list[str]:
    """The names of locked rules of `before` that `after` drops or changes; publishing such a policy is refused.

    A rule is changed, too, by what it reads: another signal as *confidence*, a check that is gone or asks otherwise, or
    what a judge says of a criterion where it is tied, which the labels that pass there decide.
    """
    # By their spelling: as values `true` and `1` are equal in Python, and they match different items.
    kept = {(rule.name, repr(rule.when)) for rule in after.rules if rule.is_locked}
    return [
        rule.name
        for rule in before.rules
        if rule.is_locked and ((rule.name, repr(rule.when)) not in kept or reads_otherwise(rule, before, after))
    ]


def reads_otherwise(rule: Rule, before: Policy, after: Policy) -> bool:
    kept_checks = {repr(check) for check in after.checks}
    changed = {f"check.{check.name}" for check in before.checks if repr(check) not in kept_checks}
    if before.confidence_signal != after.confidence_signal:
        changed.add("confidence")
    if before.judge_passes and not keeps_judge(before.judge_passes, after.judge_passes):
        changed.add(f"judge.{before.judge_passes[0]}")
    return any(path in changed for path in fields_of(rule.when))


def keeps_judge(before: tuple[str, frozenset[str]], after: tuple[str, frozenset[str]] | None) -> bool:
    """Whether nothing passes a judge that did not pass before."""
    return after is not None and after[0] == before[0] and after[1] <= before[1]


def hash_of_definition(definition: Mapping[str, Any]) -> str:
    """The same for the same definition, in whatever order its keys came."""
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unique_names(parts: list[Any], place: str) -> tuple[Any, ...]:
    seen: set[str] = set()
    for index, part in enumerate(parts):
        if part.name in seen:
            raise PolicyError(f"{place}[{index}].name", f"{part.name!r} is used twice")
        seen.add(part.name)
    return tuple(parts)


def object_of(raw: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    value = raw.get(key)
    if not isinstance(value, Mapping):
        raise PolicyError(place, "write an object")
    return value


def list_of(raw: Mapping[str, Any], key: str) -> list[Any]:
    value = raw[key]
    if not isinstance(value, list):
        raise PolicyError(key, "write a list")
    return value


def text_of(raw: Mapping[str, Any], key: str, place: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(place, "write a text")
    return value.strip()


def texts_in(raw: Any, place: str) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(text, str) and text for text in raw):
        raise PolicyError(place, "write a list of texts")
    return raw


def share_of(raw: Mapping[str, Any], key: str, place: str) -> float:
    share = raw.get(key)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise PolicyError(place, "write a share from 0 to 1")
    return float(share)


def positive_of(raw: Mapping[str, Any], key: str, place: str) -> float:
    number = raw.get(key)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < 1e6:
        raise PolicyError(f"{place}.{key}", "write a number above 0")
    return float(number)
