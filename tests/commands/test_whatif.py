"""`manage.py whatif`: another policy on the stored items."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from labeling.models import RoutingPolicy
from labeling.policy.policies import DEFAULT_DEFINITION
from tests.world import chat_row

LOCKED = {
    "name": "large refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "locked": True,
}
SHIPPING = {
    **DEFAULT_DEFINITION,
    "cold_start": {"mode": "sampled", "reason": "A test."},
    "audit_share": 0.01,
}


@pytest.fixture
def whatif(tmp_path):
    def run(content, *options, project="shop"):
        path = tmp_path / "policy.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        stdout = io.StringIO()
        try:
            call_command("whatif", project, "--policy", str(path), *options, stdout=stdout)
        except CommandError as error:
            return stdout.getvalue(), error.returncode, str(error)
        return stdout.getvalue(), 0, ""

    return run


@pytest.fixture
def with_items(world, monkeypatch):
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: 0.5)
    world.ingest(chat_row("r-1"), chat_row("r-2", stakes="high"))
    return world


def test_document_says_both_sides_and_who_moved(with_items, whatif):
    printed, code, _ = whatif(SHIPPING, "--json")

    document = json.loads(printed)
    assert code == 0
    assert (document["n_items"], document["n_moved"]) == (2, 1)
    assert (document["now"]["review"], document["then"]["ship"]) == (2, 1)
    assert [moved["external_id"] for moved in document["moved"]] == ["r-1"]


def test_lines_say_it_in_words(with_items, whatif):
    printed, _, _ = whatif(SHIPPING)

    assert "1 of 2 items change sides" in printed
    assert "r-1: reviewed now, shipped then." in printed
    assert "escaped errors, draft: not said; no labelled item would ship" in printed


def test_without_a_live_policy_only_the_draft_is_shown(with_items, whatif):
    RoutingPolicy.objects.update(state="retired")

    printed, code, _ = whatif(SHIPPING, "--json")

    assert code == 0
    assert json.loads(printed)["now"] is None


def test_no_items_is_code_1(world, whatif):
    assert whatif(SHIPPING)[1:] == (1, "shop has no items yet, so there is nothing to try a policy on.")


def test_loosened_locked_rule_is_code_1_after_the_numbers(with_items, whatif):
    with_items.publish(rules=[LOCKED])

    printed, code, complaint = whatif(SHIPPING)

    assert "change sides" in printed
    assert code == 1
    assert "large refunds" in complaint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "policy.json: "),
        ('{"audit_share": 1, "audit_share": 1}', "audit_share"),
        ("[]", "write one JSON object"),
        ({**SHIPPING, "audit_share": 0}, "audit_share: at least 1%"),
        ({**SHIPPING, "requires": ["a\0b"]}, "NUL"),
    ],
)
def test_policy_that_cannot_be_understood_is_code_2(with_items, whatif, content, words):
    printed, code, complaint = whatif(content)

    assert (printed, code) == ("", 2)
    assert words in complaint


def test_unknown_project_and_missing_file_are_code_2(world, whatif, tmp_path):
    assert whatif(SHIPPING, project="nowhere")[1] == 2
    with pytest.raises(CommandError, match="cannot be opened") as refusal:
        call_command("whatif", "shop", "--policy", str(tmp_path / "none.json"))
    assert refusal.value.returncode == 2
