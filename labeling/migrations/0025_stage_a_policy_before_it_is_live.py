"""Versions of a policy in shadow and staged, every step of their lives, approvals by a second admin, shadow decisions.

Backwards only while no version is in shadow, staged or withdrawn.
"""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, kept_while_remaking, never_changed

EARLIER = importlib.import_module("labeling.migrations.0002_guard_what_must_not_change").GUARDS
BEFORE, AFTER = kept_while_remaking(EARLIER, "project", "routingpolicy")
GUARDS = [
    *never_changed(["policychange", "policyapproval", "shadowdecision"]),
    (
        "policy_beyond_a_draft_is_never_changed",
        "BEFORE UPDATE",
        "routingpolicy",
        (
            "OLD.state <> 'draft' AND OLD.published_at IS NULL AND (NEW.state = 'draft' OR NEW.definition {distinct} OLD.definition"
            " OR NEW.number <> OLD.number)"
        ),
        "this policy is no draft any more; begin another version",
    ),
    (
        "policy_beyond_a_draft_is_never_deleted",
        "BEFORE DELETE",
        "routingpolicy",
        "OLD.state <> 'draft' AND OLD.published_at IS NULL",
        "this policy is no draft any more",
    ),
    (
        "policy_is_approved_by_somebody_else",
        "BEFORE INSERT",
        "policyapproval",
        (
            "EXISTS (SELECT 1 FROM labeling_routingpolicy AS policy"
            " WHERE policy.id = NEW.policy_id AND policy.author_id = NEW.approved_by_id)"
        ),
        "nobody approves what they wrote",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0024_add_chosen_maps"),
    ]

    operations = [
        BEFORE,
        migrations.CreateModel(
            name="PolicyApproval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("definition_hash", models.CharField(max_length=64)),
                ("approved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("shadow", "In shadow"),
                            ("staged", "Staged"),
                            ("live", "Live"),
                            ("retired", "Retired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("staged_share", models.FloatField(blank=True, null=True)),
                ("reason", models.CharField(max_length=500)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ShadowDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("ship", "Ship"), ("review", "Review"), ("bounce", "Bounce"), ("hold", "Hold")],
                        max_length=10,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("inclusion_probability", models.FloatField()),
                ("decided_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="routingpolicy",
            name="policy_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="routingpolicy",
            name="published_policy_has_a_reason",
        ),
        migrations.AddField(
            model_name="project",
            name="needs_second_admin",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="routingpolicy",
            name="staged_share",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="routingpolicy",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("shadow", "In shadow"),
                    ("staged", "Staged"),
                    ("live", "Live"),
                    ("retired", "Retired"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="routingpolicy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "shadow")), fields=("project",), name="one_policy_in_shadow"
            ),
        ),
        migrations.AddConstraint(
            model_name="routingpolicy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "staged")), fields=("project",), name="one_staged_policy"
            ),
        ),
        migrations.AddConstraint(
            model_name="routingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "shadow", "staged", "live", "retired", "withdrawn"])),
                name="policy_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", True), ("state__in", ["draft", "shadow", "staged", "withdrawn"])),
                    models.Q(
                        ("published_at__isnull", False),
                        ("state__in", ["live", "retired"]),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="published_policy_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("staged_share__gt", 0), ("staged_share__lt", 1), ("state", "staged")),
                    models.Q(models.Q(("state", "staged"), _negated=True), ("staged_share__isnull", True)),
                    _connector="OR",
                ),
                name="staged_policy_has_a_share",
            ),
        ),
        migrations.AddField(
            model_name="policyapproval",
            name="approved_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="policyapproval",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="approvals", to="labeling.routingpolicy"
            ),
        ),
        migrations.AddField(
            model_name="policychange",
            name="changed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="policychange",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="labeling.routingpolicy"
            ),
        ),
        migrations.AddField(
            model_name="shadowdecision",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="shadow_decisions", to="labeling.item"
            ),
        ),
        migrations.AddField(
            model_name="shadowdecision",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shadow_decisions",
                to="labeling.routingpolicy",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyapproval",
            constraint=models.UniqueConstraint(
                fields=("policy", "definition_hash", "approved_by"), name="one_approval_a_person_and_definition"
            ),
        ),
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "shadow", "staged", "live", "retired", "withdrawn"])),
                name="changed_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="policy_change_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("staged_share__isnull", False), ("state", "staged")),
                    models.Q(models.Q(("state", "staged"), _negated=True), ("staged_share__isnull", True)),
                    _connector="OR",
                ),
                name="staging_says_its_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="shadowdecision",
            constraint=models.UniqueConstraint(fields=("policy", "item"), name="one_shadow_decision_an_item"),
        ),
        migrations.AddConstraint(
            model_name="shadowdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["ship", "review", "bounce", "hold"])),
                name="shadow_outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="shadowdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("inclusion_probability__gte", 0), ("inclusion_probability__lte", 1)),
                name="shadow_inclusion_is_a_probability",
            ),
        ),
        AFTER,
        guarding(GUARDS),
    ]
