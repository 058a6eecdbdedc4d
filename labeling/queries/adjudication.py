"""First-pass reviews as finality sees them, and the disputes that wait for a person."""

from django.db.models import Count, Exists, OuterRef, QuerySet

from labeling.models import Project, QueueEntry, Review, User
from labeling.policy.finality import NOT_APPLICABLE, FirstPass


def counted_reviews(entry: QueueEntry) -> QuerySet[Review]:
    """The reviews that count: in a slot and not withdrawn, in slot order."""
    return (
        Review.objects.filter(entry=entry, slot__isnull=False, withdrawal__isnull=True)
        .select_related("reviewer")
        .prefetch_related("answers__criterion")
        .order_by("slot__slot_no")
    )


def first_passes_of(entry: QueueEntry) -> list[FirstPass]:
    return [
        FirstPass(
            verdict=review.verdict,
            answers={
                answer.criterion.key: NOT_APPLICABLE if answer.is_not_applicable else answer.value
                for answer in review.answers.all()
            },
        )
        for review in counted_reviews(entry)
    ]


def disputes_of(project: Project, user: User) -> QuerySet[QueueEntry]:
    """Disputed entries, the soonest due first; `is_mine` marks those this person labelled and may not settle."""
    own = Review.objects.filter(entry=OuterRef("pk"), reviewer__user=user)
    return (
        QueueEntry.objects.filter(queue__project=project, state=QueueEntry.State.DISPUTED)
        .select_related("item", "queue", "rubric_version")
        .annotate(n_reviews=Count("reviews"), is_mine=Exists(own))
        .order_by("priority", "due_at", "id")
    )
