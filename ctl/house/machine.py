"""Debian on this machine: its mirror, its packages, and running its tools."""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from ctl.house.errors import HouseError, Progress

_PACKAGES_FILE = re.compile(r"^'(?P<mirror>.+)/dists/(?P<suite>[^/']+)/main/binary-[^/']+/Packages")


def run(argv: Sequence[str], *, doing: str) -> str:
    """Run a tool to its end and give its output. `doing` names the work in the error, which ends with what it said."""
    try:
        done = subprocess.run(
            argv,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError:
        raise HouseError(f"{doing}: {argv[0]} is not on this machine, which has to be a Debian or its like") from None
    if done.returncode:
        said = "\n".join(f"  {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-12:])
        raise HouseError(f"{doing} failed (exit {done.returncode} of {argv[0]}):\n{said}")
    return done.stdout


def require_root(doing: str) -> None:
    """Raise when we may not do what only root may."""
    if os.geteuid() != 0:
        raise HouseError(f"{doing} needs root: log in as root, or put sudo before the command")


def mirror(apt_options: Sequence[str] = ()) -> str:
    """Where this machine takes its Debian packages from, as its own APT understands its own sources.

    APT reads every form (deb822, one-line, options, mirror lists) and knows which are switched off; asking it what it
    would download tells the mirror without a download.
    """
    listed = run(["apt-get", *apt_options, "--print-uris", "update"], doing="reading this machine's APT sources")
    for line in listed.splitlines():
        found = _PACKAGES_FILE.match(line)
        # a suite with a dash is an addition (bookworm-security, -updates), which lies elsewhere and is not whole
        if found and "-" not in found["suite"]:
            return _first_of_list(found["mirror"])
    raise HouseError(
        "the APT sources of this machine name no Debian archive with the component main: see sources.list(5)"
    )


def _first_of_list(uri: str) -> str:
    """The first mirror of a mirror list (cloud images name a file of them); any other address as it is."""
    prefix = "mirror+file:"
    if not uri.startswith(prefix):
        return uri
    lines = Path(uri.removeprefix(prefix)).read_text(encoding="utf-8").split("\n")
    return next(line.split()[0].rstrip("/") for line in lines if line.strip() and not line.startswith("#"))


def proxy_options() -> list[str]:
    """This machine's APT proxies, as ``Name "value"`` for another APT."""
    dumped = run(["apt-config", "dump"], doing="reading this machine's APT settings")
    return [line.rstrip(";") for line in dumped.splitlines() if re.match(r'Acquire::https?::Proxy[^ ]* ".+"', line)]


def missing(packages: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed."""
    wanted = list(packages)
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *wanted],
        check=False,  # it fails when one of them is unknown, and still lists the others
        text=True,
        capture_output=True,
    ).stdout
    installed = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


def ensure_packages(packages: Iterable[str], progress: Progress) -> None:
    """Install those of the Debian packages that are missing. Asks the network only when one is."""
    wanted = missing(packages)
    if not wanted:
        return
    names = ", ".join(wanted)
    require_root(f"installing {names}")
    progress(f"installing {names}")
    wait = ["-o", "DPkg::Lock::Timeout=300"]  # another apt on this machine: wait instead of failing
    run(["apt-get", *wait, "-qq", "update"], doing="apt-get update")
    run(
        ["apt-get", *wait, "-qq", "install", "--yes", "--no-install-recommends", *wanted],
        doing=f"installing {names}",
    )
