"""Every kind of output comes in by the API and by file as one and the same item, or is refused by the field's name."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command

from labeling.api.context_shapes import PARTS, SHAPES
from labeling.formats.context import PAIRED_KINDS as KINDS_TAKEN
from labeling.models import ItemPayload
from labeling.policy.blinding import ALLOWED, PAIRED_KINDS, READERS
from tests.kinds import as_lines, every_kind, every_pair


@pytest.mark.parametrize("first", ["api", "file"])
def test_a_row_of_each_kind_is_the_same_by_both_doors(producer, world, tmp_path, first):
    rows = [*every_kind(), *every_pair()]
    path = tmp_path / "kinds.jsonl"
    path.write_text(as_lines(rows))
    doors = {"api": lambda: producer.send(rows).json()["counts"], "file": lambda: counts_of_file(path)}
    second = next(door for door in doors if door != first)

    created, unchanged = doors[first](), doors[second]()

    assert (created["created"], unchanged["unchanged"]) == (len(rows), len(rows))
    stored = {payload.item.external_id: payload for payload in ItemPayload.objects.select_related("item")}
    for row in rows:
        assert stored[row["external_id"]].context == row["context"]
        assert stored[row["external_id"]].item.kind == row["kind"]


def counts_of_file(path):
    printed = StringIO()
    call_command("ingest", "shop", str(path), "--json", stdout=printed)
    return json.loads(printed.getvalue())["counts"]


def test_what_is_taken_as_the_kind_of_a_pair_is_what_can_be_shown():
    assert set(KINDS_TAKEN) == PAIRED_KINDS


def test_the_page_of_the_api_names_every_part_that_is_shown():
    assert set(PARTS) == set(ALLOWED)
    for kind, parts in PARTS.items():
        assert set(ALLOWED[kind]) <= set(re.findall(r"\w+", parts)), kind
    assert set(READERS) | {"passages"} <= set(re.findall(r"\w+", " ".join([*PARTS.values(), *SHAPES])))


def test_a_wrong_shape_is_refused_by_the_name_of_its_field(producer):
    row = next(row for row in every_kind() if row["kind"] == "trajectory")
    row["context"]["steps"][1]["status"] = "fine"

    (result,) = producer.send(row).json()["results"]

    assert (result["status"], result["field"]) == ("invalid", "context.steps[1].status")
    assert "write one of ok, error" in result["message"]
