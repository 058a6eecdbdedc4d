"""The signals of a project: which there are."""

from labeling.models import Item, Project, Signal
from labeling.queries.routing import live_policy_of

# Names show soon: reading every item of a large project would find no more.
NEWEST = 2_000


def signal_names_of(project: Project) -> list[str]:
    """The live policy's signal first, then all that the newest items have, by name."""
    newest = Item.objects.filter(project=project).order_by("-id").values_list("pk", flat=True)[:NEWEST]
    names = set(Signal.objects.filter(item__in=list(newest)).order_by().values_list("name", flat=True).distinct())
    live = live_policy_of(project)
    first = [live.definition["confidence"]["signal"]] if live else []
    return [*first, *sorted(names - set(first))]
