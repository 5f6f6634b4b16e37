"""How an Asterisk is started: the command line, and who owns its files."""

import os
import platform
import shutil
from pathlib import Path

from ctl.house.errors import HouseError
from ctl.settings import Settings

CENTRE = Path("/centre")
"""Where a centre's home lies for its Asterisk."""

# Everything happens in a mount namespace of its own and goes with it; `exec` all the way, so that the process that
# is signalled, waited for and measured is Asterisk itself. What we mount stays ours: `unshare` could see to that too,
# but gives up where / is no mount, as in a plain chroot. File descriptors: a call takes about ten.
_ENTER = """\
mount --make-rprivate / 2>/dev/null || :
mount --bind "$2" "$1/centre"
mount --bind "$3" "$1/etc/hosts"
[ ! -e "$1/etc/resolv.conf" ] || mount --bind /dev/null "$1/etc/resolv.conf"
mount --rbind /dev "$1/dev"
mount --rbind /proc "$1/proc"
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)"
root="$1"
shift 3
exec chroot "$root" asterisk "$@"
"""


def asterisk_command(settings: Settings, rootfs: Path, config_dir: Path, *arguments: str) -> list[str]:
    """The argument vector that runs Asterisk with the configuration in `config_dir`, below the home of `settings`.

    Without `arguments` it runs as its own user in the foreground until it gets SIGTERM; with ``"-rx", "core waitfullybooted"``, say, it asks
    the one that runs. A check in a throw-away home, or a second Asterisk, gives other settings
    (``settings.model_copy(update={"home": …})``).
    """
    home = settings.under()
    if not config_dir.resolve().is_relative_to(home):
        raise HouseError(f"Asterisk sees only what is below {home}, and {config_dir} is not")
    inside = CENTRE / config_dir.absolute().relative_to(home) / "asterisk.conf"
    call = ["-n", "-C", str(inside), *(arguments or ("-f", "-U", "asterisk", "-G", "asterisk"))]
    if rootfs == Path("/"):
        return ["asterisk", *call]
    # sbin is not on everyone's path
    unshare = shutil.which("unshare") or "/usr/bin/unshare"
    enter = ["/bin/sh", "-euc", _ENTER, "asterisk", str(rootfs), str(home), str(_hosts_file(home))]
    return [unshare, "--mount", "--propagation", "unchanged", "--", *enter, *call]


def asterisk_owner(rootfs: Path) -> tuple[int, int]:
    """Numbers of the user and the group asterisk, for the files that it must be able to write."""
    for line in (rootfs / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "asterisk":
            return int(uid), int(gid)
    raise HouseError(f"{rootfs} has no user asterisk: it is no root file system of ours")


def _hosts_file(home: Path) -> Path:
    """The names Asterisk can resolve; it asks nobody else for any.

    A name that cannot be resolved, even the machine's own, stalls PJSIP's threads for seconds. And a telephone that gives a
    name as its place could have it lead to the carrier once that has been looked at (``contact_deny``).
    """
    names = sorted({platform.node(), platform.node().partition(".")[0]} - {""})
    text = f"127.0.0.1 localhost {' '.join(names)}\n::1 localhost\n"
    path = home / "asterisk" / "hosts"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        # written aside and renamed; a running Asterisk keeps the one that was bound for it
        fresh = path.with_name(f"hosts.{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        fresh.rename(path)
    return path
