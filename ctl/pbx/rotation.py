"""What Asterisk writes for ever is turned over when it is large, and the oldest is removed.

Its own logs it turns over itself (``messages.0`` is the newest then); its lines for programs we do (see `parts`), and
never remove one that was not yet told.
"""

from pathlib import Path

from ctl.pbx.deploy.talk import connected, console
from ctl.pbx.names import FALLBACK_LOG, FALLBACK_POSITION, NOTICES
from ctl.pbx.parts import Parts
from ctl.pbx.served import told_of
from ctl.secrets import Secrets
from ctl.settings import Settings

LOGS = ("messages", "security", NOTICES[-1])
ACCOUNTS = ("cel.jsonl", "cdr.jsonl")
CONNECT_S = 10.0
MB = 1_000_000


class Rotation:
    """Of one centre."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        self._limit = settings.log_file_mb * MB
        self._logs = [settings.under("asterisk", "log", name) for name in LOGS]

    async def once(self) -> int:
        """Turn over what is too large; says how many files that were.

        Raises `NotAnsweringError`, `AmiAway` or `AmiRefused` when a log of Asterisk's is too large and it is away.
        """
        turned = sum(
            self._turn_over(self._settings.under("asterisk", "log", name), self._settings.account_files_kept)
            for name in ACCOUNTS
        )
        not_told = min(told_of(self._settings.under(*FALLBACK_POSITION)), default=0)
        turned += self._turn_over(self._settings.under(*FALLBACK_LOG), self._settings.log_files_kept, not_told)
        if large := [log for log in self._logs if log.exists() and log.stat().st_size > self._limit]:
            async with connected(self._settings, self._secrets, CONNECT_S) as ami:
                await console(ami, "logger rotate")
        for log in self._logs:
            self._drop_old(log)
        return turned + len(large)

    def _turn_over(self, path: Path, kept: int, not_told: int | None = None) -> bool:
        parts = Parts(path)
        turned = parts.turn_over(self._limit)
        parts.drop(kept, before=not_told)
        return turned

    def _drop_old(self, log: Path) -> None:
        for old in log.parent.glob(f"{log.name}.*"):
            if old.suffix[1:].isdecimal() and int(old.suffix[1:]) >= self._settings.log_files_kept:
                old.unlink(missing_ok=True)
