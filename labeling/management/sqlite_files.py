"""An SQLite database as one file: copied whole while others write, and looked into before anybody trusts it."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection

from labeling.queries.moving import migrations_of_this_release, names_of

# What SQLite keeps beside a database. Left from another one, it would be read into whatever takes the name.
COMPANIONS = ("", "-wal", "-shm", "-journal")


def own_database() -> Path:
    """The file of this installation. PostgreSQL has better tools of its own."""
    if connection.vendor != "sqlite":
        raise CommandError(
            "This installation is on PostgreSQL; use pg_dump and pg_restore as the README says under Backups.",
            returncode=2,
        )
    return Path(connection.settings_dict["NAME"])


@contextmanager
def place_for(path: Path) -> Iterator[Path]:
    """A file beside `path`, readable by its owner alone, that takes the name once it is finished and whole.

    Its own name is random: containers share their process numbers, and one that was killed leaves it behind.
    """
    refuse_what_is_there(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".unfinished", dir=path.parent)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.", returncode=2) from error
    os.close(descriptor)
    unfinished = Path(name)
    try:
        yield unfinished
        flush(unfinished)
        os.link(unfinished, path)  # unlike a renaming, never takes the place of what came meanwhile
        flush(path.absolute().parent)
    except FileExistsError as error:
        raise CommandError(f"{path} came into being meanwhile; nothing was written.", returncode=1) from error
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.", returncode=2) from error
    finally:
        unfinished.unlink(missing_ok=True)


def refuse_what_is_there(path: Path) -> None:
    there = [name for end in COMPANIONS if (name := Path(f"{path}{end}")).exists()]
    if there:
        raise CommandError(
            f"{there[0]} is there already and never overwritten; stop what uses it and move it away, or name another.",
            returncode=2,
        )


def flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_whole(source: Path, target: Path) -> None:
    """One consistent copy as of one moment. In one step, since a copy in pieces begins anew at every write."""
    address = source.absolute().as_uri() + "?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as whole, closing(sqlite3.connect(target)) as copy:
            whole.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        raise CommandError(
            f"{source} cannot be copied into {target.absolute().parent}: {error}.", returncode=2
        ) from error


def look_into(copy: Path, *, copied_from: Path) -> None:
    """Refuse a copy that is damaged, that is none of ours, or that is of a newer release; the words name its source."""
    try:
        with closing(sqlite3.connect(copy.absolute().as_uri() + "?mode=ro", uri=True)) as opened:
            complaints = [words for (words,) in opened.execute("PRAGMA integrity_check") if words != "ok"]
            complaints += [f"{row[0]} {row[1]} points at nothing" for row in opened.execute("PRAGMA foreign_key_check")]
            applied = set(opened.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.DatabaseError as error:
        raise CommandError(
            f"{copied_from} is damaged or no database of this application: {error}.", returncode=2
        ) from error
    if complaints:
        raise CommandError(f"{copied_from} is damaged: {'; '.join(complaints[:3])}.", returncode=1)
    if unknown := applied - migrations_of_this_release():
        raise CommandError(
            f"{copied_from} is of a newer release, with {names_of(unknown)}; use that one.", returncode=2
        )
