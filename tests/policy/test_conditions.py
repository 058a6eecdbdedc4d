"""Conditions: compared exactly as written, nested two deep, refused with their place, and unsure means a person."""

import pytest

from labeling.policy.conditions import (
    MISSING,
    OPERATORS,
    CannotCompare,
    PolicyError,
    look_up,
    parse_condition,
)


def compared(field, op, value, facts):
    return parse_condition({"field": field, "op": op, "value": value}, "when").holds(facts)


def refused_at(raw):
    with pytest.raises(PolicyError) as refusal:
        parse_condition(raw, "when")
    return refusal.value.place


@pytest.mark.parametrize(
    ("op", "at_the_boundary"), [("<", False), ("<=", True), (">", False), (">=", True), ("==", True), ("!=", False)]
)
@pytest.mark.parametrize("number", [0.85, 500, -1, 0])
def test_the_boundary_is_exactly_as_written(op, at_the_boundary, number):
    holds = compared("metadata.score", op, number, {"metadata": {"score": number}})

    assert holds is at_the_boundary


@pytest.mark.parametrize(("confidence", "is_below"), [(0.8499999, True), (0.85, False), (0.8500001, False)])
def test_085_is_not_below_085(confidence, is_below):
    assert compared("confidence", "<", 0.85, {"confidence": confidence}) is is_below


@pytest.mark.parametrize(("amount", "is_above"), [(499.99, False), (500, False), (500.0, False), (500.01, True)])
def test_an_amount_of_500_is_not_above_500(amount, is_above):
    assert compared("action.amount", ">", 500, {"action": {"amount": amount}}) is is_above


@pytest.mark.parametrize(
    ("op", "value", "found", "holds"),
    [
        ("in", ["refund", "legal"], "legal", True),
        ("in", ["refund", "legal"], "Legal", False),
        ("in", ["refund"], ["refund"], False),
        ("in", ["refund"], {"refund": 1}, False),
        ("in", [1], 1.0, True),
        ("in", [1], True, False),
        ("in", [None], None, True),
        ("==", 1, True, False),
        ("==", True, 1, False),
        ("==", False, 0, False),
        ("!=", True, 1, True),
        ("==", True, True, True),
        ("==", "a", ["a"], False),
        ("contains", "REFUND", "I want a refund.", True),
        ("contains", "refund", ["refund", {}], True),
        ("contains", "ref", ["refund"], False),
        ("contains", 1, [True], False),
        ("contains", 30, "within 30 days", True),
    ],
)
def test_a_comparison_answers_as_json_reads(op, value, found, holds):
    assert compared("metadata.x", op, value, {"metadata": {"x": found}}) is holds


@pytest.mark.parametrize("op", [op for op in OPERATORS if op != "exists"])
def test_a_missing_field_fits_no_comparison(op):
    value = [1] if op == "in" else 1

    assert compared("metadata.x", op, value, {"metadata": {}}) is False


@pytest.mark.parametrize(("asked", "given", "holds"), [(True, 1, True), (False, 1, False), (True, None, True)])
def test_exists_asks_whether_the_field_is_given(asked, given, holds):
    assert compared("metadata.x", "exists", asked, {"metadata": {"x": given}}) is holds


def test_exists_false_holds_where_the_field_is_missing():
    assert compared("metadata.x", "exists", False, {"metadata": {}}) is True


@pytest.mark.parametrize("found", ["600", None, True, [600], {"value": 600}, float("nan"), float("inf")])
def test_what_is_not_a_finite_number_cannot_be_ordered(found):
    with pytest.raises(CannotCompare):
        compared("action.amount", ">", 500, {"action": {"amount": found}})


def test_a_misfit_says_the_kind_of_the_value_and_not_the_value():
    with pytest.raises(CannotCompare) as misfit:
        compared("metadata.note", ">", 1, {"metadata": {"note": "her home address"}})

    assert "a text" in str(misfit.value)
    assert "address" not in str(misfit.value)


def test_an_enormous_whole_number_is_compared_without_a_float():
    assert compared("action.amount", ">", 0.5, {"action": {"amount": 10**400}}) is True


def test_contains_needs_a_text_or_a_list():
    with pytest.raises(CannotCompare):
        compared("metadata.x", "contains", "a", {"metadata": {"x": 5}})


def test_a_path_that_runs_into_a_list_cannot_be_compared():
    with pytest.raises(CannotCompare):
        compared("action.amount", ">", 500, {"action": [{"amount": 600}]})


def test_a_null_on_the_way_is_a_missing_field():
    assert look_up({"action": None}, "action.amount") is MISSING


def test_a_key_with_dots_wins_over_nesting_at_every_step():
    facts = {"metadata": {"a.b": 1, "a": {"b": 2}}, "x.y": 3, "x": {"y": 4}}

    assert (look_up(facts, "metadata.a.b"), look_up(facts, "x.y")) == (1, 3)


