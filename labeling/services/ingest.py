"""Storing what producers send: each chunk whole or not at all, every row answered, nothing twice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from labeling.formats.rows import IngestRow, JudgeVerdictRow, RowError, parse_row
from labeling.models import ApiToken, IngestBatch, Item, ItemPayload, JudgeVersion, Output, Project, Signal, User
from labeling.policy.assessing import Evidence, assess
from labeling.policy.confidence import DERIVED_NAMES, MapsInUse, Vote
from labeling.policy.ensembles import EnsembleVotes, ensemble_votes
from labeling.policy.errors import Conflict
from labeling.policy.judge_life import Unheard
from labeling.policy.sampling import sampling_u
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.ensembles import ensembles_of
from labeling.queries.in_force import policies_in_force
from labeling.queries.judge_life import unheard_judges
from labeling.services.events import record_event
from labeling.services.item_signals import save_verdicts
from labeling.services.judge_versions import VersionKey, version_key_of, versions_of
from labeling.services.new_rows import insert_objects, insert_rows
from labeling.services.recusals import recuse_authors
from labeling.services.routing import Assessed, place_item, save_assessments

CHUNK_ROWS = 500
# How often a chunk is tried again when a concurrent delivery stored one of its rows first.
CHUNK_ATTEMPTS = 3
MOST_KEPT_REFUSALS = 200
STATUSES = ("created", "unchanged", "conflict", "invalid")
REFUSED = ("conflict", "invalid")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row: created, unchanged, conflict or invalid, with the field and what to do."""

    line: int
    status: str
    external_id: str = ""
    field: str = ""
    message: str = ""


# A row as a door read it: the line it came from and the object, or why there is none.
ReadRow = tuple[int, Any | RowError]


def ingest_rows(
    project: Project, read_rows: Sequence[ReadRow], *, door: str, batch: IngestBatch | None, now: datetime
) -> list[RowOutcome]:
    """Store and route one chunk of rows in one transaction; one outcome a row, in order.

    A row that is there already with the same content is *unchanged*, with other content a *conflict* and nothing
    of it is stored. When a concurrent delivery stores one of the rows first, the whole chunk is read again. Safe
    to repeat: a killed import, run again, ends in the same rows.
    """
    parsed = [parse_one(line, raw, door=door) for line, raw in read_rows]
    for attempt in range(CHUNK_ATTEMPTS):
        try:
            with transaction.atomic():
                return store_chunk(project, parsed, batch=batch, now=now)
        except IntegrityError:
            if attempt == CHUNK_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def parse_one(line: int, raw: Any | RowError, *, door: str) -> tuple[int, IngestRow | RowOutcome]:
    """The row of a line, or why there is none, under its own id where that much can be read."""
    try:
        if isinstance(raw, RowError):
            raise raw
        row = parse_row(raw, default_source_system=door)
        for index, signal in enumerate(row.signals):
            if signal.name in DERIVED_NAMES:
                raise RowError(f"signals[{index}].name", f"{signal.name!r} is derived here; choose another name")
    except RowError as error:
        named = raw.get("external_id") if isinstance(raw, dict) else None
        # Printable: what made the row unreadable may be a character in the id that no database keeps.
        external_id = named[:200] if isinstance(named, str) and named.isprintable() else ""
        return line, RowOutcome(line, "invalid", external_id, error.field, error.message)
    return line, row


def store_chunk(
    project: Project,
    parsed: Sequence[tuple[int, IngestRow | RowOutcome]],
    *,
    batch: IngestBatch | None,
    now: datetime,
) -> list[RowOutcome]:
    known = known_hashes(project, [row for _, row in parsed if isinstance(row, IngestRow)])
    outcomes, new_rows = [], []
    for line, row in parsed:
        if isinstance(row, RowOutcome):
            outcomes.append(row)
            continue
        key = (row.source_system, row.external_id)
        if key not in known:
            known[key] = row.content_hash
            new_rows.append(row)
            outcomes.append(RowOutcome(line, "created", row.external_id))
        elif known[key] == row.content_hash:
            outcomes.append(RowOutcome(line, "unchanged", row.external_id))
        else:
            outcomes.append(
                RowOutcome(
                    line,
                    "conflict",
                    row.external_id,
                    "external_id",
                    "this id is taken by other content; send changed content under a new id",
                )
            )
    if new_rows:
        store_new_rows(project, new_rows, batch=batch, now=now)
    return outcomes


