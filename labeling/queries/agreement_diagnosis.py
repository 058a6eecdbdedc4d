"""Every answer that an agreement run could have rested on: whether it did, in what, or why it did not.

Read item by item from streams that the database sorts, so that memory holds the labels of one item and no more.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from labeling.formats.writing import Column
from labeling.models import AgreementRun, Answer, ImportedLabel, ImportedLaterLabel, Review, RubricVersion
from labeling.policy.rubrics import WORDS
from labeling.queries.ratings import (
    FIRST_PASS,
    VERDICT,
    RatingFilter,
    filter_named,
    imported_that_count,
    reason_at,
    reviews_in_question,
    reviews_that_count,
    unsettled_items_in,
)

AT_ONCE = 10_000
AnyImported = TypeVar("AnyImported", ImportedLabel, ImportedLaterLabel)
DIAGNOSIS_COLUMNS = (
    Column("review_id", "whole"),
    Column("external_id"),
    Column("source_system"),
    Column("question"),
    Column("rater"),
    Column("value"),
    Column("is_used", "truth"),
    Column("reason"),
    Column("used_in", "codes"),
    Column("submitted_at_utc", "moment"),
    Column("imported_at_utc", "moment"),
    Column("part"),
)
PAIRABLE, SINGLE = "pairable", "single"
# The coefficients that a label moves. One that is alone on its item is in the shares of the categories only, from
# which these three families take what chance would give.
USED_IN = {
    PAIRABLE: ("percent_agreement", "krippendorff_alpha", "pairs", "fleiss_kappa", "gwet_ac", "brennan_prediger"),
    SINGLE: ("fleiss_kappa_shares", "gwet_ac_shares"),
}


@dataclass(slots=True)
class Told:
    """One answer of one item. `reason` is empty where it counts."""

    question: str
    value: str
    rater_id: int
    reason: str
    review_id: int | None = None
    submitted_at: datetime | None = None
    imported_at: datetime | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run's filter keeps: reviews and imported raters by their ids, all where there are none."""

    review_ids: set[int] | None
    rater_ids: set[int] | None
    dropped_values: Collection[str]

    def has_review(self, review_id: int) -> bool:
        return self.review_ids is None or review_id in self.review_ids

    def has_rater(self, rater_id: int) -> bool:
        return self.rater_ids is None or rater_id in self.rater_ids


def kept_by(chosen: RatingFilter, version: RubricVersion, *, until: datetime) -> Kept:
    if chosen == FIRST_PASS:
        return Kept(None, None, ())
    reviews = reviews_that_count(version, until=until, chosen=chosen)
    labels = imported_that_count(version, until=until, chosen=replace(chosen, dropped_values=()))
    return Kept(
        set(reviews.values_list("id", flat=True)),
        set(labels.order_by().values_list("rater_id", flat=True).distinct()),
        chosen.dropped_values,
    )


