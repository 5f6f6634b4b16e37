"""The files of operations follow what was put in force from elsewhere: from a draft, or from an earlier generation.

They are written after the generation has been found good, so that a refused one never touches them. A note of what is
to be written stands before it is put in force; whoever deploys next finishes what was killed half-way. A file that
somebody else has changed meanwhile is left as it is, and told.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ctl.pbx.deploy.generations import Generations, make_durable, read_tree
from ctl.settings import Settings

NOTE = ".following"

Hashes = Mapping[str, str]
"""SHA-256 of each file of a folder by its path in it."""


def hashes_of(folder: Path) -> dict[str, str]:
    """Hidden files left out, as in a generation."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in read_tree(folder).items()}


class Following:
    """Brings ``settings.flows`` to the flows of a generation. Whoever calls holds the store's lock."""

    def __init__(self, settings: Settings, store: Generations, tell: Callable[[str], None]) -> None:
        self._flows = settings.flows
        self._store = store
        self._note = store.path / NOTE
        self._tell = tell

    def begin(self, number: int, before: Hashes) -> None:
        """Note that the files are to become those of this generation once it is in force.

        ``before``: as they were when that was allowed; what somebody changes from then on is left as it is.
        """
        note = {"number": number, "flows": str(self._flows.resolve()), "before": before}
        fresh = self._note.with_suffix(".new")
        fresh.write_text(json.dumps(note), encoding="utf-8")
        make_durable(fresh)
        fresh.replace(self._note)
        make_durable(self._store.path)

    def settle(self) -> None:
        """Write the files when the noted generation is in force; forget the note when it is not. Can be repeated."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        if note["number"] == self._store.current and self._store.unsettled in (None, note["number"]):
            self.bring(Path(note["flows"]), self._store.flows(note["number"]), note["before"])
        self._note.unlink(missing_ok=True)

    def bring(self, flows: Path, to: Path, before: Hashes) -> None:
        """Let the files in ``flows`` be those of ``to``, each in one step; only where they still are as ``before``."""
        if not to.is_dir():
            self._tell(f"{to} is gone: the files in {flows.name}/ stay as they are")
            return
        wanted, now = hashes_of(to), hashes_of(flows)
        for path in sorted({*wanted, *before}):
            if wanted.get(path) == now.get(path):
                continue
            if now.get(path) != before.get(path):
                self._tell(f"{flows.name}/{path} was changed by somebody else meanwhile: left as it is")
            else:
                self._write(flows / path, to / path if path in wanted else None)

    def _write(self, target: Path, source: Path | None) -> None:
        try:
            if source is not None:
                put(source, target)
            else:
                target.unlink(missing_ok=True)
                make_durable(target.parent)
        except OSError as error:
            self._tell(f"{target} cannot be written ({error.strerror}): the file is not what is in force")


def put(source: Path, target: Path) -> None:
    """Copy a file in one step. An existing one keeps its owner and mode; a new one takes the owner of its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, fresh)
    like = (target if target.exists() else target.parent).stat()
    fresh.chmod(like.st_mode & 0o666 if target.exists() else 0o644)
    if os.geteuid() == 0:
        os.chown(fresh, like.st_uid, like.st_gid)
    make_durable(fresh)
    fresh.replace(target)
    make_durable(target.parent)
