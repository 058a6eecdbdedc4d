"""Which line of the register a decision falls under, from the reasons that were stored with it."""

from hypothesis import given
from hypothesis import strategies as st

from labeling.policy.named_decisions import guarded_rule


def reason(explanation, *, code="named_decision", fired=True):
    return {"code": code, "explanation": explanation, "fired": fired, "share": 1.0}


def test_a_reason_names_its_rule_in_front():
    assert guarded_rule([reason("large refunds: action.amount > 500")], ["large refunds"]) == "large refunds"


def test_a_rule_that_could_not_be_read_or_waits_for_a_signal_counts():
    unclear = reason("large refunds: action.amount holds a text", code="rule_unclear")
    missing = reason("large refunds: signal.x > 1 reads a signal that has not come", code="missing_signal")

    assert guarded_rule([unclear], ["large refunds"]) == guarded_rule([missing], ["large refunds"]) == "large refunds"


def test_what_did_not_fire_and_a_check_of_the_same_name_count_for_nothing():
    idle = reason("large refunds: action.amount > 500", fired=False)
    check = reason("large refunds: contains: refund", code="check_failed")

    assert guarded_rule([idle, check], ["large refunds"]) == ""


def test_the_first_reason_decides_and_of_two_names_the_longer():
    reasons = [reason("refunds: abroad: segment == abroad"), reason("refunds: action.amount > 500")]

    assert guarded_rule(reasons, ["refunds", "refunds: abroad"]) == "refunds: abroad"
    assert guarded_rule(reasons[::-1], ["refunds", "refunds: abroad"]) == "refunds"


@given(names=st.lists(st.text(min_size=1), min_size=1, unique=True), words=st.text())
def test_a_guarded_rule_that_fired_is_always_found(names, words):
    assert guarded_rule([reason(f"{names[0]}: {words}")], names) in names