class Stream:
    """Rows in the order of their first cell, an item's id, taken item by item."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]):
        self.rows = iter(rows)
        self.head = next(self.rows, None)

    def take(self, item_id: int) -> Iterator[tuple[Any, ...]]:
        while self.head is not None and self.head[0] == item_id:
            row, self.head = self.head, next(self.rows, None)
            yield row[1:]


def diagnosis_rows(run: AgreementRun, *, chosen: RatingFilter | None = None) -> Iterator[dict[str, Any]]:
    """One row an answer, a verdict and an imported label up to the run, whatever was taken back since. Six queries,
    and two more under a filter, which is kept with a run by its name.

    A rater whom it leaves out is *filtered* also where the answer is *not applicable*: the run counts those of the
    others.
    """
    chosen = chosen or filter_named(run.filter_name)
    if chosen.name != run.filter_name:
        raise ValueError(f"The run was made under the filter {run.filter_name!r}, not {chosen.name!r}.")
    version, until = run.rubric_version, run.made_at
    keys = dict(version.criteria.order_by("position").values_list("id", "key"))
    position = {key: number for number, key in enumerate((VERDICT, *keys.values()))}
    kept = kept_by(chosen, version, until=until)
    unsettled = unsettled_items_in(version.rubric.project_id)
    streams = [
        Stream(rows.iterator(AT_ONCE))
        for rows in (
            reviews_by_item(run, chosen),
            answers_by_item(run, chosen),
            imported_by_item(run, chosen, model=ImportedLabel),
            imported_by_item(run, chosen, model=ImportedLaterLabel),
        )
    ]
    while heads := [stream.head[0] for stream in streams if stream.head is not None]:
        item_id = min(heads)
        names, told = told_of_item(item_id, *streams, keys=keys, kept=kept, asks_verdict=version.asks_verdict)
        yield from rows_of_item(names, told, position.get, is_settled=item_id not in unsettled)


def reviews_of(run: AgreementRun, chosen: RatingFilter) -> QuerySet[Review]:
    """What the run could have rested on, counted or not: for a calibration round, what was said in it."""
    return reviews_in_question(run.rubric_version, until=run.made_at, chosen=chosen)


def answers_of(run: AgreementRun, chosen: RatingFilter) -> QuerySet[Answer]:
    answers = Answer.objects.filter(
        review__entry__rubric_version=run.rubric_version, review__submitted_at__lte=run.made_at
    )
    if chosen.round_id is None:
        return answers
    return answers.filter(review__entry__purpose__calibration_round=chosen.round_id)


def imported_of(run: AgreementRun, chosen: RatingFilter, *, model: type[AnyImported]) -> QuerySet[AnyImported]:
    labels = model.objects.filter(criterion__version=run.rubric_version, imported_at__lte=run.made_at)
    return labels if chosen.round_id is None else labels.none()


def reviews_by_item(run: AgreementRun, chosen: RatingFilter) -> QuerySet[Any]:
    names = ("entry__item__external_id", "entry__item__source_system")
    fields = ("id", "reviewer_id", "verdict", "submitted_at", "reason")
    reviews = reviews_of(run, chosen).annotate(reason=reason_at(run.made_at, chosen=chosen))
    return reviews.order_by("entry__item_id", "id").values_list("entry__item_id", *names, *fields)


def answers_by_item(run: AgreementRun, chosen: RatingFilter) -> QuerySet[Any]:
    answers = answers_of(run, chosen).order_by("review__entry__item_id", "review_id")
    return answers.values_list("review__entry__item_id", "review_id", "criterion_id", "part", "value")


def imported_by_item(run: AgreementRun, chosen: RatingFilter, *, model: type[AnyImported]) -> QuerySet[Any]:
    names = ("item__external_id", "item__source_system")
    fields = ("rater_id", "criterion_id", "part", "value", "imported_at", "blind_state")
    labels = imported_of(run, chosen, model=model).order_by("item_id", "id")
    return labels.values_list("item_id", *names, *fields)


# --- one item -------------------------------------------------------------------------------------------------------


def told_of_item(
    item_id: int,
    reviews: Stream,
    answers: Stream,
    imported: Stream,
    later: Stream,
    *,
    keys: dict[int, str],
    kept: Kept,
    asks_verdict: bool,
) -> tuple[tuple[str, str], list[Told]]:
    """The item's external id and source system, and all that was said about it."""
    names, told = ("", ""), []
    made: dict[int, tuple[int, str, datetime]] = {}
    silent: set[int] = set()
    for external_id, source_system, review_id, rater_id, verdict, submitted_at, reason in reviews.take(item_id):
        names = external_id, source_system
        reason = reason or ("" if kept.has_review(review_id) else "filtered")
        made[review_id] = rater_id, reason, submitted_at
        if verdict and asks_verdict:
            why = reason or reason_of_value(verdict, kept)
            told.append(Told(VERDICT, verdict, rater_id, why, review_id, submitted_at))
        else:
            silent.add(review_id)
    for review_id, criterion_id, part, value in answers.take(item_id):
        # Committed between the two queries: no review that the run could have seen.
        if review_id not in made:
            continue
        rater_id, reason, submitted_at = made[review_id]
        silent.discard(review_id)
        why = reason or reason_of_value(value, kept)
        told.append(Told(keys[criterion_id], value, rater_id, why, review_id, submitted_at, part=part))
    for review_id in silent:
        rater_id, reason, submitted_at = made[review_id]
        told.append(Told("", "", rater_id, reason or "no_label", review_id, submitted_at))
    for stream, left_out in ((imported, ""), (later, "imported_later_pass")):
        for external_id, source_system, rater_id, criterion_id, part, value, *rest in stream.take(item_id):
            imported_at, blind = rest
            names = external_id, source_system
            reason = left_out if blind == ImportedLabel.BlindState.BLIND else "imported_not_blind"
            reason = reason or ("" if kept.has_rater(rater_id) else "filtered") or reason_of_value(value, kept)
            told.append(Told(keys[criterion_id], value, rater_id, reason, imported_at=imported_at, part=part))
    return names, told


def reason_of_value(value: str, kept: Kept) -> str:
    if not value:
        return "not_applicable"
    if value == WORDS:
        return "words"
    return "filtered" if value in kept.dropped_values else ""


def rows_of_item(
    names: tuple[str, str], told: list[Told], position: Callable[..., Any], *, is_settled: bool
) -> Iterator[dict[str, Any]]:
    """Of an item that is not settled nobody is named. An order by review, its id or its moment would name them."""
    n_used = Counter((one.question, one.part) for one in told if not one.reason)
    if is_settled:
        told.sort(
            key=lambda one: (position(one.question, -1), one.part, one.review_id is None, one.review_id or one.rater_id)
        )
    else:
        told.sort(key=lambda one: (position(one.question, -1), one.part, one.value))
    for one in told:
        reason = one.reason or (PAIRABLE if n_used[one.question, one.part] >= 2 else SINGLE)
        yield {
            "review_id": one.review_id if is_settled else None,
            "external_id": names[0],
            "source_system": names[1],
            "question": one.question or None,
            "rater": f"rater-{one.rater_id}" if is_settled else "",
            "value": one.value or None,
            "is_used": not one.reason,
            "reason": reason,
            "used_in": USED_IN.get(reason, ()),
            "submitted_at_utc": one.submitted_at if is_settled else None,
            "imported_at_utc": one.imported_at if is_settled else None,
            "part": one.part or None,
        }


def n_diagnosis_rows(run: AgreementRun) -> int:
    """As many rows as `diagnosis_rows` yields. Five queries."""
    version, chosen = run.rubric_version, filter_named(run.filter_name)
    reviews = reviews_of(run, chosen)
    with_verdict = reviews.exclude(verdict="") if version.asks_verdict else reviews.none()
    without = reviews.filter(answers__isnull=True)
    silent = without.filter(verdict="") if version.asks_verdict else without
    imported = [imported_of(run, chosen, model=model) for model in (ImportedLabel, ImportedLaterLabel)]
    return sum(rows.count() for rows in (answers_of(run, chosen), with_verdict, silent, *imported))
