"""Which line of the never-delegate register a routing decision falls under."""

from collections.abc import Iterable, Mapping
from typing import Any

# What a check says begins with its own name, which may be that of a rule.
OF_CHECKS = ("check_failed", "check_crashed")


def guarded_rule(reasons: Iterable[Mapping[str, Any]], names: Iterable[str]) -> str:
    """The first guarded rule among the reasons that sent an item to people, or nothing.

    A rule that could not be read, or reads a signal that has not come, counts: it may be the named person's decision.
    Reasons name their rule in front of what it says; of two names that fit, the longer one is meant.
    """
    longest_first = sorted(names, key=len, reverse=True)
    for reason in reasons:
        if reason["fired"] and reason["code"] not in OF_CHECKS:
            for name in longest_first:
                if reason["explanation"].startswith(f"{name}: "):
                    return name
    return ""
