"""Whether two records of what was shown say the same, in whatever order the keys of their objects came.

Records are kept for ever. Those that were made on SQLite before objects were read in the order of their keys have the
producer's order, which nobody can read out of PostgreSQL again.
"""

import json
from typing import Any


def say_the_same(content: str, other: str) -> bool:
    return content == other or in_key_order(json.loads(content)) == in_key_order(json.loads(other))


def in_key_order(part: Any) -> Any:
    """A part of a record with its facts by name, its fields by path, and objects that are shown as text by key."""
    if isinstance(part, dict):
        return {name: in_key_order(one) for name, one in part.items()}
    if isinstance(part, list):
        ordered = [in_key_order(one) for one in part]
        return sorted(ordered, key=place_of) if all(map(place_of, ordered)) else ordered
    return text_in_key_order(part) if isinstance(part, str) else part


def place_of(part: Any) -> str:
    """Where one fact or field belongs among the others; of what is neither, nothing."""
    if not isinstance(part, dict):
        return ""
    if "path" in part:
        return json.dumps(part["path"])
    return part["name"] if part.keys() == {"name", "value"} else ""


def text_in_key_order(text: str) -> str:
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True)
    except (ValueError, RecursionError):
        return text
