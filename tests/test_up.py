"""What `manage.py up` refuses before it starts anything, and how it stops."""

import socket
from unittest import mock

import pytest
from django.core.management import call_command
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


@pytest.mark.parametrize("command", [["up"], ["web"], ["worker"], ["first_admin", "ada"]])
def test_nothing_starts_on_tables_that_are_behind(command, monkeypatch, settings):
    settings.DEBUG = True  # no static files to collect
    monkeypatch.setattr("labeling.management.commands.up.n_missing_migrations", lambda: 3)
    monkeypatch.setattr("labeling.management.commands.up.connection", mock.Mock(vendor="sqlite"))

    with pytest.raises(CommandError, match=r"lacks 3 migration\(s\); run: python manage.py migrate"):
        call_command(*command)


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
