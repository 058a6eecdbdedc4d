"""A world whose audit part has labels: outputs of two confidences, the doubtful ones often bad."""

from labeling.policy.splits import AUDIT
from labeling.services.thresholds import look_at_labels, plan_search
from tests.world import BAD, GOOD, chat_row, judged

SURE, DOUBTFUL = judged("pass", "pass", "pass"), judged("pass", "pass", "fail")


def label_audit_items(world, *, sure, doubtful=(), prefix="a"):
    """One item of the audit part for each flag, which says if people found it bad; sure ones first."""
    world.project.take_back_seconds = 0
    world.project.save()
    flags = [*((is_bad, SURE) for is_bad in sure), *((is_bad, DOUBTFUL) for is_bad in doubtful)]
    for number, (is_bad, votes) in enumerate(flags):
        world.ingest_into(AUDIT, chat_row(f"{prefix}-{number}", judge_verdicts=votes))
        world.review_next(
            world.ana if number % 2 else world.ben,
            verdict="reject" if is_bad else "approve",
            answers=BAD if is_bad else GOOD,
        )
    world.settle_all()


def plan(world, **changes):
    """Four labels without an error rule out 50 % with 90 % confidence."""
    asked = {"signal": "judge_vote_share", "target": 0.5, "confidence": 0.9, "n_labels": 4, **changes}
    return plan_search(world.project, **asked, actor=world.ada, now=world.now)


def look(world, search):
    return look_at_labels(search, actor=world.ada, now=world.now)
