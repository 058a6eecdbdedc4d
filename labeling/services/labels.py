"""Storing labels that were made elsewhere: each chunk whole or not at all, every row answered, nothing twice."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats import BadFile, Line
from labeling.formats.fields import RowError, is_plain, show, suggest
from labeling.formats.votes import VoteRow, parse_vote
from labeling.models import (
    Criterion,
    ImportedLabel,
    ImportedLaterLabel,
    IngestBatch,
    Item,
    Project,
    Rater,
    RubricVersion,
    User,
)
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.queries.ingest import LABELS_DOOR, LATER_PASS
from labeling.services.events import record_event
from labeling.services.ingest import (
    MOST_KEPT_REFUSALS,
    REFUSED,
    STATUSES,
    ReadRow,
    RowOutcome,
    batch_outcome,
    start_batch,
)
from labeling.services.label_fit import refuse_other_part, refuse_undeclared, value_stored
from labeling.services.rubrics import freeze_version
from labeling.services.uploads import read_chunks

# Whose label it is: (item id, rater name, criterion id, number of the pass, part). Nobody has two.
Authorship = tuple[int, str, int, int, str]
FIRST = 1
FoundItem = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many rows by status, the first refused ones, and rows that say again what one
    before them said. Without a batch nothing was stored.
    """

    batch: IngestBatch | None
    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[RowOutcome] = field(default_factory=list)
    repeats: list[RowOutcome] = field(default_factory=list)

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.status] += 1
            if outcome.status in REFUSED:
                self.refusals.append(outcome)
            elif outcome.message:
                self.repeats.append(outcome)
        del self.refusals[MOST_KEPT_REFUSALS:], self.repeats[MOST_KEPT_REFUSALS:]

    @property
    def left_out(self) -> dict[str, int]:
        """How many labels are kept and never count, where there are any."""
        return {LATER_PASS: self.counts[LATER_PASS]} if self.counts[LATER_PASS] else {}

    @property
    def outcome(self) -> dict[str, Any]:
        document = batch_outcome(self.counts, self.refusals)
        document["counts"] |= self.left_out
        return {
            **document,
            "repeats": [asdict(repeat) for repeat in self.repeats],
        }


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the labels of one file go, and which of them its lines gave so far: (line, value) by authorship.

    The whole file is remembered, so that a rater's second label is named with the line of the first.
    """

    project: Project
    version: RubricVersion
    criteria: Mapping[str, Criterion]
    blind_state: str
    given: dict[Authorship, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewLabel:
    line: int
    authorship: Authorship
    value: str


def import_labels(
    version: RubricVersion,
    lines: Iterable[Line],
    *,
    blind_state: str,
    clock: Callable[[], datetime],
    file_name: str = "",
    file_format: str = "",
    actor: User | None = None,
) -> Imported:
    """Store read lines as labels on this version, which is frozen by the first of them; one event for the whole file.

    A transaction a chunk. A label that is there already with the same value is *unchanged*. With another value, or
    declared otherwise blind, it is a *conflict*: the first counts. One of a rater's later pass over an item is a
    *later_pass*: kept apart, and counted as left out. Each chunk locks the version, so that concurrent
    imports take turns. Safe to repeat: a killed import, run again, ends in the same rows.
    """
    aim = aim_at(version, blind_state)
    batch = start_batch(
        project=aim.project,
        door=LABELS_DOOR,
        now=clock(),
        file_name=file_name,
        file_format=file_format,
        sent_by=actor,
    )
    imported = Imported(batch)
    try:
        for chunk in read_chunks(lines):
            imported.add(store_chunk(aim, chunk, batch=batch, clock=clock))
    except BadFile as error:
        end_import(aim, imported, now=clock(), error=str(error))
        raise
    end_import(aim, imported, now=clock())
    return imported


def try_labels(version: RubricVersion, lines: Iterable[Line], *, blind_state: str) -> Imported:
    """What `import_labels` would answer to these lines. Stores nothing."""
    aim, imported = aim_at(version, blind_state), Imported(None)
    for chunk in read_chunks(lines):
        outcomes, new_labels = judge_chunk(aim, chunk)
        remember(aim, new_labels)
        imported.add(outcomes)
    return imported


def aim_at(version: RubricVersion, blind_state: str) -> Aim:
    criteria = {criterion.key: criterion for criterion in version.criteria.all()}
    return Aim(version.rubric.project, version, criteria, blind_state)


@transaction.atomic
def store_chunk(
    aim: Aim, chunk: Sequence[ReadRow], *, batch: IngestBatch, clock: Callable[[], datetime]
) -> list[RowOutcome]:
    """Judge and store one chunk; a concurrent import on the same version waits, and then finds what is there."""
    # Without it, imports of the same labels in another order would refuse each other chunk by chunk. On SQLite it says
    # nothing, and there the transaction alone keeps other writers out.
    RubricVersion.objects.select_for_update(no_key=True).get(pk=aim.version.pk)
    # Read after the wait: whoever follows the labels by id relies on labels being about as old as they say.
    now = clock()
    outcomes, new_labels = judge_chunk(aim, chunk)
    if new_labels:
        freeze_version(aim.version, now=now)
        save_labels(aim, new_labels, batch=batch, now=now)
        remember(aim, new_labels)
    return outcomes


def save_labels(aim: Aim, new_labels: Sequence[NewLabel], *, batch: IngestBatch, now: datetime) -> None:
    """Labels and the raters they need. Inside the caller's transaction."""
    rater_ids = imported_raters(aim.project, {label.authorship[1] for label in new_labels})
    first_ones, later_ones = [], []
    for label in new_labels:
        item_id, rater, criterion_id, pass_number, part = label.authorship
        fields = {
            "item_id": item_id,
            "rater_id": rater_ids[rater],
            "criterion_id": criterion_id,
            "part": part,
            "value": label.value,
            "is_not_applicable": not label.value,
            "blind_state": aim.blind_state,
            "batch": batch,
            "imported_at": now,
        }
        if pass_number == FIRST:
            first_ones.append(ImportedLabel(**fields))
        else:
            later_ones.append(ImportedLaterLabel(**fields, pass_number=pass_number))
    ImportedLabel.objects.bulk_create(first_ones)
    ImportedLaterLabel.objects.bulk_create(later_ones)


