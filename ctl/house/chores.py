"""Commands of ctl that are run to their end while the centre starts."""

import os
import subprocess

from ctl.house.errors import HouseError, Progress
from ctl.house.services import CTL
from ctl.settings import Settings


def environment(settings: Settings) -> dict[str, str]:
    """What the services inherit: this process's environment, and which centre it is, in absolute paths.

    What the settings file says is not in it: each service, and each deploy of the web, reads it anew.
    """
    ours = {"CTL_HOME": settings.home, "CTL_CACHE": settings.cache, "CTL_FLOWS": settings.flows}
    return {**os.environ, **{name: str(path.resolve()) for name, path in ours.items()}, "PYTHONUNBUFFERED": "1"}


def deploy(settings: Settings, tell: Progress) -> None:
    """Have a configuration in force that fits the settings, before Asterisk reads it.

    When it is refused the centre starts with the one that was in force; HouseError when there is none.
    """
    tell("configuration …")
    argv = [*CTL, "deploy", "--start", "--reason", "start of the centre"]
    with subprocess.Popen(
        argv,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(settings),
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                tell(f"  {line.rstrip()}")
        except BaseException:
            process.terminate()  # Ctrl-C reaches it too, a SIGTERM for us alone does not
            raise
    if process.returncode == 0:
        return
    if not settings.under("generations", "current").exists():
        raise HouseError("no configuration could be deployed, and none is in force: mend what is said above")
    tell("configuration was refused; going on with the one that was in force")
