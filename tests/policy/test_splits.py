"""The development half, the sealed quarter and the audit quarter."""

import pytest

from labeling.policy.splits import part_of

SALT = "a-secret-salt"


def parts(salt, n=2_000, **group):
    return [part_of(salt, cluster_key="", item_id=item_id, **group) for item_id in range(n)]


@pytest.mark.parametrize(("part", "share"), [("development", 0.5), ("sealed", 0.25), ("audit", 0.25)])
def test_part_holds_about_its_share_of_the_items(part, share):
    n_here = parts(SALT).count(part)

    # Five standard deviations of 2,000 draws.
    assert abs(n_here - 2_000 * share) < 5 * (2_000 * share * (1 - share)) ** 0.5


def test_same_item_is_always_in_the_same_part():
    assert parts(SALT) == parts(SALT)


def test_another_salt_splits_otherwise():
    assert parts(SALT) != parts("another-salt")


def test_items_of_one_cluster_stay_together():
    for cluster in map(str, range(50)):
        assert len({part_of(SALT, cluster_key=cluster, item_id=item_id) for item_id in range(20)}) == 1


def test_cluster_named_like_an_item_draws_for_itself():
    as_items = parts(SALT, 200)
    as_clusters = [part_of(SALT, cluster_key=str(number), item_id=0) for number in range(200)]

    assert as_items != as_clusters


def test_known_draws_never_change():
    # Written down once: another answer here would unseal what was sealed.
    assert "".join(part[0] for part in parts("salt", 12)) == "sdddaddddaad"
