"""Versions that stand beside the live one: which, since when, and what one in shadow has not decided yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Item, PolicyChange, Project, RoutingDecision, RoutingPolicy, ShadowDecision
from labeling.queries.routing import last_id_before

State = RoutingPolicy.State
UNDECIDED = (Item.Status.UNROUTED, Item.Status.AWAITING, Item.Status.REFERENCE)


def shadow_of_project(project: Project) -> RoutingPolicy | None:
    return project.policies.filter(state=State.SHADOW).select_related("author").first()


def staged_of_project(project: Project) -> RoutingPolicy | None:
    return project.policies.filter(state=State.STAGED).select_related("author").first()


def newest_change_to(version: RoutingPolicy, state: str) -> PolicyChange | None:
    """When it last came to this state, or its share there was last set; None where it never did."""
    return version.changes.filter(state=state).order_by("-id").first()


def projects_in_shadow() -> QuerySet[Project]:
    return Project.objects.filter(policies__state=State.SHADOW).order_by("id")


def items_to_shadow(shadow: RoutingPolicy) -> QuerySet[Item]:
    """What came since the shadow began, was decided, and has no decision in shadow. What is held is looked at once it
    is held no longer; of what was erased there is nothing left to decide."""
    began = newest_change_to(shadow, State.SHADOW)
    if began is None:
        return Item.objects.none()
    items = Item.objects.filter(project=shadow.project_id)
    first_id = last_id_before(items.filter(created_at__lt=began.changed_at))
    done = ShadowDecision.objects.filter(policy=shadow, item=OuterRef("pk"))
    decided = RoutingDecision.objects.filter(item=OuterRef("pk"))
    return items.filter(Exists(decided), ~Exists(done), id__gt=first_id, payload__isnull=False).exclude(
        status__in=UNDECIDED
    )


# --- since when -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch of time in which a version stood beside the live one; `until` is None while it still does."""

    beside: RoutingPolicy
    since: datetime
    until: datetime | None
    share: float | None

    def days(self, *, now: datetime) -> float:
        return max(((self.until or now) - self.since) / timedelta(days=1), 1.0)


def span_of(version: RoutingPolicy, state: str) -> Span | None:
    """When a version was last in this state, and beside which live one; two queries. None where it never was."""
    began = newest_change_to(version, state)
    beside = live_version_at(version.project, began.changed_at) if began else None
    if began is None or beside is None:
        return None
    ended = version.changes.filter(id__gt=began.pk).order_by("id").first()
    if ended is None and state == State.SHADOW:
        # What is in shadow outlives a publication, and then stands beside the next one.
        newest = live_version_at(version.project, None) or beside
        return Span(newest, max(began.changed_at, newest.published_at), None, None)
    return Span(beside, began.changed_at, ended.changed_at if ended else None, began.staged_share)


def live_version_at(project: Project, at: datetime | None) -> RoutingPolicy | None:
    """The version that was published last by then, or at all."""
    published = project.policies.filter(published_at__isnull=False)
    if at is not None:
        published = published.filter(published_at__lte=at)
    return published.order_by("-published_at", "-number").first()
