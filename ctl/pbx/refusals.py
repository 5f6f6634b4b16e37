"""Refusals that Asterisk tells nobody of but its log: a transfer by REFER, ARI asked from another machine, a name with line
breaks, and anybody at all while its HTTP server has as many connections as it takes.

Whoever is refused otherwise is told by AMI's security events. A wrong password at ARI is told nowhere, not even there
(Asterisk 22.10, ``res_ari.c``).
"""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from ctl.pbx.notices import notice

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
KINDS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "TransferBlocked": ("res_pjsip_refer.c", re.compile(r"Endpoint (\S+) transfer attempt blocked")),
    # Such a name would be a whole event in what AMI tells of it, which is therefore left out there; here it is escaped.
    "LineBreakInName": (
        "res_pjsip/pjsip_distributor.c",
        re.compile(r"Request '\w+' from '.*%0[adAD].*' failed for '([^']+):\d+' \(callid: "),
    ),
    "HttpForbidden": ("acl.c", re.compile(r"HTTP Path ACL:? ?Rejecting '([^']+)'")),
    "HttpFull": ("http.c", re.compile(r"(HTTP) session count exceeded ")),
}
"""By what it is called: what part of Asterisk says it and how it begins, with who was refused: an endpoint, which is an
operator's telephone or the carrier, or an address, or ``HTTP`` for whoever comes there."""


class Refusals:
    """Follows the log at ``path``, of notices as JSON, from now on, also where a new one is begun; ``refused`` hears the kind and of whom."""

    def __init__(self, path: Path, refused: Callable[[str, str], None]) -> None:
        self._path = path
        self._refused = refused
        self._file: BinaryIO | None = None
        self._begun = b""
        """Of a line whose end is not written yet."""

    async def keep_reading(self) -> None:
        """Read until cancelled."""
        try:
            self._open(os.SEEK_END)  # what was before us was told then
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                try:
                    self.read()
                except Exception:
                    log.exception("nobody reads the log of the PBX at the moment")  # a fault of ours; calls go on
        finally:
            self._close()

    def read(self) -> None:
        """Tell what is new."""
        self._read()
        if self._is_over():
            self._close()
            self._open(os.SEEK_SET)
            self._read()

    def _read(self) -> None:
        if self._file is None:
            return
        *whole, self._begun = (self._begun + self._file.read()).split(b"\n")
        for line in whole:
            said = notice(line)
            for kind, (source, pattern) in KINDS.items():
                if said is not None and said.source == source and (found := pattern.match(said.text)):
                    log.warning("pbx_refused kind=%s who=%s", kind, found[1])
                    self._refused(kind, found[1])

    def _is_over(self) -> bool:
        """Whether there is another file at that place by now, or this one was begun anew."""
        try:
            there = self._path.stat()
        except OSError:
            return False
        if self._file is None:
            return True
        ours = os.fstat(self._file.fileno())
        return (ours.st_dev, ours.st_ino) != (there.st_dev, there.st_ino) or ours.st_size < self._file.tell()

    def _open(self, whence: int) -> None:
        try:
            self._file = self._path.open("rb")
        except OSError:
            return
        self._begun = b""
        self._file.seek(0, whence)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
