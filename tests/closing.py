"""A calm item that ships, and what it is not to be released: for the tests of everything that must fail closed."""

from datetime import timedelta

from labeling.models import Item
from labeling.policy.sampling import sampling_u
from tests.world import chat_row

AGES = timedelta(days=400)
AUDITED = 0.01
SAMPLED = {"mode": "sampled", "reason": "A test that ships."}
TIER = {"review_share": 0.0, "minutes": 3, "due_hours": 24, "overlap": 1}
TIERS = {"high": {**TIER, "review_share": 1.0, "consequence_owner": "ada"}, "medium": TIER, "low": TIER}


def publish(world, **changes):
    """A policy under which what nothing speaks against ships."""
    return world.publish(**{"tiers": TIERS, "cold_start": SAMPLED, "audit_share": AUDITED, **changes})


def send(world, **changes):
    """One calm item whose draw lies above the audit's share; a change to None leaves the field out."""
    salt, numbers = world.project.sampling_salt, range(100)
    drawn = ((f"it-{n}", sampling_u(salt, source_system="helpdesk", external_id=f"it-{n}")) for n in numbers)
    taken = set(Item.objects.values_list("external_id", flat=True))
    name = next(name for name, u in drawn if u >= AUDITED and name not in taken)
    row = {key: value for key, value in chat_row(name, **changes).items() if value is not None}
    assert [one.status for one in world.ingest(row)] == ["created"]
    return name


def assert_not_released(producer, name, *words, is_decided=False):
    """The producer is refused now, or told to ask again, and why."""
    response = producer.item(name, "/release")
    answer = response.json()
    assert (response.status_code, answer["cleared"]) == (200 if is_decided else 202, False)
    assert answer["reason"]
    for word in words:
        assert word in answer["reason"]


def assert_with_a_person(producer, name, code, *words):
    """It waits for a person, is not released meanwhile, and its decision says that this was a reason."""
    told = producer.item(name).json()
    assert (told["status"], told["decision"]["outcome"]) == ("in_review", "review")
    said = " ".join(reason["explanation"] for reason in told["decision"]["reasons"] if reason["code"] == code)
    assert said
    for word in words:
        assert word in said
    assert_not_released(producer, name, "a person has still to decide")
