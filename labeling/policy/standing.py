"""When known answers say that a reviewer is paused, and what they say of somebody on probation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# After so many known answers one looks; the chance that anybody of a panel is wronged in them is kept to the error.
LOOKS = tuple(range(20, 101, 10))
PANEL_ERROR = 0.05
# What is put in question at a pause: the labels given since this many known answers before, and nothing older.
N_KNOWN_IN_QUESTION = LOOKS[0]
OLDEST_IN_QUESTION = timedelta(days=28)
# Somebody on probation meets more known answers, so that it is soon over.
PROBATION_GOLD_SHARE = 0.3
PAUSED, PROBATION = "paused", "probation"


@dataclass(frozen=True, slots=True)
class Evidence:
    """So many of the first so many known answers were right."""

    n_right: int
    n_known: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What the known answers since somebody's standing was last settled come to.

    `pauses` where a look says so; `passes` where the first look did not, which ends a probation.
    """

    pauses: Evidence | None
    passes: Evidence | None


class Plan(Protocol):
    """When to pause, as `stats/sequential.py` works it out."""

    @property
    def looks(self) -> tuple[int, ...]: ...

    def says_pause(self, n_right: int, n: int) -> bool: ...


def what_answers_say(rights: Sequence[bool], plan: Plan) -> Finding:
    """Replay the plan over known answers in their order, right or wrong.

    After the last look another plan begins with an error of its own. The newest plan alone decides: whoever came
    through the one before did.
    """
    length = plan.looks[-1]
    of_plan = rights[(len(rights) - 1) // length * length :] if rights else []
    looks = [Evidence(sum(of_plan[:look]), look) for look in plan.looks if look <= len(of_plan)]
    pauses = next((one for one in looks if plan.says_pause(one.n_right, one.n_known)), None)
    passes = Evidence(sum(rights[: LOOKS[0]]), LOOKS[0]) if len(rights) >= LOOKS[0] and pauses is None else None
    return Finding(pauses, passes)


def questioned_since(known_at: Sequence[datetime], *, counted_from: datetime | None, now: datetime) -> datetime:
    """From when on labels are in question, by the times of the known answers that count, in their order.

    With fewer of them than it takes, since counting began: nothing says that anything in between was better.
    """
    oldest = now - OLDEST_IN_QUESTION
    since = known_at[-N_KNOWN_IN_QUESTION] if len(known_at) >= N_KNOWN_IN_QUESTION else counted_from
    return oldest if since is None else max(oldest, since)


def gold_share_for(queue_share: float, standing: str) -> float:
    """How often known answers come: more often on probation, unless the queue has none at all."""
    return max(queue_share, PROBATION_GOLD_SHARE) if standing == PROBATION and queue_share > 0 else queue_share
