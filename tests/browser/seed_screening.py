"""Run inside an installation: a queue that asks for a qualification, the cases to earn it on, live work, and two people
who are new."""

from django.utils import timezone

from labeling.models import GoldCase, Membership
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import SUPPORT_REPLY
from labeling.services.gold import create_gold_case
from labeling.services.ingest import ingest_reference, ingest_rows
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_first_admin, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric
from tests.world import BAD, GOOD, PASSWORD, chat_row

now = timezone.now()
ada = create_first_admin(username="ada", password=PASSWORD, now=now)
made = {"author": ada, "now": now}
# As short as a test can wait for: the result comes once nothing can be taken back.
project = create_project(slug="shop", name="Shop assistant", creator=ada, now=now, take_back_seconds=2)
version = create_rubric(project=project, key="replies", name="Replies", preset=SUPPORT_REPLY, **made)
queue = create_queue(
    project=project,
    slug="support",
    name="Support replies",
    rubric=version.rubric,
    needs_qualification=True,
    n_training=2,
    n_screen=5,
    gold_share=0.0,
    **made,
)
for name in ("nia", "noa"):
    user = create_user(username=name, password=PASSWORD, now=now)
    add_member(project=project, user=user, role=Membership.Role.REVIEWER, actor=ada, now=now)
publish_policy(
    project=project, definition={**DEFAULT_DEFINITION, "requires": []}, reason="People see everything.", **made
)
for use, known in [
    *[(GoldCase.Use.TRAINING, ("reject", BAD))] * 2,
    *[(GoldCase.Use.SCREEN, ("approve", GOOD))] * 5,
]:
    number = GoldCase.objects.count()
    create_gold_case(
        item=ingest_reference(project, chat_row(f"case-{number}", output=f"Case {number}: we are sorry."), now=now),
        version=version,
        verdict=known[0],
        answers=known[1],
        explanation="It promises nothing that the policy offers: a refund or a replacement.",
        use=use,
        **made,
    )
rows = [chat_row(f"live-{number}", output=f"Live reply {number}.") for number in range(3)]
outcomes = ingest_rows(project, list(enumerate(rows, start=1)), door="api", batch=None, now=now)
assert {outcome.status for outcome in outcomes} == {"created"}, outcomes
