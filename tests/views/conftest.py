"""Ana, Olga and Ada at their browsers, and the draft that Olga writes."""

import pytest

from labeling.services.rubric_versions import start_next_version


@pytest.fixture
def ana(world, client):
    client.force_login(world.ana)
    return client


@pytest.fixture
def owner(client, world):
    client.force_login(world.olga)
    return client


@pytest.fixture
def admin(client, world):
    client.force_login(world.ada)
    return client


@pytest.fixture
def draft(world):
    return start_next_version(world.rubric, author=world.olga, now=world.now)
