"""Putting a draft in force, and going back: one deploy each, which the files then follow."""

import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from ctl.editing.drafts import Draft, Drafts
from ctl.editing.overtaken import OvertakenError, overtaken
from ctl.editing.stand import flows_in_force, hand_edits, settings_files
from ctl.pbx.deploy.deployer import Deployer, Instead
from ctl.pbx.deploy.manifest import Manifest
from ctl.settings import Settings

log = logging.getLogger(__name__)


class HandEditedError(Exception):
    """The files hold something that was never deployed, and going back would overwrite it. Nothing was changed."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self.files = files
        super().__init__(
            f"the files were edited and not deployed: {', '.join(files)}; deploy them, or restore them first "
            "(ctl deploy --restore-files)"
        )


async def apply(settings: Settings, deployer: Deployer, draft: Draft, *, author: str, reason: str) -> Manifest | None:
    """Put a draft in force, as it is now; the files become the same. None when it was in force already.

    The draft is gone afterwards, unless its owner went on writing meanwhile: then it goes on from what is in force now.
    Raises `OvertakenError`, and like `Deployer.deploy`; the files, what is in force and the draft then stay.
    """
    taken = settings.under("drafts", f".taken-{os.getpid()}-{draft.note.owner}")

    def take() -> Path:
        for left in taken.parent.glob(".taken-*"):  # by who was killed
            if not Path("/proc", left.name.split("-")[1]).exists() or left == taken:
                shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(draft.flows, taken, ignore=shutil.ignore_patterns(".*"))
        return taken

    def allowed() -> None:
        found = overtaken(settings, draft)
        if found is not None:
            raise OvertakenError(found)

    try:
        made = await deployer.deploy(author=author, reason=reason, instead=Instead(take, allowed))
        try:
            _go_on(Drafts(settings), draft, taken, made)
        except OSError as error:  # it is in force all the same
            log.warning("the draft of %s could not be dropped: %s", draft.note.name, error)
    finally:
        shutil.rmtree(taken, ignore_errors=True)
    return made


def _go_on(drafts: Drafts, draft: Draft, taken: Path, made: Manifest | None) -> None:
    """Drop a draft that is in force, unless it is gone already, or another one by now."""
    now = drafts.find(draft.note.owner)
    if now is not None and (now.folder, now.note) == (draft.folder, draft.note):
        drafts.go_on(draft, taken, made.number if made is not None else draft.note.base.generation)


async def roll_back(
    settings: Settings, deployer: Deployer, number: int | None, *, author: str, reason: str
) -> Manifest | None:
    """Put an earlier generation in force, files and all; None when nothing differs.

    Raises `HandEditedError`, `NoSuchGenerationError`, and like `Deployer.deploy`.
    """

    def allowed() -> None:
        files = settings_files(hand_edits(settings))
        if files:
            raise HandEditedError(files)

    return await deployer.roll_back(number, author=author, reason=reason, follow=allowed)


async def restore_files(settings: Settings, deployer: Deployer, *, author: str) -> None:
    """Let the files be what is in force again; hand edits are kept aside, in a folder of the home, and told."""
    if flows_in_force(settings) is None:
        return
    kept = settings.under("hand-edits", f"{datetime.now(UTC):%Y%m%d-%H%M%S}")

    def keep() -> None:
        kept.mkdir(parents=True)
        for file in hand_edits(settings):
            if (settings.flows / file).exists():
                (kept / file).parent.mkdir(parents=True, exist_ok=True)
                (kept / file).write_bytes((settings.flows / file).read_bytes())

    def in_force() -> Path:
        flows = flows_in_force(settings)  # now that no other deploy is at work
        assert flows is not None
        return flows

    await deployer.deploy(author=author, reason="files restored", instead=Instead(in_force, keep))
