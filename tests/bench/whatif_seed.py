"""Run inside a stand: N_ITEMS items that a judge judged three times, one in a hundred of them labelled and final.

Copies of one item that went through the services, made by the database itself: a million rows of seven tables come in
a minute or two. SQLite only. The seed has the session of an admin.
"""

import json

from django.conf import settings
from django.db import connection
from django.utils import timezone

from labeling.models import CheckResult, FinalLabel, JudgeVerdict, Output, Review, RoutingDecision, Signal
from labeling.policy.policies import DEFAULT_DEFINITION
from tests.bench.copies import Copies, quoted
from tests.sessions import session_of
from tests.world import World, chat_row, judged

N_DAYS = 90
SAMPLED = {"mode": "sampled", "reason": "A bench that ships."}
world = World()
world.set_queue(overlap=1, daily_cap=1_000_000)
world.publish("The bench begins.", **{**DEFAULT_DEFINITION, "requires": [], "cold_start": SAMPLED})
world.ingest(chat_row("first", stakes="high", judge_verdicts=judged("pass", "pass", "pass", confidence=0.9)))
review = Review.objects.get(pk=world.review_next(world.ana).review.pk)
item = review.entry.item
final = FinalLabel.objects.create(
    entry=review.entry, item=item, source="unanimous", verdict="approve", is_bad=False, decided_at=timezone.now()
)


copies = Copies(N_ITEMS)  # noqa: F821
begin = copies.days_ago(f"{N_DAYS} - {N_DAYS} * k / {N_ITEMS}.0")  # noqa: F821
first = copies.make(
    item,
    external_id="'bench-' || k",
    stakes="CASE WHEN k % 51 = 0 THEN 'high' WHEN k % 5 = 0 THEN 'medium' ELSE 'low' END",
    intent="CASE k % 5 WHEN 0 THEN 'refund' WHEN 1 THEN 'delivery' ELSE 'other' END",
    metadata="json_object('amount', k % 900, 'channel', 'email')",
    sampling_u=copies.draw,
    created_at=begin,
    status="'shipped'",
)
item_id = f"{first} + k"
copies.make(item.payload, to_id=False, item_id=item_id, texts=copies.words("60 + k * 7919 % 400"))
copies.make(Output.objects.get(item=item), item_id=item_id)
verdict = JudgeVerdict.objects.filter(item=item).first()
copies.make(
    verdict,
    source="n, (SELECT 1 AS run UNION SELECT 2 UNION SELECT 3) AS runs",
    to_id=False,
    item_id=item_id,
    run="runs.run",
    label=f"CASE WHEN {copies.draw} < 0.93 THEN 'pass' ELSE 'fail' END",
    confidence=f"0.5 + round({copies.draw} / 2, 2)",
)
for signal in Signal.objects.filter(item=item):
    copies.make(signal, item_id=item_id)
for result in CheckResult.objects.filter(item=item):
    copies.make(result, item_id=item_id)
# What was sent to people, and one in two hundred of what would have shipped.
chance = "CASE WHEN k % 200 = 0 THEN 0.02 ELSE 1 END"
copies.make(
    RoutingDecision.objects.get(item=item),
    item_id=item_id,
    outcome="CASE WHEN k % 100 = 0 THEN 'review' ELSE 'ship' END",
    inclusion_probability=chance,
)
labelled = {"where": "k % 100 = 0"}
entry_id = f"{copies.make(review.entry, item_id=item_id, created_at=begin, **labelled)} + k"
copies.make(review.entry.purpose, to_id=False, entry_id=entry_id, **labelled)
slot_id = f"{copies.make(review.slot, entry_id=entry_id, state=quoted('done'), **labelled)} + k"
handed = copies.make(review.hand_out, entry_id=entry_id, slot_id=slot_id, token="'bench-' || k", **labelled)
submitted = copies.days_ago(f"27.0 * ({N_ITEMS} - k) / {N_ITEMS}")  # noqa: F821
copies.make(
    review,
    entry_id=entry_id,
    slot_id=slot_id,
    hand_out_id=f"{handed} + k",
    submitted_at=submitted,
    active_ms=f"20000 + {copies.draw} * 400000",
    **labelled,
)
copies.make(final, entry_id=entry_id, item_id=item_id, is_bad=f"{copies.draw} < 0.04", **labelled)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session_of(world.ada), "slug": world.project.slug}))
