"""Load the plan of the current generation, in a process of its own.

Reading and checking the YAML takes the better part of a second and some tens of megabytes: neither belongs into the
process that serves calls, so a child does it and hands over the finished plan. ``python -m ctl.runtime.plans FLOWS``
is that child: the plan on standard output; on standard error what is wrong, one problem a line, with exit status 2.
"""

import asyncio
import sys
from pathlib import Path

from ctl.journal.codec import decode_plan, encode_plan
from ctl.settings import Settings
from ctl.switchboard.plan import Plan

DEADLINE_S = 60.0


class NoPlan(Exception):
    """There is no usable plan; the text says what is wrong, and where."""


def current_flows(settings: Settings) -> Path:
    """Where ``ctl deploy`` keeps the flows that are in force."""
    return settings.under("generations", "current", "flows")


def flows_now(settings: Settings) -> Path:
    """The flows in force; the files as they are when nothing is deployed yet."""
    deployed = current_flows(settings)
    return deployed if deployed.is_dir() else settings.flows


async def load_plan(flows: Path) -> Plan:
    """The plan of these flows. Raises `NoPlan`."""
    if not await asyncio.to_thread(flows.is_dir):
        raise NoPlan(f"{flows}: no generation is deployed; run `ctl deploy`")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(flows), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            plan, problems = await child.communicate()
    except TimeoutError:
        raise NoPlan(f"{flows}: could not be read within {DEADLINE_S:g} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()
    if child.returncode:
        raise NoPlan(problems.decode(errors="replace").strip())
    return decode_plan(plan.decode())


def main(flows: Path) -> int:
    """The child's work. Returns its exit status."""
    from ctl import config  # noqa: PLC0415 - heavy; only the child pays for it

    try:
        loaded = config.load(flows)
    except config.ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    sys.stdout.write(encode_plan(loaded.plan))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
