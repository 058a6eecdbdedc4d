"""What the pages about rubrics look up: what is left open on a question, and the words for one as it stood."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import template

from labeling.policy.rubric_changes import words_for_bounds, words_for_condition
from labeling.policy.rubric_rules import PARTS, SCALES
from labeling.policy.rubrics import AskedWhen, Bounds

register = template.Library()


@register.filter
def under(found: Mapping[str, Any], key: str) -> Any:
    """What is kept under a key; nothing where there is none."""
    return found.get(key)


@register.filter
def not_asked(points: Mapping[str, Any], rows: Iterable[Any]) -> list[Any]:
    """What is left open on the verdict, or on questions that this version does not ask. `rows` are the builder's."""
    asked = {row.key for row in rows}
    return [point for key, point in points.items() if key not in asked]


@register.filter
def scale_words(scale: str) -> str:
    return SCALES[scale]


@register.filter
def part_words(parts: str) -> str:
    return PARTS[parts]


@register.filter
def plain(number: Decimal) -> str:
    """A number without the zeros that its column adds."""
    return f"{number.normalize():f}"


@register.filter
def bounds_words(bounds: Bounds | None) -> str:
    return words_for_bounds(bounds)


@register.filter
def condition_words(condition: AskedWhen | None) -> str:
    return words_for_condition(condition)
