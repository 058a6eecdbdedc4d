"""How busy the machine is: the time of one fixed task, beside every figure."""

import time
from statistics import median


def fixed_task_ms(rounds: int = 5) -> float:
    """Median milliseconds of a fixed loop in pure Python; more of them, more neighbours."""
    spent = []
    for _ in range(rounds):
        start, value = time.perf_counter(), 0
        for number in range(400_000):
            value = (value * 31 + number) & 0xFFFFFFFF
        spent.append(1000 * (time.perf_counter() - start))
    return median(spent)
