"""A centre's files and generations without a telephone system: deploys go their whole course but for the PBX itself."""

import shutil
from pathlib import Path

import pytest

from ctl.config import Loaded, load
from ctl.editing import checking
from ctl.editing.drafts import Draft, Drafts
from ctl.pbx.deploy import deployer as deploying
from ctl.pbx.deploy.deployer import Candidate, Deployer
from ctl.pbx.deploy.following import hashes_of
from ctl.pbx.deploy.generations import Generations
from ctl.settings import SOURCE_ROOT, Settings

SHIPPED = SOURCE_ROOT / "ivr_flows"
_LOADED: dict[frozenset[tuple[str, str]], Loaded] = {}


class DeployerWithoutPbx(Deployer):
    """The throw-away Asterisk is taken on trust; ``refuses`` lets it find fault."""

    refuses: Exception | None = None

    async def _try(self, candidate: Candidate) -> None:
        if self.refuses is not None:
            raise self.refuses


class Site:
    """A copy of the shipped flows below ``home``, and what was deployed of them."""

    def __init__(self, home: Path) -> None:
        self.flows = home / "ivr_flows"
        shutil.copytree(SHIPPED, self.flows, ignore=lambda folder, names: [name for name in names if name[0] == "."])
        # a port on which nobody listens: no Asterisk runs
        self.settings = Settings(home=home / "run", cache=home / "cache", flows=self.flows, ami_port=9)
        self.store = Generations(self.settings)
        self.drafts = Drafts(self.settings)
        self.told: list[str] = []
        self.deployer = self.new_deployer()

    def new_deployer(self) -> DeployerWithoutPbx:
        return DeployerWithoutPbx(self.settings, Path("/"), self.told.append)

    async def deploy(self) -> None:
        await self.new_deployer().deploy(author="root", reason="test")

    def draft(self, owner: str = "1", name: str = "佐藤") -> Draft:
        return self.drafts.begin(owner, name)

    @property
    def in_force(self) -> dict[str, str]:
        assert self.store.current is not None
        return hashes_of(self.store.flows(self.store.current))

    @property
    def files(self) -> dict[str, str]:
        return hashes_of(self.flows)

    def read(self, file: str) -> str:
        return (self.flows / file).read_text(encoding="utf-8")


def edit(folder: Path, file: str, before: str, after: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text, f"{file} does not hold {before!r}"
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")


def without_pbx(monkeypatch: pytest.MonkeyPatch) -> None:
    """No speech is made, nobody of another user owns anything, and equal flows are read once."""

    def remembered(flows: Path, year: int | None = None) -> Loaded:
        key = frozenset(hashes_of(flows).items())
        if key not in _LOADED:
            _LOADED[key] = load(flows, year)
        return _LOADED[key]

    monkeypatch.setattr(deploying, "ensure", lambda *_: None)
    monkeypatch.setattr(deploying, "asterisk_owner", lambda _: None)
    monkeypatch.setattr(deploying, "load", remembered)
    monkeypatch.setattr(checking, "load", remembered)
