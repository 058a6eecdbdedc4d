"""What a judge version may do now: the first of its name as the policy says, every other one once it is cleared."""

import pytest

from labeling.policy.judge_life import JudgeRecord, standing_of, weakest

FIRST = {"name": "house", "model": "m1", "is_first": True}
NEXT = {"name": "house", "model": "m2", "is_first": False}


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (FIRST, "unproven"),
        (NEXT, "stale"),
        (NEXT | {"finding": "may_gate"}, "stale"),
        (NEXT | {"finding": "may_gate", "is_cleared": True, "was_cleared": True}, "cleared"),
        (NEXT | {"finding": "may_gate", "is_cleared": True, "lapsed": "the rubric changed since"}, "stale"),
        (NEXT | {"finding": "may_gate", "is_cleared": True, "suspended_because": "drift"}, "suspended"),
        (FIRST | {"suspended_because": "drift"}, "suspended"),
        (FIRST | {"finding": "missing"}, "unproven"),
        (FIRST | {"finding": "triage"}, "unproven"),
        (FIRST | {"is_latecomer": True}, "stale"),
        (FIRST | {"finding": "broken"}, "stale"),
        (FIRST | {"was_cleared": True, "is_name_cleared": True, "finding": "may_gate"}, "stale"),
        (FIRST | {"is_name_cleared": True}, "stale"),
    ],
)
def test_only_a_cleared_version_or_the_first_of_a_name_is_heard(record, state):
    standing = standing_of(JudgeRecord(**record))

    assert (standing.state, standing.is_heard) == (state, state in ("cleared", "unproven"))


def test_a_changed_judge_is_named_with_its_model():
    assert standing_of(JudgeRecord(**NEXT)).words == "house changed (model m2) and has not been validated"


def test_several_criteria_come_to_the_weakest():
    assert weakest(["may_gate", "triage"]) == "triage"
    assert weakest(["may_gate", "missing"]) == "missing"
    assert weakest(["triage", "broken", "may_gate"]) == "broken"
    assert weakest([]) == "missing"
