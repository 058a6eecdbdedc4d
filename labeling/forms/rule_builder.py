"""The builder's form of routing rules: a policy's rules in numbered fields, and what its buttons do to them.

A field is called by the path of what it holds, `rules-0-parts-1-value`; a part is a comparison, or a group of them with
a joiner of its own, which is as deep as the grammar goes. Rules go to JSON and back unchanged: a locked rule is told by
its spelling.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from labeling.policy.rule_templates import TEMPLATE_OF_KEY

# What a field says until somebody made JSON of it: texts, and lists of the like.
Written = dict[str, Any]
ALONE, ALL, ANY = "", "all", "any"
FIELD = re.compile(r"rules-(\d{1,3})-[a-z]+(?:-(\d{1,3})-[a-z]+(?:-(\d{1,3})-[a-z]+)?)?")
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
LITERALS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
DEFAULT_REASON = "field_rule"


# --- from what was posted, and from JSON ------------------------------------------------------------------------------


def rules_posted(posted: QueryDict | Mapping[str, str]) -> list[Written]:
    """What the fields say, in the order of their numbers."""
    numbers: dict[int, dict[int, set[int]]] = {}
    for name in posted:
        if match := FIELD.fullmatch(name):
            parts = numbers.setdefault(int(match[1]), {})
            if match[2]:
                inner = parts.setdefault(int(match[2]), set())
                if match[3]:
                    inner.add(int(match[3]))
    return [rule_posted(posted, f"rules-{number}", numbers[number]) for number in sorted(numbers)]


def rule_posted(posted: Mapping[str, str], prefix: str, parts: Mapping[int, set[int]]) -> Written:
    rule: Written = {name: posted.get(f"{prefix}-{name}", "") for name in ("name", "reason", "percent", "joiner")}
    rule["locked"] = f"{prefix}-locked" in posted
    rule["parts"] = [part_posted(posted, f"{prefix}-parts-{number}", parts[number]) for number in sorted(parts)]
    return rule


def part_posted(posted: Mapping[str, str], prefix: str, inner: Iterable[int]) -> Written:
    if f"{prefix}-joiner" in posted:
        parts = [comparison_posted(posted, f"{prefix}-parts-{number}") for number in sorted(inner)]
        return {"joiner": posted[f"{prefix}-joiner"], "parts": parts}
    return comparison_posted(posted, prefix)


def comparison_posted(posted: Mapping[str, str], prefix: str) -> Written:
    return {name: posted.get(f"{prefix}-{name}", "") for name in ("field", "op", "value")}


def rules_written(rules: Iterable[Mapping[str, Any]]) -> list[Written]:
    """The rules of a definition that was read before, as the fields show them."""
    return [
        {
            "name": rule["name"],
            "reason": rule.get("reason", DEFAULT_REASON),
            "percent": percent_written(rule["review_share"]),
            "locked": rule.get("locked", False),
            **condition_written(rule["when"]),
        }
        for rule in rules
    ]


def condition_written(when: Mapping[str, Any]) -> Written:
    if "op" in when:
        return {"joiner": ALONE, "parts": [part_written(when)]}
    return part_written(when)


def part_written(raw: Mapping[str, Any]) -> Written:
    for joiner in (ALL, ANY):
        if joiner in raw:
            return {"joiner": joiner, "parts": [part_written(part) for part in raw[joiner]]}
    return {"field": raw["field"], "op": raw["op"], "value": value_written(raw["value"])}


def percent_written(share: float) -> str:
    text = f"{Decimal(str(share)) * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_written(value: Any) -> str:
    """A value as it is typed. A text that would be read as something else stands in quotes."""
    if isinstance(value, list | tuple):
        return ", ".join(json.dumps(one, ensure_ascii=False) if needs_quotes(one) else plain(one) for one in value)
    return json.dumps(value, ensure_ascii=False) if value_read(plain(value)) != value else plain(value)


def needs_quotes(one: Any) -> bool:
    return values_read(plain(one)) != [one]


def plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# --- and back to JSON -------------------------------------------------------------------------------------------------


def rules_defined(rules: Iterable[Written]) -> list[dict[str, Any]]:
    """The rules in the grammar's JSON. What is wrong with them is for `parse_policy` to say, at the same places."""
    return [rule_defined(rule) for rule in rules]


def rule_defined(rule: Written) -> dict[str, Any]:
    defined = {
        "name": rule["name"].strip(),
        "when": condition_defined(rule),
        "review_share": share_read(rule["percent"]),
        "reason": rule["reason"] or DEFAULT_REASON,
    }
    return {**defined, "locked": True} if rule["locked"] else defined


