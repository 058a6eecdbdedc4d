"""Reviewers as instruments: over what they are measured, which state they are in, and what a sign means in words.

Numbers hint and people decide: nothing here pauses anybody (`policy/standing.py` says what does).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.policy.standing import LOOKS, PAUSED, PROBATION

# Everything is measured over so many weeks; standing over fewer answers, since it is about how somebody works now.
N_WEEKS = 13
N_RECENT_KNOWN = 30
LEAST_KNOWN = LOOKS[0]
# The newest so many times beside those before; people become a fifth faster by practice alone.
N_RECENT_TIMES = 50
PRACTICE = 0.8
# Signs in verdicts are looked for in so many of the newest: a longer past says little about now, and exact tests of
# thousands take seconds.
N_RECENT_VERDICTS = 1_000
# The chance that anybody of a panel is named by the numbers alone.
MOST_CHANCE = 0.05
CUSUM_THRESHOLD = 4.0

WATCH, QUALIFIED, NOT_QUALIFIED = "watch", "qualified", "not_qualified"
# Who needs a look first.
ORDER = (PAUSED, PROBATION, WATCH, QUALIFIED, NOT_QUALIFIED)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody's labels in a queue can be relied on: `state`, its name, what it means, and its look."""

    state: str
    name: str
    words: str
    look: str


def standing_now(
    *,
    period: str,
    is_qualified: bool,
    required: float | None,
    n_known: int,
    p_adjusted: float | None,
    is_below: bool = False,
) -> Standing:
    """The state of one reviewer in one queue.

    `period` is the open one, paused or on probation, and goes before everything that numbers hint at; `p_adjusted` how
    probable so few right answers are, over the whole panel; None where it was not asked. `is_below`: the interval of
    their accuracy alone lies below what is required.
    """
    if period == PAUSED:
        return Standing(PAUSED, "Paused", "Is handed nothing until somebody lets them back.", "danger")
    if period == PROBATION:
        return Standing(PROBATION, "On probation", "Meets more known answers until twenty of them are counted.", "warn")
    if not is_qualified:
        return Standing(NOT_QUALIFIED, "Not qualified yet", "Has not earned this queue’s qualification.", "closed")
    if p_adjusted is not None and p_adjusted <= MOST_CHANCE:
        words = f"Fewer right than chance would let somebody have who meets the required {percent(required)}: look."
        return Standing(WATCH, "Watch", words, "warn")
    return Standing(QUALIFIED, "Qualified", words_of_qualified(required, n_known, is_below=is_below), "ok")


def words_of_qualified(required: float | None, n_known: int, *, is_below: bool) -> str:
    if required is None:
        return "This queue requires no accuracy, so nobody is watched."
    if n_known < LEAST_KNOWN:
        return f"{n_known} of the {LEAST_KNOWN} known answers it takes to say more."
    if is_below:
        return f"Fewer right than the required {percent(required)}; of so many people, chance may give one such score."
    return "Nothing in the known answers speaks against it."


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


# --- signs of a rubber stamp ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignText:
    """One sign in words: what it is called, what it says where it holds, and how it is worked out."""

    key: str
    name: str
    says: str
    formula: str
    may_be: str


SIGNS = (
    SignText(
        "faster",
        "Time falls",
        "takes less time than before, by more than practice gives",
        f"The newest {N_RECENT_TIMES} active times beside those before: the median of all ratios (Hodges and Lehmann), "
        f"tested by ranks against a ratio of {PRACTICE} (Mann and Whitney).",
        "Shorter items, or a new shortcut that works.",
    ),
    SignText(
        "streak",
        "Streaks of approvals",
        "approved more in a row than chance orders them",
        "The longest run of approvals beside all orders of the same verdicts: the exact share of orders with a run as "
        "long (Mood).",
        "A batch of items of one kind.",
    ),
    SignText(
        "missed",
        "Failures missed",
        "missed more seeded failures than the required accuracy allows",
        "Bad outputs among the known ones that were not called bad, tested exactly against the required accuracy.",
        "Known answers of one kind that they were never taught.",
    ),
    SignText(
        "late",
        "Approvals late in the day",
        "approves more in the second half of their day",
        "Share approved in the second half of each day’s reviews minus that in the first (Newcombe’s interval, "
        "Fisher’s exact test).",
        "Easier items that come in later.",
    ),
    SignText(
        "load",
        "Approvals under load",
        "approves more on days with more reviews",
        "Share approved on days with more reviews than their median day minus that on the others (Newcombe’s interval, "
        "Fisher’s exact test).",
        "Busy days that bring easier items.",
    ),
)
TEXT_OF = {text.key: text for text in SIGNS}


def raised_share(usual: float) -> float:
    """The share of misses worth an alarm: twice the usual one, and never more than halfway to all."""
    return min(2 * usual, (1 + usual) / 2)


# --- for the reviewer themself --------------------------------------------------------------------------------------

# From so many on, and in steps of so many, a reviewer is told how they compare: a figure that moved with each answer
# would tell which item had a known one.
LEAST_TOLD, STEP_TOLD = 20, 10


def whole_steps(n: int) -> int:
    """Of so many answers, in their order, the first so many are told about; 0 before there are enough."""
    return 0 if n < LEAST_TOLD else n // STEP_TOLD * STEP_TOLD


def first_told(answers: Sequence[object]) -> slice:
    return slice(0, whole_steps(len(answers)))
