"""Where gold falls and which items are doubled: unpredictable to people, the same on every replay."""

from collections.abc import Sequence
from functools import partial

from labeling.policy.sampling import uniform_draw

# How many gold turns lie ready for one reviewer; at a 10 % share that is about 40 turns ahead of the planter.
GOLD_STOCK = 4
# How many blind repeats lie ready for one reviewer, drawn from so many of their newest labels that are old enough.
REPEAT_STOCK = 2
MOST_REPEATED_FROM = 500
# The class of gold follows so many of a queue's newest final labels, from so many on.
LABELS_IN_MIX = 200
FEWEST_FOR_MIX = 30
# Every second turn: a round of twenty is through after about forty items, and what waits goes on meanwhile.
ROUND_SHARE = 0.5


def is_gold_turn(secret: str, *, reviewer_id: int, turn: int, gold_share: float) -> bool:
    """Whether this turn of this reviewer is a gold turn.

    Every turn is its own draw: a fixed every-tenth position (Potato's counter) is learnt within an hour.
    """
    return uniform_draw(secret, "gold", reviewer_id, turn) < gold_share


def is_repeat_turn(secret: str, *, reviewer_id: int, turn: int, repeat_share: float) -> bool:
    """Whether this turn of this reviewer goes to something they labelled before, if any lies ready."""
    return uniform_draw(secret, "repeat", reviewer_id, turn) < repeat_share


def items_to_repeat(secret: str, *, reviewer_id: int, item_ids: Sequence[int], n_lying: int) -> list[int]:
    """Which of the items that somebody labelled come to them once more, the same on every replay."""
    n_wanted = max(0, REPEAT_STOCK - n_lying)
    return sorted(item_ids, key=lambda item_id: uniform_draw(secret, "again", reviewer_id, item_id))[:n_wanted]


def is_round_turn(secret: str, *, reviewer_id: int, turn: int) -> bool:
    """Whether this turn of this reviewer goes to what a calibration round has laid ready for them, if it has."""
    return uniform_draw(secret, "round", reviewer_id, turn) < ROUND_SHARE


def items_for_round(secret: str, *, number: int, item_ids: Sequence[int], n_wanted: int) -> list[int]:
    """A random batch of the items that may be in a round, the same on every replay."""
    return sorted(item_ids, key=lambda item_id: uniform_draw(secret, "batch", number, item_id))[:n_wanted]


def overlap_of_entry(secret: str, *, item_id: int, overlap: int, tier_overlap: int, doubled_share: float) -> int:
    """How many independent reviews an item gets: the queue's or the tier's, and a random share is doubled."""
    least = max(overlap, tier_overlap)
    if least == 1 and uniform_draw(secret, "double", item_id) < doubled_share:
        return 2
    return least


def share_bad_of(n_bad: int, n_labels: int) -> float:
    """The share of gold turns that should go to bad outputs: as the queue's newest labels have it, or half where they
    are too few to say."""
    return n_bad / n_labels if n_labels >= FEWEST_FOR_MIX else 0.5


def cases_to_plant(
    secret: str,
    *,
    reviewer_id: int,
    bad_case_ids: Sequence[int],
    fine_case_ids: Sequence[int],
    share_bad: float,
    n_planted: int,
    n_before: int,
) -> list[int]:
    """Which unseen gold cases to lay ready for a reviewer, in an order of their own for everybody.

    Of what is known to be bad and what is known to be fine, apart: each turn first draws its class, or gold would be
    bad more often than the queue and could be told by that, then a case of it at random. Where one class has run out
    the other is used. `n_planted` lie ready now; `n_before` were ever laid ready, which numbers the draws.
    """
    draw = partial(uniform_draw, secret, "case", reviewer_id)
    bad, fine = (sorted(ids, key=draw, reverse=True) for ids in (bad_case_ids, fine_case_ids))
    chosen: list[int] = []
    for turn in range(n_before, n_before + max(0, GOLD_STOCK - n_planted)):
        falls_on_bad = uniform_draw(secret, "class", reviewer_id, turn) < share_bad
        left = (bad or fine) if falls_on_bad else (fine or bad)
        if left:
            chosen.append(left.pop())
    return chosen


def shuffled_cases(secret: str, *, reviewer_id: int, case_ids: Sequence[int]) -> list[int]:
    """Training and screen cases in an order of their own for everybody, the same on every replay."""
    return sorted(case_ids, key=lambda case_id: uniform_draw(secret, "case", reviewer_id, case_id))
