"""When a question is asked, for the page: in words for who reads it, and as JSON for its script."""

import json
from collections.abc import Sequence

from labeling.policy.rubrics import Question


def condition_in_code(question: Question) -> str:
    """The fields, any of which asks the question with one of its values; empty where it is always asked."""
    if question.asked_when is None:
        return ""
    return json.dumps([{"key": one.key, "values": list(one.values)} for one in question.when_any])


def condition_in_words(question: Question, questions: Sequence[Question]) -> str:
    """Such as: Only where “Is it right?” is No."""
    wanted = question.asked_when
    if wanted is None:
        return ""
    leading = [one for one in questions if one.criterion == wanted.key]
    if not leading:
        return "Not asked of this item"
    labels = {label for one in leading for label in labels_of(one, wanted.values)}
    named = " or ".join(label for _, label in sorted(labels)) or " or ".join(wanted.values)
    return f"Only where “{leading[0].question}” is {named}"


def labels_of(question: Question, values: Sequence[str]) -> list[tuple[int, str]]:
    """What the wanted values are called, each with its place."""
    if question.group:
        own = question.option_of_box
        return [(values.index(own), question.part.words)] if own in values and question.part else []
    return [(values.index(one.value), one.label) for one in question.options if one.value in values]
