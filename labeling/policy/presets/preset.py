"""What a preset is, and how a question with two answers is written shortly."""

from dataclasses import dataclass
from typing import Any

from labeling.policy.rubrics import Option, Question


@dataclass(frozen=True, slots=True)
class Preset:
    key: str
    name: str
    description: str
    kinds: tuple[str, ...]
    instructions: str
    asks_verdict: bool
    questions: tuple[Question, ...]


def yes_or_no(
    key: str, question: str, *, yes: str, no: str, passing: tuple[str, ...] = ("yes",), **more: Any
) -> Question:
    """A binary question by the anchors of both answers; `passing` are the answers a good output gets."""
    options = (
        Option("yes", "Yes", yes, is_passing="yes" in passing),
        Option("no", "No", no, is_passing="no" in passing),
    )
    return Question(key=key, question=question, scale="binary", options=options, **more)


def ordered(key: str, question: str, *points: tuple[str, str], passing_from: int, **more: Any) -> Question:
    """An ordinal question by the label and anchor of each point from 1 on."""
    options = tuple(
        Option(str(number), label, anchor, is_passing=number >= passing_from)
        for number, (label, anchor) in enumerate(points, start=1)
    )
    return Question(key=key, question=question, scale="ordinal", options=options, **more)
