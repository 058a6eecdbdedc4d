"""Run inside a stand after the seed of the faults: most of what comes ships, and a producer has a token."""

import json

from labeling.services.projects import create_token
from tests.sessions import session_of

high = {**DEFAULT_DEFINITION["tiers"]["high"], "overlap": 2, "due_hours": 24, "consequence_owner": "ada"}  # noqa: F821
world.publish(  # noqa: F821
    reason="A storm that ships.",
    tiers={**DEFAULT_DEFINITION["tiers"], "high": high},  # noqa: F821
    cold_start={"mode": "sampled", "reason": "A storm that ships."},
    checks=[],
)
_, secret = create_token(
    project=world.project,  # noqa: F821
    name="storm",
    scopes=["items:write"],
    actor=world.ada,  # noqa: F821
    now=timezone.now(),  # noqa: F821
)
seeds = json.loads((settings.VAR_DIR / "seed.json").read_text())  # noqa: F821
seeds |= {"secret": secret, "admin": session_of(world.ada), "slug": world.project.slug}  # noqa: F821
(settings.VAR_DIR / "seed.json").write_text(json.dumps(seeds))  # noqa: F821
