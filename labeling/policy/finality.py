"""When an item is final: the rule that turns first-pass reviews into one label, a tie-break or a dispute."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labeling.policy.parts import keys_asked
from labeling.policy.rubrics import Question, failing_keys

BAD_VERDICTS = frozenset({"reject", "revise"})


@dataclass(frozen=True, slots=True)
class FirstPass:
    """One counted review: its verdict and its answers by question, *not applicable* spelled as such.

    A question of a part has the part in its key, as `policy/parts.py` writes it.
    """

    verdict: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of an entry: `final` with a source, `tie_break` for one more slot, or `dispute` for a person."""

    outcome: str
    source: str = ""
    verdict: str = ""
    answers: Mapping[str, str] | None = None
    is_bad: bool = False
    split_on: tuple[str, ...] = ()


def settle(
    reviews: Sequence[FirstPass],
    questions: Sequence[Question],
    *,
    asks_verdict: bool,
    overlap: int,
    breaks_ties: bool,
) -> Settlement:
    """Settle an entry whose slots are all done. `questions` are those that its item asks.

    Reviews must agree on what decides: the verdict and the gating criteria, or every required or gating criterion
    where the rubric asks for no verdict. Two that differ get a third slot; a strict majority of three settles it,
    anything else goes to adjudication, and so does every escalation. No review at all settles nothing.
    """
    if not reviews:
        return Settlement("dispute")
    decisive = decisive_keys(questions, asks_verdict=asks_verdict)
    split = tuple(key for key in decisive if len({value_of(review, key) for review in reviews}) > 1)
    if any(review.verdict == "escalate" for review in reviews):
        return Settlement("dispute", split_on=("verdict",))
    if not split:
        return final_from(reviews, questions, source="single" if len(reviews) == 1 else "unanimous")
    if len(reviews) == 2 and overlap == 2 and breaks_ties:
        return Settlement("tie_break", split_on=split)
    is_after_tie_break = len(reviews) == overlap + 1
    if is_after_tie_break and all(has_majority(reviews, key) for key in decisive):
        return final_from(reviews, questions, source="majority")
    return Settlement("dispute", split_on=split)


def decisive_keys(questions: Sequence[Question], *, asks_verdict: bool) -> list[str]:
    """What reviews must agree on; of a gating question on each part. Words are never compared."""
    questions = [question for question in questions if question.is_compared]
    if asks_verdict:
        return ["verdict", *(question.key for question in questions if question.is_gating)]
    decisive = [question.key for question in questions if question.is_required or question.is_gating]
    # Where nothing is required everything decides, or two people who differ on all of it would be unanimous.
    return decisive or [question.key for question in questions]


def value_of(review: FirstPass, key: str) -> str | None:
    return review.verdict if key == "verdict" else review.answers.get(key)


def majority_of(reviews: Sequence[FirstPass], key: str) -> str | None:
    """The value that more than half of the reviews gave, or None; also where more than half gave none."""
    value, n_reviews = Counter(value_of(review, key) for review in reviews).most_common(1)[0]
    return value if n_reviews * 2 > len(reviews) else None


def has_majority(reviews: Sequence[FirstPass], key: str) -> bool:
    """Whether more than half of the reviews say the same, be it that the question was not asked of them."""
    counted = Counter(value_of(review, key) for review in reviews)
    return counted.most_common(1)[0][1] * 2 > len(reviews)


def final_from(reviews: Sequence[FirstPass], questions: Sequence[Question], *, source: str) -> Settlement:
    """The final label. A question without a majority has no final answer: nobody settled it.

    Neither has one in words, nor one that the other final answers do not ask; what most said of a gating question
    stands even where nobody settled the question that led to it, or an output that failed it would pass.
    """
    compared = [question.key for question in questions if question.is_compared]
    majorities = {key: majority_of(reviews, key) for key in compared}
    answers = {key: value for key, value in majorities.items() if value is not None}
    asked = keys_asked(questions, answers) | {question.key for question in questions if question.is_gating}
    answers = {key: value for key, value in answers.items() if key in asked}
    verdict = majority_of(reviews, "verdict") or ""
    return Settlement(
        "final", source, verdict, answers, is_bad=is_bad_output(verdict=verdict, answers=answers, questions=questions)
    )


def is_bad_output(*, verdict: str, answers: Mapping[str, str], questions: Sequence[Question]) -> bool:
    """Final verdict reject or revise, or a gating criterion failed."""
    return verdict in BAD_VERDICTS or bool(failing_keys(answers, questions))
