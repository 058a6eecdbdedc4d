"""The rule builder as the page lays it out: every field with its name, what it holds and what is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.forms.rule_builder import ALL, ALONE, Written
from labeling.policy.conditions import OPERATORS
from labeling.policy.policies import RULE_REASONS
from labeling.policy.reasons import words_for_reason
from labeling.policy.rule_templates import RULE_TEMPLATES, RuleTemplate

JOINERS = (("all", "all of these hold"), ("any", "any of these holds"))
WORDS_OF_OPERATORS = {"in": "is one of", "contains": "contains", "exists": "is given (true or false)"}
STEP = re.compile(r"(all|any)\[(\d+)\]")
FIELD_OF_KEY = {"review_share": "percent"}


@dataclass(frozen=True, slots=True)
class RuleField:
    """One field of the form. `label` is what is read out where the page shows none."""

    name: str
    label: str
    value: Any = ""
    complaint: str = ""
    takes_focus: bool = False


@dataclass(frozen=True, slots=True)
class PartRow:
    """A comparison, or a group of them; `place` is how a button names it, such as `0.1`."""

    place: str
    number: str
    field: RuleField | None = None
    op: RuleField | None = None
    value: RuleField | None = None
    joiner: RuleField | None = None
    parts: Sequence["PartRow"] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: `number` is the one people read, from 1, `place` the one of its buttons."""

    place: str
    number: str
    prefix: str
    name: RuleField
    reason: RuleField
    percent: RuleField
    joiner: RuleField
    is_locked: bool
    parts: Sequence[PartRow]

    @property
    def is_joined(self) -> bool:
        return len(self.parts) > 1 or self.joiner.value != ALONE


@dataclass(frozen=True, slots=True)
class RuleBuilder:
    """All rules, and what their fields may be chosen from; `known_fields` is a help, not a limit."""

    rows: Sequence[RuleRow]
    known_fields: Sequence[str]

    @property
    def templates(self) -> tuple[RuleTemplate, ...]:
        return RULE_TEMPLATES

    @property
    def operators(self) -> list[tuple[str, str]]:
        return [(op, WORDS_OF_OPERATORS.get(op, op)) for op in OPERATORS]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return [(code, words_for_reason(code)) for code in RULE_REASONS]

    @property
    def joiners(self) -> tuple[tuple[str, str], ...]:
        return JOINERS


def builder_of(
    rules: Sequence[Written], *, complaints: Mapping[str, str], known_fields: Sequence[str], focus: str = ""
) -> RuleBuilder:
    """The page's fields; `complaints` by place as the grammar marks it, like `rules[0].when.all[1].value`."""
    of_field = {field_at(place): message for place, message in complaints.items()}

    def field(name: str, label: str, value: Any) -> RuleField:
        return RuleField(name, label, value, of_field.get(name, ""), takes_focus=name == focus)

    def part_row(part: Written, *, prefix: str, place: str, number: str) -> PartRow:
        if "parts" in part:
            inner = [
                part_row(
                    one, prefix=f"{prefix}-parts-{index}", place=f"{place}.{index}", number=f"{number}.{index + 1}"
                )
                for index, one in enumerate(part["parts"])
            ]
            joiner = field(f"{prefix}-joiner", f"How the parts of {number} are joined", part["joiner"] or ALL)
            return PartRow(place, number, joiner=joiner, parts=inner)
        return PartRow(
            place,
            number,
            field=field(f"{prefix}-field", f"Field of {number}", part["field"]),
            op=field(f"{prefix}-op", f"Comparison of {number}", part["op"]),
            value=field(f"{prefix}-value", f"Value of {number}", part["value"]),
        )

    def rule_row(rule: Written, index: int) -> RuleRow:
        prefix, number = f"rules-{index}", str(index + 1)
        return RuleRow(
            place=str(index),
            number=number,
            prefix=prefix,
            name=field(f"{prefix}-name", "Name", rule["name"]),
            reason=field(f"{prefix}-reason", "Why a person should look", rule["reason"]),
            percent=field(f"{prefix}-percent", "Reviewed, percent", rule["percent"]),
            joiner=field(f"{prefix}-joiner", f"How the conditions of rule {number} are joined", rule["joiner"]),
            is_locked=rule["locked"],
            parts=[
                part_row(
                    part, prefix=f"{prefix}-parts-{one}", place=f"{index}.{one}", number=f"condition {number}.{one + 1}"
                )
                for one, part in enumerate(rule["parts"])
            ],
        )

    return RuleBuilder([rule_row(rule, index) for index, rule in enumerate(rules)], known_fields)


def field_at(place: str) -> str:
    """The field that shows a complaint about a place of the definition."""
    head, _, rest = place.partition(".")
    match = re.fullmatch(r"rules\[(\d+)\]", head)
    if not match:
        return place
    return "-".join([f"rules-{match[1]}", *steps_to(rest)])


def steps_to(rest: str) -> Iterator[str]:
    if rest != "when" and not rest.startswith("when."):
        yield FIELD_OF_KEY.get(rest, rest or "name")
        return
    steps = rest.split(".")[1:]
    groups = [match for match in map(STEP.fullmatch, steps) if match]
    for match in groups:
        yield f"parts-{match[2]}"
    last = steps[-1] if steps and len(groups) < len(steps) else ""
    if last in ("field", "op", "value"):
        # A rule of one comparison has no group around it, and its fields are of its only part.
        yield f"parts-0-{last}" if not groups else last
    else:
        yield "field" if groups else "joiner"
