"""Gold cases as their owners see them: how often each was handed out, and how often it was answered right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labeling.models import (
    KNOWN,
    Criterion,
    FinalLabel,
    GoldCase,
    HandOut,
    Incident,
    Item,
    Project,
    Review,
    RubricVersion,
    Slot,
)
from labeling.queries.known_answers import known_answers
from labeling.queries.labels import standing_labels
from labeling.queries.planting import n_people_met
from labeling.queries.rubric_versions import versions_in_use

# What people or the policy are through with, and nobody waits for.
MAY_LEND = (Item.Status.SHIPPED, Item.Status.BOUNCED, Item.Status.FINAL)


@dataclass(frozen=True, slots=True)
class GoldRow:
    """One gold case with its exposure; `n_right` of `n_reviews` matched what decides."""

    case: GoldCase
    n_people: int
    n_hand_outs: int
    n_reviews: int
    n_right: int


def gold_cases_of(project: Project) -> QuerySet[GoldCase]:
    """The project's gold cases, those in use first, then the newest; with how often each was handed out, to how many.

    In one subquery each, or the counts would multiply.
    """
    hand_outs = HandOut.objects.filter(entry__purpose__gold_case=OuterRef("pk")).order_by()
    n_hand_outs = hand_outs.values("entry__purpose__gold_case").annotate(n=Count("id")).values("n")
    return (
        GoldCase.objects.filter(item__project=project)
        .select_related("item__payload", "rubric_version__rubric")
        .prefetch_related("labels__criterion", "rubric_version__criteria")
        .annotate(n_hand_outs=Coalesce(Subquery(n_hand_outs), 0), n_people=Coalesce(n_people_met("pk"), 0))
        .order_by(F("retired_at").asc(nulls_first=True), "-id")
    )


def n_gold_in_use(project: Project) -> int:
    return GoldCase.objects.filter(item__project=project, retired_at__isnull=True).count()


def gold_rows(cases: Sequence[GoldCase], *, now: datetime) -> list[GoldRow]:
    """How each case was answered. A handful of queries, however many cases."""
    answered: dict[int, list[bool]] = {case.pk: [] for case in cases}
    reviews = Review.objects.filter(entry__purpose__gold_case__in=cases)
    for one in known_answers(reviews, until=now, purposes=KNOWN):
        answered[one.case_id].append(one.is_right)
    return [
        GoldRow(case, case.n_people, case.n_hand_outs, len(answered[case.pk]), sum(answered[case.pk])) for case in cases
    ]


def gold_versions_for(item: Item) -> list[RubricVersion]:
    """The versions a gold case of this item can answer: each rubric's version in use, those of its own queues first.

    Gold is handed out for the version in use only, so a case of an older one would never be seen.
    """
    versions = (
        versions_in_use()
        .filter(rubric__project_id=item.project_id)
        .select_related("rubric")
        .prefetch_related("criteria", "rubric__queues")
        .order_by("rubric__name")
    )
    fitting = [version for version in versions if len(item.payload.texts) == 2 or not compares_a_pair(version)]
    return sorted(fitting, key=lambda version: not takes_kind(version, item.kind))


def compares_a_pair(version: RubricVersion) -> bool:
    return any(criterion.scale == Criterion.Scale.PAIRWISE for criterion in version.criteria.all())


def takes_kind(version: RubricVersion, kind: str) -> bool:
    return any(not queue.kinds or kind in queue.kinds for queue in version.rubric.queues.all())


def why_no_gold(item: Item) -> str:
    """Why an item cannot become gold, or nothing: a reference, traffic that was decided without people, and what people
    settled beyond dispute or an incident told of, as long as nobody may still be handed it.

    Whoever met it is kept from the reference that is made of it, so that nobody meets it twice.
    """
    if item.status == Item.Status.REFERENCE:
        return ""
    of_item = Item.objects.filter(pk=item.pk)
    unfinished = Slot.objects.filter(entry__item=OuterRef("pk")).exclude(state__in=[Slot.State.DONE, Slot.State.CLOSED])
    told_of = Incident.objects.filter(item=OuterRef("pk"))
    labels = labels_to_promote().filter(item=OuterRef("pk"))
    may_come, is_beyond_dispute = of_item.values_list(Exists(unfinished), Exists(labels) | Exists(told_of)).get()
    if item.status not in MAY_LEND or may_come:
        return "People have this item in review, or may get it; gold is made of items that nobody is handed any more."
    if item.status == Item.Status.FINAL and not is_beyond_dispute:
        return "One reviewer or a majority settled this item; gold is made of what all agreed on or somebody settled."
    return ""


def may_become_gold(item: Item) -> bool:
    return not why_no_gold(item)


def labels_to_promote() -> QuerySet[FinalLabel]:
    """The final labels on which a gold case can rest: standing, and unanimous or adjudicated."""
    return standing_labels().filter(source__in=(FinalLabel.Source.UNANIMOUS, FinalLabel.Source.ADJUDICATED))


def label_to_promote(item: Item) -> FinalLabel | None:
    """The final label of an item on which a gold case can rest, with what its answers and reason are read from."""
    labels = labels_to_promote().filter(item=item).select_related("entry", "adjudication")
    return labels.prefetch_related("answers__criterion").order_by("-id").first()
