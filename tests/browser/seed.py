"""Run inside an installation: small shops with twenty reviewers each, who all see the same items in the same order.

Every item has a turn for everybody, so what one test does never takes an item from another. Twenty turns are the
most that an item can have, so there are as many shops as the tests need people: N_REVIEWERS.
"""

import json

from django.conf import settings
from django.utils import timezone

from labeling.models import Membership
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import CHAT_QUALITY, PREFERENCE, SUPPORT_REPLY
from labeling.services.ingest import ingest_rows
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_first_admin, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric
from tests.browser.seed_kinds import open_kinds
from tests.sessions import session_of
from tests.world import PASSWORD, action_row, chat_row, pair_row, rag_row
from tests.world_scales import PANEL, two_claims

MOST_TURNS = 20
HOSTILE = (
    "<script>window.wasHurt = 1</script>\n\n<img src=x onerror='window.wasHurt = 2'>\n\n"
    "[a kind offer](javascript:window.wasHurt=3)\n\n<a href='javascript:window.wasHurt=4'>a second offer</a>\n\n"
    "![a picture](https://elsewhere.example/seen.png)\n\n<style>body { display: none }</style>"
)
LONG_WORD = "a-very-long-word" * 20
ROWS = [
    chat_row("first"),
    rag_row("second"),
    action_row("third"),
    chat_row("fourth", output="The fourth reply."),
    pair_row("pair-1"),
    pair_row("pair-2"),
    chat_row("hostile", kind="odd", output=HOSTILE, context={"conversation": [{"role": "customer", "text": HOSTILE}]}),
    chat_row("wide", kind="odd", output=f"{LONG_WORD}\n\n| {'column | ' * 20}\n|{'---|' * 20}\n\n    {LONG_WORD}"),
]
SCALES = [two_claims("scales-1"), two_claims("scales-2", output="It lasts. It holds. It boils.")]
QUEUES = (
    ("Support replies", SUPPORT_REPLY, ("chat_reply", "rag_answer", "pending_action")),
    ("Comparisons", PREFERENCE, ("pairwise",)),
    ("Odd ones", CHAT_QUALITY, ("odd",)),
)
# Nobody logs in with these passwords, and sixty slow hashes would take half a minute on a busy machine.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
now = timezone.now()
ada = create_first_admin(username="ada", password=PASSWORD, now=now)
sessions = []


def open_project(slug, queues, rows):
    """A project with a queue a rubric, in which everything waits for everybody."""
    # As long as a test may take; how long the grace really is belongs to the tests of the service.
    project = create_project(slug=slug, name="Shop assistant", creator=ada, now=now, take_back_seconds=60 * 60)
    for name, preset, kinds in queues:
        made = {"project": project, "author": ada, "now": now}
        version = create_rubric(key=preset.key, name=preset.name, preset=preset, **made)
        shares = {"overlap": MOST_TURNS, "doubled_share": 0.0, "gold_share": 0.0, "daily_cap": 1000}
        create_queue(slug=preset.key, name=name, rubric=version.rubric, kinds=kinds, **shares, **made)
    definition = {**DEFAULT_DEFINITION, "requires": []}
    publish_policy(project=project, definition=definition, reason="People see everything.", author=ada, now=now)
    outcomes = ingest_rows(project, list(enumerate(rows, start=1)), door="api", batch=None, now=now)
    assert {outcome.status for outcome in outcomes} == {"created"}, outcomes
    return project


def open_shop(number):
    # Apart, since an item goes to the first queue that takes its kind.
    projects = [
        open_project(f"shop-{number}", QUEUES, ROWS),
        open_project(f"scales-{number}", [("Every scale", PANEL, ("rag_answer",))], SCALES),
    ]
    for seat in range(MOST_TURNS):
        user = create_user(username=f"reviewer-{number}-{seat}", password=f"unused {seat} phrase", now=now)
        for project in projects:
            add_member(project=project, user=user, role=Membership.Role.REVIEWER, actor=ada, now=now)
        sessions.append(session_of(user))


for number in range(-(-N_REVIEWERS // MOST_TURNS)):  # noqa: F821
    open_shop(number)
kind_sessions = [session_of(user) for user in open_kinds(ada=ada, now=now)]
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"sessions": sessions, "kind_sessions": kind_sessions}))