def imported_raters(project: Project, names: set[str]) -> dict[str, int]:
    """The ids of raters by name, after making those that are new. A name is another rater than an account of it."""
    found = Rater.objects.filter(project=project, kind=Rater.Kind.IMPORTED, name__in=names)
    known = dict(found.values_list("name", "id"))
    missing = sorted(names - known.keys())
    if not missing:
        return known
    # A concurrent import may make the same ones; both then go on with those that are there.
    Rater.objects.bulk_create(
        [Rater(project=project, kind=Rater.Kind.IMPORTED, name=name) for name in missing], ignore_conflicts=True
    )
    return dict(found.values_list("name", "id"))


def remember(aim: Aim, new_labels: Iterable[NewLabel]) -> None:
    aim.given.update((label.authorship, (label.line, label.value)) for label in new_labels)


@transaction.atomic
def end_import(aim: Aim, imported: Imported, *, now: datetime, error: str = "") -> None:
    """Close the batch with what became of the file, and one event."""
    batch = imported.batch
    assert batch is not None
    batch.outcome = {**imported.outcome, **({"error": error} if error else {})}
    batch.state = IngestBatch.State.FAILED if error else IngestBatch.State.DONE
    batch.ended_at = now
    batch.save(update_fields=["outcome", "state", "ended_at"])
    record_event(
        "labels.imported",
        project=aim.project,
        now=now,
        actor=batch.sent_by,
        batch_id=batch.pk,
        version_id=aim.version.pk,
        declared=aim.blind_state,
        **{status: imported.counts[status] for status in STATUSES},
        **imported.left_out,
    )


# --- judging rows -------------------------------------------------------------------------------------------------


def judge_chunk(aim: Aim, chunk: Sequence[ReadRow]) -> tuple[list[RowOutcome], list[NewLabel]]:
    """One outcome a row, in order, and the labels to store. Four queries at most; writes nothing."""
    parsed = [(line, parse_one(line, raw)) for line, raw in chunk]
    votes = [vote for _, vote in parsed if isinstance(vote, VoteRow)]
    items = items_by_external_id(aim.project, votes)
    stored = stored_labels(aim.version, items, votes)
    given: dict[Authorship, tuple[int, str]] = {}
    outcomes, new_labels = [], []
    for line, vote in parsed:
        if isinstance(vote, RowOutcome):
            outcomes.append(vote)
            continue
        try:
            authorship = authorship_of(vote, aim, items)
        except RowError as error:
            outcomes.append(RowOutcome(line, "invalid", vote.external_id, error.field, error.message))
            continue
        vote = replace(vote, value=value_stored(vote, aim.criteria[vote.criterion]))
        before = given.get(authorship) or aim.given.get(authorship)
        if before:
            outcomes.append(compare_with_line(line, vote, before))
        elif authorship in stored:
            outcomes.append(compare_with_stored(line, vote, stored[authorship], blind_state=aim.blind_state))
        else:
            given[authorship] = (line, vote.value)
            new_labels.append(NewLabel(line, authorship, vote.value))
            outcomes.append(RowOutcome(line, status_of_new(vote), vote.external_id))
    return outcomes, new_labels


def status_of_new(vote: VoteRow) -> str:
    return "created" if vote.pass_number == FIRST else LATER_PASS


def parse_one(line: int, raw: Any | RowError) -> VoteRow | RowOutcome:
    """The label of a line, or why there is none, under its item's id where that much can be read."""
    try:
        if isinstance(raw, RowError):
            raise raw
        return parse_vote(raw)
    except RowError as error:
        named = raw.get("external_id") if isinstance(raw, dict) else None
        external_id = named[:200] if isinstance(named, str) and is_plain(named) else ""
        return RowOutcome(line, "invalid", external_id, error.field, error.message)


