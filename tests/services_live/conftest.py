"""Real servers run on real time."""

import pytest


@pytest.fixture(autouse=True)
def clock():
    """No still clock here: the server is another process."""
