"""SIPp, bounded in count and time: the callers and the operators' telephones of the measurements."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"

ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""Before a command: the kernel ends it when the measurement is gone, even killed."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run of SIPp ended: 0 when every call succeeded."""

    status: int
    errors: str

    def ensure(self) -> None:
        """Raises RuntimeError when a call failed: then no figure of this run counts."""
        if self.status:
            raise RuntimeError(f"SIPp ended with {self.status}: {self.errors.strip() or 'not all calls succeeded'}")


class Sipp:
    """One run of SIPp from one address."""

    def __init__(self, scenario: str, local: str, folder: Path, *arguments: str) -> None:
        self._name = scenario
        self._folder = folder
        self._command = (
            *(*ENDS_WITH_US, "sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", local, "-nostdin", "-trace_err"),
            *arguments,
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=self._folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )

    async def finish(self, within_s: float) -> Finished:
        """Wait for the end; past the deadline SIPp is ended and that counts as a failure."""
        assert self._process is not None
        try:
            _, errors = await asyncio.wait_for(self._process.communicate(), within_s)
        except TimeoutError:
            await self.stop()
            return Finished(-1, f"{self._name} was not done within {within_s:g} s")
        return Finished(self._process.returncode or 0, errors.decode())

    async def stop(self) -> None:
        """End it now, if it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


async def run(scenario: str, local: str, folder: Path, *arguments: str, within_s: float = 120) -> Finished:
    """Run a scenario to its end."""
    one = Sipp(scenario, local, folder, *arguments)
    await one.start()
    return await one.finish(within_s)
