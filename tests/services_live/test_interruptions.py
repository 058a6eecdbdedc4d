"""Killed browsers, cut connections, killed servers and stolen turns: what was confirmed is stored, once, as it was."""

import pytest

from tests.services_live.faults import run_faults, table_of
from tests.services_live.plan import KINDS, plan_of
from tests.services_live.test_stress import postgresql_or_skip

N_INTERRUPTIONS = 60
SEED = 4


def test_a_seed_makes_one_plan_with_as_many_of_each_kind():
    plan = plan_of(seed=SEED, n_interruptions=1000, n_clients=8)

    assert plan == plan_of(seed=SEED, n_interruptions=1000, n_clients=8)
    assert {kind: sum(1 for one in plan if one.kind == kind) for kind in KINDS} == dict.fromkeys(KINDS, 250)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_interrupted_reviewers_lose_and_double_nothing(tmp_path, database):
    if database == "postgresql":
        postgresql_or_skip()

    report = run_faults(tmp_path, database=database, n_interruptions=N_INTERRUPTIONS, seed=SEED)

    assert report.problems == []
    assert (report.n_doubled, report.n_over_overlap) == (0, 0), table_of(report, database=database)
    assert report.n_confirmed + report.n_unconfirmed_stored == report.n_stored
    assert len(report.lines) == N_INTERRUPTIONS
