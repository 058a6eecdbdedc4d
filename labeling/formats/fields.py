"""Reading one field of a row: its type, its length and whether a database can store it at all.

Every refusal is a `RowError` that names the field by its path and says what to do.
"""

import difflib
import math
from collections.abc import Iterable

MAX_DEPTH = 20
# A whole number with more bits does not fit a float, and half the tools behind us read every number as one.
MAX_NUMBER_BITS = 1023
# Below it there is no need to count bits.
MAX_PLAIN_INT = 2**53

Object = dict[str, object]
# A path as linked pairs, put into words only when something is wrong: building strings for every value of
# every row would cost more than all the checks together.
Place = tuple["Place | None", str | int]


class RowError(ValueError):
    """One row that cannot be taken; `field` is a path like `signals[2].value`, empty for the whole row.

    Not a frozen dataclass, because Python writes `__traceback__` on exceptions while they travel.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowError) and (self.field, self.message) == (other.field, other.message)

    def __hash__(self) -> int:
        return hash((self.field, self.message))


def read_text(raw: Object, key: str, path: str, *, limit: int | None = None) -> str:
    """A text that may be absent; absent is the empty text."""
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(join_path(path, key), f"must be text, not {name_type(value)}; write it in quotes")
    if limit is not None and len(value) > limit:
        message = f"is {len(value):,} characters long, the limit is {limit:,}; shorten it"
        raise RowError(join_path(path, key), message)
    return value


def read_name(raw: Object, key: str, path: str, *, limit: int) -> str:
    """A text that must be there and not be blank."""
    value = read_text(raw, key, path, limit=limit)
    if not value or value.isspace():
        problem = "is blank" if key in raw and raw[key] is not None else "is required"
        raise RowError(join_path(path, key), f"{problem}; give a text of 1 to {limit} characters")
    return value


def read_number(raw: Object, key: str, path: str) -> float | None:
    value = raw.get(key)
    if value is None:
        return None
    # bool is an int in Python, and `true` as a score would quietly become 1.
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"must be a number, not {name_type(value)}; leave it out if there is none"
        raise RowError(join_path(path, key), message)
    return float(value)


def read_share(raw: Object, key: str, path: str) -> float | None:
    value = read_number(raw, key, path)
    if value is not None and not 0 <= value <= 1:
        message = f"is {value:g} but must be from 0 to 1; divide a percentage by 100"
        raise RowError(join_path(path, key), message)
    return value


def read_count(raw: Object, key: str, path: str) -> int:
    """A whole number from 1 on, and 1 when absent."""
    value = raw.get(key)
    if value is None:
        return 1
    # The upper end is that of the integer column it is stored in.
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
        raise RowError(join_path(path, key), "must be a whole number from 1 to 2,147,483,647")
    return value


def read_choice(raw: Object, key: str, path: str, *, choices: tuple[str, ...], default: str | None = None) -> str:
    value = raw.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or value not in choices:
        found = "is required" if value is None else f"is {show(value)}"
        raise RowError(join_path(path, key), f"{found}; write one of {', '.join(choices)}")
    return value


def read_flag(raw: Object, key: str, path: str) -> bool:
    value = raw.get(key)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise RowError(join_path(path, key), f"must be true or false, not {name_type(value)}")
    return value


def read_object(raw: Object, key: str, path: str) -> Object:
    """An object that may be absent; absent is the empty object."""
    value = raw.get(key)
    return {} if value is None else as_object(value, join_path(path, key))


def read_list(raw: Object, key: str, path: str) -> list[object]:
    """A list that may be absent; absent is the empty list."""
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise RowError(join_path(path, key), f"must be a list, not {name_type(value)}")
    return value


def as_object(value: object, path: str) -> Object:
    if not isinstance(value, dict):
        raise RowError(path, f"must be a JSON object, not {name_type(value)}")
    return value


def refuse_unknown(raw: Object, known: frozenset[str], path: str) -> None:
    """A misspelt field would otherwise be dropped in silence."""
    if raw.keys() <= known:
        return
    key = min(raw.keys() - known)
    raise RowError(join_path(path, show_key(key)), f"unknown field {show(key)}; {suggest(key, known)}")


def suggest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"


def refuse_unstorable(value: object, place: Place | None = None, depth: int = 1) -> None:
    """Refuse what JSON cannot write or PostgreSQL cannot store, at any depth of the row.

    One walk over everything, before any field is read: unknown keys of a context are stored too.
    """
    if isinstance(value, str):
        if not is_plain(value):
            raise RowError(write_place(place), f"holds {name_unstorable(value)}; remove it")
    elif isinstance(value, dict):
        refuse_depth(depth, place)
        for key, inner in value.items():
            if not is_plain(key):
                raise RowError(
                    write_place((place, key if isinstance(key, str) else show(key))),
                    "has a name that cannot be stored; rename it",
                )
            # Most values are plain texts and numbers; a call for each of them would be half the cost of the walk.
            kind = type(inner)
            if kind is str and inner.isascii() and "\0" not in inner:
                continue
            if kind is float and math.isfinite(inner):
                continue
            if kind is int and -MAX_PLAIN_INT < inner < MAX_PLAIN_INT:
                continue
            refuse_unstorable(inner, (place, key), depth + 1)
    elif isinstance(value, list):
        refuse_depth(depth, place)
        for index, inner in enumerate(value):
            refuse_unstorable(inner, (place, index), depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise RowError(write_place(place), "is not a finite number; leave it out or write null")
    elif isinstance(value, int):
        if value.bit_length() > MAX_NUMBER_BITS:
            raise RowError(write_place(place), "is too large a number; write it as text")
    elif value is not None:
        raise RowError(write_place(place), f"is {name_type(value)}, which JSON cannot write")


def refuse_depth(depth: int, place: Place | None) -> None:
    if depth > MAX_DEPTH:
        raise RowError(write_place(place), f"is nested deeper than {MAX_DEPTH} levels; flatten it")


def is_plain(text: object) -> bool:
    """A text that UTF-8 and PostgreSQL can both hold."""
    if not isinstance(text, str) or "\0" in text:
        return False
    # isascii is a flag lookup; only other texts pay for an encoding.
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def name_unstorable(text: str) -> str:
    return "a NUL character (U+0000)" if "\0" in text else "half of a surrogate pair (U+D800 to U+DFFF)"


def write_place(place: Place | None) -> str:
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    path = ""
    for step in reversed(steps):
        path = f"{path}[{step}]" if isinstance(step, int) else join_path(path, show_key(step))
    return path


def join_path(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def show_key(key: object) -> str:
    """A key as it may stand in a message, which is stored and shown itself."""
    return show(key)[1:-1] if isinstance(key, str) else show(key)


def show(value: object) -> str:
    """A value quoted for a message: short, and with the characters escaped that it may be refused for."""
    if not isinstance(value, str):
        return name_type(value)
    short = value if len(value) <= 60 else f"{value[:57]}..."
    return repr(short)


def name_type(value: object) -> str:
    """The JSON word for a value's type: producers write JSON, few of them write Python."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names: tuple[tuple[type, str], ...] = (
        (str, "text"),
        (int, "a number"),
        (float, "a number"),
        (list, "a list"),
        (dict, "an object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), f"a {type(value).__name__}")
