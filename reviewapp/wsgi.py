"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from reviewapp.bodies import refusing_cut_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
application = refusing_cut_bodies(get_wsgi_application())

# Everything loaded so far lives as long as the process; without this each full collection walks it again. A delivery
# of a thousand items makes so many objects that storing them took 1.6 times as long.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
