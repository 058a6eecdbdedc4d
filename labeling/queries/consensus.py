"""What the model of reviewers' habits makes of an item in dispute: a hint for whoever settles it, never a label."""

from dataclasses import dataclass

from labeling.models import QueueEntry
from labeling.policy.blinding import canonical_choice
from labeling.policy.rubrics import Question
from labeling.queries.agreement import newest_run_of
from labeling.queries.ratings import VERDICT


@dataclass(frozen=True, slots=True)
class Hint:
    """The likeliest label of one question by the newest run, in percent."""

    value: str
    percent: int
    is_sure: bool


def hints_for(entry: QueueEntry, questions: tuple[Question, ...], *, order_shown: str) -> dict[str, Hint]:
    """By question, with pair choices in the order in which the adjudicator sees the pair. One query.

    Nothing where the model was not offered, or the item came into dispute after the run.
    """
    run = newest_run_of(entry.rubric_version)
    if run is None:
        return {}
    scales = {question.key: question.scale for question in questions} | {VERDICT: ""}
    hints = {}
    for numbers in run.numbers["questions"]:
        consensus = numbers.get("consensus", {})
        found = consensus.get("hints", {}).get(str(entry.item_id))
        if found is None or numbers["key"] not in scales:
            continue
        value = found["label"]
        if scales[numbers["key"]] == "pairwise":
            value = canonical_choice(value, order_shown)
        percent = min(99, int(100 * found["probability"]))
        hints[numbers["key"]] = Hint(value, percent, is_sure=found["probability"] >= consensus["sure"])
    return hints
