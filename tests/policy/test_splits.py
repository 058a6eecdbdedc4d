"""The development and the sealed half."""

from labeling.policy.splits import half_of

SALT = "a-secret-salt"


def halves(salt, n=2_000, **group):
    return [half_of(salt, cluster_key="", item_id=item_id, **group) for item_id in range(n)]


def test_halves_hold_about_as_many_items():
    n_sealed = halves(SALT).count("sealed")

    # Five standard deviations of 2,000 fair coins.
    assert abs(n_sealed - 1_000) < 5 * 22.4


def test_same_item_is_always_in_the_same_half():
    assert halves(SALT) == halves(SALT)


def test_another_salt_halves_otherwise():
    assert halves(SALT) != halves("another-salt")


def test_items_of_one_cluster_stay_together():
    for cluster in map(str, range(50)):
        assert len({half_of(SALT, cluster_key=cluster, item_id=item_id) for item_id in range(20)}) == 1


def test_cluster_named_like_an_item_draws_for_itself():
    as_items = halves(SALT, 200)
    as_clusters = [half_of(SALT, cluster_key=str(number), item_id=0) for number in range(200)]

    assert as_items != as_clusters


def test_known_draws_never_change():
    # Written down once: another answer here would unseal what was sealed.
    assert "".join(half[0] for half in halves("salt", 12)) == "sdddsddddssd"