YES = {"field": "kind", "op": "==", "value": "yes"}
NO = {"field": "kind", "op": "==", "value": "no"}


@pytest.mark.parametrize(
    ("raw", "holds"),
    [
        ({"all": [YES, YES]}, True),
        ({"all": [YES, NO]}, False),
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"all": [YES, {"any": [NO, YES]}]}, True),
        ({"any": [NO, {"all": [YES, NO]}]}, False),
    ],
)
def test_all_and_any_join_two_levels_deep(raw, holds):
    assert parse_condition(raw, "when").holds({"kind": "yes"}) is holds


def test_a_third_level_is_refused_with_its_place():
    raw = {"all": [YES, {"any": [NO, {"all": [YES]}]}]}

    assert refused_at(raw) == "when.all[1].any[1].all"


def test_ten_thousand_levels_are_refused_like_three():
    raw = YES
    for _ in range(10_000):
        raw = {"all": [raw]}

    assert refused_at(raw) == "when.all[0].all[0].all"


@pytest.mark.parametrize("joiner", ["all", "any"])
def test_a_misfit_is_never_hidden_by_the_other_part(joiner):
    settles_it = NO if joiner == "all" else YES
    condition = parse_condition({joiner: [settles_it, {"field": "action.amount", "op": ">", "value": 1}]}, "when")

    with pytest.raises(CannotCompare):
        condition.holds({"kind": "yes", "action": {"amount": "a lot"}})


@pytest.mark.parametrize("field", ["signal.novelty", "judge.safety", "confidence"])
def test_a_signal_that_has_not_come_leaves_the_answer_open(field):
    condition = parse_condition({"field": field, "op": "==", "value": 1}, "when")

    assert [condition.holds({}), condition.holds({}, if_unknown=True)] == [False, True]


def test_another_missing_field_is_a_plain_no():
    condition = parse_condition({"field": "action.amount", "op": ">", "value": 1}, "when")

    assert condition.holds({}, if_unknown=True) is False


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (None, "when"),
        ([], "when"),
        ("confidence < 0.85", "when"),
        ({**YES, "valu": 1}, "when"),
        ({"op": "==", "value": 1}, "when.field"),
        ({**YES, "field": ""}, "when.field"),
        ({**YES, "field": ["kind"]}, "when.field"),
        ({**YES, "op": "above"}, "when.op"),
        ({**YES, "op": ["=="]}, "when.op"),
        ({"field": "kind", "op": "=="}, "when.value"),
        ({"field": "kind", "op": "contains"}, "when.value"),
        ({**YES, "op": "<", "value": "5"}, "when.value"),
        ({**YES, "op": "<", "value": True}, "when.value"),
        ({**YES, "op": "<", "value": float("nan")}, "when.value"),
        ({**YES, "op": ">", "value": float("inf")}, "when.value"),
        ({**YES, "op": "in", "value": "refund"}, "when.value"),
        ({**YES, "op": "in", "value": []}, "when.value"),
        ({**YES, "op": "in", "value": [{"a": 1}]}, "when.value"),
        ({**YES, "op": "==", "value": ["a"]}, "when.value"),
        ({**YES, "op": "!=", "value": {"a": 1}}, "when.value"),
        ({**YES, "op": "==", "value": float("nan")}, "when.value"),
        ({**YES, "op": "contains", "value": ""}, "when.value"),
        ({**YES, "op": "contains", "value": None}, "when.value"),
        ({**YES, "op": "exists", "value": 1}, "when.value"),
        ({"all": [], "any": []}, "when"),
        ({"all": [YES], "field": "kind"}, "when"),
        ({"all": []}, "when.all"),
        ({"any": YES}, "when.any"),
        ({"all": [YES, {**NO, "op": "is"}]}, "when.all[1].op"),
        ({"any": [{"all": [YES, 5]}]}, "when.any[0].all[1]"),
    ],
)
def test_a_mistake_is_refused_with_its_place(raw, place):
    assert refused_at(raw) == place


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"field": "action.amount", "op": ">", "value": 500}, "action.amount > 500"),
        ({"field": "intent", "op": "in", "value": ["refund", "legal"]}, "intent in refund, legal"),
        ({"field": "action", "op": "exists", "value": False}, "action is missing"),
        ({"any": [YES, {"all": [NO, YES]}]}, "kind == yes or (kind == no and kind == yes)"),
    ],
)
def test_a_condition_reads_as_it_was_written(raw, words):
    assert str(parse_condition(raw, "when")) == words


def test_a_condition_is_worded_with_the_values_of_json():
    said = [
        str(parse_condition({"field": "metadata.x", "op": op, "value": value}, "when"))
        for op, value in (("==", False), ("!=", None), ("in", [True, "a", 1]))
    ]

    assert said == ["metadata.x == false", "metadata.x != null", "metadata.x in true, a, 1"]
