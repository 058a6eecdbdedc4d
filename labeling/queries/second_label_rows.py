"""Second labels to take away: what people said once they had seen the judge, apart from the labels that count."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from labeling.formats.writing import ROWS_AT_ONCE, Column
from labeling.models import Project, SecondLabel
from labeling.queries.label_pages import LATE_COMMIT
from labeling.queries.pack_halves import is_in_development
from labeling.queries.paging import let_go
from labeling.queries.ratings import is_unsettled

SECOND_LABEL_COLUMNS = (
    Column("review_id", "whole"),
    Column("external_id"),
    Column("source_system"),
    Column("rubric"),
    Column("rubric_version", "whole"),
    Column("purpose"),
    Column("rater"),
    Column("question"),
    Column("blind_label"),
    Column("judge_version_id", "whole"),
    Column("judge_label"),
    Column("judge_words_shown", "free_text"),
    Column("value"),
    Column("label"),
    Column("blind_state"),
    Column("is_counted", "truth"),
    Column("revealed_at_utc", "moment"),
    Column("given_at_utc", "moment"),
)


def second_label_rows(project: Project, now: datetime) -> Iterator[dict[str, Any]]:
    """Every second label of the development part in the order of its review, `is_counted` false for all of them.

    A listing of its own, so that whoever reads `labels` cannot take two answers of one person for two labels. It tells
    of an item what the judge said beside what people say, which nobody may learn of an item that is held back.
    """
    labels = second_labels_until(project, now).select_related(
        "reveal__offer__review__entry__item",
        "reveal__offer__review__entry__purpose",
        "reveal__offer__review__entry__rubric_version__rubric",
    )
    after_id = 0
    while page := list(labels.filter(pk__gt=after_id).order_by("pk")[:ROWS_AT_ONCE]):
        yield from (second_label_row(one) for one in page if is_open(project, one))
        after_id = page[-1].pk
        let_go(page)


def is_open(project: Project, second: SecondLabel) -> bool:
    item = second.reveal.offer.review.entry.item
    return is_in_development(project, cluster_key=item.cluster_key, item_id=item.pk)


def second_labels_until(project: Project, now: datetime):
    of_project = {"reveal__offer__review__entry__queue__project": project}
    return SecondLabel.objects.filter(given_at__lt=now - LATE_COMMIT, **of_project)


def second_label_row(second: SecondLabel) -> dict[str, Any]:
    offer = second.reveal.offer
    review = offer.review
    entry, version = review.entry, review.entry.rubric_version
    return {
        "review_id": review.pk,
        "external_id": entry.item.external_id,
        "source_system": entry.item.source_system,
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "purpose": entry.purpose.purpose,
        # As in the labels: nobody who might settle the dispute must know whose it is.
        "rater": "" if is_unsettled(entry) else f"rater-{review.reviewer_id}",
        "question": offer.question,
        "blind_label": offer.blind_label,
        "judge_version_id": offer.judge_version_id,
        "judge_label": offer.judge_label,
        "judge_words_shown": offer.judge_words,
        "value": second.value,
        "label": second.label,
        "blind_state": second.blind_state,
        "is_counted": False,
        "revealed_at_utc": second.reveal.revealed_at,
        "given_at_utc": second.given_at,
    }


def n_second_label_rows(project: Project, now: datetime) -> int:
    item = "reveal__offer__review__entry__item"
    found = second_labels_until(project, now).values_list(f"{item}__cluster_key", f"{item}_id")
    return sum(
        is_in_development(project, cluster_key=cluster_key, item_id=item_id)
        for cluster_key, item_id in found.iterator(ROWS_AT_ONCE)
    )
