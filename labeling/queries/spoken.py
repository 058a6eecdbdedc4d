"""What judges and signals say of very many items, as `assess` hears them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from labeling.models import JudgeVerdict, Signal
from labeling.policy.assessing import heard_votes, signals_of, spoken_of_by_nobody_else, tied_labels
from labeling.policy.confidence import DERIVED_NAMES, DerivedSignal, MapsInUse, Vote, stated_by, vote_share_of
from labeling.policy.judge_life import Unheard
from labeling.queries.traffic_sample import in_parts


@dataclass(frozen=True, slots=True)
class Spoken:
    """What judges and signals come to on one item: the labels that are tied by criterion, and who alone spoke."""

    signals: Mapping[str, float]
    tied: Mapping[str, tuple[str, ...]]
    is_uncleared: bool


def read_spoken(item_ids: Sequence[int], *, unheard: Unheard, maps: MapsInUse) -> list[Spoken]:
    """What judges and signals say of each item. Two statements for each 5,000.

    Items of which the same was said share one answer, and what judges state of themselves, which differs, is told of
    each vote alone: there are far fewer of both than items.
    """
    said: dict[int, Spoken] = {}
    seen: dict[Any, Spoken] = {}
    stated: dict[Any, float | None] = {}
    for some in in_parts(item_ids):
        sent = signals_sent(some)
        votes = votes_on(some)
        for item_id in some:
            told = []
            for vote in votes.get(item_id, ()):
                if vote not in stated:
                    stated[vote] = stated_alone(vote, unheard=unheard, maps=maps)
                told.append(stated[vote])
            least = min((one for one in told if one is not None), default=None)
            key = (tuple(vote[:-1] for vote in votes.get(item_id, ())), sent.get(item_id, ()), least)
            if key not in seen:
                seen[key] = what_was_said(*key, unheard=unheard, maps=maps)
            said[item_id] = seen[key]
    return [said[item_id] for item_id in item_ids]


def votes_on(item_ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    """Judge, criterion, order, label and confidence of each verdict, by item; its run says nothing to a rule."""
    columns = ("item_id", "judge_version_id", "criterion", "order", "label", "confidence")
    rows = JudgeVerdict.objects.filter(item__in=item_ids).order_by("item").values_list(*columns)
    return {
        item_id: sorted((row[1:] for row in group), key=without_confidence)
        for item_id, group in groupby(rows, key=first_of)
    }


def without_confidence(vote: tuple[Any, ...]) -> tuple[Any, ...]:
    return vote[:-1]


def stated_alone(vote: tuple[Any, ...], *, unheard: Unheard, maps: MapsInUse) -> float | None:
    signals = stated_by(heard_votes([vote_from(*vote)], unheard), maps)
    return signals[0].value if signals else None


def vote_from(judge: int, criterion: str, order: str, label: str, confidence: float | None = None) -> Vote:
    return Vote(str(judge), criterion, 1, order, label, confidence)


def first_of(row: tuple[Any, ...]) -> Any:
    return row[0]


def signals_sent(item_ids: Sequence[int]) -> dict[int, tuple[tuple[str, float], ...]]:
    signals = Signal.objects.filter(item__in=item_ids).exclude(name__in=DERIVED_NAMES).order_by("item", "name")
    rows = signals.values_list("item_id", "name", "value")
    return {item_id: tuple(row[1:] for row in group) for item_id, group in groupby(rows, key=first_of)}


def what_was_said(
    rows: Iterable[tuple[Any, ...]],
    sent: Iterable[tuple[str, float]],
    stated: float | None,
    *,
    unheard: Unheard,
    maps: MapsInUse,
) -> Spoken:
    votes = [vote_from(*row) for row in rows]
    heard = heard_votes(votes, unheard)
    derived = vote_share_of(heard, maps)
    if stated is not None:
        derived.append(DerivedSignal("judge_stated", "stated", stated, len(heard)))
    return Spoken(
        signals_of(dict(sent), derived),
        tied_labels(heard),
        is_uncleared=bool(spoken_of_by_nobody_else(votes, heard, unheard)),
    )
