"""An ensemble is a judge of its own: it speaks when its members did; a changed member makes its next version."""

import pytest

from labeling.formats.rows import parse_judge_verdict
from labeling.models import EnsembleMember, Item, JudgeVerdict, JudgeVersion
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.judge_life import standing_of_version
from labeling.services.clearances import suspend_judge
from labeling.services.ensembles import compose_ensemble, speak_for_ensembles
from labeling.services.item_signals import add_verdicts
from tests.services.judging import SHIPS, says, version_of
from tests.services.test_judge_life import send, tiers_of
from tests.world import chat_row

OAK, ELM, ASH = (
    {"name": name, "model": f"{name}-1", "family": name, "prompt_hash": "p", "parameters": {}}
    for name in ("oak", "elm", "ash")
)


def ships(world):
    signal = {"signal": "judge_stated", "cut": 0.6}
    world.publish("A pilot.", tiers=tiers_of(world), **{**SHIPS, "confidence": signal})


def compose(world, *judges, name="panel"):
    members = [version_of(world, judge) for judge in judges]
    return compose_ensemble(world.project, name=name, members=members, actor=world.olga, now=world.now)


@pytest.fixture
def panel(world):
    ships(world)
    send(world, "first", OAK, ELM, ASH)
    return compose(world, OAK, ELM, ASH)


def row(external_id, *labels):
    judges = zip((OAK, ELM, ASH), labels, strict=False)
    verdicts = [verdict for judge, label in judges for verdict in says(judge, label, runs=1)]
    return chat_row(external_id, judge_verdicts=verdicts)


def spoken(item):
    said = JudgeVerdict.objects.filter(item=item, judge_version__name="panel")
    return [(one.label, round(one.confidence, 2)) for one in said]


def test_it_speaks_once_all_members_did_and_its_majority_decides(world, panel):
    world.ingest(row("r-1", "yes", "yes", "no"), row("r-2", "no", "no", "yes"), row("r-3", "yes", "no", "maybe"))

    assert [spoken(world.item(f"r-{number}")) for number in (1, 2, 3)] == [[("yes", 0.67)], [("no", 0.67)], []]
    assert world.item("r-2").status == world.item("r-3").status == Item.Status.IN_REVIEW


def test_verdicts_that_come_one_by_one_end_in_the_same_and_no_second_time(world, panel):
    world.ingest(row("r-1", "yes"))
    item = world.item("r-1")
    for judge in (ELM, ASH):
        parsed = [parse_judge_verdict(one, "verdict") for one in says(judge, runs=1)]
        add_verdicts(item, parsed, actor_name="test", now=world.now)

    assert spoken(item) == [("yes", 1.0)]
    assert speak_for_ensembles(world.project, [item.pk], now=world.now) == 0


def test_its_members_are_not_heard_on_their_own(world, panel):
    world.ingest(row("r-1", "yes"))

    assert standing_of_version(version_of(world, OAK), now=world.now).state == "member"
    assert world.item("r-1").status == Item.Status.IN_REVIEW


def test_a_changed_member_makes_the_next_version_which_is_stale(world, panel):
    changed = OAK | {"model": "oak-2"}
    decision = send(world, "r-1", changed, ELM, ASH)[2]

    newest = JudgeVersion.objects.filter(name="panel").latest("id")
    assert newest.pk != panel.pk
    assert set(EnsembleMember.objects.filter(ensemble=newest).values_list("member__model", flat=True)) == {
        "oak-2",
        "elm-1",
        "ash-1",
    }
    assert standing_of_version(newest, now=world.now).state == "stale"
    words = next(one["explanation"] for one in decision.reasons if one["code"] == "judge_not_cleared")
    assert words == "panel changed (model ensemble) and has not been validated"


def test_a_suspended_member_suspends_it(world, panel):
    suspend_judge(version_of(world, ELM), reason="Odd.", actor=world.olga, now=world.now)

    assert standing_of_version(panel, now=world.now).state == "suspended"
    assert "judge_not_cleared" in send(world, "r-1", OAK, ELM, ASH)[1]


def test_one_family_twice_a_taken_name_and_an_ensemble_in_another_are_refused(world, panel):
    twin = OAK | {"name": "oak-twin", "model": "oak-9"}
    send(world, "r-1", twin)

    with pytest.raises(Invalid, match="of one family"):
        compose(world, OAK, twin, name="pair")
    with pytest.raises(Conflict, match="already"):
        compose(world, OAK, ELM)
    with pytest.raises(Invalid, match="no vote of another"):
        compose_ensemble(
            world.project,
            name="nested",
            members=[panel_with_family(panel), version_of(world, ELM)],
            actor=world.olga,
            now=world.now,
        )


def panel_with_family(panel):
    panel.family = "mixed"
    return panel
