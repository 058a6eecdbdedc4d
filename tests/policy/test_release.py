"""Release: only what was shipped or finally approved leaves; everything else is refused or waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.policy.release import Release, release_of


def test_what_the_policy_shipped_is_cleared():
    release = release_of("shipped")

    assert (release.is_cleared, release.is_decided) == (True, True)


def test_a_final_approval_is_cleared():
    release = release_of("final", verdict="approve", is_bad=False)

    assert release == Release(True, True, "the final verdict is approve")


@pytest.mark.parametrize("verdict", ["revise", "reject"])
def test_any_other_final_verdict_is_refused_by_name(verdict):
    release = release_of("final", verdict=verdict, is_bad=True)

    assert release == Release(False, True, f"the final verdict is {verdict}", is_revised=verdict == "revise")
    assert release.outcome == {"revise": "revised", "reject": "refused"}[verdict]


def test_an_approval_that_fails_a_gating_criterion_is_refused():
    release = release_of("final", verdict="approve", is_bad=True)

    assert (release.is_cleared, release.is_decided) == (False, True)
    assert "gating criterion" in release.reason


def test_a_final_label_without_a_verdict_is_refused_and_says_why():
    release = release_of("final", verdict="", is_bad=False)

    assert release == Release(False, True, "its rubric asks for no verdict, so nobody approved it")


def test_final_without_a_label_is_refused():
    assert release_of("final").is_cleared is False


@pytest.mark.parametrize("status", ["unrouted", "awaiting", "in_review", "disputed"])
def test_what_is_undecided_is_neither_cleared_nor_refused(status):
    release = release_of(status)

    assert (release.is_cleared, release.is_decided) == (False, False)


@pytest.mark.parametrize("status", ["in_review", "disputed"])
def test_what_was_final_and_is_decided_again_says_so(status):
    release = release_of(status, is_reopened=True)

    assert (release.is_cleared, release.is_decided) == (False, False)
    assert "was final and is being decided again" in release.reason


@pytest.mark.parametrize("status", ["bounced", "reference", "a status of tomorrow"])
def test_what_can_never_leave_is_refused_for_good(status):
    release = release_of(status)

    assert (release.is_cleared, release.is_decided) == (False, True)


@given(status=st.text(), verdict=st.none() | st.text(), is_bad=st.none() | st.booleans())
def test_nothing_else_is_ever_cleared(status, verdict, is_bad):
    release = release_of(status, verdict=verdict, is_bad=is_bad)

    expected = status == "shipped" or (status == "final" and verdict == "approve" and is_bad is False)
    assert release.is_cleared is expected
    assert release.reason
