"""The pipeline on one page: what runs later or on a clock. Each task is one service call for each row that is due.

Every task is idempotent and finds its work in the tables, so a lost message or a killed worker costs a few seconds.
"""

import logging
from datetime import timedelta
from random import Random
from secrets import token_hex

from celery import shared_task
from django.conf import settings
from django.utils.timezone import now

from labeling.gateways import judges, mail, webhooks
from labeling.policy.sendings import Letter
from labeling.queries.agreement import versions_to_measure
from labeling.queries.alerts import queues_to_alert
from labeling.queries.autonomy import projects_to_guard
from labeling.queries.jobs import (
    absences_to_begin,
    due_entries,
    job_by_id,
    jobs_to_claim,
    projects_to_route,
    projects_to_seal,
    seats_to_plant,
)
from labeling.queries.judge_batches import endpoints_to_ask, finished_batches, n_calls_under_way
from labeling.queries.judge_watch import validations_to_watch
from labeling.queries.judges import judges_to_measure
from labeling.queries.named_decisions import overdue_reviews
from labeling.queries.novelty import projects_that_ask_for_novelty
from labeling.queries.planting import cases_to_rotate
from labeling.queries.repeats import seats_to_repeat
from labeling.queries.rounds import queues_due_for_round, rounds_to_close
from labeling.queries.screenings import screenings_to_end
from labeling.queries.sendings import lanes_to_serve, n_lanes_free
from labeling.queries.shadows import projects_in_shadow
from labeling.queries.standing import seats_to_look_at
from labeling.services import (
    absences,
    adjudication,
    agreement,
    alerts,
    autonomy,
    calibration,
    drift_looks,
    events,
    gold,
    jobs,
    judge_batches,
    judge_calls,
    named_decisions,
    novelty,
    queues,
    repeats,
    rotations,
    rounds,
    routing,
    screenings,
    sendings,
    shadows,
    standing,
    uploads,
    validations,
    version_comparisons,
)

logger = logging.getLogger(__name__)

# What a job row may name, and the service it runs.
JOBS = {
    "ingest_upload": uploads.ingest_upload,
    "make_agreement_run": agreement.run_agreement,
    "make_calibration_runs": calibration.make_calibration_runs,
    "examine_judge": validations.examine_judge,
}

# Seconds between two runs of each repeating task. A run that could not start in time is dropped: the next finds more.
CLOCK = {
    "dispatch_jobs": 0.5,
    "settle_entries": 1,
    "serve_lanes": 1,
    "ask_judges": 1,
    "end_screenings": 1,
    "expire_leases": 2,
    "begin_absences": 30,
    "close_rounds": 30,
    "route_items": 2,
    "tell_strange_items": 5,
    "decide_in_shadow": 5,
    "plant_gold": 3,
    "look_at_known_answers": 5,
    "plant_repeats": 60,
    "open_rounds": 3600,
    "seal_events": 5,
    "watch_due_times": 15,
    "watch_judges": 300,
    "watch_register": 600,
    "watch_guardrails": 600,
    "make_nightly_runs": 600,
}

# How long one receiver may keep a worker's thread before the others have their turn.
LANE_SECONDS = 15


@shared_task
def dispatch_jobs():
    """Uploads and everything else that was asked for: send each due job row to a worker."""
    if jobs_to_claim(now=now()).exists():
        for job in jobs.claim_due_jobs(now=now()):
            run_job.delay(job.pk, job.n_attempts)


@shared_task
def run_job(job_id, attempt):
    """Run one job row; one that fails comes again later, and stays visible when it never succeeds."""
    job = job_by_id(job_id)
    try:
        JOBS[job.task](*job.arguments, clock=now)
    except Exception as error:
        jobs.put_off_job(job_id, attempt=attempt, error=repr(error), now=now())
        raise
    jobs.end_job(job_id, attempt=attempt, now=now())


@shared_task
def route_items():
    """Items that came before a policy, whose hold ran out, or that no queue took: decide and queue them."""
    for step in (routing.route_unrouted, routing.release_holds, routing.open_missing_entries):
        for_each(projects_to_route(now=now()), lambda project, step=step: step(project, now=now()))


@shared_task
def decide_in_shadow():
    """What came since a policy is in shadow is decided under it, too, where nobody acts on it."""
    for_each(projects_in_shadow(), lambda project: shadows.decide_in_shadow(project, now=now()))


@shared_task
def tell_strange_items():
    """Outputs that wait to be told from the usual ones get their novelty, and are decided."""
    for_each(projects_that_ask_for_novelty(), lambda project: novelty.tell_strange_items(project, now=now()))


@shared_task
def plant_gold():
    """Rotate out the gold that enough people met, and lay what is left ready for everybody who has a seat."""
    for_each(cases_to_rotate(), lambda case_id: rotations.rotate_gold_case(case_id, now=now()))
    for_each(seats_to_plant(), lambda seat: gold.plant_gold(seat.queue, seat.reviewer, now=now()))


@shared_task
def plant_repeats():
    """Lay ready what somebody labelled weeks ago, for once more and blind."""
    for_each(seats_to_repeat(now=now()), lambda seat_id: repeats.plant_repeats(seat_id, now=now()))


@shared_task
def open_rounds():
    """The same batch to everybody of a queue whose schedule says so."""
    for_each(queues_due_for_round(now=now()), lambda queue_id: rounds.open_scheduled_round(queue_id, now=now()))


