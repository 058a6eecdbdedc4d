"""The calibration pack as files: labels, corrections, examples for a judge, and the manifest that vouches for all."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from labeling.formats.few_shot import FILES, lines_of
from labeling.formats.writing import Column, Row, WrittenFile, json_text, read_back, write_csv, write_jsonl, write_text
from labeling.models import Project
from labeling.policy.few_shot import RULE_IN_WORDS as FEW_SHOT_IN_WORDS
from labeling.policy.few_shot import choose_balanced, describe_choice
from labeling.queries.pack_corrections import CORRECTION_COLUMNS, correction_rows
from labeling.queries.pack_manifest import describe_pack
from labeling.queries.packs import PACK_LABEL_COLUMNS, new_pack, pack_label_rows


def save_pack(project: Project, folder: Path, *, now: datetime) -> dict[str, Any]:
    """Write the pack's files into an empty folder; returns its manifest. Nothing is written to the database."""
    pack = new_pack(project, now=now)
    labels = write_both(folder, "labels", PACK_LABEL_COLUMNS, pack_label_rows(pack))
    corrections = write_both(folder, "corrections", CORRECTION_COLUMNS, correction_rows(pack))
    chosen = choose_balanced(pack.candidates, salt=project.sampling_salt)
    examples = write_examples(folder, [one.line for one in chosen])
    # The counts are whole only now that every row was read.
    manifest = describe_pack(pack)
    manifest["counts"] |= {
        "n_labels": labels["labels.jsonl"].n_rows,
        "n_corrections": corrections["corrections.jsonl"].n_rows,
        "n_few_shot_eligible": len(pack.candidates),
        "n_few_shot": len(chosen),
    }
    manifest["few_shot"] = {"rule": FEW_SHOT_IN_WORDS, "chosen": describe_choice(pack.candidates, chosen)}
    manifest["formats"] = FILES
    manifest["files"] = {name: asdict(file) for name, file in {**labels, **corrections, **examples}.items()}
    write_text(folder / "manifest.json", [json_text(manifest) + "\n"])
    return manifest


def write_examples(folder: Path, chosen_lines: Collection[int]) -> dict[str, WrittenFile]:
    """The chosen corrections in each format. Read back from the file of all, so that none says another thing."""
    chosen = set(chosen_lines)
    written = {}
    for name in FILES:
        rows = read_back(CORRECTION_COLUMNS, folder / "corrections.jsonl")
        examples = (row for line, row in enumerate(rows) if line in chosen)
        written[name] = write_text(folder / name, lines_of(name, examples))
    return written


def write_both(folder: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> dict[str, WrittenFile]:
    """The rows as JSON lines and as CSV. The second is made of the first: read twice, rows could differ."""
    lines = folder / f"{name}.jsonl"
    as_lines = write_text(lines, write_jsonl(columns, rows))
    as_csv = write_text(folder / f"{name}.csv", write_csv(columns, read_back(columns, lines)))
    return {lines.name: as_lines, f"{name}.csv": replace(as_csv, n_rows=as_lines.n_rows)}
