"""Levels of measurement and their declared categories: which labels there are, in which order, worth which number."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

LEVELS = ("nominal", "ordinal", "interval", "ratio")
NUMERIC_LEVELS = ("interval", "ratio")
# 007 stays a word; 1, 1.0 and 1.00 are one label however a tool wrote them.
PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?")
ANY_NUMBER = re.compile(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")
LARGEST, SMALLEST = Decimal("1e30"), Decimal("1e-30")


class ScaleError(ValueError):
    """Categories or a label that do not fit the level, in words that say what to do."""


@dataclass(frozen=True)
class Scale:
    """Categories in their order. `codes` of ratings are positions in `categories`.

    `values` is (n_categories,) float64: the number that a category is worth at the interval and ratio levels and
    where all categories are numbers, else its rank. `is_ordered` is false where nobody stated an order.
    """

    level: str
    categories: tuple[str, ...]
    values: NDArray[np.float64]
    is_declared: bool
    is_ordered: bool
    is_numeric: bool

    def __len__(self) -> int:
        return len(self.categories)


def read_label(text: str, *, level: str) -> str:
    """The one spelling of a label: numbers as exact decimals (0.10 is 0.1), all else as it came.

    Raises `ScaleError` for what the level cannot hold: words at the interval and ratio levels, and negative numbers
    at the ratio level, whose distance ((a - b) / (a + b))² would divide by nothing or exceed 1.
    """
    text = text.strip()
    if level not in NUMERIC_LEVELS:
        return spell_number(Decimal(text)) if PLAIN_NUMBER.fullmatch(text) else text
    if not ANY_NUMBER.fullmatch(text):
        raise ScaleError(f"{shorten(text)} is not a number, and the {level} level needs numbers")
    number = Decimal(text)
    if number and not SMALLEST <= abs(number) <= LARGEST:
        raise ScaleError(f"{shorten(text)} is out of range; state it in other units")
    if level == "ratio" and number < 0:
        raise ScaleError(f"{shorten(text)} is negative, and the ratio level starts at 0")
    return spell_number(number)


def spell_number(number: Decimal) -> str:
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "+0") else text


def make_scale(level: str, *, declared: Sequence[str] | None, observed: Iterable[str]) -> Scale:
    """The scale of labels spelt by `read_label`; `declared` in their order, where the owner of the rubric stated it.

    Without a declaration the observed labels are all there is: numbers in their order, words in the alphabet's.
    """
    if level not in LEVELS:
        raise ScaleError(f"unknown level {level!r}; known are {', '.join(LEVELS)}")
    found = set(observed)
    categories = tuple(sorted(found)) if declared is None else read_declared(declared, level=level)
    if unknown := sorted(found.difference(categories)):
        raise ScaleError(f"the label {shorten(unknown[0])} is not declared; known are {', '.join(categories)}")
    is_numeric = all(PLAIN_NUMBER.fullmatch(category) for category in categories)
    if declared is None and is_numeric:
        categories = tuple(sorted(categories, key=Decimal))
    if declared is None and level == "ordinal" and not is_numeric:
        raise ScaleError("words have no order by themselves; declare the categories in their order")
    values = np.array([float(category) for category in categories] if is_numeric else range(len(categories)), float)
    if len(set(values.tolist())) < len(values):
        raise ScaleError("two of the numbers differ beyond the 15 digits that are computed with; round them")
    is_declared = declared is not None
    return Scale(level, categories, values, is_declared, is_declared or level != "nominal", is_numeric)


def read_declared(declared: Sequence[str], *, level: str) -> tuple[str, ...]:
    categories = tuple(read_label(text, level=level) for text in declared)
    if len(categories) < 2 or not all(categories):
        raise ScaleError("declare two or more categories, none of them empty")
    for index, category in enumerate(categories):
        if category in categories[:index]:
            raise ScaleError(f"the category {shorten(category)} is declared twice")
    return categories


def shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
