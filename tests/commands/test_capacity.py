"""`manage.py capacity`: the article's tiers, exactly."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

PLAN = {
    "tiers": [
        {"tier": "high", "items": 200, "review_fraction": 1.0, "minutes_per_item": 4},
        {"tier": "medium", "items": 2000, "review_fraction": 0.1, "minutes_per_item": 3},
        {"tier": "low", "items": 10000, "review_fraction": 0.02, "minutes_per_item": 1},
    ],
    "productive_minutes_per_reviewer": 360,
    "utilisation": 0.85,
    "shrinkage": 0.1,
}


@pytest.fixture
def capacity(tmp_path):
    def run(plan, *options):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan))
        stdout = io.StringIO()
        call_command("capacity", str(path), *options, stdout=stdout)
        return stdout.getvalue()

    return run


def test_document_of_the_article(capacity):
    # ../shared/design/statistics.md 2.9.
    document = json.loads(capacity(PLAN, "--json"))

    assert document == {
        "total_minutes": 1600,
        "total_hours": pytest.approx(26.6667, abs=5e-5),
        "reviewers_exact": pytest.approx(5.8097, abs=5e-5),
        "reviewers_needed": 6,
        "tiers": [
            {"tier": "high", "minutes": 800},
            {"tier": "medium", "minutes": 600},
            {"tier": "low", "minutes": 200},
        ],
    }


@pytest.mark.parametrize(("productive", "needed"), [(480, 4), (390, 5), (360, 5)])
def test_reviewers_of_the_article(capacity, productive, needed):
    plan = PLAN | {"productive_minutes_per_reviewer": productive, "utilisation": 1, "shrinkage": 0}

    assert json.loads(capacity(plan, "--json"))["reviewers_needed"] == needed


def test_exact_whole_number_is_not_rounded_up(capacity):
    plan = {"tiers": PLAN["tiers"][1:2], "productive_minutes_per_reviewer": 150}

    document = json.loads(capacity(plan, "--json"))

    assert (document["total_minutes"], document["reviewers_exact"], document["reviewers_needed"]) == (600, 4, 4)


def test_table_shows_minutes_and_reviewers(capacity):
    text = capacity(PLAN)

    assert "26.67 hours" in text
    assert "6 (5.8097 before rounding up" in text


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"utilisation": 1.2}, "utilisation: is 1.2"),
        ({"tiers": []}, "tiers: is empty"),
        ({"tears": []}, "unknown field"),
    ],
)
def test_bad_plan_is_refused_with_the_field(capacity, change, line):
    with pytest.raises(CommandError) as error:
        capacity(PLAN | change)

    assert error.value.returncode == 2
    assert line in str(error.value)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"none.json cannot be opened") as error:
        call_command("capacity", str(tmp_path / "none.json"))

    assert error.value.returncode == 2
