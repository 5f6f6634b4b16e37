"""Has somebody else changed what a draft began from? Who, when and what; and bringing the draft onto the new state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ctl.editing.drafts import Draft, Drafts
from ctl.editing.stand import Stand, changed, settings_files, stand_now
from ctl.pbx.deploy.following import hashes_of
from ctl.pbx.deploy.generations import Generations, NoSuchGenerationError, read_tree
from ctl.pbx.deploy.manifest import Manifest
from ctl.settings import Settings


@dataclass(frozen=True)
class Overtaken:
    """What has changed since a draft was begun.

    ``files``: changed by others; ``both``: those of them that the draft changes, too. ``applied``: the generations that
    came meanwhile, the newest first; none when the files were edited by hand.
    """

    files: tuple[str, ...]
    both: tuple[str, ...]
    applied: tuple[Manifest, ...]

    @property
    def can_be_brought(self) -> bool:
        """No file was changed on both sides."""
        return not self.both


class OvertakenError(Exception):
    """The files or the generation are not those that the draft began from. Nothing was changed."""

    def __init__(self, overtaken: Overtaken) -> None:
        self.overtaken = overtaken
        what = ", ".join(overtaken.files) or "the generation only"
        who = "".join(
            f"\n  generation {one.number} by {one.author}, {one.at:%Y-%m-%d %H:%M} UTC: {one.reason}"
            for one in overtaken.applied
        )
        way = (
            f"both sides changed {', '.join(overtaken.both)}: take over what is new, and make your change again"
            if overtaken.both
            else "bring the draft onto the new state and look at it again"
        )
        super().__init__(f"changed since the draft was begun: {what}{who or ' (files edited by hand)'}\n{way}")


def overtaken(settings: Settings, draft: Draft, now: Stand | None = None) -> Overtaken | None:
    """None when the draft stands on what is there now."""
    now = now or stand_now(settings)
    base = draft.note.base
    if (base.files, base.generation) == (now.files, now.generation):
        return None
    files = changed(base.files, now.files)
    mine = hashes_of(draft.flows)
    both = tuple(path for path in files if path in draft.changed and mine.get(path) != now.files.get(path))
    return Overtaken(files, settings_files(both), tuple(_since(settings, base.generation)))


def bring(drafts: Drafts, settings: Settings, draft: Draft) -> Draft:
    """The draft's own changes on top of what is there now. Raises `OvertakenError` when a file was changed twice."""
    now = stand_now(settings)
    found = overtaken(settings, draft, now)
    if found is None:
        return draft
    if not found.can_be_brought:
        raise OvertakenError(found)
    live = read_tree(settings.flows)
    note = draft.note
    return drafts.write(note.owner, note.name, note.began_at, now, live, _on_top(draft, live))


def give_up_both(drafts: Drafts, settings: Settings, draft: Draft) -> Draft:
    """The same, and files that both sides changed are as the others wrote them: the own change is lost."""
    now = stand_now(settings)
    found = overtaken(settings, draft, now)
    if found is None:
        return draft
    live = read_tree(settings.flows)
    note = draft.note
    return drafts.write(note.owner, note.name, note.began_at, now, live, _on_top(draft, live, without=found.both))


def _on_top(draft: Draft, live: Mapping[str, bytes], without: tuple[str, ...] = ()) -> dict[str, bytes]:
    mine = read_tree(draft.flows)
    files = dict(live)
    for path in draft.changed:
        if path in without:
            continue
        if path in mine:
            files[path] = mine[path]
        else:
            files.pop(path, None)
    return files


def _since(settings: Settings, generation: int | None) -> list[Manifest]:
    try:
        return [one for one in Generations(settings).history() if one.number > (generation or 0) and not one.taken_back]
    except NoSuchGenerationError:
        return []


@dataclass(frozen=True)
class Neighbour:
    """Somebody else who is changing the same: ``files`` are those that both drafts touch, or the one that is asked for."""

    name: str
    changed_at: datetime
    files: tuple[str, ...]


def neighbours(drafts: Drafts, owner: str, files: tuple[str, ...]) -> list[Neighbour]:
    """Other people's drafts that change any of these files."""
    found = []
    for draft in drafts.all():
        same = tuple(path for path in draft.changed if path in files)
        if draft.note.owner != owner and same:
            found.append(Neighbour(draft.note.name, draft.changed_at, same))
    return found
