"""Agreement runs that are counted in parts: the same run, whoever counts which part and whoever dies of it."""

import json
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.formats import Line
from labeling.models import AgreementRun, Job, RunShard
from labeling.policy.jobs import StopAsked, WorkerEnds
from labeling.queries.item_ranges import LAST_ID, ItemRange, ranges_of
from labeling.queries.ratings import FIRST_PASS
from labeling.services import agreement, run_shards
from labeling.services.agreement_numbers import numbers_of_questions
from labeling.services.agreement_packing import pack, unpack
from labeling.services.agreement_sums import add_sums, count_items
from labeling.services.jobs import add_job, ask_to_stop
from labeling.services.labels import import_labels
from labeling.services.reviews import take_back
from tests.services.test_agreement_numbers import version_after
from tests.world import BAD, GOOD, chat_row
from tests.world_scales import CLEAN, Panel, two_claims

N_ITEMS = 8


@pytest.fixture(autouse=True)
def small_parts(settings, monkeypatch):
    """Two items a part."""
    settings.RUN_SHARD_ITEMS = 2
    monkeypatch.setattr("labeling.queries.item_ranges.IDS_OF_BLOCK", 1)


def label_all(world, *, cluster_of):
    """Three people label eight items of two intents; conversations are of as many items as `cluster_of` says."""
    world.set_queue(overlap=3, daily_cap=1_000)
    rows = [
        chat_row(
            f"r-{n}", intent=("delivery", "refund")[n % 2], **({"cluster": cluster_of(n)} if cluster_of(n) else {})
        )
        for n in range(N_ITEMS)
    ]
    world.ingest(*rows)
    for at, user in enumerate((world.ana, world.ben, world.cleo)):
        for number in range(N_ITEMS):
            is_bad = (number + at) % 3 == 0
            world.review_next(user, verdict="reject" if is_bad else "approve", answers=BAD if is_bad else GOOD)


def with_version_before(world):
    """Kim and Lee label the same items under the next version."""
    version = version_after(world)
    votes = [
        {"external_id": f"r-{n}", "rater": rater, "criterion": "correct", "value": "yes" if (n + side) % 3 else "no"}
        for n in range(N_ITEMS)
        for side, rater in enumerate(("kim", "lee"))
    ]
    lines = [Line(number, vote) for number, vote in enumerate(votes, start=1)]
    import_labels(version, lines, blind_state="blind", clock=lambda: world.now)
    return version


def counting_of(version, world):
    return agreement.counting_of(version, until=world.now, chosen=FIRST_PASS)


def result_of(sums, counting):
    """All that a run keeps of its sums, and the hash of what they rest on."""
    questions = numbers_of_questions(sums, counting, replicates=30, seed=0)
    return json.dumps([questions, sorted(sums.rater_ids.items()), agreement.hash_of_sums(sums)], sort_keys=True)


N_QUESTIONS = 5
AN_HOUR = timedelta(hours=1)


def run_in_parts(world, version=None, *, tell=lambda n_done, n_all: None, wait=None, asked_at=None):
    """As the job does that was asked for within the hour, but for the waiting."""
    version = version or world.rubric
    before = agreement.version_before(version)
    return run_shards.make_run_of_shards(
        version,
        FIRST_PASS,
        ranges_of([version, before] if before else [version], n_items=2),
        counting_until=lambda until: agreement.counting_of(version, until=until, chosen=FIRST_PASS),
        make_run=agreement.make_run_from_sums,
        code_version=agreement.CODE_VERSION,
        asked_at=asked_at or world.now - AN_HOUR,
        clock=lambda: world.now,
        tell=tell,
        wait=wait or (lambda: pytest.fail("nobody else is at a part")),
    )


def numbers_in_one_process(run):
    counting = agreement.counting_of(run.rubric_version, until=run.made_at, chosen=FIRST_PASS)
    found = numbers_of_questions(count_items(counting, ItemRange()), counting, replicates=run.replicates, seed=run.seed)
    return json.loads(json.dumps(found))


