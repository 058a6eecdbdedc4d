"""What the judge of the demonstration says: three runs on an output, both orders of a pair, and honest mistakes.

Its next version has judged the mail of the last weeks too. It proved nothing yet, so it is in shadow.
"""

from random import Random
from typing import Any

from labeling.management.demo_world.cases import Case

JUDGE = {
    "name": "support-judge",
    "model": "cedar-large",
    "family": "cedar",
    "prompt_hash": "b41f77c0",
    "parameters": {"temperature": 0.7},
}
NEXT_JUDGE = {**JUDGE, "model": "cedar-large-2", "prompt_hash": "7e02d9aa"}
N_RUNS = 3
# The next version sees more faults, and finds a few more where there are none.
SEES_NEXT, FINDS_FAULT_NEXT = 0.88, 0.03
# How often the judge sees a flaw of this kind at all; it reads amounts and rules better than tone.
SEES = {
    "wrong_number": 0.78,
    "wrong_policy": 0.8,
    "promise": 0.82,
    "invented": 0.7,
    "leak": 0.95,
    "left_out": 0.72,
    "cold": 0.68,
    "empty": 1.0,
    "misquote": 0.84,
    "made_up": 0.66,
}
FINDS_FAULT_WITHOUT_REASON = 0.014
# How often one run says fail: where the judge sees a fault, and where it sees none.
FAILS_SEEN, FAILS_UNSEEN = 0.92, 0.006
RIGHT_ON_PAIRS, KEEPS_SIDE = 0.76, 0.85
PRAISE = (
    "Correct, complete and friendly.",
    "Everything in it can be found in the record and the policy.",
    "Answers what was asked and promises nothing.",
    "Right on the rule, polite in tone.",
    "Short, correct and to the point.",
    "Uses the record properly and explains the next step.",
)
FALSE_BLAME = (
    "Sounds a little reserved; the customer may expect more.",
    "Goes beyond the excerpt, although nothing contradicts it.",
    "Could apologise more clearly.",
    "The last sentence might raise expectations.",
    "Long for such a simple question.",
)


def verdicts_of(case: Case, dice: Random) -> list[dict[str, Any]]:
    return pair_verdicts(case, dice) if "outputs" in case.row else repeated_verdicts(case, dice)


def repeated_verdicts(case: Case, dice: Random) -> list[dict[str, Any]]:
    sees_fault = dice.random() < SEES.get(case.flaw_kind, FINDS_FAULT_WITHOUT_REASON)
    labels = ["fail" if dice.random() < (FAILS_SEEN if sees_fault else FAILS_UNSEEN) else "pass" for _ in range(N_RUNS)]
    blame = case.truth["flaw"] or dice.choice(FALSE_BLAME)
    verdicts = [verdict(label, run=run) for run, label in enumerate(labels, start=1)]
    verdicts[0]["rationale"] = dice.choice(PRAISE) if labels[0] == "pass" else blame
    return verdicts


def pair_verdicts(case: Case, dice: Random) -> list[dict[str, Any]]:
    """One verdict in each order. A judge that clings to a side in one of them says two things."""
    better = case.truth["answers"]["preference"]
    side = better if better in "ab" and dice.random() < RIGHT_ON_PAIRS else dice.choice("ab")
    other = "b" if side == "a" else "a"
    labels = (side, side if dice.random() < KEEPS_SIDE else other)
    verdicts = [verdict(label, run=1, order=order) for label, order in zip(labels, ("ab", "ba"), strict=True)]
    verdicts[0]["rationale"] = f"{side} serves the customer better: it is clearer about what happens next."
    return verdicts


def next_verdicts_of(known: dict[str, Any], dice: Random) -> list[dict[str, Any]]:
    """What the next version says of a single output that is as it is known to be."""
    sees_fault = dice.random() < (SEES_NEXT if known["is_bad"] else FINDS_FAULT_NEXT)
    fails = FAILS_SEEN if sees_fault else FAILS_UNSEEN
    labels = ["fail" if dice.random() < fails else "pass" for _ in range(N_RUNS)]
    verdicts = [verdict(label, run=run, judge=NEXT_JUDGE) for run, label in enumerate(labels, start=1)]
    praise, blame = dice.choice(PRAISE), known["flaw"] or dice.choice(FALSE_BLAME)
    verdicts[0]["rationale"] = praise if labels[0] == "pass" else blame
    return verdicts


def verdict(label: str, *, run: int, order: str = "single", judge: dict[str, Any] = JUDGE) -> dict[str, Any]:
    return {"judge": judge, "criterion": "overall", "label": label, "run": run, "order": order}
