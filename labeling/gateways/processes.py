"""What the system says of our own processes; nothing where there is no /proc."""

import os
from pathlib import Path


def resident_bytes_of_web() -> dict[int, int]:
    """The memory of every web process that this one's parent started, by process id.

    All of them, since whichever of them is asked answers: one alone would look like a number that jumps.
    """
    parent = os.getppid()
    try:
        own_command = command_of(os.getpid())
        siblings = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return {}
    found = {}
    for pid in {*map(int, siblings), os.getpid()}:
        try:
            if command_of(pid) == own_command:
                found[pid] = resident_bytes(pid)
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return dict(sorted(found.items()))


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
