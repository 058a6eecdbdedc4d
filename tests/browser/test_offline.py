"""A reviewer on a train: five minutes without a connection, and the page never says more than the server knows."""

import json
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Installation
from tests.browser.test_desk import answer_all, expect_chosen, expect_marked, expect_saved, output, submit_by_key
from tests.services_live.stand import ROOT, run_manage

FIVE_MINUTES_MS = 5 * 60 * 1000
STORED = """
import json
from labeling.models import *
of_project = {"entry__queue__project__slug": SLUG}
print(json.dumps({
    "reviews": list(Review.objects.filter(**of_project).order_by("id")
        .values_list("reviewer__user__username", "verdict", "slot__slot_no")),
    "drafts": list(Draft.objects.filter(**of_project).values_list("reviewer__user__username", "content__note")),
}))
"""
GIVE_AWAY = """
from datetime import timedelta
from django.utils import timezone
from labeling.models import *
from labeling.services.queues import expire_leases
past = timezone.now() - timedelta(seconds=1)
Slot.objects.filter(queue__project__slug=SLUG, state="leased").update(lease_until=past)
expire_leases(now=timezone.now())
"""


@dataclass
class Train:
    """A project with items of one turn each and two reviewers, and what its database says."""

    shop: Installation
    slug: str

    def run(self, script: str) -> str:
        return run_manage(self.shop.environment, "shell", "-v0", "-c", f"SLUG = {self.slug!r}\n{script}")

    def stored(self) -> dict:
        return json.loads(self.run(STORED).strip().splitlines()[-1])


@pytest.fixture
def train(shop, request):
    train = Train(shop, f"train-{abs(hash(request.node.name)) % 10**6}")
    script = (ROOT / "tests/browser/offline_seed.py").read_text()
    train.sessions = json.loads(train.run(script).strip().splitlines()[-1])
    return train


@pytest.fixture
def board(train, sit_down):
    """Opens the desk of the next of the two reviewers, with a clock that the test can move."""

    def open_desk() -> Page:
        train.shop.sessions.append(train.sessions.pop(0))
        page = sit_down("On a train")
        page.clock.install()
        page.reload()
        expect_marked(page, "correct")
        return page

    return open_desk


def expect_not_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text("Not saved – retrying")


def test_five_minutes_offline_lose_nothing_and_store_the_review_once(train, board):
    page = board()
    page.keyboard.press("Digit2")
    expect_saved(page)
    page.keyboard.press("ArrowUp")
    address = page.url

    page.context.set_offline(True)
    answer_all(page)
    page.locator("#note").fill("Written in a tunnel.")
    expect_not_saved(page)
    page.clock.run_for(FIVE_MINUTES_MS)
    expect_not_saved(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("No connection. Nothing is lost")).to_be_visible()
    expect_not_saved(page)
    assert page.url == address
    assert train.stored()["reviews"] == []

    page.context.set_offline(False)
    expect_saved(page)
    assert [note for _, note in train.stored()["drafts"]] == ["Written in a tunnel."]
    expect_chosen(page, correct="yes", complete="4", tone="3", verdict="approve")
    submit_by_key(page, "Control+Enter")

    expect(output(page)).to_contain_text("Reply number 2.")
    assert [row[1:] for row in train.stored()["reviews"]] == [["approve", 1]]
    assert train.stored()["drafts"] == []
    train.shop.complaints.clear()  # the browser notes each request that failed


def test_a_turn_given_away_while_offline_keeps_the_draft_and_says_that_it_may_not_count(train, board):
    page = board()
    page.context.set_offline(True)
    answer_all(page)
    expect_not_saved(page)

    train.run(GIVE_AWAY)
    other = board()
    expect(output(other)).to_contain_text("Reply number 1.")
    page.clock.run_for(FIVE_MINUTES_MS)
    expect_not_saved(page)
    page.context.set_offline(False)
    expect_saved(page)
    page.clock.run_for(61_000)
    expect(page.get_by_text("Your turn ended; you can still submit, it may not count.")).to_be_visible()
    expect_chosen(page, correct="yes", verdict="approve")
    submit_by_key(page)

    expect(page.get_by_text("it is kept but not counted")).to_be_visible()
    answer_all(other)
    expect_saved(other)
    submit_by_key(other)
    reviews = train.stored()["reviews"]
    assert [(name.split("-")[0], slot) for name, _, slot in reviews] == [("anna", None), ("bela", 1)]
    train.shop.complaints.clear()  # the browser notes each request that failed


def lose_the_answer(route: Route) -> None:
    """The request arrives; what it is answered with does not."""
    route.fetch()
    route.abort()


def test_a_submission_whose_answer_was_lost_is_stored_once_when_it_is_sent_again(train, board):
    page = board()
    answer_all(page)
    expect_saved(page)
    page.route("**/review/*/", lose_the_answer, times=1)

    page.keyboard.press("Enter")
    expect(page.get_by_text("No connection. Nothing is lost")).to_be_visible()
    submit_by_key(page)

    expect(output(page)).to_contain_text("Reply number 2.")
    assert len(train.stored()["reviews"]) == 1
    train.shop.complaints.clear()  # the browser notes the request that failed


def test_answers_changed_after_a_lost_answer_are_never_taken_for_stored(train, board):
    page = board()
    answer_all(page)
    expect_saved(page)
    page.route("**/review/*/", lose_the_answer, times=1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("No connection. Nothing is lost")).to_be_visible()

    page.locator("#note").fill("On second thoughts.")
    expect(page.locator("#save-state")).to_have_text("Not saved – This item is submitted already.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("This item was stored as you first sent it, without your last changes")).to_be_visible()
    assert [row[1:] for row in train.stored()["reviews"]] == [["approve", 1]]
    train.shop.complaints.clear()  # the browser notes the failure and the refusal
