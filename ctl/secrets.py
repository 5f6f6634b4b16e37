"""Secrets of one centre: generated at first use, kept in ``secrets.json`` under its home, readable by its owner only."""

import fcntl
import json
import os
import secrets
from pathlib import Path

from ctl.settings import Settings


class DamagedError(ValueError):
    """The file is there and cannot be read as one of ours. Nothing is made anew: nobody would fit to anybody any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is damaged: bring it back from the backup (docs/backup.md). Without one, remove it and start the "
            "centre anew: all passwords are made anew, those of the telephones, too"
        )


class Secrets:
    """Passwords by name. The same name gives the same password for the life of the centre's home."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, settings: Settings) -> "Secrets":
        return cls(settings.under("secrets.json"))

    def get(self, name: str) -> str:
        """The password called ``name``, made now if there is none. Safe when several processes ask at once.

        The file is whole at every moment: on a full disk, or killed half-way, none is lost. Raises `DamagedError`.
        """
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True)
        door = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(door, fcntl.LOCK_EX)
            known = self._known()
            if name not in known:
                known[name] = secrets.token_urlsafe(18)
                self._keep(known)
                os.fsync(door)
            return known[name]
        finally:
            os.close(door)

    def _known(self) -> dict[str, str]:
        try:
            known = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise DamagedError(self._path) from error
        if not isinstance(known, dict):
            raise DamagedError(self._path)
        return known

    def _keep(self, known: dict[str, str]) -> None:
        """Beside the file, then in its place; whose file it was may read it still, when root adds to it."""
        draft = self._path.with_name(f".{self._path.name}.new")
        draft.unlink(missing_ok=True)  # of who was killed
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(known, file, indent=1, sort_keys=True)
            file.flush()
            before = self._path if self._path.exists() else self._path.parent
            owner = before.stat()
            if os.geteuid() == 0:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            os.fsync(descriptor)
        draft.replace(self._path)

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
