"""The root file system in which Asterisk lives.

Debian's stable releases carry no Asterisk 22, its testing suite does; so Asterisk gets a small Debian of its own in a
directory, made by mmdebstrap. It is named by the content of its recipe, built once for all centres of a user, and
never changed afterwards: what a centre writes lies under its home, which is bound at ``/centre`` when it starts.
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from ctl.house.errors import HouseError, Progress
from ctl.house.machine import ensure_packages, mirror, proxy_options, require_root, run
from ctl.maker import only_maker
from ctl.settings import SOURCE_ROOT, Settings

PACKAGES_FILE = SOURCE_ROOT / "asterisk" / "packages"
MARK = "etc/toritsugi-recipe"
"""A finished root file system holds the key of its recipe here; one that is found at / is a container made from it."""

_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--", "unshare", "--pid", "--mount-proc", "--kill-child", "--")
"""Before mmdebstrap: it mounts /proc and more below what it makes, and is many processes. In a namespace of its own all of
that is gone with us, however we end; a next start would else sweep a folder in which another /proc is mounted."""
_STALE_ARCHIVE = '--aptopt=Acquire::Check-Valid-Until "false"'


@dataclass(frozen=True)
class Recipe:
    """All that decides what is in the root file system."""

    packages: tuple[str, ...]
    suite: str = "testing"
    asterisk: str = "22"
    uid: int = 606
    """Number of the user asterisk. Ours, not Debian's next free one, since the files under a centre's home carry it."""
    version: int = 1
    """Raised when something changes that is neither above nor in the hooks."""

    @property
    def key(self) -> str:
        text = json.dumps([asdict(self), self.hooks()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def hooks(self) -> list[str]:
        """What mmdebstrap does inside, before Asterisk is installed and after everything is."""
        user = f"asterisk:x:{self.uid}:{self.uid}:Asterisk PBX:/var/lib/asterisk:/usr/sbin/nologin"
        return [
            f'--essential-hook=echo "{user}" >> "$1/etc/passwd"',
            f'--essential-hook=echo "asterisk:x:{self.uid}:" >> "$1/etc/group"',
            '--customize-hook=mkdir "$1/centre"',
            '--customize-hook=echo "127.0.0.1 localhost" > "$1/etc/hosts"',
            # Debian's sample listens on all addresses. An Asterisk that finds no configuration at all ends at once.
            '--customize-hook=find "$1/etc/asterisk" -mindepth 1 -delete',
        ]

    def mark(self) -> str:
        """The last step: by this a finished one is known, and which recipe it was made from."""
        return f'--customize-hook=echo {self.key} > "$1/{MARK}"'


def read_recipe(packages_file: Path = PACKAGES_FILE) -> Recipe:
    lines = (line.partition("#")[0].strip() for line in packages_file.read_text(encoding="utf-8").splitlines())
    return Recipe(packages=tuple(sorted(line for line in lines if line)))


def ensure_rootfs(settings: Settings, progress: Progress) -> Path:
    """The root file system with Asterisk 22, built now if this user's cache has none. Takes about a minute, once.

    Inside a container made from it, this is ``/``. Raises HouseError when it cannot be built.
    """
    recipe = read_recipe()
    if in_container():
        return Path("/")
    finished = settings.cache.resolve() / "rootfs" / recipe.key
    if _mark_of(finished) == recipe.key:
        return finished
    require_root("building the root file system of Asterisk")
    with only_maker(finished.parent, progress):
        for left in finished.parent.glob("building-*"):  # of one that was killed while building
            shutil.rmtree(left)
        if _mark_of(finished) != recipe.key:
            _build(recipe, finished, progress)
    return finished


def in_container() -> bool:
    """Whether / itself was made from our recipe: then the image is the root file system, and Docker does the rest."""
    return _mark_of(Path("/")) is not None


def _mark_of(rootfs: Path) -> str | None:
    try:
        return (rootfs / MARK).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _build(recipe: Recipe, finished: Path, progress: Progress) -> None:
    ensure_packages(["mmdebstrap"], progress)
    source = mirror()
    progress(f"building the root file system of Asterisk {recipe.asterisk} (half a minute to a few)")
    try:
        _mmdebstrap(recipe, source, finished, [])
    except HouseError as error:
        # a mirror that is a frozen copy has a release file whose date of expiry has passed
        if "expired" not in str(error) and "not valid" not in str(error):
            raise
        progress("the archive is a frozen copy: building with its date ignored")
        _mmdebstrap(recipe, source, finished, [_STALE_ARCHIVE])


def _mmdebstrap(recipe: Recipe, source: str, finished: Path, options: list[str]) -> None:
    building = Path(tempfile.mkdtemp(prefix="building-", dir=finished.parent))
    building.chmod(0o755)
    try:
        run(
            [
                *_WITH_US,
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                f"--include={','.join(recipe.packages)}",
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                *(f"--aptopt={proxy}" for proxy in proxy_options()),
                *options,
                *recipe.hooks(),
                recipe.mark(),
                recipe.suite,
                str(building),
                source,
            ],
            doing="building the root file system of Asterisk",
        )
        said = run(["chroot", str(building), "asterisk", "-V"], doing="asking Asterisk for its version").strip()
        if not said.startswith(f"Asterisk {recipe.asterisk}."):
            raise HouseError(f"{source} has {said} in {recipe.suite}, and this centre is made for {recipe.asterisk}")
        os.rename(building, finished)
    finally:
        shutil.rmtree(building, ignore_errors=True)
