"""The inclusion probability is the share of draws that enters review, whatever the policy and the item."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.policy.routing import decide
from labeling.policy.sampling import sampling_u
from tests.policy.worlds import calm_item, policy_with, tiers_with

N_DRAWS = 2_000
# Keyed draws of one salt: the same in every run, so that the test is about the policy and not about luck.
DRAWS = sorted(sampling_u("salt", source_system="helpdesk", external_id=f"r-{number}") for number in range(N_DRAWS))
SHARES = st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.37, 0.5, 0.9, 1.0])
FIELDS = st.sampled_from(["action.amount", "intent", "segment", "signal.judge_vote_share"])


@st.composite
def rules(draw: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": f"rule {number}",
            "when": {"field": draw(FIELDS), "op": "exists", "value": draw(st.booleans())},
            "review_share": draw(SHARES),
        }
        for number in range(draw(st.integers(0, 3)))
    ]


@st.composite
def policies(draw: Any) -> Any:
    return policy_with(
        tiers=tiers_with(high=draw(SHARES), medium=draw(SHARES), low=draw(SHARES)),
        audit_share=draw(st.sampled_from([0.01, 0.02, 0.2, 1.0])),
        confidence={"signal": "judge_vote_share", "cut": draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))},
        rules=draw(rules()),
    )


ITEMS = st.builds(
    calm_item,
    stakes=st.sampled_from(["high", "medium", "low", "unstated"]),
    facts=st.sampled_from([{}, {"action": {"amount": 40}}, {"intent": "refund", "segment": "new"}]),
    signals=st.sampled_from([{"judge_vote_share": 1.0}, {"judge_vote_share": 0.7}]),
    is_review_requested=st.booleans(),
    is_hold_over=st.just(True),
)


@settings(max_examples=150, deadline=None)
@given(policies(), ITEMS)
def test_inclusion_probability_is_the_share_of_draws_that_enters_review(policy, item):
    decisions = [decide(item, policy, u=u) for u in DRAWS]

    (chance,) = {decision.inclusion_probability for decision in decisions}
    n_reviewed = sum(decision.outcome == "review" for decision in decisions)
    # Four standard errors of a binomial share; at 0 and 1 there is no room at all.
    assert abs(n_reviewed - N_DRAWS * chance) <= 4 * (N_DRAWS * chance * (1 - chance)) ** 0.5
    # And not only as many: exactly those below it, so that 1 / π is the weight of each.
    assert [decision.outcome for decision in decisions] == ["review" if u < chance else "ship" for u in DRAWS]


@settings(max_examples=60, deadline=None)
@given(policies(), ITEMS)
def test_whatever_would_ship_is_audited_by_the_share_promised(policy, item):
    assert decide(item, policy, u=0.5).inclusion_probability >= policy.audit_share >= 0.01


def test_draws_of_many_items_are_uniform():
    """Chi-squared over 20 equal cells of 20,000 keyed draws: 43.8 is its 0.999 quantile at 19 degrees of freedom."""
    counts = [0] * 20
    for number in range(20_000):
        counts[int(20 * sampling_u("salt", source_system="helpdesk", external_id=f"item {number}"))] += 1

    assert sum((count - 1_000) ** 2 / 1_000 for count in counts) < 43.8
