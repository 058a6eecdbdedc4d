"""The way back: labels, final labels and decisions as rows to take away, and what a judge may learn from them.

Rows are read a page at a time through `label_pages`, as the API reads them; none of it grows with the project.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from labeling.formats.writing import ROWS_AT_ONCE, Column
from labeling.models import (
    Answer,
    EntryPurpose,
    FinalLabel,
    ImportedLabel,
    Project,
    Rater,
    Review,
    RoutingDecision,
)
from labeling.policy.errors import NotVisible
from labeling.queries.label_pages import (
    EVERYTHING,
    LATE_COMMIT,
    NEVER,
    Entrance,
    answers_in_order,
    counted_reviews,
    entrances_of,
    final_label_page,
    final_row,
    imported_label_page,
    imported_labels_of,
    imported_row,
    is_about_item_of,
    label_row,
    review_page,
    reviews_settle_before,
)
from labeling.queries.labels import standing_labels
from labeling.queries.paging import pages_of
from labeling.queries.ratings import is_unsettled
from labeling.queries.second_label_rows import SECOND_LABEL_COLUMNS, n_second_label_rows, second_label_rows
from labeling.queries.verdicts import failure_told

Rows = Iterator[dict[str, Any]]

FAILURE_COLUMNS = (
    Column("failure_type"),
    Column("failure_severity"),
    Column("failure_cause"),
    Column("failure_words", "free_text"),
)
LABEL_COLUMNS = (
    Column("review_id", "whole"),
    Column("external_id"),
    Column("source_system"),
    Column("rubric"),
    Column("rubric_version", "whole"),
    Column("purpose"),
    Column("round", "whole"),
    Column("rater"),
    Column("criterion"),
    Column("value"),
    Column("is_not_applicable", "truth"),
    Column("rationale", "free_text"),
    Column("verdict"),
    Column("note", "free_text"),
    Column("correction", "free_text"),
    *FAILURE_COLUMNS,
    Column("blind_state"),
    Column("is_first_pass", "truth"),
    Column("order_shown"),
    Column("shown_sha256"),
    Column("active_ms", "whole"),
    Column("inclusion_probability", "real"),
    Column("policy_version", "whole"),
    Column("submitted_at_utc", "moment"),
    Column("rater_kind"),
    Column("imported_at_utc", "moment"),
    Column("batch_id", "whole"),
    Column("file_name", "free_text"),
    Column("part"),
    Column("in_question", "truth"),
)
# Of a label made elsewhere, before what is known of it.
NOTHING_KNOWN = dict.fromkeys((column.name for column in LABEL_COLUMNS), None)
FINAL_COLUMNS = (
    Column("external_id"),
    Column("source_system"),
    Column("kind"),
    Column("stakes"),
    Column("rubric"),
    Column("rubric_version", "whole"),
    Column("verdict"),
    Column("is_bad", "truth"),
    Column("source"),
    Column("revision", "whole"),
    Column("answers", "object"),
    Column("correction", "free_text"),
    *FAILURE_COLUMNS,
    Column("error_category"),
    Column("has_guideline_gap", "truth"),
    Column("adjudication_reason", "free_text"),
    Column("inclusion_probability", "real"),
    Column("policy_version", "whole"),
    Column("decided_at_utc", "moment"),
)
DECISION_COLUMNS = (
    Column("decision_id", "whole"),
    Column("external_id"),
    Column("source_system"),
    Column("kind"),
    Column("stakes"),
    Column("policy_version", "whole"),
    Column("number", "whole"),
    Column("outcome"),
    Column("reasons", "codes"),
    Column("sampling_u", "real"),
    Column("inclusion_probability", "real"),
    Column("decided_at_utc", "moment"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be exported: its columns, its rows as they stand at a moment, and how many they are."""

    columns: tuple[Column, ...]
    rows: Callable[[Project, datetime], Rows]
    n_rows: Callable[[Project, datetime], int]


# --- labels ---------------------------------------------------------------------------------------------------------


def label_rows(project: Project, now: datetime) -> Rows:
    """Every label: counted reviews, one row an answer, then those made elsewhere, one row each. Gold is marked.

    A review without answers is one row. What nobody knows of a label made elsewhere is empty: it has no review, no
    hand-out, no verdict, and no probability of having been asked for.
    """
    for review, entrance in reviews_with_entrances(project, now, purposes=EVERYTHING):
        for answer in answers_in_order(review):
            yield exported_label(review, answer, entrance)
    for labels in pages_of_imported(project, now, purposes=EVERYTHING):
        yield from map(exported_import, labels)


def reviews_with_entrances(
    project: Project, now: datetime, *, purposes: Collection[str]
) -> Iterator[tuple[Review, Entrance]]:
    for reviews in pages_of(
        lambda after_id: review_page(project, after_id=after_id, limit=ROWS_AT_ONCE, purposes=purposes, now=now)
    ):
        entered = entrances_of(review.entry.item_id for review in reviews)
        for review in reviews:
            yield review, entered.get(review.entry.item_id, NEVER)


def exported_label(review: Review, answer: Answer | None, entrance: Entrance) -> dict[str, Any]:
    return {
        **label_row(review, answer, entrance.inclusion_probability),
        # Its number stands for a person elsewhere, whom nobody who might settle the dispute must know.
        **({"rater": ""} if is_unsettled(review.entry) else {}),
        **failure_cells(failure_told(review)),
        "purpose": review.entry.purpose.purpose,
        "order_shown": review.hand_out.order_shown,
        "shown_sha256": review.hand_out.shown_id,
        "active_ms": review.active_ms,
        "policy_version": entrance.policy_version,
        "submitted_at_utc": review.submitted_at,
        "rater_kind": review.reviewer.kind,
        "imported_at_utc": None,
        "batch_id": None,
        "file_name": None,
    }


