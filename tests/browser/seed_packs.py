"""Run inside an installation: weeks ago two people agreed on sixteen items of which a judge got most wrong."""

import json
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tests.sessions import session_of
from tests.world import BAD, GOOD, World, chat_row, judged

WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "ivory",
    "jetty",
    "kelp",
    "lotus",
    "maple",
)
# Nobody logs in with these passwords.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class PastWorld(World):
    """The cast, weeks ago."""

    now = timezone.now() - timedelta(weeks=2)


shop = PastWorld()
shop.set_queue(overlap=2)
for number, word in enumerate(WORDS):
    is_bad = number % 4 != 0
    context = {"conversation": [{"role": "customer", "text": f"question about {word}"}]}
    verdicts = judged("yes" if is_bad else "no", criterion="correct", rationale="<b>As it reads.</b>")
    shop.ingest(chat_row(f"item-{word}", output=f"output on {word}", context=context, judge_verdicts=verdicts))
    for user in (shop.ana, shop.ben):
        said = {"verdict": "reject", "answers": BAD} if is_bad else {"verdict": "approve", "answers": GOOD}
        shop.review_next(user, **said, note=f"note on {word}")
shop.now += timedelta(days=1)
shop.settle_all()

(settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session_of(shop.olga)}))
