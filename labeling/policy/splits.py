"""Which half of what was judged may teach the judge, and which stays sealed to examine it."""

from typing import Literal

from labeling.policy.sampling import uniform_draw

Half = Literal["development", "sealed"]
DEVELOPMENT: Half = "development"
SEALED: Half = "sealed"


def half_of(salt: str, *, cluster_key: str, item_id: int) -> Half:
    """The half of an item: a fair coin of its group, keyed with the project's salt, the same for ever.

    Items of one cluster (a conversation, a document) tell of each other, so they stay together; an item without a
    cluster is its own group. Whoever sends items cannot choose the half without knowing the salt. Halves hold about
    as many *groups* each; a large cluster moves all of its items at once.
    """
    # A cluster may be named like an item's number; the kind of the name keeps their draws apart.
    group = ("cluster", cluster_key) if cluster_key else ("item", item_id)
    return DEVELOPMENT if uniform_draw(salt, "half", *group) < 0.5 else SEALED
