"""Building the demonstration through the same services as everything else, so that it cannot show what cannot be."""

from datetime import datetime, timedelta

from django.db import transaction

from labeling.management.demo_world.other_kinds import receive_other_kinds
from labeling.management.demo_world.oversight import (
    look_for_threshold,
    name_who_decides,
    oversee,
    say_what_an_hour_costs,
)
from labeling.management.demo_world.past import N_WEEKS, at_time, first_day_of_past, play_past
from labeling.management.demo_world.policies import (
    BACK_REASON,
    FIRST_POLICY,
    FIRST_REASON,
    LOOSER_POLICY,
    SECOND_POLICY,
    SECOND_REASON,
)
from labeling.management.demo_world.second_looks import say_whose_error
from labeling.management.demo_world.shop import (
    Shop,
    invite_people,
    make_gold,
    make_rubrics_and_queues,
    publish,
    read_lines,
    receive,
)
from labeling.management.demo_world.today import (
    N_TURNS,
    N_TURNS_BEFORE_NIGHT,
    label_for_a_while,
    learn_truth,
    settle_one_dispute,
)
from labeling.models import Item, JudgeVersion, Project
from labeling.policy.finality import BAD_VERDICTS
from labeling.queries.judge_watch import validations_to_watch
from labeling.queries.routing import live_policy_of
from labeling.services.agreement import make_agreement_run
from labeling.services.calibration import make_calibration_runs
from labeling.services.drift_looks import look_for_drift
from labeling.services.events import seal_events
from labeling.services.incidents import close_incident, report_incident
from labeling.services.version_comparisons import compare_with_previous

HOURS_OF_TODAY = 20


@transaction.atomic
def build_demonstration(*, now: datetime, n_weeks: int = N_WEEKS) -> Project:
    """The whole demonstration in one transaction: a start that is interrupted leaves nothing half-built.

    The hand-written day is always there; `n_weeks` of generated history come before it, and with them the reports of
    last night. The same moment gives the same rows.
    """
    shop = Shop(n_weeks)
    start = now - timedelta(hours=HOURS_OF_TODAY)
    founded = at_time(first_day_of_past(start.date(), n_weeks=n_weeks), 6) if n_weeks else start
    invite_people(shop, now=founded)
    make_rubrics_and_queues(shop, now=founded)
    say_what_an_hour_costs(shop, at=founded)
    learn_truth(shop)
    if n_weeks:
        play_past(shop, today=start.date())
    play_today(shop, start=start, now=now)
    seal_events(shop.project, now=now)
    return shop.project


def play_today(shop: Shop, *, start: datetime, now: datetime) -> None:
    outputs = list(read_lines("outputs.jsonl"))
    gold = list(read_lines("gold.jsonl"))
    second = start + timedelta(minutes=30)
    if not shop.n_weeks:
        publish(shop, FIRST_POLICY, FIRST_REASON, at=start)
    make_gold(shop, gold, now=start)
    receive(shop, outputs[:24], at=start)
    # The whole history ends with the second policy; none at all, or a shorter one, with an earlier one.
    live = live_policy_of(shop.project).definition
    if live != SECOND_POLICY:
        publish(shop, SECOND_POLICY, BACK_REASON if live == LOOSER_POLICY else SECOND_REASON, at=second)
    receive(shop, outputs[24:90], at=second)
    night = label_for_a_while(shop, range(N_TURNS_BEFORE_NIGHT), at=start + timedelta(hours=1))
    if shop.n_weeks:
        make_reports(shop, now=night)
        tell_incidents(shop, at=night)
    label_for_a_while(shop, range(N_TURNS_BEFORE_NIGHT, N_TURNS), at=night)
    settle_one_dispute(shop, now=now)
    name_who_decides(shop, at=now - timedelta(minutes=30))
    receive(shop, outputs[90:], at=now - timedelta(minutes=20))
    receive_other_kinds(shop, at=now - timedelta(minutes=10))
    oversee(shop, at=now)


def tell_incidents(shop: Shop, *, at: datetime) -> None:
    """Two flawed replies that were let out and came back as complaints; of one it is known by now why."""
    flawed = [name for name, known in shop.truth.items() if known["verdict"] in BAD_VERDICTS and known.get("flaw")]
    let_out = shop.project.items.filter(status=Item.Status.SHIPPED, external_id__in=flawed).order_by("-created_at")
    for number, item in enumerate(let_out[:2]):
        incident = report_incident(
            shop.project,
            title=shop.truth[item.external_id]["flaw"][:120],
            words="A customer wrote back about it.",
            severity="major" if number else "critical",
            item=item,
            reporter=shop.users["olga"],
            now=at - timedelta(days=2 * number),
        )
        if number:
            lesson = "Both runs of the judge passed it. It becomes gold, so that people learn to see it."
            close_incident(incident, lesson=lesson, closer=shop.users["olga"], now=at)


def make_reports(shop: Shop, *, now: datetime) -> None:
    """The numbers that the worker makes at night, so that every page has some from the first start on."""
    for version in (shop.support, shop.preference):
        make_agreement_run(version, now=now)
    for judge in JudgeVersion.objects.filter(project=shop.project):
        make_calibration_runs(judge.pk, clock=lambda: now)
        compare_with_previous(judge.pk, clock=lambda: now)
    for validation_id in validations_to_watch(now=now):
        look_for_drift(validation_id, now=now)
    say_whose_error(shop, now=now)
    look_for_threshold(shop, at=now)