def known_hashes(project: Project, rows: Sequence[IngestRow]) -> dict[tuple[str, str], str]:
    by_system: dict[str, list[str]] = {}
    for row in rows:
        by_system.setdefault(row.source_system, []).append(row.external_id)
    if not by_system:
        return {}
    lookup = Q()
    for source_system, external_ids in by_system.items():
        lookup |= Q(source_system=source_system, external_id__in=external_ids)
    found = Item.objects.filter(lookup, project=project).values_list("source_system", "external_id", "content_hash")
    return {(source_system, external_id): content_hash for source_system, external_id, content_hash in found}


def store_new_rows(project: Project, rows: Sequence[IngestRow], *, batch: IngestBatch | None, now: datetime) -> None:
    """Items with everything that came with them, each decided under the policy in force for it. Inside the caller's
    transaction."""
    items = [new_item(project, row, batch=batch, now=now) for row in rows]
    in_force = policies_in_force(project)
    if in_force is None:
        save_items(project, items, rows, now=now)
        return
    # Before anything is decided: a judge that changed is not heard from its first verdict on.
    versions = versions_of(project, [verdict for row in rows for verdict in row.judge_verdicts], now=now)
    unheard = unheard_judges(project, now=now) if versions else Unheard()
    maps = maps_in_use(project) if versions else {}
    ensembles = ensembles_of(project) if versions else []
    assessed = []
    for item, row in zip(items, rows, strict=True):
        ruling = in_force.ruling_for(item)
        evidence = evidence_of_row(row, versions, ensembles, unheard, maps)
        assessment = assess(evidence, ruling.policy, u=item.sampling_u)
        place_item(item, assessment.decision, project=project, now=now)
        assessed.append(Assessed(item, assessment, ruling))
    save_items(project, items, rows, now=now)
    save_assessments(assessed, project=project, now=now)


def save_items(project: Project, items: Sequence[Item], rows: Sequence[IngestRow], *, now: datetime) -> None:
    insert_objects(items)
    pairs = list(zip(items, rows, strict=True))
    insert_rows(
        ItemPayload,
        ("item_id", "context", "texts"),
        ((item.pk, row.context, [output.text for output in row.outputs]) for item, row in pairs),
    )
    insert_rows(
        Output,
        ("item_id", "side", "model", "version", "family", "prompt_version"),
        (
            (item.pk, side, output.model, output.version, output.family, output.prompt_version)
            for item, row in pairs
            for side, output in enumerate(row.outputs)
        ),
    )
    insert_rows(
        Signal,
        ("item_id", "name", "kind", "value", "n_votes"),
        (
            (item.pk, signal.name, signal.kind, signal.value, signal.n_votes)
            for item, row in pairs
            for signal in row.signals
        ),
    )
    save_verdicts([(item, row.judge_verdicts) for item, row in pairs if row.judge_verdicts], now=now)
    recuse_authors(project, items, now=now)


def new_item(project: Project, row: IngestRow, *, batch: IngestBatch | None, now: datetime) -> Item:
    return Item(
        project=project,
        batch=batch,
        source_system=row.source_system,
        external_id=row.external_id,
        kind=row.kind,
        stakes=row.stakes,
        intent=row.intent,
        segment=row.segment,
        cluster_key=row.cluster_key,
        author=row.author,
        metadata=row.metadata,
        is_review_requested=row.is_review_requested,
        content_hash=row.content_hash,
        sampling_u=sampling_u(project.sampling_salt, source_system=row.source_system, external_id=row.external_id),
        created_at=now,
    )


