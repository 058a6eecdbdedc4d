"""Run inside a stand: N_REVIEWERS people, N_ITEMS waiting items of OVERLAP slots each, and a session for everybody."""

import json
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from labeling.models import Membership
from labeling.services.projects import create_user
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
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    sessions.append(session.session_key)
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"sessions": sessions, "queue_id": world.queue.pk}))
