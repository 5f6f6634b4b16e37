"""Keeps events that could not be decided or written, for the people who will mend the fault.

One JSON document a line, readable by the owner only: the events hold callers' numbers, so they do not go into the log.
"""

import logging
import os
import traceback
from pathlib import Path

import msgspec

from ctl.runtime.record import Entry

log = logging.getLogger(__name__)


class Aside:
    """Appends to ``path``. Never raises: whoever sets something aside is in trouble already."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, entry: Entry, error: Exception) -> None:
        at, event, _ = entry
        try:
            document = {
                "at": at,
                "type": type(event).__name__,
                "event": event,
                "error": traceback.format_exception(error),
            }
            line = msgspec.json.encode(document, enc_hook=repr)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(line + b"\n")
        except Exception:
            log.exception("%s could not be set aside in %s", type(event).__name__, self._path)
        else:
            log.error("%s was set aside in %s", type(event).__name__, self._path)
