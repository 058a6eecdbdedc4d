"""What a reviewer sends after a look at the judge."""

from collections.abc import Mapping

LONGEST_VALUE = 80


def second_value_from(posted: Mapping[str, str]) -> str:
    """The answer that was chosen; what is too long to be one is none."""
    value = posted.get("value", "")
    return value if len(value) <= LONGEST_VALUE else ""
