"""Blind first, then the judge: whose turn it is to look, and what of a judge's verdicts a reviewer may be shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labeling.policy.checks import names_one_of
from labeling.policy.judging import FAIL, LABEL_OF_VERDICT, OVERALL, PASS, declared_value, judged_item, overall_label
from labeling.policy.rubrics import NOT_APPLICABLE, Question
from labeling.policy.sampling import uniform_draw

# Where every fourth label is followed by the judge's, people begin to label with the judge in mind.
MOST_REVEALED = 0.25
# What a reviewer reads of a judge's reasons, in characters.
LONGEST_WORDS = 1_000
# What somebody may say instead of their own verdict. An escalation asks for a decision and is no answer to a judge.
SECOND_VERDICTS = ("approve", "revise", "reject")
# Scales on which a judge's label is one of the answers.
COMPARED_SCALES = frozenset({"binary", "nominal", "ordinal", "pairwise"})
# What is stored as the question where it is the verdict; no criterion may be called so.
VERDICT = "verdict"


def is_offered(secret: str, *, reviewer_id: int, hand_out_id: int, reveal_share: float) -> bool:
    """The dice of the reveal. They know the person and the turn alone: gold and live, repeats and rounds fall alike.

    Left out of gold, a reveal would say after the submission that the item was live, and its absence, the larger the
    share, that it was gold: whoever may still take back would know when to look again. So gold is revealed too. Its
    known answer was given blind by then, is never met again, and is the truth that reliance is best measured against.
    """
    return uniform_draw(secret, "reveal", reviewer_id, hand_out_id) < reveal_share


@dataclass(frozen=True, slots=True)
class SaidByJudge:
    """One verdict of a judge: which version of it, on which of its criteria, and its reasons."""

    judge_version_id: int
    criterion: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class JudgeAnswer:
    """What the judge and the reviewer said of one question, in the same terms, and the judge's reasons."""

    judge_version_id: int
    question: str
    judge_label: str
    blind_label: str
    words: str


def answer_to_reveal(
    said: Sequence[SaidByJudge],
    *,
    questions: Sequence[Question],
    asks_verdict: bool,
    verdict: str,
    answers: Mapping[str, str],
) -> JudgeAnswer | None:
    """The first question that a judge and the reviewer both answered: of the output as a whole, else of a criterion.

    `said` has the newest judge version first. One question and no more: a second look at a whole form would be a
    second review. Where a judge's runs tie it said nothing, nor where its label is none of the rubric's.
    """
    subjects = list(subjects_of(questions, asks_verdict=asks_verdict))
    for judge_version_id in dict.fromkeys(one.judge_version_id for one in said):
        theirs = [one for one in said if one.judge_version_id == judge_version_id]
        for named, question in subjects:
            blind = blind_label_of(question, questions, verdict=verdict, answers=answers)
            judge, words = judge_label_of(question, [one for one in theirs if one.criterion == named])
            if blind and judge:
                key = question.key if question else VERDICT
                return JudgeAnswer(judge_version_id, key, judge, blind, words)
    return None


def subjects_of(questions: Sequence[Question], *, asks_verdict: bool) -> Iterator[tuple[str, Question | None]]:
    """What a judge may speak of, under the name it uses: None is the verdict. As calibration compares them."""
    compared = [one for one in questions if one.scale in COMPARED_SCALES and not one.parts and one.part is None]
    if not any(one.key == OVERALL for one in compared):
        if asks_verdict:
            yield OVERALL, None
        elif len(compared) == 1:
            yield OVERALL, compared[0]
    yield from ((one.key, one) for one in compared)


def blind_label_of(
    question: Question | None, questions: Sequence[Question], *, verdict: str, answers: Mapping[str, str]
) -> str:
    if question is None:
        gating = [one for one in questions if one.is_gating]
        return overall_label(verdict=verdict, answers=answers, questions=gating) or ""
    value = answers.get(question.key, "")
    return value if value != NOT_APPLICABLE else ""


def judge_label_of(question: Question | None, said: Sequence[SaidByJudge]) -> tuple[str, str]:
    """The judge's label over all its runs, and the reasons that came with it first; empty where it has none."""
    values = question.values if question else (PASS, FAIL)
    declared = [(declared_value(one.label, values) or "", one.words) for one in said]
    if not declared:
        return "", ""
    label = judged_item([(value, None) for value, _ in declared]).label or ""
    return label, next((words for value, words in declared if value == label and words.strip()), "")


def words_to_show(words: str, *, hidden_names: Iterable[str], is_pair: bool) -> str:
    """A judge's reasons as a reviewer may read them: cut short, and left out where they would tell the source.

    Of a pair they are left out too: the judge's A may be the reviewer's B.
    """
    text = words.strip()
    if is_pair or names_one_of([text], list(hidden_names)):
        return ""
    return text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1].rstrip()}…"


def label_of_second(value: str, *, question: str) -> str:
    """A second answer in the judge's terms."""
    return LABEL_OF_VERDICT[value] if question == VERDICT else value
