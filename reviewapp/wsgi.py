"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connection

from reviewapp.bodies import refusing_cut_bodies
from reviewapp.turns import one_press_at_a_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
application = get_wsgi_application()
if connection.vendor == "sqlite":
    application = one_press_at_a_time(application)
application = refusing_cut_bodies(application)

# Everything loaded so far lives as long as the process; without this each full collection walks it again. A delivery
# of a thousand items makes so many objects that storing them took 1.6 times as long.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
