"""What goes wrong when: the same seed makes the same plan."""

import random
from dataclasses import dataclass

KINDS = ("browser killed", "connection cut", "server killed", "lease stolen")
# What is interrupted. Submitting is what must not be lost, so it is hit most.
ACTIONS = ("submit", "submit", "submit", "draft", "take", "take back")
MOMENTS = {
    "browser killed": ("before the request", "in the request", "in the request", "before the answer", "in the answer"),
    "connection cut": ("in the request", "before the answer", "in the answer"),
    "server killed": ("web", "web", "web child", "desk", "desk", "worker", "web and worker"),
    "lease stolen": ("submits late", "submits late", "submits late", "gives up"),
}
MOST_ITEMS_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class Interruption:
    """One interruption: whom it hits after how many items, at what moment of which action.

    `share` is how far the request or the answer gets, `delay_ms` how long the server lives on, and `is_edited`
    whether the reviewer changes a note before pressing again.
    """

    number: int
    client: int
    kind: str
    action: str
    moment: str
    n_items_before: int
    share: float
    delay_ms: float
    is_edited: bool

    def __str__(self) -> str:
        return f"{self.number:>4}  reviewer {self.client}  {self.kind:<14}  {self.action:<9}  {self.moment:<18}"


def plan_of(*, seed: int, n_interruptions: int, n_clients: int) -> list[Interruption]:
    """As many of each kind, shuffled and dealt to the clients in turn."""
    dice = random.Random(seed)
    kinds = [KINDS[number % len(KINDS)] for number in range(n_interruptions)]
    dice.shuffle(kinds)
    return [
        Interruption(
            number=number,
            client=number % n_clients,
            kind=kind,
            action="submit" if kind == "lease stolen" else dice.choice(ACTIONS),
            moment=dice.choice(MOMENTS[kind]),
            n_items_before=dice.randint(0, MOST_ITEMS_BETWEEN),
            share=dice.random(),
            delay_ms=40 * dice.random() ** 2,
            is_edited=dice.random() < 0.25,
        )
        for number, kind in enumerate(kinds)
    ]
