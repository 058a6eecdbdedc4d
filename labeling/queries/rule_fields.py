"""What a rule may read of this project's items: offered while rules are written, from what came lately."""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.models import Item, ItemPayload, JudgeVerdict, Project, Signal

MOST_ITEMS = 200
MOST_FIELDS = 100
ALWAYS = ("confidence", "stakes", "intent", "segment", "kind", "review_requested")


def known_fields(project: Project) -> Sequence[str]:
    """Paths as rules spell them, from the newest items; no values. Four queries."""
    items = Item.objects.filter(project=project).exclude(status=Item.Status.REFERENCE).order_by("-id")
    metadata = dict(items.values_list("id", "metadata")[:MOST_ITEMS])
    contexts = ItemPayload.objects.filter(item__in=metadata).values_list("context", flat=True)
    signals = Signal.objects.filter(item__in=metadata).values_list("name", flat=True).distinct()
    criteria = JudgeVerdict.objects.filter(item__in=metadata).values_list("criterion", flat=True).distinct()
    found = {
        *(f"metadata.{key}" for one in metadata.values() for key in keys_of(one)),
        *(f"action.{key}" for context in contexts for key in keys_of(keys_of(context).get("action"))),
        *(f"signal.{name}" for name in signals),
        *(f"judge.{criterion}" for criterion in criteria),
    }
    return [*ALWAYS, *sorted(found)[:MOST_FIELDS]]


def keys_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
