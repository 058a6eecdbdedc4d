"""Any order of claims, waits, drafts, submissions and take-backs: the database says what the reference says.

A rule that is new at the desk gets a method here and one of the same name in `DeskReference`.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from labeling.models import Absence, Draft, HandOut, Queue, QueueEntry, Review
from labeling.policy.errors import Conflict
from labeling.queries.duties import admission_to
from labeling.queries.queues import reason_for_empty
from labeling.services.absences import cancel_absence, enter_absence
from labeling.services.hand_outs import release_turn, release_turns_of
from labeling.services.queues import expire_leases, postpone, renew_lease
from labeling.services.reviews import save_draft, take_back
from tests.conftest import NOW
from tests.properties.desk_reference import GRACE, LEASE, POSTPONED, DeskReference, Refused
from tests.world import chat_row

PEOPLE = ("ana", "ben", "cleo")
VERDICTS = ("approve", "reject")
# Within the grace, past a lease that nobody swept yet, past a postponement.
WAITS = (10, LEASE + 1, POSTPONED + 1)
MOST_ITEMS = 4
FAST = {"max_examples": 6, "stateful_step_count": 35}
THOROUGH = {"max_examples": 80, "stateful_step_count": 50}
HOW = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


# Which page something is done on, the newest first: what goes wrong goes wrong between turns that follow each other.
PAGES = st.integers(0, 4)
has_page = precondition(lambda self: self.reference.turns)


class Desk(RuleBasedStateMachine):
    """The services beside the reference. Each run starts from the same world and is rolled back at its end."""

    def __init__(self, world, clock):
        super().__init__()
        self.world, self.clock = world, clock
        self.savepoint = transaction.savepoint()
        self.clock.move_to(NOW)
        self.reference = DeskReference()
        self.n_notes = self.n_looks = 0

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)

    def hand_out_of(self, turn):
        """As another request would read it."""
        return HandOut.objects.select_related("slot__queue__project", "entry__rubric_version", "reviewer__user").get(
            pk=turn
        )

    def turn_on(self, page):
        turns = list(self.reference.turns)
        return turns[-1 - page % len(turns)]

    def rater(self, who):
        return self.world.rater(getattr(self.world, who))

    def agree(self, act, expected):
        """Both refuse, or both do it; what each returned."""
        try:
            wanted, is_refused = expected(), False
        except Refused:
            wanted, is_refused = None, True
        try:
            done = act()
        except Conflict:
            assert is_refused, f"the desk refused, the reference said {wanted!r}"
            return None, None
        assert not is_refused, f"the reference refused, the desk did {done!r}"
        return done, wanted

    # --- items, time and the worker ---------------------------------------------------------------------------

    @initialize(overlaps=st.lists(st.integers(1, 3), min_size=2, max_size=2))
    def begin(self, overlaps):
        for overlap in overlaps:
            self.new_item(overlap)

    @precondition(lambda self: len(self.reference.entries) < MOST_ITEMS)
    @rule(overlap=st.integers(1, 3))
    def new_item(self, overlap):
        name = f"r-{len(self.reference.entries) + 1}"
        Queue.objects.filter(pk=self.world.queue.pk).update(overlap=overlap)
        self.world.ingest(chat_row(name))
        self.reference.add_entry(name, overlap=overlap)

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds):
        self.reference.now += seconds
        self.clock.move_to(NOW + timedelta(seconds=self.reference.now))

    @rule()
    def expire(self):
        self.wait(LEASE + 1)
        expire_leases(now=self.world.now)
        self.reference.sweep()

    @rule()
    def settle(self):
        self.wait(GRACE + 1)
        self.world.settle_all()
        self.reference.settle()

    # --- turns ------------------------------------------------------------------------------------------------

    @rule(who=st.sampled_from(PEOPLE))
    def claim(self, who):
        self.take(who)

    def take(self, who):
        """Their turn, or None: what they hold, else what is first in line for them."""
        held, first = self.reference.held_first(who), self.reference.first_in_line(who)
        given = self.world.hand_out(getattr(self.world, who))
        if not isinstance(given, HandOut):
            assert not held
            assert first is None
            return None
        name = given.entry.item.external_id
        assert name in (held or {first})
        self.reference.hand_out(given.pk, name=name, who=who)
        return given.pk

    @rule(who=st.sampled_from(PEOPLE), verdict=st.sampled_from(VERDICTS))
    def label(self, who, verdict):
        """What a day is made of; without it most runs would never see a second reviewer."""
        turn = self.take(who)
        if turn is not None:
            self.hand_in(turn, verdict)

    @rule(who=st.sampled_from(PEOPLE), thief=st.sampled_from(PEOPLE), verdict=st.sampled_from(VERDICTS))
    def lose_turn(self, who, thief, verdict):
        """Somebody else takes what ran out, and the first one submits late."""
        turn = self.take(who)
        self.expire()
        self.take(thief)
        if turn is not None:
            self.hand_in(turn, verdict)

    @has_page
    @rule(page=PAGES)
    def heartbeat(self, page):
        turn = self.turn_on(page)
        assert renew_lease(self.hand_out_of(turn), now=self.world.now) == self.reference.heartbeat(turn)

    @has_page
    @rule(page=PAGES)
    def postpone(self, page):
        turn = self.turn_on(page)
        postpone(self.hand_out_of(turn), now=self.world.now)
        self.reference.postpone(turn)

    # --- what an admin or an absence takes back ----------------------------------------------------------------

    @has_page
    @rule(page=PAGES)
    def release(self, page):
        """The admin's page may be as old as the turn: what became of it meanwhile is not touched."""
        turn = self.turn_on(page)
        hand_out = self.hand_out_of(turn)
        told = {"reason": "A test.", "actor": self.world.ada, "now": self.world.now}
        self.agree(
            lambda: release_turn(hand_out.slot, lease_no=hand_out.lease_no, **told),
            lambda: self.reference.release(turn),
        )

    @rule(who=st.sampled_from(PEOPLE))
    def release_all_of(self, who):
        release_turns_of(self.rater(who), reason="A test.", actor=self.world.ada, now=self.world.now)
        self.reference.release_all_of(who)

    @precondition(lambda self: len(self.reference.away) < 2)
    @rule(who=st.sampled_from(PEOPLE))
    def go_away(self, who):
        if who in self.reference.away:
            return
        today = self.world.now.date()
        days = {"first_day": today, "last_day": today + timedelta(days=300)}
        enter_absence([self.rater(who)], **days, actor=self.world.ada, now=self.world.now)
        self.reference.go_away(who)

    @precondition(lambda self: self.reference.away)
    @rule()
    def come_back(self):
        who = min(self.reference.away)
        for absence in Absence.objects.filter(reviewer=self.rater(who), cancelled_at__isnull=True):
            cancel_absence(absence, actor=self.world.ada, now=self.world.now)
        self.reference.come_back(who)

    # --- reviews ----------------------------------------------------------------------------------------------

    @has_page
    @rule(page=PAGES)
    def save_draft(self, page):
        turn = self.turn_on(page)
        note = self.new_note()
        hand_out = self.hand_out_of(turn)
        self.agree(
            lambda: save_draft(hand_out, content={"note": note}, now=self.world.now),
            lambda: self.reference.save_draft(turn, note),
        )

    def new_note(self):
        self.n_notes += 1
        return f"note {self.n_notes}"

    @has_page
    @rule(page=PAGES, verdict=st.sampled_from(VERDICTS))
    def submit(self, page, verdict):
        """From any page that is still open somewhere, with its turn or long after it."""
        self.hand_in(self.turn_on(page), verdict)

    def hand_in(self, turn, verdict):
        note, revision = self.new_note(), len(self.reference.reviews_of(turn)) + 1
        hand_out = self.hand_out_of(turn)
        submitted, expected = self.agree(
            lambda: self.world.submit(hand_out, verdict=verdict, note=note, revision=revision),
            lambda: self.reference.submit(turn, verdict=verdict, note=note),
        )
        assert submitted is None or submitted.outcome == expected

    @has_page
    @rule(page=PAGES)
    def submit_again(self, page):
        """The answer was lost, so the same is sent once more; with other words in it, it is refused."""
        turn = self.turn_on(page)
        sent = self.reference.reviews_of(turn)
        if not sent:
            return
        hand_out, last = self.hand_out_of(turn), sent[-1]
        again = self.world.submit(hand_out, verdict=last["verdict"], note=last["note"], revision=len(sent))
        assert again.outcome == "repeated"
        with pytest.raises(Conflict):
            self.world.submit(hand_out, verdict=last["verdict"], note=self.new_note(), revision=len(sent))

    @has_page
    @rule(page=PAGES)
    def take_back(self, page):
        turn = self.turn_on(page)
        self.agree(
            lambda: take_back(self.hand_out_of(turn), now=self.world.now), lambda: self.reference.take_back(turn)
        )

    # --- what holds after every step --------------------------------------------------------------------------

    @invariant()
    def same_turns_and_labels(self):
        entries = QueueEntry.objects.select_related("item").prefetch_related("slots__reviewer__user")
        stored = {
            entry.item.external_id: (
                entry.state,
                [
                    (slot.state, slot.reviewer.user.username if slot.reviewer else None)
                    for slot in sorted(entry.slots.all(), key=lambda slot: slot.slot_no)
                ],
            )
            for entry in entries
        }
        assert stored == {
            name: (entry["state"], [(slot["state"], slot["who"]) for slot in entry["slots"]])
            for name, entry in self.reference.entries.items()
        }
        reviews = Review.objects.order_by("id").values_list(
            "hand_out", "note", "verdict", "slot__slot_no", "withdrawal__withdrawn_at"
        )
        assert [(turn, note, verdict, bool(slot), bool(at)) for turn, note, verdict, slot, at in reviews] == [
            (one["turn"], one["note"], one["verdict"], bool(one["slot"]), one["is_withdrawn"])
            for one in self.reference.reviews
        ]

    @invariant()
    def same_drafts(self):
        drafts = Draft.objects.values_list("entry__item__external_id", "reviewer__user__username", "content")
        assert {(name, who): content["note"] for name, who, content in drafts} == self.reference.drafts

    @invariant()
    def nothing_is_over_assigned_twice_by_one_or_stuck(self):
        for name, entry in self.reference.entries.items():
            counted, states = self.reference.counted(name), [slot["state"] for slot in entry["slots"]]
            assert len(counted) == states.count("done")
            assert len({one["who"] for one in counted}) == len(counted)
            if entry["state"] == "waiting" and entry["settle_at"] is None:
                assert "open" in states or "leased" in states
            if "waiting" in states:
                assert "open" in states

    @invariant()
    def the_empty_queue_tells_the_truth(self):
        """One person a step, in turn: it is the dearest question of all."""
        self.n_looks += 1
        who = PEOPLE[self.n_looks % len(PEOPLE)]
        if not self.reference.held_first(who):
            reason, until = self.reference.reason_for_empty(who)
            told = self.told(self.rater(who))
            assert (told.reason, told.until) == (reason, until and NOW + timedelta(seconds=until)), who

    def told(self, rater):
        queue, now = self.world.queue, self.world.now
        return reason_for_empty(queue, rater, admission=admission_to(queue, rater, now=now), now=now)


def test_the_desk_does_what_its_reference_does(world, clock):
    run_state_machine_as_test(lambda: Desk(world, clock), settings=settings(**FAST, **HOW))


@pytest.mark.slow
def test_the_desk_does_what_its_reference_does_in_many_orders(world, clock):
    run_state_machine_as_test(lambda: Desk(world, clock), settings=settings(**THOROUGH, **HOW))
