"""Labels, imported labels and final labels in an order that never changes, for readers that come back for more.

A page never reaches past a row that may still be withdrawn, or that a slower transaction with a smaller id could
still precede: a reader who follows the cursor therefore sees every row once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from labeling.models import (
    KNOWN,
    TRAINING_ROUND,
    Answer,
    Criterion,
    EntryPurpose,
    FinalLabel,
    ImportedLabel,
    IngestBatch,
    Item,
    Project,
    QueueEntry,
    Review,
    RoutingDecision,
)
from labeling.queries.labels import standing_labels
from labeling.queries.paging import let_go
from labeling.queries.ratings import questionings_at
from labeling.queries.rubrics import answers_of
from labeling.queries.verdicts import correction_told, failure_told

# Longer than any of our transactions takes from reading the clock to its commit.
LATE_COMMIT = timedelta(seconds=5)
Purpose = EntryPurpose.Purpose
# Whose labels are wanted, by the purpose of what they were made on.
PRODUCTION = frozenset({Purpose.LIVE})
WITH_GOLD = frozenset({Purpose.LIVE, Purpose.GOLD})
EVERYTHING = frozenset(Purpose)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, the id after which the next page begins, and whether it would hold rows by now."""

    rows: list[dict[str, Any]]
    last_id: int
    has_more: bool


def label_page(project: Project, *, after_id: int, limit: int, purposes: Collection[str], now: datetime) -> Page:
    """Counted reviews, one row an answer, `limit` reviews a page. A review without answers is one row too."""
    reviews, has_more = review_page(project, after_id=after_id, limit=limit, purposes=purposes, now=now)
    entered = entrances_of(review.entry.item_id for review in reviews)
    rows = [
        label_row(review, answer, entered.get(review.entry.item_id, NEVER).inclusion_probability)
        for review in reviews
        for answer in answers_in_order(review)
    ]
    let_go(reviews)
    return Page(rows, reviews[-1].pk if reviews else after_id, has_more)


def review_page(
    project: Project, *, after_id: int, limit: int, purposes: Collection[str], now: datetime
) -> tuple[list[Review], bool]:
    """The counted reviews after one, with all that their rows tell, and whether more follow. Four queries."""
    reviews = (
        counted_reviews(project, purposes=purposes)
        .filter(pk__gt=after_id)
        .annotate(in_question=Exists(questionings_at(until=now)))
        .select_related("entry__item", "entry__purpose", "entry__rubric_version__rubric", "hand_out", "reviewer")
        .select_related("correction", "failure")
        .prefetch_related("answers__criterion")
        .order_by("pk")
    )
    found = [(review, review.submitted_at) for review in reviews[: limit + 1]]
    return cut(found, limit=limit, settled_before=reviews_settle_before(project, now))


def counted_reviews(project: Project, *, purposes: Collection[str]) -> QuerySet[Review]:
    """Reviews that took a slot and were not taken back. What was answered to qualify is nobody's label."""
    reviews = Review.objects.filter(
        is_about_item_of(project, "entry__item_id"),
        slot__isnull=False,
        withdrawal__isnull=True,
        entry__round__lt=TRAINING_ROUND,
    )
    return reviews if purposes == EVERYTHING else reviews.filter(entry__purpose__purpose__in=purposes)


def reviews_settle_before(project: Project, now: datetime) -> datetime:
    return now - timedelta(seconds=project.take_back_seconds) - LATE_COMMIT


def answers_in_order(review: Review) -> list[Answer] | list[None]:
    return sorted(review.answers.all(), key=lambda answer: (answer.criterion.position, answer.pk)) or [None]


def is_about_item_of(project: Project, item_id_path: str) -> Exists:
    """Whether a row speaks of this project, asked of each row in the order of the page.

    Joined to the project's items instead, SQLite begins with them and sorts all their rows again for every page.
    """
    return Exists(Item.objects.filter(pk=OuterRef(item_id_path), project=project))


def cut(found: Sequence[tuple[Any, datetime]], *, limit: int, settled_before: datetime) -> tuple[list[Any], bool]:
    """The rows up to the first that is not settled, and whether settled ones follow."""
    settled = []
    for row, happened_at in found:
        if happened_at >= settled_before:
            break
        settled.append(row)
    return settled[:limit], len(settled) > limit


@dataclass(frozen=True, slots=True)
class Entrance:
    """The decision that sent an item to people: with which probability such an item is sent, by which policy."""

    inclusion_probability: float | None
    policy_version: int | None


NEVER = Entrance(None, None)


def entrances_of(item_ids: Iterable[int]) -> dict[int, Entrance]:
    """How each item entered review. Items that routing never saw, such as gold, are left out."""
    to_review = RoutingDecision.objects.filter(item__in=set(item_ids), outcome=RoutingDecision.Outcome.REVIEW)
    found = to_review.order_by("id").values_list("item_id", "inclusion_probability", "policy__number")
    return {item_id: Entrance(probability, number) for item_id, probability, number in found}


