"""Incidents as their owners read them: the list, one of them, and what became of its item."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from labeling.models import GoldCase, Incident, Item, Project
from labeling.queries.access import only_visible
from labeling.queries.gold import why_no_gold


def incidents_of(project: Project) -> QuerySet[Incident]:
    """Those that are open first, then the newest."""
    incidents = project.incidents.select_related("item", "reported_by", "closed_by")
    return incidents.order_by(F("closed_at").desc(nulls_first=True), "-reported_at", "-id")


def incident_in(project: Project, incident_id: int) -> Incident:
    return only_visible(incidents_of(project).filter(pk=incident_id))


@dataclass(frozen=True, slots=True)
class GoldOfIncident:
    """What can be made of an incident's item: the case that was made, or why none can be; both empty where one can."""

    case: GoldCase | None
    refusal: str


def gold_of(item: Item) -> GoldOfIncident:
    """By content, since a reference carries that of the item it was made of."""
    cases = GoldCase.objects.filter(item__project=item.project_id, item__content_hash=item.content_hash)
    case = cases.select_related("item", "rubric_version__rubric").order_by("-id").first()
    return GoldOfIncident(case, "" if case else why_no_gold(item))
