"""What comes with a verdict: what is asked beside it, and what a final label takes over."""

import pytest

from labeling.models.verdicts import EscalationRole, FailureCause, FailureKind, FailureSeverity
from labeling.policy.verdicts import (
    BY_NAME,
    ESCALATION_ROLES,
    FAILURE_KINDS,
    LONGEST_CORRECTION,
    ROOT_CAUSES,
    SEVERITIES,
    Finding,
    VerdictDetails,
    agreed_correction,
    agreed_finding,
    complaints_about_details,
    details_that_belong,
    same_text,
)

WHOLE = Finding("unsafe", "critical", "model")


def complaints(verdict, *, note="because", **details):
    return set(complaints_about_details(VerdictDetails(**details), verdict=verdict, note=note))


@pytest.mark.parametrize(
    ("offered", "stored"),
    [
        (FAILURE_KINDS, FailureKind),
        (SEVERITIES, FailureSeverity),
        (ROOT_CAUSES, FailureCause),
        (ESCALATION_ROLES, EscalationRole),
    ],
)
def test_what_is_offered_is_what_can_be_stored(offered, stored):
    assert [value for value, _ in offered] == stored.values


def test_a_reject_says_what_failed_and_how_badly():
    assert complaints("reject") == {"failure_kind", "failure_severity"}
    assert complaints("reject", finding=WHOLE) == set()


def test_a_revise_may_say_nothing_but_not_half():
    assert complaints("revise") == set()
    assert complaints("revise", finding=Finding(kind="format")) == {"failure_severity"}
    assert complaints("revise", finding=Finding(severity="minor")) == {"failure_kind"}


def test_another_failure_needs_words():
    assert complaints("reject", finding=Finding("other", "minor")) == {"failure_words"}
    assert complaints("reject", finding=Finding("other", "minor", words="It rhymes.")) == set()


def test_what_no_list_has_is_refused_by_field():
    nonsense = Finding("bad", "very", "aliens", "x" * 201)

    assert complaints("revise", finding=nonsense) == {
        "failure_kind",
        "failure_severity",
        "failure_cause",
        "failure_words",
    }


def test_an_escalation_says_why_and_to_whom():
    assert complaints("escalate", note=" ") == {"note"}
    assert complaints("escalate", escalated_to=BY_NAME) == {"escalated_to"}
    assert complaints("escalate", escalated_to="owner") == set()


def test_a_correction_has_a_limit():
    assert complaints("revise", correction="x" * (LONGEST_CORRECTION + 1)) == {"correction"}


def test_a_verdict_keeps_only_the_details_that_are_its_own():
    given = VerdictDetails("Better.", WHOLE, "owner")

    kept = {verdict: details_that_belong(given, verdict) for verdict in ("approve", "revise", "reject", "escalate", "")}

    assert kept == {
        "approve": VerdictDetails(),
        "revise": VerdictDetails("Better.", WHOLE),
        "reject": VerdictDetails(finding=WHOLE),
        "escalate": VerdictDetails(escalated_to="owner"),
        "": VerdictDetails(),
    }


def test_an_escalation_to_nobody_in_particular_is_for_anybody_who_settles():
    assert details_that_belong(VerdictDetails(), "escalate").escalated_to == "adjudicator"


def test_line_ends_and_space_around_are_no_change_of_a_text():
    assert same_text("One\r\ntwo\n", "One\ntwo")
    assert not same_text("One two", "One, two")


# --- what a final label takes over ------------------------------------------------------------------------------------


def test_one_review_is_the_finding_itself():
    assert agreed_finding([WHOLE]) == WHOLE


def test_a_part_is_agreed_when_more_than_half_said_it():
    other = Finding("unsafe", "major", "model")

    assert agreed_finding([WHOLE, other]) == Finding("unsafe", "", "model")
    assert agreed_finding([WHOLE, WHOLE, other]) == WHOLE


def test_where_no_kind_is_agreed_nothing_is():
    assert not agreed_finding([WHOLE, Finding("format", "critical", "model")])
    assert not agreed_finding([WHOLE, Finding()])
    assert not agreed_finding([])


def test_two_corrections_that_differ_are_none():
    assert agreed_correction({7: "Better.", 9: "Better. "}) == (7, "Better.")
    assert agreed_correction({7: "Better.", 9: "Best."}) is None
    assert agreed_correction({}) is None
