"""A file of lines that another program writes, kept in parts: ``cel.jsonl.1`` is the oldest, ``cel.jsonl`` the newest.

Asterisk opens these files anew for every line, so a file can be renamed between two lines. A writer who had it open at
that moment adds one line to the renamed file: readers look once more at a part when the next has begun.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO


class Parts:
    """``path``: where the writer writes. A part's number never changes; that of the newest is one above the others."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def finished(self) -> list[int]:
        """Numbers of the parts that were turned over, the oldest first."""
        suffixes = (one.name.removeprefix(f"{self.path.name}.") for one in self.path.parent.glob(f"{self.path.name}.*"))
        return sorted(int(suffix) for suffix in suffixes if suffix.isdecimal())

    @contextmanager
    def opened(self, first: int = 0) -> Iterator[Sequence[tuple[int, IO[bytes]]]]:
        """All parts from ``first`` on, the oldest first, open: what is turned over or dropped meanwhile is still read."""
        while True:
            with ExitStack() as files:
                finished = self.finished()
                found = [
                    (number, files.enter_context(path.open("rb")))
                    for number, path in self._paths(finished)
                    if number >= first and path.exists()
                ]
                if self.finished() == finished:  # else a file may have another number than we think
                    yield found
                    return

    def turn_over(self, limit_bytes: int) -> bool:
        """Begin a new part if the newest is larger than this."""
        if not self.path.exists() or self.path.stat().st_size <= limit_bytes:
            return False
        self.path.rename(self._finished_path(self._next(self.finished())))
        return True

    def drop(self, kept: int, before: int | None = None) -> None:
        """Remove the oldest, so that this many finished ones are left; only those with a number below ``before``.

        At least one is kept: numbers go on from it.
        """
        for number in self.finished()[: -max(kept, 1)]:
            if before is None or number < before:
                self._finished_path(number).unlink(missing_ok=True)

    def _paths(self, finished: list[int]) -> Iterator[tuple[int, Path]]:
        yield from ((number, self._finished_path(number)) for number in finished)
        yield self._next(finished), self.path

    @staticmethod
    def _next(finished: list[int]) -> int:
        return finished[-1] + 1 if finished else 1

    def _finished_path(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def size(file: IO[bytes]) -> int:
    """Bytes."""
    return os.fstat(file.fileno()).st_size
