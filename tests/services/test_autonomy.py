"""Each guardrail contracts by itself, opens an incident and tells people; nothing widens, nothing contracts twice."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from labeling import tasks
from labeling.models import Contraction, Event, Incident, Item, RoutingDecision, RoutingPolicy, Sending
from labeling.policy.autonomy import ESCAPED, EVERYTHING, GOLD, LEAST, UNPROVED, ships_nothing
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.policy.splits import AUDIT, DEVELOPMENT, SEALED
from labeling.queries.audit import EVENTS
from labeling.queries.autonomy import autonomy_of, guardrails_of, rung_now
from labeling.services import autonomy
from labeling.services.autonomy import begin_proposal, contract, look_at_guardrails, nominate_fallback, set_guardrail
from labeling.services.policies import roll_back
from labeling.services.policy_life import set_second_admin
from labeling.services.webhooks import create_webhook
from tests.services.agreeing import doubly_labelled, run_of
from tests.services.standing import answer_known
from tests.services.test_drift_looks import finals, watched  # noqa: F401
from tests.services.test_policy_life import LOCKED, SHIPPING, shadow_of, staged_at
from tests.world import BAD, chat_row


def guard(world, kind, limit=None, *, is_on=True):
    return set_guardrail(world.project, kind=kind, limit=limit, is_on=is_on, actor=world.ada, now=world.now)


def reading_of(world, kind):
    return next(one for one in guardrails_of(world.project, now=world.now) if one.kind == kind)


def live(world):
    return world.project.policies.get(state="live")


def ship(world, **changes):
    return world.publish("Ship.", **{**SHIPPING, **changes})


def some_miss_gold(world, clock, *, n=10):
    """A third of the known answers right: the whole interval lies below 0.8."""
    answer_known(world, clock, world.ana, [number % 3 == 0 for number in range(n)])


@pytest.fixture
def ten_are_enough(monkeypatch):
    """So that a test takes a third of the time; how many it takes is tested in tests/policy/test_autonomy.py."""
    monkeypatch.setitem(LEAST, GOLD, 10)
    monkeypatch.setitem(LEAST, ESCAPED, 10)


def escape(world, clock, *, n=14, n_bad=9, part=DEVELOPMENT):
    """Items that were drawn for audit and became final, some of them bad."""
    # All but one in a thousand are drawn, or a test would wait for a thousand items to see ten.
    ship(world, audit_share=0.999)
    world.ingest_into(part, *(chat_row(f"e-{number}") for number in range(n)))
    for number in range(RoutingDecision.objects.filter(outcome="review", item__external_id__startswith="e-").count()):
        world.review_next(world.ana, **({"verdict": "reject", "answers": BAD} if number < n_bad else {}))
        clock.shift(30)
    clock.shift(3600)
    world.settle_all()


# --- the four guardrails ----------------------------------------------------------------------------------------------


def test_agreement_below_its_floor_contracts(world, clock):
    ship(world)
    doubly_labelled_in_review(world, clock)
    guard(world, "agreement", 0.667)

    tasks.watch_guardrails()

    contraction = Contraction.objects.get()
    assert contraction.kind == "agreement"
    assert contraction.evidence["high"] < 0.667
    assert contraction.evidence["n"] >= 50
    assert_contracted(world, contraction)


def doubly_labelled_in_review(world, clock):
    # All of it reaches people, whatever the live policy of the test ships afterwards.
    world.publish("All.", cold_start={"mode": "review_all", "reason": ""})
    doubly_labelled(world, n_items=60, n_disputed=30)
    clock.shift(60)
    run_of(world)
    ship(world)


def test_gold_below_its_floor_contracts(world, clock):
    some_miss_gold(world, clock, n=30)
    ship(world)
    guard(world, "gold", 0.8)

    tasks.watch_guardrails()

    contraction = Contraction.objects.get()
    assert (contraction.kind, contraction.evidence["n"]) == ("gold", 30)
    assert contraction.evidence["high"] < 0.8
    assert_contracted(world, contraction)


def test_escaped_errors_above_their_budget_contract(world, clock):
    escape(world, clock, n=40, n_bad=20)
    guard(world, "escaped", 0.05)

    tasks.watch_guardrails()

    contraction = Contraction.objects.get()
    assert contraction.kind == "escaped"
    assert contraction.evidence["low"] > 0.05
    assert_contracted(world, contraction)


def test_a_drift_alarm_contracts(watched, clock):  # noqa: F811
    world = watched
    finals(world, clock, AUDIT, "a", [number % 2 == 0 for number in range(16)])
    ship(world)
    guard(world, "drift")
    tasks.watch_judges()

    tasks.watch_guardrails()

    contraction = Contraction.objects.get()
    assert contraction.kind == "drift"
    assert "house-judge: Drift alarm: 8 of 16" in contraction.words + contraction.evidence["about"]
    assert_contracted(world, contraction)


def assert_contracted(world, contraction):
    """Nothing ships any more, on nobody's word but the guardrail's, with an incident and the event."""
    published = live(world)
    assert contraction.published == published
    assert ships_nothing(parse_policy(published.definition))
    assert published.author is None
    assert contraction.words[:200] in published.reason
    assert contraction.incident.reported_by is None
    assert Event.objects.get(kind="autonomy.contracted").actor_name == "system"
    world.ingest(*(chat_row(f"next-{number}") for number in range(10)))
    assert not Item.objects.filter(external_id__startswith="next-", status=Item.Status.SHIPPED).exists()


# --- when nothing follows ---------------------------------------------------------------------------------------------


def test_not_enough_is_said_and_contracts_nothing(world, clock):
    some_miss_gold(world, clock)
    ship(world)
    guard(world, "gold", 0.8)

    tasks.watch_guardrails()

    assert reading_of(world, "gold").judgement.words == "Not enough yet: 10 of about 30. Nothing follows from it."
    assert not Contraction.objects.exists()


def test_what_is_off_contracts_nothing_and_is_shown_all_the_same(world, clock, ten_are_enough):
    some_miss_gold(world, clock)
    ship(world)
    guard(world, "gold", 0.8, is_on=False)

    tasks.watch_guardrails()

    assert reading_of(world, "gold").judgement.state == "tripped"
    assert not Contraction.objects.exists()


def test_where_nothing_ships_there_is_nothing_to_contract(world, clock, ten_are_enough):
    some_miss_gold(world, clock)
    guard(world, "gold", 0.8)

    assert look_at_guardrails(world.project, now=world.now) is None
    assert live(world).number == 1


def test_sealed_items_never_contract(world, clock, ten_are_enough):
    escape(world, clock, part=SEALED)
    guard(world, "escaped", 0.05)

    assert look_at_guardrails(world.project, now=world.now) is None
    assert reading_of(world, "escaped").reading.n == 0


@pytest.fixture
def tripped(world, clock, ten_are_enough):
    """Gold tells that people miss too much, and the live policy ships."""
    some_miss_gold(world, clock)
    ship(world)
    guard(world, "gold", 0.8)
    return world


def test_a_contraction_stands_and_is_not_repeated(tripped, clock):
    look_at_guardrails(tripped.project, now=tripped.now)
    clock.shift(600)

    assert look_at_guardrails(tripped.project, now=tripped.now) is None
    assert Contraction.objects.count() == Incident.objects.count() == 1


def test_of_two_workers_one_wins(tripped):
    read_by_both = reading_of(tripped, "gold")

    first = contract(tripped.project, read_by_both, now=tripped.now)
    second = contract(tripped.project, read_by_both, now=tripped.now)

    assert (first is None, second) == (False, None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Contraction.objects.create(
            project=tripped.project,
            kind="gold",
            words="Again.",
            evidence={},
            incident=Incident.objects.create(
                project=tripped.project, title="x", severity="major", reported_at=tripped.now
            ),
            before=live(tripped),
            published=RoutingPolicy.objects.get(number=1),
            began_at=tripped.now,
        )


def test_a_limit_that_was_set_otherwise_meanwhile_counts(tripped):
    read_before = reading_of(tripped, "gold")
    guard(tripped, "gold", 0.1)

    assert contract(tripped.project, read_before, now=tripped.now) is None


def test_what_tripped_it_once_does_not_trip_it_again_once_a_person_ended_that(tripped, clock):
    look_at_guardrails(tripped.project, now=tripped.now)
    clock.shift(60)
    roll_back(RoutingPolicy.objects.get(number=2), reason="They are trained anew.", author=tripped.ada, now=tripped.now)
    clock.shift(600)

    assert look_at_guardrails(tripped.project, now=tripped.now) is None
    contraction = Contraction.objects.get()
    assert contraction.ended_by == tripped.ada
    assert "They are trained anew." in contraction.ended_because
    assert reading_of(tripped, "gold").reading.n == 0


def test_with_four_eyes_nobody_alone_goes_back_to_what_a_contraction_stopped(tripped, clock):
    set_second_admin(tripped.project, is_needed=True, actor=tripped.ada, now=tripped.now)
    stopped = live(tripped)
    look_at_guardrails(tripped.project, now=tripped.now)
    clock.shift(60)

    with pytest.raises(Conflict, match="second admin"):
        roll_back(RoutingPolicy.objects.get(pk=stopped.pk), reason="Hurry.", author=tripped.ada, now=tripped.now)

    assert ships_nothing(parse_policy(live(tripped).definition))
    assert Contraction.objects.get().ended_at is None


def test_it_trips_again_on_what_came_since(tripped, clock):
    look_at_guardrails(tripped.project, now=tripped.now)
    clock.shift(60)
    roll_back(RoutingPolicy.objects.get(number=2), reason="They are trained anew.", author=tripped.ada, now=tripped.now)
    clock.shift(60)
    some_miss_gold(tripped, clock)

    assert look_at_guardrails(tripped.project, now=tripped.now) is not None
    assert Contraction.objects.count() == 2


def test_an_ended_contraction_is_history(tripped):
    look_at_guardrails(tripped.project, now=tripped.now)

    for change in ({"words": "Never mind."}, {"evidence": {}}):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Contraction.objects.update(**change)
    with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        Contraction.objects.all().delete()


# --- what it falls to -------------------------------------------------------------------------------------------------


def test_the_nominated_version_decides_where_it_ships_no_more(world, clock, ten_are_enough):
    some_miss_gold(world, clock)
    careful = ship(world, audit_share=0.5)
    ship(world)
    nominate_fallback(world.project, careful, actor=world.ada, now=world.now)
    guard(world, "gold", 0.8)

    contraction = look_at_guardrails(world.project, now=world.now)

    assert live(world).definition == careful.definition
    assert contraction.evidence["fell_to"] == f"The fallback decides, as version {careful.number} did"


@pytest.mark.parametrize(
    ("fallback", "now_live", "why"),
    [
        ({"audit_share": 0.01}, {"audit_share": 0.5}, "might ship more (the audit)"),
        ({}, {"rules": [LOCKED]}, "would loosen a locked rule"),
        ({}, {}, "was live already"),
    ],
)
def test_a_fallback_that_might_widen_gives_way_to_everything_to_people(
    world, clock, ten_are_enough, fallback, now_live, why
):
    some_miss_gold(world, clock)
    nominated = ship(world, **fallback)
    ship(world, **now_live)
    nominate_fallback(world.project, nominated, actor=world.ada, now=world.now)
    guard(world, "gold", 0.8)

    contraction = look_at_guardrails(world.project, now=world.now)

    assert ships_nothing(parse_policy(live(world).definition))
    assert why in contraction.evidence["fell_to"]
    assert live(world).definition["rules"] == now_live.get("rules", [])


def test_what_is_staged_or_in_shadow_ends_with_it(tripped):
    staged, shadow = staged_at(tripped, 0.5, **SHIPPING), shadow_of(tripped)

    look_at_guardrails(tripped.project, now=tripped.now)

    for version in (staged, shadow):
        version.refresh_from_db()
        assert version.state == "withdrawn"
        assert version.changes.first().changed_by is None


def test_a_staged_version_that_ships_is_ended_where_the_live_one_ships_nothing(world, clock, ten_are_enough):
    some_miss_gold(world, clock)
    staged = staged_at(world, 0.5, **SHIPPING)
    guard(world, "gold", 0.8)

    look_at_guardrails(world.project, now=world.now)

    staged.refresh_from_db()
    assert staged.state == "withdrawn"


def test_what_is_staged_while_a_contraction_lasts_is_guarded_again(tripped, clock):
    look_at_guardrails(tripped.project, now=tripped.now)
    clock.shift(60)
    staged = staged_at(tripped, 0.9, **SHIPPING)
    clock.shift(60)
    some_miss_gold(tripped, clock)

    look_at_guardrails(tripped.project, now=tripped.now)

    staged.refresh_from_db()
    assert staged.state == "withdrawn"
    newest, first = Contraction.objects.order_by("-id")
    assert newest.ended_at is None
    assert (first.ended_by, first.ended_because) == (tripped.ada, f"Version {staged.number} was staged at 90 %: A few.")


def test_a_project_whose_staged_version_ships_is_not_said_to_ship_nothing(world):
    before = rung_now(world.project, now=world.now)
    staged_at(world, 0.9, **SHIPPING)

    assert (before, rung_now(world.project, now=world.now)) == (EVERYTHING, UNPROVED)


def test_webhooks_and_people_are_told(tripped, settings):
    settings.MAIL_SERVER = object()
    type(tripped.ada).objects.update(email="somebody@example.com")
    create_webhook(
        project=tripped.project,
        name="ops",
        url="https://ops.example/",
        hears=["contraction"],
        actor=tripped.ada,
        now=tripped.now,
    )

    look_at_guardrails(tripped.project, now=tripped.now)

    told = Sending.objects.get(webhook__isnull=False).body
    letters = Sending.objects.filter(webhook__isnull=True)
    assert '"guardrail":"gold"' in told
    assert '"n":10' in told
    assert {letter.recipient for letter in letters} == {tripped.ada, tripped.olga}
    assert "A person ends this by publishing" in letters[0].body


# --- setting it, and what might come next -----------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "limit"), [("gold", None), ("gold", 1.5), ("gold", -0.1), ("luck", 0.5)])
def test_a_limit_that_is_none_is_refused(world, kind, limit):
    with pytest.raises(Invalid):
        guard(world, kind, limit)


def test_only_what_was_live_is_nominated(world):
    shadow = shadow_of(world)

    with pytest.raises(Conflict, match="was never live"):
        nominate_fallback(world.project, shadow, actor=world.ada, now=world.now)


def test_setting_and_nominating_are_in_the_audit_trail(world):
    guard(world, "gold", 0.8)
    nominate_fallback(world.project, live(world), actor=world.ada, now=world.now)
    nominate_fallback(world.project, None, actor=world.ada, now=world.now)

    kinds = list(Event.objects.filter(kind__startswith="autonomy.").values_list("kind", flat=True))
    assert sorted(kinds) == ["autonomy.fallback_nominated"] * 2 + ["autonomy.guardrail_set"]
    assert set(kinds) <= set(EVENTS)


@pytest.fixture
def quiet(world, clock, ten_are_enough):
    """A policy that samples, and guardrails that have held for weeks."""
    tiers = {**DEFAULT_DEFINITION["tiers"], "medium": {**DEFAULT_DEFINITION["tiers"]["medium"], "review_share": 0.4}}
    ship(world, tiers=tiers)
    guard(world, "gold", 0.8)
    guard(world, "escaped", 0.6)
    clock.shift(timedelta(days=15))
    world.ingest(chat_row("asked-for", review_requested=True))
    answer_known(world, clock, world.ana, [True] * 20)
    world.ingest_into(DEVELOPMENT, *(chat_row(f"q-{number}", stakes="medium") for number in range(60)))
    for _ in range(RoutingDecision.objects.filter(outcome="review", item__external_id__startswith="q-").count()):
        world.review_next(world.ben)
        clock.shift(10)
    clock.shift(3600)
    world.settle_all()
    return world


def test_an_expansion_is_proposed_with_its_evidence_and_begins_as_a_draft(quiet):
    proposal = autonomy_of(quiet.project, now=quiet.now).proposal

    draft = begin_proposal(quiet.project, actor=quiet.ada, now=quiet.now)

    assert proposal.words == "review 20 % of medium stakes instead of 40 %"
    assert "Gold accuracy: 1.000" in proposal.why
    assert (draft.state, draft.definition["tiers"]["medium"]["review_share"]) == ("draft", 0.2)
    assert "Escaped-error budget: 0.000" in draft.reason
    assert live(quiet).number == 2


def test_the_clock_never_expands(quiet):
    tasks.watch_guardrails()

    assert live(quiet).number == 2
    assert not RoutingPolicy.objects.filter(state="draft").exists()


def test_after_a_contraction_nothing_is_proposed_for_a_while(tripped, clock):
    look_at_guardrails(tripped.project, now=tripped.now)

    found = autonomy_of(tripped.project, now=tripped.now)

    assert found.proposal is None
    assert "contract in the last 14 days" in found.why_none
    with pytest.raises(Conflict, match="nothing to propose"):
        begin_proposal(tripped.project, actor=tripped.ada, now=tripped.now)


def test_one_project_that_fails_keeps_no_other_from_being_looked_at(tripped, monkeypatch, caplog):
    monkeypatch.setattr(autonomy, "guardrails_of", lambda *arguments, **names: 1 / 0)

    tasks.watch_guardrails()

    assert "Left" in caplog.text
