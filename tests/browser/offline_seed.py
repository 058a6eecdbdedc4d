"""Run inside an installation: a project SLUG with a queue of one turn an item, and two reviewers who could have it."""

import json

from django.conf import settings
from django.utils import timezone

from labeling.models import Membership, User
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import SUPPORT_REPLY
from labeling.services.ingest import ingest_rows
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric
from tests.sessions import session_of
from tests.world import chat_row

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
now, ada = timezone.now(), User.objects.get(username="ada")
project = create_project(slug=SLUG, name="A train", creator=ada, now=now)  # noqa: F821
made = {"project": project, "author": ada, "now": now}
version = create_rubric(key="support", name="Support", preset=SUPPORT_REPLY, **made)
create_queue(slug="train", name="On a train", rubric=version.rubric, doubled_share=0.0, gold_share=0.0, **made)
tiers = {name: {**tier, "overlap": 1} for name, tier in DEFAULT_DEFINITION["tiers"].items()}
definition = {**DEFAULT_DEFINITION, "tiers": tiers, "requires": []}
publish_policy(project=project, definition=definition, reason="People see everything.", author=ada, now=now)
rows = [chat_row(f"{number}", output=f"Reply number {number}.") for number in (1, 2, 3)]
ingest_rows(project, list(enumerate(rows, start=1)), door="api", batch=None, now=now)
sessions = []
for name in ("anna", "bela"):
    user = create_user(username=f"{name}-{SLUG}", password=f"unused {name} phrase", now=now)  # noqa: F821
    add_member(project=project, user=user, role=Membership.Role.REVIEWER, actor=ada, now=now)
    sessions.append(session_of(user))
print(json.dumps(sessions))  # noqa: T201
