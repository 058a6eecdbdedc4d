"""Ana at her browser."""

import pytest


@pytest.fixture
def ana(world, client):
    client.force_login(world.ana)
    return client
