"""What is wrong with the files, said so that the one who wrote them can mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One fault: ``file`` as the operator knows it, ``line`` from 1 (0: the whole file), ``where`` inside it.

    ``message`` names what is wrong, what is allowed and, where there is one, the way out.
    """

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        where = f" {self.where}:" if self.where else ""
        return f"{self.file}{line}:{where} {self.message}"


class ConfigError(Exception):
    """The files make no plan. Carries every problem found, in the order of the files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


MOST_SHOWN = 12
"""Names listed in a message; more would hide the fault."""


def allowed(names: Iterable[str]) -> str:
    """``allowed: a, b, c``, shortened when there are many."""
    known = sorted(names)
    if not known:
        return "none is defined"
    more = f" … ({len(known)} in all)" if len(known) > MOST_SHOWN else ""
    return f"allowed: {', '.join(known[:MOST_SHOWN])}{more}"


def did_you_mean(wrong: str, names: Iterable[str]) -> str:
    """``did you mean 'menu'?`` when a known name is close, with all allowed names behind it."""
    known = list(names)
    close = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return hint + allowed(known)
