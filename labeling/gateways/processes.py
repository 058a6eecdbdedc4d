"""What the system says of our own processes; nothing where there is no /proc."""

import os
from contextlib import suppress
from pathlib import Path


def resident_bytes_of_web() -> dict[int, int]:
    """The memory of every web process that this one's parent started, and of the desk that this one did, by process id.

    All of them, since whichever of them is asked answers: one alone would look like a number that jumps.
    """
    try:
        own_command = command_of(os.getpid())
        siblings, desks = children_of(os.getppid()), children_of(os.getpid())
    except OSError:
        return {}
    found = {}
    for pid in {*siblings, *desks, os.getpid()}:
        try:
            if pid in desks or command_of(pid) == own_command:
                found[pid] = resident_bytes(pid)
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return dict(sorted(found.items()))


def children_of(pid: int) -> list[int]:
    """The processes that any of its threads began."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # the thread ended meanwhile
            found += map(int, (thread / "children").read_text().split())
    return found


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
