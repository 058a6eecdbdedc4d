"""The sealed part, opened: the only code that reads it. Once a judge version and rubric version, counted and told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from labeling.models import (
    ImportedLabel,
    Item,
    JudgeVerdict,
    JudgeVersion,
    Review,
    RubricVersion,
    SealedOpening,
    User,
    Validation,
)
from labeling.policy.agreement import LEAST_ITEMS
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.jobs import EXAMINATION_TASK, Tell, tell_nobody
from labeling.policy.judge_life import VALID_FOR, WORDS_OF_FINDING, finding_of, weakest
from labeling.policy.judging import read_kappa
from labeling.policy.splits import SEALED, part_of
from labeling.queries.judge_life import is_over
from labeling.queries.judge_watch import judged_finals
from labeling.queries.judges import Comparison, criteria_to_compare
from labeling.services.calibration import make_numbers
from labeling.services.events import record_event
from labeling.services.jobs import add_job


@transaction.atomic
def open_sealed_part(
    judge_version: JudgeVersion, rubric_version: RubricVersion, *, actor: User, reason: str, now: datetime
) -> tuple[SealedOpening, bool]:
    """Open the sealed part to examine one judge version, and ask for its numbers; returns the opening, and whether it
    is a new one.

    A second press, also by somebody else at the same moment, gets the opening that is there and changes nothing: the
    unique constraint decides. Only once its validation has run out there is a next one, on items that came since.
    Refused without a reason, against a draft, and while too few sealed items are labelled: they are read once, and
    reading too few of them would be a waste.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; it is read with every later opening."})
    if rubric_version.is_draft:
        raise Conflict("This rubric version is a draft; nothing was labelled against it.")
    before = newest_opening(judge_version, rubric_version)
    if before is not None and not is_over(before, now=now):
        return before, False
    since = before.opened_at if before else None
    n_ready = n_sealed_ready(judge_version, rubric_version, since=since)
    if n_ready < LEAST_ITEMS:
        raise Conflict(
            f"{n_ready} of about {LEAST_ITEMS} sealed items are labelled by people and by this judge. They are read "
            "once, so wait until there are enough; nothing was opened."
        )
    opening, is_new = SealedOpening.objects.get_or_create(
        judge_version=judge_version,
        rubric_version=rubric_version,
        number=before.number + 1 if before else 1,
        defaults={"items_since": since, "opened_by": actor, "opened_at": now, "reason": reason.strip()[:300]},
    )
    if is_new:
        name = {"judge_version__project": judge_version.project, "judge_version__name": judge_version.name}
        record_event(
            "sealed.opened",
            project=judge_version.project,
            now=now,
            actor=actor,
            opening_id=opening.pk,
            judge_version_id=judge_version.pk,
            version_id=rubric_version.pk,
            n_openings_of_name=SealedOpening.objects.filter(**name).count(),
        )
        add_job(EXAMINATION_TASK, opening.pk, project=judge_version.project, now=now)
    return opening, is_new


def newest_opening(judge_version: JudgeVersion, rubric_version: RubricVersion) -> SealedOpening | None:
    openings = SealedOpening.objects.filter(judge_version=judge_version, rubric_version=rubric_version)
    return openings.select_related("validation").order_by("-number").first()


def n_sealed_ready(
    judge_version: JudgeVersion, rubric_version: RubricVersion, *, since: datetime | None, at_most: int = LEAST_ITEMS
) -> int:
    """How many sealed items the judge and people labelled, counted up to so many; of what they said nothing is read."""
    entries = {"entry__item": OuterRef("pk"), "entry__rubric_version": rubric_version, "slot__isnull": False}
    imported = ImportedLabel.objects.filter(item=OuterRef("pk"), criterion__version=rubric_version)
    labelled = Q(Exists(Review.objects.filter(**entries))) | Q(Exists(imported))
    judged = JudgeVerdict.objects.filter(item=OuterRef("pk"), judge_version=judge_version)
    items = Item.objects.filter(labelled, Exists(judged), project=judge_version.project_id)
    if since is not None:
        items = items.filter(created_at__gt=since)
    n_ready, salt = 0, judge_version.project.sampling_salt
    for item_id, cluster_key in items.order_by("id").values_list("id", "cluster_key").iterator(2_000):
        n_ready += part_of(salt, cluster_key=cluster_key, item_id=item_id) == SEALED
        if n_ready >= at_most:
            break
    return n_ready


def examine_judge(opening_id: int, *, clock: Callable[[], datetime], tell: Tell = tell_nobody) -> Validation:
    """Compute what an opening found, of the labels that stood when it was opened, and keep it.

    Reading and computing hold no lock; of two at once one writes, and both return it. Stopped by `tell` nothing is
    kept. Safe to repeat.
    """
    openings = SealedOpening.objects.select_related("judge_version__project", "rubric_version__rubric")
    opening = openings.get(pk=opening_id)
    version, until = opening.judge_version, opening.opened_at
    compared = criteria_to_compare(version, opening.rubric_version, until=until, part=SEALED)
    finals = judged_finals(version, part=SEALED, until=until)
    if opening.items_since is not None:
        compared = only_items_since(compared, opening.items_since)
        finals = [one for one in finals if one.created_at > opening.items_since]
    numbers = make_numbers(compared, tell=tell)
    findings = [found | finding_on(found) for found in numbers["criteria"]]
    finding = weakest(one["finding"] for one in findings)
    decisive = next((one for one in findings if one["finding"] == finding), None)
    words = f"{decisive['words']} ({decisive['key']})" if decisive else WORDS_OF_FINDING[finding]
    return save_validation(
        opening,
        {
            "finding": finding,
            "words": words[:300],
            "numbers": {**numbers, "criteria": findings},
            "n_items": decisive["n_items"] if decisive else 0,
            "n_judged": len(finals),
            "n_missed": sum(one.is_miss for one in finals),
        },
        now=clock(),
    )


def only_items_since(compared: Comparison, since: datetime) -> Comparison:
    """Without what an earlier opening read: an item examines a judge once."""
    item_ids = {item_id for one in compared.criteria for item_id in (*one.judged, *one.again)}
    fresh = set(Item.objects.filter(pk__in=item_ids, created_at__gt=since).values_list("pk", flat=True))
    criteria = [
        replace(
            one,
            rows=[row for row in one.rows if row[0] in fresh],
            final=[row for row in one.final if row[0] in fresh],
            again={item_id: again for item_id, again in one.again.items() if item_id in fresh},
            judged={item_id: judged for item_id, judged in one.judged.items() if item_id in fresh},
        )
        for one in compared.criteria
    ]
    return replace(compared, criteria=criteria)


def finding_on(found: dict[str, Any]) -> dict[str, str]:
    kappa = found["kappa"]
    reading = read_kappa(
        value=kappa["value"],
        low=kappa["low"],
        high=kappa["high"],
        n_items=found["n_items"],
        undefined=kappa["undefined"],
    )
    return {"finding": finding_of(reading), "words": reading.words}


@transaction.atomic
def save_validation(opening: SealedOpening, contents: dict[str, Any], *, now: datetime) -> Validation:
    """Inside one transaction with its event; the second of two gets the first one's."""
    validation, is_new = Validation.objects.get_or_create(
        opening=opening, defaults={**contents, "made_at": now, "expires_at": opening.opened_at + VALID_FOR}
    )
    if is_new:
        record_event(
            "judge.validated",
            project=opening.judge_version.project,
            now=now,
            judge_version_id=opening.judge_version_id,
            opening_id=opening.pk,
            finding=validation.finding,
            n_items=validation.n_items,
        )
    return validation
