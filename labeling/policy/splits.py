"""Which part of what was judged may teach the judge, which one examines it once, and which one watches it."""

from typing import Literal

from labeling.policy.sampling import uniform_draw

Part = Literal["development", "sealed", "audit"]
DEVELOPMENT: Part = "development"
SEALED: Part = "sealed"
AUDIT: Part = "audit"
DEVELOPMENT_SHARE, SEALED_SHARE, AUDIT_SHARE = 0.5, 0.25, 0.25


def part_of(salt: str, *, cluster_key: str, item_id: int) -> Part:
    """The part of an item: a draw of its group, keyed with the project's salt, the same for ever.

    Half of the groups are *development*: pages show them, packs teach with them. A quarter is *sealed*: read once for a
    judge version, to examine it. A quarter is *audit*: it watches a judge in use, teaches nobody, and is shown only as
    numbers. Items of one cluster (a conversation, a document) tell of each other, so they stay together; an item
    without a cluster is its own group. Whoever sends items cannot choose the part without knowing the salt. The shares
    are of groups; a large cluster moves all of its items at once.
    """
    # A cluster may be named like an item's number; the kind of the name keeps their draws apart.
    group = ("cluster", cluster_key) if cluster_key else ("item", item_id)
    draw = uniform_draw(salt, "half", *group)
    if draw < DEVELOPMENT_SHARE:
        return DEVELOPMENT
    return SEALED if draw < DEVELOPMENT_SHARE + SEALED_SHARE else AUDIT
