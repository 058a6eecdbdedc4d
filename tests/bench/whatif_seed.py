"""Run inside a stand: N_ITEMS items that a judge judged three times, one in a hundred of them labelled and final.

Copies of one item that went through the services, made by the database itself: a million rows of seven tables come in
a minute or two. SQLite only. The seed has the session of an admin.
"""

import json
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from labeling.models import CheckResult, FinalLabel, JudgeVerdict, Output, Review, RoutingDecision, Signal
from labeling.policy.policies import DEFAULT_DEFINITION
from tests.world import World, chat_row, judged

N_DAYS = 90
SAMPLED = {"mode": "sampled", "reason": "A bench that ships."}
# A random number in [0, 1) of the database's own.
DRAW = "(abs(random()) / 9223372036854775808.0)"
world = World()
world.set_queue(overlap=1, daily_cap=1_000_000)
world.publish("The bench begins.", **{**DEFAULT_DEFINITION, "requires": [], "cold_start": SAMPLED})
world.ingest(chat_row("first", stakes="high", judge_verdicts=judged("pass", "pass", "pass", confidence=0.9)))
review = Review.objects.get(pk=world.review_next(world.ana).review.pk)
item = review.entry.item
final = FinalLabel.objects.create(
    entry=review.entry, item=item, source="unanimous", verdict="approve", is_bad=False, decided_at=timezone.now()
)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def copy(row, numbers="n", *, to_id=True, where="1", **changes):
    """Insert a copy of one row for each number `n.k`; `changes` are SQL by column."""
    table, key = row._meta.db_table, row._meta.pk.column
    first = type(row).objects.aggregate(last=Max("pk"))["last"]
    if to_id:
        changes = {key: f"{first} + k", **changes}
    columns = [field.column for field in row._meta.concrete_fields if field.column in changes or field.column != "id"]
    chosen = ", ".join(changes.get(column, f'one."{column}"') for column in columns)
    written = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {N_ITEMS}) "  # noqa: F821
            f"INSERT INTO {table} ({written}) SELECT {chosen} "
            f"FROM {numbers}, {table} AS one WHERE one.{key} = {row.pk!r} AND {where}"
        )
    return first


begin = f"strftime('%Y-%m-%d %H:%M:%f', julianday('now') - {N_DAYS} + {N_DAYS} * k / {N_ITEMS}.0) || '000'"  # noqa: F821
first = copy(
    item,
    external_id="'bench-' || k",
    stakes="CASE WHEN k % 51 = 0 THEN 'high' WHEN k % 5 = 0 THEN 'medium' ELSE 'low' END",
    intent="CASE k % 5 WHEN 0 THEN 'refund' WHEN 1 THEN 'delivery' ELSE 'other' END",
    metadata="json_object('amount', k % 900, 'channel', 'email')",
    sampling_u=DRAW,
    created_at=begin,
    status="'shipped'",
)
item_id = f"{first} + k"
words = "json_array(replace(hex(zeroblob(60 + k * 7919 % 400)), '00', 'word '))"
copy(item.payload, to_id=False, item_id=item_id, texts=words)
copy(Output.objects.get(item=item), item_id=item_id)
verdict = JudgeVerdict.objects.filter(item=item).first()
copy(
    verdict,
    "n, (SELECT 1 AS run UNION SELECT 2 UNION SELECT 3) AS runs",
    to_id=False,
    item_id=item_id,
    run="runs.run",
    label=f"CASE WHEN {DRAW} < 0.93 THEN 'pass' ELSE 'fail' END",
    confidence=f"0.5 + round({DRAW} / 2, 2)",
)
for signal in Signal.objects.filter(item=item):
    copy(signal, item_id=item_id)
for result in CheckResult.objects.filter(item=item):
    copy(result, item_id=item_id)
# What was sent to people, and one in two hundred of what would have shipped.
chance = "CASE WHEN k % 200 = 0 THEN 0.02 ELSE 1 END"
copy(
    RoutingDecision.objects.get(item=item),
    item_id=item_id,
    outcome="CASE WHEN k % 100 = 0 THEN 'review' ELSE 'ship' END",
    inclusion_probability=chance,
)
labelled = {"where": "k % 100 = 0"}
entry_id = f"{copy(review.entry, item_id=item_id, created_at=begin, **labelled)} + k"
copy(review.entry.purpose, to_id=False, entry_id=entry_id, **labelled)
slot_id = f"{copy(review.slot, entry_id=entry_id, state=quoted('done'), **labelled)} + k"
handed = copy(review.hand_out, entry_id=entry_id, slot_id=slot_id, token="'bench-' || k", **labelled)
submitted = f"strftime('%Y-%m-%d %H:%M:%f', julianday('now') - 27.0 * ({N_ITEMS} - k) / {N_ITEMS}) || '000'"  # noqa: F821
copy(
    review,
    entry_id=entry_id,
    slot_id=slot_id,
    hand_out_id=f"{handed} + k",
    submitted_at=submitted,
    active_ms=f"20000 + {DRAW} * 400000",
    **labelled,
)
copy(final, entry_id=entry_id, item_id=item_id, is_bad=f"{DRAW} < 0.04", **labelled)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(world.ada.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = world.ada.get_session_auth_hash()
session.create()
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session.session_key, "slug": world.project.slug}))
