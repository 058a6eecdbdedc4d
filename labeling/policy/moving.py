"""What a stored value says, written so that two databases that hold the same row write the same line.

They keep values in different letters: PostgreSQL sorts the keys of a JSON object and spells numbers out, and each has
its own word for a zone. Whatever else differs is a difference.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

# Numbers that PostgreSQL writes otherwise: 1e+16 as a whole number with sixteen noughts, -0.0 without its sign.
RESPELT_NUMBER = re.compile(r"\de\+|-0\.0\b")
# What PostgreSQL takes in no text and in no JSON, and SQLite in both.
ESCAPED_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")
ESCAPED_SURROGATE = re.compile(r"(?<!\\)(\\\\)*\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})")

Writer = Callable[[Any], Any]


def write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def write_json(text: str) -> str:
    """A JSON text with the keys of its objects in order."""
    value = json.loads(text)
    if RESPELT_NUMBER.search(text):
        value = with_plain_numbers(value)
    return json.dumps(value, sort_keys=True)


def with_plain_numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: with_plain_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [with_plain_numbers(one) for one in value]
    if isinstance(value, float):
        if abs(value) >= 1e16 and value.is_integer():
            return int(Decimal(repr(value)))
        return 0.0 if value == 0 else value
    return value


# By the name of what a column holds; what is not named is the same in both databases as it is.
WRITERS: dict[str, Writer] = {"time": write_time, "json": write_json, "bytes": bytes}


def line_of(row: Sequence[Any], writers: Sequence[Writer | None]) -> str:
    """One row on one line: equal lines are equal rows, type by type and to the last digit."""
    return repr(
        [value if write is None or value is None else write(value) for value, write in zip(row, writers, strict=True)]
    )


def complaint_about(value: Any, *, kind: str, longest: int | None, bounds: tuple[int | None, int | None]) -> str:
    """Why PostgreSQL would refuse a value that SQLite holds, or nothing."""
    if isinstance(value, str):
        if "\0" in value or (kind == "json" and ESCAPED_NUL.search(value)):
            return "holds a NUL character (U+0000)"
        if kind == "json" and ESCAPED_SURROGATE.search(value):
            return "holds half of a surrogate pair (U+D800 to U+DFFF)"
        if longest is not None and len(value) > longest:
            return f"has {len(value):,} characters, and its column takes {longest:,}"
    elif isinstance(value, int) and not isinstance(value, bool):
        low, high = bounds
        if (low is not None and value < low) or (high is not None and value > high):
            return f"is {value}, outside of {low} to {high}"
    return ""
