"""Run inside an installation: six weeks of labels made twice, less alike each week, and two versions of a judge."""

import json
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from labeling.formats import Line
from labeling.models import JudgeVersion
from labeling.services.agreement import make_agreement_run
from labeling.services.calibration import make_calibration_runs
from labeling.services.labels import import_labels
from tests.sessions import session_of
from tests.world import JUDGE, World, chat_row

N_WEEKS, N_ITEMS = 6, 40
# Nobody logs in with these passwords.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class PastWorld(World):
    """The cast, weeks ago."""

    now = timezone.now() - timedelta(weeks=N_WEEKS)


def answer(number, *, is_other=False):
    return "yes" if (number % 2 == 0) != is_other else "no"


shop = PastWorld()
for week in range(N_WEEKS):
    shop.now += timedelta(weeks=1)
    judge = {**JUDGE, "model": "judge-1" if week < N_WEEKS // 2 else "judge-2"}
    rows, votes = [], []
    for number in range(N_ITEMS):
        is_wrong = number % (6 + week) == 0
        said = {"judge": judge, "criterion": "correct", "label": answer(number, is_other=is_wrong), "run": 1}
        verdict = {**said, "confidence": 0.65 if number % 3 else 0.95}
        rows.append(chat_row(f"w{week}-{number}", judge_verdicts=[verdict]))
        labels = {"kim": answer(number), "lee": answer(number, is_other=number % 12 < week)}
        votes += [
            {"external_id": f"w{week}-{number}", "rater": rater, "criterion": "correct", "value": value}
            for rater, value in labels.items()
        ]
    shop.ingest(*rows)
    lines = [Line(number, vote) for number, vote in enumerate(votes, start=1)]
    assert not import_labels(shop.rubric, lines, blind_state="blind", clock=lambda: shop.now).refusals

shop.now = timezone.now()
make_agreement_run(shop.rubric, now=shop.now, replicates=200)
for judge_version in JudgeVersion.objects.all():
    make_calibration_runs(judge_version.pk, clock=lambda: shop.now)

newest = JudgeVersion.objects.get(model="judge-2").pk
pages = ["/p/shop/agreement/?question=correct", f"/p/shop/judges/{newest}/"]
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session_of(shop.olga), "pages": pages}))
