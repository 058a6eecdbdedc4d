"""Labels of every scale leave as rows and come in again as the same labels, parts and boxes included."""

import csv
import io

import pytest
from django.core.management import call_command

from labeling.models import Answer, ImportedLabel
from labeling.services.agreement import make_agreement_run
from tests.commands.exporting import read_csv
from tests.services.agreeing import numbers
from tests.world_scales import CLEAN, Panel, two_claims

COLUMNS = ("external_id", "rater", "criterion", "part", "value", "not_applicable")


@pytest.fixture
def exported(world, clock, capsys):
    """What two people said of two answers, who differ on a passage of one, as the export says it once all is final."""
    panel = Panel(world, overlap=2)
    panel.ingest(two_claims("q-1"), two_claims("q-2"))
    for user, more in ((world.ana, {}), (world.ben, {"relevant~chunk-2": "yes"})):
        panel.review(user, {**CLEAN, **more})
        panel.review(user, CLEAN)
    clock.shift(120)
    world.settle_all()
    capsys.readouterr()
    call_command("export", "shop", "labels", "--format", "csv")
    return panel, read_csv(capsys.readouterr().out)


def as_file(rows):
    """The rows as `import_labels` reads them. Words are no labels: nothing is compared of them."""
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow({**{name: row.get(name, "") for name in COLUMNS}, "not_applicable": row["is_not_applicable"]})
    return written.getvalue()


def test_labels_of_parts_come_in_again_as_they_left(exported, tmp_path, capsys):
    panel, rows = exported
    path = tmp_path / "labels.csv"
    path.write_text(as_file(rows))

    call_command("import_labels", "shop", "panel", str(path), "--blind", "yes")

    said = Answer.objects.filter(criterion__version=panel.version).values_list("criterion", "part", "value")
    came = ImportedLabel.objects.values_list("criterion", "part", "value")
    assert sorted(came) == sorted(said)
    assert f"{len(rows)} created" in capsys.readouterr().out


def test_agreement_on_labels_that_came_in_again_is_that_of_those_made_here(exported, tmp_path, world):
    panel, rows = exported
    made_here = make_agreement_run(panel.version, now=world.now, replicates=0)
    path = tmp_path / "labels.csv"
    path.write_text(as_file(rows))
    call_command("import_labels", "shop", "panel", str(path), "--blind", "yes")

    with_both = make_agreement_run(panel.version, now=world.now, replicates=0)

    before, after = (numbers(run, "relevant") for run in (made_here, with_both))
    assert before["percent_agreement"]["pooled"]["value"] == 0.75
    assert after["n_values"] == 2 * before["n_values"]
    assert after["n_raters"] == 2 * before["n_raters"]
