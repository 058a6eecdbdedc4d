"""What stands beside first-pass labels in a judge's report: final labels, and with which probability items came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, Min, Q

from labeling.models import EntryPurpose, FinalAnswer, FinalLabel, QueueEntry, RoutingDecision, RubricVersion
from labeling.policy.judging import FAIL, PASS
from labeling.queries.rating_columns import AT_ONCE
from labeling.queries.ratings import VERDICT
from labeling.queries.rubrics import questions_of

# (item id, how it came about, value): a final label has a source where a first-pass one has a rater.
Rows = list[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came in of the kinds and in the time that a rubric version was asked about, reviewed or shipped.

    inclusion : by item, the probability with which it entered review, of those that did
    chances : the same of all of it, what shipped too; what was held or bounced is no traffic
    """

    inclusion: Mapping[int, float] = field(default_factory=dict)
    chances: Mapping[int, float] = field(default_factory=dict)


def stood_at(moment: datetime, *, through: str = "") -> Q:
    """Final by then and not re-opened by then. `through` leads from what is filtered to its final label."""
    is_final = Q((f"{through}decided_at__lte", moment))
    was_kept = Q((f"{through}reopening__isnull", True)) | Q((f"{through}reopening__reopened_at__gt", moment))
    return is_final & was_kept


def final_rows_of(version: RubricVersion, *, until: datetime) -> dict[str, Rows]:
    """By criterion the final label of each live item that stood at a moment; pass or fail as a whole under `VERDICT`.
    Of an item that became final in two queues the newer one. Two queries."""
    of_version = {"entry__rubric_version": version, "entry__purpose__purpose": EntryPurpose.Purpose.LIVE}
    labels = FinalLabel.objects.filter(stood_at(until), **of_version).order_by("id")
    newest: dict[int, tuple[int, str]] = {}
    overall: dict[int, tuple[int, str, str]] = {}
    for label_id, item_id, source, verdict, is_bad in labels.values_list(
        "id", "item_id", "source", "verdict", "is_bad"
    ).iterator(AT_ONCE):
        newest[item_id] = (label_id, source)
        if verdict:
            overall[item_id] = (item_id, source, FAIL if is_bad else PASS)
    rows: dict[str, Rows] = {VERDICT: list(overall.values())}
    found = FinalAnswer.objects.filter(final_label__in=labels.values("id"), part="", is_not_applicable=False)
    for label_id, item_id, key, value in found.values_list(
        "final_label_id", "final_label__item_id", "criterion__key", "value"
    ).iterator(AT_ONCE):
        if newest[item_id][0] == label_id:
            rows.setdefault(key, []).append((item_id, newest[item_id][1], value))
    return rows


def traffic_of(version: RubricVersion, *, until: datetime) -> Traffic:
    """Everything that routing decided on by a moment, of the kinds that were queued against the version and between
    the first and the last of them. Two queries; nothing before anything was queued."""
    live = QueueEntry.objects.filter(
        purpose__purpose=EntryPurpose.Purpose.LIVE, rubric_version=version, created_at__lte=until
    )
    spans = live.order_by().values("item__kind").annotate(first=Min("item__created_at"), last=Max("item__created_at"))
    found = list(spans)
    if not found:
        return Traffic()
    decided = RoutingDecision.objects.filter(
        item__project=version.rubric.project_id,
        item__kind__in=[one["item__kind"] for one in found],
        item__created_at__gte=min(one["first"] for one in found),
        item__created_at__lte=max(one["last"] for one in found),
        outcome__in=(RoutingDecision.Outcome.REVIEW, RoutingDecision.Outcome.SHIP),
        decided_at__lte=until,
    )
    inclusion: dict[int, float] = {}
    chances: dict[int, float] = {}
    fields = ("item_id", "outcome", "inclusion_probability")
    for item_id, outcome, probability in decided.order_by("id").values_list(*fields).iterator(AT_ONCE):
        chances[item_id] = probability
        # As in every export: the newest decision that sent it to people.
        if outcome == RoutingDecision.Outcome.REVIEW and probability > 0:
            inclusion[item_id] = probability
    return Traffic(inclusion, chances)


def passing_of(version: RubricVersion) -> dict[str, list[str]]:
    """By criterion the values that pass, where the rubric says of any value that it fails."""
    return {
        question.key: [option.value for option in question.options if option.is_passing]
        for question in questions_of(version)
        if any(not option.is_passing for option in question.options)
    }
