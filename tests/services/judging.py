"""Judges and people on as many items as an examination takes, cheaply: people's labels are imported."""

from labeling.models import JudgeVersion, Validation
from labeling.policy.splits import SEALED
from labeling.services.validations import examine_judge, open_sealed_part
from tests.world import JUDGE, chat_row

NEXT = JUDGE | {"model": "judge-model-2"}
THIRD = JUDGE | {"model": "judge-model-3"}
CALM = {
    "stakes": "low",
    "metadata": {"order_value": 20},
}
# What a judge passes ships, unless somebody asks: no draw lies below this share of audits.
SHIPS = {
    "judge_passes": {"criterion": "correct", "labels": ["yes"]},
    "cold_start": {"mode": "sampled", "reason": "A pilot with a customer who knows."},
    "confidence": {"signal": "judge_vote_share", "cut": 0.9},
}


def says(judge, label="yes", *, runs=2):
    return [{"judge": judge, "criterion": "correct", "label": label, "run": run} for run in range(1, runs + 1)]


def label_of(number):
    return "yes" if number % 2 else "no"


def examined_by(world, judge, *, prefix, n_items=52, n_wrong=1, part=SEALED):
    """Items of one part on which a judge and a file of labels differ on the first `n_wrong`; returns the version."""
    rows, votes = [], []
    for number in range(n_items):
        truth = label_of(number)
        label = label_of(number + 1) if number < n_wrong else truth
        rows.append(chat_row(f"{prefix}-{number:03}", judge_verdicts=says(judge, label)))
        votes.append((f"{prefix}-{number:03}", "anneke", "correct", truth))
    world.ingest_into(part, *rows)
    world.import_votes(*votes, file_name=f"{prefix}.csv")
    return version_of(world, judge)


def version_of(world, judge):
    return JudgeVersion.objects.select_related("project").get(
        project=world.project, name=judge["name"], model=judge["model"]
    )


def open_for(world, version, *, now=None, actor=None):
    return open_sealed_part(
        version, world.rubric, actor=actor or world.olga, reason="It changed.", now=now or world.now
    )


def validate(world, version, *, now=None) -> Validation:
    opening, _ = open_for(world, version, now=now)
    return examine_judge(opening.pk, clock=lambda: now or world.now)
