"""Any order of drafts, approvals, shadows, stagings, publications and ways back: the database says what a few lines of
reference say."""

from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from labeling.models import Membership, PolicyChange, RoutingPolicy
from labeling.policy.errors import Refused
from labeling.policy.policies import DEFAULT_DEFINITION, hash_of_definition
from labeling.services.policies import make_live, roll_back, save_draft
from labeling.services.policy_life import (
    approve_policy,
    begin_shadow,
    set_second_admin,
    stage_version,
    withdraw_policy,
)
from tests.services.test_policy_life import LOCKED

HOW = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
PLACES = st.integers(0, 5)
BESIDE = ("shadow", "staged")
ON_THEIR_WAY = ("draft", *BESIDE)
has_versions = precondition(lambda self: len(self.states) > 1)


class Life(RuleBasedStateMachine):
    """The services beside a dictionary of states. Each run starts from the same world and is rolled back at its end."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.savepoint = transaction.savepoint()
        world.join(world.cleo, Membership.Role.ADMIN)
        self.states = {1: "live"}
        self.is_locked = {1: False}
        self.approved = set()
        self.needs_approval = False

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)

    # --- what people do ------------------------------------------------------------------------------------------

    @rule(is_locked=st.booleans())
    def draft(self, is_locked):
        definition = {**DEFAULT_DEFINITION, "requires": [], "rules": [LOCKED] if is_locked else []}
        draft = save_draft(
            project=self.world.project, definition=definition, reason="", author=self.world.ada, now=self.world.now
        )
        self.states[draft.number], self.is_locked[draft.number] = "draft", is_locked

    @rule(is_needed=st.booleans())
    def switch_four_eyes(self, is_needed):
        set_second_admin(self.world.project, is_needed=is_needed, actor=self.world.ada, now=self.world.now)
        self.needs_approval = is_needed

    @has_versions
    @rule(place=PLACES)
    def approve(self, place):
        version = self.version_at(place)
        known = hash_of_definition(version.definition)
        if self.does(
            lambda: approve_policy(version, definition_hash=known, approver=self.world.cleo, now=self.world.now),
            when=self.states[version.number] in ON_THEIR_WAY,
        ):
            self.approved.add(version.number)

    @has_versions
    @rule(place=PLACES)
    def shadow(self, place):
        version = self.version_at(place)
        if self.does(
            lambda: begin_shadow(version, **self.told),
            when=self.states[version.number] == "draft" and not self.has("shadow"),
        ):
            self.states[version.number] = "shadow"

    @has_versions
    @rule(place=PLACES, share=st.sampled_from([0.1, 0.5]))
    def stage(self, place, share):
        version = self.version_at(place)
        state = self.states[version.number]
        is_another = version.staged_share != share
        may = self.may_decide(version) and (state == "staged" or not self.has("staged"))
        if self.does(lambda: stage_version(version, share=share, **self.told), when=may and is_another):
            self.states[version.number] = "staged"

    @has_versions
    @rule(place=PLACES)
    def publish(self, place):
        version = self.version_at(place)
        if self.does(lambda: make_live(version, **self.told), when=self.may_decide(version)):
            self.goes_live(version.number)

    @has_versions
    @rule(place=PLACES)
    def withdraw(self, place):
        version = self.version_at(place)
        if self.does(lambda: withdraw_policy(version, **self.told), when=self.states[version.number] in BESIDE):
            self.states[version.number] = "withdrawn"

    @has_versions
    @rule(place=PLACES)
    def go_back(self, place):
        version = self.version_at(place)
        may = self.states[version.number] == "retired" and self.keeps_the_lock(version)
        told = {"reason": "Back.", "author": self.world.ada, "now": self.world.now}
        if self.does(lambda: roll_back(version, **told), when=may):
            number = max(self.states) + 1
            self.states[number], self.is_locked[number] = "draft", self.is_locked[version.number]
            self.goes_live(number)

    # --- what holds ----------------------------------------------------------------------------------------------

    @invariant()
    def database_says_the_same(self):
        versions = RoutingPolicy.objects.filter(project=self.world.project)
        assert dict(versions.values_list("number", "state")) == self.states

    @invariant()
    def one_decides_and_at_most_one_stands_in_each_place_beside_it(self):
        counts = Counter(self.states.values())
        assert counts["live"] == 1
        assert max(counts["shadow"], counts["staged"]) <= 1

    @invariant()
    def a_lock_lasts(self):
        """Once a live version locked the rule, every later live or staged one has it."""
        was_live = PolicyChange.objects.filter(state__in=["live", "staged"]).order_by("id")
        seen = False
        for number, state in was_live.values_list("policy__number", "state"):
            assert self.is_locked[number] or not seen
            seen = seen or (state == "live" and self.is_locked[number])

    # --- the reference -------------------------------------------------------------------------------------------

    def version_at(self, place):
        numbers = sorted(self.states)
        return RoutingPolicy.objects.select_related("project").get(
            project=self.world.project, number=numbers[-1 - place % len(numbers)]
        )

    @property
    def told(self):
        return {"reason": "Because.", "actor": self.world.ada, "now": self.world.now}

    def has(self, state):
        return state in self.states.values()

    def keeps_the_lock(self, version):
        live = next(number for number, state in self.states.items() if state == "live")
        return self.is_locked[version.number] or not self.is_locked[live]

    def may_decide(self, version):
        return (
            self.states[version.number] in ON_THEIR_WAY
            and self.keeps_the_lock(version)
            and (not self.needs_approval or version.number in self.approved)
        )

    def goes_live(self, number):
        ended = {"live": "retired", "staged": "withdrawn"}
        self.states = {one: ended.get(state, state) if one != number else "live" for one, state in self.states.items()}

    def does(self, step, *, when):
        """Whether the step was taken; it is refused exactly when it may not be."""
        try:
            with transaction.atomic():
                step()
        except Refused:
            assert not when
            return False
        assert when
        return True


def test_any_order_of_steps_does_what_the_reference_does(world):
    run_state_machine_as_test(lambda: Life(world), settings=settings(max_examples=12, stateful_step_count=25, **HOW))


@pytest.mark.slow
def test_many_orders_of_steps_do_what_the_reference_does(world):
    run_state_machine_as_test(lambda: Life(world), settings=settings(max_examples=150, stateful_step_count=60, **HOW))
