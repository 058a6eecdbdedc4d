"""Run beside a migrated database: a shop whose judge is sometimes of two minds, and its admin's session."""

import json

from django.conf import settings

from tests.sessions import session_of
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
    (settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session_of(shop.ada)}))
