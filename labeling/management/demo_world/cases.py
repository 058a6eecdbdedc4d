"""A generated item with the truth about it, and the rules of the shop that the truth follows from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeling.management.demo_world.facts import fill

POLICY_TITLE = "Fernhill support policy (demonstration shop), excerpt"
# What a kind of flaw makes of the answers of a reply that is right otherwise, and of its verdict.
HARM = {
    "wrong_number": ({"correct": "no"}, "reject"),
    "wrong_policy": ({"correct": "no", "complete": "3"}, "reject"),
    "promise": ({"correct": "no", "complete": "3"}, "reject"),
    "invented": ({"correct": "no", "complete": "3"}, "reject"),
    "leak": ({"correct": "no", "complete": "3"}, "reject"),
    "left_out": ({"complete": "2"}, "revise"),
    "cold": ({"tone": "1"}, "revise"),
    "empty": ({"correct": "no", "complete": "1", "tone": "3"}, "reject"),
    "misquote": ({"correct": "no", "grounded": "unsupported"}, "reject"),
    "made_up": ({"correct": "no", "complete": "3", "grounded": "partly"}, "reject"),
}
# A friendly opening is what makes a reply warm; without one it is plain, which is fine.
WARM, PLAIN = "4", "3"


@dataclass(frozen=True, slots=True)
class Case:
    """One generated item without its id, its source and its judge, and the truth about it."""

    scenario: str
    row: dict[str, Any]
    truth: dict[str, Any]
    flaw_kind: str = ""

    @property
    def texts(self) -> list[str]:
        return [self.row["output"]] if "output" in self.row else [one["text"] for one in self.row["outputs"]]


def truth_of(right: Mapping[str, str], flaw: Mapping[str, Any], facts: Mapping[str, str]) -> dict[str, Any]:
    """The answers of a reply that is right but for its flaw. One that needs no source is not ungrounded by it."""
    if not flaw:
        return {"is_bad": False, "flaw": "", "answers": dict(right), "verdict": "approve"}
    harm, verdict = HARM[flaw["kind"]]
    answers = {**right, **harm}
    if right["grounded"] == "na":
        answers["grounded"] = "na"
    if "complete" in flaw:
        answers["complete"] = flaw["complete"]
    return {
        "is_bad": True,
        "flaw": fill(flaw["flaw"], facts),
        "answers": answers,
        "verdict": flaw.get("verdict", verdict),
    }


def policy_excerpt(codes: Sequence[str]) -> str:
    return "\n\n".join([POLICY_TITLE, *(POLICIES[code] for code in codes)])


def read_policies() -> Iterator[tuple[str, str]]:
    """The rules of the shop by their code, as the hand-written outputs quote them."""
    with (Path(__file__).parent / "outputs.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            for rule in json.loads(line)["context"].get("policy", "").split("\n\n")[1:]:
                yield rule.partition("(")[2].partition(")")[0], rule


POLICIES = dict(read_policies())