# --- the same run -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["single items", "conversations", "prompts all over", "parts", "two versions"])
def counted(request, world):
    """A version with labels of every kind, what is to be counted of it, and the ids of its items."""
    if request.param == "parts":
        panel = Panel(world, overlap=2)
        panel.ingest(*(two_claims(f"r-{number}") for number in range(4)))
        for user in (world.ana, world.ben):
            for number in range(4):
                doubts = {"supported~claim-2": "no", "hedged~claim-2": "no"} if number % 2 and user == world.ben else {}
                panel.review(user, {**CLEAN, **doubts, "score": str(2 + number % 2)})
        return counting_of(panel.version, world)
    clusters = {"conversations": lambda n: f"talk {n // 3}", "prompts all over": lambda n: f"prompt {n % 3}"}
    label_all(world, cluster_of=clusters.get(request.param, lambda n: ""))
    version = with_version_before(world) if request.param == "two versions" else world.rubric
    return counting_of(version, world)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_parts_of_whatever_items_in_whatever_order_give_the_run_of_one_process(counted, data):
    ids = [one.first for one in ranges_of([counted.version], n_items=1)][1:]
    borders = sorted(data.draw(st.sets(st.sampled_from(ids), max_size=len(ids))))
    ends = [0, *borders, LAST_ID]
    ranges = [ItemRange(first, beyond) for first, beyond in pairwise(ends)]

    parts = [unpack(pack(count_items(counted, one))) for one in data.draw(st.permutations(ranges))]

    in_one = result_of(count_items(counted, ItemRange()), counted)
    assert result_of(add_sums(parts, counted.asked), counted) == in_one


def test_a_conversation_that_two_parts_have_items_of_is_drawn_whole(world):
    label_all(world, cluster_of=lambda n: f"talk {n // 3}")

    run = run_in_parts(world)

    assert "over conversations" in run.method
    assert run.numbers["questions"] == numbers_in_one_process(run)


def test_the_job_of_many_items_makes_the_run_that_one_process_makes(world):
    label_all(world, cluster_of=lambda n: "")
    moment = world.now

    agreement.run_agreement(world.rubric.pk, clock=lambda: moment)

    run = AgreementRun.objects.get()
    assert run.numbers["questions"] == numbers_in_one_process(run)
    assert agreement.make_agreement_run(world.rubric, now=moment) == run
    assert not RunShard.objects.exists()


def test_a_version_of_few_items_is_counted_without_parts(world, settings):
    settings.RUN_SHARD_ITEMS = 25_000
    label_all(world, cluster_of=lambda n: "")

    agreement.run_agreement(world.rubric.pk, clock=lambda: world.now)

    assert AgreementRun.objects.count() == 1
    assert not Job.objects.filter(task=run_shards.HELP_TASK).exists()


# --- who counts, and who dies -----------------------------------------------------------------------------------------


def begin(world):
    label_all(world, cluster_of=lambda n: "")
    return begin_again(world)


def begin_again(world):
    ranges = ranges_of([world.rubric], n_items=2)
    return run_shards.begin_shards(
        world.rubric, FIRST_PASS, ranges, code_version=agreement.CODE_VERSION, asked_at=world.now, now=world.now
    )


def claim(world):
    return run_shards.claim_shard(world.rubric, FIRST_PASS.name, code_version=agreement.CODE_VERSION, now=world.now)


def help_out(world, tell=lambda n_done, n_all: None):
    return agreement.help_with_run(world.rubric.pk, FIRST_PASS.name, clock=lambda: world.now, tell=tell)


def test_helpers_count_what_nobody_is_at_and_the_job_makes_the_run_of_it(world):
    begin(world)
    told = []

    help_out(world)
    run = run_in_parts(world, tell=lambda *progress: told.append(progress))

    assert told == [(4, 9), (4, 9), (5, 9), (6, 9), (7, 9), (8, 9)]
    assert run.numbers["questions"] == numbers_in_one_process(run)


def test_a_part_whose_worker_was_killed_is_counted_by_the_next_once_its_lease_ran_out(world, clock):
    begin(world)
    killed = claim(world)
    waits = []

    def wait():
        waits.append(RunShard.objects.filter(sums__isnull=True).get().pk)
        clock.shift(run_shards.SHARD_LEASE_SECONDS + 1)

    run = run_in_parts(world, wait=wait)

    assert waits == [killed.pk]
    assert run.numbers["questions"] == numbers_in_one_process(run)


def test_a_part_that_was_counted_twice_is_there_once(world, clock):
    until = begin(world)
    counting = agreement.counting_of(world.rubric, until=until, chosen=FIRST_PASS)
    slow = claim(world)
    clock.shift(run_shards.SHARD_LEASE_SECONDS + 1)
    fast = claim(world)

    for shard in (fast, slow):
        run_shards.count_shard(shard, counting)

    assert fast.pk == slow.pk
    assert RunShard.objects.filter(sums__isnull=False).count() == 1
    run = run_in_parts(world)
    assert run.numbers["questions"] == numbers_in_one_process(run)


