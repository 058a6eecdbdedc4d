"""`manage.py up`: the whole product in one process tree, web and worker, with no service to install."""

import hashlib
import logging
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from labeling.queries.health import n_missing_migrations
from reviewapp.processes import die_with_parent
from reviewapp.turns import N_WEB_THREADS

logger = logging.getLogger(__name__)

SHORTEST_LIFE_SECONDS = 5
STOP_SECONDS = 20


class Command(BaseCommand):
    help = "Serve the pages and run the jobs until interrupted."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--processes", type=int, default=1, help="web processes (more than one needs PostgreSQL)")

    def handle(self, *, host: str, port: int, processes: int, **options):
        refuse_two_writers(processes)
        refuse_to_start_unmigrated()
        refuse_a_taken_port(host, port)
        collect_static_files()
        self.say(f"Serving on http://{host}:{port}; stop with Ctrl+C.")
        if settings.SECURE_SSL_REDIRECT and not settings.SECURE_PROXY_SSL_HEADER:
            self.say("Plain http is sent on to https; without a TLS proxy in front, set SECURE_COOKIES=0.")
        supervise({"web": web_command(host, port, processes), "worker": [*manage(), "worker"]}, log=logger.warning)

    def say(self, words: str) -> None:
        with suppress(OSError):  # a full disk must not stop anybody's label
            self.stdout.write(words)
            self.stdout.flush()


def manage() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]


def web_command(host: str, port: int, processes: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "reviewapp.wsgi:application"),
        *("--chdir", str(settings.BASE_DIR)),
        *("--bind", f"{host}:{port}"),
        *("--workers", str(processes)),
        *("--worker-class", "gthread", "--threads", str(N_WEB_THREADS)),
        *("--keep-alive", "75", "--timeout", "120", "--graceful-timeout", "15"),
        *("--log-level", "warning", "--logger-class", "reviewapp.web_log.WebLogger"),
        "--no-control-socket",  # it would lie in the home folder, one for every installation
    ]


def refuse_two_writers(processes: int) -> None:
    if processes > 1 and connection.vendor == "sqlite":
        raise CommandError("SQLite has one writer; use --processes 1, or set DATABASE_URL to PostgreSQL.")


def refuse_to_start_unmigrated() -> None:
    n_missing = n_missing_migrations()
    connection.close()  # the children open their own
    if n_missing:
        raise CommandError(f"The database lacks {n_missing} migration(s); run: python manage.py migrate")


def refuse_a_taken_port(host: str, port: int) -> None:
    """Say so at once; the web server would try for seconds, end, and be started again for ever."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port.", returncode=2
        ) from error


def collect_static_files() -> None:
    """Collect, hash and compress the static files, unless nothing has changed since the last time."""
    if settings.DEBUG:
        return
    fingerprint = hashlib.sha256()
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            # Whole seconds: an image that is sent to another machine arrives without the rest.
            fingerprint.update(f"{path} {status.st_size} {int(status.st_mtime)}\n".encode())
    stamp = settings.VAR_DIR / "static.stamp"
    if stamp.exists() and stamp.read_text() == fingerprint.hexdigest() and settings.STATIC_ROOT.exists():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint.hexdigest())


def supervise(commands: dict[str, list[str]], *, log) -> None:
    """Keep the children running until a signal comes; one that dies is started again, a broken one ends it all."""
    children = {name: start(command) for name, command in commands.items()}
    started = dict.fromkeys(commands, time.monotonic())

    def stop(signum, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while True:
            time.sleep(0.5)
            for name, child in children.items():
                if child.poll() is None:
                    continue
                if time.monotonic() - started[name] < SHORTEST_LIFE_SECONDS:
                    raise CommandError(f"The {name} process ended at once (exit {child.returncode}); see above.")
                log("The %s process ended (exit %s); starting it again.", name, child.returncode)
                children[name], started[name] = start(commands[name]), time.monotonic()
    except KeyboardInterrupt:
        pass
    finally:
        stop_all(list(children.values()))


def start(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(command, preexec_fn=die_with_parent)


def stop_all(children: list[subprocess.Popen]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):  # too slow, or asked a second time
            child.kill()
