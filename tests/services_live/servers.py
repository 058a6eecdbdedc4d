"""Servers of a test's own, which it may stop in the middle of whatever others are doing."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services_live.stand import free_port


class Postgres:
    """A PostgreSQL server of this test's own, which may be stopped and started."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent
        shutil.chown(folder, "postgres")
        self.run("initdb", "--auth=trust", "--username=postgres", f"--pgdata={folder}/data")
        self.start()

    def run(self, program, *arguments):
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
        command = [*as_postgres, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c fsync=off"
        self.control("start", "-l", f"{self.folder}/log", "-o", options)

    def stop(self):
        self.control("stop", "--mode=immediate")

    def control(self, what, *more):
        self.run("pg_ctl", f"--pgdata={self.folder}/data", "--wait", "--timeout=300", what, *more)


@contextmanager
def throwaway_postgres() -> Iterator[Postgres]:
    """A server of the caller's own, gone afterwards. Not in pytest's folder, which only whoever runs the tests may
    enter."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()
