"""What `manage.py up` refuses before it starts anything, and how it stops."""

import socket

import pytest
from django.core.management.base import CommandError

from labeling.management.commands.up import refuse_a_taken_port, stop_all


def test_a_taken_port_is_named_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(CommandError, match=f"127.0.0.1:{port} .*choose another with --port") as refusal:
            refuse_a_taken_port("127.0.0.1", port)

    assert refusal.value.returncode == 2


def test_a_free_port_is_left_free():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    refuse_a_taken_port("127.0.0.1", port)

    socket.create_server(("127.0.0.1", port)).close()


def test_asking_a_second_time_ends_children_at_once():
    told = []

    class Slow:
        def terminate(self):
            told.append("terminate")

        def wait(self, timeout):
            raise KeyboardInterrupt

        def kill(self):
            told.append("kill")

    stop_all([Slow()])

    assert told == ["terminate", "kill"]