def failure_cells(failure: Mapping[str, str | None] | None) -> dict[str, str | None]:
    return {f"failure_{part}": (failure or {}).get(part) for part in ("type", "severity", "cause", "words")}


def pages_of_imported(
    project: Project, now: datetime, *, purposes: Collection[str]
) -> Iterator[Sequence[ImportedLabel]]:
    return pages_of(
        lambda after_id: imported_label_page(project, after_id=after_id, limit=ROWS_AT_ONCE, purposes=purposes, now=now)
    )


def exported_import(label: ImportedLabel) -> dict[str, Any]:
    row = imported_row(label)
    purpose = EntryPurpose.Purpose.GOLD if row["is_gold"] else EntryPurpose.Purpose.LIVE
    return {
        **NOTHING_KNOWN,
        **row,
        "purpose": purpose.value,
        "rater_kind": Rater.Kind.IMPORTED.value,
        "imported_at_utc": label.imported_at,
        "file_name": label.batch.file_name if label.batch else None,
    }


def n_label_rows(project: Project, now: datetime) -> int:
    reviews = settled_part(
        counted_reviews(project, purposes=EVERYTHING), "submitted_at", before=reviews_settle_before(project, now)
    )
    imported = settled_part(imported_labels_of(project, purposes=EVERYTHING), "imported_at", before=now - LATE_COMMIT)
    n_answers = Answer.objects.filter(review__in=reviews).count()
    return n_answers + reviews.filter(answers__isnull=True).count() + imported.count()


def settled_part(rows: QuerySet[Any], moment: str, *, before: datetime) -> QuerySet[Any]:
    """The rows that pages show: those up to the first that is not settled."""
    unsettled = rows.filter(**{f"{moment}__gte": before}).order_by("pk").values_list("pk", flat=True).first()
    return rows if unsettled is None else rows.filter(pk__lt=unsettled)


# --- final labels ---------------------------------------------------------------------------------------------------


def final_rows(project: Project, now: datetime) -> Rows:
    """Every final label in the order in which they became final, with what a dispute's decision said."""
    for label, entrance in finals_with_entrances(project, now):
        adjudication = getattr(label, "adjudication", None)
        yield {
            **final_row(label, entrance.inclusion_probability),
            **failure_cells(failure_told(label)),
            "has_guideline_gap": adjudication.has_guideline_gap if adjudication else None,
            "adjudication_reason": adjudication.reason if adjudication else None,
            "policy_version": entrance.policy_version,
            "decided_at_utc": label.decided_at,
        }


def finals_with_entrances(project: Project, now: datetime) -> Iterator[tuple[FinalLabel, Entrance]]:
    for labels in pages_of(lambda after_id: final_label_page(project, after_id=after_id, limit=ROWS_AT_ONCE, now=now)):
        entered = entrances_of(label.item_id for label in labels)
        for label in labels:
            yield label, entered.get(label.item_id, NEVER)


def n_final_rows(project: Project, now: datetime) -> int:
    return standing_labels().filter(item__project=project, decided_at__lt=now - LATE_COMMIT).count()


# --- decisions ------------------------------------------------------------------------------------------------------


def decision_rows(project: Project, now: datetime) -> Rows:
    """Every routing decision, also those that a later one replaced, in the order in which they were made.

    `reasons` are the codes of the grounds that fired. Decisions that come while this is read are left out.
    """
    decisions = decisions_until(project, now).select_related("item", "policy").order_by("pk")
    after_id = 0
    while page := list(decisions.filter(pk__gt=after_id)[:ROWS_AT_ONCE]):
        yield from map(decision_row, page)
        after_id = page[-1].pk


def decisions_until(project: Project, now: datetime) -> QuerySet[RoutingDecision]:
    return RoutingDecision.objects.filter(is_about_item_of(project, "item_id"), decided_at__lte=now)


def decision_row(decision: RoutingDecision) -> dict[str, Any]:
    item = decision.item
    return {
        "decision_id": decision.pk,
        "external_id": item.external_id,
        "source_system": item.source_system,
        "kind": item.kind,
        "stakes": item.stakes,
        "policy_version": decision.policy.number,
        "number": decision.number,
        "outcome": decision.outcome,
        "reasons": [reason["code"] for reason in decision.reasons if reason.get("fired")],
        "sampling_u": decision.sampling_u,
        "inclusion_probability": decision.inclusion_probability,
        "decided_at_utc": decision.decided_at,
    }


def n_decision_rows(project: Project, now: datetime) -> int:
    return decisions_until(project, now).count()


LISTINGS: Mapping[str, Listing] = {
    "labels": Listing(LABEL_COLUMNS, label_rows, n_label_rows),
    "finals": Listing(FINAL_COLUMNS, final_rows, n_final_rows),
    "decisions": Listing(DECISION_COLUMNS, decision_rows, n_decision_rows),
    "second_labels": Listing(SECOND_LABEL_COLUMNS, second_label_rows, n_second_label_rows),
}


def listing_named(what: str) -> Listing:
    if what not in LISTINGS:
        raise NotVisible(f"There is no export of that name; choose one of {', '.join(LISTINGS)}.")
    return LISTINGS[what]
