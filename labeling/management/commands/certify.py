"""`manage.py certify PROJECT` or `--file FILE`: from which confidence on outputs may ship with a promise."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats.lines import BadFile
from labeling.formats.scored import ScoredFile, ScoredOutput, read_scored
from labeling.management.commands.agreement import sentence
from labeling.models import Project
from labeling.queries.threshold_pages import more_of, naive_of, verdict_of
from labeling.queries.thresholds import Promise, newest_promises

METHOD = (
    "fixed-sequence testing with exact binomial p values over thresholds from the quantiles of all scores, labelled or "
    "not; one label a cluster, those whose draw lies below the smallest inclusion probability"
)


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Say what the newest looks of a project certify, or certify a threshold from labels in a file. "
        "1 where nothing is certified: everything goes to people."
    )

    def add_arguments(self, parser):
        parser.add_argument("project", nargs="?", help="what its newest look at each signal found; looks at nothing")
        parser.add_argument(
            "--file",
            type=Path,
            help="CSV, TSV, JSONL or Parquet: score,wrong[,inclusion_probability,draw][,cluster]; wrong is 1 or 0",
        )
        parser.add_argument("--target", type=float, default=0.05, help="tolerable share wrong among what ships")
        parser.add_argument("--confidence", type=float, default=0.90)
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project, file, target, confidence, as_json, **options):
        if (project is None) == (file is None):
            raise CommandError("Name a project or a --file, one of them.", returncode=2)
        if file is not None:
            document, lines, is_certified = certify_file(file, target=target, confidence=confidence)
        else:
            document, lines, is_certified = read_project(project)
        self.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False) if as_json else "\n".join(lines))
        if not is_certified:
            raise CommandError("Nothing is certified: everything goes to people.", returncode=1)


def read_project(slug: str) -> tuple[dict[str, Any], list[str], bool]:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise CommandError(f"There is no project {slug!r}.", returncode=2)
    promises = newest_promises(project, now=now())
    lines = [
        line for one in promises for line in (verdict_of(one), more_of(one.certificate), naive_of(one.certificate))
    ]
    document = {"project": slug, "certificates": [document_of(one) for one in promises]}
    return document, [line for line in lines if line], any(one.is_in_force for one in promises)


def document_of(promise: Promise) -> dict[str, Any]:
    certificate, search = promise.certificate, promise.certificate.search
    return {
        "signal": search.signal,
        "state": certificate.state,
        "threshold": certificate.threshold,
        "is_in_force": promise.is_in_force,
        "lapsed": promise.lapsed or None,
        "target": search.target,
        "confidence": search.confidence,
        "look": search.number,
        "n_labels": certificate.n_labels,
        "n_wrong": certificate.n_wrong,
        "n_more": certificate.n_more,
        "naive_threshold": certificate.naive_threshold,
        "grid_hash": search.grid_hash,
        "steps": certificate.steps,
        "made_at": certificate.made_at.isoformat(),
        "expires_at": certificate.expires_at.isoformat(),
    }


def certify_file(path: Path, *, target: float, confidence: float) -> tuple[dict[str, Any], list[str], bool]:
    """Certify from the labels of a file; whoever runs it settles the number of labels by making the file."""
    import numpy as np

    from labeling.stats.certification import certify, error_at_each, naive_threshold, plan_grid

    if not (0 < target < 1 and 0.5 <= confidence < 1):
        raise CommandError("--target lies between 0 and 1, and --confidence from 0.5 to below 1.", returncode=2)
    try:
        found = read_scored(path)
    except BadFile as error:
        raise CommandError(sentence(error), returncode=2) from error
    if not found.rows:
        raise CommandError(f"{path.name} has no rows.", returncode=2)
    kept = even_rows(found)
    grid = plan_grid(np.array([row.score for row in found.rows]))
    scores = np.array([row.score for row in kept], dtype=float)
    is_wrong = np.array([row.is_wrong for row in kept], dtype=bool)
    told = certify(scores, is_wrong, grid=grid, target=target, confidence=confidence)
    naive = naive_threshold(scores, is_wrong, thresholds=grid.thresholds, target=target)
    errors = error_at_each(scores, is_wrong, grid=grid, confidence=confidence)
    p_of = {step.threshold: step.p for step in told.steps}
    n_labelled = sum(row.is_wrong is not None for row in found.rows)
    document = {
        "state": told.state,
        "threshold": told.threshold,
        "target": target,
        "confidence": confidence,
        "n_rows": len(found.rows),
        "n_labels": len(kept),
        "n_left_out": n_labelled - len(kept),
        "n_more": told.n_more,
        "naive_threshold": naive,
        "steps": [
            {"threshold": threshold, **error.as_document(), "p": p_of.get(threshold)} for threshold, error in errors
        ],
        "method": METHOD,
        "ignored": list(found.ignored),
    }
    return document, lines_of(document), told.threshold is not None


def even_rows(found: ScoredFile) -> list[ScoredOutput]:
    """The labelled rows that form an even sample, one of each cluster, in the file's order."""
    import numpy as np

    from labeling.stats.certification import is_in_even_sample

    firsts: dict[str, ScoredOutput] = {}
    for row in found.rows:
        if row.is_wrong is not None:
            firsts.setdefault(f"cluster {row.cluster}" if row.cluster else f"row {row.number}", row)
    rows = list(firsts.values())
    chances = np.array([row.inclusion_probability for row in rows], dtype=float)
    is_kept = is_in_even_sample(chances, np.array([row.draw for row in rows], dtype=float))
    return [row for row, is_in in zip(rows, is_kept.tolist(), strict=True) if is_in]


def lines_of(document: dict[str, Any]) -> list[str]:
    lines = [f"{'threshold':>10}{'labels':>8}{'wrong':>9}{'upper':>9}{'p':>9}"]
    for step in document["steps"]:
        error, high = ("–" if step[name] is None else f"{100 * step[name]:.2f} %" for name in ("value", "high"))
        p = "–" if step["p"] is None else f"{step['p']:.4f}"
        lines.append(f"{step['threshold']:>10.3g}{step['n']:>8}{error:>9}{high:>9}{p:>9}")
    if document["threshold"] is not None:
        promised = f"at most {100 * document['target']:g} % wrong with {100 * document['confidence']:g} % confidence"
        lines.append(f"certified at {document['threshold']!r}: {promised}, on {document['n_labels']} labels")
    else:
        lines.append(f"{document['state'].replace('_', ' ')}, on {document['n_labels']} labels")
    if document["n_more"] is not None:
        lines.append(f"about {document['n_more']:,} more labels at the last threshold walked would certify it")
    naive = document["naive_threshold"]
    lines.append(f"by hand: {'none' if naive is None else repr(naive)}, the loosest whose sample error looks fine")
    return [*lines, f"{document['method']}; {document['n_left_out']} labels left out"]
