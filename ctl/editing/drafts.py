"""Drafts: one private copy of the flows for each person, kept below the centre's home until it is applied or dropped.

``drafts/OWNER.N/{draft.json, base, flows}``; the highest N that is complete holds. A folder is written aside and renamed,
so a draft survives whatever kills the web, as it was after the last change that was told to be kept.
"""

import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec

from ctl.editing.stand import Stand, changed, stand_now
from ctl.pbx.deploy.following import hashes_of
from ctl.pbx.deploy.generations import read_tree
from ctl.settings import Settings

_OWNER = re.compile(r"[A-Za-z0-9_-]{1,60}")
_FOLDER = re.compile(r"([A-Za-z0-9_-]{1,60})\.([0-9]+)")


class NoDraft(Exception):
    """The person has no draft: it was applied or dropped meanwhile."""


@dataclass(frozen=True)
class Note:
    """What is known of a draft beside its files. ``owner`` names it; ``name`` is what people call its owner."""

    owner: str
    name: str
    began_at: datetime
    base: Stand


@dataclass(frozen=True)
class Draft:
    """``flows`` is what is being written, ``base`` what the files were when it was begun."""

    note: Note
    folder: Path

    @property
    def flows(self) -> Path:
        return self.folder / "flows"

    @property
    def base(self) -> Path:
        return self.folder / "base"

    @property
    def changed(self) -> tuple[str, ...]:
        """Files that the draft has otherwise than its base."""
        return changed(self.note.base.files, hashes_of(self.flows))

    @property
    def changed_at(self) -> datetime:
        """When something in it was last written."""
        newest = max(
            (path.stat().st_mtime for path in (self.flows, *self.flows.rglob("*"))), default=self.folder.stat().st_mtime
        )
        return max(self.note.began_at, datetime.fromtimestamp(newest, UTC))


class Drafts:
    """All drafts of one centre."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.path = settings.under("drafts")

    def all(self) -> list[Draft]:
        """Everybody's, by owner."""
        owners = {match[1] for path in self.path.glob("*") if (match := _FOLDER.fullmatch(path.name))}
        return [draft for owner in sorted(owners) if (draft := self.find(owner)) is not None]

    def find(self, owner: str) -> Draft | None:
        number = self._newest(owner)
        if number is None:
            return None
        folder = self.path / f"{owner}.{number}"
        return Draft(msgspec.json.decode((folder / "draft.json").read_bytes(), type=Note), folder)

    def of(self, owner: str) -> Draft:
        """Raises `NoDraft`."""
        draft = self.find(owner)
        if draft is None:
            raise NoDraft(f"there is no draft of {owner}")
        return draft

    def begin(self, owner: str, name: str, now: datetime | None = None) -> Draft:
        """The draft of this person, made from the files as they are now if there is none."""
        return self.find(owner) or self.write(
            owner, name, now or datetime.now(UTC), stand_now(self._settings), read_tree(self._settings.flows), None
        )

    def write(
        self,
        owner: str,
        name: str,
        began_at: datetime,
        base: Stand,
        base_files: dict[str, bytes],
        files: dict[str, bytes] | None,
    ) -> Draft:
        """Keep a draft in place of the one before. ``files`` None: the same as its base."""
        if not _OWNER.fullmatch(owner):
            raise ValueError(f"{owner!r} cannot own a draft")
        before = self._newest(owner)
        number = 1 if before is None else before + 1
        making = self.path / f".making-{owner}.{number}"
        shutil.rmtree(making, ignore_errors=True)
        for place, contents in (("base", base_files), ("flows", base_files if files is None else files)):
            (making / place).mkdir(parents=True, mode=0o700)
            for path, content in contents.items():
                (making / place / path).parent.mkdir(parents=True, exist_ok=True)
                (making / place / path).write_bytes(content)
        (making / "draft.json").write_bytes(msgspec.json.encode(Note(owner, name, began_at, base)))
        shutil.rmtree(self.path / f"{owner}.{number}", ignore_errors=True)  # torn, or it would be the newest
        making.rename(self.path / f"{owner}.{number}")
        if before is not None:
            shutil.rmtree(self.path / f"{owner}.{before}", ignore_errors=True)
        return self.of(owner)

    def drop(self, owner: str) -> None:
        """Throw the draft away."""
        for path in self.path.glob(f"{owner}.*"):
            if _FOLDER.fullmatch(path.name):
                shutil.rmtree(self._aside(path), ignore_errors=True)

    def go_on(self, draft: Draft, taken: Path, generation: int | None) -> None:
        """A draft has been put in force as it was ``taken``, a folder that is used up: drop it.

        What its owner has written since then stays, as a draft that begins from there. It is away while that is found out.
        """
        self._forget_older(draft)
        aside = self._aside(draft.folder)
        if hashes_of(aside / "flows") == hashes_of(taken):
            shutil.rmtree(aside, ignore_errors=True)
            return
        try:
            note = replace(draft.note, began_at=datetime.now(UTC), base=Stand(hashes_of(taken), generation))
            (aside / "new.json").write_bytes(msgspec.json.encode(note))
            shutil.rmtree(aside / "base")
            taken.rename(aside / "base")
            (aside / "new.json").replace(aside / "draft.json")
        finally:
            numbered = (self.path / f"{draft.note.owner}.{n}" for n in count(self._newest(draft.note.owner) or 1))
            aside.rename(next(path for path in numbered if not path.exists()))

    def _forget_older(self, draft: Draft) -> None:
        """What was left by who was killed while a draft was replaced: it does not come back. What is newer is somebody's."""
        own = _FOLDER.fullmatch(draft.folder.name)
        for path in self.path.glob(f"{draft.note.owner}.*"):
            match = _FOLDER.fullmatch(path.name)
            if own is not None and match is not None and int(match[2]) < int(own[2]):
                shutil.rmtree(path, ignore_errors=True)

    def _aside(self, path: Path) -> Path:
        aside = path.with_name(f".dropped-{path.name}")
        shutil.rmtree(aside, ignore_errors=True)
        return path.rename(aside)

    def _newest(self, owner: str) -> int | None:
        complete = (path.parent for path in self.path.glob(f"{owner}.*/draft.json"))
        found = (_FOLDER.fullmatch(path.name) for path in complete)
        return max((int(match[2]) for match in found if match and match[1] == owner), default=None)