def condition_defined(part: Written) -> dict[str, Any]:
    if "parts" not in part:
        return {"field": part["field"].strip(), "op": part["op"], "value": operand_read(part["op"], part["value"])}
    parts = [condition_defined(inner) for inner in part["parts"]]
    if part["joiner"] == ALONE and len(parts) == 1:
        return parts[0]
    return {part["joiner"] or ALL: parts}


def operand_read(op: str, text: str) -> Any:
    return values_read(text) if op == "in" else value_read(text)


def value_read(text: str) -> Any:
    """A number, true, false or null where it is spelt like one, and a text everywhere else or in quotes."""
    text = text.strip()
    if text in LITERALS:
        return LITERALS[text]
    if NUMBER.fullmatch(text):
        number = json.loads(text)
        return number if math.isfinite(number) else text
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def values_read(text: str) -> list[Any]:
    """What stands between commas, each as `value_read` has it; a comma within quotes is part of a text."""
    parts = re.findall(r'\s*("(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)', text)
    return [value_read(part) for part in parts if part]


def share_read(percent: str) -> Any:
    """None, which no policy takes, for what is no number. Divided as decimals: 29 / 100 as floats is 0.2899…98."""
    text = percent.strip().removesuffix("%").strip()
    return float(Decimal(text) / 100) if NUMBER.fullmatch(text) else None


# --- what the buttons do ----------------------------------------------------------------------------------------------


def pressed(rules: list[Written], action: str) -> tuple[list[Written], str]:
    """The rules after a button like `remove-part:0.1`, and the field that takes the focus.

    A button that means nothing here changes nothing: the page it was on may be old.
    """
    name, _, place = action.partition(":")
    path = [int(step) for step in place.split(".") if step.isascii() and step.isdigit() and len(step) < 4]
    if name == "add":
        return [*rules, new_rule()], f"rules-{len(rules)}-name"
    if name == "ready" and place in TEMPLATE_OF_KEY:
        return [*rules, *rules_written([TEMPLATE_OF_KEY[place].rule])], f"rules-{len(rules)}-name"
    if not path or path[0] >= len(rules):
        return rules, ""
    if name == "remove":
        return [rule for number, rule in enumerate(rules) if number != path[0]], ""
    changed, focus = pressed_within(rules[path[0]], name, path[1:])
    changed_rules = [changed if number == path[0] else rule for number, rule in enumerate(rules)]
    return changed_rules, f"rules-{path[0]}-{focus}"


def pressed_within(group: Written, name: str, path: list[int]) -> tuple[Written, str]:
    """A rule or a group of it after one of its buttons; `path` leads from it to what the button is about."""
    parts = group["parts"]
    if path and path[0] < len(parts) and (len(path) > 1 or (name == "add-part" and "parts" in parts[path[0]])):
        if "parts" not in parts[path[0]]:
            return group, ""
        inner, focus = pressed_within(parts[path[0]], name, path[1:])
        return {**group, "parts": replaced(parts, path[0], inner)}, f"parts-{path[0]}-{focus}"
    if name == "add-part":
        return joined(group, [*parts, new_comparison()]), f"parts-{len(parts)}-field"
    if name == "add-group":
        inner = {"joiner": ANY if group["joiner"] != ANY else ALL, "parts": [new_comparison(), new_comparison()]}
        return joined(group, [*parts, inner]), f"parts-{len(parts)}-parts-0-field"
    if name == "remove-part" and path and path[0] < len(parts):
        return {**group, "parts": [part for number, part in enumerate(parts) if number != path[0]]}, ""
    return group, ""


def replaced(parts: list[Written], number: int, part: Written) -> list[Written]:
    return [part if place == number else one for place, one in enumerate(parts)]


def joined(group: Written, parts: list[Written]) -> Written:
    """Of two parts and more it has to be said whether all of them are meant or any."""
    return {**group, "parts": parts, "joiner": group["joiner"] or (ALL if len(parts) > 1 else ALONE)}


def new_rule() -> Written:
    return {
        "name": "",
        "reason": DEFAULT_REASON,
        "percent": "100",
        "locked": False,
        "joiner": ALONE,
        "parts": [new_comparison()],
    }


def new_comparison() -> Written:
    # Most conditions ask whether a text is another; the first of the operators takes numbers only.
    return {"field": "", "op": "==", "value": ""}
