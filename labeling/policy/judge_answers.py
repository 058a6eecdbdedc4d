"""Reading what a judge answered. It is hostile input: what is not exactly an answer to the question is none.

Nothing is guessed, and what cannot be read is never a *fail* or a zero.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from labeling.policy.judging import declared_value

LONGEST_RATIONALE = 2_000
MOST_TOKENS = 10_000_000
NO_LABEL = "It answered, but not with a label of this question."


class NotAnAnswer(ValueError):
    """This is no answer to what was asked; the message is for the people who read why a call failed."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that an endpoint says it counted; None where it does not say."""

    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True, slots=True)
class JudgeAnswer:
    label: str
    confidence: float | None
    rationale: str


def read_completion(body: bytes) -> tuple[str, Usage]:
    """The text of a chat completion and its usage. Raises NotAnAnswer."""
    completion = read_json(body, otherwise="It answered with something that is no chat completion.")
    message = first_message(completion)
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        raise NotAnAnswer("The model refused to answer.")
    text = message.get("content")
    if not isinstance(text, str) or not text.strip():
        raise NotAnAnswer("The model said nothing.")
    return text, usage_in(body)


def first_message(completion: Any) -> dict[str, Any]:
    choices = completion.get("choices") if isinstance(completion, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise NotAnAnswer("It answered with something that is no chat completion.")
    if choice.get("finish_reason") == "length":
        raise NotAnAnswer("The answer was cut off: allow it more tokens.")
    if choice.get("finish_reason") == "content_filter":
        raise NotAnAnswer("The endpoint's own filter held the answer back.")
    return message


def usage_in(body: bytes) -> Usage:
    """What a completion says of its tokens, also where it holds no answer: it is paid for all the same."""
    try:
        completion = read_json(body, otherwise="")
    except NotAnAnswer:
        return Usage()
    usage = completion.get("usage") if isinstance(completion, dict) else None
    if not isinstance(usage, dict):
        return Usage()
    return Usage(token_count(usage.get("prompt_tokens")), token_count(usage.get("completion_tokens")))


def token_count(raw: object) -> int | None:
    is_count = isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= MOST_TOKENS
    return raw if is_count and isinstance(raw, int) else None


def read_answer(text: str, values: Sequence[str]) -> JudgeAnswer:
    """The answer that a text is. Raises NotAnAnswer when its label is none of `values`, or anything else is odd."""
    answer = read_json(without_fence(text), otherwise=NO_LABEL)
    if not isinstance(answer, dict):
        raise NotAnAnswer(NO_LABEL)
    return JudgeAnswer(
        label_in(answer.get("label"), values),
        confidence_in(answer.get("confidence")),
        rationale_in(answer.get("rationale")),
    )


def label_in(raw: object, values: Sequence[str]) -> str:
    # Points of a scale are often written as numbers; true and false are no labels of anything.
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise NotAnAnswer(NO_LABEL)
    label = declared_value(str(raw), values)
    if label is None:
        raise NotAnAnswer(NO_LABEL)
    return label


def confidence_in(raw: object) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        raise NotAnAnswer("Its confidence is no number from 0 to 1.")
    return float(raw)


def rationale_in(raw: object) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise NotAnAnswer("Its rationale is no text.")
    # A database refuses null bytes and lone halves of characters, and a page has no use for other control characters.
    kept = "".join(char if char.isprintable() or char == "\n" else " " for char in raw[: 2 * LONGEST_RATIONALE]).strip()
    return kept if len(kept) <= LONGEST_RATIONALE else kept[: LONGEST_RATIONALE - 1] + "…"


def without_fence(text: str) -> str:
    """A text that is fenced as a whole, as many models do, without its fence."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text.partition("\n")[2].removesuffix("```")
    return text


def read_json(text: str | bytes, *, otherwise: str) -> Any:
    """Strict JSON: no NaN, no key twice, no nesting that drowns the reader."""
    try:
        return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=refuse_twice)
    except (ValueError, RecursionError):
        raise NotAnAnswer(otherwise) from None


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found
