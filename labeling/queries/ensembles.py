"""The ensembles of a project, as what counts votes needs them."""

from collections.abc import Iterable

from labeling.models import EnsembleMember, JudgeVerdict, JudgeVersion, Project
from labeling.policy.confidence import Vote
from labeling.policy.ensembles import EnsembleVotes


def ensembles_of(project: Project) -> list[EnsembleVotes]:
    """One query."""
    members: dict[int, set[str]] = {}
    rows = EnsembleMember.objects.filter(ensemble__project=project).order_by("ensemble")
    for ensemble_id, member_id in rows.values_list("ensemble_id", "member_id"):
        members.setdefault(ensemble_id, set()).add(str(member_id))
    return [EnsembleVotes(str(ensemble_id), frozenset(names)) for ensemble_id, names in members.items()]


def votes_on(item_ids: Iterable[int], ensembles: Iterable[EnsembleVotes]) -> dict[int, list[Vote]]:
    """What members and ensembles said of items. One query."""
    judges = {int(one) for ensemble in ensembles for one in (ensemble.judge, *ensemble.members)}
    found = JudgeVerdict.objects.filter(item__in=list(item_ids), judge_version__in=judges)
    votes: dict[int, list[Vote]] = {}
    for item_id, judge, *rest in found.values_list("item_id", "judge_version_id", "criterion", "run", "order", "label"):
        votes.setdefault(item_id, []).append(Vote(str(judge), *rest))
    return votes


def judges_to_compose(project: Project) -> list[JudgeVersion]:
    """The newest version of each judge that is no ensemble. One query."""
    composed = EnsembleMember.objects.filter(ensemble__project=project).values("ensemble")
    versions = JudgeVersion.objects.filter(project=project).exclude(pk__in=composed).order_by("id")
    newest = {one.name: one for one in versions}
    return sorted(newest.values(), key=lambda one: one.name)
