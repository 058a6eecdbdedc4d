"""Run inside an installation: a judge ships what it passes, and its next version judged 52 sealed items."""

import json

from django.conf import settings

from labeling.models import Project
from tests.services.judging import NEXT, SHIPS, examined_by, says
from tests.sessions import session_of
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
    (settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session_of(shop.olga)}))
