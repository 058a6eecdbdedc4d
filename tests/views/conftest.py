"""Ana and Olga at their browsers."""

import pytest


@pytest.fixture
def ana(world, client):
    client.force_login(world.ana)
    return client


@pytest.fixture
def owner(client, world):
    client.force_login(world.olga)
    return client
