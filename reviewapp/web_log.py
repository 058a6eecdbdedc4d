"""Gunicorn's own messages, written like all others. Its parent process knows no settings of Django's."""

from typing import Any

from gunicorn.glogging import Logger

from reviewapp.environment import read_log_format
from reviewapp.logs import JsonFormatter, LineFormatter, Lines


class WebLogger(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        handler = Lines()
        handler.setFormatter(JsonFormatter() if read_log_format() == "json" else LineFormatter())
        self.error_log.handlers = [handler]
