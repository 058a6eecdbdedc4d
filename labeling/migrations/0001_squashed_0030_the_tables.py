"""The tables as the first thirty migrations leave them, made at once: a new installation starts in a third of the time.

One that has some of the thirty goes through the rest of them; tests/test_first_tables.py holds both ways to the same.
"""

import importlib

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import labeling.models.projects
import labeling.models.queues
import labeling.models.webhooks
from labeling.migrations._guards import guarding

GUARDED = (
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
    "0022_add_judge_batches",
    "0023_add_meta_reviews",
    "0024_add_chosen_maps",
    "0025_stage_a_policy_before_it_is_live",
    "0026_add_certified_thresholds",
    "0027_add_the_never_delegate_register",
    "0028_contract_autonomy",
    "0030_add_traffic_fits",
)
GUARDS = [guard for name in GUARDED for guard in importlib.import_module(f"labeling.migrations.{name}").GUARDS]


class Migration(migrations.Migration):
    replaces = [
        ("labeling", "0001_create_the_tables"),
        ("labeling", "0002_guard_what_must_not_change"),
        ("labeling", "0003_add_imported_labels_and_runs"),
        ("labeling", "0004_guard_labels_and_runs"),
        ("labeling", "0005_keep_a_place_in_line"),
        ("labeling", "0006_add_probe_and_pauses"),
        ("labeling", "0007_add_duties_and_absences"),
        ("labeling", "0008_add_webhooks_and_alerts"),
        ("labeling", "0009_index_what_is_asked_often"),
        ("labeling", "0010_add_guideline_gaps"),
        ("labeling", "0011_add_imported_later_labels"),
        ("labeling", "0012_add_scales_and_parts"),
        ("labeling", "0013_add_calibration_rounds"),
        ("labeling", "0014_add_rubric_drafts"),
        ("labeling", "0015_add_verdict_details_and_reopening"),
        ("labeling", "0016_watch_disputed_items_too"),
        ("labeling", "0017_add_standing_and_screenings"),
        ("labeling", "0018_recuse_whoever_met_an_item"),
        ("labeling", "0019_cap_what_is_open_at_once"),
        ("labeling", "0020_offer_a_look_at_the_judge"),
        ("labeling", "0021_add_the_life_of_a_judge"),
        ("labeling", "0022_add_judge_batches"),
        ("labeling", "0023_add_meta_reviews"),
        ("labeling", "0024_add_chosen_maps"),
        ("labeling", "0025_stage_a_policy_before_it_is_live"),
        ("labeling", "0026_add_certified_thresholds"),
        ("labeling", "0027_add_the_never_delegate_register"),
        ("labeling", "0028_contract_autonomy"),
        ("labeling", "0029_add_the_cost_of_an_hour"),
        ("labeling", "0030_add_traffic_fits"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("beaten_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=60)),
                ("arguments", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("due", "Due"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("n_attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["due", "running"])), fields=["due_at"], name="jobs_to_do"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["due", "running", "done", "failed"])),
                        name="job_state_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "sampling_salt",
                    models.CharField(default=labeling.models.projects.new_salt, editable=False, max_length=64),
                ),
                ("hold_seconds", models.PositiveIntegerField(default=900)),
                ("take_back_seconds", models.PositiveIntegerField(default=30)),
                ("alert_after_seconds", models.PositiveIntegerField(default=300)),
                ("needs_second_admin", models.BooleanField(default=False)),
                ("is_demonstration", models.BooleanField(default=False)),
                ("hourly_cost", models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                ("currency", models.CharField(default="$", max_length=8)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("hourly_cost__isnull", True), ("hourly_cost__gte", 0), _connector="OR"),
                        name="an_hour_costs_nothing_or_more",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShownItem",
            fields=[
                ("content_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="labeling.project"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("prefix", models.CharField(max_length=12)),
                ("scopes", models.JSONField(default=list)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="labeling.project",
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("actor_name", models.CharField(blank=True, max_length=150)),
                ("subject", models.JSONField(default=dict)),
                ("content_hash", models.CharField(max_length=64)),
                ("happened_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["project", "-id"], name="events_of_project")],
            },
        ),
        migrations.CreateModel(
            name="Guardrail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="guardrails", to="labeling.project"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agreement", "Agreement floor"),
                            ("gold", "Gold accuracy"),
                            ("escaped", "Escaped-error budget"),
                            ("drift", "Drift of a judge"),
                        ],
                        max_length=10,
                    ),
                ),
                ("limit", models.FloatField(blank=True, null=True)),
                ("is_on", models.BooleanField(default=False)),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "kind"), name="one_guardrail_a_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["agreement", "gold", "escaped", "drift"])),
                        name="guardrail_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "drift"), ("limit__isnull", True)),
                            models.Q(
                                models.Q(("kind", "drift"), _negated=True),
                                ("limit__gte", 0),
                                ("limit__isnull", False),
                                ("limit__lte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="guardrail_has_its_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgeEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judge_endpoints",
                        to="labeling.project",
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                ("model", models.CharField(max_length=120)),
                ("family", models.CharField(blank=True, max_length=120)),
                ("sealed_key", models.TextField(blank=True, editable=False)),
                ("currency", models.CharField(default="USD", max_length=3)),
                ("price_in", models.DecimalField(decimal_places=6, max_digits=12)),
                ("price_out", models.DecimalField(decimal_places=6, max_digits=12)),
                ("timeout_seconds", models.PositiveSmallIntegerField(default=60)),
                ("max_output_tokens", models.PositiveIntegerField(default=600)),
                (
                    "limit_name",
                    models.CharField(
                        choices=[
                            ("max_tokens", "max_tokens (most servers)"),
                            ("max_completion_tokens", "max_completion_tokens (OpenAI’s newer models)"),
                        ],
                        default="max_tokens",
                        max_length=24,
                    ),
                ),
                (
                    "answer_form",
                    models.CharField(
                        choices=[
                            ("json_schema", "By a JSON schema"),
                            ("json_object", "As any JSON object"),
                            ("text", "As text, asked for in words alone"),
                        ],
                        default="json_schema",
                        max_length=12,
                    ),
                ),
                ("most_at_once", models.PositiveSmallIntegerField(default=2)),
                ("rests_until", models.DateTimeField(blank=True, null=True)),
                ("off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("off_at__isnull", True)),
                        fields=("project", "name"),
                        name="one_judge_endpoint_per_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answer_form__in", ["json_schema", "json_object", "text"])),
                        name="judge_answer_form_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("limit_name__in", ["max_tokens", "max_completion_tokens"])),
                        name="judge_limit_name_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_in__gte", 0), ("price_out__gte", 0)),
                        name="judge_prices_are_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("timeout_seconds__gte", 1), ("timeout_seconds__lte", 600)),
                        name="judge_timeout_is_1_to_600_seconds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("most_at_once__gte", 1), ("most_at_once__lte", 16)),
                        name="judge_is_asked_1_to_16_at_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judge_versions",
                        to="labeling.project",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("family", models.CharField(blank=True, max_length=120)),
                ("prompt_hash", models.CharField(blank=True, max_length=128)),
                ("parameters", models.JSONField(default=dict)),
                ("parameters_hash", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "name", "model", "prompt_hash", "parameters_hash"), name="one_judge_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="labeling.project"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("reviewer", "Reviewer"), ("owner", "Eval owner"), ("admin", "Admin")], max_length=10
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "user", "role"), name="one_membership_per_role"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["reviewer", "owner", "admin"])),
                        name="membership_role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpaqueSystem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opaque_systems",
                        to="labeling.project",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("source", models.CharField(max_length=250)),
            ],
            options={
                "ordering": ["project", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "number"), name="one_system_per_number"),
                    models.UniqueConstraint(fields=("project", "source"), name="one_number_per_system"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="systems_count_from_1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rater",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="raters", to="labeling.project"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("user", "Reviewer"), ("imported", "Imported"), ("judge", "Judge")], max_length=10
                    ),
                ),
                ("name", models.CharField(max_length=150)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="raters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("unblinded_at", models.DateTimeField(blank=True, null=True)),
                ("at_it_since", models.DateTimeField(blank=True, null=True)),
                ("last_submitted_at", models.DateTimeField(blank=True, null=True)),
                ("hint_put_away_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "kind", "name"), name="one_rater_per_name"),
                    models.UniqueConstraint(fields=("project", "user"), name="one_rater_per_user"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["user", "imported", "judge"])), name="rater_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "user"), ("user__isnull", False)),
                            models.Q(models.Q(("kind", "user"), _negated=True), ("user__isnull", True)),
                            _connector="OR",
                        ),
                        name="rater_is_a_user_or_a_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="policies", to="labeling.project"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
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
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("staged_share", models.FloatField(blank=True, null=True)),
                ("definition", models.JSONField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "routing policies",
                "ordering": ["project", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "number"), name="one_policy_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")), fields=("project",), name="one_live_policy"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "shadow")), fields=("project",), name="one_policy_in_shadow"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "staged")), fields=("project",), name="one_staged_policy"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "shadow", "staged", "live", "retired", "withdrawn"])
                        ),
                        name="policy_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", True),
                                ("state__in", ["draft", "shadow", "staged", "withdrawn"]),
                            ),
                            models.Q(
                                ("published_at__isnull", False),
                                ("state__in", ["live", "retired"]),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="published_policy_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("staged_share__gt", 0), ("staged_share__lt", 1), ("state", "staged")),
                            models.Q(models.Q(("state", "staged"), _negated=True), ("staged_share__isnull", True)),
                            _connector="OR",
                        ),
                        name="staged_policy_has_a_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rubric",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rubrics", to="labeling.project"
                    ),
                ),
                ("key", models.SlugField()),
                ("name", models.CharField(max_length=120)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("review_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("project", "key"), name="one_rubric_per_key")],
            },
        ),
        migrations.CreateModel(
            name="TrafficFit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="traffic_fits", to="labeling.project"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("centroids", models.BinaryField()),
                ("nearness", models.BinaryField()),
                ("n_items", models.PositiveIntegerField()),
                ("fitted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "kind", "number"), name="one_traffic_fit_per_number"),
                    models.CheckConstraint(condition=models.Q(("n_items__gt", 1)), name="traffic_fit_rests_on_texts"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="webhooks", to="labeling.project"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                ("hears", models.JSONField(default=list)),
                (
                    "secret_seed",
                    models.CharField(default=labeling.models.webhooks.new_seed, editable=False, max_length=64),
                ),
                ("previous_seed", models.CharField(blank=True, editable=False, max_length=64)),
                ("previous_until", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "off_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("admin", "Switched off by an admin"),
                            ("failing", "Switched off: nothing got through for three days"),
                            ("gone", "Switched off: the receiver says that it is gone"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("off_at__isnull", True), ("off_reason", "")),
                            models.Q(("off_at__isnull", False), ("off_reason__in", ["admin", "failing", "gone"])),
                            _connector="OR",
                        ),
                        name="webhook_off_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("previous_seed", ""), ("previous_until__isnull", True)),
                            models.Q(("previous_until__isnull", False), models.Q(("previous_seed", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="previous_secret_has_an_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="labeling.rater"
                    ),
                ),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("begun_at__isnull", True), ("cancelled_at__isnull", True)),
                        fields=["first_day"],
                        name="absences_to_begin",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="absence_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EnsembleMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ensemble",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="labeling.judgeversion"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ensembles",
                        to="labeling.judgeversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ensemble", "member"), name="one_vote_a_member"),
                    models.CheckConstraint(
                        condition=models.Q(("ensemble", models.F("member")), _negated=True),
                        name="no_ensemble_of_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventSeal",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="seal",
                        serialize=False,
                        to="labeling.event",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seals", to="labeling.project"
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField()),
                ("chain_hash", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("project", "sequence"), name="one_seal_per_sequence")],
            },
        ),
        migrations.CreateModel(
            name="FallbackPolicy",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fallback",
                        serialize=False,
                        to="labeling.project",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.routingpolicy"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("set_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="IngestBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="batches", to="labeling.project"
                    ),
                ),
                ("door", models.CharField(max_length=10)),
                ("file_name", models.CharField(blank=True, max_length=255)),
                ("file_format", models.CharField(blank=True, max_length=20)),
                ("content", models.BinaryField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="done",
                        max_length=10,
                    ),
                ),
                ("idempotency_key", models.CharField(blank=True, max_length=200, null=True)),
                ("request_hash", models.CharField(blank=True, max_length=64)),
                ("outcome", models.JSONField(default=dict)),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="labeling.apitoken",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "idempotency_key"), name="one_batch_per_idempotency_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                        name="batch_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgeCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judged_criteria",
                        to="labeling.judgeversion",
                    ),
                ),
                ("criterion", models.CharField(max_length=40)),
                (
                    "higher_is",
                    models.CharField(
                        choices=[("better", "Higher is better"), ("worse", "Higher is worse")], max_length=6
                    ),
                ),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("judge_version", "criterion"), name="one_direction_per_judge_criterion"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("higher_is__in", ["better", "worse"])), name="score_direction_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyApproval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="approvals",
                        to="labeling.routingpolicy",
                    ),
                ),
                ("definition_hash", models.CharField(max_length=64)),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("approved_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("policy", "definition_hash", "approved_by"), name="one_approval_a_person_and_definition"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="labeling.routingpolicy"
                    ),
                ),
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
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "shadow", "staged", "live", "retired", "withdrawn"])
                        ),
                        name="changed_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="policy_change_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("staged_share__isnull", False), ("state", "staged")),
                            models.Q(models.Q(("state", "staged"), _negated=True), ("staged_share__isnull", True)),
                            _connector="OR",
                        ),
                        name="staging_says_its_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="queues", to="labeling.project"
                    ),
                ),
                ("slug", models.SlugField()),
                ("name", models.CharField(max_length=80)),
                (
                    "rubric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="queues", to="labeling.rubric"
                    ),
                ),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("overlap", models.PositiveSmallIntegerField(default=1)),
                ("doubled_share", models.FloatField(default=0.2)),
                ("gold_share", models.FloatField(default=0.1)),
                ("probe_share", models.FloatField(default=0.0)),
                ("reveal_share", models.FloatField(default=0.0)),
                ("breaks_ties", models.BooleanField(default=True)),
                ("daily_cap", models.PositiveIntegerField(default=120)),
                ("most_open", models.PositiveSmallIntegerField(default=5)),
                ("lease_seconds", models.PositiveIntegerField(default=900)),
                (
                    "seeding_secret",
                    models.CharField(default=labeling.models.queues.new_secret, editable=False, max_length=64),
                ),
                ("is_open", models.BooleanField(default=True)),
                ("required_accuracy", models.FloatField(blank=True, default=0.85, null=True)),
                ("most_exposures", models.PositiveSmallIntegerField(default=30)),
                ("repeat_share", models.FloatField(default=0.03)),
                ("repeat_days", models.PositiveSmallIntegerField(default=14)),
                ("round_days", models.PositiveSmallIntegerField(default=30)),
                ("round_items", models.PositiveSmallIntegerField(default=20)),
                ("needs_qualification", models.BooleanField(default=False)),
                ("n_training", models.PositiveSmallIntegerField(default=10)),
                ("n_screen", models.PositiveSmallIntegerField(default=20)),
                ("screen_passing_share", models.FloatField(default=0.8)),
                ("qualification_days", models.PositiveSmallIntegerField(default=180)),
                ("on_duty", models.PositiveSmallIntegerField(default=0)),
                ("rotation_days", models.PositiveSmallIntegerField(default=7)),
                ("rotation_starts_on", models.DateField(blank=True, null=True)),
                ("is_reserved", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "slug"), name="one_queue_per_slug"),
                    models.CheckConstraint(
                        condition=models.Q(("overlap__gte", 1), ("overlap__lte", 20)), name="overlap_is_1_to_20"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("doubled_share__gte", 0), ("doubled_share__lte", 1)),
                        name="doubled_share_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("gold_share__gte", 0), ("gold_share__lte", 1)), name="gold_share_is_a_share"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("on_duty", 0),
                            models.Q(("rotation_days__gte", 1), ("rotation_starts_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="rotation_has_a_start_and_a_length",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("probe_share__gte", 0), ("probe_share__lte", 1)),
                        name="probe_share_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reveal_share__gte", 0), ("reveal_share__lte", 1)),
                        name="reveal_share_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("required_accuracy__isnull", True),
                            models.Q(("required_accuracy__gt", 0), ("required_accuracy__lt", 1)),
                            _connector="OR",
                        ),
                        name="required_accuracy_is_between_0_and_1",
                    ),
                    models.CheckConstraint(condition=models.Q(("most_open__gte", 1)), name="one_item_may_be_open"),
                    models.CheckConstraint(
                        condition=models.Q(("repeat_share__gte", 0), ("repeat_share__lte", 1)),
                        name="repeat_share_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("screen_passing_share__gte", 0), ("screen_passing_share__lte", 1)),
                        name="screen_passing_share_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("n_screen__gte", 1),
                            ("qualification_days__gte", 1),
                            ("repeat_days__gte", 1),
                            ("round_items__gte", 1),
                        ),
                        name="repeats_rounds_and_screens_have_a_size",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RubricVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rubric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="labeling.rubric"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("instructions", models.TextField(blank=True)),
                ("asks_verdict", models.BooleanField(default=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("in_use_from", models.DateTimeField(blank=True, null=True)),
                (
                    "in_use_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["rubric", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("rubric", "number"), name="one_rubric_version_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("in_use_from__isnull", True)),
                        fields=("rubric",),
                        name="one_draft_per_rubric",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("frozen_at__isnull", True), ("in_use_from__isnull", False), _connector="OR"
                        ),
                        name="only_versions_in_use_freeze",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="rubric_versions_count_from_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sendings", to="labeling.project"
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sendings",
                        to="labeling.webhook",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("subject", models.CharField(max_length=80)),
                (
                    "message_id",
                    models.CharField(default=labeling.models.webhooks.new_message_id, max_length=40, unique=True),
                ),
                ("title", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Delivered"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("n_attempts", models.PositiveIntegerField(default=0)),
                ("n_tries", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["webhook", "due_at"],
                        name="sendings_to_do",
                    ),
                    models.Index(fields=["webhook", "-id"], name="sendings_of_webhook"),
                    models.Index(
                        condition=models.Q(("state", "sending")),
                        fields=["webhook", "due_at"],
                        name="sendings_under_way",
                    ),
                    models.Index(condition=models.Q(("state", "failed")), fields=["webhook"], name="failed_sendings"),
                    models.Index(
                        condition=models.Q(("webhook__isnull", True)),
                        fields=["project", "-id"],
                        name="letters_of_project",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("webhook", "subject"), name="one_sending_per_webhook_and_subject"),
                    models.UniqueConstraint(
                        fields=("recipient", "subject"), name="one_sending_per_recipient_and_subject"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "sending", "sent", "failed"])),
                        name="sending_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recipient__isnull", True), ("webhook__isnull", False)),
                            models.Q(("recipient__isnull", False), ("webhook__isnull", True)),
                            _connector="OR",
                        ),
                        name="sending_goes_to_one_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("due_at__isnull", False), ("state__in", ["waiting", "sending"])),
                            models.Q(("due_at__isnull", True), ("state__in", ["sent", "failed"])),
                            _connector="OR",
                        ),
                        name="sending_is_due_until_it_is_over",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThresholdSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="threshold_searches",
                        to="labeling.project",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threshold_searches",
                        to="labeling.routingpolicy",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("signal", models.CharField(max_length=80)),
                ("target", models.FloatField()),
                ("confidence", models.FloatField()),
                ("grid", models.JSONField()),
                ("grid_hash", models.CharField(max_length=64)),
                ("n_scores", models.PositiveIntegerField()),
                ("n_labels", models.PositiveIntegerField()),
                ("planned_at", models.DateTimeField()),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "threshold searches",
                "ordering": ["project", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "signal", "number"), name="one_search_per_number"),
                    models.CheckConstraint(
                        condition=models.Q(("target__gt", 0), ("target__lt", 1)), name="target_is_a_tolerable_share"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("confidence__gt", 0), ("confidence__lt", 1)),
                        name="confidence_is_short_of_sure",
                    ),
                    models.CheckConstraint(condition=models.Q(("n_labels__gt", 0)), name="search_looks_at_labels"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("filter_name", models.CharField(max_length=40)),
                ("filter_in_words", models.CharField(max_length=300)),
                ("input_hash", models.CharField(max_length=64)),
                ("method", models.CharField(max_length=200)),
                ("replicates", models.PositiveIntegerField()),
                ("seed", models.PositiveIntegerField()),
                ("code_version", models.CharField(max_length=40)),
                ("numbers", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreement_runs",
                        to="labeling.rubricversion",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["rubric_version", "-made_at"], name="agreement_runs_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rubric_version", "filter_name", "input_hash", "replicates", "seed", "code_version"),
                        name="one_agreement_run_per_input",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("filter_in_words", ""), _negated=True), name="agreement_run_says_its_filter"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalibrationRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="labeling.queue"
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="labeling.rubricversion"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=80)),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-opened_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "number"), name="one_round_per_number"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="rounds_count_from_one"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="round_has_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gt", models.F("opened_at"))), name="round_is_due_after_it_opened"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalibrationRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("filter_name", models.CharField(max_length=40)),
                ("filter_in_words", models.CharField(max_length=300)),
                ("input_hash", models.CharField(max_length=64)),
                ("method", models.CharField(max_length=200)),
                ("replicates", models.PositiveIntegerField()),
                ("seed", models.PositiveIntegerField()),
                ("code_version", models.CharField(max_length=40)),
                ("numbers", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calibration_runs",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calibration_runs",
                        to="labeling.rubricversion",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["judge_version", "-made_at"], name="calibration_runs_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "judge_version",
                            "rubric_version",
                            "filter_name",
                            "input_hash",
                            "replicates",
                            "seed",
                            "code_version",
                        ),
                        name="one_calibration_run_per_input",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("filter_in_words", ""), _negated=True),
                        name="calibration_run_says_its_filter",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="criteria",
                        to="labeling.rubricversion",
                    ),
                ),
                ("key", models.SlugField(max_length=40)),
                ("position", models.PositiveSmallIntegerField()),
                ("question", models.CharField(max_length=300)),
                ("hint", models.CharField(blank=True, max_length=300)),
                (
                    "scale",
                    models.CharField(
                        choices=[
                            ("binary", "Yes or no"),
                            ("nominal", "Categories"),
                            ("ordinal", "Ordered points"),
                            ("interval", "A number"),
                            ("pairwise", "A, B or tie"),
                            ("multi_label", "Any that apply"),
                            ("text", "Words"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "parts",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "The whole output"),
                            ("claim", "Each claim"),
                            ("chunk", "Each passage"),
                            ("citation", "Each citation"),
                            ("step", "Each step"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("options", models.JSONField()),
                ("bounds", models.JSONField(blank=True, null=True)),
                ("asked_when", models.JSONField(blank=True, null=True)),
                ("is_required", models.BooleanField(default=True)),
                ("allows_na", models.BooleanField(default=False)),
                ("is_gating", models.BooleanField(default=False)),
                ("rationale_on", models.JSONField(blank=True, default=list)),
                ("weight", models.DecimalField(decimal_places=2, default=1, max_digits=6)),
            ],
            options={
                "ordering": ["version", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "key"), name="one_criterion_per_key"),
                    models.UniqueConstraint(fields=("version", "position"), name="one_criterion_per_position"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "scale__in",
                                ["binary", "nominal", "ordinal", "interval", "pairwise", "multi_label", "text"],
                            )
                        ),
                        name="criterion_scale_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parts__in", ["", "claim", "chunk", "citation", "step"])),
                        name="criterion_parts_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 0)), name="criterion_weight_is_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="duties", to="labeling.queue"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="duties", to="labeling.rater"
                    ),
                ),
                (
                    "stands_in_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="backups",
                        to="labeling.rater",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("daily_cap", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "duties",
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "reviewer"), name="one_duty_per_reviewer"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stands_in_for__isnull", True),
                            models.Q(("stands_in_for", models.F("reviewer")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_stands_in_for_themself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("daily_cap__isnull", True), ("daily_cap__gte", 1), _connector="OR"),
                        name="own_cap_lets_somebody_work",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GuidelineGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gaps", to="labeling.rubricversion"
                    ),
                ),
                ("question_key", models.CharField(max_length=50)),
                ("statement", models.CharField(max_length=500)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closes",
                        to="labeling.rubricversion",
                    ),
                ),
            ],
            options={
                "ordering": ["opened_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("statement", ""), _negated=True), name="guideline_gap_states_itself"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("version", "question_key"),
                        name="one_open_gap_per_question",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="labeling.project"
                    ),
                ),
                ("source_system", models.CharField(max_length=80)),
                ("external_id", models.CharField(max_length=200)),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="items",
                        to="labeling.ingestbatch",
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                (
                    "stakes",
                    models.CharField(
                        choices=[("high", "High"), ("medium", "Medium"), ("low", "Low"), ("unstated", "Unstated")],
                        default="unstated",
                        max_length=10,
                    ),
                ),
                ("intent", models.CharField(blank=True, max_length=80)),
                ("segment", models.CharField(blank=True, max_length=80)),
                ("cluster_key", models.CharField(blank=True, max_length=200)),
                ("author", models.CharField(blank=True, max_length=150)),
                ("metadata", models.JSONField(default=dict)),
                ("is_review_requested", models.BooleanField(default=False)),
                ("content_hash", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unrouted", "No live policy yet"),
                            ("awaiting", "Awaiting signals"),
                            ("bounced", "Bounced"),
                            ("shipped", "Shipped"),
                            ("in_review", "In review"),
                            ("disputed", "Disputed"),
                            ("final", "Final"),
                            ("reference", "Gold reference"),
                        ],
                        default="unrouted",
                        max_length=10,
                    ),
                ),
                ("sampling_u", models.FloatField()),
                ("hold_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project", "status", "-id"], name="items_by_status"),
                    models.Index(
                        condition=models.Q(("status", "awaiting")), fields=["hold_until"], name="items_on_hold"
                    ),
                    models.Index(
                        condition=models.Q(("author", ""), _negated=True),
                        fields=["project"],
                        name="items_with_an_author",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "source_system", "external_id"), name="one_item_per_external_id"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "unrouted",
                                    "awaiting",
                                    "bounced",
                                    "shipped",
                                    "in_review",
                                    "disputed",
                                    "final",
                                    "reference",
                                ],
                            )
                        ),
                        name="item_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stakes__in", ["high", "medium", "low", "unstated"])),
                        name="item_stakes_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sampling_u__gte", 0), ("sampling_u__lt", 1)),
                        name="sampling_u_is_a_uniform_draw",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "awaiting"), _negated=True),
                            ("hold_until__isnull", False),
                            _connector="OR",
                        ),
                        name="awaiting_item_has_a_hold",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgePrompt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judge_prompts",
                        to="labeling.rubricversion",
                    ),
                ),
                ("prompt_hash", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("rubric_version", "prompt_hash"), name="one_judge_prompt_per_hash")
                ],
            },
        ),
        migrations.CreateModel(
            name="NamedDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_decisions",
                        to="labeling.project",
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("rule_name", models.CharField(blank=True, max_length=60)),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="named_decisions",
                        to="labeling.queue",
                    ),
                ),
                (
                    "accountable",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "backup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("review_on", models.DateField()),
                ("told_of", models.DateField(blank=True, null=True)),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("entered_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["review_on", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True), models.Q(("rule_name", ""), _negated=True)),
                        fields=("project", "rule_name"),
                        name="one_line_guards_a_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="named_decision_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("queue__isnull", True), ("rule_name", "")),
                            models.Q(
                                models.Q(("rule_name", ""), _negated=True),
                                ("backup__isnull", False),
                                ("queue__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="guarded_rule_has_a_queue_and_a_backup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("backup__isnull", True),
                            models.Q(("backup", models.F("accountable")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_backs_up_themself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="end_of_a_named_decision_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RubricApproval",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="approval",
                        serialize=False,
                        to="labeling.rubricversion",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("approved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="labeling.queue"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="labeling.rater"
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="screenings",
                        to="labeling.rubricversion",
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("trained_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("n_right", models.PositiveIntegerField(blank=True, null=True)),
                ("n_cases", models.PositiveIntegerField(blank=True, null=True)),
                ("has_passed", models.BooleanField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("queue", "reviewer"),
                        name="one_screening_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("has_passed__isnull", True)),
                            models.Q(("ended_at__isnull", False), ("has_passed__isnull", False)),
                            _connector="OR",
                        ),
                        name="ended_screening_has_a_result",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SealedOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="openings", to="labeling.judgeversion"
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="labeling.rubricversion",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("items_since", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("judge_version", "rubric_version", "number"), name="sealed_part_opens_once_a_term"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="opening_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="labeling.queue"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="labeling.rater"
                    ),
                ),
                ("turns", models.PositiveIntegerField(default=0)),
                ("taken_at", models.DateTimeField()),
                ("place_priority", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("place_due_at", models.DateTimeField(blank=True, null=True)),
                ("place_slot", models.BigIntegerField(blank=True, null=True)),
                ("place_until", models.DateTimeField(blank=True, null=True)),
                ("known_until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "reviewer"), name="one_seat_per_reviewer"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("place_due_at__isnull", True),
                                ("place_priority__isnull", True),
                                ("place_slot__isnull", True),
                                ("place_until__isnull", True),
                            ),
                            models.Q(
                                ("place_due_at__isnull", False),
                                ("place_priority__isnull", False),
                                ("place_slot__isnull", False),
                                ("place_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="place_in_line_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SendingAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sending",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="labeling.sending"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("ended_at", models.DateTimeField()),
                ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("status", models.PositiveIntegerField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("error", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("sending", "number"), name="one_record_per_attempt")],
            },
        ),
        migrations.CreateModel(
            name="StandingPeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_periods",
                        to="labeling.queue",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_periods",
                        to="labeling.rater",
                    ),
                ),
                (
                    "state",
                    models.CharField(choices=[("paused", "Paused"), ("probation", "On probation")], max_length=10),
                ),
                ("reason", models.CharField(max_length=300)),
                ("began_at", models.DateTimeField()),
                (
                    "began_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("counted_from", models.DateTimeField(blank=True, null=True)),
                ("n_right", models.PositiveIntegerField(blank=True, null=True)),
                ("n_known", models.PositiveIntegerField(blank=True, null=True)),
                ("required", models.FloatField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_because", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("queue", "reviewer"),
                        name="one_standing_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["paused", "probation"])), name="standing_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="standing_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("ended_because", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="end_of_standing_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("n_known__isnull", True), ("n_right__isnull", True), ("required__isnull", True)),
                            models.Q(
                                ("n_known__isnull", False), ("n_right__isnull", False), ("required__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="evidence_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThresholdCertificate",
            fields=[
                (
                    "search",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="certificate",
                        serialize=False,
                        to="labeling.thresholdsearch",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("certified", "Certified"),
                            ("inconclusive", "Inconclusive"),
                            ("all_to_people", "All to people"),
                        ],
                        max_length=14,
                    ),
                ),
                ("threshold", models.FloatField(blank=True, null=True)),
                ("naive_threshold", models.FloatField(blank=True, null=True)),
                ("steps", models.JSONField()),
                ("n_labels", models.PositiveIntegerField()),
                ("n_wrong", models.PositiveIntegerField()),
                ("n_more", models.PositiveIntegerField(blank=True, null=True)),
                ("rests_on", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["certified", "inconclusive", "all_to_people"])),
                        name="certificate_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "certified"), ("threshold__isnull", False)),
                            models.Q(models.Q(("state", "certified"), _negated=True), ("threshold__isnull", True)),
                            _connector="OR",
                        ),
                        name="only_what_is_certified_has_a_threshold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("threshold__gte", 0), ("threshold__lte", 1)),
                        name="certified_threshold_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_wrong__lte", models.F("n_labels"))),
                        name="wrong_ones_are_among_the_labels",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VersionComparison",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.judgeversion"
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.rubricversion"
                    ),
                ),
                ("input_hash", models.CharField(max_length=64)),
                ("numbers", models.JSONField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("before", "after", "rubric_version", "input_hash"),
                        name="one_comparison_of_the_same_labels",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="labeling.queue"
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("n_items", models.PositiveIntegerField()),
                (
                    "oldest_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                    ),
                ),
                ("oldest_due_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["queue", "-opened_at"], name="alerts_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("queue",),
                        name="one_open_alert_per_queue",
                    ),
                    models.CheckConstraint(condition=models.Q(("n_items__gte", 1)), name="alert_is_about_items"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="check_results", to="labeling.item"
                    ),
                ),
                ("check_name", models.CharField(max_length=60)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("passed", "Passed"), ("failed", "Failed"), ("crashed", "Crashed")], max_length=10
                    ),
                ),
                ("on_failure", models.CharField(max_length=10)),
                ("explanation", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "check_name"), name="one_result_per_check"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["passed", "failed", "crashed"])),
                        name="check_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("on_failure__in", ["bounce", "review"])), name="check_bounces_or_reviews"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChosenMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chosen_maps",
                        to="labeling.judgeversion",
                    ),
                ),
                ("criterion", models.CharField(max_length=40)),
                (
                    "confidence",
                    models.CharField(
                        choices=[("stated", "What the judge stated"), ("vote_share", "How far its runs agree")],
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("platt", "Platt’s sigmoid"), ("isotonic", "Isotonic, a staircase")], max_length=10
                    ),
                ),
                ("document", models.JSONField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chosen_maps",
                        to="labeling.calibrationrun",
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "chosen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("chosen_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("judge_version", "criterion"),
                        name="one_map_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["platt", "isotonic"])), name="map_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("confidence__in", ["stated", "vote_share"])),
                        name="mapped_confidence_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="choice_of_a_map_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="end_of_a_chosen_map_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GoldCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gold_cases", to="labeling.item"
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_cases",
                        to="labeling.rubricversion",
                    ),
                ),
                ("verdict", models.CharField(blank=True, max_length=10)),
                ("explanation", models.TextField()),
                (
                    "source",
                    models.CharField(
                        choices=[("expert", "Expert"), ("adjudicated", "Adjudicated"), ("incident", "Incident")],
                        default="expert",
                        max_length=12,
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[("live", "Among the live items"), ("training", "Training"), ("screen", "Screen")],
                        default="live",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retired_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by_hand", "By hand"),
                            ("rotated", "Met by enough people"),
                            ("leaked", "Suspected to be known"),
                            ("wrong", "Its answer was wrong"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "rubric_version"), name="one_gold_case_per_version"),
                    models.CheckConstraint(
                        condition=models.Q(("use__in", ["live", "training", "screen"])), name="gold_use_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("retired_because__in", ["", "by_hand", "rotated", "leaked", "wrong"])),
                        name="gold_retirement_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["expert", "adjudicated", "incident"])),
                        name="gold_source_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="imported_labels", to="labeling.item"
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="imported_labels", to="labeling.rater"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_labels",
                        to="labeling.criterion",
                    ),
                ),
                ("part", models.CharField(blank=True, default="", max_length=80)),
                ("value", models.CharField(blank=True, max_length=80)),
                ("is_not_applicable", models.BooleanField(default=False)),
                (
                    "blind_state",
                    models.CharField(
                        choices=[("blind", "Blind"), ("not_blind", "Not blind"), ("unknown", "Not declared")],
                        max_length=10,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="labels",
                        to="labeling.ingestbatch",
                    ),
                ),
                ("imported_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["criterion", "imported_at"], name="imported_labels_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "rater", "criterion", "part"), name="one_imported_label_per_rater_and_part"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("blind_state__in", ["blind", "not_blind", "unknown"])),
                        name="imported_blind_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_not_applicable", True), ("value", "")),
                            models.Q(("is_not_applicable", False), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="imported_label_is_a_value_or_not_applicable",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedLaterLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_later_labels",
                        to="labeling.item",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_later_labels",
                        to="labeling.rater",
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_later_labels",
                        to="labeling.criterion",
                    ),
                ),
                ("pass_number", models.PositiveSmallIntegerField()),
                ("part", models.CharField(blank=True, default="", max_length=80)),
                ("value", models.CharField(blank=True, max_length=80)),
                ("is_not_applicable", models.BooleanField(default=False)),
                (
                    "blind_state",
                    models.CharField(
                        choices=[("blind", "Blind"), ("not_blind", "Not blind"), ("unknown", "Not declared")],
                        max_length=10,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later_labels",
                        to="labeling.ingestbatch",
                    ),
                ),
                ("imported_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "rater", "criterion", "part", "pass_number"),
                        name="one_imported_label_per_later_pass",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pass_number__gte", 2)), name="later_pass_is_not_the_first"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("blind_state__in", ["blind", "not_blind", "unknown"])),
                        name="later_blind_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_not_applicable", True), ("value", "")),
                            models.Q(("is_not_applicable", False), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="later_label_is_a_value_or_not_applicable",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="incidents", to="labeling.project"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="labeling.item",
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("words", models.TextField(blank=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")], max_length=10
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reported_at", models.DateTimeField()),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("lesson", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-reported_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["critical", "major", "minor"])),
                        name="incident_severity_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="incident_has_a_title"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("lesson", "")),
                            models.Q(("closed_at__isnull", False), models.Q(("lesson", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="closed_incident_has_a_lesson",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemPayload",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="payload",
                        serialize=False,
                        to="labeling.item",
                    ),
                ),
                ("context", models.JSONField(default=dict)),
                ("texts", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="JudgeBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="labeling.judgeendpoint"
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="labeling.judgeversion"
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="labeling.judgeprompt"
                    ),
                ),
                ("criteria", models.JSONField(default=list)),
                ("n_repeats", models.PositiveSmallIntegerField(default=1)),
                ("in_both_orders", models.BooleanField(default=True)),
                ("chosen", models.CharField(max_length=300)),
                ("budget", models.DecimalField(decimal_places=4, max_digits=12)),
                ("price_in", models.DecimalField(decimal_places=6, max_digits=12)),
                ("price_out", models.DecimalField(decimal_places=6, max_digits=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("over_budget", "Stopped at its budget"),
                            ("barred", "Stopped: the endpoint refuses us"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="running",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["endpoint"], name="judge_batches_running"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["running", "done", "over_budget", "barred", "cancelled"])),
                        name="judge_batch_state_is_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("judge_version",),
                        name="one_running_batch_per_judge_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_repeats__gte", 1), ("n_repeats__lte", 20)),
                        name="judge_repeats_are_1_to_20",
                    ),
                    models.CheckConstraint(condition=models.Q(("budget__gte", 0)), name="judge_budget_is_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "running")),
                            models.Q(models.Q(("state", "running"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="judge_batch_runs_until_it_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgeVerdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judge_verdicts", to="labeling.item"
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="verdicts", to="labeling.judgeversion"
                    ),
                ),
                ("criterion", models.CharField(max_length=40)),
                ("run", models.PositiveIntegerField(default=1)),
                (
                    "order",
                    models.CharField(
                        choices=[("single", "One output"), ("ab", "A shown first"), ("ba", "B shown first")],
                        default="single",
                        max_length=6,
                    ),
                ),
                ("label", models.CharField(max_length=80)),
                ("score_raw", models.FloatField(blank=True, null=True)),
                ("confidence", models.FloatField(blank=True, null=True)),
                ("rationale", models.TextField(blank=True)),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "criterion", "judge_version", "run", "order"), name="one_judge_verdict_per_run"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("order__in", ["single", "ab", "ba"])), name="judge_order_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confidence__isnull", True),
                            models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                            _connector="OR",
                        ),
                        name="judge_confidence_is_a_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Output",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="outputs", to="labeling.item"
                    ),
                ),
                ("side", models.PositiveSmallIntegerField(default=0)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("version", models.CharField(blank=True, max_length=120)),
                ("family", models.CharField(blank=True, max_length=120)),
                ("prompt_version", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "ordering": ["item", "side"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "side"), name="one_output_per_side"),
                    models.CheckConstraint(condition=models.Q(("side__in", [0, 1])), name="at_most_two_outputs"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Qualification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="qualifications", to="labeling.queue"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="qualifications", to="labeling.rater"
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("granted_at", models.DateTimeField()),
                (
                    "screening",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="qualifications",
                        to="labeling.screening",
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("last_day", models.DateField()),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="qualification_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawal_reason", ""),
                                ("withdrawn_at__isnull", True),
                                ("withdrawn_by__isnull", True),
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False), models.Q(("withdrawal_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="withdrawal_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="labeling.queue"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="labeling.item"
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="labeling.rubricversion"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("overlap", models.PositiveSmallIntegerField()),
                ("n_slots", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("disputed", "Disputed"), ("settled", "Settled")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=1)),
                ("due_at", models.DateTimeField()),
                ("settle_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "queue entries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("settle_at__isnull", False)), fields=["settle_at"], name="entries_to_settle"
                    ),
                    models.Index(fields=["queue", "state"], name="entries_by_state"),
                    models.Index(fields=["queue", "created_at"], name="entries_by_arrival"),
                    models.Index(fields=["queue", "due_at"], name="entries_by_due_time"),
                    models.Index(
                        condition=models.Q(("state", "settled"), _negated=True),
                        fields=["queue", "due_at"],
                        name="unsettled_by_due_time",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "queue", "rubric_version", "round"), name="one_entry_per_item_and_round"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "disputed", "settled"])),
                        name="entry_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="recusals", to="labeling.item"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="recusals", to="labeling.rater"
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("author", "Wrote or commissioned the output"),
                            ("adjudicator", "Settled it"),
                            ("gold_author", "Gave its known answer"),
                            ("met", "Met the item it was made of"),
                            ("revealed", "Saw what the judge said of it"),
                        ],
                        max_length=12,
                    ),
                ),
                ("recused_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "reviewer"), name="one_recusal_per_item"),
                    models.CheckConstraint(
                        condition=models.Q(("ground__in", ["author", "adjudicator", "gold_author", "met", "revealed"])),
                        name="recusal_ground_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="labeling.item"
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="labeling.routingpolicy",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("ship", "Ship"), ("review", "Review"), ("bounce", "Bounce"), ("hold", "Hold")],
                        max_length=10,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("sampling_u", models.FloatField()),
                ("inclusion_probability", models.FloatField()),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["policy", "outcome"], name="decisions_by_outcome")],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "policy", "number"), name="one_decision_per_number"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["ship", "review", "bounce", "hold"])),
                        name="decision_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("inclusion_probability__gte", 0), ("inclusion_probability__lte", 1)),
                        name="inclusion_is_a_probability",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sampling_u__gte", 0), ("sampling_u__lte", 1)),
                        name="decision_draw_is_a_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShadowDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shadow_decisions", to="labeling.item"
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shadow_decisions",
                        to="labeling.routingpolicy",
                    ),
                ),
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
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "item"), name="one_shadow_decision_an_item"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["ship", "review", "bounce", "hold"])),
                        name="shadow_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("inclusion_probability__gte", 0), ("inclusion_probability__lte", 1)),
                        name="shadow_inclusion_is_a_probability",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="item_signals", to="labeling.item"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("repeats", "Judge run several times"),
                            ("both_orders", "Judge asked in both orders"),
                            ("judges", "Several judges"),
                            ("grounding", "Retrieval grounding"),
                            ("novelty", "Novelty"),
                            ("stated", "Stated by the producer or the judge (weak)"),
                            ("probability", "Raw model probability (weak)"),
                            ("other", "Other (weak)"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", models.FloatField()),
                ("n_votes", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "name"), name="one_signal_per_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "repeats",
                                    "both_orders",
                                    "judges",
                                    "grounding",
                                    "novelty",
                                    "stated",
                                    "probability",
                                    "other",
                                ],
                            )
                        ),
                        name="signal_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0), ("value__lte", 1)), name="signal_is_a_share"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Validation",
            fields=[
                (
                    "opening",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="validation",
                        serialize=False,
                        to="labeling.sealedopening",
                    ),
                ),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("may_gate", "May gate"),
                            ("triage", "Triage only"),
                            ("missing", "Not enough yet"),
                            ("broken", "Broken"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(max_length=300)),
                ("numbers", models.JSONField()),
                ("n_items", models.PositiveIntegerField()),
                ("n_judged", models.PositiveIntegerField()),
                ("n_missed", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("finding__in", ["may_gate", "triage", "missing", "broken"])),
                        name="finding_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="validation_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_missed__lte", models.F("n_judged"))), name="misses_are_among_the_judged"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearances",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "validation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clearances", to="labeling.validation"
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "cleared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("cleared_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("judge_version",),
                        name="one_clearance_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="clearance_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="end_of_a_clearance_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contraction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contractions", to="labeling.project"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agreement", "Agreement floor"),
                            ("gold", "Gold accuracy"),
                            ("escaped", "Escaped-error budget"),
                            ("drift", "Drift of a judge"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(max_length=300)),
                ("evidence", models.JSONField()),
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contraction", to="labeling.incident"
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.routingpolicy"
                    ),
                ),
                (
                    "published",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contraction",
                        to="labeling.routingpolicy",
                    ),
                ),
                ("began_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("project", "kind"),
                        name="one_contraction_a_guardrail",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["agreement", "gold", "escaped", "drift"])),
                        name="contraction_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="contraction_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="end_of_a_contraction_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="labeling.queueentry"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="labeling.rater"
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entry", "reviewer"), name="one_draft_per_reviewer")],
            },
        ),
        migrations.CreateModel(
            name="DriftLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "validation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="looks", to="labeling.validation"
                    ),
                ),
                ("counted_from", models.DateTimeField()),
                ("counted_until", models.DateTimeField()),
                ("n_answers", models.PositiveIntegerField()),
                ("n_missed", models.PositiveIntegerField()),
                ("numbers", models.JSONField()),
                ("is_alarm", models.BooleanField()),
                ("looked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("validation", "counted_from", "counted_until", "n_answers"),
                        name="one_look_at_the_same_answers",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EntryPurpose",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="purpose",
                        serialize=False,
                        to="labeling.queueentry",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("live", "Live"),
                            ("gold", "Gold"),
                            ("repeat", "Blind repeat"),
                            ("round", "Calibration round"),
                            ("training", "Training"),
                            ("screen", "Screen"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "gold_case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purposes",
                        to="labeling.goldcase",
                    ),
                ),
                (
                    "calibration_round",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purposes",
                        to="labeling.calibrationround",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["live", "gold", "repeat", "round", "training", "screen"])),
                        name="purpose_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("gold_case__isnull", False), ("purpose__in", ("gold", "training", "screen"))),
                            models.Q(
                                models.Q(("purpose__in", ("gold", "training", "screen")), _negated=True),
                                ("gold_case__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="known_purpose_names_its_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("calibration_round__isnull", False), ("purpose", "round")),
                            models.Q(
                                models.Q(("purpose", "round"), _negated=True), ("calibration_round__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="round_purpose_names_its_round",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FinalLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="final_labels",
                        to="labeling.queueentry",
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="final_labels", to="labeling.item"
                    ),
                ),
                ("verdict", models.CharField(blank=True, max_length=10)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("single", "One reviewer"),
                            ("unanimous", "Unanimous"),
                            ("majority", "Majority after a tie-break"),
                            ("adjudicated", "Adjudicated"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_bad", models.BooleanField()),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "revision"), name="one_final_label_per_revision"),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["single", "unanimous", "majority", "adjudicated"])),
                        name="final_source_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["", "approve", "revise", "reject"])),
                        name="final_verdict_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GapCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "gap",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="labeling.guidelinegap"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gap_cases", to="labeling.queueentry"
                    ),
                ),
                (
                    "attached_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("attached_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("gap", "entry"), name="one_case_per_gap_and_entry")],
            },
        ),
        migrations.CreateModel(
            name="GoldLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="labels", to="labeling.goldcase"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.criterion"
                    ),
                ),
                ("part", models.CharField(blank=True, default="", max_length=80)),
                ("value", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "criterion", "part"), name="one_gold_label_per_part")
                ],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hand_overs", to="labeling.queueentry"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("adjudicator", "Anybody who settles disputes"),
                            ("owner", "An eval owner"),
                            ("admin", "An admin"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "handed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("reason", models.TextField()),
                ("handed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["adjudicator", "owner", "admin"])),
                        name="hand_over_role_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="hand_over_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgeCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="labeling.judgebatch"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judge_calls", to="labeling.item"
                    ),
                ),
                ("criterion", models.CharField(max_length=40)),
                ("run", models.PositiveIntegerField()),
                (
                    "order",
                    models.CharField(
                        choices=[("single", "One output"), ("ab", "A shown first"), ("ba", "B shown first")],
                        default="single",
                        max_length=6,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "Waiting"),
                            ("leased", "Being asked"),
                            ("done", "Answered"),
                            ("failed", "Failed"),
                        ],
                        default="due",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("n_attempts", models.PositiveIntegerField(default=0)),
                ("n_tries", models.PositiveSmallIntegerField(default=0)),
                ("n_unreadable", models.PositiveSmallIntegerField(default=0)),
                ("reserved", models.DecimalField(decimal_places=8, default=0, max_digits=14)),
                ("cost", models.DecimalField(decimal_places=8, default=0, max_digits=14)),
                ("is_estimated", models.BooleanField(default=False)),
                ("tokens_in", models.PositiveIntegerField(default=0)),
                ("tokens_out", models.PositiveIntegerField(default=0)),
                ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("label", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=12)),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["batch", "due_at"],
                        name="judge_calls_to_do",
                    ),
                    models.Index(fields=["batch", "state"], name="judge_calls_by_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "item", "criterion", "run", "order"), name="one_judge_call"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["due", "leased", "done", "failed"])),
                        name="judge_call_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("order__in", ["single", "ab", "ba"])), name="judge_call_order_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("due_at__isnull", False), ("ended_at__isnull", True), ("state__in", ["due", "leased"])
                            ),
                            models.Q(
                                ("due_at__isnull", True), ("ended_at__isnull", False), ("state__in", ["done", "failed"])
                            ),
                            _connector="OR",
                        ),
                        name="judge_call_is_due_until_it_is_over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cost__gte", 0), ("reserved__gte", 0)),
                        name="judge_call_costs_are_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_attempts__gte", models.F("n_tries"))),
                        name="judge_call_tries_are_among_its_attempts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Postponement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postponements",
                        to="labeling.queueentry",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="postponements", to="labeling.rater"
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "reviewer"), name="one_postponement_per_reviewer")
                ],
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="labeling.queueentry"
                    ),
                ),
                ("slot_no", models.PositiveIntegerField()),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="labeling.queue"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("open", "Open"),
                            ("leased", "Leased"),
                            ("done", "Done"),
                            ("closed", "Closed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField()),
                ("due_at", models.DateTimeField()),
                (
                    "reserved_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reserved_slots",
                        to="labeling.rater",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="labeling.rater",
                    ),
                ),
                ("lease_no", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("reserved_for__isnull", True), ("state", "open")),
                        fields=["queue", "priority", "due_at", "id"],
                        name="open_slots_in_order",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["reserved_for", "queue"],
                        name="open_reserved_slots",
                    ),
                    models.Index(condition=models.Q(("state", "leased")), fields=["lease_until"], name="leases_by_end"),
                    models.Index(
                        condition=models.Q(("state", "leased")), fields=["reviewer", "queue"], name="leases_by_reviewer"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "slot_no"), name="one_slot_per_number"),
                    models.UniqueConstraint(fields=("entry", "reviewer"), name="one_slot_per_reviewer"),
                    models.UniqueConstraint(fields=("entry", "reserved_for"), name="one_reserved_slot_per_reviewer"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "open", "leased", "done", "closed"])),
                        name="slot_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewer__isnull", False), ("state__in", ["leased", "done"])),
                            models.Q(
                                models.Q(("state__in", ["leased", "done"]), _negated=True), ("reviewer__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="held_slot_names_its_reviewer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reserved_for__isnull", True),
                            ("reviewer__isnull", True),
                            ("reviewer", models.F("reserved_for")),
                            _connector="OR",
                        ),
                        name="reserved_slot_goes_to_its_reviewer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("state", "leased")),
                            models.Q(models.Q(("state", "leased"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="only_a_leased_slot_has_a_lease",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="labeling.judgeversion",
                    ),
                ),
                ("cause", models.CharField(choices=[("drift", "Drift alarm"), ("person", "A person")], max_length=10)),
                ("reason", models.CharField(max_length=300)),
                ("evidence", models.JSONField(default=dict)),
                (
                    "incident",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspension",
                        to="labeling.incident",
                    ),
                ),
                ("began_at", models.DateTimeField()),
                (
                    "began_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("judge_version",),
                        name="one_suspension_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["drift", "person"])), name="suspension_cause_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="suspension_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("began_by__isnull", True), ("cause", "drift")),
                            models.Q(("began_by__isnull", False), ("cause", "person")),
                            _connector="OR",
                        ),
                        name="somebody_or_an_alarm_suspends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="end_of_a_suspension_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Adjudication",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="adjudication",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                (
                    "adjudicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "error_category",
                    models.CharField(
                        choices=[
                            ("ambiguous_text", "The output is ambiguous"),
                            ("guideline_gap", "The rubric does not say"),
                            ("reviewer_error", "A reviewer overlooked something"),
                            ("edge_case", "An edge case"),
                            ("subjective", "A matter of taste"),
                        ],
                        max_length=16,
                    ),
                ),
                ("has_guideline_gap", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "error_category__in",
                                ["ambiguous_text", "guideline_gap", "reviewer_error", "edge_case", "subjective"],
                            )
                        ),
                        name="error_category_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="adjudication_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FinalAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "final_label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="labeling.finallabel"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.criterion"
                    ),
                ),
                ("part", models.CharField(blank=True, default="", max_length=80)),
                ("value", models.CharField(blank=True, max_length=80)),
                ("is_not_applicable", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("final_label", "criterion", "part"), name="one_final_answer_per_part"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_not_applicable", True), ("value", "")),
                            models.Q(("is_not_applicable", False), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="final_answer_is_a_value_or_not_applicable",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FinalFailure",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="failure",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("factual_error", "Factual error"),
                            ("unsupported_claim", "Unsupported claim"),
                            ("missing_information", "Missing information"),
                            ("wrong_tone", "Wrong tone"),
                            ("policy_breach", "Policy breach"),
                            ("unsafe", "Unsafe"),
                            ("format", "Wrong format"),
                            ("wrong_action", "Wrong action"),
                            ("tool_misuse", "Tool misuse"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")],
                        max_length=10,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("model", "The model"),
                            ("tool", "A tool"),
                            ("prompt", "The prompt"),
                            ("memory", "Its memory"),
                            ("rubric", "The rubric"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "factual_error",
                                    "unsupported_claim",
                                    "missing_information",
                                    "wrong_tone",
                                    "policy_breach",
                                    "unsafe",
                                    "format",
                                    "wrong_action",
                                    "tool_misuse",
                                    "other",
                                ],
                            )
                        ),
                        name="final_failure_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["", "critical", "major", "minor"])),
                        name="final_failure_severity_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["", "model", "tool", "prompt", "memory", "rubric"])),
                        name="final_failure_cause_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(default=labeling.models.queues.new_token, max_length=32, unique=True)),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hand_outs", to="labeling.slot"
                    ),
                ),
                ("lease_no", models.PositiveIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hand_outs", to="labeling.queueentry"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hand_outs", to="labeling.rater"
                    ),
                ),
                (
                    "shown",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hand_outs", to="labeling.shownitem"
                    ),
                ),
                ("order_shown", models.CharField(default="single", max_length=6)),
                ("handed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("slot", "lease_no"), name="one_hand_out_per_lease"),
                    models.CheckConstraint(
                        condition=models.Q(("order_shown__in", ["single", "ab", "ba"])), name="order_shown_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MetaReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meta_reviews",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="meta_reviews", to="labeling.item"
                    ),
                ),
                ("criterion", models.CharField(max_length=40)),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                (
                    "final_label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.finallabel"
                    ),
                ),
                ("judge_label", models.CharField(max_length=80)),
                ("human_label", models.CharField(max_length=80)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("judge", "The judge"),
                            ("people", "The people"),
                            ("rubric", "The rubric is unclear"),
                            ("both", "Both can be defended"),
                        ],
                        max_length=6,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("judge_version", "item", "criterion", "revision"), name="one_meta_review_per_revision"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["judge", "people", "rubric", "both"])),
                        name="error_source_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reopening",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reopening",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.TextField()),
                ("reopened_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="reopening_has_a_reason"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "hand_out",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="labeling.handout"
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="labeling.queueentry"
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="labeling.slot",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="labeling.rater"
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="labeling.review",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("approve", "Approve"),
                            ("revise", "Revise"),
                            ("reject", "Reject"),
                            ("escalate", "Escalate"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "blind_state",
                    models.CharField(choices=[("blind", "Blind"), ("not_blind", "Not blind")], max_length=10),
                ),
                ("is_first_pass", models.BooleanField(default=True)),
                ("active_ms", models.PositiveIntegerField(default=0)),
                ("submitted_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["reviewer", "submitted_at"], name="reviews_by_day"),
                    models.Index(fields=["entry", "reviewer"], name="reviews_of_an_entry"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("hand_out", "revision"), name="one_review_per_revision"),
                    models.CheckConstraint(
                        condition=models.Q(("blind_state__in", ["blind", "not_blind"])), name="blind_state_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["", "approve", "revise", "reject", "escalate"])),
                        name="verdict_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "hand_out",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="source_question",
                        to="labeling.handout",
                    ),
                ),
                ("n_systems", models.PositiveSmallIntegerField()),
                ("right_system", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("n_systems__gte", 2)), name="a_guess_has_two_ways_to_go")
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="labeling.review"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="labeling.criterion"
                    ),
                ),
                ("part", models.CharField(blank=True, default="", max_length=80)),
                ("value", models.CharField(blank=True, max_length=80)),
                ("is_not_applicable", models.BooleanField(default=False)),
                ("rationale", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("review", "criterion", "part"), name="one_answer_per_part"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_not_applicable", True), ("value", "")),
                            models.Q(("is_not_applicable", False), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="answer_is_a_value_or_not_applicable",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="labeling.rater"
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="labeling.standingperiod",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="labeling.review",
                    ),
                ),
                ("words", models.TextField()),
                ("made_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("upheld", "Upheld"), ("dismissed", "Dismissed")], max_length=10
                    ),
                ),
                ("decision", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period__isnull", False), ("review__isnull", True)),
                            models.Q(("period__isnull", True), ("review__isnull", False)),
                            _connector="OR",
                        ),
                        name="appeal_is_about_one_thing",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=("period",),
                        name="one_open_appeal_per_period",
                    ),
                    models.UniqueConstraint(fields=("review",), name="one_appeal_per_review"),
                    models.CheckConstraint(condition=models.Q(("words", ""), _negated=True), name="appeal_has_words"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("decision", ""),
                                ("outcome", ""),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("outcome__in", ["upheld", "dismissed"]),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="decision_of_an_appeal_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="correction",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                ("text", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="correction_has_a_text"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="escalation",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("adjudicator", "Anybody who settles disputes"),
                            ("owner", "An eval owner"),
                            ("admin", "An admin"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["adjudicator", "owner", "admin"])),
                        name="escalation_role_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Failure",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="failure",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("factual_error", "Factual error"),
                            ("unsupported_claim", "Unsupported claim"),
                            ("missing_information", "Missing information"),
                            ("wrong_tone", "Wrong tone"),
                            ("policy_breach", "Policy breach"),
                            ("unsafe", "Unsafe"),
                            ("format", "Wrong format"),
                            ("wrong_action", "Wrong action"),
                            ("tool_misuse", "Tool misuse"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")], max_length=10
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("model", "The model"),
                            ("tool", "A tool"),
                            ("prompt", "The prompt"),
                            ("memory", "Its memory"),
                            ("rubric", "The rubric"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "factual_error",
                                    "unsupported_claim",
                                    "missing_information",
                                    "wrong_tone",
                                    "policy_breach",
                                    "unsafe",
                                    "format",
                                    "wrong_action",
                                    "tool_misuse",
                                    "other",
                                ],
                            )
                        ),
                        name="failure_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["critical", "major", "minor"])),
                        name="failure_severity_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["", "model", "tool", "prompt", "memory", "rubric"])),
                        name="failure_cause_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "other"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="other_failure_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FinalCorrection",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="correction",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                (
                    "proposed_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="labeling.review",
                    ),
                ),
                ("text", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="final_correction_has_a_text"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionedReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="questionings", to="labeling.review"
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questioned",
                        to="labeling.standingperiod",
                    ),
                ),
                ("questioned_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("review",),
                        name="one_question_at_a_time",
                    ),
                    models.UniqueConstraint(fields=("review", "period"), name="one_question_per_period"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RevealOffer",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reveal_offer",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.judgeversion"
                    ),
                ),
                ("question", models.CharField(max_length=40)),
                ("judge_label", models.CharField(max_length=80)),
                ("judge_words", models.TextField(blank=True)),
                ("blind_label", models.CharField(max_length=80)),
                ("offered_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SourceGuess",
            fields=[
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="guess",
                        serialize=False,
                        to="labeling.sourcequestion",
                    ),
                ),
                ("system", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("guessed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="withdrawal",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                ("withdrawn_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reveal",
                        serialize=False,
                        to="labeling.revealoffer",
                    ),
                ),
                ("revealed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SecondLabel",
            fields=[
                (
                    "reveal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="second_label",
                        serialize=False,
                        to="labeling.reveal",
                    ),
                ),
                ("value", models.CharField(max_length=80)),
                ("label", models.CharField(max_length=80)),
                (
                    "blind_state",
                    models.CharField(
                        choices=[("judge_visible", "After the judge was seen")], default="judge_visible", max_length=13
                    ),
                ),
                ("given_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("blind_state", "judge_visible")), name="second_label_is_never_blind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("value", ""), _negated=True), models.Q(("label", ""), _negated=True)
                        ),
                        name="second_label_says_something",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
