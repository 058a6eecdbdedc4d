"""Run inside an installation: a queue that asks for a qualification, cases to earn it on, and gold among its items."""

from django.utils import timezone

from labeling.models import GoldCase, Membership, User
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import SUPPORT_REPLY
from labeling.services.gold import create_gold_case
from labeling.services.ingest import ingest_reference, ingest_rows
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric
from tests.world import BAD, GOOD, PASSWORD, chat_row

now = timezone.now()
ada = User.objects.get(username="ada")
project = create_project(slug="shop", name="Shop assistant", creator=ada, now=now, take_back_seconds=1)
people = {name: create_user(username=name, password=PASSWORD, now=now) for name in ("ana", "olga")}
for name, role in (("ana", Membership.Role.REVIEWER), ("olga", Membership.Role.OWNER)):
    add_member(project=project, user=people[name], role=role, actor=ada, now=now)
made = {"project": project, "author": ada, "now": now}
version = create_rubric(key="support", name="Support", preset=SUPPORT_REPLY, **made)
create_queue(
    slug="support",
    name="Support",
    rubric=version.rubric,
    kinds=("chat_reply",),
    overlap=1,
    doubled_share=0.0,
    gold_share=1.0,
    needs_qualification=True,
    n_training=1,
    n_screen=2,
    **made,
)
tiers = {name: {**tier, "overlap": 1} for name, tier in DEFAULT_DEFINITION["tiers"].items()}
definition = {**DEFAULT_DEFINITION, "requires": [], "tiers": tiers}
publish_policy(project=project, definition=definition, reason="People see everything.", author=ada, now=now)


FINE = {**GOOD, "grounded": "supported"}


def make_cases(n_cases, *, use, verdict, answers):
    for number in range(n_cases):
        create_gold_case(
            item=ingest_reference(project, chat_row(f"known-{use}-{number}"), now=now),
            version=version,
            verdict=verdict,
            answers=answers,
            explanation="The policy says so.",
            author=people["olga"],
            use=use,
            now=now,
        )


# Enough to qualify twice; whoever approves all of the live gold is wrong each time.
make_cases(2, use=GoldCase.Use.TRAINING, verdict="approve", answers=FINE)
make_cases(4, use=GoldCase.Use.SCREEN, verdict="approve", answers=FINE)
make_cases(30, use=GoldCase.Use.LIVE, verdict="reject", answers=BAD)
rows = [chat_row(f"live-{number}") for number in range(10)]
outcomes = ingest_rows(project, list(enumerate(rows, start=1)), door="api", batch=None, now=now)
assert {outcome.status for outcome in outcomes} == {"created"}, outcomes