@shared_task
def look_at_known_answers():
    """Whoever misses too many of them is paused, and what they labelled lately comes before others."""
    for_each(seats_to_look_at(), lambda seat_id: standing.look_at_answers(seat_id, now=now()))


@shared_task
def expire_leases():
    """Turns that were left lying go to somebody else; the draft stays."""
    queues.expire_leases(now=now())


@shared_task
def begin_absences():
    """Whoever is away from today on gives back what they hold."""
    for_each(absences_to_begin(now=now()), lambda absence_id: absences.begin_absence(absence_id, now=now()))


@shared_task
def settle_entries():
    """Items whose reviews are all in become final, get a tie-break, or go to adjudication."""
    for_each(due_entries(now=now()), lambda entry_id: adjudication.settle_entry(entry_id, now=now()))


@shared_task
def close_rounds():
    """A calibration round that everybody is through with, or that is past its last day, is closed."""
    for_each(rounds_to_close(now=now()), lambda round_id: rounds.close_round(round_id, now=now()))


@shared_task
def end_screenings():
    """A screen whose last answer can be taken back no more gets its result, and who passed is qualified."""
    for_each(screenings_to_end(now=now()), lambda screening_id: screenings.end_screening(screening_id, now=now()))


@shared_task
def watch_due_times():
    """A queue whose items are overdue is told of once, and once more when they no longer are."""
    for_each(queues_to_alert(now=now()), lambda queue_id: alerts.watch_queue(queue_id, now=now()))


@shared_task
def watch_judges():
    """A judge in use that begins to differ from people, on the items kept to watch it, ships nothing any more."""
    for_each(validations_to_watch(now=now()), lambda pk: drift_looks.look_for_drift(pk, now=now()))


@shared_task
def watch_register():
    """A line of the never-delegate register whose review is overdue: people are told once."""
    for_each(overdue_reviews(now=now()), lambda line_id: named_decisions.tell_if_overdue(line_id, now=now()))


@shared_task
def watch_guardrails():
    """Where agreement, gold, escaped errors or drift say so, a project falls back to deciding less by itself."""
    for_each(projects_to_guard(), lambda project: autonomy.look_at_guardrails(project, now=now()))


@shared_task
def serve_lanes():
    """Messages to webhooks and people: a lane for each receiver that is owed one, a few at once, in no fixed order."""
    lanes = [lane for lane in lanes_to_serve(now=now()) if lane is not None or settings.MAIL_SERVER is not None]
    if lanes:
        Random().shuffle(lanes)
        for lane in lanes[: n_lanes_free(now=now())]:
            send_lane.apply_async((lane,), expires=5)


@shared_task
def send_lane(lane):
    """One receiver's messages one after the other, until one fails, none is due or the others have their turn."""
    until = now() + timedelta(seconds=LANE_SECONDS)
    while now() < until and (outgoing := sendings.claim_next_sending(lane, now=now())) is not None:
        outcome = send(outgoing.content)
        if not sendings.record_attempt(outgoing, outcome, now=now(), rng=Random()):
            return


def send(content):
    """Hand one message to the gateway it is for. No transaction is open meanwhile."""
    if isinstance(content, Letter):
        return mail.send(content, server=settings.MAIL_SERVER)
    return webhooks.post(content, reach=settings.WEBHOOK_REACH)


@shared_task
def ask_judges():
    """Batches of judges: a worker for each endpoint that has calls due, a few at once; what is through ends."""
    if judges.is_installed():
        endpoints = endpoints_to_ask(now=now())
        Random().shuffle(endpoints)
        for endpoint_id in endpoints[: max(0, settings.JUDGE_CALLS_AT_ONCE - n_calls_under_way(now=now()))]:
            ask_judge.apply_async((endpoint_id,), expires=5)
    if finished_batches():
        judge_batches.end_finished(now=now())


@shared_task
def ask_judge(endpoint_id):
    """One endpoint's calls one after the other, until none is due or the others have their turn."""
    until = now() + timedelta(seconds=LANE_SECONDS)
    while now() < until:
        errand = judge_calls.claim_next_call(endpoint_id, now=now(), boundary=token_hex(16))
        if errand is None:
            return
        reply = judges.ask(errand.request, reach=settings.WEBHOOK_REACH)
        judge_calls.record_reply(errand, reply, now=now(), rng=Random())


@shared_task
def make_nightly_runs():
    """Agreement on every rubric version, and every judge against people, where labels came since; once a night."""
    versions = versions_to_measure(now=now())
    for_each(versions, lambda version: agreement.make_agreement_run(version, now=now()))
    judges = judges_to_measure(now=now())
    for_each(judges, lambda judge_id: calibration.make_calibration_runs(judge_id, clock=now))
    for_each(judges, lambda judge_id: version_comparisons.compare_with_previous(judge_id, clock=now))


@shared_task
def seal_events():
    """Chain what happened, project by project, and note that the worker lives."""
    for_each(projects_to_seal(), lambda project: events.seal_events(project, now=now()))
    jobs.beat("worker", now=now())


def for_each(rows, work):
    """Do the work for every row. One that fails is logged and left; it must not stop the clock for all others."""
    for row in rows:
        try:
            work(row)
        except Exception:
            logger.exception("Left %r undone; the next run tries again.", row)
