"""`manage.py judge FILE`: how far a judge's labels are those of people, and what its confidence is worth."""

import json
from dataclasses import replace
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from labeling.formats.judgements import Judgements, read_judgements
from labeling.formats.lines import BadFile
from labeling.management.commands.agreement import (
    MOST_PRINTED,
    add_scale_arguments,
    check_numbers,
    describe_method,
    draw_provenance,
    sentence,
)
from labeling.management.judge_signs import (
    NO_CONFIDENCE,
    NOTHING_PASSES,
    Columns,
    Signs,
    compute_signs,
    read_columns,
    read_passing,
    read_sides,
)
from labeling.stats.results import undefined_because
from labeling.stats.scales import ScaleError

MOST_BINS = 1000
CONVENTIONS = "the difference is judge minus human; of the confusion, rows are human, columns judge, cells units"


class Command(BaseCommand):
    requires_system_checks = []
    help = "Compare a judge with people: agreement, confusion, calibration and maps of its confidence, signs of bias."

    def add_arguments(self, parser):
        parser.add_argument(
            "file",
            type=Path,
            help="CSV, TSV, JSONL or Parquet: unit,human,judge[,confidence][,weight][,judge_swapped][,length]",
        )
        add_scale_arguments(parser)
        parser.add_argument("--bins", type=int, default=10, help="of equal width, (low, high]")
        parser.add_argument("--passing", help="the labels that pass, separated by commas; without it: pass, if there")
        parser.add_argument(
            "--sides",
            help="the labels for the first and second output of a pair; without it: a,b or model_a,model_b, if there",
        )

    def handle(self, *, file, level, categories, bootstrap, seed, bins, passing, sides, as_json, **options):
        from labeling.stats.alpha import KernelMismatch
        from labeling.stats.ratings import TooManyValues

        check_numbers(bootstrap=bootstrap, seed=seed)
        if not 1 <= bins <= MOST_BINS:
            raise CommandError(f"--bins is {bins} but must be from 1 to {MOST_BINS:,}.", returncode=2)
        try:
            judgements = read_judgements(file)
            columns = read_columns(judgements, level, categories)
            passes = read_passing(passing, columns.scale)
            pair = read_sides(sides, columns.scale)
            report, calibration = compute(columns, bins, passes, replicates=bootstrap, seed=seed)
            signs = compute_signs(columns, passes, pair, n_bins=bins, replicates=bootstrap, seed=seed)
        except (BadFile, ScaleError, TooManyValues) as error:
            raise CommandError(sentence(error), returncode=2) from error
        except KernelMismatch as error:
            raise CommandError(sentence(error), returncode=1) from error
        document = {
            "level": level,
            "categories": list(columns.scale.categories),
            "n_units": len(judgements.rows),
            "n_units_pairable": report.n,
            **as_document(report, calibration),
            **signs.as_document(),
            "method": f"{describe_method(bootstrap, resampled='units')}; {CONVENTIONS}",
            "replicates": bootstrap,
            "seed": seed,
            "filter": describe_filter(file, judgements, n_common=report.n, n_calibrated=calibration.n),
        }
        if as_json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False))
        else:
            self.stdout.write("\n".join(draw_table(report, calibration, signs, document)))


def compute(columns: Columns, n_bins: int, passing: set[int] | None, *, replicates: int, seed: int):
    """The judge's report and its calibration; each draws from a stream of random numbers of its own."""
    import numpy as np

    from labeling.stats.calibration import report_calibration
    from labeling.stats.judging import report_judge

    for_report, for_calibration = np.random.default_rng(seed).spawn(2)
    report = report_judge(
        columns.human,
        columns.judge,
        scale=columns.scale,
        replicates=replicates,
        rng=for_report,
        weight=columns.weight,
        passing=passing,
    )
    is_told = columns.is_told
    calibration = report_calibration(
        columns.confidence[is_told],
        (columns.human == columns.judge)[is_told],
        n_bins=n_bins,
        replicates=replicates,
        rng=for_calibration,
        weight=None if columns.weight is None else columns.weight[is_told],
    )
    return report, calibration if "confidence" in columns.names else without_confidence(calibration)


