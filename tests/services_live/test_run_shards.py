"""Two real workers count one agreement run, one of them is killed in the middle, and the run is that of one process."""

import json
import os
import sys

import pytest

from tests.services_live.stand import ROOT, free_port, run_manage, seeded
from tests.services_live.working import ask, throwaway_redis, wait_for, working

N_ITEMS = 6_000
ASK = """
from django.utils import timezone
from labeling.models import RubricVersion, User
from labeling.services.agreement import request_agreement
version = RubricVersion.objects.get(pk={version_id})
request_agreement(version, actor=User.objects.get(username="olga"), now=timezone.now())
"""
# A worker that never comes to the end of a part: it holds one, and the job of the run, until it is killed.
STUCK = """
import os, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
import django
django.setup()
from django.core.management import call_command
from labeling.services import agreement_sums

agreement_sums.count_items = lambda *asked: threading.Event().wait()
call_command("worker")
"""
STATE = """
import json
from labeling.models import AgreementRun, RunShard
print(json.dumps({
    "n_runs": AgreementRun.objects.count(),
    "n_shards": RunShard.objects.count(),
    "n_done": RunShard.objects.filter(sums__isnull=False).count(),
}))
"""
COMPARE = """
import json
from labeling.models import AgreementRun
from labeling.queries.item_ranges import ALL_ITEMS
from labeling.queries.ratings import FIRST_PASS
from labeling.services.agreement import counting_of
from labeling.services.agreement_numbers import numbers_of_questions
from labeling.services.agreement_sums import count_items
run = AgreementRun.objects.get()
counting = counting_of(run.rubric_version, until=run.made_at, chosen=FIRST_PASS)
found = numbers_of_questions(count_items(counting, ALL_ITEMS), counting, replicates=run.replicates, seed=run.seed)
print(json.dumps({
    "same_numbers": json.loads(json.dumps(found)) == run.numbers["questions"],
    "n_units": run.numbers["questions"][0]["n_units"],
}))
"""


def is_in_the_middle(state):
    return 0 < state["n_done"] < state["n_shards"]


def test_two_workers_make_the_run_of_one_process_though_one_is_killed_in_the_middle(tmp_path):
    if not os.environ.get("LIVE_POSTGRES_URL"):
        pytest.skip("LIVE_POSTGRES_URL names no PostgreSQL server on which databases may be made")
    seed = f"N_ITEMS = {N_ITEMS}\n{(ROOT / 'tests/bench/report_seed.py').read_text()}"
    port = free_port()
    with (
        throwaway_redis(port),
        seeded(tmp_path, database="postgresql", seed=seed, RUN_SHARD_ITEMS="1000") as environment,
    ):
        environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        version_id = json.loads((tmp_path / "seed.json").read_text())["version_id"]
        run_manage(environment, "shell", "-v0", "-c", ASK.format(version_id=version_id))
        with working(environment, command=[sys.executable, "-c", STUCK], log=tmp_path / "log") as stuck:
            wait_for(environment, lambda state: state["n_shards"], script=STATE)
            with working(environment, log=tmp_path / "log"):
                wait_for(environment, is_in_the_middle, script=STATE)
                stuck.kill()
                stuck.wait()
                ended = wait_for(environment, lambda state: state["n_runs"] and not state["n_shards"], script=STATE)
        compared = ask(environment, COMPARE)

    assert ended == {"n_runs": 1, "n_shards": 0, "n_done": 0}
    # And the item that the others are copies of.
    assert compared == {"same_numbers": True, "n_units": N_ITEMS + 1}
