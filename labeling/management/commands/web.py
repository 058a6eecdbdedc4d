"""`manage.py web`: the pages alone, for an installation whose workers run elsewhere."""

import logging
import os

from django.core.management.base import BaseCommand

from labeling.management.commands.up import (
    collect_static_files,
    refuse_a_taken_port,
    refuse_to_start_unmigrated,
    refuse_two_writers,
    web_command,
)

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Serve the pages; run `manage.py worker` beside it."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--processes", type=int, default=1, help="web processes (more than one needs PostgreSQL)")
        parser.add_argument("--build-only", action="store_true", help="collect the static files and end")

    def handle(self, *, host: str, port: int, processes: int, build_only: bool, **options):
        collect_static_files()
        if build_only:
            return
        refuse_two_writers(processes)
        refuse_to_start_unmigrated()
        refuse_a_taken_port(host, port)
        command = web_command(host, port, processes)
        logger.info("The web processes begin: %s, at %s:%s.", processes, host, port)
        os.execv(command[0], command)  # a signal reaches the web server itself
