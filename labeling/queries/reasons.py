"""The reasons inside routing decisions: shown in words, filtered and counted in the database.

They are a JSON list in one column, which each of the two databases opens in its own way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, Func, QuerySet, Value

from labeling.models import RoutingDecision
from labeling.policy.reasons import words_for_reason

EACH_REASON = {
    "sqlite": (
        "SELECT json_extract(reason.value, '$.code'), COUNT(*)"
        " FROM labeling_routingdecision d, json_each(d.reasons) AS reason"
        " WHERE d.id > %s AND {policies} AND json_extract(reason.value, '$.fired') GROUP BY 1"
    ),
    "postgresql": (
        "SELECT reason.value ->> 'code', COUNT(*)"
        " FROM labeling_routingdecision d, jsonb_array_elements(d.reasons) AS reason"
        " WHERE d.id > %s AND {policies} AND (reason.value ->> 'fired')::boolean GROUP BY 1"
    ),
}


class HasFiredReason(Func):
    """Whether a list of reasons holds one of a code that fired, on SQLite: (the column, the code)."""

    template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s))"
    arg_joiner = ") AS reason WHERE json_extract(reason.value, '$.fired') AND json_extract(reason.value, '$.code') = ("
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """One ground of a decision as a person reads it."""

    code: str
    words: str
    explanation: str
    share: float
    fired: bool


def reasons_of(decision: RoutingDecision) -> list[ReasonShown]:
    """Every ground of a decision, those that fired first."""
    reasons = [
        ReasonShown(
            code=raw["code"],
            words=words_for_reason(raw["code"]),
            explanation=raw.get("explanation", ""),
            share=raw.get("share", 0.0),
            fired=bool(raw.get("fired")),
        )
        for raw in decision.reasons
    ]
    return sorted(reasons, key=lambda reason: not reason.fired)


def with_fired_reason(decisions: QuerySet[RoutingDecision], code: str) -> QuerySet[RoutingDecision]:
    """The decisions in which a reason of this code fired."""
    if connection.vendor == "postgresql":
        return decisions.filter(reasons__contains=[{"code": code, "fired": True}])
    return decisions.filter(HasFiredReason("reasons", Value(code)))


def n_fired_by_code(policy_ids: Sequence[int], *, after_id: int) -> dict[str, int]:
    """How often each reason fired, in the decisions under these policies that came after one. One query."""
    if not policy_ids:
        return {}
    places = ", ".join(["%s"] * len(policy_ids))
    statement = EACH_REASON[connection.vendor].format(policies=f"d.policy_id IN ({places})")
    with connection.cursor() as cursor:
        cursor.execute(statement, [after_id, *policy_ids])
        return dict(cursor.fetchall())
