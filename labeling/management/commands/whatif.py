"""`manage.py whatif PROJECT --policy FILE`: what another policy would do with the project's traffic."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats.fields import RowError, refuse_unstorable
from labeling.formats.jsonl import decode_json
from labeling.formats.lines import BadFile, decode_line, open_source, strip_mark
from labeling.models import Project
from labeling.policy.conditions import PolicyError
from labeling.policy.policies import Policy, parse_policy
from labeling.queries.whatif import QueueRow, Side, TierRow, WhatIf, replay


class Command(BaseCommand):
    help = (
        "Decide a random sample of the items under the live policy and under another: which change sides, the work, "
        "what escapes. Stores nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("project")
        parser.add_argument("--policy", type=Path, required=True, metavar="FILE", help="the definition as JSON")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project: str, policy: Path, as_json: bool, **options):
        target = Project.objects.filter(slug=project).first()
        if target is None:
            raise CommandError(f"There is no project {project!r}.", returncode=2)
        whatif = replay(target, read_policy(policy), at=now())
        if not whatif.n_items:
            raise CommandError(f"{project} has no items yet, so there is nothing to try a policy on.", returncode=1)
        self.stdout.write(json.dumps(as_document(whatif), ensure_ascii=False) if as_json else in_lines(whatif))
        if whatif.refusal:
            raise CommandError(whatif.refusal, returncode=1)


def read_policy(path: Path) -> Policy:
    """The policy in a file, or exit code 2 with the place to mend."""
    try:
        with open_source(path) as stream:
            definition = decode_json(decode_line(strip_mark(stream.read()), "the file"))
        refuse_unstorable(definition)
        return parse_policy(definition)
    except BadFile as error:
        raise CommandError(str(error), returncode=2) from error
    except (RowError, PolicyError) as error:
        raise CommandError(f"{path.name}: {error}.", returncode=2) from error


def as_document(whatif: WhatIf) -> dict[str, Any]:
    return {
        "n_items": whatif.n_items,
        "n_traffic": whatif.n_traffic,
        "seed": whatif.seed,
        "since": whatif.since.isoformat() if whatif.since else None,
        "until": whatif.until.isoformat() if whatif.until else None,
        "days": whatif.days,
        "items_a_day": whatif.items_a_day,
        "now": side_document(whatif.now) if whatif.now else None,
        "then": side_document(whatif.then),
        "n_moved": whatif.n_moved,
        "moves": [{"before": move.before, "after": move.after, "n_items": move.n_items} for move in whatif.moves],
        "moved": [
            {"external_id": item.external_id, "before": item.before, "after": item.after, "why": item.why}
            for item in whatif.moved
        ],
        "n_without_queue": whatif.n_without_queue,
        "loosened_locked_rules": list(whatif.loosened),
        "tiers": [vars_of(row) for row in whatif.tiers],
        "queues": [vars_of(row) for row in whatif.queue_rows],
    }


def side_document(side: Side) -> dict[str, Any]:
    return {
        **side.n_by_outcome,
        "reviews": side.reviews,
        "reviews_a_day": side.reviews_a_day,
        "hours_a_day": side.hours_a_day,
        "people": side.people,
        "hours": side.work.hours.as_document(),
        "cost_a_day": None if side.cost_a_day is None else float(side.cost_a_day),
        "escaped_share": side.escaped.share.as_document(),
        "escaped_a_day": side.escaped.a_day.as_document(),
    }


def vars_of(row: TierRow | QueueRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def in_lines(whatif: WhatIf) -> str:
    drawn = f" drawn at random from {whatif.n_traffic:,} (seed {whatif.seed})" if whatif.is_sample else ""
    lines = [f"{whatif.n_moved:,} of {whatif.n_items:,} items{drawn} change sides", ""]
    lines.append(f"{'':<16}{'live' if whatif.now else '':>10}{'draft':>10}")
    lines += [f"{row.name:<16}{'' if row.now is None else f'{row.now:,}':>10}{row.then:>10,}" for row in whatif.rows]
    for name, attribute in (("reviews a day", "reviews_a_day"), ("hours a day", "hours_a_day")):
        now_text = f"{getattr(whatif.now, attribute):,.1f}" if whatif.now else ""
        lines.append(f"{name:<16}{now_text:>10}{getattr(whatif.then, attribute):>10,.1f}")
    lines.append(f"{'people at 8 h':<16}{whatif.now.people if whatif.now else '':>10}{whatif.then.people:>10,}")
    lines += [escaped_line("escaped errors, live", whatif.now)] if whatif.now else []
    lines += [escaped_line("escaped errors, draft", whatif.then), ""]
    lines += [f"{move.n_items:,} {move.in_words}" for move in whatif.moves]
    lines += [f"  {item.external_id}: {item.in_words}. {item.why}" for item in whatif.moved]
    lines.append(
        f"A day: {whatif.items_a_day:,.1f} items, over the newest {whatif.days:.1f} days. Reviews with overlap, "
        "doubling, gold and repeats; minutes as measured where enough reviews were."
    )
    return "\n".join(lines)


def escaped_line(name: str, side: Side) -> str:
    share = side.escaped.share
    if share.value is None:
        return f"{name}: not said; {share.undefined}"
    return f"{name}: {share.value:.2%} ({side.escaped.in_words})"