def test_two_never_hold_one_part(world, monkeypatch):
    begin(world)
    # The second one reads before the first one writes.
    free = list(
        run_shards.shards_to_claim(
            world.rubric, FIRST_PASS.name, code_version=agreement.CODE_VERSION, until=None, now=world.now
        )
    )
    monkeypatch.setattr(run_shards, "shards_to_claim", lambda *_, **__: free)

    held = [claim(world) for _ in range(5)]

    assert [shard and shard.number for shard in held] == [0, 1, 2, 3, None]


def test_parts_of_another_moment_are_left_to_the_run_of_that_moment(world, clock):
    begin(world)

    def wait_while_another_begins_anew():
        clock.shift(1)
        begin_again(world)

    killed = claim(world)
    ended = run_in_parts(world, wait=wait_while_another_begins_anew)

    assert killed is not None
    assert ended is None
    assert RunShard.objects.filter(until=world.now, sums__isnull=True).count() == 4


def test_a_helper_of_another_release_counts_none_of_its_parts(world):
    begin(world)
    RunShard.objects.update(code_version="agreement-9")

    help_out(world)

    assert not RunShard.objects.filter(sums__isnull=False).exists()


def test_a_run_takes_in_what_was_labelled_before_it_was_asked_for(world, clock):
    left_behind = begin(world)
    clock.shift(60)
    agreement.request_agreement(world.rubric, actor=world.olga, now=world.now)
    asked_at = world.now
    clock.shift(60)

    agreement.run_agreement(world.rubric.pk, clock=lambda: world.now)

    assert left_behind < asked_at <= AgreementRun.objects.get().made_at


def test_parts_are_gone_on_with_however_long_it_took_since_the_run_was_asked_for(world, clock):
    asked_at = world.now
    until = begin(world)
    clock.shift(5 * 60 * 60)

    assert run_in_parts(world, asked_at=asked_at).made_at == until


def test_parts_hold_whole_blocks_so_that_the_run_is_known_as_the_same(world, monkeypatch):
    monkeypatch.setattr("labeling.queries.item_ranges.IDS_OF_BLOCK", 3)
    label_all(world, cluster_of=lambda n: "")
    counted = counting_of(world.rubric, world)
    ranges = ranges_of([world.rubric], n_items=2)

    sums = add_sums([count_items(counted, one) for one in ranges], counted.asked)

    assert len(ranges) > 1
    assert result_of(sums, counted) == result_of(count_items(counted, ItemRange()), counted)


def test_an_attempt_after_a_killed_one_goes_on_with_the_parts_that_are_done(world):
    label_all(world, cluster_of=lambda n: "")

    def die(n_done, n_all):
        if n_done == 2:
            raise WorkerEnds

    with pytest.raises(WorkerEnds):
        run_in_parts(world, tell=die)
    told = []
    run = run_in_parts(world, tell=lambda n_done, n_all: told.append(n_done))

    assert told == [3, 4, *range(4, 4 + N_QUESTIONS)]
    assert run.numbers["questions"] == numbers_in_one_process(run)
    assert not RunShard.objects.exists()


def test_an_attempt_after_one_that_was_killed_once_the_run_was_saved_finds_the_run(world, monkeypatch):
    label_all(world, cluster_of=lambda n: "")
    with monkeypatch.context() as patched:
        patched.setattr(run_shards, "drop_shards", lambda *arguments, **named: None)
        first = run_in_parts(world)

    assert RunShard.objects.count() == 4
    assert run_in_parts(world) == first
    assert (AgreementRun.objects.count(), RunShard.objects.count()) == (1, 0)


def test_parts_of_long_ago_are_counted_anew(world, clock):
    begin(world)
    help_out(world)
    clock.shift(2 * 60 * 60)

    run = run_in_parts(world)

    assert run.made_at == world.now


def test_parts_that_other_code_counted_are_counted_anew(world):
    begin(world)
    help_out(world)
    RunShard.objects.update(code_version="agreement-7")
    told = []

    run_in_parts(world, tell=lambda n_done, n_all: told.append(n_done))

    assert told[:4] == [1, 2, 3, 4]


def test_a_run_that_was_asked_to_stop_leaves_no_run_and_no_parts(world):
    label_all(world, cluster_of=lambda n: "")

    def stop(n_done, n_all):
        raise StopAsked

    with pytest.raises(StopAsked):
        run_in_parts(world, tell=stop)

    assert (AgreementRun.objects.count(), RunShard.objects.count()) == (0, 0)
    help_out(world)
    assert not AgreementRun.objects.exists()


