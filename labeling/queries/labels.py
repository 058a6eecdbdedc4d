"""Final labels as a list: what was decided, how it came about and whether the output was bad."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from labeling.models import Failure, FinalAnswer, FinalFailure, FinalLabel, Project, Review
from labeling.policy.finality import BAD_VERDICTS
from labeling.queries.items import ShownAnswer, shown_answer

# In a filter: failures on whose severity people stayed split.
UNAGREED = "unagreed"
SOURCES = FinalLabel.Source.choices
SEVERITIES = [*Failure.Severity.choices, (UNAGREED, "Not agreed")]
# An escalation asks for a decision and is none.
FINAL_VERDICTS = [choice for choice in Review.Verdict.choices if choice[0] != Review.Verdict.ESCALATE]


@dataclass(frozen=True, slots=True)
class FinalCounts:
    """How many outputs are final and how many of them bad, and how many labels came about each way."""

    n_final: int
    n_bad: int
    by_source: Sequence[tuple[str, int]]


def standing_labels() -> QuerySet[FinalLabel]:
    """The final labels that are in force. What was re-opened is history, on its item's page and nowhere else."""
    return FinalLabel.objects.filter(reopening__isnull=True)


def final_labels_of(project: Project, wanted: Mapping[str, str] | None = None) -> QuerySet[FinalLabel]:
    """The project's final labels that stand and match every filter given, newest first."""
    labels = standing_labels().filter(item__project=project)
    wanted = wanted or {}
    if wanted.get("failure"):
        labels = labels.filter(failure__kind=wanted["failure"])
    if wanted.get("severity"):
        labels = labels.filter(failure__severity="" if wanted["severity"] == UNAGREED else wanted["severity"])
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


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One type of failure with how often each severity was final; the last is where no severity was agreed."""

    kind: str
    label: str
    counts: Sequence[tuple[str, int]]

    @property
    def n(self) -> int:
        return sum(n for _, n in self.counts)


@dataclass(frozen=True, slots=True)
class FailureTable:
    """Final labels that fail, by type and severity; `n_named` of `n_failing` have a type at all."""

    severities: Sequence[tuple[str, str]]
    rows: Sequence[FailureRow]
    n_named: int
    n_failing: int


def failures_of(project: Project) -> FailureTable:
    """Two queries, however many labels. Types that nobody met are left out."""
    standing = standing_labels().filter(item__project=project)
    named = FinalFailure.objects.filter(final_label__in=standing).order_by()
    counts = {
        (row["kind"], row["severity"]): row["n"] for row in named.values("kind", "severity").annotate(n=Count("pk"))
    }
    rows = [
        FailureRow(
            kind, label, [(value, counts.get((kind, "" if value == UNAGREED else value), 0)) for value, _ in SEVERITIES]
        )
        for kind, label in Failure.Kind.choices
    ]
    met = sorted((row for row in rows if row.n), key=lambda row: -row.n)
    n_failing = standing.filter(verdict__in=BAD_VERDICTS).count()
    return FailureTable(SEVERITIES, met, n_named=sum(counts.values()), n_failing=n_failing)


def with_answers(labels: QuerySet[FinalLabel]) -> QuerySet[FinalLabel]:
    """The labels of one page with all that their lines show. A fixed number of queries."""
    answers = FinalAnswer.objects.select_related("criterion").order_by("criterion__position")
    related = ("item", "entry__rubric_version__rubric", "adjudication__adjudicator", "failure", "correction")
    return labels.select_related(*related).prefetch_related(Prefetch("answers", answers))


def lines_of(labels: Iterable[FinalLabel]) -> list[tuple[FinalLabel, list[ShownAnswer]]]:
    return [(label, [shown_answer(answer) for answer in label.answers.all()]) for label in labels]
