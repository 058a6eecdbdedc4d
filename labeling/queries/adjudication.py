"""First-pass reviews as finality sees them, and the disputes that wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from labeling.models import Project, QueueEntry, Review, User
from labeling.policy.blinding import canonical_choice
from labeling.policy.finality import FirstPass
from labeling.policy.rubrics import Question, answer_key, criterion_and_part
from labeling.queries.rubrics import answers_of, asked_of_item, stated


def counted_reviews(entry: QueueEntry) -> QuerySet[Review]:
    """The reviews that count: in a slot and not withdrawn, in slot order."""
    return (
        Review.objects.filter(entry=entry, slot__isnull=False, withdrawal__isnull=True)
        .select_related("reviewer")
        .prefetch_related("answers__criterion")
        .order_by("slot__slot_no")
    )


def first_passes_of(entry: QueueEntry) -> list[FirstPass]:
    return [FirstPass(review.verdict, answers_of(review)) for review in counted_reviews(entry)]


def disputes_of(project: Project, user: User) -> QuerySet[QueueEntry]:
    """Disputed entries, the soonest due first; `is_mine` marks those this person labelled and may not settle."""
    counts = Q(reviews__slot__isnull=False, reviews__withdrawal__isnull=True)
    own = Review.objects.filter(entry=OuterRef("pk"), reviewer__user=user)
    return (
        QueueEntry.objects.filter(queue__project=project, state=QueueEntry.State.DISPUTED)
        .select_related("item", "queue", "rubric_version")
        .annotate(n_reviews=Count("reviews", filter=counts), is_mine=Exists(own))
        .order_by("priority", "due_at", "id")
    )


def splits_of(entries: Sequence[QueueEntry]) -> dict[int, list[str]]:
    """What the reviewers of each entry differ on, the verdict first. A constant number of queries for a page."""
    given: dict[int, list[Review]] = {entry.pk: [] for entry in entries}
    reviews = Review.objects.filter(entry__in=entries, slot__isnull=False, withdrawal__isnull=True)
    for review in reviews.prefetch_related("answers__criterion").order_by("slot__slot_no"):
        given[review.entry_id].append(review)
    return {entry_id: differences_between(passes) for entry_id, passes in given.items()}


def differences_between(reviews: Sequence[Review]) -> list[str]:
    names = []
    if any(review.verdict == Review.Verdict.ESCALATE for review in reviews):
        names.append("escalated by a reviewer")
    elif len({review.verdict for review in reviews}) > 1:
        names.append("verdict")
    values: dict[str, set[str]] = {}
    for review in reviews:
        for key, value in answers_of(review).items():
            values.setdefault(key, set()).add(value)
    return names + [key_in_words(key) for key, given in values.items() if len(given) > 1]


def key_in_words(key: str) -> str:
    """Such as: faithful, claim 2."""
    criterion, part = criterion_and_part(key)
    return f"{criterion}, {part.replace('-', ' ').replace('~', ', ')}" if part else criterion


@dataclass(frozen=True, slots=True)
class Voice:
    """What one reviewer said on one question, under a letter instead of a name."""

    letter: str
    value: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class DisputedQuestion:
    """One question with everything said on it. `agreed` is the value all of them gave, if they did.

    Not all may have been asked it. Words are read and not compared, so nobody rules on them.
    """

    question: Question
    voices: tuple[Voice, ...]

    @property
    def agreed(self) -> str:
        values = {voice.value for voice in self.voices}
        return values.pop() if len(values) == 1 and self.question.is_compared else ""

    @property
    def is_split(self) -> bool:
        return self.question.is_compared and len({voice.value for voice in self.voices}) > 1


@dataclass(frozen=True, slots=True)
class Dispute:
    """A disputed entry as its adjudicator sees it: who said what without names, and nothing of the source."""

    questions: tuple[DisputedQuestion, ...]
    verdicts: tuple[Voice, ...]
    letters_in_other_order: tuple[str, ...]


def dispute_in(entry: QueueEntry, *, order_shown: str) -> Dispute:
    """The reviews of an entry by letter, with pair choices in the order in which the adjudicator sees the pair."""
    reviews = list(counted_reviews(entry).select_related("hand_out"))
    lettered = [(chr(ord("A") + position), review) for position, review in enumerate(reviews)]
    given = {
        (letter, answer_key(answer.criterion.key, answer.part)): answer
        for letter, review in lettered
        for answer in review.answers.all()
    }
    questions = []
    for question in asked_of_item(entry.rubric_version, entry.item):
        voices = []
        for letter, _ in lettered:
            answer = given.get((letter, question.key))
            if answer is not None:
                value = stated(answer)
                if question.scale == "pairwise":
                    value = canonical_choice(value, order_shown)
                voices.append(Voice(letter, value, answer.rationale))
        questions.append(DisputedQuestion(question, tuple(voices)))
    return Dispute(
        questions=tuple(questions),
        verdicts=tuple(Voice(letter, review.verdict, review.note) for letter, review in lettered),
        letters_in_other_order=tuple(
            letter
            for letter, review in lettered
            if order_shown != "single" and review.hand_out.order_shown != order_shown
        ),
    )
