"""Reviewapp in ten sentences: the journey of one output, each step naming its file in every room.

 1. A producer sends an output, once, through the API or a file: `ingest` (formats/, services/ingest.py, api/).
 2. Deterministic checks look at it first: `checks` (policy/checks.py).
 3. Judge verdicts, sent along, read from a file (`verdict_imports`) or asked for from here (`judge_batches`,
    gateways/judges.py), say how sure one can be: `item_signals` (policy/confidence.py); those of a judge that changed
    decide nothing until it is validated, once, on sealed items, and cleared: `judge_life`, `validations`, `clearances`;
    one that drifts is suspended: `drift_looks`; how strange an output is, the worker says: `novelty`.
 4. The live policy ships, holds or bounces it, or sends it to people, saying why: `routing` (policy/routing.py), and
    what the never-delegate register guards to its named people alone: `named_decisions`; from which confidence on it
    may ship with a promise: `thresholds` (policy/promises.py, stats/certification.py); the next version is tried beside
    the live one, in shadow or on a share of the items: `policy_life`, `shadows`; guardrails contract it by themselves,
    and nothing expands: `autonomy` (policy/autonomy.py).
 5. It waits in a queue, gold among it, until it is somebody's turn: `queues` (services/queues.py, policy/seeding.py),
    asked what the rubric in use asks, whose next version is a draft until it is put to use: `rubric_versions`; where
    a queue asks for it, only of those who trained and passed a silent screen: `screenings` (policy/qualifying.py), and
    of nobody whom known answers have paused: `standing`, `appeals` (policy/standing.py, services/questioning.py).
 6. A reviewer sees a `BlindItem` and nothing else, and labels it, or each part of it: `reviews` (policy/blinding.py,
    policy/parts.py, views/reviews.py); a verdict brings a correction, a failure or an escalation: `verdicts`; and
    after some labels a look at what the judge said, with a second one that counts nowhere: `reveals`.
 7. When its slots are done it settles, or somebody else decides: `adjudication` (policy/finality.py); a re-opening puts
    what was final back into dispute: `reopening`.
 8. First-pass labels say whether people agree and the judge with them: `agreement`, `judges` (stats/), of many items
    counted in parts by all workers, `run_shards`; a calibration round compares people on one batch: `rounds`, a blind
    repeat each with themself: `repeats`; what all of it and known answers say of one person: `reviewers`; final
    labels, what a rubric's outputs come to: `outcomes`; where judge and people differ, whose error it was, and what a
    judge may learn: `disagreements`, `packs`.
 9. Producers ask whether it may be released, and only a cleared one is: `release` (policy/release.py, api/); webhooks
    tell them once it is final, and people when it is late: `sendings`, `alerts` (services/outbox.py, gateways/); what
    goes wrong outside all the same is noted, and may become gold: `incidents`, `gold` (services/references.py).
10. What takes long is a job that says how far it is and can be stopped: `jobs` (services/attempts.py). What happens in
    a project is written beside it and sealed into a chain: `events` (services/events.py).

Rooms, imports only downward: views, api, management → forms, tasks, templatetags → services → queries → models,
policy, stats, formats. `urls.py` tells the journey in pages, `tasks.py` in jobs.
Who may see what is decided in queries/access.py alone; what a policy may say, in policy/policies.py. What the desk asks
the database at every key is written as querysets and built once: queries/prepared.py. What pages say of all items of a
large project is counted by the worker: queries/tallies.py.
"""
