"""What gunicorn serves."""

import gc
import os
import threading

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.urls import get_resolver

from reviewapp.bodies import refusing_cut_bodies
from reviewapp.logs import note_lost_thread
from reviewapp.sqlite.line import is_file, presses_of
from reviewapp.turns import DeskProcess, answered_at

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
pages = get_wsgi_application()  # the desk's process asks these themselves
application = pages
threading.excepthook = note_lost_thread
# For pages only, since migrations and jobs may take as long as they need. A statement of a minute has lost its reader:
# proxies give up then. Who waits ten seconds for somebody else's lock is better told to try again than kept, with the
# thread, in a line that grows; and a transaction left idle for a minute is of a process that hangs, with its locks.
PAGE_LIMITS = "-c statement_timeout=60s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
if connection.vendor == "postgresql":
    options = connections.settings["default"]["OPTIONS"]
    options["options"] = f"{PAGE_LIMITS} {options.get('options', '')}".strip()  # the last word is DATABASE_URL's
elif is_file(database := str(connection.settings_dict["NAME"])) and not settings.DEBUG:
    application = answered_at(DeskProcess(), application, presses_of(database))
application = refusing_cut_bodies(application)

list(get_resolver().url_patterns)  # loads the pages, which whoever asks first would wait a second or two for
# Everything loaded so far lives as long as the process; without this each full collection walks it again. A delivery
# of a thousand items makes so many objects that storing them took 1.6 times as long.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
