"""Rubric versions, and the answers given to them, as the plain values that policy works with."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from labeling.models import (
    Answer,
    Criterion,
    FinalAnswer,
    FinalLabel,
    GapCase,
    GuidelineGap,
    Item,
    Project,
    QueueEntry,
    Review,
    Rubric,
    RubricVersion,
)
from labeling.policy.blinding import blind_item
from labeling.policy.parts import asks_of_parts, questions_asked
from labeling.policy.rubrics import NOT_APPLICABLE, AskedWhen, Bounds, Option, Question, answer_key
from labeling.queries.access import only_visible

REMEMBERED_VERSIONS = 256


def questions_of(version: RubricVersion) -> tuple[Question, ...]:
    """The version's questions in their order. One query for an instance, however often it is asked; a frozen version
    is asked for once in a process, since the database lets nobody change it any more."""
    if version.frozen_at is not None:
        return questions_of_frozen(version.pk)
    prefetch_related_objects([version], "criteria")
    return tuple(question_from(criterion) for criterion in version.criteria.all())


@lru_cache(maxsize=REMEMBERED_VERSIONS)
def questions_of_frozen(version_id: int) -> tuple[Question, ...]:
    return tuple(question_from(criterion) for criterion in Criterion.objects.filter(version=version_id))


def criterion_ids_of(version: RubricVersion) -> dict[str, int]:
    """The ids of the version's criteria by their keys; remembered like `questions_of`."""
    if version.frozen_at is not None:
        return criterion_ids_of_frozen(version.pk)
    prefetch_related_objects([version], "criteria")
    return {criterion.key: criterion.pk for criterion in version.criteria.all()}


@lru_cache(maxsize=REMEMBERED_VERSIONS)
def criterion_ids_of_frozen(version_id: int) -> dict[str, int]:
    return dict(Criterion.objects.filter(version=version_id).values_list("key", "id"))


def asked_of_item(version: RubricVersion, item: Item) -> tuple[Question, ...]:
    """The questions that a version asks of an item as it was sent. Its payload is read where they depend on it."""
    questions = questions_of(version)
    if not asks_of_parts(questions):
        return questions_asked(questions, None)
    return questions_asked(questions, blind_item(item.kind, item.payload.context, item.payload.texts))


def question_from(criterion: Criterion) -> Question:
    return Question(
        key=criterion.key,
        question=criterion.question,
        scale=criterion.scale,
        options=tuple(
            Option(raw["value"], raw["label"], raw.get("anchor", ""), raw.get("passing", True))
            for raw in criterion.options
        ),
        hint=criterion.hint,
        is_required=criterion.is_required,
        allows_na=criterion.allows_na,
        is_gating=criterion.is_gating,
        rationale_on=tuple(criterion.rationale_on),
        weight=criterion.weight,
        parts=criterion.parts,
        bounds=bounds_from(criterion.bounds),
        asked_when=AskedWhen(criterion.asked_when["key"], tuple(criterion.asked_when["values"]))
        if criterion.asked_when
        else None,
    )


def bounds_from(raw: dict[str, str | None] | None) -> Bounds | None:
    """Bounds as they are stored: decimals spelled out, so that 0.1 stays 0.1."""
    if raw is None:
        return None
    return Bounds(**{name: Decimal(value) for name, value in raw.items() if value is not None})


def answers_of(labelled: Review | FinalLabel) -> dict[str, str]:
    """The answers by question, its part in its key. One query, or none where answers and criteria are prefetched."""
    return {answer_key(answer.criterion.key, answer.part): stated(answer) for answer in labelled.answers.all()}


def stated(answer: Answer | FinalAnswer) -> str:
    """An answer as one value: *not applicable* is spelled as such, so that it compares like any other."""
    return NOT_APPLICABLE if answer.is_not_applicable else answer.value


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How much was labelled against a version: submissions, and their answers. Nothing taken back counts."""

    n_reviews: int
    n_answers: int


def rubrics_of(project: Project) -> QuerySet[Rubric]:
    """The project's rubrics with their queues and versions, the newest first, each with its number of reviews."""
    reviews = (
        Review.objects.filter(entry__rubric_version=OuterRef("pk"), withdrawal__isnull=True)
        .order_by()
        .values("entry__rubric_version")
        .annotate(n=Count("id"))
        .values("n")
    )
    later = RubricVersion.objects.filter(
        rubric=OuterRef("rubric"), in_use_from__isnull=False, number__gt=OuterRef("number")
    )
    versions = (
        RubricVersion.objects.annotate(
            n_reviews=Coalesce(Subquery(reviews), 0),
            n_criteria=Count("criteria", distinct=True),
            is_superseded=Exists(later),
        )
        .select_related("created_by")
        .order_by("-number")
    )
    return (
        project.rubrics.select_related("owner")
        .prefetch_related(Prefetch("versions", queryset=versions), "queues")
        .order_by("name")
    )


def label_count_of(version: RubricVersion) -> LabelCount:
    return LabelCount(
        n_reviews=Review.objects.filter(entry__rubric_version=version, withdrawal__isnull=True).count(),
        n_answers=Answer.objects.filter(criterion__version=version, review__withdrawal__isnull=True).count(),
    )


def gaps_of(version: RubricVersion) -> QuerySet[GuidelineGap]:
    """The open ones first, each group in the order of their opening."""
    cases = GapCase.objects.select_related("entry__item", "attached_by")
    gaps = version.gaps.select_related("opened_by", "closed_by_version").prefetch_related(Prefetch("cases", cases))
    return gaps.order_by(F("closed_at").asc(nulls_first=True), "opened_at", "id")


def gap_shown_by(entry: QueueEntry) -> GuidelineGap:
    """The gap to which this case was attached last."""
    return GuidelineGap.objects.filter(cases__entry=entry).order_by("-cases__id")[:1].get()


def open_gap_on(version: RubricVersion, key: str) -> GuidelineGap | None:
    return version.gaps.filter(question_key=key, closed_at__isnull=True).first()


def gap_in(version: RubricVersion, gap_id: int) -> GuidelineGap:
    return only_visible(version.gaps.select_related("version__rubric__project").filter(pk=gap_id))
