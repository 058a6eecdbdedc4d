"""Rotation: gold that enough people met is handed out no more."""

from datetime import datetime

from django.db import transaction

from labeling.models import GoldCase
from labeling.queries.planting import is_met_by_enough
from labeling.services.gold import Retirement, retire_gold_case


@transaction.atomic
def rotate_gold_case(case_id: int, *, now: datetime) -> bool:
    """Retire a case that as many people met as its queue lets meet one. Locks the case, so that two clocks count one
    after the other. Safe to repeat: False where it is retired, or not met by enough people any more since the number
    was raised."""
    case = (
        GoldCase.objects.select_for_update(of=("self",), no_key=True)
        .select_related("item__project")
        .filter(pk=case_id, retired_at__isnull=True)
        .first()
    )
    if case is None or not is_met_by_enough(case_id):
        return False
    retire_gold_case(case=case, actor=None, now=now, because=Retirement.ROTATED)
    return True
