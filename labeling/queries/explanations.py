"""What a reviewer sees after a training case: their answers beside the known ones, and why. Of nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labeling.models import Appeal, GoldCase, HandOut, Review
from labeling.policy.blinding import BlindItem, canonical_choice
from labeling.policy.finality import FirstPass, value_of
from labeling.policy.rubrics import NOT_APPLICABLE, Question
from labeling.queries.known_answers import KnownCase, is_right, known_case_of
from labeling.queries.reviews import shown_item
from labeling.queries.rubrics import answers_of
from labeling.queries.screenings import Progress, open_screening, progress_of


@dataclass(frozen=True, slots=True)
class ComparedAnswer:
    """One question in its words, with what was answered and what is known; `decides` where it makes a case right."""

    question: str
    part: str
    given: str
    known: str
    decides: bool

    @property
    def differs(self) -> bool:
        return self.given != self.known


@dataclass(frozen=True, slots=True)
class Explained:
    """One training case after its answer, with the appeal against it. Without progress once its screening ended."""

    token: str
    appeal: Appeal | None
    queue_id: int
    queue_name: str
    item: BlindItem
    answers: Sequence[ComparedAnswer]
    is_right: bool
    explanation: str
    progress: Progress | None

    @property
    def n_differing(self) -> int:
        return sum(one.differs for one in self.answers)


def explanation_of(hand_out: HandOut, review: Review) -> Explained:
    """Of a training turn that was submitted. The case is found by its item: what an entry is for, nothing asks here."""
    entry, queue = hand_out.entry, hand_out.slot.queue
    case = (
        GoldCase.objects.select_related("item__payload", "rubric_version")
        .prefetch_related("labels__criterion")
        .get(item=entry.item_id, rubric_version=entry.rubric_version_id)
    )
    known_case = known_case_of(case)
    answered = Review.objects.prefetch_related("answers__criterion").get(pk=review.pk)
    given = FirstPass(answered.verdict, answers_of(answered))
    screening = open_screening(queue, hand_out.reviewer)
    return Explained(
        token=hand_out.token,
        appeal=Appeal.objects.filter(review=review).first(),
        queue_id=queue.pk,
        queue_name=queue.name,
        item=shown_item(hand_out),
        answers=list(compared(given, known_case, order_shown=hand_out.order_shown)),
        is_right=is_right(given, known_case),
        explanation=case.explanation,
        progress=progress_of([screening])[screening.pk] if screening else None,
    )


def compared(given: FirstPass, known_case: KnownCase, *, order_shown: str) -> Iterator[ComparedAnswer]:
    """In the rubric's order, the verdict last, as at the desk; what neither of both answered is left out."""
    for question in known_case.questions:
        values = [value_of(one, question.key) for one in (given, known_case.known)]
        if question.is_compared and any(values):
            given_words, known_words = (words_for(value, question, order_shown=order_shown) for value in values)
            part = question.part.words if question.part else ""
            decides = question.key in known_case.decisive
            yield ComparedAnswer(question.question, part, given_words, known_words, decides)
    if known_case.known.verdict:
        yield ComparedAnswer("Verdict", "", given.verdict.capitalize(), known_case.known.verdict.capitalize(), True)


def words_for(value: str | None, question: Question, *, order_shown: str) -> str:
    """An answer as its button says it; of a pair by the letters that this reviewer saw."""
    if not value:
        return "No answer"
    if value == NOT_APPLICABLE:
        return "Not applicable"
    shown = canonical_choice(value, order_shown) if question.scale == "pairwise" else value
    return next((option.label for option in question.options if option.value == shown), shown)