def label_row(review: Review, answer: Answer | None, inclusion_probability: float | None) -> dict[str, Any]:
    entry, version = review.entry, review.entry.rubric_version
    return {
        "review_id": review.pk,
        "external_id": entry.item.external_id,
        "source_system": entry.item.source_system,
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "round": entry.round,
        "rater": f"rater-{review.reviewer_id}",
        "criterion": answer.criterion.key if answer else None,
        "part": (answer.part or None) if answer else None,
        "value": (answer.value or None) if answer else None,
        "is_not_applicable": answer.is_not_applicable if answer else False,
        "rationale": answer.rationale if answer else "",
        "verdict": review.verdict or None,
        "note": review.note,
        # Somebody may still have to choose between two texts, and is not to read them elsewhere first.
        "correction": correction_told(review) if entry.state == QueueEntry.State.SETTLED else None,
        "failure": failure_told(review),
        "blind_state": review.blind_state,
        "is_first_pass": review.is_first_pass,
        "in_question": review.in_question,
        "is_gold": entry.purpose.purpose in KNOWN,
        "submitted_at": review.submitted_at,
        "inclusion_probability": inclusion_probability,
    }


def imported_page(project: Project, *, after_id: int, limit: int, purposes: Collection[str], now: datetime) -> Page:
    """Imported labels, one row each."""
    labels, has_more = imported_label_page(project, after_id=after_id, limit=limit, purposes=purposes, now=now)
    return Page([imported_row(label) for label in labels], labels[-1].pk if labels else after_id, has_more)


def imported_label_page(
    project: Project, *, after_id: int, limit: int, purposes: Collection[str], now: datetime
) -> tuple[list[ImportedLabel], bool]:
    """The imported labels after one, with all that their rows tell, and whether more follow. Four queries."""
    # Fetched apart and shared: joined, each label would make an item, a criterion and a file of its own.
    labels = (
        imported_labels_of(project, purposes=purposes)
        .filter(pk__gt=after_id)
        .prefetch_related(
            Prefetch("item", Item.objects.defer("metadata")),
            Prefetch("criterion", Criterion.objects.select_related("version__rubric")),
            Prefetch("batch", IngestBatch.objects.only("file_name")),
        )
        .order_by("pk")
    )
    found = [(label, label.imported_at) for label in labels[: limit + 1]]
    return cut(found, limit=limit, settled_before=now - LATE_COMMIT)


def imported_labels_of(project: Project, *, purposes: Collection[str]) -> QuerySet[ImportedLabel]:
    """Labels made elsewhere, however they were declared. Gold is always a reference, so the item tells it."""
    labels = ImportedLabel.objects.filter(is_about_item_of(project, "item_id"))
    return labels if Purpose.GOLD in purposes else labels.exclude(item__status=Item.Status.REFERENCE)


def imported_row(label: ImportedLabel) -> dict[str, Any]:
    """Without an inclusion probability: who chose these items elsewhere, and how likely each was, is not known here."""
    item, version = label.item, label.criterion.version
    return {
        "label_id": label.pk,
        "external_id": item.external_id,
        "source_system": item.source_system,
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "rater": f"rater-{label.rater_id}",
        "criterion": label.criterion.key,
        "part": label.part or None,
        "value": label.value or None,
        "is_not_applicable": label.is_not_applicable,
        "blind_state": label.blind_state,
        "is_gold": item.status == Item.Status.REFERENCE,
        "imported_at": label.imported_at,
        "batch_id": label.batch_id,
    }


def final_page(project: Project, *, after_id: int, limit: int, now: datetime) -> Page:
    """Final labels, one row each."""
    labels, has_more = final_label_page(project, after_id=after_id, limit=limit, now=now)
    entered = entrances_of(label.item_id for label in labels)
    rows = [final_row(label, entered.get(label.item_id, NEVER).inclusion_probability) for label in labels]
    let_go(labels)
    return Page(rows, labels[-1].pk if labels else after_id, has_more)


def final_label_page(project: Project, *, after_id: int, limit: int, now: datetime) -> tuple[list[FinalLabel], bool]:
    """The final labels after one, with all that their rows tell, and whether more follow. Three queries.

    Only those that stand: what replaces one that was re-opened comes later in the order, and says which revision it is.
    """
    labels = (
        standing_labels()
        .filter(is_about_item_of(project, "item_id"), pk__gt=after_id)
        .select_related("item", "entry__rubric_version__rubric", "adjudication", "correction", "failure")
        .prefetch_related("answers__criterion")
        .order_by("pk")[: limit + 1]
    )
    found = [(label, label.decided_at) for label in labels]
    return cut(found, limit=limit, settled_before=now - LATE_COMMIT)


def final_row(label: FinalLabel, inclusion_probability: float | None) -> dict[str, Any]:
    version = label.entry.rubric_version
    adjudication = getattr(label, "adjudication", None)
    return {
        "external_id": label.item.external_id,
        "source_system": label.item.source_system,
        "kind": label.item.kind,
        "stakes": label.item.stakes,
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "verdict": label.verdict or None,
        "is_bad": label.is_bad,
        "source": label.source,
        "revision": label.revision,
        "answers": answers_of(label),
        "correction": correction_told(label),
        "failure": failure_told(label),
        "error_category": adjudication.error_category if adjudication else None,
        "decided_at": label.decided_at,
        "inclusion_probability": inclusion_probability,
    }
