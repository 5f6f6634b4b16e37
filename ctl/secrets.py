"""Secrets of one centre: generated at first use, kept in ``secrets.json`` under its home, readable by its owner only."""

import fcntl
import json
import os
import secrets
from pathlib import Path

from ctl.settings import Settings


class Secrets:
    """Passwords by name. The same name gives the same password for the life of the centre's home."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, settings: Settings) -> "Secrets":
        return cls(settings.under("secrets.json"))

    def get(self, name: str) -> str:
        """The password called ``name``, made now if there is none. Safe when several processes ask at once."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known: dict[str, str] = json.loads(file.read() or "{}")
            if name not in known:
                known[name] = secrets.token_urlsafe(18)
                file.seek(0)
                file.truncate()
                json.dump(known, file, indent=1, sort_keys=True)
            return known[name]

    @property
    def ari(self) -> str:
        return self.get("ari")

    @property
    def ami(self) -> str:
        return self.get("ami")

    @property
    def ami_sentinel(self) -> str:
        return self.get("ami_sentinel")

    @property
    def ami_deploy(self) -> str:
        return self.get("ami_deploy")

    @property
    def postgres(self) -> str:
        return self.get("postgres")

    @property
    def postgres_app(self) -> str:
        return self.get("postgres_app")

    def operator(self, extension: str) -> str:
        return self.get(f"operator-{extension}")
