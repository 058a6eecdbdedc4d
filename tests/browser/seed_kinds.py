"""Run by seed.py: shops of one queue each, where twenty reviewers meet every kind of output and very long ones."""

from labeling.models import Membership, Project
from labeling.policy.blinding import PAIRED_KINDS
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import GENERAL_REVIEW, PREFERENCE
from labeling.services.ingest import ingest_rows
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric
from tests.kinds import every_kind, every_pair, paired_row, run_steps, summary_row, trajectory_row

N_SEATS = 20


def long_summary():
    row = {**summary_row(), "output": "\n\n".join(f"Line {n} of the summary." for n in range(1, 200))}
    row["context"]["source_text"] = "\n".join(f"Line {n} of the record." for n in range(1, 600))
    return row


def long_run():
    row = trajectory_row()
    row["context"]["steps"] = run_steps(500, observation="The order was paid and sent on its way. " * 12)
    return row


def long_pair():
    texts = tuple(" ".join(f"{side}{n % 997}" for n in range(45_000))[:200_000] for side in "xy")
    return paired_row("plan", texts, {"task": "A long plan."})


SHOPS = {
    "Every kind": (GENERAL_REVIEW, every_kind),
    "All pairs": (PREFERENCE, every_pair),
    "Long pairs": (PREFERENCE, lambda: [long_pair()]),
    "Long summaries": (GENERAL_REVIEW, lambda: [long_summary()]),
    "Long runs": (GENERAL_REVIEW, lambda: [long_run()]),
}


def open_kinds(*, ada, now):
    """The shops, and the people who review in all of them."""
    users = [
        create_user(username=f"kinds-{seat}", password=f"unused {seat} phrase", now=now) for seat in range(N_SEATS)
    ]
    for number, (name, (preset, rows)) in enumerate(SHOPS.items()):
        project = create_project(slug=f"kinds-{number}", name=name, creator=ada, now=now, take_back_seconds=60 * 60)
        open_queue(project, name, preset, ada=ada, now=now)
        outcomes = ingest_rows(project, list(enumerate(rows(), start=1)), door="api", batch=None, now=now)
        assert {outcome.status for outcome in outcomes} == {"created"}, outcomes
        for user in users:
            add_member(project=project, user=user, role=Membership.Role.REVIEWER, actor=ada, now=now)
    return users


def open_queue(project: Project, name, preset, *, ada, now):
    made = {"project": project, "author": ada, "now": now}
    version = create_rubric(key=preset.key, name=preset.name, preset=preset, **made)
    shares = {"overlap": N_SEATS, "doubled_share": 0.0, "gold_share": 0.0, "daily_cap": 1000}
    kinds = ("pairwise",) if preset is PREFERENCE else (*sorted(PAIRED_KINDS), "poem")
    create_queue(slug=preset.key, name=name, rubric=version.rubric, kinds=kinds, **shares, **made)
    definition = {**DEFAULT_DEFINITION, "requires": []}
    publish_policy(project=project, definition=definition, reason="People see everything.", author=ada, now=now)
