"""The versions of a project's judges: noted when they first speak, or registered before they do."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats.rows import JudgeVerdictRow
from labeling.models import EnsembleMember, JudgeVersion, Project, User
from labeling.policy.ensembles import ENSEMBLE, MAJORITY, why_not_together
from labeling.policy.errors import Conflict
from labeling.queries.sendings import FIRST_SEEN
from labeling.services.events import record_event
from labeling.services.outbox import tell_judge

# What tells one judge version from another, as the unique constraint has it.
VersionKey = tuple[str, str, str, str]
HASH_OF_NONE = hashlib.sha256(b"{}").hexdigest()


def version_key_of(verdict: JudgeVerdictRow) -> VersionKey:
    return (verdict.judge_name, verdict.model, verdict.prompt_hash, hash_of_parameters(verdict.parameters))


def key_of_version(version: JudgeVersion) -> VersionKey:
    return (version.name, version.model, version.prompt_hash, version.parameters_hash)


def hash_of_parameters(parameters: Mapping[str, Any]) -> str:
    if not parameters:
        return HASH_OF_NONE
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def versions_of(
    project: Project, verdicts: Sequence[JudgeVerdictRow], *, now: datetime
) -> dict[VersionKey, JudgeVersion]:
    """The version of each verdict; one that nobody knew is noted, and told of where it changes a judge.

    Inside the caller's transaction. One query where all are known. Where some are not, the project is locked and read
    again, so that of two new versions of one name at once exactly one is the first. Safe to repeat.
    """
    wanted = {version_key_of(verdict): verdict for verdict in reversed(verdicts)}
    if not wanted:
        return {}
    known = known_versions(project, wanted)
    if known.keys() != wanted.keys():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        known = known_versions(project, wanted)
        for verdict in verdicts:
            key = version_key_of(verdict)
            if key not in known:
                known[key] = note_version(project, key, family=verdict.family, parameters=verdict.parameters, now=now)
    return known


@transaction.atomic
def register_version(
    project: Project,
    *,
    name: str,
    model: str,
    family: str,
    prompt_hash: str,
    parameters: Mapping[str, Any],
    actor: User,
    now: datetime,
) -> JudgeVersion:
    """Note a judge version before it speaks. Locks the project; refused where there is one like it, so not safe to
    repeat."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    key = (name, model, prompt_hash, hash_of_parameters(parameters))
    there = JudgeVersion.objects.filter(
        project=project, name=name, model=model, prompt_hash=prompt_hash, parameters_hash=key[3]
    )
    if there.exists():
        raise Conflict("There is this very version already: change its model, prompt or parameters.")
    version = note_version(project, key, family=family, parameters=parameters, now=now, actor=actor)
    record_event("judge.registered", project=project, now=now, actor=actor, judge_version_id=version.pk)
    return version


def known_versions(project: Project, wanted: Mapping[VersionKey, JudgeVerdictRow]) -> dict[VersionKey, JudgeVersion]:
    names = {name for name, _, _, _ in wanted}
    found = JudgeVersion.objects.filter(project=project, name__in=names)
    versions = {key_of_version(one): one for one in found}
    return {key: versions[key] for key in wanted if key in versions}


def note_version(
    project: Project,
    key: VersionKey,
    *,
    family: str,
    parameters: Mapping[str, Any],
    now: datetime,
    actor: User | None = None,
) -> JudgeVersion:
    """A new judge version, the project locked by the caller. One that changes a judge is stale from here on."""
    name, model, prompt_hash, parameters_hash = key
    earlier = JudgeVersion.objects.filter(project=project, name=name).order_by("-id").first()
    version = JudgeVersion.objects.create(
        project=project,
        name=name,
        model=model,
        prompt_hash=prompt_hash,
        parameters_hash=parameters_hash,
        family=family,
        parameters=parameters,
        created_at=now,
    )
    if earlier is None:
        tell_judge(version, FIRST_SEEN, version.pk, reason="", now=now)
    else:
        record_event(
            "judge.changed",
            project=project,
            now=now,
            actor=actor,
            judge_version_id=version.pk,
            earlier_version_id=earlier.pk,
        )
        tell_judge(version, "changed", version.pk, reason="", now=now)
        renew_ensembles(version, now=now)
    return version


def note_ensemble(
    project: Project, name: str, member_ids: Sequence[int], *, now: datetime, actor: User | None = None
) -> JudgeVersion:
    """An ensemble as a judge version of its own, the project locked by the caller. Who is in it is what it is."""
    parameters = {"members": sorted(member_ids), "rule": MAJORITY}
    key = (name, ENSEMBLE, "", hash_of_parameters(parameters))
    ensemble = note_version(project, key, family="", parameters=parameters, now=now, actor=actor)
    EnsembleMember.objects.bulk_create(EnsembleMember(ensemble=ensemble, member_id=pk) for pk in sorted(member_ids))
    record_event(
        "ensemble.composed",
        project=project,
        now=now,
        actor=actor,
        judge_version_id=ensemble.pk,
        member_ids=sorted(member_ids),
    )
    return ensemble


def renew_ensembles(changed: JudgeVersion, *, now: datetime) -> None:
    """A changed member makes the next version of each ensemble that had it, stale as any changed judge is. Not where
    its family is one that another member has, since that one votes already."""
    newest: dict[str, int] = {}
    seats = EnsembleMember.objects.filter(ensemble__project=changed.project_id).select_related("member", "ensemble")
    by_ensemble: dict[int, list[JudgeVersion]] = {}
    for seat in seats.order_by("ensemble_id", "member_id"):
        newest[seat.ensemble.name] = seat.ensemble_id
        by_ensemble.setdefault(seat.ensemble_id, []).append(seat.member)
    for name, ensemble_id in newest.items():
        members = by_ensemble[ensemble_id]
        if any(one.name == changed.name for one in members):
            renewed = [one for one in members if one.name != changed.name] + [changed]
            if not why_not_together([(one.name, one.family) for one in renewed]):
                note_ensemble(changed.project, name, [one.pk for one in renewed], now=now)
