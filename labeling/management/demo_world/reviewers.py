"""How the reviewers of the demonstration work: what they see and overlook, how fast, and what they write."""

from dataclasses import dataclass
from random import Random
from typing import Any

from labeling.policy.rubrics import NOT_APPLICABLE, Submission, given_answers
from labeling.policy.verdicts import FAILING_VERDICTS, NO_FINDING, Finding, VerdictDetails

BETTER = {"correct": "yes", "complete": "4", "tone": "4", "grounded": "supported"}
DOUBTS = (
    "The wording could be warmer.",
    "I'd have liked it to say which rule this rests on.",
    "I couldn't find this in the excerpt, though I may have read past it.",
    "Too sure of itself for my taste; I'd soften it.",
    "I read the policy differently here.",
)
FURTHER = (
    "",
    "",
    "",
    " The rest is fine.",
    " Easy to miss, because it's said so nicely.",
    " The customer would rely on it.",
)


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody reviews.

    sees : how often they see a flaw that is there; blames : how often one that is not
    slips : how often a point of tone or completeness lands beside the right one; muddles : revise for reject
    stamps : how often they give full marks for tone and completeness without a thought
    seconds : the least and the most that a review takes
    """

    sees: float
    blames: float
    slips: float
    seconds: tuple[int, int]
    muddles: float = 0.0
    stamps: float = 0.0


# The one day of the small demonstration.
ON_THE_DAY = {
    "ana": Habits(sees=0.95, blames=0.05, slips=0.3, seconds=(35, 190)),
    "ben": Habits(sees=0.82, blames=0.18, slips=0.3, seconds=(35, 190)),
    "cleo": Habits(sees=0.9, blames=0.1, slips=0.3, seconds=(35, 190)),
}
CAREFUL = Habits(sees=0.97, blames=0.01, slips=0.06, seconds=(65, 190), muddles=0.02)
SOLID = Habits(sees=0.95, blames=0.012, slips=0.07, seconds=(55, 170), muddles=0.03)
TIRED = Habits(sees=0.35, blames=0.004, slips=0.03, seconds=(7, 34), muddles=0.03, stamps=0.8)
# Counted from 0: the drift begins in the seventh week and is complete in the ninth.
DRIFT_BEGINS, DRIFT_WEEKS = 6, 3


def habits_of(name: str, *, week: int) -> Habits:
    """How a reviewer works in a week of the history: ana carefully, cleo and ben solidly, until ben drifts."""
    if name == "ana":
        return CAREFUL
    part = min(1.0, max(0.0, (week - DRIFT_BEGINS + 1) / DRIFT_WEEKS)) if name == "ben" else 0.0
    return Habits(
        sees=between(SOLID.sees, TIRED.sees, part),
        blames=between(SOLID.blames, TIRED.blames, part),
        slips=between(SOLID.slips, TIRED.slips, part),
        seconds=(
            round(between(SOLID.seconds[0], TIRED.seconds[0], part)),
            round(between(SOLID.seconds[1], TIRED.seconds[1], part)),
        ),
        muddles=SOLID.muddles,
        stamps=between(SOLID.stamps, TIRED.stamps, part),
    )


def between(fresh: float, tired: float, part: float) -> float:
    return fresh + part * (tired - fresh)


def submission_of(
    dice: Random, known: dict[str, Any], *, habits: Habits, note: str = "", doubt: str = DOUBTS[0]
) -> Submission:
    """What this reviewer says of an output that is as it is known to be. `doubt` is what they write if they blame."""
    answers = known_answers(known)
    verdict = known["verdict"] or ""
    is_fine = verdict == "approve"
    is_right = dice.random() < (1 - habits.blames if is_fine else habits.sees)
    if is_right:
        verdict = muddled(dice, verdict, habits)
    elif "preference" in answers:
        answers["preference"] = "a" if answers["preference"] == "tie" else "tie"
    elif is_fine:
        answers["correct"], verdict, note = "no", "revise", doubt
    else:
        verdict, note = "approve", ""
        answers |= {key: BETTER[key] for key in answers if not is_passing(key, answers[key])}
    if habits.stamps and dice.random() < habits.stamps:
        answers |= {key: BETTER[key] for key in ("tone", "complete") if key in answers and verdict == "approve"}
    for key in ("tone", "complete"):
        if key in answers and dice.random() < habits.slips:
            answers[key] = str(min(4, max(1, int(answers[key]) + dice.choice((-1, 1)))))
    if verdict not in ("", "approve") and not note:
        note = "The wording could be warmer." if verdict == "revise" else "This does not follow our policy."
    details = VerdictDetails(finding=finding_of(answers, verdict))
    return Submission(given_answers(answers), verdict=verdict, note=note, details=details)


def finding_of(answers: dict[str, str], verdict: str) -> Finding:
    """What failed by somebody's own answers. Nothing is drawn for it: the history stays as it is told."""
    if verdict not in FAILING_VERDICTS:
        return NO_FINDING
    if answers.get("grounded") == "unsupported":
        kind, cause = "unsupported_claim", "model"
    elif answers.get("correct") == "no":
        kind, cause = "factual_error", ""
    elif answers.get("complete") in ("1", "2"):
        kind, cause = "missing_information", "prompt"
    elif answers.get("tone") in ("1", "2"):
        kind, cause = "wrong_tone", "prompt"
    else:
        kind, cause = "policy_breach", ""
    worst = "critical" if kind == "unsupported_claim" else "major"
    return Finding(kind, worst if verdict == "reject" else "minor", cause)


def known_answers(known: dict[str, Any]) -> dict[str, str]:
    return {key: NOT_APPLICABLE if value == "na" else value for key, value in known["answers"].items()}


def muddled(dice: Random, verdict: str, habits: Habits) -> str:
    if habits.muddles and verdict in ("revise", "reject") and dice.random() < habits.muddles:
        return "reject" if verdict == "revise" else "revise"
    return verdict


def is_passing(key: str, value: str) -> bool:
    if key in ("complete", "tone"):
        return int(value) > 2
    return value in (BETTER[key], NOT_APPLICABLE)


def note_on(dice: Random, flaw: str) -> str:
    return flaw + dice.choice(FURTHER) if flaw else ""
