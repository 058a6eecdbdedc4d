"""The earlier turns of a long conversation, which the desk brings when they are asked for."""

import pytest
from django.urls import reverse

from tests.views.desks import HTMX, desk_url, text_of
from tests.world import chat_row


@pytest.fixture
def long_talk(world, client):
    turns = [{"role": "customer", "text": f"Turn number {number}."} for number in range(200)]
    world.ingest(chat_row(context={"conversation": turns}))
    client.force_login(world.ana)
    return world.hand_out(world.ana)


def test_the_desk_of_a_long_conversation_holds_its_last_turns_and_says_how_many_came_before(long_talk, client):
    page = client.get(desk_url(long_talk))

    assert "The 192 turns before these" in text_of(page)
    assert [f"Turn number {n}." in page.text for n in (0, 191, 192, 199)] == [False, False, True, True]
    assert desk_url(long_talk, "earlier_turns") in page.text


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_earlier_ones_come_as_a_part_and_as_a_page(long_talk, client, headers):
    answer = client.get(desk_url(long_talk, "earlier_turns"), **headers)

    assert [f"Turn number {n}." in answer.text for n in (0, 191, 192)] == [True, True, False]
    assert ("<!doctype html>" in answer.text) == (not headers)


def test_nobody_else_reads_them(long_talk, world, client):
    client.force_login(world.ben)

    assert client.get(reverse("earlier_turns", args=[long_talk.token])).status_code == 404
