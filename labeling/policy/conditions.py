"""The condition grammar of routing rules: comparisons joined by *all* and *any*, two levels deep at most."""

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
OPERATORS = (*ORDERINGS, "==", "!=", "in", "contains", "exists")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field op value`, exactly as written: 0.85 is not below 0.85."""

    field: str
    op: str
    value: Any

    def holds(self, facts: Mapping[str, Any]) -> bool:
        found = look_up(facts, self.field)
        if self.op == "exists":
            return (found is not MISSING) == self.value
        if found is MISSING:
            return False
        if self.op in ORDERINGS:
            return ORDERINGS[self.op](comparable(found, self), comparable(self.value, self))
        if self.op == "contains":
            if not isinstance(found, str | list):
                raise CannotCompare(f"{self.field} is not a text or a list")
            return str(self.value).casefold() in found.casefold() if isinstance(found, str) else self.value in found
        if self.op == "in":
            return found in self.value
        return (found == self.value) == (self.op == "==")

    def __str__(self) -> str:
        if self.op == "exists":
            return f"{self.field} {'is given' if self.value else 'is missing'}"
        shown = ", ".join(str(one) for one in self.value) if self.op == "in" else str(self.value)
        return f"{self.field} {self.op} {shown}"


@dataclass(frozen=True, slots=True)
class Group:
    """All or any of some conditions. Every part is evaluated, so that a misfit in one is never hidden by another."""

    joiner: str
    parts: tuple["Comparison | Group", ...]

    def holds(self, facts: Mapping[str, Any]) -> bool:
        answers = [part.holds(facts) for part in self.parts]
        return all(answers) if self.joiner == "all" else any(answers)

    def __str__(self) -> str:
        word = " and " if self.joiner == "all" else " or "
        return word.join(f"({part})" if isinstance(part, Group) else str(part) for part in self.parts)


Condition = Comparison | Group


def look_up(facts: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or MISSING. A key that itself has dots wins over nesting."""
    if path in facts:
        return facts[path]
    value: Any = facts
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return MISSING
        value = value[name]
    return value


def comparable(value: Any, comparison: Comparison) -> float:
    # bool is an int in Python; `reversible > 0` would silently work and mean nothing.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CannotCompare(f"{comparison.field} holds {value!r}, which is not a number")
    return value


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
        raise PolicyError(f"{place}.op", f"{op!r} is not one of {' '.join(OPERATORS)}")
    if op in ORDERINGS and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise PolicyError(f"{place}.value", f"{op} compares with a number, not with {value!r}")
    if op == "in" and not (isinstance(value, list) and value):
        raise PolicyError(f"{place}.value", "in needs a list with at least one value")
    if op == "exists" and not isinstance(value, bool):
        raise PolicyError(f"{place}.value", "exists needs true or false")
    return Comparison(field, op, tuple(value) if isinstance(value, list) else value)


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
