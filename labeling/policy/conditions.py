"""The condition grammar of routing rules: comparisons joined by *all* and *any*, two levels deep at most."""

import json
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class PolicyError(ValueError):
    """A policy that cannot be understood; `place` is the path of the part to mend, like `rules[0].when.all[1]`."""

    def __init__(self, place: str, message: str):
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class CannotCompare(Exception):
    """A field's value does not fit the comparison, as text against a number; the item goes to a person."""


MISSING = object()
ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Facts that may still be on their way. Of these a rule says *unknown*, where of another missing field it says no.
SIGNAL_FACTS = ("signal", "judge", "confidence")
# What a rule may read, each the first step of a path; `assess` gathers them.
FACTS = (
    "kind",
    "stakes",
    "intent",
    "segment",
    "metadata",
    "action",
    "context",
    "review_requested",
    "check",
    *SIGNAL_FACTS,
)
OPERATORS = (*ORDERINGS, "==", "!=", "in", "contains", "exists")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field op value`, exactly as written: 0.85 is not below 0.85. A missing field fits nothing but `exists`."""

    field: str
    op: str
    value: Any

    def holds(self, facts: Mapping[str, Any], *, if_unknown: bool = False) -> bool:
        """Whether it holds; `if_unknown` is the answer where it reads a signal that has not come."""
        found = look_up(facts, self.field)
        if self.op == "exists":
            return (found is not MISSING) is bool(self.value)
        if found is MISSING:
            return if_unknown and reads_signal(self.field)
        if self.op in ORDERINGS:
            # What a rule compares with was found to be a number when it was parsed.
            return ORDERINGS[self.op](comparable(found, self.field), self.value)
        if self.op == "contains":
            if not isinstance(found, str | list):
                raise CannotCompare(f"{self.field} is not a text or a list")
            if isinstance(found, str):
                return str(self.value).casefold() in found.casefold()
            return any(is_same(one, self.value) for one in found)
        if self.op == "in":
            return any(is_same(found, one) for one in self.value)
        return is_same(found, self.value) is (self.op == "==")

    def __str__(self) -> str:
        if self.op == "exists":
            return f"{self.field} {'is given' if self.value else 'is missing'}"
        shown = ", ".join(map(shown_value, self.value)) if self.op == "in" else shown_value(self.value)
        return f"{self.field} {self.op} {shown}"


@dataclass(frozen=True, slots=True)
class Group:
    """All or any of some conditions. Every part is evaluated, so that a misfit in one is never hidden by another."""

    joiner: str
    parts: tuple["Comparison | Group", ...]

    def holds(self, facts: Mapping[str, Any], *, if_unknown: bool = False) -> bool:
        answers = [part.holds(facts, if_unknown=if_unknown) for part in self.parts]
        return all(answers) if self.joiner == "all" else any(answers)

    def __str__(self) -> str:
        word = " and " if self.joiner == "all" else " or "
        return word.join(f"({part})" if isinstance(part, Group) else str(part) for part in self.parts)


Condition = Comparison | Group


def shown_value(value: Any) -> str:
    """A value as whoever wrote the rule knows it: JSON's true, false and null, not Python's names for them."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def fields_of(condition: Condition) -> list[str]:
    if isinstance(condition, Comparison):
        return [condition.field]
    return [field for part in condition.parts for field in fields_of(part)]


def reads_signal(field: str) -> bool:
    """Whether a field is one that may still be on its way."""
    return field.partition(".")[0] in SIGNAL_FACTS


def look_up(facts: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or MISSING. At every step a key that itself has dots wins over nesting."""
    value: Any = facts
    rest = path
    # A dict is asked for first: asking an abstract class costs more than all the rest.
    while isinstance(value, (dict, Mapping)):
        if rest in value:
            return value[rest]
        name, dot, rest = rest.partition(".")
        if not dot or name not in value:
            return MISSING
        value = value[name]
    if value is None:
        return MISSING
    # Not merely missing: the producer sent this part in a shape the rule cannot read.
    raise CannotCompare(f"{path} runs into {name_of_type(value)} where an object was expected")


def comparable(value: Any, field: str) -> int | float:
    # The value itself is not repeated: a reason outlives the content of an item that was erased.
    if type(value) is not int and not is_number(value):
        raise CannotCompare(f"{field} holds {name_of_type(value)}, which is not a number")
    return value  # type: ignore[no-any-return]


def is_number(value: Any) -> bool:
    """A finite number. `true` is none, although bool is an int in Python; and NaN answers no to every question."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def is_same(left: Any, right: Any) -> bool:
    """Equal as JSON has it: 1 is 1.0, and neither is true."""
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def name_of_type(value: Any) -> str:
    names = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "nothing"}
    return names.get(type(value), f"a {type(value).__name__}")


def parse_condition(raw: Any, place: str, *, levels: int = 2) -> Condition:
    """The condition a JSON object says, or `PolicyError` with the place of the mistake."""
    if not isinstance(raw, Mapping):
        raise PolicyError(place, "write an object with field, op and value, or with all or any")
    joiners = [joiner for joiner in ("all", "any") if joiner in raw]
    if joiners:
        return parse_group(raw, place, joiner=joiners[0], levels=levels)
    unknown = set(raw) - {"field", "op", "value"}
    if unknown:
        raise PolicyError(place, f"unknown key {sorted(unknown)[0]!r}")
    field, op, value = raw.get("field"), raw.get("op"), raw.get("value")
    if not isinstance(field, str) or not field:
        raise PolicyError(f"{place}.field", "name the field to compare, like action.amount")
    if op not in OPERATORS:
        raise PolicyError(f"{place}.op", f"not one of {' '.join(OPERATORS)}")
    if "value" not in raw:
        raise PolicyError(f"{place}.value", "missing")
    refuse_misfit(op, value, f"{place}.value")
    return Comparison(field, op, tuple(value) if isinstance(value, list) else value)


def refuse_misfit(op: str, value: Any, place: str) -> None:
    """Refuse a value that its operator could never compare, or would always find."""
    if op in ORDERINGS and not is_number(value):
        raise PolicyError(place, f"{op} compares with a number, not with {name_of_type(value)}")
    if op == "in" and not (isinstance(value, list) and value and all(is_plain(one) for one in value)):
        raise PolicyError(place, "in needs a list with at least one text, number, true, false or null")
    if op in ("==", "!=") and not is_plain(value):
        raise PolicyError(place, f"{op} compares with a text, a number, true, false or null")
    if op == "contains" and not (is_number(value) or (isinstance(value, str) and value)):
        raise PolicyError(place, "contains looks for a text or a number")
    if op == "exists" and not isinstance(value, bool):
        raise PolicyError(place, "exists needs true or false")


def is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or is_number(value)


def parse_group(raw: Mapping[str, Any], place: str, *, joiner: str, levels: int) -> Group:
    if set(raw) != {joiner}:
        raise PolicyError(place, f"{joiner} stands alone; put the other parts inside it")
    if levels == 0:
        raise PolicyError(f"{place}.{joiner}", "conditions nest two levels deep at most")
    parts = raw[joiner]
    if not isinstance(parts, list) or not parts:
        raise PolicyError(f"{place}.{joiner}", "write a list with at least one condition")
    return Group(
        joiner,
        tuple(
            parse_condition(part, f"{place}.{joiner}[{index}]", levels=levels - 1) for index, part in enumerate(parts)
        ),
    )
