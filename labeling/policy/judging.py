"""A judge against people: what its verdicts on one item come to, and what the numbers about it mean in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from labeling.policy.agreement import LEAST_ITEMS, Reading
from labeling.policy.confidence import STATED
from labeling.policy.rubrics import Question, failing_keys

MAY_GATE_KAPPA = 0.75
BROKEN_KAPPA = 0.60
# The judge criterion that speaks of the output as a whole, and its labels.
OVERALL = "overall"
PASS, FAIL = "pass", "fail"
# A reviewer's verdict as the judge's label on the output as a whole; an escalation asks for a decision and is none.
LABEL_OF_VERDICT = {"approve": PASS, "revise": FAIL, "reject": FAIL}


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """What a judge said of one item on one criterion, over all runs and orders: no `label` where labels tie.

    `stated` is the mean of the confidences that came with the label, `vote_share` the label's share of the verdicts;
    one verdict has no share.
    """

    label: str | None
    n_verdicts: int
    stated: float | None = None
    vote_share: float | None = None

    def confidence(self, kind: str) -> float | None:
        return self.stated if kind == STATED else self.vote_share


def judged_item(verdicts: Sequence[tuple[str, float | None]]) -> JudgedItem:
    """One item's verdicts as (label, stated confidence or None): the most frequent label, or a tie."""
    counts = Counter(label for label, _ in verdicts).most_common()
    n_verdicts = len(verdicts)
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        return JudgedItem(None, n_verdicts)
    label, n_votes = counts[0]
    stated = [confidence for given, confidence in verdicts if given == label and confidence is not None]
    return JudgedItem(
        label,
        n_verdicts,
        stated=sum(stated) / len(stated) if stated else None,
        vote_share=n_votes / n_verdicts if n_verdicts > 1 else None,
    )


def overall_label(*, verdict: str, answers: Mapping[str, str], questions: Sequence[Question]) -> str | None:
    """A person's review as pass or fail. An escalation asks for a decision and is none."""
    if verdict in ("", "escalate"):
        return None
    return PASS if verdict == "approve" and not failing_keys(answers, questions) else FAIL


def read_kappa(
    *, value: float | None, low: float | None, high: float | None, n_items: int, undefined: str | None
) -> Reading:
    """What a judge may be trusted with, by the interval of its kappa with people on `n_items` items."""
    if n_items < LEAST_ITEMS:
        return Reading("missing", f"Not enough yet: {n_items} of about {LEAST_ITEMS} items")
    if value is None:
        return Reading("missing", f"Not computable: {undefined}")
    if low is None or high is None:
        return Reading("missing", "No interval, so no judgement")
    if low >= MAY_GATE_KAPPA:
        return Reading("ok", "May gate: eligible, which is not switched on")
    if high < BROKEN_KAPPA:
        return Reading("danger", "Broken: the rubric or the judge; do not rely on it")
    return Reading("warn", "Triage only: it may send items to people, never past them")


def read_ceiling(
    *, judge: float | None, judge_low: float | None, people: float | None, people_high: float | None
) -> str:
    """The judge's alpha beside the one among people on the same items; above it is a reason to look, not to cheer."""
    if people is None:
        return "No ceiling: no two people labelled the same of these items, or all said the same."
    if judge is None or judge <= people:
        return ""
    certainty = "the intervals overlap, so this may be chance"
    if judge_low is not None and people_high is not None and judge_low > people_high:
        certainty = "the intervals do not overlap"
    return (
        "The judge agrees with people more than people agree with each other "
        f"({certainty}). Look before trusting it: are people’s labels noisy here, did they see its verdict, "
        "was it tuned on these labels?"
    )


def read_lean(*, value: float | None, low: float | None, high: float | None) -> str:
    """Which way an ordered scale's judge leans, if its interval leaves 0 out."""
    if value is None or low is None or high is None:
        return ""
    if low > 0:
        return "The judge is the more generous."
    return "The judge is the stricter." if high < 0 else "No lean that the interval would not also give by chance."


def is_same_family(family: str, candidates: Sequence[str]) -> bool:
    """Whether a judge would be judging its own kin. Nobody writes the name twice the same way."""
    return bool(family.strip()) and family.strip().casefold() in {name.strip().casefold() for name in candidates}


def declared_value(label: str, values: Sequence[str]) -> str | None:
    """The rubric's value that a judge's label names: 4.0 is 4, and nothing else is guessed."""
    label = label.strip()
    if label in values:
        return label
    number = number_from(label)
    return next((value for value in values if number is not None and number_from(value) == number), None)


def number_from(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
