"""A producer with the world's token."""

from typing import Any

import pytest
from django.core.cache import cache

from tests.api.producer import Producer


@pytest.fixture(autouse=True)
def empty_cache():
    """The clock stands still and ids begin anew, so counted requests would add up over the tests."""
    cache.clear()


@pytest.fixture
def producer(client, world):
    return Producer(client, world.secret)


@pytest.fixture
def producer_with(client, world):
    """A producer with another token: `producer_with(scopes=[…], expires_at=…)`."""
    from labeling.services.projects import create_token

    def make(*, slug: str = "shop", **changes: Any) -> Producer:
        settings = {"project": world.project, "name": "other", "scopes": ["items:write"], "actor": world.ada}
        _, secret = create_token(**{**settings, **changes}, now=world.now)
        return Producer(client, secret, slug)

    return make
