"""Run inside an installation: the cast and nothing to do yet, and the admin's session."""

import json

from django.conf import settings

from tests.sessions import session_of
from tests.world import World

# Nobody logs in with these passwords.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
shop = World()
(settings.VAR_DIR / "seed.json").write_text(json.dumps({"session": session_of(shop.ada)}))
