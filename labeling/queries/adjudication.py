"""First-pass reviews as finality sees them, and the disputes that wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value, When

from labeling.models import FinalLabel, Project, QueueEntry, Review, User
from labeling.policy.blinding import canonical_choice
from labeling.policy.finality import FirstPass
from labeling.policy.rubrics import Question, answer_key, criterion_and_part
from labeling.policy.text_diff import Piece, diff_of
from labeling.policy.verdicts import FAILING_VERDICTS, Finding, agreed_finding
from labeling.queries.ratings import END, VERDICT, questionings_at
from labeling.queries.rubrics import answers_of, asked_of_item, questions_of, stated
from labeling.queries.settling import with_bars
from labeling.queries.verdicts import finding_of


def counted_reviews(entry: QueueEntry) -> QuerySet[Review]:
    """The reviews that count: in a slot, not withdrawn and not in question, in slot order."""
    return (
        Review.objects.filter(
            ~Exists(questionings_at(until=END)), entry=entry, slot__isnull=False, withdrawal__isnull=True
        )
        .select_related("reviewer")
        .prefetch_related("answers__criterion")
        .order_by("slot__slot_no")
    )


def first_passes_of(entry: QueueEntry) -> list[FirstPass]:
    return [FirstPass(review.verdict, answers_of(review)) for review in counted_reviews(entry)]


def earlier_labels_of(entry: QueueEntry) -> QuerySet[FinalLabel]:
    """What was final before, each with why it was re-opened, the newest first."""
    return entry.final_labels.select_related(
        "adjudication__adjudicator", "reopening__reopened_by", "correction", "failure"
    ).order_by("-revision")


# How far apart verdicts are: approve against reject is the widest, and so is an escalation, which decides nothing.
PLACE_OF_VERDICT = Case(
    When(reviews__verdict=Review.Verdict.REVISE, then=Value(1)),
    When(reviews__verdict=Review.Verdict.REJECT, then=Value(2)),
    When(reviews__verdict=Review.Verdict.ESCALATE, then=Value(2)),
    default=Value(0),
)
IS_ESCALATED = Case(When(reviews__verdict=Review.Verdict.ESCALATE, then=Value(2)), default=Value(0))


def disputes_of(project: Project, user: User, *, now: datetime) -> QuerySet[QueueEntry]:
    """Disputed entries, worst first: by stakes, overdue before not, by how far the verdicts are apart, then the soonest
    due. `bar` says why this person may not settle one, empty where they may; `is_reopened` what was final before."""
    counts = Q(reviews__slot__isnull=False, reviews__withdrawal__isnull=True)
    disputed = QueueEntry.objects.filter(queue__project=project, state=QueueEntry.State.DISPUTED)
    return (
        with_bars(disputed, user)
        .select_related("item", "queue", "rubric_version")
        .annotate(
            n_reviews=Count("reviews", filter=counts),
            apart=Max(PLACE_OF_VERDICT, filter=counts) - Min(PLACE_OF_VERDICT, filter=counts),
            escalated=Max(IS_ESCALATED, filter=counts),
            is_overdue=Case(When(due_at__lt=now, then=Value(1)), default=Value(0)),
            is_reopened=Exists(FinalLabel.objects.filter(entry=OuterRef("pk"))),
        )
        .annotate(width=Case(When(escalated=2, then=Value(2)), default=F("apart")))
        .order_by("priority", "-is_overdue", F("width").desc(nulls_last=True), "due_at", "id")
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


def question_to_mend(entry: QueueEntry) -> str:
    """The question that a gap in the guideline is about unless somebody says which: the first that they differ on."""
    split = [words.split(",")[0] for words in differences_between(list(counted_reviews(entry)))]
    asked = [question.key for question in questions_of(entry.rubric_version)]
    return next((key for key in split if key in asked), VERDICT if VERDICT in split else [*asked, VERDICT][0])


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
    proposals: tuple["Proposal", ...] = ()
    findings: tuple[tuple[str, Finding], ...] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(voice.letter for voice in self.verdicts)

    @property
    def agreed_finding(self) -> Finding:
        return agreed_finding([finding for _, finding in self.findings])


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that one reviewer would let out instead, under their letter, and where it differs from the output."""

    letter: str
    text: str
    pieces: tuple[Piece, ...]


def dispute_in(entry: QueueEntry, *, order_shown: str) -> Dispute:
    """The reviews of an entry by letter, with pair choices in the order in which the adjudicator sees the pair."""
    reviews = list(counted_reviews(entry).select_related("hand_out", "correction", "failure"))
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
    texts = entry.item.payload.texts
    return Dispute(
        proposals=tuple(
            Proposal(letter, review.correction.text, tuple(diff_of(texts[0], review.correction.text)))
            for letter, review in lettered
            if hasattr(review, "correction")
        ),
        findings=tuple(
            (letter, finding_of(getattr(review, "failure", None)))
            for letter, review in lettered
            if review.verdict in FAILING_VERDICTS
        ),
        questions=tuple(questions),
        verdicts=tuple(Voice(letter, review.verdict, review.note) for letter, review in lettered),
        letters_in_other_order=tuple(
            letter
            for letter, review in lettered
            if order_shown != "single" and review.hand_out.order_shown != order_shown
        ),
    )
