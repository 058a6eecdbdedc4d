"""Which outputs wait to be told from the usual ones, and what the usual ones were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Item, Project, RoutingPolicy, Signal, TrafficFit

NOVELTY = "novelty"
# Whoever is tried without it would send everything to people, and be compared by that.
ASKING = (RoutingPolicy.State.LIVE, RoutingPolicy.State.STAGED, RoutingPolicy.State.SHADOW)
# Fewer texts of a kind are no traffic; what is strange to them is told by nobody.
LEAST_TEXTS = 200
MOST_TEXTS = 2_000
REFIT_AFTER = timedelta(days=7)
AT_ONCE = 200
# Beside those that wait, so that labels can say what the signal is worth.
NEWEST = 2_000


@dataclass(frozen=True, slots=True)
class ReadItem:
    item_id: int
    kind: str
    pieces: Sequence[str]
    is_waiting: bool


def projects_that_ask_for_novelty() -> list[Project]:
    """Those where a version that decides, or is tried in shadow, requires the signal."""
    versions = RoutingPolicy.objects.filter(state__in=ASKING).select_related("project").order_by("project_id", "id")
    asking = [version.project for version in versions if NOVELTY in version.definition.get("requires", [])]
    return list({project.pk: project for project in asking}.values())


def items_without_novelty(project: Project) -> list[ReadItem]:
    """The next items to read: first those held, oldest first, then the newest of all. At most `AT_ONCE`."""
    has_it = Signal.objects.filter(item=OuterRef("pk"), name=NOVELTY)
    items = Item.objects.filter(~Exists(has_it), project=project, payload__isnull=False)
    waiting = read(items.filter(status=Item.Status.AWAITING).order_by("id")[:AT_ONCE])
    if len(waiting) == AT_ONCE:
        return waiting
    newest = Item.objects.filter(project=project).order_by("-id").values_list("pk", flat=True)[:NEWEST]
    oldest = min(newest, default=0)
    others = items.filter(pk__gte=oldest).exclude(status__in=[Item.Status.AWAITING, Item.Status.REFERENCE])
    return [*waiting, *read(others.order_by("-id")[: AT_ONCE - len(waiting)])]


def past_texts(project: Project, kind: str, *, now: datetime) -> list[Sequence[str]]:
    """The texts of the newest outputs of a kind that are no longer waiting."""
    items = Item.objects.filter(project=project, kind=kind, payload__isnull=False, created_at__lte=now)
    past = items.exclude(status__in=[Item.Status.AWAITING, Item.Status.REFERENCE]).order_by("-id")[:MOST_TEXTS]
    return [one.pieces for one in read(past)]


def read(items: QuerySet[Item]) -> list[ReadItem]:
    return [
        ReadItem(item.pk, item.kind, pieces_of(item.payload.context, item.payload.texts), item.status == "awaiting")
        for item in items.select_related("payload")
    ]


def pieces_of(context: Mapping[str, Any], texts: Sequence[str]) -> list[str]:
    """All that was said in an item, input and output, each text a piece of its own."""
    return [*texts_within(context), *texts]


def texts_within(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [text for part in parts for text in texts_within(part)]


def newest_fit(project: Project, kind: str) -> TrafficFit | None:
    return TrafficFit.objects.filter(project=project, kind=kind).order_by("-number").first()
