"""The versions of a project's judges: noted when they first speak, or registered before they do."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats.rows import JudgeVerdictRow
from labeling.models import JudgeVersion, Project, User
from labeling.policy.errors import Conflict
from labeling.services.events import record_event
from labeling.services.outbox import tell_judge

# What tells one judge version from another, as the unique constraint has it.
VersionKey = tuple[str, str, str, str]


def version_key_of(verdict: JudgeVerdictRow) -> VersionKey:
    return (verdict.judge_name, verdict.model, verdict.prompt_hash, hash_of_parameters(verdict.parameters))


def hash_of_parameters(parameters: Mapping[str, Any]) -> str:
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
    versions = {(one.name, one.model, one.prompt_hash, one.parameters_hash): one for one in found}
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
    if earlier is not None:
        record_event(
            "judge.changed",
            project=project,
            now=now,
            actor=actor,
            judge_version_id=version.pk,
            earlier_version_id=earlier.pk,
        )
        tell_judge(version, "changed", version.pk, reason="", now=now)
    return version
