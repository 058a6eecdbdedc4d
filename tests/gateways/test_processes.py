"""The memory of the web processes, as the system tells it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PARENT = """
import subprocess, sys
def start(code):
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
children, other = [start(sys.argv[1]), start(sys.argv[1])], start("input()")
desks = [child.stdout.readline().decode().strip() for child in children]
answer, _ = children[0].communicate(b"go\\n")
print(answer.decode(), *(child.pid for child in children), desks[0])
for child in (children[1], other):
    child.kill()
"""
CHILD = """
import json, subprocess, sys, threading
from labeling.gateways.processes import resident_bytes_of_web
def have_a_desk():
    desk = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    print(desk.pid, flush=True)
    desk.wait()
threading.Thread(target=have_a_desk, daemon=True).start()
input()
print(json.dumps(resident_bytes_of_web()))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells of processes in /proc")
def test_every_process_like_the_one_that_answers_and_its_own_desk_is_told_and_no_other():
    root = Path(__file__).resolve().parents[2]

    told = subprocess.run(
        [sys.executable, "-c", PARENT, CHILD], cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True
    )

    found, pids = told.stdout.split("\n")[0], told.stdout.split("\n")[1].split()
    assert set(json.loads(found)) == set(pids)
    assert all(size > 1_000_000 for size in json.loads(found).values())
