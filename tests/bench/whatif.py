"""`python -m tests.bench whatif`: the first preview of a policy on 1,000,000 stored items, and each moved threshold.

Over HTTP, by an admin, as the page's script asks for it: what the server took, as a browser on the same machine waits.
The first answer reads the sample; the next ones move the confidence cut by a hundredth. It must take under 2 s and each
move under 200 ms; the machine's noise and the state of its disk stand beside. SQLite.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import ROOT, Browser, Stand, free_port, seeded, server_command, wait_until_alive

N_MOVES = 20


def measure(n_items: int, *, folder: Path | None) -> None:
    script = f"N_ITEMS = {n_items}\n{(ROOT / 'tests/bench/whatif_seed.py').read_text()}"
    with tempfile.TemporaryDirectory(dir=folder) as made:
        path, start = Path(made), time.perf_counter()
        with seeded(path, database="sqlite", seed=script) as environment:
            print(f"seeded {n_items:,} items in {time.perf_counter() - start:.0f} s")
            megabytes = sum(one.stat().st_size for one in path.glob("*.sqlite3*")) / 1e6
            print(f"database {megabytes:,.0f} MB; reading its pages {read_speed(path):,.0f} MB/s")
            seed = json.loads((path / "seed.json").read_text())
            stand = Stand("127.0.0.1", free_port(), environment, path / "server.log")
            print(f"{'':<24}{'first, s':>10}{'moved, ms':>11}{'slowest':>9}{'answer kB':>11}{'noise ms':>10}")
            for name in ("default policy", "with a rule and checks"):
                print_answers(stand, seed, name, is_rich=name != "default policy")


def read_speed(folder: Path) -> float:
    """Megabytes a second of a walk through the database file: of a disk, or of what the machine keeps of it."""
    file = max(folder.glob("*.sqlite3"), key=lambda one: one.stat().st_size)
    start, n_bytes = time.perf_counter(), 0
    with file.open("rb") as stream:
        while (part := stream.read(1 << 22)) and n_bytes < 1 << 29:
            n_bytes += len(part)
    return n_bytes / 1e6 / (time.perf_counter() - start)


def print_answers(stand: Stand, seed: dict, name: str, *, is_rich: bool) -> None:
    """On a server of its own, which has read nothing yet."""
    with stand.log.open("wb") as sink:
        server = subprocess.Popen(server_command(stand.port), env=stand.environment, cwd=ROOT, stdout=sink, stderr=sink)
        try:
            wait_until_alive(stand.host, stand.port)
            with closing(Browser(stand.host, stand.port, session=seed["session"])) as browser:
                browser.get("/")
                browser.as_htmx = True
                spent, size = [], 0
                noise = fixed_task_ms()
                for number in range(N_MOVES + 1):
                    fields = form_fields(0.9 - number / 100, is_rich=is_rich)
                    start = time.perf_counter()
                    status, _, page = browser.post(f"/p/{seed['slug']}/routing/policies/new/", fields)
                    spent.append(time.perf_counter() - start)
                    assert status == 200, page[-3000:]
                    size = len(page)
                moved = [1000 * one for one in spent[1:]]
                print(
                    f"{name:<24}{spent[0]:>10.2f}{median(moved):>11.0f}{max(moved):>9.0f}{size / 1000:>11.0f}"
                    f"{noise:>10.0f}",
                    flush=True,
                )
        finally:
            server.terminate()
            server.wait(timeout=30)


def form_fields(cut: float, *, is_rich: bool) -> dict[str, str]:
    from labeling.forms.routing import CHECKS_EXAMPLE, RULES_EXAMPLE, initial_of
    from labeling.policy.policies import DEFAULT_DEFINITION

    rules = RULES_EXAMPLE.replace("action.amount", "metadata.amount")
    changes = {"rules": rules, "checks": CHECKS_EXAMPLE} if is_rich else {}
    return {
        **initial_of({**DEFAULT_DEFINITION, "requires": []}),
        "cold_start_mode": "sampled",
        "cold_start_reason": "A bench that ships.",
        "confidence_cut": f"{cut:.2f}",
        "reason": "",
        "action": "preview",
        **changes,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench whatif", description=__doc__)
    arguments.add_argument("--items", type=int, default=1_000_000)
    arguments.add_argument("--folder", type=Path, help="where the database is made; a folder of the system's otherwise")
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    measure(given.items, folder=given.folder)


if __name__ == "__main__":
    main()
