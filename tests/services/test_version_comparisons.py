"""Two versions of a judge on the same items, kept once for the same labels and shown on the newer one's page."""

from django.urls import reverse

from labeling.models import VersionComparison
from labeling.policy.splits import DEVELOPMENT
from labeling.services.version_comparisons import compare_with_previous
from tests.services.judging import NEXT, label_of, says, version_of
from tests.world import JUDGE, chat_row


def test_the_items_on_which_one_version_alone_is_right_are_counted(world, client):
    rows, votes = [], []
    for number in range(60):
        truth, other = label_of(number), label_of(number + 1)
        old = says(JUDGE, other if number < 9 else truth)
        new = says(NEXT, other if number in (0, 30) else truth)
        rows.append(chat_row(f"r-{number:02}", judge_verdicts=[*old, *new]))
        votes.append((f"r-{number:02}", "anneke", "correct", truth))
    world.ingest_into(DEVELOPMENT, *rows)
    world.import_votes(*votes)
    version = version_of(world, NEXT)

    [made] = compare_with_previous(version.pk, clock=lambda: world.now)
    [again] = compare_with_previous(version.pk, clock=lambda: world.now)
    client.force_login(world.olga)
    page = " ".join(client.get(reverse("judge", args=[world.project.slug, version.pk])).content.decode().split())

    [found] = made.numbers["criteria"]
    assert (found["n"], found["only_before"], found["only_after"]) == (60, 1, 8)
    assert round(found["p"], 4) == 0.0391
    assert (again.pk, VersionComparison.objects.count()) == (made.pk, 1)
    assert "It alone is right 1 time, this one alone 8 (McNemar’s exact p 0.039" in page
    assert compare_with_previous(version_of(world, JUDGE).pk, clock=lambda: world.now) == []
