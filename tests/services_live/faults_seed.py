"""Run inside a stand: N_REVIEWERS people and N_ITEMS items of one to three slots, gold, and a grace of two seconds."""

import json

from django.conf import settings
from django.utils import timezone

from labeling.models import Membership, Project
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.services.projects import create_user
from tests.sessions import session_of
from tests.world import World, chat_row

OVERLAPS = {"high": 3, "medium": 2, "low": 1}
# Nobody logs in with these passwords.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
world = World()
world.set_queue(gold_share=0.1, daily_cap=100_000)
Project.objects.update(take_back_seconds=2)
tiers = {name: {**DEFAULT_DEFINITION["tiers"][name], "overlap": n, "due_hours": 24} for name, n in OVERLAPS.items()}
world.publish(reason="One to three reviews.", tiers=tiers)
for number in range(40):
    world.make_gold(chat_row(f"g{number}", output=f"Answer g{number}."))
rows = [
    chat_row(f"i{number}", output=f"Answer i{number}.", stakes=list(OVERLAPS)[number % 3])
    for number in range(N_ITEMS)  # noqa: F821
]
for start in range(0, len(rows), 500):
    world.ingest(*rows[start : start + 500])
people = []
for number in range(N_REVIEWERS):  # noqa: F821
    user = create_user(username=f"reviewer-{number}", password=f"unused {number} phrase", now=timezone.now())
    world.join(user, Membership.Role.REVIEWER)
    people.append({"user_id": user.pk, "session": session_of(user)})
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"people": people, "queue_id": world.queue.pk}))
