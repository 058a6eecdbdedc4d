"""The calibration pack as files: labels, corrections, and the manifest that vouches for both."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from labeling.formats.writing import Column, Row, WrittenFile, json_text, read_back, write_csv, write_jsonl, write_text
from labeling.models import Project
from labeling.queries.pack_corrections import CORRECTION_COLUMNS, correction_rows
from labeling.queries.pack_manifest import describe_pack
from labeling.queries.packs import PACK_LABEL_COLUMNS, new_pack, pack_label_rows


def save_pack(project: Project, folder: Path, *, now: datetime) -> dict[str, Any]:
    """Write the pack's files into an empty folder; returns its manifest. Nothing is written to the database."""
    pack = new_pack(project, now=now)
    labels = write_both(folder, "labels", PACK_LABEL_COLUMNS, pack_label_rows(pack))
    corrections = write_both(folder, "corrections", CORRECTION_COLUMNS, correction_rows(pack))
    # The counts are whole only now that every row was read.
    manifest = describe_pack(pack)
    manifest["counts"] |= {
        "n_labels": labels["labels.jsonl"].n_rows,
        "n_corrections": corrections["corrections.jsonl"].n_rows,
    }
    manifest["files"] = {name: asdict(file) for name, file in {**labels, **corrections}.items()}
    write_text(folder / "manifest.json", [json_text(manifest) + "\n"])
    return manifest


def write_both(folder: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> dict[str, WrittenFile]:
    """The rows as JSON lines and as CSV. The second is made of the first: read twice, rows could differ."""
    lines = folder / f"{name}.jsonl"
    as_lines = write_text(lines, write_jsonl(columns, rows))
    as_csv = write_text(folder / f"{name}.csv", write_csv(columns, read_back(columns, lines)))
    return {lines.name: as_lines, f"{name}.csv": replace(as_csv, n_rows=as_lines.n_rows)}
