"""The course of a deploy: read, render, compare, check, keep, put in force, look; and the way back."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ctl.config import Loaded, load
from ctl.house import asterisk_owner
from ctl.pbx.deploy.apply import Application
from ctl.pbx.deploy.certificate import ensure_certificate
from ctl.pbx.deploy.check import faults
from ctl.pbx.deploy.difference import difference
from ctl.pbx.deploy.following import Following, Hashes, hashes_of
from ctl.pbx.deploy.generations import Files, Generations, read_tree
from ctl.pbx.deploy.manifest import Manifest
from ctl.pbx.deploy.music import Classes, directories, find_classes, place
from ctl.pbx.deploy.places import prepare
from ctl.pbx.deploy.render import STATIC, TEMPLATES, render
from ctl.pbx.deploy.trust import Trust, find_trust
from ctl.prompts import ensure
from ctl.secrets import Secrets
from ctl.settings import Settings

Tell = Callable[[str], None]


class RefusedError(Exception):
    """The configuration is not good; nothing was changed. One line for each fault."""


@dataclass(frozen=True)
class Instead:
    """Flows to put in force in place of what the files say; when they are, the files become the same.

    ``allowed`` is asked when every other deploy is kept out, and raises when it must not be; then ``flows`` is, for a
    folder that nobody writes in any more.
    """

    flows: Callable[[], Path]
    allowed: Callable[[], None]


@dataclass(frozen=True)
class Candidate:
    """What would be in force after a deploy."""

    loaded: Loaded
    music: Classes
    trust: Trust
    files: Files


class Deployer:
    """Deploys to one centre. ``tell`` takes progress, line by line; ``rootfs``: where Asterisk lives."""

    def __init__(
        self, settings: Settings, rootfs: Path, tell: Tell, *, static: Path = STATIC, templates: Path = TEMPLATES
    ) -> None:
        self._settings = settings
        self._secrets = Secrets.of(settings)
        self._rootfs = rootfs
        self._tell = tell
        self._sources = {"static": static, "templates": templates}
        self._owner = asterisk_owner(rootfs)
        self._store = Generations(settings, self._owner)
        self._application = Application(settings, self._secrets, self._store, tell)
        self._following = Following(settings, self._store, tell)

    async def check(self) -> None:
        """Show what a deploy would change and try it. Changes nothing. Raises like `deploy`."""
        candidate = self._candidate(self._settings.flows)
        if self._show_difference(candidate.files):
            await self._try(candidate)

    async def deploy(
        self, *, author: str, reason: str, start: bool = False, instead: Instead | None = None
    ) -> Manifest | None:
        """Put into force what the files say now; None when it is in force already.

        ``start``: take the flows that are in force, if any are, so that starting a centre neither undoes a roll back
        nor takes over an edit that nobody has deployed; settings and templates are always those of now.
        ``instead``: flows from elsewhere, which the files then follow.
        Raises `ConfigError`, `Unrenderable`, `MusicError`, `TrustError`, `PromptError` or `RefusedError` for bad
        input,
        `TakenBackError` or `NotAnsweringError` when the PBX does not go along.
        """
        async with self._alone():
            current, before = self._store.current, None
            if instead is not None:
                instead.allowed()
                before = hashes_of(self._settings.flows)
                flows = instead.flows()
            else:
                flows = self._settings.flows if current is None or not start else self._store.flows(current)
            candidate = self._candidate(flows)
            prepare(self._settings, self._owner)
            ensure_certificate(self._settings, self._owner)
            place(candidate.music, self._settings)
            candidate.trust.place(self._settings)
            ensure(self._settings, candidate.loaded.prompts, self._tell)
            if not self._show_difference(candidate.files):
                if before is not None:
                    self._following.bring(self._settings.flows, flows, before)
                return None
            await self._try(candidate)
            return await self._keep(candidate.files, candidate.loaded.plan.version, author, reason, before=before)

    async def roll_back(
        self, number: int | None, *, author: str, reason: str, follow: Callable[[], None] | None = None
    ) -> Manifest | None:
        """Put an earlier generation into force again, word for word, as a new one; None when nothing differs.

        ``number`` None: one step back from what is in force, see `Generations.earlier`. ``follow``: the files go back,
        too, unless it raises. Raises `NoSuchGenerationError`, and like `deploy`.
        """
        async with self._alone():
            before = None
            if follow is not None:
                follow()
                before = hashes_of(self._settings.flows)
            to = self._store.manifest(number) if number is not None else self._store.earlier()
            files = self._store.files(to.number)
            loaded = load(self._store.flows(to.number))
            ensure(self._settings, loaded.prompts, self._tell)
            if not self._show_difference(files):
                return None
            said = f"back to generation {to.origin}"
            why = f"{said}: {reason}" if reason else said
            return await self._keep(files, loaded.plan.version, author, why, restores=to.origin, before=before)

    def history(self) -> tuple[int | None, list[Manifest]]:
        """The number in force, and all generations that are kept, the newest first."""
        return self._store.current, self._store.history()

    # ------------------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """No other deploy at work, and none that was killed half-way still in force."""
        async with self._store.lock(lambda: self._tell("another deploy is at work: waiting for it")):
            await self._application.recover()
            self._following.settle()
            yield

    def _candidate(self, flows: Path) -> Candidate:
        loaded = load(flows)
        music, trust = find_classes(self._settings, loaded), find_trust(self._settings)
        texts = render(
            self._settings,
            self._secrets,
            loaded.plan,
            music=directories(music),
            trust=trust.path,
            **self._sources,
        )
        rendered = {f"asterisk/{name}": text.encode() for name, text in texts.items()}
        return Candidate(loaded, music, trust, rendered | read_tree(flows, "flows/"))

    def _show_difference(self, after: Files) -> bool:
        """Tell what would change; False when nothing would."""
        before = self._store.files(self._store.current)
        if before == after:
            self._tell(f"nothing changed: generation {self._store.current} is in force")
            return False
        if not before:
            self._tell(f"first generation: {len(after)} files")
        for line in difference(_readable(before), _readable(after)) if before else ():
            self._tell(line)
        return True

    async def _try(self, candidate: Candidate) -> None:
        self._tell("checking in a throw-away Asterisk")
        plan, music = candidate.loaded.plan, candidate.music
        found = await faults(self._settings, self._secrets, plan, self._rootfs, music=music, **self._sources)
        if found:
            raise RefusedError("\n".join(found))

    async def _keep(
        self,
        files: Files,
        plan: str,
        author: str,
        reason: str,
        *,
        restores: int | None = None,
        before: Hashes | None = None,
    ) -> Manifest:
        """``before``: the files follow, which were so when that was allowed."""
        manifest = self._store.write(files, author=author, reason=reason, plan=plan, restores=restores)
        if before is not None:
            self._following.begin(manifest.number, before)
        try:
            await self._application.put_in_force(manifest.number)
        finally:
            self._following.settle()
        self._store.prune()
        return manifest


def _readable(files: Files) -> Mapping[str, str]:
    return dict(_texts(files))


def _texts(files: Files) -> Iterator[tuple[str, str]]:
    for path, content in files.items():
        try:
            yield path, content.decode()
        except UnicodeDecodeError:
            yield path, f"({len(content)} bytes of sound)"
