"""Run inside an installation: a judge ships what it passes, and its next version judged 52 sealed items."""

import json
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from labeling.models import Project
from tests.services.judging import NEXT, SHIPS, examined_by, says
from tests.world import JUDGE, World, chat_row

# Nobody logs in with these passwords.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Shop(World):
    """Nobody here needs the pairs."""


if not Project.objects.filter(slug="shop").exists():
    shop = Shop()
    tier = {"review_share": 0.0, "minutes": 4, "due_hours": 4, "overlap": 1}
    tiers = {name: {**tier, "overlap": 1} for name in ("high", "medium", "low")}
    shop.publish("A pilot.", **{**SHIPS, "audit_share": 0.01, "tiers": tiers})
    shop.ingest(*(chat_row(f"before-{number}", judge_verdicts=says(JUDGE)) for number in range(8)))
    examined_by(shop, NEXT, prefix="sealed")
    shop.ingest(chat_row("changed", judge_verdicts=says(NEXT)))
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(shop.olga.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = shop.olga.get_session_auth_hash()
    session.create()
    (settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session.session_key}))
