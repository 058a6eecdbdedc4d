"""The installation: settings, the outermost URLs, the worker's Celery app and the set-up script."""
