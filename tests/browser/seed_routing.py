"""Run beside a migrated database: a shop whose judge is sometimes of two minds, and its admin's session."""

import json
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tests.world import World, chat_row, judged

# Nobody logs in with these passwords.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
N_ITEMS = 60


def rows(name, n_rows):
    """Every third reply divides the judge's votes, two to one; all are of low stakes."""
    votes = {0: ("pass", "pass", "fail")}
    return [
        chat_row(
            f"{name}-{number}",
            stakes="low",
            output=f"Reply {number}: it is on its way.",
            judge_verdicts=judged(*votes.get(number % 3, ("pass", "pass", "pass"))),
        )
        for number in range(n_rows)
    ]


if __name__ != "tests.browser.seed_routing":
    shop = World()
    shop.publish("Sure ones ship.", cold_start={"mode": "sampled", "reason": "It was watched for a month."})
    shop.ingest(*rows("before", N_ITEMS))
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(shop.ada.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = shop.ada.get_session_auth_hash()
    session.create()
    (settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session.session_key}))
