"""Ensembles: composing one, letting it speak when its members did, and the next one when a member changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from labeling.models import EnsembleMember, JudgeVerdict, JudgeVersion, Project, User
from labeling.policy.confidence import Vote
from labeling.policy.ensembles import ensemble_votes, why_not_together
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.ensembles import ensembles_of, votes_on
from labeling.services.judge_versions import note_ensemble


@transaction.atomic
def compose_ensemble(
    project: Project, *, name: str, members: Sequence[JudgeVersion], actor: User, now: datetime
) -> JudgeVersion:
    """Let several judges of different families speak as one from now on. Locks the project.

    Refused where two are of one family, where one is an ensemble itself, and for a name that is taken: an ensemble has
    its next version when a member has.
    """
    name = name.strip()
    if not name:
        raise Invalid({"name": "Give it a name; its verdicts are listed under it."})
    if why_not := why_not_together([(one.name, one.family) for one in members]):
        raise Invalid({"members": why_not})
    if EnsembleMember.objects.filter(ensemble__in=members).exists():
        raise Invalid({"members": "An ensemble has one label and no family, so it is no vote of another one."})
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if JudgeVersion.objects.filter(project=project, name=name).exists():
        raise Conflict(f"There is a judge called {name} already; choose another name.")
    return note_ensemble(project, name, [one.pk for one in members], actor=actor, now=now)


def speak_for_ensembles(project: Project, item_ids: Iterable[int], *, now: datetime) -> int:
    """Store what the ensembles come to say of items whose members all spoke; returns how many verdicts are new.

    Inside the caller's transaction, with the items new or locked. One query where there is no ensemble, three where
    there are. Safe to repeat: what an ensemble said of an item stands, as any verdict does.
    """
    ensembles = ensembles_of(project)
    if not ensembles:
        return 0
    new = []
    for item_id, votes in votes_on(item_ids, ensembles).items():
        spoken = {(vote.judge, vote.criterion) for vote in votes}
        said = [one for one in ensemble_votes(votes, ensembles) if (one.judge, one.criterion) not in spoken]
        new += [verdict_from(item_id, vote, now=now) for vote in said]
    JudgeVerdict.objects.bulk_create(new)
    return len(new)


def verdict_from(item_id: int, vote: Vote, *, now: datetime) -> JudgeVerdict:
    return JudgeVerdict(
        item_id=item_id,
        judge_version_id=int(vote.judge),
        criterion=vote.criterion,
        run=vote.run,
        order=vote.order,
        label=vote.label,
        confidence=vote.confidence,
        received_at=now,
    )
