"""`manage.py agreement FILE`: how far the raters of a file agree, every number with its interval and its n."""

import csv
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from labeling.formats.fields import RowError
from labeling.formats.labels import Labels, find_duplicates, keep_one, read_labels, refuse_duplicates
from labeling.formats.lines import BadFile
from labeling.formats.records import refuse_rows
from labeling.stats.results import OTHER_COEFFICIENTS
from labeling.stats.scales import LEVELS, Scale, ScaleError, make_scale, read_label

KINDS = ("pooled", "per_unit", "value_weighted", "unanimous")
MOST_PRINTED = 20
MOST_REPLICATES = 100_000


class Command(BaseCommand):
    # It reads one file and no table; the checks of models would only cost a second.
    requires_system_checks = []
    help = "Compute percent agreement, Krippendorff's alpha and each pair's kappas of a file of labels."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="CSV, TSV, JSONL or Parquet; unit,rater,value or unit and raters")
        add_scale_arguments(parser)
        parser.add_argument("--cluster", metavar="COLUMN", help="resample units of one cluster together")
        parser.add_argument(
            "--duplicates",
            choices=["refuse", "first", "latest"],
            default="refuse",
            help="which row counts where a rater labelled a unit twice",
        )

    def handle(self, *, file, level, categories, bootstrap, seed, cluster, duplicates, as_json, **options):
        import numpy as np

        from labeling.stats.agreement import report_agreement
        from labeling.stats.alpha import KernelMismatch
        from labeling.stats.ratings import TooManyValues, make_ratings

        check_numbers(bootstrap=bootstrap, seed=seed)
        try:
            labels = read_labels(file, cluster_column=cluster)
            if duplicates == "refuse":
                refuse_duplicates(labels.rows)
            rows = keep_one(labels.rows, keep="first" if duplicates == "first" else "latest")
            read, scale = read_scale(((row.number, "value", row.value) for row in rows), level, categories)
            ratings = make_ratings(
                [(row.unit, row.rater, label) for row, label in zip(rows, read, strict=True)],
                scale=scale,
                cluster_of_unit={row.unit: row.cluster for row in rows} if cluster else None,
            )
            report = report_agreement(ratings, replicates=bootstrap, rng=np.random.default_rng(seed))
        except (BadFile, ScaleError, TooManyValues) as error:
            raise CommandError(sentence(error), returncode=2) from error
        except KernelMismatch as error:
            raise CommandError(sentence(error), returncode=1) from error
        document = {
            "level": level,
            "categories": list(scale.categories),
            **report.as_document(),
            "method": describe_method(bootstrap, resampled=f"clusters by {cluster}" if cluster else "units"),
            "replicates": bootstrap,
            "seed": seed,
            "filter": describe_filter(file, labels, duplicates),
        }
        if as_json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False))
        else:
            self.stdout.write("\n".join(draw_table(report, document)))


def add_scale_arguments(parser) -> None:
    parser.add_argument("--level", required=True, choices=LEVELS)
    parser.add_argument("--categories", help="all of them in their order, separated by commas")
    parser.add_argument("--bootstrap", type=int, default=1000, metavar="N", help="replicates; 0 gives no intervals")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")


def check_numbers(*, bootstrap: int, seed: int) -> None:
    if not 0 <= bootstrap <= MOST_REPLICATES:
        raise CommandError(f"--bootstrap is {bootstrap} but must be from 0 to {MOST_REPLICATES:,}.", returncode=2)
    if seed < 0:
        raise CommandError(f"--seed is {seed} but must be 0 or more.", returncode=2)


def read_scale(cells: Iterable[tuple[int, str, str]], level: str, categories: str | None) -> tuple[list[str], Scale]:
    """The labels of (line, column, text) cells as the scale spells them; every one that does not fit is named."""
    declared = None if categories is None else next(csv.reader([categories]), [])
    known = None if declared is None else make_scale(level, declared=declared, observed=()).categories
    labels, refused = [], []
    for number, column, text in cells:
        try:
            label = read_label(text, level=level)
            if known is not None and label not in known:
                raise ScaleError(f"{text!r} is not declared; known are {', '.join(known)}")
        except ScaleError as error:
            refused.append((number, RowError(column, str(error))))
        else:
            labels.append(label)
    refuse_rows(refused)
    return labels, make_scale(level, declared=declared, observed=labels)


def sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def describe_method(bootstrap: int, *, resampled: str) -> str:
    interval = f"95 % percentile bootstrap over {resampled}" if bootstrap else "no intervals"
    return f"alpha by krippendorff {version('krippendorff')}, checked by our kernel to 1e-9; {interval}"


def describe_filter(file: Path, labels: Labels, duplicates: str) -> str:
    parts = [f"every label of {file.name}", f"{labels.n_missing} empty"]
    if n_twice := len(find_duplicates(labels.rows)):
        parts.append(f"of {n_twice} labelled twice by a rater the {duplicates} label counts")
    if labels.ignored:
        parts.append(f"columns not read: {', '.join(labels.ignored)}")
    return "; ".join([*parts, "whether they are first-pass, blind and independent is not known from a file"])


def draw_table(report, document: dict) -> list[str]:
    lines = [
        (
            f"{report.n_values} labels of {report.n_raters} raters on {report.n_units} units, "
            f"{report.n_units_pairable} of them with two or more"
        ),
        f"{document['level']}: {list_shortly(document['categories'])}",
        "",
        f"{'Krippendorff alpha':<32}{report.alpha.as_text()}",
    ]
    for key, name in OTHER_COEFFICIENTS.items():
        lines.append(f"{name:<32}{getattr(report.chance, key).as_text()}")
    for kind in KINDS:
        name = f"agreement, {kind.replace('_', ' ')}"
        lines.append(f"{name:<32}{getattr(report.percent_agreement, kind).as_text()}")
    for pair in report.pairs[:MOST_PRINTED]:
        name = f"kappa, {pair.first} and {pair.second}"
        lines.append(f"{name:<31} {pair.kappas.kappa.as_text()}")
    if len(report.pairs) > MOST_PRINTED:
        lines.append(f"and {len(report.pairs) - MOST_PRINTED} pairs more; all with --json")
    return [*lines, *draw_provenance(document)]


def list_shortly(categories: list[str]) -> str:
    more = len(categories) - MOST_PRINTED
    return ", ".join(categories[:MOST_PRINTED]) + (f" and {more:,} more" if more > 0 else "")


def draw_provenance(document: dict) -> list[str]:
    return [
        "",
        document["method"],
        f"{document['replicates']} replicates, seed {document['seed']}",
        document["filter"],
    ]
