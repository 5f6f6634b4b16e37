"""A process that does not outlive the one that started it, not even when that one is killed.

The kernel's own means (``PR_SET_PDEATHSIG``) is lost when Asterisk takes on its own user. So a watcher stands beside
the process and reads its standard input: nothing comes but the end of it, when the other side is gone.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# $1: what is removed with the process, or nothing; the rest: its command. The watcher's parent becomes the process, so $$ is both.
# A line, not the end, says that the process is over and that its number may be somebody else's by now.
_TETHER = """\
exec 3<&0 </dev/null
{ read -r over || { kill -KILL $$; rm -rf ${1:+"$1"}; }; } <&3 &
exec 3<&-
shift
exec "$@"
"""


def tethered(command: Sequence[str], remains: Path | None = None) -> list[str]:
    """The argument vector of a command that ends when its standard input does; then the folder `remains` goes, too.

    Start it within `leash`, whose descriptor is its standard input, and wait for its end there.
    """
    return ["/bin/sh", "-euc", _TETHER, "tether", str(remains or ""), *command]


@contextmanager
def leash() -> Iterator[int]:
    """The descriptor that the watcher of one process reads. When the context ends, the watcher is let go."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.write(writing, b"over\n")
        os.close(reading)
        os.close(writing)


async def end(process: asyncio.subprocess.Process, patience_s: float = 10.0) -> None:
    """Ask a process of ours to stop, and kill it when it has not done so in time. Nothing when it has ended."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), patience_s)
    except TimeoutError:
        process.kill()
        await process.wait()
