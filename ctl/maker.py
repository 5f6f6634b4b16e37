"""What is made once and kept for all is made by one process at a time; whoever comes second finds it there."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_maker(folder: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Hold off every other maker of what lies in ``folder``, which is there afterwards.

    ``progress`` is told when another has to be waited for. A maker that is killed holds off nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process on this machine, which is making the same")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
