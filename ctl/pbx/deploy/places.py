"""Where the PBX finds and leaves things: its directories below the centre's home, made before it ever runs.

The same tree is seen as ``/centre`` from inside. All links are relative or lead into the PBX's own root file system,
so they mean the same from both sides.
"""

import os
from pathlib import Path

from ctl.settings import Settings

Owner = tuple[int, int]
"""User and group of the PBX, as numbers."""

WRITTEN_BY_PBX = ("db", "log", "run", "spool")
READ_BY_PBX = ("keys", "music", "data/sounds")
OF_THE_ROOTFS = ("documentation", "rest-api")
"""Asterisk looks for these beside its sounds, and the sounds are ours."""

ETC = "../generations/current/asterisk"
"""Nothing is there before the first generation is in force."""


def asterisk(settings: Settings, *parts: str) -> Path:
    return settings.under("asterisk", *parts)


def config_directory(settings: Settings) -> Path:
    """Asterisk's configuration directory: always that of the current generation."""
    return asterisk(settings, "etc")


def prepare(settings: Settings, owner: Owner | None) -> None:
    """Make what is missing. Repeating it changes nothing. ``owner`` None: everything stays with who runs this."""
    settings.under().mkdir(parents=True, exist_ok=True)
    for path in (settings.prompts_path, *(asterisk(settings, name) for name in READ_BY_PBX)):
        path.mkdir(parents=True, exist_ok=True)
    for path in (settings.recordings_path, *(asterisk(settings, name) for name in WRITTEN_BY_PBX)):
        path.mkdir(parents=True, exist_ok=True)
        give(path, owner, 0o750)
    for name in OF_THE_ROOTFS:
        link(asterisk(settings, "data", name), f"/usr/share/asterisk/{name}")
    link(asterisk(settings, "data", "sounds", "ctl"), "../../../prompts")
    link(config_directory(settings), ETC)


def link(path: Path, target: str) -> None:
    """Let ``path`` be a link to ``target``, replaced at once if it was another."""
    if path.is_symlink() and os.readlink(path) == target:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(path)


def give(path: Path, owner: Owner | None, mode: int) -> None:
    """Owner and mode in one go."""
    if owner is not None:
        os.chown(path, *owner)
    path.chmod(mode)


def lend(path: Path, owner: Owner | None, mode: int) -> None:
    """Readable for the PBX's group, and not writable: it never changes its own configuration."""
    if owner is not None:
        os.chown(path, -1, owner[1])
    path.chmod(mode)
