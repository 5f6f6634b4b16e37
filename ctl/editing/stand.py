"""How the files and the generation in force stand: what a draft began from, and what has changed since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ctl.pbx.deploy.following import hashes_of
from ctl.pbx.deploy.generations import Generations
from ctl.settings import Settings


@dataclass(frozen=True)
class Stand:
    """``files``: SHA-256 by path in the folder of flows. ``generation``: the one in force, None before the first."""

    files: Mapping[str, str]
    generation: int | None


def stand_now(settings: Settings) -> Stand:
    return Stand(hashes_of(settings.flows), Generations(settings).current)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Paths that are new, gone or different, in order."""
    return tuple(path for path in sorted({*before, *after}) if before.get(path) != after.get(path))


def flows_in_force(settings: Settings) -> Path | None:
    """The folder of flows that callers meet; None before the first generation."""
    store = Generations(settings)
    return None if store.current is None else store.flows(store.current)


def hand_edits(settings: Settings) -> tuple[str, ...]:
    """Files that are not what is in force: edited by hand and not deployed, or left behind by a roll back."""
    folder = flows_in_force(settings)
    return changed(hashes_of(folder), hashes_of(settings.flows)) if folder is not None else ()


def settings_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Those that the centre reads: YAML and sounds, not the notes and schemas that lie beside them."""
    return tuple(path for path in paths if path.endswith((".yaml", ".wav")))
