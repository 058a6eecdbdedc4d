"""The files for containers: what they run exists, what they need is asked for, and no secret is in them."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("image") == "reviewapp"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
README = (ROOT / "README.md").read_text()


def with_defaults(word):
    """A word of a command as it is where `.env` does not name it."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", word)


def managed(command):
    """The name and arguments of a `python manage.py …`."""
    assert command[:2] == ["python", "manage.py"]
    return command[2], [with_defaults(word) for word in command[3:]]


@pytest.mark.parametrize("service", OURS)
def test_what_a_service_runs_is_a_command_with_these_arguments(service):
    name, arguments = managed(SERVICES[service]["command"])

    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)

    assert parser.parse_args(arguments)


def test_the_image_runs_and_builds_with_commands_that_exist():
    default = yaml.safe_load(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[1])
    name, arguments = managed(default)
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)

    assert parser.parse_args(arguments).processes == 2
    assert parser.parse_args(re.search(r"manage\.py web (.*?) \\", DOCKERFILE)[1].split()).build_only


def test_the_readme_gives_the_same_commands_for_machines_without_containers():
    for service in OURS:
        name, arguments = managed(SERVICES[service]["command"])
        assert f"| `{' '.join([name, *arguments])}` |" in README, service


def test_it_refuses_to_start_without_its_secrets_and_holds_none():
    text = (ROOT / "compose.yaml").read_text()

    for service in OURS:
        settings = SERVICES[service]["environment"]
        assert settings["SECRET_KEY"].startswith("${SECRET_KEY:?")
        assert "${POSTGRES_PASSWORD:?" in settings["DATABASE_URL"]
        assert SERVICES[service]["env_file"] == ".env"
    assert SERVICES["db"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert "SECRET_KEY=" not in DOCKERFILE
    assert not re.search(r"[A-Za-z0-9_-]{40,}", text)


def test_every_setting_that_compose_gives_is_in_the_readme():
    for service in OURS:
        assert {name for name in SERVICES[service]["environment"] if f"| `{name}` |" not in README} == set()


def test_pages_and_workers_wait_for_migrations_that_ended_well():
    for service in set(OURS) - {"migrate"}:
        waits_for = SERVICES[service]["depends_on"]
        assert waits_for["migrate"] == {"condition": "service_completed_successfully"}
        assert waits_for["db"] == waits_for["redis"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["restart"] == "no"


def test_pages_are_not_killed_before_their_requests_are_through():
    from labeling.management.commands.up import web_command

    command = web_command("127.0.0.1", 8000, 1)
    graceful_seconds = int(command[command.index("--graceful-timeout") + 1])

    assert int(SERVICES["web"]["stop_grace_period"].removesuffix("s")) > graceful_seconds


def test_only_the_proxy_on_this_machine_reaches_the_pages_and_nobody_the_rest():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_the_health_check_asks_as_an_allowed_host(tmp_path):
    """The check runs as it stands, against a server that answers one host alone."""
    script = SERVICES["web"]["healthcheck"]["test"][3]
    assert SERVICES["web"]["healthcheck"]["test"][4].endswith(":8000/readyz")
    server = (
        "import http.server, threading, subprocess, sys, os\n"
        "class Door(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200 if self.headers['Host'] == 'review.example.com' else 400); self.end_headers()\n"
        "    def log_message(self, *told): pass\n"
        "door = http.server.HTTPServer(('127.0.0.1', 0), Door)\n"
        "threading.Thread(target=door.serve_forever, daemon=True).start()\n"
        "url = f'http://127.0.0.1:{door.server_port}/readyz'\n"
        "for hosts in ('review.example.com, other.example.com', 'other.example.com'):\n"
        "    print(subprocess.run([sys.executable, '-c', sys.argv[1], url], env={'ALLOWED_HOSTS': hosts},\n"
        "          stderr=subprocess.DEVNULL).returncode)\n"
    )

    told = subprocess.run([sys.executable, "-c", server, script], capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["0", "1"]


def test_the_image_runs_as_nobody_in_particular_from_the_hashed_lock():
    last_stage = DOCKERFILE.split("FROM ")[-1]

    assert "\nUSER reviewapp\n" in last_stage
    assert last_stage.index("USER reviewapp") < last_stage.index("CMD")
    assert "--require-hashes -r /tmp/requirements.lock" in DOCKERFILE
    assert {"psycopg", "psycopg-binary"} <= set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )


def test_nothing_but_the_product_goes_into_the_image():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert lines[0] == "*"
    assert kept >= {"labeling", "reviewapp", "static", "templates", "manage.py", "pyproject.toml", "requirements.lock"}
    assert not any(fnmatch(name, pattern) for name in (".env", ".git", "var", "tests") for pattern in kept)
