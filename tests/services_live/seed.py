"""Run inside a stand: N_REVIEWERS people, N_ITEMS waiting items of OVERLAP slots each, and a session for everybody."""

import json

from django.conf import settings
from django.utils import timezone

from labeling.models import Membership
from labeling.services.projects import create_user
from tests.sessions import session_of
from tests.world import World, chat_row

world = World()
world.set_queue(overlap=OVERLAP, gold_share=0.1, daily_cap=100_000)  # noqa: F821
for number in range(12):
    world.make_gold(chat_row(f"gold-{number}"))
rows = [chat_row(f"item-{number}", output=f"Answer {number}.") for number in range(N_ITEMS)]  # noqa: F821
for start in range(0, len(rows), 500):
    world.ingest(*rows[start : start + 500])
sessions = []
for number in range(N_REVIEWERS):  # noqa: F821
    user = create_user(username=f"reviewer-{number}", password=f"unused {number} phrase", now=timezone.now())
    world.join(user, Membership.Role.REVIEWER)
    sessions.append(session_of(user))
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"sessions": sessions, "queue_id": world.queue.pk}))