def items_by_external_id(project: Project, votes: Iterable[VoteRow]) -> dict[str, list[FoundItem]]:
    """(source system, id, kind) of every item of these external ids; two systems may use the same one."""
    wanted = {vote.external_id for vote in votes}
    items: dict[str, list[FoundItem]] = {}
    found = Item.objects.filter(project=project, external_id__in=wanted).order_by("source_system")
    for external_id, *item in found.values_list("external_id", "source_system", "id", "kind"):
        items.setdefault(external_id, []).append(tuple(item))
    return items


def stored_labels(
    version: RubricVersion, items: Mapping[str, Sequence[FoundItem]], votes: Sequence[VoteRow]
) -> dict[Authorship, tuple[str, str]]:
    """(value, blind state) of what these raters said of these items already."""
    asked = {
        "criterion__version": version,
        "item_id__in": {item_id for same_id in items.values() for _, item_id, _ in same_id},
        "rater__name__in": {vote.rater for vote in votes},
    }
    fields = ("item_id", "rater__name", "criterion_id", "part", "value", "blind_state")
    found = ImportedLabel.objects.filter(**asked).values_list(*fields)
    stored = {
        (item_id, rater, criterion_id, FIRST, part): label for item_id, rater, criterion_id, part, *label in found
    }
    if any(vote.pass_number > FIRST for vote in votes):
        later = ImportedLaterLabel.objects.filter(**asked).values_list(*fields, "pass_number")
        for item_id, rater, criterion_id, part, value, blind_state, pass_number in later:
            stored[item_id, rater, criterion_id, pass_number, part] = [value, blind_state]
    return {authorship: (value, blind_state) for authorship, (value, blind_state) in stored.items()}


def authorship_of(vote: VoteRow, aim: Aim, items: Mapping[str, Sequence[FoundItem]]) -> Authorship:
    """Whose label this is, or `RowError` when the project does not know what it speaks of."""
    _, item_id, kind = find_item(vote, items.get(vote.external_id, ()))
    criterion = aim.criteria.get(vote.criterion)
    if criterion is None:
        message = f"{show(vote.criterion)} is no criterion of {aim.version}; {suggest(vote.criterion, aim.criteria)}"
        raise RowError("criterion", message)
    if (criterion.scale == Criterion.Scale.PAIRWISE) != (kind == "pairwise"):
        raise RowError("criterion", f"{show(vote.criterion)} does not ask about items of kind {kind}")
    if vote.is_not_applicable and not criterion.allows_na:
        raise RowError("not_applicable", f"{show(vote.criterion)} always applies; give its value")
    refuse_other_part(vote, criterion)
    if not vote.is_not_applicable:
        refuse_undeclared(vote, criterion)
    return item_id, vote.rater, criterion.pk, vote.pass_number, vote.part


def find_item(vote: VoteRow, same_id: Sequence[FoundItem]) -> FoundItem:
    wanted = [item for item in same_id if vote.source_system in ("", item[0])]
    if not wanted:
        where = f" of {show(vote.source_system)}" if vote.source_system else ""
        raise RowError("external_id", f"there is no item {show(vote.external_id)}{where}; ingest it first")
    if len(wanted) > 1:
        systems = ", ".join(item[0] for item in wanted)
        raise RowError("source_system", f"{show(vote.external_id)} came from {systems}; say which is meant")
    return wanted[0]


def compare_with_line(line: int, vote: VoteRow, before: tuple[int, str]) -> RowOutcome:
    """What becomes of a rater's second label in one file."""
    first_line, first_value = before
    said = f"{vote.rater} labelled {vote.external_id} on line {first_line} too"
    if first_value == vote.value:
        return RowOutcome(line, "unchanged", vote.external_id, "rater", f"{said}, with the same value; it counts once")
    message = f"{said}, as {shown_value(first_value)} and not {shown_value(vote.value)}; the first counts"
    return RowOutcome(line, "conflict", vote.external_id, "value", message)


def compare_with_stored(line: int, vote: VoteRow, stored: tuple[str, str], *, blind_state: str) -> RowOutcome:
    """What becomes of a label that an earlier import brought."""
    value, stored_blind_state = stored
    if value != vote.value:
        message = (
            f"{vote.rater} labelled {vote.external_id} as {shown_value(value)} in an earlier import, "
            f"not {shown_value(vote.value)}; the first counts"
        )
        return RowOutcome(line, "conflict", vote.external_id, "value", message)
    if stored_blind_state != blind_state:
        declared = ImportedLabel.BlindState(stored_blind_state).label.lower()
        message = f"is here already, declared as: {declared}; a declaration is never changed"
        return RowOutcome(line, "conflict", vote.external_id, "blind", message)
    return RowOutcome(line, "unchanged" if vote.pass_number == FIRST else LATER_PASS, vote.external_id)


def shown_value(value: str) -> str:
    return value or NOT_APPLICABLE
