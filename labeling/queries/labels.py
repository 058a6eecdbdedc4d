"""Final labels as a list: what was decided, how it came about and whether the output was bad."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from labeling.models import FinalAnswer, FinalLabel, Project, Review
from labeling.queries.items import ShownAnswer, shown_answer

SOURCES = FinalLabel.Source.choices
# An escalation asks for a decision and is none.
FINAL_VERDICTS = [choice for choice in Review.Verdict.choices if choice[0] != Review.Verdict.ESCALATE]


@dataclass(frozen=True, slots=True)
class FinalCounts:
    """How many outputs are final and how many of them bad, and how many labels came about each way."""

    n_final: int
    n_bad: int
    by_source: Sequence[tuple[str, int]]


def final_labels_of(project: Project, wanted: Mapping[str, str] | None = None) -> QuerySet[FinalLabel]:
    """The project's final labels that match every filter given, newest first."""
    labels = FinalLabel.objects.filter(item__project=project)
    wanted = wanted or {}
    if wanted.get("verdict"):
        labels = labels.filter(verdict=wanted["verdict"])
    if wanted.get("source"):
        labels = labels.filter(source=wanted["source"])
    if wanted.get("bad"):
        labels = labels.filter(is_bad=True)
    return labels.order_by("-id")


def final_counts_of(project: Project) -> FinalCounts:
    """All final labels of the project in one query, whatever the list is filtered by."""
    labels = final_labels_of(project).order_by()
    counted = labels.aggregate(
        n_final=Count("id"),
        n_bad=Count("id", filter=Q(is_bad=True)),
        **{source: Count("id", filter=Q(source=source)) for source, _ in SOURCES},
    )
    return FinalCounts(
        counted["n_final"], counted["n_bad"], by_source=[(words, counted[source]) for source, words in SOURCES]
    )


def with_answers(labels: QuerySet[FinalLabel]) -> QuerySet[FinalLabel]:
    """The labels of one page with all that their lines show. A fixed number of queries."""
    answers = FinalAnswer.objects.select_related("criterion").order_by("criterion__position")
    return labels.select_related("item", "entry__rubric_version__rubric", "adjudication__adjudicator").prefetch_related(
        Prefetch("answers", answers)
    )


def lines_of(labels: Iterable[FinalLabel]) -> list[tuple[FinalLabel, list[ShownAnswer]]]:
    return [(label, [shown_answer(answer) for answer in label.answers.all()]) for label in labels]
