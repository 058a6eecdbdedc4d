"""What the tests of `manage.py export` share: running it and reading what it wrote."""

import csv
import io
import json
from pathlib import Path

from django.core.management import call_command

from labeling.models import Item
from labeling.policy.splits import DEVELOPMENT, part_of


def run(*arguments):
    stdout = io.StringIO()
    call_command("export", *map(str, arguments), stdout=stdout)
    return stdout.getvalue()


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_jsonl(text):
    return [json.loads(line) for line in text.splitlines()]


def halves(world):
    """The external ids of the half that may leave, and of the sealed and the audit part, which never do."""
    found = {"development": set(), "sealed": set()}
    for item in Item.objects.filter(project=world.project):
        part = part_of(world.project.sampling_salt, cluster_key=item.cluster_key, item_id=item.pk)
        found["development" if part == DEVELOPMENT else "sealed"].add(item.external_id)
    return found


def read_pack(folder):
    rows = {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for name in ("labels", "corrections")
    }
    return rows["labels"], rows["corrections"], json.loads((folder / "manifest.json").read_text())


def pack_bytes(folder: Path) -> str:
    """Everything that a pack holds, as one text to search in."""
    return b"".join(path.read_bytes() for path in folder.iterdir()).decode()
