"""A capacity plan as JSON, its numbers read as exact decimals."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    join_path,
    name_type,
    read_list,
    read_name,
    refuse_unknown,
)
from labeling.formats.jsonl import refuse_duplicates
from labeling.formats.lines import BadFile, open_source, strip_mark

PLAN_FIELDS = frozenset({"tiers", "productive_minutes_per_reviewer", "utilisation", "shrinkage"})
TIER_FIELDS = frozenset(
    {"tier", "items", "review_fraction", "minutes_per_item", "overlap", "gold_share", "repeat_share"}
)
LARGEST = Decimal("1e12")
SMALLEST = Decimal("1e-12")


PlannedTier = tuple[str, Fraction, Fraction, Fraction, Fraction, Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Plan:
    """`tiers` are (name, items, review fraction, minutes per item, overlap, gold share, repeat share)."""

    tiers: tuple[PlannedTier, ...]
    productive_minutes_per_reviewer: Fraction
    utilisation: Fraction
    shrinkage: Fraction


def read_plan(path: Path) -> Plan:
    """The plan, or `BadFile` that names the field; utilisation is 1 and shrinkage 0 where they are left out."""
    try:
        raw = as_object(decode_plan(path), "")
        refuse_unknown(raw, PLAN_FIELDS, "")
        tiers = read_list(raw, "tiers", "")
        if not tiers:
            raise RowError("tiers", "is empty; give at least one tier")
        rows = [read_tier(value, f"tiers[{index}]") for index, value in enumerate(tiers)]
        names = [name for name, *_ in rows]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise RowError(f"tiers[{index}].tier", f"{name!r} is there twice; give each tier one name")
        return Plan(
            tuple(rows),
            read_exact(raw, "productive_minutes_per_reviewer", "", is_positive=True),
            read_exact(raw, "utilisation", "", most=1, is_positive=True, default=1),
            read_below_one(raw, "shrinkage", "", "leaves no minute to review in"),
        )
    except RowError as error:
        raise BadFile(f"{path.name}: {error}.") from error


def decode_plan(path: Path) -> object:
    with open_source(path) as stream:
        content = strip_mark(stream.read())
    try:
        return json.loads(
            content.decode(),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=refuse_constant,
            object_pairs_hook=refuse_duplicates,
        )
    except UnicodeDecodeError as error:
        raise RowError("", f"is not UTF-8 at byte {error.start + 1}; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise RowError("", f"is not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except InvalidOperation as error:
        raise RowError("", f"holds a number far beyond {LARGEST:,f}; state it in other units") from error
    except RecursionError as error:
        raise RowError("", "is nested too deeply for a plan") from error


def refuse_constant(name: str) -> NoReturn:
    raise RowError("", f"{name} is not a JSON number")


def read_tier(value: object, path: str) -> PlannedTier:
    raw = as_object(value, path)
    refuse_unknown(raw, TIER_FIELDS, path)
    return (
        read_name(raw, "tier", path, limit=200),
        read_exact(raw, "items", path),
        read_exact(raw, "review_fraction", path, most=1),
        read_exact(raw, "minutes_per_item", path),
        read_exact(raw, "overlap", path, is_positive=True, default=1),
        read_below_one(raw, "gold_share", path, "leaves no turn for an item"),
        read_below_one(raw, "repeat_share", path, "leaves no turn for an item"),
    )


def read_below_one(raw: Object, key: str, path: str, harm: str) -> Fraction:
    share = read_exact(raw, key, path, most=1, default=0)
    if share == 1:
        raise RowError(join_path(path, key), f"is 1, which {harm}; it must be below 1")
    return share


def read_exact(
    raw: Object, key: str, path: str, *, most: int | None = None, is_positive: bool = False, default: int | None = None
) -> Fraction:
    value = raw.get(key)
    if value is None and default is not None:
        return Fraction(default)
    if not isinstance(value, Decimal):
        found = "is required" if value is None else f"must be a number, not {name_type(value)}"
        raise RowError(join_path(path, key), found)
    # Also keeps 1e999999999 from becoming a whole number of a billion digits.
    is_sane = value == 0 or SMALLEST <= abs(value) <= LARGEST
    top = LARGEST if most is None else Decimal(most)
    if not is_sane or not 0 <= value <= top or (is_positive and value == 0):
        floor = "above 0" if is_positive else "0 or more"
        raise RowError(join_path(path, key), f"is {value:.6g} but must be {floor} and at most {top:,f}")
    return Fraction(value)
