"""Imported labels and the numbers of a run never change; a label belongs to a frozen version, wherever it was made."""

from django.db import migrations

from labeling.migrations._guards import guarding, never_changed

GUARDS = [
    *never_changed(["importedlabel", "agreementrun", "calibrationrun"]),
    (
        "imported_label_needs_a_frozen_version",
        "BEFORE INSERT",
        "importedlabel",
        (
            "EXISTS (SELECT 1 FROM labeling_criterion c JOIN labeling_rubricversion v ON v.id = c.version_id"
            " WHERE c.id = NEW.criterion_id AND v.frozen_at IS NULL)"
        ),
        "freeze the rubric version before its first label",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("labeling", "0003_add_imported_labels_and_runs")]

    operations = [guarding(GUARDS)]
