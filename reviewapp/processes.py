"""What a process asks of the system about its own end."""

import ctypes
import signal
import sys


def die_with_parent(signum: int = signal.SIGTERM) -> None:
    """Have Linux send this signal when the parent is gone, however it ended: an orphan would keep the port."""
    pr_set_pdeathsig = 1
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signum)
