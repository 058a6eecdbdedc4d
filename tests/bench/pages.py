"""The pages that tell of 40,000 labels on each of five questions, against an empty page of the same project.

`python -m tests.bench.pages` builds that project in the database it is given and measures; the labels are imported,
as a reviewer takes a minute for each and a bench has none.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

N_ITEMS, N_RATERS = 10_000, 4
ROWS_AT_ONCE = 500
N_CALLS = 9
TARGET_MS = 300


def build_project():
    """The cast, with items that a judge and four people elsewhere answered, and a finished run of each kind."""
    from labeling.models import JudgeVersion
    from labeling.policy.presets import SUPPORT_REPLY
    from labeling.services.agreement import make_agreement_run
    from labeling.services.calibration import make_calibration_runs
    from tests.world import World

    world = World()
    fifth = replace(SUPPORT_REPLY.questions[2], key="brief", question="Is it as short as it can be?")
    preset = replace(SUPPORT_REPLY, key="bench", name="Bench", questions=(*SUPPORT_REPLY.questions, fifth))
    world.rubric = world.make_rubric(preset)
    draw = random.Random(0)
    values = {question.key: [option.value for option in question.options] for question in preset.questions}
    for start in range(0, N_ITEMS, ROWS_AT_ONCE):
        world.ingest(*(judged_row(number, values, draw) for number in range(start, start + ROWS_AT_ONCE)))
    assert not world.import_votes(*votes(values, draw)).refusals
    run = make_agreement_run(world.rubric, now=world.now)
    judge = JudgeVersion.objects.get(project=world.project)
    make_calibration_runs(judge.pk, clock=lambda: world.now)
    return world, run, judge


def judged_row(number: int, values: dict[str, list[str]], draw: random.Random) -> dict[str, Any]:
    from tests.world import chat_row, judged

    verdicts = [judged(draw.choice(known), criterion=key, confidence=draw.random())[0] for key, known in values.items()]
    return chat_row(f"item-{number}", output=f"Answer {number}.", judge_verdicts=verdicts)


def votes(values: dict[str, list[str]], draw: random.Random) -> Iterator[tuple[str, str, str, str]]:
    """Four in five say the first value, so that there is something to agree on."""
    for number in range(N_ITEMS):
        for rater in range(N_RATERS):
            for key, known in values.items():
                value = known[0] if draw.random() < 0.8 else draw.choice(known)
                yield f"item-{number}", f"rater {rater}", key, value


def measure_pages() -> dict[str, dict[str, float]]:
    """By page: the median milliseconds of server time, the median ratio to the empty page, and the number of queries.

    The pages are asked for in turns, so that whatever else the machine does slows them alike.
    """
    from django.test import Client
    from django.urls import reverse

    world, run, judge = build_project()
    client = Client(SERVER_NAME="localhost")
    client.force_login(world.olga)
    slug, report = world.project.slug, reverse("agreement", args=[world.project.slug])
    addresses = {
        "empty": f"{report}?version={world.preference_rubric.pk}",
        "agreement": f"{report}?version={world.rubric.pk}",
        "judge": reverse("judge", args=[slug, judge.pk]),
        "question": reverse("agreement_question", args=[slug, run.pk, "complete"]),
    }
    # The first time loads templates and is not measured.
    n_queries = {name: count_queries(client, address) for name, address in addresses.items()}
    rounds = [{name: seconds_of(client, address) for name, address in addresses.items()} for _ in range(N_CALLS)]
    return {
        name: {
            "ms": 1000 * statistics.median(one[name] for one in rounds),
            "ratio": statistics.median(one[name] / one["empty"] for one in rounds),
            "n_queries": n_queries[name],
        }
        for name in addresses
    }


def count_queries(client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, f"{response.status_code} at {address}"
    return len(captured)


def seconds_of(client, address: str) -> float:
    start = time.perf_counter()
    client.get(address)
    return time.perf_counter() - start


def report() -> list[str]:
    """The figures as lines, each with what it has to reach."""
    from tests.services_live.stand import run_manage

    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "REVIEWAPP_VAR": folder,
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'pages.sqlite3'}",
        }
        run_manage(environment, "migrate", "-v0")
        run_manage(environment, "collectstatic", "--noinput", "-v0")
        command = [sys.executable, "-m", "tests.bench.pages"]
        measured = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=900)
    pages = json.loads(measured.stdout)
    empty = pages.pop("empty")
    return [
        f"report pages, {N_ITEMS * N_RATERS:,} labels on each of 5 questions, {N_ITEMS:,} items, SQLite",
        f"  empty page of the project: {empty['ms']:.0f} ms, {empty['n_queries']} queries",
        *(
            f"  {name}: {page['ms']:.0f} ms (under {TARGET_MS} ms), {page['n_queries']} queries, "
            f"ratio {page['ratio']:.1f}"
            for name, page in pages.items()
        ),
    ]


def main() -> None:
    import django

    django.setup()
    sys.stdout.write(json.dumps(measure_pages()))


if __name__ == "__main__":
    main()
