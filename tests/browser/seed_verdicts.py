"""Run inside an installation: a small shop whose labels settle a second after they were given, with two replies."""

from django.utils import timezone

from labeling.models import Membership, User
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import SUPPORT_REPLY
from labeling.services.ingest import ingest_rows
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric
from tests.world import PASSWORD, chat_row

now = timezone.now()
ada = User.objects.get(username="ada")
project = create_project(slug="shop", name="Shop assistant", creator=ada, now=now, take_back_seconds=1)
for name, role in (("ana", Membership.Role.REVIEWER), ("olga", Membership.Role.OWNER)):
    user = create_user(username=name, password=PASSWORD, now=now)
    add_member(project=project, user=user, role=role, actor=ada, now=now)
made = {"project": project, "author": ada, "now": now}
version = create_rubric(key="support", name="Support", preset=SUPPORT_REPLY, **made)
shares = {"overlap": 1, "doubled_share": 0.0, "gold_share": 0.0}
create_queue(slug="support", name="Support", rubric=version.rubric, kinds=("chat_reply",), **shares, **made)
tiers = {name: {**tier, "overlap": 1} for name, tier in DEFAULT_DEFINITION["tiers"].items()}
definition = {**DEFAULT_DEFINITION, "requires": [], "tiers": tiers}
publish_policy(project=project, definition=definition, reason="People see everything.", author=ada, now=now)
rows = [chat_row("to-revise"), chat_row("to-escalate", output="You may keep the kettle and the money.")]
outcomes = ingest_rows(project, list(enumerate(rows, start=1)), door="api", batch=None, now=now)
assert {outcome.status for outcome in outcomes} == {"created"}, outcomes