@pytest.mark.parametrize("n_items", [2, 25_000])
def test_a_run_that_is_asked_to_stop_at_its_last_question_keeps_nothing(world, settings, n_items):
    settings.RUN_SHARD_ITEMS = n_items
    label_all(world, cluster_of=lambda n: "")

    def stop(n_done, n_all):
        if n_all == n_done + 1:
            raise StopAsked

    with pytest.raises(StopAsked):
        agreement.run_agreement(world.rubric.pk, clock=lambda: world.now, tell=stop)

    assert (AgreementRun.objects.count(), RunShard.objects.count()) == (0, 0)


def test_what_is_stopping_keeps_nobody_from_asking_again(world):
    label_all(world, cluster_of=lambda n: "")
    for _ in range(2):
        agreement.request_agreement(world.rubric, actor=world.olga, now=world.now)
    job = Job.objects.get()
    job.state = Job.State.RUNNING
    job.lease_until = world.now
    job.save()
    ask_to_stop(job, actor=world.olga, now=world.now)

    agreement.request_agreement(world.rubric, actor=world.olga, now=world.now)

    assert Job.objects.count() == 2


def test_a_helper_that_is_stopped_gives_nothing_back_that_is_done(world):
    begin(world)

    def stop(n_done, n_all):
        raise StopAsked

    with pytest.raises(StopAsked):
        help_out(world, tell=stop)

    assert RunShard.objects.filter(sums__isnull=False).count() == 1
    assert run_in_parts(world) is not None


def test_a_part_that_failed_may_be_taken_at_once(world, monkeypatch):
    until = begin(world)
    counting = agreement.counting_of(world.rubric, until=until, chosen=FIRST_PASS)
    shard = claim(world)
    with monkeypatch.context() as patched:
        patched.setattr("labeling.services.agreement_sums.ratings_within", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_shards.count_shard(shard, counting)

    assert claim(world).pk == shard.pk


def test_who_waits_while_another_makes_the_run_ends_without_a_second(world):
    begin(world)
    claim(world)

    ended = run_in_parts(world, wait=lambda: RunShard.objects.all().delete())

    assert ended is None
    assert not AgreementRun.objects.exists()


@pytest.fixture
def other_processes(settings):
    settings.REDIS_URL = "redis://other-processes.example"
    settings.LONG_JOBS_AT_ONCE = 3


def n_helpers_asked():
    return Job.objects.filter(task=run_shards.HELP_TASK).count()


def test_without_other_processes_nobody_is_asked_to_help(world):
    begin(world)

    assert n_helpers_asked() == 0


def test_help_is_asked_for_each_place_beside_the_runs_own_and_not_again_for_a_while(world, clock, other_processes):
    begin(world)
    at_first = n_helpers_asked()
    Job.objects.update(state=Job.State.DONE, ended_at=world.now)
    ask = partial(run_shards.ask_for_help, world.rubric, FIRST_PASS.name, n_parts=3)
    ask(now=world.now)
    at_once = n_helpers_asked()
    clock.shift(run_shards.HELP_SECONDS + 1)
    ask(now=world.now)

    assert (at_first, at_once, n_helpers_asked()) == (2, 2, 4)


def test_an_import_that_waits_is_first_to_have_the_place_of_a_helper(world, other_processes):
    add_job("ingest_upload", 1, project=world.project, now=world.now)

    begin(world)
    help_out(world)

    assert n_helpers_asked() == 0
    assert not RunShard.objects.filter(sums__isnull=False).exists()


def test_a_thread_beside_one_that_counts_leaves_the_parts_to_other_processes(world):
    begin(world)

    with run_shards.COUNTS:
        help_out(world)

    assert not RunShard.objects.filter(sums__isnull=False).exists()


# --- what happens meanwhile -------------------------------------------------------------------------------------------


def test_what_comes_or_goes_while_parts_are_counted_is_in_none_of_them(world, clock):
    until, own = begin(world), []
    expected = result_of(count_items(counting_of(world.rubric, world), ItemRange()), counting_of(world.rubric, world))
    clock.shift(1)
    world.ingest(chat_row("late"))
    own.append(world.hand_out(world.ana))
    world.submit(own[0])

    def meanwhile(n_done, n_all):
        if n_done == 2:
            take_back(own[0], now=world.now)
            clock.shift(1)

    run = run_in_parts(world, tell=meanwhile)

    assert run.made_at == until
    assert run.numbers["questions"][0]["n_units"] == N_ITEMS
    in_one = agreement.counting_of(world.rubric, until=until, chosen=FIRST_PASS)
    assert result_of(count_items(in_one, ItemRange()), in_one) == expected
    assert run.numbers["questions"] == numbers_in_one_process(run)
