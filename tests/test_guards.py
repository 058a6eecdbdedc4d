"""The triggers behind the guarantees are there: SQLite drops a table's triggers whenever a migration remakes it."""

import importlib

from django.db import connection

GUARDS = [
    guard
    for name in (
        "0002_guard_what_must_not_change",
        "0004_guard_labels_and_runs",
        "0006_add_probe_and_pauses",
        "0007_add_duties_and_absences",
        "0008_add_webhooks_and_alerts",
        "0011_add_imported_later_labels",
        "0015_add_verdict_details_and_reopening",
        "0017_add_standing_and_screenings",
        "0020_offer_a_look_at_the_judge",
        "0021_add_the_life_of_a_judge",
        "0023_add_meta_reviews",
        "0024_add_chosen_maps",
        "0025_stage_a_policy_before_it_is_live",
        "0026_add_certified_thresholds",
        "0028_contract_autonomy",
        "0030_add_traffic_fits",
    )
    for guard in importlib.import_module(f"labeling.migrations.{name}").GUARDS
]


def test_every_guard_stands_after_all_migrations(db):
    table = "sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        table = "(SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal) AS guards"

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM {table}")
        standing = {name for (name,) in cursor.fetchall()}

    assert {guard[0] for guard in GUARDS} - standing == set()