def evidence_of_row(
    row: IngestRow,
    versions: Mapping[VersionKey, JudgeVersion],
    ensembles: Sequence[EnsembleVotes],
    unheard: Unheard,
    maps: MapsInUse,
) -> Evidence:
    votes = [vote_from(verdict, versions) for verdict in row.judge_verdicts]
    return Evidence(
        kind=row.kind,
        stakes=row.stakes,
        intent=row.intent,
        segment=row.segment,
        metadata=row.metadata,
        context=row.context,
        texts=[output.text for output in row.outputs],
        source_names=[output.model for output in row.outputs if output.model],
        votes=[*votes, *ensemble_votes(votes, ensembles)],
        signals={signal.name: signal.value for signal in row.signals},
        is_review_requested=row.is_review_requested,
        unheard=unheard,
        maps=maps,
    )


def vote_from(verdict: JudgeVerdictRow, versions: Mapping[VersionKey, JudgeVersion]) -> Vote:
    judge = str(versions[version_key_of(verdict)].pk)
    return Vote(judge, verdict.criterion, verdict.run, verdict.order, verdict.label, verdict.confidence)


@transaction.atomic
def ingest_reference(project: Project, raw: Any, *, now: datetime) -> Item:
    """Store one item that is not traffic: it is never routed, shipped or queued, and waits to become gold.

    An id that is there already is refused. Raises `RowError` for a row that cannot be read.
    """
    row = parse_row(raw, default_source_system="reference")
    if (row.source_system, row.external_id) in known_hashes(project, [row]):
        raise Conflict(f"There is already an item {row.external_id!r} of {row.source_system!r}.")
    item = new_item(project, row, batch=None, now=now)
    item.status = Item.Status.REFERENCE
    save_items(project, [item], [row], now=now)
    return item


@transaction.atomic
def start_batch(
    *,
    project: Project,
    door: str,
    now: datetime,
    file_name: str = "",
    file_format: str = "",
    content: bytes | None = None,
    sent_by: User | None = None,
    state: str = IngestBatch.State.RUNNING,
    token: ApiToken | None = None,
    idempotency_key: str | None = None,
    request_hash: str = "",
) -> IngestBatch:
    """A delivery that rows will be counted under."""
    return IngestBatch.objects.create(
        project=project,
        door=door,
        file_name=file_name[:255],
        file_format=file_format,
        content=content,
        state=state,
        outcome=batch_outcome(Counter(), []),
        sent_by=sent_by,
        token=token,
        idempotency_key=idempotency_key,
        request_hash=request_hash,
        created_at=now,
    )


def batch_outcome(counts: Counter[str], refusals: Sequence[RowOutcome]) -> dict[str, Any]:
    return {
        "counts": {status: counts[status] for status in STATUSES},
        "refusals": [asdict(refusal) for refusal in refusals[:MOST_KEPT_REFUSALS]],
    }


@transaction.atomic
def end_batch(
    batch: IngestBatch,
    *,
    counts: Counter[str],
    refusals: Sequence[RowOutcome],
    now: datetime,
    error: str = "",
    answer: dict[str, Any] | None = None,
) -> None:
    """Close a delivery: its counts, the first refused rows, and one event. The uploaded file is let go.

    `answer` is kept where the sender can ask for it again.
    """
    batch.outcome = batch_outcome(counts, refusals)
    if answer is not None:
        batch.outcome["answer"] = answer
    if error:
        batch.outcome["error"] = error
    batch.state = IngestBatch.State.FAILED if error else IngestBatch.State.DONE
    batch.content = None
    batch.ended_at = now
    batch.save()
    record_event(
        "items.ingested",
        project=batch.project,
        now=now,
        actor=batch.sent_by,
        actor_name=f"token {batch.token.prefix}" if batch.token else "",
        batch_id=batch.pk,
        **batch.outcome["counts"],
    )