def without_confidence(calibration):
    nothing = undefined_because(NO_CONFIDENCE, n=0)
    return replace(calibration, bins=(), ece=nothing, brier=nothing)


def as_document(report, calibration) -> dict[str, object]:
    kappas = report.kappas
    return {
        "kappa": kappas.kappa.as_document(),
        "kappa_linear": kappas.kappa_linear.as_document(),
        "kappa_quadratic": kappas.kappa_quadratic.as_document(),
        "alpha": report.alpha.as_document(),
        "percent_agreement": kappas.percent.as_document(),
        "confusion": {"labels": list(report.labels), "rows": [list(row) for row in report.confusion]},
        "mean_difference": report.mean_difference.as_document(),
        "gwet_ac1": report.ac1.as_document(),
        "baseline": {
            "label": report.baseline.label,
            "percent_agreement": report.baseline.percent.as_document(),
            "kappa": report.baseline.kappa,
        },
        "caught": detection_of(report).caught.as_document(),
        "passed": detection_of(report).passed.as_document(),
        "reliability": [as_document_of_bin(one) for one in calibration.bins],
        "ece": calibration.ece.as_document(),
        "brier": calibration.brier.as_document(),
    }


def detection_of(report):
    if report.detection is not None:
        return report.detection
    from labeling.stats.detection import Detection

    nothing = undefined_because(NOTHING_PASSES, n=report.n)
    return Detection(nothing, nothing)


def as_document_of_bin(one) -> dict[str, object]:
    return {
        "low": one.low,
        "high": one.high,
        "n": one.n,
        "mean_confidence": one.mean_confidence,
        "share_correct": one.weighted_share,
    }


def describe_filter(file: Path, judgements: Judgements, *, n_common: int, n_calibrated: int) -> str:
    parts = [f"the {n_common} units of {file.name} with both labels", f"{len(judgements.rows) - n_common} without"]
    if "confidence" in judgements.columns:
        parts.append(f"calibration on the {n_calibrated} of them with a confidence")
    if "weight" in judgements.columns:
        parts.append("weighted, except alpha and the confusion")
    if judgements.ignored:
        parts.append(f"columns not read: {', '.join(judgements.ignored)}")
    return "; ".join(parts)


def draw_table(report, calibration, signs: Signs, document: dict) -> list[str]:
    named = {
        "kappa": report.kappas.kappa,
        "kappa, linear": report.kappas.kappa_linear,
        "kappa, quadratic": report.kappas.kappa_quadratic,
        "alpha": report.alpha,
        "percent agreement": report.kappas.percent,
        "Gwet's AC1": report.ac1,
        "mean difference": report.mean_difference,
        "failures caught": detection_of(report).caught,
        "passes passed": detection_of(report).passed,
        f"always {report.baseline.label}": report.baseline.percent,
        "ECE": calibration.ece,
        "Brier": calibration.brier,
    }
    lines = [f"{name:<20}{estimate.as_text()}" for name, estimate in named.items()]
    lines += draw_confusion(report)
    if calibration.bins:
        lines += ["", "confidence        n   mean   share correct"]
    for one in calibration.bins:
        mean = "" if one.mean_confidence is None else f"{one.mean_confidence:.3f}"
        share = one.share_correct.as_text() if one.n else ""
        lines.append(f"({one.low:.2f}, {one.high:.2f}]{one.n:>7}{mean:>8}  {share}")
    return [*lines, *signs.draw(), *draw_provenance(document)]


def draw_confusion(report) -> list[str]:
    if not 0 < len(report.labels) <= MOST_PRINTED:
        return []
    width = max(6, *(len(label) for label in report.labels)) + 2
    lines = ["", "human \\ judge".ljust(16) + "".join(label.rjust(width) for label in report.labels)]
    for label, row in zip(report.labels, report.confusion, strict=True):
        lines.append(label.ljust(16) + "".join(str(count).rjust(width) for count in row))
    return lines
