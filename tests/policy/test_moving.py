"""Two databases that hold the same row write the same line, and any other row writes another one."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from labeling.policy.moving import complaint_about, line_of, write_json, write_time

NO_BOUNDS = (None, None)


@pytest.mark.parametrize(
    ("in_sqlite", "in_postgresql"),
    [
        ('{"long": 1, "b": [true, null]}', '{"b": [true, null], "long": 1}'),
        (json.dumps({"text": "naïve \U0001f600"}), '{"text": "naïve \U0001f600"}'),
        (json.dumps([1e16, 1e300, -0.0, 0.1, 1.0]), f"[10000000000000000, 1{'0' * 300}, 0.0, 0.1, 1.0]"),
        (json.dumps([1e-05, 5e-324]), f"[0.00001, 0.{'0' * 323}5]"),
        (json.dumps(2**70), str(2**70)),
    ],
)
def test_json_that_two_databases_spell_differently_is_the_same(in_sqlite, in_postgresql):
    assert write_json(in_sqlite) == write_json(in_postgresql)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "1.0"), ("1", "true"), ("[1, 2]", "[2, 1]"), ('"1"', "1"), ("null", '""'), ("0.1", "0.10000000000000002")],
)
def test_json_that_says_something_else_is_another(one, other):
    assert write_json(one) != write_json(other)


def test_one_moment_is_the_same_in_every_zone_and_a_microsecond_later_is_another():
    moment = datetime(2026, 11, 2, 9, 0, 0, 1, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=2)))

    assert write_time(moment) == write_time(elsewhere)
    assert write_time(moment) != write_time(moment + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("value", "other"), [(1, 1.0), (1, True), ("", None), (0.0, -0.0), (Decimal("1.00"), 1.0), (b"a", "a"), ("a", "a ")]
)
def test_values_of_other_types_are_no_equals(value, other):
    assert line_of([value], [None]) != line_of([other], [None])


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("a\0b", "", "NUL"),
        (json.dumps({"a": "\0"}), "json", "NUL"),
        (json.dumps({"a": "\ud800"}), "json", "surrogate"),
        ("x" * 11, "", "11 characters"),
        (40_000, "", "outside of 0 to 32767"),
    ],
)
def test_what_postgresql_does_not_take_is_named(value, kind, words):
    assert words in complaint_about(value, kind=kind, longest=10 if kind == "" else None, bounds=(0, 32767))


@pytest.mark.parametrize(
    "value", [json.dumps("\\u0000"), json.dumps("\U0001f600"), json.dumps("\\ud800"), json.dumps("plain")]
)
def test_what_only_looks_like_it_is_fine(value):
    assert complaint_about(value, kind="json", longest=None, bounds=NO_BOUNDS) == ""
