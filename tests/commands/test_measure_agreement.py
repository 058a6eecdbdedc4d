"""`manage.py measure_agreement`: the numbers under a filter, with their intervals, and bad input."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from labeling.models import AgreementRun
from labeling.queries.agreement import newest_run_of
from tests.world import chat_row


@pytest.fixture
def voted(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    for external_id in ("r-1", "r-2"):
        world.import_votes(
            *((external_id, rater, "tone", value) for rater, value in (("expert_1", "4"), ("expert_2", "3"))),
            (external_id, "kim", "tone", "1"),
            (external_id, "kim", "grounded", None),
        )
    return world


def say(capsys, *arguments):
    capsys.readouterr()
    call_command("measure_agreement", *arguments)
    return capsys.readouterr().out


def test_numbers_come_with_their_interval_their_n_and_their_filter(voted, capsys):
    said = say(capsys, "shop", "support-reply")

    lines = {line.split()[0]: line for line in said.splitlines() if line}
    assert re.search(r"alpha \S+ \(.+\), n = 2; 3 raters, 0 not applicable", lines["tone"])
    assert re.search(r"not computable: .+; 0 raters, 2 not applicable", lines["grounded"])
    assert "1000 replicates, seed 0" in said
    assert "first-pass, blind, independent human labels" in said


def test_numbers_under_a_filter_are_not_what_the_page_shows(voted, capsys):
    document = json.loads(say(capsys, "shop", "support-reply", "--filter", "experts", "--json"))

    (tone,) = [question for question in document["questions"] if question["key"] == "tone"]
    assert (document["filter_name"], tone["n_raters"]) == ("experts", 2)
    assert "imported raters named expert_" in document["filter"]
    assert AgreementRun.objects.get().filter_name == "experts"
    assert newest_run_of(voted.rubric) is None


def test_measured_again_it_is_the_same_run(voted, capsys):
    assert say(capsys, "shop", "support-reply") == say(capsys, "shop", "support-reply")
    assert AgreementRun.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shop", "support-reply", "--filter", "expert"), "There is no filter 'expert'; choose one of first_pass"),
        (("shop", "suport"), "There is no rubric 'suport' in shop"),
        (("shed", "support-reply"), "There is no project 'shed'"),
    ],
)
def test_bad_input_ends_with_code_2_and_one_line(voted, capsys, arguments, message):
    with pytest.raises(CommandError, match=message) as refused:
        say(capsys, *arguments)

    assert refused.value.returncode == 2
    assert not AgreementRun.objects.exists()
